"""Paying the fee by bank: what the bank does, what our rows say, what the member is told (S07, DOMAIN §2.5)."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guarantees import tasks
from guarantees.actions import deadlines, endorsing, orders, payments, settling, submission
from guarantees.actions.rows import NotAllowed, NotFound, NotNow
from guarantees.models import Application, Endorsement, Guarantee, MemberLimit, Payment, PaymentEvent, Refund
from guarantees.payments import registry
from guarantees.payments.provider import NotACallback, NotDone, Refused, Unclear
from guarantees.payments.simulator import callbacks
from guarantees.views import payment_callbacks
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.audit.trail import history
from portal.members.roles import Role
from portal.refusals import Refusal
from portal.throttle import Allowance
from sms.models import Message
from tests.factories import at, make_user
from tests.flows.test_screening import at_once
from tests.payment_simulator import (
    ACCOUNT,
    TRANSFER,
    BankThread,
    post_callback,
    signed,
)
from tests.stories import Cast, admin, approved, make_cast, web

pytestmark = pytest.mark.django_db
MONDAY = at("2026-11-23 10:00")
LAST = at("2026-12-01 23:59")  # Tue, the seventh business day after the signature
SYSTEM = Actor.system("시험")
FEE = 111_940  # 30,000,000 won x 0.6 % x 227 days / 365


@pytest.fixture
def cast() -> Cast:
    return make_cast(sms_name="미르누리설비")


def ask(
    application: Application, cast: Cast, choice: payments.Choice = ACCOUNT, when: datetime = MONDAY
) -> Payment:
    return payments.ask(application_id=application.pk, choice=choice, by=web(cast.user), at=when)


def opened(application: Application, cast: Cast, bank: BankThread) -> Payment:
    """An order with an account that waits for its deposit."""
    asked = ask(application, cast)
    return orders.open_order(payment_id=asked.pk, provider=bank.provider, by=SYSTEM, at=MONDAY)


def deposit(bank: BankThread, payment: Payment, amount: int = FEE, when: datetime = MONDAY) -> None:
    bank.bank.deposit(payment.order_id, amount, at=when.isoformat())


def state_of(application: Application) -> str:
    return str(Application.everything.values_list("state", flat=True).get(pk=application.pk))


def outcomes() -> list[tuple[str, int | None]]:
    return list(PaymentEvent.everything.order_by("id").values_list("outcome", "amount"))


def refunds() -> list[tuple[str, int, str]]:
    return list(Refund.everything.order_by("id").values_list("ground", "amount", "state"))


def letters(purpose: str = "payment") -> list[str]:
    rows = Message.everything.filter(purpose=purpose, channel="email").order_by("id")
    return list(rows.values_list("subject", flat=True))


def poll(when: datetime) -> int:
    return orders.look_at_open(provider=registry.provider(), by=SYSTEM, at=when)


def test_the_fee_of_the_story(cast: Cast) -> None:
    assert signed(cast).quoted_fee == FEE


# The way that goes well


def test_virtual_account_from_asking_to_guarantee(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    payment = opened(application, cast, bank)
    assert (payment.state, payment.amount, payment.bank) == ("open", FEE, "04")
    assert payment.payable_until == at("2026-12-01 23:59:59")  # Tue
    assert payment.account_number == bank.order(payment)["virtualAccount"]["accountNumber"]
    assert letters() == ["보증료 입금 계좌를 알려 드립니다"]
    text = Message.everything.get(purpose="payment", channel="sms").body
    assert text == f"[설비공제]미르누리설비 보증료 111,940원 국민은행 {payment.account_number} 12/1까지 입금"

    deposit(bank, payment)
    assert bank.callback(payment).status_code == 200

    payment.refresh_from_db()
    assert (payment.state, payment.paid_at) == ("paid", MONDAY)
    assert outcomes() == [("paid", FEE)]
    assert state_of(application) == "issued"
    assert Guarantee.everything.get(application=application).fee == FEE
    said = [event.action for event in history(application)]
    assert said[-2:] == ["application.pay", "application.issue"]
    assert refunds() == []


def test_transfer_moves_money_only_by_the_button_at_the_end(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    asked = ask(application, cast, TRANSFER)
    payment = orders.open_order(payment_id=asked.pk, provider=bank.provider, by=SYSTEM, at=MONDAY)
    assert payment.checkout_url == f"{bank.server.url}/checkout/{payment.provider_key}"
    bank.bank.agree(payment.provider_key)
    assert poll(MONDAY + timedelta(minutes=1)) == 1
    assert (state_of(application), bank.order(payment)["approvedAt"]) == ("signed", None)

    outcome = orders.confirm_transfer(
        payment_id=payment.pk, key=payment.provider_key, provider=bank.provider, by=SYSTEM, at=MONDAY
    )
    assert (outcome, state_of(application), outcomes()) == ("paid", "issued", [("paid", FEE)])
    again = orders.confirm_transfer(
        payment_id=payment.pk, key=payment.provider_key, provider=bank.provider, by=SYSTEM, at=MONDAY
    )
    assert (again, len(outcomes())) == ("repeated", 1)


# What the bank does x what the rows say

Story = Callable[[BankThread, Payment], None]


def twice(bank: BankThread, payment: Payment) -> None:
    deposit(bank, payment)
    assert [bank.callback(payment).status_code for _ in range(3)] == [200, 200, 200]


def wrong(amount: int) -> Story:
    def act(bank: BankThread, payment: Payment) -> None:
        deposit(bank, payment, amount)
        assert bank.callback(payment).status_code == 200

    return act


def late(bank: BankThread, payment: Payment) -> None:
    deposit(bank, payment, when=at("2026-12-02 00:00"))
    assert bank.callback(payment).status_code == 200


def paid_again(bank: BankThread, payment: Payment) -> None:
    for _ in range(2):
        deposit(bank, payment)
        assert bank.callback(payment).status_code == 200


def cancelled_by_bank(bank: BankThread, payment: Payment) -> None:
    bank.bank.cancel(payment.provider_key, {"cancelReason": "은행"})
    assert bank.callback(payment).status_code == 200


def lost(bank: BankThread, payment: Payment) -> None:
    deposit(bank, payment)
    assert poll(MONDAY + timedelta(minutes=1)) == 1


def callback_beside_poll(bank: BankThread, payment: Payment) -> None:
    deposit(bank, payment)
    assert poll(MONDAY + timedelta(minutes=1)) == 1
    assert bank.callback(payment).status_code == 200


ACCOUNT_LETTER = "보증료 입금 계좌를 알려 드립니다"
BACK_LETTER = "입금하신 금액을 돌려드립니다"


@pytest.mark.parametrize(
    ("_case", "story", "payment_state", "events", "goes_back", "application_state", "told"),
    [
        ("통지 세 번", twice, "paid", [("paid", FEE), ("repeated", None)], [], "issued", []),
        ("통지 없음", lost, "paid", [("paid", FEE)], [], "issued", []),
        (
            "조회 뒤 통지", callback_beside_poll, "paid", [("paid", FEE), ("repeated", None)], [], "issued", [],
        ),
        (
            "1원 모자람", wrong(FEE - 1), "failed", [("wrong_amount", FEE - 1)],
            [("wrong_amount", FEE - 1, "queued")], "signed", [BACK_LETTER],
        ),
        (
            "1원 넘침", wrong(FEE + 1), "failed", [("wrong_amount", FEE + 1)],
            [("wrong_amount", FEE + 1, "queued")], "signed", [BACK_LETTER],
        ),
        ("기한 1초 뒤", late, "expired", [("late", FEE)], [("late", FEE, "queued")], "signed", [BACK_LETTER]),
        (
            "두 번 입금", paid_again, "paid", [("paid", FEE), ("surplus", FEE)], [("surplus", FEE, "queued")],
            "issued", [BACK_LETTER],
        ),
        ("은행에서 취소", cancelled_by_bank, "cancelled", [("cancelled", None)], [], "signed", []),
    ],
)  # fmt: skip
def test_what_the_bank_does(
    bank: BankThread,
    cast: Cast,
    _case: str,
    story: Story,
    payment_state: str,
    events: list[tuple[str, int | None]],
    goes_back: list[tuple[str, int, str]],
    application_state: str,
    told: list[str],
) -> None:
    application = signed(cast)
    payment = opened(application, cast, bank)
    story(bank, payment)
    payment.refresh_from_db()
    money = [event for event in outcomes() if event[0] != "cancelled" or payment_state == "cancelled"]
    assert (payment.state, money, refunds()) == (payment_state, events, goes_back)
    assert state_of(application) == application_state
    assert Guarantee.everything.filter(application=application).count() == (application_state == "issued")
    assert letters() == [ACCOUNT_LETTER, *told]


def test_a_callback_before_our_own_open_was_committed(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    asked = ask(application, cast)
    Payment.everything.filter(pk=asked.pk).update(provider="simulator")
    orders._opened(asked, bank.provider)  # the bank made the account, and we died before writing it down
    deposit(bank, asked)
    assert bank.callback(asked).status_code == 200
    asked.refresh_from_db()
    assert (asked.state, asked.account_number) == ("paid", bank.order(asked)["virtualAccount"]["accountNumber"])
    assert state_of(application) == "issued"


@pytest.mark.parametrize(
    ("_case", "body", "status"),
    [
        ("비밀값이 다름", {"secret": "ps_guessed"}, 403),
        ("비밀값이 없음", {"secret": ""}, 403),
        ("은행도 모르는 주문", {"orderId": "A26-000001-ffffffffffff"}, 403),
        ("주문번호 없음", {"orderId": None}, 400),
        ("너무 긴 주문번호", {"orderId": "x" * 65}, 400),
        ("JSON이 아님", b"secret=1", 400),
        ("목록", b"[]", 400),
        ("너무 깊음", b"[" * 60_000, 400),
        ("너무 큼", b'{"a": "' + b"x" * 65_536 + b'"}', 413),
    ],
)
def test_a_forged_callback_changes_nothing(
    bank: BankThread, cast: Cast, _case: str, body: Any, status: int
) -> None:
    payment = opened(signed(cast), cast, bank)
    deposit(bank, payment)
    before = everything()
    if isinstance(body, bytes):
        assert post_callback(body).status_code == status
    else:
        assert bank.callback(payment, **body).status_code == status
    assert everything() == before


def everything() -> list[Any]:
    tables = (Payment, PaymentEvent, Refund, Application, AuditEvent, Message)
    return [list(table.everything.order_by("pk").values_list()) for table in tables]


def test_a_callback_while_the_provider_cannot_be_asked_is_told_again(bank: BankThread, cast: Cast) -> None:
    payment = opened(signed(cast), cast, bank)
    deposit(bank, payment)
    bank.fails("down", "/orders/")
    assert bank.callback(payment).status_code == 503
    assert outcomes() == []
    assert bank.callback(payment).status_code == 200
    assert outcomes() == [("paid", FEE)]


def test_too_many_callbacks_from_one_address_wait(bank: BankThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payment_callbacks, "CALLS", Allowance("payment-callback", most=3, seconds=60))
    assert [post_callback(b"x").status_code for _ in range(5)] == [400, 400, 400, 429, 429]


def test_a_callback_of_another_provider_has_no_door(bank: BankThread) -> None:
    from_elsewhere = reverse("guarantees:payment_callback", args=["toss"])
    assert Client().post(from_elsewhere, b"{}", content_type="application/json").status_code == 404


def test_money_for_an_order_we_do_not_have_is_kept_for_the_desk(bank: BankThread, cast: Cast) -> None:
    asked = opened(signed(cast), cast, bank)
    body = {
        "amount": 5_000, "orderId": "elsewhere-1", "orderName": "-", "customerName": "-", "bank": "04",
        "dueDate": "2026-12-01T23:59:59",
    }  # fmt: skip
    bank.bank.open_account(body)
    bank.bank.deposit("elsewhere-1", 5_000)
    told = bank.told[-1]
    assert [post_callback(told).status_code, post_callback(told).status_code] == [200, 200]
    event = PaymentEvent.everything.get()
    assert (event.outcome, event.payment, event.order_id, event.amount) == ("unknown", None, "elsewhere-1", 5_000)
    asked.refresh_from_db()
    assert asked.state == "open"


# Opening


@pytest.mark.parametrize(
    ("_case", "fault", "state_after", "accounts_after", "state_at_last", "accounts_at_last"),
    [
        ("은행 장애", "down", "asked", 0, "open", 1),
        ("처리하고 응답이 끊김", "lost", "asked", 1, "open", 1),
        ("응답이 늦음", "slow", "asked", 1, "open", 1),
        ("은행이 거절", "refuse", "failed", 0, "failed", 0),
    ],
)
def test_opening_never_makes_two_accounts(
    bank: BankThread,
    cast: Cast,
    _case: str,
    fault: str,
    state_after: str,
    accounts_after: int,
    state_at_last: str,
    accounts_at_last: int,
) -> None:
    before = bank.bank.count()
    application = signed(cast)
    bank.fails(fault, "virtual-accounts")
    payment = opened(application, cast, bank)
    assert (payment.state, bank.bank.count() - before) == (state_after, accounts_after)
    poll(MONDAY + timedelta(minutes=1))
    poll(MONDAY + timedelta(minutes=2))
    payment.refresh_from_db()
    assert (payment.state, bank.bank.count() - before) == (state_at_last, accounts_at_last)
    assert state_of(application) == "signed"


def test_an_order_whose_process_died_before_it_was_sent_is_opened_later(bank: BankThread, cast: Cast) -> None:
    payment = ask(signed(cast), cast)
    assert (payment.state, payment.provider) == ("asked", "")
    assert poll(MONDAY + timedelta(seconds=29)) == 0  # its visitor may be at it this moment
    assert poll(MONDAY + timedelta(minutes=1)) == 1
    payment.refresh_from_db()
    assert (payment.state, bank.order(payment)["status"]) == ("open", "WAITING_FOR_DEPOSIT")


def test_a_refused_bank_is_told_and_another_can_be_chosen(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    bank.fails("refuse", "virtual-accounts")
    first = opened(application, cast, bank)
    assert (first.state, first.failure) == ("failed", "선택하신 은행은 쓸 수 없습니다. 다른 은행을 선택해 주세요.")
    second = opened(application, cast, bank)
    assert (second.state, second.order_id != first.order_id) == ("open", True)


def test_an_order_the_bank_never_got_is_given_up(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    bank.fails("down", "virtual-accounts", times=99)
    payment = opened(application, cast, bank)
    poll(MONDAY + timedelta(minutes=14))
    payment.refresh_from_db()
    assert payment.state == "asked"
    poll(MONDAY + timedelta(minutes=16))
    payment.refresh_from_db()
    assert payment.state == "failed"
    assert payment.failure == "은행에서 답이 오지 않아 납부를 시작하지 못했습니다. 다시 시도해 주세요."


def test_the_same_way_chosen_twice_is_one_order(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    assert ask(application, cast).pk == ask(application, cast).pk
    with pytest.raises(payments.AnotherWayChosen):
        ask(application, cast, TRANSFER)
    assert Payment.everything.count() == 1


# Who may ask, and when


@pytest.mark.parametrize(
    "state", ["draft", "submitted", "in_review", "approved", "rejected", "lapsed", "withdrawn"]
)
def test_only_a_signed_application_is_paid(cast: Cast, state: str) -> None:
    application = signed(cast)
    fields: dict[str, Any] = {"state": state}
    if state == "rejected":
        fields |= {"decision": "rejected", "reason": "사유"}
    if state in ("rejected", "lapsed", "withdrawn"):
        fields |= {"closed_at": MONDAY}
    Application.everything.filter(pk=application.pk).update(**fields)
    with pytest.raises(NotNow):
        ask(application, cast)
    assert Payment.everything.count() == 0


def test_until_the_last_minute_of_the_last_day(cast: Cast) -> None:
    application = signed(cast)
    with pytest.raises(payments.TooLateToPay):
        ask(application, cast, when=at("2026-12-02 00:00"))
    assert ask(application, cast, when=LAST).payable_until == at("2026-12-01 23:59:59")


@pytest.mark.parametrize(
    ("_case", "actor", "refusal"),
    [
        ("다른 조합원", lambda cast: web(make_cast().user), NotFound),
        ("지점 담당자", lambda cast: admin(cast.officer), NotAllowed),
        ("다른 지점", lambda cast: admin(make_cast().officer), NotFound),
        ("시스템", lambda cast: SYSTEM, NotAllowed),
    ],
)
def test_only_the_member_asks(
    cast: Cast, _case: str, actor: Callable[[Cast], Actor], refusal: type[Refusal]
) -> None:
    application = signed(cast)
    with pytest.raises(refusal):
        payments.ask(application_id=application.pk, choice=ACCOUNT, by=actor(cast), at=MONDAY)
    assert Payment.everything.count() == 0


# Ending


def test_nobody_paid_and_the_account_is_closed(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    payment = opened(application, cast, bank)
    over = at("2026-12-02 00:05")
    assert poll(over) == 1
    payment.refresh_from_db()
    assert (payment.state, bank.order(payment)["status"]) == ("expired", "CANCELED")
    assert outcomes() == [("cancelled", None)]
    assert poll(over + timedelta(minutes=1)) == 0


def test_paid_in_time_and_found_after_midnight_still_counts(bank: BankThread, cast: Cast) -> None:
    """The callback was lost; the look at 00:05 comes before the applications lapse at 00:20."""
    application = signed(cast)
    payment = opened(application, cast, bank)
    deposit(bank, payment, when=LAST)
    poll(at("2026-12-02 00:05"))
    assert state_of(application) == "issued"


def test_lapsed_application_closes_the_account_and_late_money_goes_back(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    payment = opened(application, cast, bank)
    deadlines.lapse_due(by=SYSTEM, at=at("2026-12-03 00:20"))
    assert state_of(application) == "lapsed"
    deposit(bank, payment, when=at("2026-12-03 00:21"))
    assert bank.callback(payment).status_code == 200
    payment.refresh_from_db()
    assert (payment.state, outcomes()[0], refunds()) == ("expired", ("late", FEE), [("late", FEE, "queued")])


@pytest.mark.parametrize(
    ("_case", "lapse_at", "state"),
    [
        ("은행에 물어보지 못한 첫날은 기다림", "2026-12-02 00:20", "signed"),
        ("하루가 지나면 기다리지 않음", "2026-12-03 00:20", "lapsed"),
    ],
)
def test_an_unlooked_order_holds_the_lapse_for_a_day(
    bank: BankThread, cast: Cast, _case: str, lapse_at: str, state: str
) -> None:
    """The deposit of the last evening may be at the bank, which could not be asked since."""
    application = signed(cast)
    opened(application, cast, bank)
    deadlines.lapse_due(by=SYSTEM, at=at(lapse_at))
    assert state_of(application) == state


def test_withdrawn_application_closes_the_account(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    payment = opened(application, cast, bank)
    submission.withdraw(application_id=application.pk, by=web(cast.user), at=MONDAY)
    poll(MONDAY + timedelta(minutes=1))
    payment.refresh_from_db()
    assert (payment.state, bank.order(payment)["status"]) == ("cancelled", "CANCELED")


def test_cancel_by_the_member_closes_the_account(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    payment = opened(application, cast, bank)
    payments.cancel(payment_id=payment.pk, by=web(cast.user), at=MONDAY)
    bank.fails("down", "cancel")
    poll(MONDAY + timedelta(minutes=1))
    assert bank.order(payment)["status"] == "WAITING_FOR_DEPOSIT"
    poll(MONDAY + timedelta(minutes=2))
    assert bank.order(payment)["status"] == "CANCELED"
    assert ask(application, cast, TRANSFER).pk != payment.pk


def test_money_for_a_cancelled_order_goes_back_and_the_new_one_stays(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    first = opened(application, cast, bank)
    payments.cancel(payment_id=first.pk, by=web(cast.user), at=MONDAY)
    second = opened(application, cast, bank)
    deposit(bank, first)
    assert bank.callback(first).status_code == 200
    second.refresh_from_db()
    assert (second.state, refunds(), state_of(application)) == ("open", [("late", FEE, "queued")], "signed")


# The branch


def test_the_branch_receives_the_fee_while_the_account_waits(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    online = opened(application, cast, bank)
    paid = payments.receive(application_id=application.pk, method="counter", by=admin(cast.officer), at=MONDAY)
    assert settling.finish(payment_id=paid.pk, by=SYSTEM, at=MONDAY)
    online.refresh_from_db()
    assert (online.state, online.failure, state_of(application)) == (
        "cancelled",
        "지점에서 보증료를 받아 취소했습니다.",
        "issued",
    )
    deposit(bank, online)
    assert bank.callback(online).status_code == 200
    assert (outcomes()[0], refunds()) == (("surplus", FEE), [("surplus", FEE, "queued")])
    again = payments.receive(application_id=application.pk, method="counter", by=admin(cast.officer), at=MONDAY)
    assert again.pk == paid.pk


@pytest.mark.parametrize(
    ("_case", "until", "is_allowed"),
    [
        ("허용 기한의 마지막 날", "2026-11-23", True),
        ("하루 지남", "2026-11-22", False),
        ("허용 없음", None, False),
    ],
)
def test_post_pay_only_for_those_allowed(cast: Cast, _case: str, until: str | None, is_allowed: bool) -> None:
    application = signed(cast)
    MemberLimit.everything.filter(member=cast.member).update(post_pay_until=until)
    given: dict[str, Any] = {
        "application_id": application.pk, "method": "post_pay", "by": admin(cast.officer), "at": MONDAY,
    }  # fmt: skip
    if is_allowed:
        payment = payments.receive(**given)
        assert (payment.method, payment.state, state_of(application)) == ("post_pay", "paid", "fee_paid")
    else:
        with pytest.raises(payments.NoPostPay):
            payments.receive(**given)
        assert (Payment.everything.count(), state_of(application)) == (0, "signed")


@pytest.mark.parametrize(
    ("_case", "actor", "refusal"),
    [
        ("조합원", lambda cast: web(cast.user), NotAllowed),
        ("다른 지점", lambda cast: admin(make_cast().officer), NotFound),
        ("전산", lambda cast: admin(make_user(Role.IT_SUPPORT)), NotAllowed),
    ],
)
def test_only_the_branch_receives(
    cast: Cast, _case: str, actor: Callable[[Cast], Actor], refusal: type[Refusal]
) -> None:
    application = signed(cast)
    with pytest.raises(refusal):
        payments.receive(application_id=application.pk, method="counter", by=actor(cast), at=MONDAY)
    assert state_of(application) == "signed"


def test_an_approved_application_is_received_only_with_its_agreement(cast: Cast) -> None:
    application = approved(cast)
    with pytest.raises(NotNow):
        payments.receive(application_id=application.pk, method="counter", by=admin(cast.officer), at=MONDAY)


# What is left behind


def test_paid_and_not_issued_is_issued_by_the_next_sweep(
    bank: BankThread, cast: Cast, settings: Any, tmp_path: Any
) -> None:
    application = signed(cast)
    payment = opened(application, cast, bank)
    deposit(bank, payment)
    whole, settings.DOCUMENT_SEAL_KEY = settings.DOCUMENT_SEAL_KEY, str(tmp_path / "lost.pem")
    chain, settings.DOCUMENT_SEAL_CHAIN = settings.DOCUMENT_SEAL_CHAIN, str(tmp_path / "lost-chain.pem")
    assert bank.callback(payment).status_code == 200
    assert state_of(application) == "fee_paid"
    settings.DOCUMENT_SEAL_KEY, settings.DOCUMENT_SEAL_CHAIN = whole, chain
    assert settling.finish(payment_id=payment.pk, by=SYSTEM, at=MONDAY)
    assert state_of(application) == "issued"


def test_the_task_finds_a_deposit_nobody_told_of(bank: BankThread, cast: Cast) -> None:
    application = signed(cast)
    payment = opened(application, cast, bank)
    deposit(bank, payment)
    tasks.look_at_payments()
    assert state_of(application) == "issued"


def test_old_orders_are_looked_at_every_tenth_minute(bank: BankThread, cast: Cast) -> None:
    payment = opened(signed(cast), cast, bank)
    later = MONDAY + timedelta(hours=1)
    assert sum(poll(later + timedelta(minutes=n)) for n in range(10)) == 1
    payment.refresh_from_db()
    assert payment.state == "open"


# The adapter


@pytest.mark.parametrize(
    ("_case", "fault", "code", "raised"),
    [
        ("한 번 더 보내도 되는 거절", "refuse", "PROVIDER_ERROR", NotDone),
        ("이미 처리 중", "refuse", "IDEMPOTENT_REQUEST_PROCESSING", Unclear),
        ("분명한 거절", "refuse", "EXCEED_MAX_AMOUNT", Refused),
        ("모르는 거절", "refuse", "SOMETHING_NEW", Refused),
        ("장애", "down", "", Unclear),
        ("끊김", "lost", "", Unclear),
        ("늦음", "slow", "", Unclear),
    ],
)
def test_what_an_answer_means(
    bank: BankThread, cast: Cast, _case: str, fault: str, code: str, raised: type
) -> None:
    payment = opened(signed(cast), cast, bank)
    bank.fails(fault, "", code=code)
    with pytest.raises(raised):
        bank.provider.ask(payment.order_id)


def test_status_changed_carries_its_secret_inside(bank: BankThread) -> None:
    body = b'{"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": "A26-000001-1", "secret": "ps_1"}}'
    callback = bank.provider.read_callback({}, body)
    assert (callback.kind, callback.order_id, callback.secret) == (
        "PAYMENT_STATUS_CHANGED",
        "A26-000001-1",
        "ps_1",
    )
    with pytest.raises(NotACallback):
        bank.provider.read_callback({}, b'{"data": {"orderId": 1}}')


# What an approved change costs goes the same ways


def changed(cast: Cast, bank: BankThread) -> Endorsement:
    """A guarantee paid and issued, and an approved extension to 2027-09-30 that costs more."""
    application = signed(cast)
    paid = payments.receive(application_id=application.pk, method="counter", by=admin(cast.officer), at=MONDAY)
    assert settling.finish(payment_id=paid.pk, by=SYSTEM, at=MONDAY)
    guarantee = Guarantee.everything.get(application=application)
    new = replace(endorsing.terms_of(guarantee), ends_on=date(2027, 9, 30))
    asked = endorsing.ask(guarantee_id=guarantee.pk, new=new, reason="연장", by=web(cast.user), at=MONDAY)
    endorsing.approve(endorsement_id=asked.pk, by=admin(cast.head), at=MONDAY)
    asked.refresh_from_db()
    return asked


def test_the_difference_of_a_change_is_paid_by_bank_and_takes_effect(bank: BankThread, cast: Cast) -> None:
    change = changed(cast, bank)
    asked = payments.ask_for_endorsement(endorsement_id=change.pk, choice=ACCOUNT, by=web(cast.user), at=MONDAY)
    payment = orders.open_order(payment_id=asked.pk, provider=bank.provider, by=SYSTEM, at=MONDAY)
    assert (payment.amount, payment.payable_until) == (change.fee_delta, at("2026-12-02 23:59:59"))  # Wed
    deposit(bank, payment, change.fee_delta)
    assert [bank.callback(payment).status_code for _ in range(2)] == [200, 200]
    change.refresh_from_db()
    assert (change.state, change.version, change.guarantee.ends_on) == ("done", 1, date(2027, 9, 30))
    with pytest.raises(payments.AlreadyPaid):
        payments.ask_for_endorsement(endorsement_id=change.pk, choice=ACCOUNT, by=web(cast.user), at=MONDAY)


def test_money_for_a_change_taken_back_goes_back(bank: BankThread, cast: Cast) -> None:
    change = changed(cast, bank)
    asked = payments.ask_for_endorsement(endorsement_id=change.pk, choice=ACCOUNT, by=web(cast.user), at=MONDAY)
    payment = orders.open_order(payment_id=asked.pk, provider=bank.provider, by=SYSTEM, at=MONDAY)
    endorsing.withdraw(endorsement_id=change.pk, by=web(cast.user), at=MONDAY)
    deposit(bank, payment, change.fee_delta)
    assert bank.callback(payment).status_code == 200
    change.refresh_from_db()
    assert (change.state, refunds()) == ("withdrawn", [("late", change.fee_delta, "queued")])


def test_a_change_paid_and_left_behind_is_finished_by_the_sweep(bank: BankThread, cast: Cast) -> None:
    change = changed(cast, bank)
    asked = payments.ask_for_endorsement(endorsement_id=change.pk, choice=ACCOUNT, by=web(cast.user), at=MONDAY)
    payment = orders.open_order(payment_id=asked.pk, provider=bank.provider, by=SYSTEM, at=MONDAY)
    deposit(bank, payment, change.fee_delta)
    order = bank.provider.ask(payment.order_id)
    assert order is not None
    assert settling.settle(payment_id=payment.pk, order=order, by=SYSTEM, at=MONDAY) == "paid"  # and then we died
    tasks.look_at_payments()
    change.refresh_from_db()
    assert change.state == "done"


# At once


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_callbacks_at_once_pay_once(bank: BankThread) -> None:
    cast = make_cast(sms_name="미르누리설비")
    application = signed(cast)
    payment = opened(application, cast, bank)
    deposit(bank, payment)
    order = bank.provider.ask(payment.order_id)
    assert order is not None
    done: list[str] = []

    def hear() -> None:
        done.append(settling.take_in(payment_id=payment.pk, order=order, by=SYSTEM, at=MONDAY))

    assert at_once(hear, hear, hear, hear) == [None] * 4
    assert sorted(done) == ["paid", "repeated", "repeated", "repeated"]
    assert outcomes()[0] == ("paid", FEE)
    assert Guarantee.everything.filter(application=application).count() == 1


def test_callbacks_are_repeated_until_somebody_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, heard = [503, 500, 200], []

    class Portal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers[len(heard) - 1])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    monkeypatch.setattr(callbacks, "RETRY_SECONDS", (0, 0, 0))
    server = HTTPServer(("127.0.0.1", 0), Portal)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    sender = callbacks.Callbacks(f"http://127.0.0.1:{server.server_port}/callback/")
    sender.start()
    sender.add({}, {"orderId": "A26-000001-1"})
    end = time.monotonic() + 5
    while len(heard) < 3 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    sender.stop()
    server.shutdown()
    server.server_close()
    assert heard == [{"orderId": "A26-000001-1"}] * 3
