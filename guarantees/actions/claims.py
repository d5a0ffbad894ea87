"""보증금 청구: entered by the head office from the beneficiary's paper, and taken to its end (DOMAIN §2.5)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from guarantees import claim_notices
from guarantees.actions.limits import lock_limit
from guarantees.actions.rows import NotAllowed, NotFound, NotNow, guarantee_step, locked_guarantee
from guarantees.models import OPEN_CLAIM, Claim, Guarantee
from guarantees.rules.claims import CLAIM_TRANSITIONS, ClaimEvent, ClaimState, can_claim, payment_due
from guarantees.rules.deadlines import claim_until
from guarantees.rules.states import GuaranteeEvent
from portal.access import Actor
from portal.audit.trail import record
from portal.clock import seoul_day
from portal.members.roles import Role
from portal.refusals import Refusal
from portal.won import format_won
from sms.outbox import queue


class ClaimPeriodOver(Refusal):
    """Two years have passed since the guarantee period ended (건설산업기본법 제67조 제4항)."""

    def __init__(self, ends_on: date) -> None:
        super().__init__(
            f"보증기간이 끝난 뒤 2년이 지나 청구를 접수할 수 없습니다. 접수할 수 있던 마지막 날은 "
            f"{claim_until(ends_on):%Y-%m-%d}입니다."
        )


class NotYetReceived(Refusal):
    """A claim received in the future."""

    message = "접수일이 오늘보다 뒤입니다. 청구서를 받은 날을 다시 확인해 주세요."


class ClaimOpen(Refusal):
    """The guarantee has an open claim already."""

    message = "이 보증에는 처리 중인 청구가 있습니다. 그 청구가 끝난 뒤에 새 청구를 접수해 주세요."


class MoreThanOutstanding(Refusal):
    """More than the guarantee still stands for."""

    def __init__(self, outstanding: int) -> None:
        super().__init__(f"보증잔액 {format_won(outstanding)}보다 큽니다. 보증잔액 이하로 적어 주세요.")


class NoteMissing(Refusal):
    """A step without the words it needs."""

    message = "내용이 비어 있습니다. 무엇을 왜 결정했는지 적어 주세요."


@dataclass(frozen=True)
class Given:
    """What the beneficiary's paper says. `amount` in whole won."""

    claimant: str
    amount: int
    received_on: date
    facts: str


@transaction.atomic
def enter(*, guarantee_id: int, given: Given, by: Actor, at: datetime) -> Claim:
    """Enter a claim. From now on nothing of the guarantee is released, changed or cancelled.

    Raises NotFound, NotNow, NotAllowed, NotYetReceived, ClaimPeriodOver, ClaimOpen, MoreThanOutstanding.
    """
    guarantee = locked_guarantee(guarantee_id, by)
    guarantee_step(guarantee, GuaranteeEvent.CLAIM, by)
    if by.user_id is None:
        raise NotAllowed
    if given.received_on > seoul_day(at):
        raise NotYetReceived
    if not can_claim(guarantee.ends_on, given.received_on):
        raise ClaimPeriodOver(guarantee.ends_on)
    if guarantee.claims.filter(state__in=OPEN_CLAIM).exists():
        raise ClaimOpen
    if given.amount > guarantee.outstanding:
        raise MoreThanOutstanding(guarantee.outstanding)
    claim = Claim.everything.create(
        guarantee=guarantee,
        claimant=given.claimant,
        amount=given.amount,
        received_on=given.received_on,
        due_on=payment_due(guarantee.product.family, given.received_on),
        facts=given.facts,
        entered_at=at,
        entered_by_id=by.user_id,
    )
    drafts = claim_notices.entered(claim, guarantee)
    queue(drafts, at=at)
    detail = {"amount": claim.amount, "claimant": claim.claimant, "told": [draft.channel for draft in drafts]}
    record(action="claim.enter", by=by, at=at, subject=claim, detail=detail)
    return claim


@transaction.atomic
def request_documents(*, claim_id: int, documents: str, by: Actor, at: datetime) -> Claim:
    """Ask the claimant for papers. Raises NotFound, NotNow, NotAllowed, NoteMissing."""
    claim, _guarantee = _locked(claim_id, by)
    state = _step(claim, ClaimEvent.REQUEST_DOCUMENTS, by)
    claim.documents_asked = _words(documents)
    return _moved(claim, state, "claim.request_documents", by, at, documents=claim.documents_asked)


@transaction.atomic
def review(*, claim_id: int, by: Actor, at: datetime) -> Claim:
    """Everything is there: begin to examine. Raises NotFound, NotNow, NotAllowed."""
    claim, _guarantee = _locked(claim_id, by)
    return _moved(claim, _step(claim, ClaimEvent.REVIEW, by), "claim.review", by, at)


