"""배서(변경): a new amount or period, decided by the branch, paid where it costs more, issued anew (DOMAIN §2.5).

Between approval and payment the greater amount is held against the limit; the guarantee itself changes only
in the transaction that makes its new document.
"""

from datetime import datetime

from django.db import transaction

from guarantees import endorsement_notices
from guarantees.actions.deliveries import queue_delivery
from guarantees.actions.documents import make_document
from guarantees.actions.ended_changes import OPEN_CHANGE, end_change
from guarantees.actions.limits import lock_limit, require_available
from guarantees.actions.refunds import queue_refund
from guarantees.actions.rows import NotFound, NotNow, guarantee_step, locked_guarantee, refuse_open_claim
from guarantees.actions.screening import require_authority
from guarantees.models import Endorsement, EndorsementState, Guarantee, Payment, RefundGround
from guarantees.policies import adjustment_on, screening_policy_on, terms_on
from guarantees.rules.deadlines import is_past
from guarantees.rules.endorsing import Finding, Terms, deciding_amount, findings, outstanding_after
from guarantees.rules.fee import FeeTerms, endorsement_delta
from guarantees.rules.states import MEMBER, OFFICERS, GuaranteeEvent, GuaranteeState
from portal.access import Actor
from portal.audit.trail import record
from portal.businessdays.models import business_calendar
from portal.clock import seoul_day
from portal.gate.door import require_open
from portal.refusals import Refusal
from sms.outbox import queue

ASKING = MEMBER | OFFICERS
LONGEST_NOTE = 300
TOO_LATE = "보증이 끝난 뒤라 변경하지 못했습니다."


class Unfit(Refusal):
    """The change cannot be what it is. `findings` says what, by field."""

    def __init__(self, found: list[Finding]) -> None:
        self.findings = found
        super().__init__(found[0].message)


class AnotherOpen(Refusal):
    """A change of the guarantee is already being decided or paid."""

    message = "이미 진행 중인 변경 신청이 있습니다. 그 신청이 끝나거나 취하된 뒤에 다시 신청해 주세요."


class NoRate(Refusal):
    """No rate is known to settle the change at."""

    message = "이 보증에 적용할 요율이 없어 변경 보증료를 계산할 수 없습니다. 본부 심사에 문의해 주세요."


class AlreadyAnswered(Refusal):
    """Somebody decided, paid or took it back meanwhile."""

    def __init__(self, endorsement: Endorsement) -> None:
        super().__init__(
            f"이 변경 신청은 이미 ‘{endorsement.get_state_display()}’ 상태입니다. 화면을 새로 고쳐 확인해 주세요."
        )


class NoteMissing(Refusal):
    """A refusal without words the member can act on."""

    message = "조합원에게 알릴 사유가 비어 있습니다. 왜 변경할 수 없는지 적어 주세요."


@transaction.atomic
def ask(*, guarantee_id: int, new: Terms, reason: str, by: Actor, at: datetime) -> Endorsement:
    """Ask for a change; the same change asked for again is the same request.

    Raises NotFound, NotNow, NotAllowed, OpenClaim, AnotherOpen, Unfit, NoRate.
    """
    guarantee = locked_guarantee(guarantee_id, by)
    _require_asker(guarantee, by)
    refuse_open_claim(guarantee)
    old = terms_of(guarantee)
    if found := findings(
        old, new, outstanding=guarantee.outstanding, contract_amount=guarantee.contract_amount, today=seoul_day(at)
    ):
        raise Unfit(found)
    if living := _living(guarantee):
        if _asked(living) == new and living.state == EndorsementState.REQUESTED:
            return living
        raise AnotherOpen
    endorsement = Endorsement.everything.create(
        guarantee=guarantee,
        old_amount=old.amount, old_starts_on=old.starts_on, old_ends_on=old.ends_on,
        new_amount=new.amount, new_starts_on=new.starts_on, new_ends_on=new.ends_on,
        reason=reason.strip()[:LONGEST_NOTE],
        fee_delta=delta_of(guarantee, new, at=at),
        requested_at=at,
        requested_by_id=by.user_id,
    )  # fmt: skip
    detail = {"from": _shown(old), "to": _shown(new), "fee_delta": endorsement.fee_delta}
    record(action="endorsement.ask", by=by, at=at, subject=endorsement, detail=detail)
    return endorsement


def _require_asker(guarantee: Guarantee, by: Actor) -> None:
    """A member asks for his own; what follows is the branch's step of the table."""
    if by.roles & MEMBER:
        if guarantee.state != GuaranteeState.ACTIVE:
            raise NotNow(
                f"‘{guarantee.get_state_display()}’ 상태의 보증은 변경할 수 없습니다. 새로 신청해 주세요."
            )
        return
    guarantee_step(guarantee, GuaranteeEvent.ENDORSE, by)


