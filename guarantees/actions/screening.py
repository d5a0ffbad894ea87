"""The branch's steps: taking an application up, asking for more, approving, rejecting (S10, DOMAIN §2.5)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from guarantees import notices
from guarantees.actions.limits import lock_limit, require_available
from guarantees.actions.requoting import requote_now
from guarantees.actions.rows import NotAllowed, NotNow, application_step, locked_application
from guarantees.actions.submission import NotTrading
from guarantees.models import Application, SupplementItem
from guarantees.policies import authority_on, screening_policy_on
from guarantees.printing import refuse_undocumentable
from guarantees.rules.authority import Authority
from guarantees.rules.deadlines import approval_due, supplement_due
from guarantees.rules.limit import uncovered
from guarantees.rules.screening_reasons import REJECTION_REASONS, SUPPLEMENT_REASONS
from guarantees.rules.states import OFFICERS, ApplicationEvent, ApplicationState
from portal.access import Actor
from portal.audit.trail import record
from portal.businessdays.models import business_calendar
from portal.clock import seoul_day
from portal.members.roles import LABELS
from portal.refusals import Refusal
from portal.won import format_won
from sms.outbox import Draft, queue

DECISION = ("state", "decision", "decided_at", "decided_by", "reviewer", "decision_count", "changed_at")
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

    def __init__(self, amount: int, authority: Authority) -> None:
        who = LABELS[authority.required_role(amount)]
        super().__init__(
            f"보증금액 {format_won(amount)}은 {who} 이상이 결정합니다. {who}에게 결정을 요청해 주세요."
        )


class SamePerson(Refusal):
    """Above the amount of the policy the reviewer may not decide alone."""

    def __init__(self, authority: Authority) -> None:
        super().__init__(
            f"{format_won(authority.second_person_above)}이 넘는 보증은 심사한 사람이 직접 결정할 수 없습니다. "
            "다른 결정권자에게 요청해 주세요."
        )


class NobodyReviewed(Refusal):
    """Screened by rules alone, and too large for one person."""

    def __init__(self, authority: Authority) -> None:
        super().__init__(
            "자동 심사만 거쳐 아직 심사를 맡은 사람이 없습니다. "
            f"{format_won(authority.second_person_above)}이 넘는 보증은 다른 담당자가 ‘심사 시작’을 눌러 "
            "서류를 확인한 뒤 결정할 수 있습니다."
        )


class CollateralBeyond(Refusal):
    """More collateral than there is to guarantee."""

    message = "담보 금액이 보증금액보다 큽니다. 담보로 잡은 금액을 다시 확인해 주세요."


class ReasonMissing(Refusal):
    """A rejection or supplement without words the member can act on."""

    message = "조합원에게 알릴 내용이 비어 있습니다. 무엇이 왜 필요한지 적어 주세요."


class AlreadyOver(Refusal):
    """The period to guarantee has ended while the application waited."""

    message = "보증 종료일이 이미 지났습니다. 조합원에게 보증기간을 고치도록 보완을 요청해 주세요."


@transaction.atomic
def take(*, application_id: int, by: Actor, at: datetime) -> Application:
    """SUBMITTED to IN_REVIEW; `by` is the reviewer from now on. Taking one's own again changes nothing.

    What the rules have screened is in review already and gets its reviewer here.
    Raises NotFound, AlreadyTaken, NotNow, NotAllowed.
    """
    application = locked_application(application_id, by)
    if application.state == ApplicationState.IN_REVIEW:
        if application.reviewer_id == by.user_id and by.user_id is not None:
            return application
        if application.reviewer_id is not None:
            raise AlreadyTaken(str(application.reviewer))
        if not by.roles & OFFICERS:
            raise NotAllowed
    else:
        application.state = application_step(application, ApplicationEvent.TAKE, by)
        application.taken_at = at
    if by.user_id is None:
        raise NotAllowed
    application.changed_at = at
    application.reviewer_id = by.user_id
    application.save(update_fields=["state", "taken_at", "reviewer", "changed_at"])
    record(action="application.take", by=by, at=at, subject=application)
    return application


@transaction.atomic
def request_supplement(
    *,
    application_id: int,
    by: Actor,
    at: datetime,
    items: Sequence[str] = (),
    reason_codes: Sequence[str] = (),
) -> Application:
    """IN_REVIEW to SUPPLEMENT with what is asked for and the business days of the policy; the contact is told.

    `reason_codes` are of SUPPLEMENT_REASONS, `items` the officer's own words; one of them is needed.
    Raises NotFound, AlreadyDecided, NotNow, NotAllowed, ReasonMissing.
    """
    application = locked_application(application_id, by)
    state = _decision_step(application, ApplicationEvent.REQUEST_SUPPLEMENT, by)
    asked = _asked_for(items, reason_codes)
    if not asked:
        raise ReasonMissing
    today = seoul_day(at)
    days = screening_policy_on(today).supplement_business_days
    application.state = state
    application.supplement_due_on = supplement_due(today, business_calendar(), business_days=days)
    application.decision_count += 1
    application.changed_at = at
    application.reviewer_id = application.reviewer_id or by.user_id
    application.save(update_fields=["state", "supplement_due_on", "decision_count", "changed_at", "reviewer"])
    SupplementItem.everything.bulk_create(
        SupplementItem(application=application, round=application.decision_count, reason_code=code, text=text)
        for code, text in asked
    )
    texts = [text for _code, text in asked]
    detail = {
        "items": texts,
        "reason_codes": [code for code, _text in asked if code],
        "due_on": application.supplement_due_on.isoformat(),
    }
    _tell(application, notices.supplement(application, texts), "application.request_supplement", by, at, detail)
    return application


def _asked_for(items: Sequence[str], reason_codes: Sequence[str]) -> list[tuple[str, str]]:
    """Reason code and text of each item: what the reasons say is missing and to do, then the officer's words."""
    known = [SUPPLEMENT_REASONS[code] for code in reason_codes if code in SUPPLEMENT_REASONS]
    told = [(reason.code, f"{reason.missing} {reason.todo}") for reason in known]
    return [*told, *(("", text.strip()) for text in items if text.strip())]


