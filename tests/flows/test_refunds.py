"""Money going back: decided once, sent once, asked about when unclear, never more than came in (S07)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guarantees import tasks
from guarantees.actions import payments, refunds
from guarantees.actions.rows import NotAllowed, NotFound, NotNow
from guarantees.limits import position_of
from guarantees.models import Application, Payment, PaymentEvent, Refund
from guarantees.payments.simulator.bank import BAD_ACCOUNT
from portal.access import Actor
from portal.audit.trail import history
from portal.clock import seoul_day
from portal.refusals import Refusal
from sms.models import Message
from tests.flows.test_payments import FEE, MONDAY, SYSTEM, deposit, letters, opened, outcomes, state_of
from tests.payment_simulator import BankThread, signed
from tests.stories import Cast, admin, make_cast, web

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast(sms_name="미르누리설비")


@pytest.fixture
def wrong(bank: BankThread, cast: Cast) -> Refund:
    """A deposit of one won too little, whose refund waits."""
    payment = opened(signed(cast), cast, bank)
    deposit(bank, payment, FEE - 1)
    assert bank.callback(payment).status_code == 200
    return Refund.everything.get()


def run(bank: BankThread, minutes: int = 0) -> int:
    at = MONDAY + timedelta(minutes=minutes)
    return refunds.send_due(provider=bank.provider, by=SYSTEM, at=at)


def returned(bank: BankThread, refund: Refund) -> list[int]:
    """What the bank has given back of the order."""
    return [part["cancelAmount"] for part in bank.order(refund.payment)["cancels"] or []]


def now(refund: Refund) -> tuple[str, int]:
    refund.refresh_from_db()
    return refund.state, refund.attempts


def test_a_refund_goes_back_once_and_is_told(bank: BankThread, wrong: Refund) -> None:
    assert (wrong.state, wrong.ground, wrong.amount) == ("queued", "wrong_amount", FEE - 1)
    assert [run(bank), run(bank), run(bank, minutes=60)] == [1, 0, 0]
    assert (now(wrong), wrong.done_at, returned(bank, wrong)) == (("done", 1), MONDAY, [FEE - 1])
    assert letters()[-2:] == ["입금하신 금액을 돌려드립니다", "보증료 환급이 끝났습니다"]
    text = Message.everything.filter(channel="sms", purpose="payment").latest("id").body
    assert (
        text == f"[설비공제]미르누리설비 보증료 {FEE - 1:,}원 환급 완료. 문의 {wrong.payment.member.branch.phone}"
    )


@pytest.mark.parametrize(
    ("_case", "fault", "path", "after", "given_after"),
    [
        ("은행 장애, 조회에서", "down", "/orders/", "sent", 0),
        ("은행 장애, 환급에서", "down", "/cancel", "sent", 0),
        ("환급하고 응답이 끊김", "lost", "/cancel", "sent", 1),
        ("응답이 늦음", "slow", "/cancel", "sent", 1),
        ("다시 오라는 답", "refuse", "/cancel", "queued", 0),
    ],
)
def test_an_unclear_refund_is_asked_about_and_never_sent_twice(
    bank: BankThread, wrong: Refund, _case: str, fault: str, path: str, after: str, given_after: int
) -> None:
    bank.fails(fault, path, code="PROVIDER_ERROR")
    run(bank)
    assert (now(wrong)[0], len(returned(bank, wrong))) == (after, given_after)
    assert run(bank, minutes=4) == 0  # not before its time
    assert run(bank, minutes=5) == 1
    assert (now(wrong), returned(bank, wrong)) == (("done", 2), [FEE - 1])


def test_a_refund_the_bank_never_answers_waits_for_a_person(bank: BankThread, wrong: Refund) -> None:
    bank.fails("down", "", times=999)
    for turn in range(12):
        run(bank, minutes=5 * turn)
    assert now(wrong) == ("failed", 12)
    assert run(bank, minutes=600) == 0
    assert list(Refund.everything.filter(refunds.waits_for_a_person())) == [wrong]


def test_a_wrong_account_is_told_mended_by_the_member_and_sent_again(
    bank: BankThread, cast: Cast, wrong: Refund
) -> None:
    Payment.everything.filter(pk=wrong.payment_id).update(refund_account=BAD_ACCOUNT)
    run(bank)
    assert now(wrong) == ("failed", 1)
    assert wrong.note == "환급 계좌로 돌려드리지 못했습니다. 은행, 계좌번호와 예금주를 확인해 다시 적어 주세요."
    assert letters()[-1] == "보증료를 돌려드리지 못했습니다"
    refunds.change_account(
        payment_id=wrong.payment_id, bank="20", number="1002123456789", holder="미르누리설비(주)",
        by=web(cast.user), at=MONDAY,
    )  # fmt: skip
    assert run(bank) == 1
    assert (now(wrong), returned(bank, wrong)) == (("done", 1), [FEE - 1])


def test_resending_by_the_branch_uses_a_new_key_only_after_a_definite_no(
    bank: BankThread, cast: Cast, wrong: Refund
) -> None:
    bank.fails("refuse", "/cancel", code="NOT_CANCELABLE_PAYMENT")
    run(bank)
    assert now(wrong)[0] == "failed"
    refunds.resend(refund_id=wrong.pk, by=admin(cast.officer), at=MONDAY)
    run(bank)
    assert (now(wrong)[0], returned(bank, wrong)) == ("done", [FEE - 1])
    with pytest.raises(NotNow):
        refunds.resend(refund_id=wrong.pk, by=admin(cast.officer), at=MONDAY)


def test_sending_it_again_after_it_went_finds_it_gone(bank: BankThread, cast: Cast, wrong: Refund) -> None:
    """Marked failed by a person's mistake or a restore: the order is asked first."""
    run(bank)
    Refund.everything.filter(pk=wrong.pk).update(state="failed", done_at=None)
    refunds.resend(refund_id=wrong.pk, by=admin(cast.officer), at=MONDAY)
    run(bank)
    assert (now(wrong)[0], returned(bank, wrong)) == ("done", [FEE - 1])


