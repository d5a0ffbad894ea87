"""The branch's steps: taking an application up, asking for more, approving, rejecting (S10, DOMAIN §2.5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from guarantees import notices
from guarantees.actions.rows import NotAllowed, NotNow, application_step, locked_application
from guarantees.actions.submission import NotTrading
from guarantees.models import Application, SupplementItem
from guarantees.rules.authority import may_decide, needs_second_person, required_role
from guarantees.rules.deadlines import supplement_due
from guarantees.rules.reasons import REJECTION_REASONS
from guarantees.rules.states import ApplicationEvent, ApplicationState
from portal.access import Actor
from portal.audit.trail import record
from portal.businessdays.models import business_calendar
from portal.clock import seoul_day
from portal.members.roles import LABELS
from portal.refusals import Refusal
from portal.won import format_won
from sms.outbox import Draft, queue

DECIDED_WORDS = {"approved": "승인", "rejected": "반려"}


class AlreadyTaken(Refusal):
    """Another officer reviews it."""

    def __init__(self, reviewer: str) -> None:
        super().__init__(f"이미 {reviewer}님이 심사하고 있습니다. 필요하면 {reviewer}님과 상의해 주세요.")


class AlreadyDecided(Refusal):
    """Someone decided meanwhile."""

    def __init__(self, name: str, word: str) -> None:
        super().__init__(f"이미 {name}님이 {word}했습니다. 화면을 새로 고쳐 결과를 확인해 주세요.")


class BeyondAuthority(Refusal):
    """The amount asks for a higher role."""

    def __init__(self, amount: int) -> None:
        who = LABELS[required_role(amount)]
        super().__init__(
            f"보증금액 {format_won(amount)}은 {who} 이상이 결정합니다. {who}에게 결정을 요청해 주세요."
        )


class SamePerson(Refusal):
    """Above 100,000,000 won the reviewer may not decide alone."""

    message = "1억 원이 넘는 보증은 심사한 사람이 직접 결정할 수 없습니다. 다른 결정권자에게 요청해 주세요."


class ReasonMissing(Refusal):
    """A rejection or supplement without words the member can act on."""

    message = "조합원에게 알릴 내용이 비어 있습니다. 무엇이 왜 필요한지 적어 주세요."


class AlreadyOver(Refusal):
    """The period to guarantee has ended while the application waited."""

    message = "보증 종료일이 이미 지났습니다. 조합원에게 보증기간을 고치도록 보완을 요청해 주세요."


@transaction.atomic
def take(*, application_id: int, by: Actor, at: datetime) -> Application:
    """SUBMITTED to IN_REVIEW; `by` is the reviewer from now on. Taking one's own again changes nothing.

    Raises NotFound, AlreadyTaken, NotNow, NotAllowed.
    """
    application = locked_application(application_id, by)
    if application.state == ApplicationState.IN_REVIEW and application.reviewer_id is not None:
        if application.reviewer_id == by.user_id:
            return application
        raise AlreadyTaken(str(application.reviewer))
    state = application_step(application, ApplicationEvent.TAKE, by)
    if by.user_id is None:
        raise NotAllowed
    application.state = state
    application.taken_at = application.changed_at = at
    application.reviewer_id = by.user_id
    application.save(update_fields=["state", "taken_at", "reviewer", "changed_at"])
    record(action="application.take", by=by, at=at, subject=application)
    return application


@transaction.atomic
def request_supplement(*, application_id: int, by: Actor, at: datetime, items: Sequence[str]) -> Application:
    """IN_REVIEW to SUPPLEMENT with what is asked for and ten business days to answer; the contact is told.

    Raises NotFound, AlreadyDecided, NotNow, NotAllowed, ReasonMissing.
    """
    application = locked_application(application_id, by)
    state = _decision_step(application, ApplicationEvent.REQUEST_SUPPLEMENT, by)
    texts = [text.strip() for text in items if text.strip()]
    if not texts:
        raise ReasonMissing
    application.state = state
    application.supplement_due_on = supplement_due(seoul_day(at), business_calendar())
    application.decision_count += 1
    application.changed_at = at
    application.save(update_fields=["state", "supplement_due_on", "decision_count", "changed_at"])
    SupplementItem.everything.bulk_create(
        SupplementItem(application=application, round=application.decision_count, text=text) for text in texts
    )
    detail = {"items": texts, "due_on": application.supplement_due_on.isoformat()}
    _tell(application, notices.supplement(application, texts), "application.request_supplement", by, at, detail)
    return application


@transaction.atomic
def approve(*, application_id: int, by: Actor, at: datetime) -> Application:
    """IN_REVIEW to APPROVED; the contact is told by e-mail and SMS.

    Raises NotFound, AlreadyDecided, NotNow, NotAllowed, BeyondAuthority, SamePerson, NotTrading, AlreadyOver.
    """
    application = locked_application(application_id, by)
    state = _decision_step(application, ApplicationEvent.APPROVE, by)
    _require_authority(application, by)
    if not application.member.is_trading:
        raise NotTrading
    if application.ends_on is None or application.ends_on < seoul_day(at):
        raise AlreadyOver
    _decide(application, state, "approved", by, at)
    application.save(
        update_fields=["state", "decision", "decided_at", "decided_by", "decision_count", "changed_at"]
    )
    detail = {"amount": application.amount, "reviewer": str(application.reviewer)}
    _tell(application, notices.approved(application), "application.approve", by, at, detail)
    return application


@transaction.atomic
def reject(*, application_id: int, by: Actor, at: datetime, reason_code: str, reason: str) -> Application:
    """IN_REVIEW to REJECTED, the end, with reason code and plain words; the contact is told.

    Raises NotFound, AlreadyDecided, NotNow, NotAllowed, BeyondAuthority, SamePerson, ReasonMissing.
    """
    application = locked_application(application_id, by)
    state = _decision_step(application, ApplicationEvent.REJECT, by)
    _require_authority(application, by)
    if reason_code not in REJECTION_REASONS or not reason.strip():
        raise ReasonMissing
    _decide(application, state, "rejected", by, at)
    application.reason_code, application.reason = reason_code, reason.strip()
    application.closed_at = at
    application.save(
        update_fields=[
            "state", "decision", "decided_at", "decided_by", "decision_count", "changed_at",
            "reason_code", "reason", "closed_at",
        ]
    )  # fmt: skip
    detail = {"reason_code": reason_code, "reason": application.reason}
    _tell(application, notices.rejected(application), "application.reject", by, at, detail)
    return application


def _decision_step(application: Application, event: ApplicationEvent, by: Actor) -> ApplicationState:
    """The step, or a refusal that says who was faster."""
    if application.decision and application.decided_by is not None:
        raise AlreadyDecided(str(application.decided_by), DECIDED_WORDS[application.decision])
    state = application_step(application, event, by)
    if by.user_id is None:
        raise NotAllowed
    return state


def _require_authority(application: Application, by: Actor) -> None:
    amount = application.amount
    if amount is None:
        raise NotNow("보증금액이 비어 있어 결정할 수 없습니다. 보완을 요청해 주세요.")
    if not any(may_decide(role, amount) for role in by.roles):
        raise BeyondAuthority(amount)
    if needs_second_person(amount) and application.reviewer_id == by.user_id:
        raise SamePerson


def _decide(application: Application, state: ApplicationState, word: str, by: Actor, at: datetime) -> None:
    application.state = state
    application.decision = word
    application.decided_at = application.changed_at = at
    application.decided_by_id = by.user_id
    application.decision_count += 1


def _tell(
    application: Application,
    drafts: Sequence[Draft],
    action: str,
    by: Actor,
    at: datetime,
    detail: Mapping[str, object],
) -> None:
    """Queue the notices and write down which went out; an empty list is work for the branch (S09)."""
    queue(drafts, at=at)
    told = [draft.channel for draft in drafts]
    record(action=action, by=by, at=at, subject=application, detail={**detail, "told": told})
