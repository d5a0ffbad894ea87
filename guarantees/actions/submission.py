"""The member's own steps: handing in, answering a supplement, taking back, changing the contact."""

from datetime import date, datetime

from django.db import transaction

from guarantees.actions.contracts import attach_contract
from guarantees.actions.drafts import NotEditable
from guarantees.actions.numbers import next_in
from guarantees.actions.rows import NotAllowed, application_step, locked_application
from guarantees.models import Application
from guarantees.queries import alike, findings_of, open_items
from guarantees.quotes import pin, quote
from guarantees.rules.completeness import Finding
from guarantees.rules.numbering import application_number
from guarantees.rules.states import MEMBER, ApplicationEvent, ApplicationState
from portal.access import Actor
from portal.audit.trail import record
from portal.clock import seoul_day
from portal.identifiers import mask_mobile
from portal.members.holds import refuse_held
from portal.refusals import Refusal

WITH_THE_BRANCH = frozenset({ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW})
UNDECIDED = WITH_THE_BRANCH | {ApplicationState.SUPPLEMENT}


class Incomplete(Refusal):
    """Something is missing or does not fit. `findings` says what, by field."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__(f"아직 제출할 수 없습니다. {findings[0].message} (고칠 것 {len(findings)}건)")


class ChangedMeanwhile(Refusal):
    """The page the member confirmed shows other contents than are stored now."""

    message = "확인하시는 사이 내용이 바뀌었습니다. 바뀐 내용을 다시 확인하고 제출해 주세요."


class NotTrading(Refusal):
    """The company is suspended or has left."""

    message = "지금은 거래가 정지된 상태라 처리할 수 없습니다. 관할 지점에 문의해 주세요."


class AlikeUnconfirmed(Refusal):
    """Another living application or guarantee is for the same contract, product and beneficiary."""

    message = (
        "같은 계약으로 이미 신청하신 건이 있습니다. "
        "다른 건이 맞으면 ‘다른 건입니다’에 표시한 뒤 다시 제출해 주세요."
    )


def version_of(application: Application) -> str:
    """What a page carries to show which contents it displayed."""
    return application.changed_at.isoformat()


@transaction.atomic
def submit(
    *,
    application_id: int,
    by: Actor,
    at: datetime,
    version: str | None = None,
    is_another: bool = True,
) -> Application:
    """DRAFT to SUBMITTED: number given, terms pinned, fee quoted. Sent twice, it is submitted once.

    `is_another` is the member's word that a twin of this application is for something else.
    Raises NotFound, NotNow, NotAllowed, NotTrading, ChangedMeanwhile, Incomplete, AlikeUnconfirmed.
    """
    application = locked_application(application_id, by)
    if application.state in WITH_THE_BRANCH and by.roles & MEMBER:
        return application
    state = application_step(application, ApplicationEvent.SUBMIT, by)
    pinned = _check(application, at, version)
    twins = [other.number for other in alike(application)[:5]]
    if twins and not is_another:
        raise AlikeUnconfirmed
    year = seoul_day(at).year
    application.number = application_number(year, next_in(f"application:{year}"))
    application.state = state
    application.submitted_at = application.changed_at = at
    application.submitted_by_id = by.user_id
    application.save(update_fields=["number", "state", "submitted_at", "submitted_by", "changed_at", *pinned])
    detail = {
        "amount": application.amount,
        "quoted_fee": application.quoted_fee,
        "alike": twins,
    }
    record(action="application.submit", by=by, at=at, subject=application, detail=detail)
    return application


@transaction.atomic
def resubmit(*, application_id: int, by: Actor, at: datetime, version: str | None = None) -> Application:
    """SUPPLEMENT back to IN_REVIEW with the same reviewer. Sent twice, it is answered once.

    Raises NotFound, NotNow, NotAllowed, NotTrading, ChangedMeanwhile, Incomplete.
    """
    application = locked_application(application_id, by)
    if application.state == ApplicationState.IN_REVIEW and application.decision_count and by.roles & MEMBER:
        return application
    state = application_step(application, ApplicationEvent.RESUBMIT, by)
    pinned = _check(application, at, version)
    detail = {
        "items": [item.text for item in open_items(application)],
        "amount": application.amount,
        "quoted_fee": application.quoted_fee,
    }
    application.state = state
    application.supplement_due_on = None
    application.changed_at = at
    application.save(update_fields=["state", "supplement_due_on", "changed_at", *pinned])
    record(action="application.resubmit", by=by, at=at, subject=application, detail=detail)
    return application


def _check(application: Application, at: datetime, version: str | None) -> list[str]:
    """Everything a submission must pass; pins rate, adjustment and fee, and finds the contract.

    Returns the names of those fields.
    """
    if not application.member.is_trading:
        raise NotTrading
    if version is not None and version != version_of(application):
        raise ChangedMeanwhile
    today: date = seoul_day(at)
    found = findings_of(application, today=today)
    if found:
        raise Incomplete(found)
    quoted = quote(application, day=today)
    if quoted is None:
        raise Incomplete([Finding("amount", "보증료를 계산할 수 없습니다. 보증금액과 기간을 확인해 주세요.")])
    attach_contract(application, at=at)
    return [*pin(application, quoted), "contract"]


@transaction.atomic
def withdraw(*, application_id: int, by: Actor, at: datetime, reason: str = "") -> Application:
    """The member takes the application back. Taken back twice, it is taken back once.

    Raises NotFound, NotNow, NotAllowed.
    """
    application = locked_application(application_id, by)
    if application.state == ApplicationState.WITHDRAWN and by.roles & MEMBER:
        return application
    before = application.state
    application.state = application_step(application, ApplicationEvent.WITHDRAW, by)
    application.closed_at = application.changed_at = at
    application.save(update_fields=["state", "closed_at", "changed_at"])
    detail = {"from": before, "reason": reason}
    record(action="application.withdraw", by=by, at=at, subject=application, detail=detail)
    return application


@transaction.atomic
def change_contact(
    *, application_id: int, by: Actor, at: datetime, name: str, mobile: str, email: str
) -> Application:
    """Who hears of the result, until it is decided (S12).

    Raises NotFound, NotAllowed, NotEditable, ContactsHeld.
    """
    if not by.roles & MEMBER:
        raise NotAllowed
    application = locked_application(application_id, by)
    refuse_held(member_id=application.member_id, at=at)
    if application.state not in UNDECIDED:
        raise NotEditable(application)
    before = application.contact_mobile
    application.contact_name, application.contact_mobile, application.contact_email = name, mobile, email
    application.changed_at = at
    application.save(update_fields=["contact_name", "contact_mobile", "contact_email", "changed_at"])
    detail = {"mobile": [mask_mobile(before) if before else "", mask_mobile(mobile)]}
    record(action="application.change_contact", by=by, at=at, subject=application, detail=detail)
    return application
