"""What the contact is told of a change or a cancellation of his guarantee."""

from guarantees.models import Endorsement, Guarantee
from guarantees.notices import addressee_of, drafts_of, of_guarantee, short_day
from sms.models import Purpose
from sms.outbox import Draft


def to_pay(endorsement: Endorsement, guarantee: Guarantee) -> list[Draft]:
    """The change was approved and takes effect once its difference is paid. By e-mail."""
    return _told(endorsement, guarantee, "endorsement_to_pay", "")


def done(endorsement: Endorsement, guarantee: Guarantee) -> list[Draft]:
    """The changed document is there."""
    return _told(endorsement, guarantee, "endorsed", "ENDORSED")


def rejected(endorsement: Endorsement, guarantee: Guarantee) -> list[Draft]:
    """Why the change was not made. By e-mail."""
    return _told(endorsement, guarantee, "endorsement_rejected", "")


def cancelled(guarantee: Guarantee, *, refunded: int) -> list[Draft]:
    """That the guarantee is void, and what of its fee comes back (won)."""
    values = {"tel": guarantee.member.branch.phone}
    notice = of_guarantee(guarantee, "cancelled", Purpose.RELEASED, "CANCELLED", values, {"refunded": refunded})
    return drafts_of(notice, guarantee.member, addressee_of(guarantee))


def _told(endorsement: Endorsement, guarantee: Guarantee, template: str, text: str) -> list[Draft]:
    values = {"end": short_day(guarantee.ends_on)}
    context = {"endorsement": endorsement, "cost": abs(endorsement.fee_delta)}
    notice = of_guarantee(
        guarantee, template, Purpose.ENDORSED, text, values, context, occasion=endorsement.public_id
    )
    return drafts_of(notice, guarantee.member, addressee_of(guarantee))