def delta_of(guarantee: Guarantee, new: Terms, *, at: datetime) -> int:
    """What the change costs (above 0) or gives back (below 0), at the rates the guarantee was issued under.

    A guarantee of the older books takes the rates of the day. Raises NoRate.
    """
    day = seoul_day(at)
    application = guarantee.application
    terms = application.terms if application else terms_on(guarantee.product_id, day)
    if terms is None:
        raise NoRate
    adjusted = application or adjustment_on(guarantee.member_id, guarantee.product, day)
    old = FeeTerms(
        amount=guarantee.amount,
        starts_on=guarantee.starts_on,
        ends_on=guarantee.ends_on,
        base_ppm=terms.base_ppm,
        add_ppm=adjusted.add_ppm if adjusted else 0,
        disc_bp=adjusted.disc_bp if adjusted else 0,
        per_case=terms.per_case,
    )
    return endorsement_delta(
        old,
        amount=new.amount,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        minimum_delta=screening_policy_on(day).minimum_delta,
    )


@transaction.atomic
def approve(*, endorsement_id: int, by: Actor, at: datetime) -> Endorsement:
    """REQUESTED to APPROVED where the member has to pay first, else straight to DONE.

    Raises NotFound, NotNow, NotAllowed, AlreadyAnswered, OpenClaim, BeyondAuthority, SamePerson, LimitExceeded.
    """
    endorsement, guarantee = _locked(endorsement_id, by)
    guarantee_step(guarantee, GuaranteeEvent.ENDORSE, by)
    if endorsement.state != EndorsementState.REQUESTED:
        raise AlreadyAnswered(endorsement)
    refuse_open_claim(guarantee)
    old, new = terms_of(guarantee), _asked(endorsement)
    day = seoul_day(at)
    require_authority(amount=deciding_amount(old, new), reviewer_id=endorsement.requested_by_id, by=by, day=day)
    if found := findings(
        old, new, outstanding=guarantee.outstanding, contract_amount=guarantee.contract_amount, today=day
    ):
        raise Unfit(found)
    limit = lock_limit(guarantee.member_id)
    if new.amount > old.amount:
        require_available(limit=limit, product=guarantee.product, amount=new.amount - old.amount, day=day)
    endorsement.state = EndorsementState.APPROVED
    endorsement.decided_at, endorsement.decided_by_id = at, by.user_id
    endorsement.fee_delta = delta_of(guarantee, new, at=at)
    endorsement.save(update_fields=["state", "decided_at", "decided_by", "fee_delta"])
    record(
        action="endorsement.approve",
        by=by,
        at=at,
        subject=endorsement,
        detail={"fee_delta": endorsement.fee_delta},
    )
    if endorsement.fee_delta > 0:
        queue(endorsement_notices.to_pay(endorsement, guarantee), at=at)
        return endorsement
    return _take_effect(endorsement, guarantee, by, at)


@transaction.atomic
def finish_paid(*, endorsement_id: int, by: Actor, at: datetime) -> Endorsement:
    """APPROVED to DONE once its difference is paid; called by the payment's own step, and safe to repeat.

    Of a guarantee that is over meanwhile the change ends instead, and what was paid goes back.

    Raises NotFound, AlreadyAnswered, OpenClaim.
    """
    endorsement, guarantee = _locked(endorsement_id, by)
    if endorsement.state == EndorsementState.DONE:
        return endorsement
    if endorsement.state != EndorsementState.APPROVED:
        raise AlreadyAnswered(endorsement)
    if guarantee.state != GuaranteeState.ACTIVE:
        end_change(endorsement, why=TOO_LATE, by=by, at=at)
        return endorsement
    if not endorsement.payments.filter(state="paid").exists():
        raise NotNow("변경 보증료가 아직 납부되지 않았습니다. 납부를 확인한 뒤 다시 처리해 주세요.")
    refuse_open_claim(guarantee)
    return _take_effect(endorsement, guarantee, by, at)


def _take_effect(endorsement: Endorsement, guarantee: Guarantee, by: Actor, at: datetime) -> Endorsement:
    """The guarantee's new version, its document, its delivery, its money and its news, all or nothing."""
    require_open()
    old, new = terms_of(guarantee), _asked(endorsement)
    guarantee.outstanding = outstanding_after(old, new, guarantee.outstanding)
    guarantee.amount, guarantee.starts_on, guarantee.ends_on = new.amount, new.starts_on, new.ends_on
    guarantee.version += 1
    if guarantee.fee is not None:
        guarantee.fee += endorsement.fee_delta
    guarantee.save(update_fields=["outstanding", "amount", "starts_on", "ends_on", "version", "fee"])
    endorsement.state = EndorsementState.DONE
    endorsement.version, endorsement.done_at = guarantee.version, at
    endorsement.save(update_fields=["state", "version", "done_at"])
    document = make_document(guarantee=guarantee, at=at, officer=endorsement.decided_by)
    application = guarantee.application
    if application is not None:
        queue_delivery(
            document=document, channel=application.delivery_channel, to_email=application.beneficiary_email,
            by=by, at=at,
        )  # fmt: skip
    given_back = _give_back(endorsement, guarantee, by, at)
    drafts = endorsement_notices.done(endorsement, guarantee)
    queue(drafts, at=at)
    detail = {
        "version": guarantee.version, "from": _shown(old), "to": _shown(new), "fee_delta": endorsement.fee_delta,
        "refund": given_back, "told": [draft.channel for draft in drafts],
    }  # fmt: skip
    record(action="guarantee.endorse", by=by, at=at, subject=guarantee, detail=detail)
    return endorsement