# Withdrawing what is paid


def paid(bank: BankThread, cast: Cast, settings: Any) -> Application:
    """FEE_PAID and not issued: the seal cannot be reached at that moment."""
    application = signed(cast)
    payment = opened(application, cast, bank)
    deposit(bank, payment)
    kept = settings.DOCUMENT_SEAL_KEY, settings.DOCUMENT_SEAL_CHAIN
    settings.DOCUMENT_SEAL_KEY = settings.DOCUMENT_SEAL_CHAIN = "/nowhere.pem"
    assert bank.callback(payment).status_code == 200
    settings.DOCUMENT_SEAL_KEY, settings.DOCUMENT_SEAL_CHAIN = kept
    application.refresh_from_db()
    assert application.state == "fee_paid"
    return application


def test_the_branch_withdraws_a_paid_application_and_all_goes_back(
    bank: BankThread, cast: Cast, settings: Any
) -> None:
    application = paid(bank, cast, settings)
    day = seoul_day(MONDAY)
    assert position_of(cast.member.pk, day=day).reserved == application.amount
    done = refunds.withdraw_paid(
        application_id=application.pk, reason="계약이 취소됨", by=admin(cast.officer), at=MONDAY
    )
    assert (done.state, done.closed_at) == ("withdrawn", MONDAY)
    assert position_of(cast.member.pk, day=day).reserved == 0
    refund = Refund.everything.get()
    assert (refund.ground, refund.amount, refund.key) == ("withdrawn", FEE, f"withdrawn:{application.public_id}")
    assert letters()[-1] == "보증료를 돌려드립니다"
    assert history(application).last().detail["reason"] == "계약이 취소됨"
    again = refunds.withdraw_paid(application_id=application.pk, reason="-", by=admin(cast.officer), at=MONDAY)
    assert (again.state, Refund.everything.count()) == ("withdrawn", 1)
    tasks.send_refunds()
    assert (now(refund)[0], returned(bank, refund)) == ("done", [FEE])


