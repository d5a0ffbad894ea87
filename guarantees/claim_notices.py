"""What the representative is told when a beneficiary calls on his guarantee."""

from guarantees.models import Claim, Guarantee
from guarantees.notices import drafts_of, of_guarantee, representative_of
from sms.models import Purpose
from sms.outbox import Draft


def entered(claim: Claim, guarantee: Guarantee) -> list[Draft]:
    """That there is a claim, and what to do about it."""
    return _told(claim, guarantee, "claim_entered", "CLAIMED")


def paid(claim: Claim, guarantee: Guarantee) -> list[Draft]:
    """What was paid for him, and that he owes it. By e-mail."""
    return _told(claim, guarantee, "claim_paid", "")


def closed(claim: Claim, guarantee: Guarantee) -> list[Draft]:
    """That the claim ended without a payment. By e-mail."""
    return _told(claim, guarantee, "claim_closed", "")


def _told(claim: Claim, guarantee: Guarantee, template: str, text: str) -> list[Draft]:
    values = {"tel": guarantee.member.branch.phone}
    notice = of_guarantee(
        guarantee, template, Purpose.CLAIM, text, values, {"claim": claim}, occasion=claim.public_id
    )
    return drafts_of(notice, guarantee.member, representative_of(guarantee.member))