def _give_back(endorsement: Endorsement, guarantee: Guarantee, by: Actor, at: datetime) -> str:
    """Refund a fee that became smaller. A fee paid outside the portal is given back by hand."""
    if endorsement.fee_delta >= 0:
        return ""
    paid = Payment.everything.filter(application=guarantee.application_id, state="paid").first()
    if guarantee.application_id is None or paid is None:
        return "지점에서 환급"
    queue_refund(
        payment=paid,
        ground=RefundGround.ENDORSED,
        amount=-endorsement.fee_delta,
        key=f"endorsement:{endorsement.public_id}",
        by=by,
        at=at,
    )
    return "환급 대기"


@transaction.atomic
def reject(*, endorsement_id: int, note: str, by: Actor, at: datetime) -> Endorsement:
    """REQUESTED to REJECTED with words for the member. Raises NotFound, NotNow, NotAllowed, AlreadyAnswered,
    BeyondAuthority, NoteMissing."""
    endorsement, guarantee = _locked(endorsement_id, by)
    guarantee_step(guarantee, GuaranteeEvent.ENDORSE, by)
    if endorsement.state != EndorsementState.REQUESTED:
        raise AlreadyAnswered(endorsement)
    if not note.strip():
        raise NoteMissing
    endorsement.state = EndorsementState.REJECTED
    endorsement.decided_at, endorsement.decided_by_id = at, by.user_id
    endorsement.decision_note = note.strip()[:LONGEST_NOTE]
    endorsement.save(update_fields=["state", "decided_at", "decided_by", "decision_note"])
    queue(endorsement_notices.rejected(endorsement, guarantee), at=at)
    detail = {"note": endorsement.decision_note}
    record(action="endorsement.reject", by=by, at=at, subject=endorsement, detail=detail)
    return endorsement


@transaction.atomic
def withdraw(*, endorsement_id: int, by: Actor, at: datetime, note: str = "") -> Endorsement:
    """Taken back by who asked, or by the portal when nobody paid. Taken back twice, it is taken back once.

    Raises NotFound, AlreadyAnswered.
    """
    endorsement, _guarantee = _locked(endorsement_id, by)
    if endorsement.state == EndorsementState.WITHDRAWN:
        return endorsement
    if endorsement.state not in OPEN_CHANGE:
        raise AlreadyAnswered(endorsement)
    if endorsement.payments.filter(state="paid").exists():
        raise NotNow("변경 보증료가 이미 납부되어 취하할 수 없습니다. 관할 지점에 문의해 주세요.")
    end_change(endorsement, why=note, by=by, at=at)
    return endorsement


def lapse_unpaid(*, by: Actor, at: datetime) -> int:
    """Withdraw approved changes nobody paid in the days an approval waits. Returns how many.

    Each in its own transaction; one being paid at this moment is left alone.
    """
    calendar, today = business_calendar(), seoul_day(at)
    lapsed = 0
    for row in Endorsement.everything.filter(state=EndorsementState.APPROVED).order_by("id"):
        if row.decided_at is None:
            continue
        since = seoul_day(row.decided_at)
        days = screening_policy_on(since).approval_business_days
        if not is_past(calendar.add(since, days), today):
            continue
        try:
            withdraw(endorsement_id=row.pk, by=by, at=at, note="납부 기한이 지났습니다.")
            lapsed += 1
        except Refusal:
            continue
    return lapsed


def terms_of(guarantee: Guarantee) -> Terms:
    """What a change can change, as it stands."""
    return Terms(guarantee.amount, guarantee.starts_on, guarantee.ends_on)


def _asked(endorsement: Endorsement) -> Terms:
    return Terms(endorsement.new_amount, endorsement.new_starts_on, endorsement.new_ends_on)


def _living(guarantee: Guarantee) -> Endorsement | None:
    return guarantee.endorsements.filter(state__in=OPEN_CHANGE).first()


def _locked(endorsement_id: int, by: Actor) -> tuple[Endorsement, Guarantee]:
    """The change and its guarantee; the guarantee's row first, as everywhere."""
    seen = Endorsement.everything.within(by.scope).filter(pk=endorsement_id).first()
    if seen is None:
        raise NotFound
    guarantee = locked_guarantee(seen.guarantee_id, by)
    return Endorsement.everything.select_for_update(of=("self",)).get(pk=endorsement_id), guarantee


def _shown(terms: Terms) -> list[object]:
    return [terms.amount, terms.starts_on.isoformat(), terms.ends_on.isoformat()]