@pytest.mark.parametrize(
    ("_case", "actor", "reason", "refusal"),
    [
        ("조합원", lambda cast: web(cast.user), "사유", NotAllowed),
        ("다른 지점", lambda cast: admin(make_cast().officer), "사유", NotFound),
        ("사유 없음", lambda cast: admin(cast.officer), "  ", refunds.ReasonMissing),
    ],
)
def test_who_withdraws_a_paid_application(
    cast: Cast, _case: str, actor: Callable[[Cast], Actor], reason: str, refusal: type[Refusal]
) -> None:
    application = signed(cast)
    payments.receive(application_id=application.pk, method="counter", by=admin(cast.officer), at=MONDAY)
    with pytest.raises(refusal):
        refunds.withdraw_paid(application_id=application.pk, reason=reason, by=actor(cast), at=MONDAY)
    assert (state_of(application), Refund.everything.count()) == ("fee_paid", 0)


def test_what_the_branch_received_the_branch_gives_back(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    payments.receive(application_id=application.pk, method="counter", by=admin(cast.officer), at=MONDAY)
    refunds.withdraw_paid(application_id=application.pk, reason="취소", by=admin(cast.officer), at=MONDAY)
    refund = Refund.everything.get()
    assert (run(bank), now(refund)) == (0, ("queued", 0))
    assert list(Refund.everything.filter(refunds.waits_for_a_person())) == [refund]
    with pytest.raises(refunds.ReasonMissing):
        refunds.done_by_hand(refund_id=refund.pk, reason=" ", by=admin(cast.officer), at=MONDAY)
    refunds.done_by_hand(refund_id=refund.pk, reason="이체 확인", by=admin(cast.officer), at=MONDAY)
    assert (now(refund)[0], refund.note) == ("done", "수기 처리: 이체 확인")
    with pytest.raises(NotNow):
        refunds.done_by_hand(refund_id=refund.pk, reason="다시", by=admin(cast.officer), at=MONDAY)


@pytest.mark.parametrize("state", ["queued", "sent"])
def test_nobody_pays_by_hand_what_the_bank_may_be_paying(cast: Cast, wrong: Refund, state: str) -> None:
    Refund.everything.filter(pk=wrong.pk).update(state=state)
    with pytest.raises(refunds.NotByHand):
        refunds.done_by_hand(refund_id=wrong.pk, reason="이체", by=admin(cast.officer), at=MONDAY)
    assert now(wrong)[0] == state


# Never more than came in


def test_one_cause_gives_back_once_and_all_causes_together_no_more_than_came(bank: BankThread, cast: Cast) -> None:
    payment = opened(signed(cast), cast, bank)
    deposit(bank, payment)
    assert bank.callback(payment).status_code == 200
    payment.refresh_from_db()

    def give(key: str, amount: int) -> Refund:
        return refunds.queue_refund(
            payment=payment, ground="endorsed", amount=amount, key=key, by=SYSTEM, at=MONDAY
        )

    first = give("endorsement:1", 100_000)
    assert give("endorsement:1", 100_000).pk == first.pk
    with pytest.raises(refunds.MoreThanPaid):
        give("endorsement:2", FEE - 100_000 + 1)
    give("endorsement:3", FEE - 100_000)
    assert refunds.left_of(payment) == 0
    assert run(bank) == 2
    assert returned(bank, first) == [100_000, FEE - 100_000]
    assert outcomes() == [("paid", FEE)]


def test_money_that_came_twice_goes_back_once_while_the_fee_stays(bank: BankThread, cast: Cast) -> None:
    payment = opened(signed(cast), cast, bank)
    for _ in range(2):
        deposit(bank, payment)
        assert bank.callback(payment).status_code == 200
    run(bank)
    refund = Refund.everything.get()
    assert (now(refund)[0], returned(bank, refund)) == ("done", [FEE])
    assert bank.callback(payment).status_code == 200
    assert (PaymentEvent.everything.filter(amount__isnull=False).count(), Refund.everything.count()) == (2, 1)