@transaction.atomic
def pay(*, claim_id: int, amount: int, note: str, by: Actor, at: datetime) -> Claim:
    """Paid to the beneficiary: so much less is outstanding, and the member owes it back (구상).

    Raises NotFound, NotNow, NotAllowed, MoreThanOutstanding, NoteMissing.
    """
    claim, guarantee = _locked(claim_id, by)
    state = _step(claim, ClaimEvent.PAY, by)
    if not 0 < amount <= guarantee.outstanding:
        raise MoreThanOutstanding(guarantee.outstanding)
    lock_limit(guarantee.member_id)
    guarantee.outstanding -= amount
    guarantee.save(update_fields=["outstanding"])
    claim.paid_amount = claim.recourse_amount = amount
    _close(claim, note, by, at)
    queue(claim_notices.paid(claim, guarantee), at=at)
    return _moved(claim, state, "claim.pay", by, at, amount=amount, outstanding=guarantee.outstanding)


@transaction.atomic
def deny(*, claim_id: int, note: str, by: Actor, at: datetime) -> Claim:
    """Nothing is owed under it. Raises NotFound, NotNow, NotAllowed, NoteMissing."""
    claim, guarantee = _locked(claim_id, by)
    state = _step(claim, ClaimEvent.DENY, by)
    _close(claim, note, by, at)
    queue(claim_notices.closed(claim, guarantee), at=at)
    return _moved(claim, state, "claim.deny", by, at, note=claim.decision_note)


@transaction.atomic
def withdraw(*, claim_id: int, note: str, by: Actor, at: datetime) -> Claim:
    """The beneficiary took it back. Raises NotFound, NotNow, NotAllowed, NoteMissing."""
    claim, guarantee = _locked(claim_id, by)
    state = _step(claim, ClaimEvent.WITHDRAW, by)
    _close(claim, note, by, at)
    queue(claim_notices.closed(claim, guarantee), at=at)
    return _moved(claim, state, "claim.withdraw", by, at, note=claim.decision_note)


@transaction.atomic
def recover(*, claim_id: int, amount: int, note: str, by: Actor, at: datetime) -> Claim:
    """The member paid back part or all of what was paid for him. Raises NotFound, NotNow, NotAllowed,
    MoreThanOutstanding, NoteMissing."""
    claim, _guarantee = _locked(claim_id, by)
    _require_head_office(by)
    if claim.state != ClaimState.PAID or claim.recourse_amount is None:
        raise NotNow("지급한 청구에서만 구상금을 회수할 수 있습니다. 청구 상태를 확인해 주세요.")
    if not 0 < amount <= claim.recourse_amount:
        raise MoreThanOutstanding(claim.recourse_amount)
    words = _words(note)
    claim.recourse_amount -= amount
    claim.save(update_fields=["recourse_amount"])
    detail = {"amount": amount, "left": claim.recourse_amount, "note": words}
    record(action="claim.recover", by=by, at=at, subject=claim, detail=detail)
    return claim


def _locked(claim_id: int, by: Actor) -> tuple[Claim, Guarantee]:
    """The claim and its guarantee; the guarantee's row first, as everywhere."""
    seen = Claim.everything.within(by.scope).filter(pk=claim_id).first()
    if seen is None:
        raise NotFound
    guarantee = locked_guarantee(seen.guarantee_id, by)
    return Claim.everything.select_for_update(of=("self",)).get(pk=claim_id), guarantee


def _require_head_office(by: Actor) -> None:
    if Role.HQ_UNDERWRITER not in by.roles or by.user_id is None:
        raise NotAllowed


def _step(claim: Claim, event: ClaimEvent, by: Actor) -> ClaimState:
    _require_head_office(by)
    state = CLAIM_TRANSITIONS.get((claim.state, event))
    if state is None:
        raise NotNow(
            f"이 청구는 지금 ‘{claim.get_state_display()}’ 상태라 처리할 수 없습니다. "
            "화면을 새로 고쳐 지금 상태를 확인해 주세요."
        )
    return state


def _words(text: str) -> str:
    if not text.strip():
        raise NoteMissing
    return text.strip()


def _close(claim: Claim, note: str, by: Actor, at: datetime) -> None:
    claim.decision_note = _words(note)
    claim.closed_at, claim.closed_by_id = at, by.user_id


def _moved(claim: Claim, state: ClaimState, action: str, by: Actor, at: datetime, **detail: object) -> Claim:
    """Saved as a whole row: each step sets other columns, and the row is locked."""
    before = claim.state
    claim.state = state
    claim.save()
    record(action=action, by=by, at=at, subject=claim, detail={"from": before, **detail})
    return claim
