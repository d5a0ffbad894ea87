"""What the member is told about releasing: all of it, a part of it, or why not (S23, DOMAIN §7.2)."""

from guarantees import notices
from guarantees.models import Guarantee, GuaranteeRelease, ReleaseRequest
from guarantees.notices import addressee_of, drafts_of, of_guarantee
from guarantees.rules.releasing import GROUND_LABELS
from sms.models import Channel, Purpose
from sms.outbox import Draft


def released(guarantee: Guarantee, *, by_itself: bool) -> list[Draft]:
    """That it is over. Of a bid that ended by itself the text says enough, where there is one."""
    drafts = notices.released(guarantee)
    texts = [draft for draft in drafts if draft.channel != Channel.EMAIL]
    return texts if texts and by_itself and guarantee.product.family == "bid" else drafts


def released_partly(guarantee: Guarantee, release: GuaranteeRelease) -> list[Draft]:
    """How much less is guaranteed now."""
    context = {"release": release, "ground": GROUND_LABELS[release.ground]}
    values = {"tel": guarantee.member.branch.phone}
    notice = of_guarantee(
        guarantee, "released_partly", Purpose.RELEASED, "RELEASED_PART", values, context, occasion=release.pk
    )
    return drafts_of(notice, guarantee.member, addressee_of(guarantee))


def release_refused(request: ReleaseRequest) -> list[Draft]:
    """Why the branch did not release it, and what to do. By e-mail: it needs more room than a text has."""
    guarantee = request.guarantee
    notice = of_guarantee(
        guarantee, "release_refused", Purpose.RELEASED, "", {}, {"request": request}, occasion=request.pk
    )
    return drafts_of(notice, guarantee.member, addressee_of(guarantee))