@transaction.atomic
def approve(
    *, application_id: int, by: Actor, at: datetime, collateral: int | None = None, collateral_note: str = ""
) -> Application:
    """IN_REVIEW to APPROVED, which takes from the member's limit; the contact is told by e-mail and SMS.

    `collateral` in won is the part the limit does not bear. The fee is quoted anew where rate or adjustment
    changed since the submission. Raises NotFound, AlreadyDecided, NotNow, NotAllowed, BeyondAuthority,
    SamePerson, NobodyReviewed, NotTrading, AlreadyOver, Undocumentable, CollateralBeyond, NoLimit,
    LimitExceeded.
    """
    application = locked_application(application_id, by)
    state = _decision_step(application, ApplicationEvent.APPROVE, by)
    today = seoul_day(at)
    _require_decider(application, by, today)
    if not application.member.is_trading:
        raise NotTrading
    if application.ends_on is None or application.ends_on < today:
        raise AlreadyOver
    refuse_undocumentable(application, on=today)
    application.collateral = collateral or 0
    if application.collateral > (application.amount or 0):
        raise CollateralBeyond
    require_available(
        limit=lock_limit(application.member_id),
        product=application.product,
        amount=uncovered(application.amount or 0, application.collateral),
        day=today,
    )
    fee_change = requote_now(application, by=by, at=at)
    _decide(application, state, "approved", by, at)
    application.save(update_fields=[*DECISION, "collateral"])
    detail = {"amount": application.amount, "reviewer": str(application.reviewer)}
    if application.collateral:
        detail |= {"collateral": application.collateral, "note": collateral_note.strip()}
    days = screening_policy_on(today).approval_business_days
    due_on = approval_due(today, business_calendar(), business_days=days)
    drafts = notices.approved(application, due_on=due_on, fee_change=fee_change)
    _tell(application, drafts, "application.approve", by, at, detail)
    return application


@transaction.atomic
def reject(*, application_id: int, by: Actor, at: datetime, reason_code: str, reason: str) -> Application:
    """IN_REVIEW to REJECTED, the end, with reason code and plain words; the contact is told.

    Raises NotFound, AlreadyDecided, NotNow, NotAllowed, BeyondAuthority, SamePerson, NobodyReviewed,
    ReasonMissing.
    """
    application = locked_application(application_id, by)
    state = _decision_step(application, ApplicationEvent.REJECT, by)
    _require_decider(application, by, seoul_day(at))
    if reason_code not in REJECTION_REASONS or not reason.strip():
        raise ReasonMissing
    _decide(application, state, "rejected", by, at)
    application.reason_code, application.reason = reason_code, reason.strip()
    application.closed_at = at
    application.save(update_fields=[*DECISION, "reason_code", "reason", "closed_at"])
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


def require_authority(*, amount: int, reviewer_id: int | None, by: Actor, day: date) -> None:
    """Refuse who may not decide on `amount` won under the policy of `day`, or not alone.

    `reviewer_id` is who prepared the decision, None where nobody did. Raises BeyondAuthority, SamePerson.
    """
    authority = authority_on(day)
    if not any(authority.may_decide(role, amount) for role in by.roles):
        raise BeyondAuthority(amount, authority)
    if authority.needs_second_person(amount) and reviewer_id is not None and reviewer_id == by.user_id:
        raise SamePerson(authority)


def _require_decider(application: Application, by: Actor, day: date) -> None:
    amount = application.amount
    if amount is None:
        raise NotNow("보증금액이 비어 있어 결정할 수 없습니다. 보완을 요청해 주세요.")
    require_authority(amount=amount, reviewer_id=application.reviewer_id, by=by, day=day)
    authority = authority_on(day)
    if application.reviewer_id is None and authority.needs_second_person(amount):
        raise NobodyReviewed(authority)


def _decide(application: Application, state: ApplicationState, word: str, by: Actor, at: datetime) -> None:
    """Who decides alone on what the rules have screened is its reviewer too."""
    application.state = state
    application.decision = word
    application.decided_at = application.changed_at = at
    application.decided_by_id = by.user_id
    application.reviewer_id = application.reviewer_id or by.user_id
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
