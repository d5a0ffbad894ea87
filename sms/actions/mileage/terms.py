"""Changes of terms and days without service take effect when a second person has approved them (rules 8, 9)."""

from datetime import datetime

from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.clock import seoul_day
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.models import MileagePolicy, Suspension

Terms = MileagePolicy | Suspension


class NotForYou(Refusal):
    """Only the policy department decides on terms."""

    message = "마일리지 기준은 제도 관리 담당자만 승인하거나 지울 수 있습니다."


class MadeByYourself(Refusal):
    """Maker and checker must be two people."""

    message = "직접 입안한 기준은 승인할 수 없습니다. 다른 제도 관리 담당자가 공고를 확인하고 승인해야 합니다."


class AlreadyApproved(Refusal):
    """Approved terms stay as they are."""

    message = "이미 승인된 기준이라 바꾸거나 지울 수 없습니다. 새 기준을 공고하고 등록해 주세요."


class TooLateToApprove(Refusal):
    """Nothing takes effect backwards."""

    message = (
        "시행일이 되었거나 지나서 승인할 수 없습니다. 소급해서 시행하지 않으니 이 기준을 지우고, "
        "공고한 날부터 30일이 지난 날로 다시 등록해 주세요."
    )


@transaction.atomic
def approve_terms(*, model: type[Terms], terms_id: int, by: Actor, at: datetime) -> None:
    """Let another person's terms take effect on their day.

    Raises NotForYou, AlreadyApproved, MadeByYourself, TooLateToApprove.
    """
    terms = _locked(model, terms_id, by)
    if terms.made_by_id == by.user_id:
        raise MadeByYourself
    day = terms.effective_from if isinstance(terms, MileagePolicy) else terms.starts_on
    if day <= seoul_day(at):
        raise TooLateToApprove
    terms.checked_by_id, terms.checked_at = by.user_id, at
    terms.save(update_fields=["checked_by", "checked_at"])
    trail.record(action=f"{model._meta.model_name}.approve", by=by, at=at, subject=terms)


@transaction.atomic
def discard_terms(*, model: type[Terms], terms_id: int, reason: str, by: Actor, at: datetime) -> None:
    """Delete terms nobody has approved. Raises NotForYou, AlreadyApproved."""
    terms = _locked(model, terms_id, by)
    detail = {"reason": reason, "notice": terms.notice}
    trail.record(action=f"{model._meta.model_name}.discard", by=by, at=at, subject=terms, detail=detail)
    terms.delete()


def _locked(model: type[Terms], terms_id: int, by: Actor) -> Terms:
    if Role.POLICY_ADMIN not in by.roles:
        raise NotForYou
    terms = model._default_manager.select_for_update(of=("self",)).get(pk=terms_id)
    if terms.checked_by_id is not None or terms.made_by_id is None:
        raise AlreadyApproved
    return terms
