"""The pages of paying: chosen, paid and read through HTTP by the member, and pressed at the desk (S07)."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guarantees.actions import orders, refunds
from guarantees.models import Application, Payment, Refund
from portal.audit.trail import history
from portal.members.models import User
from tests.flows.test_payments import FEE, MONDAY, SYSTEM, deposit, opened, state_of
from tests.payment_simulator import BankThread, signed
from tests.stories import BACKEND, Cast, make_cast

pytestmark = pytest.mark.django_db
CHOICE = {
    "method": "virtual_account", "bank": "88", "refund_bank": "04", "refund_account": "110-123-456789",
    "refund_holder": "미르누리설비(주)",
}  # fmt: skip


@pytest.fixture
def cast() -> Cast:
    return make_cast(sms_name="미르누리설비")


@pytest.fixture
def application(cast: Cast) -> Application:
    return signed(cast)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def member(cast: Cast) -> Client:
    return browser(cast.user)


def page_of(name: str, row: Any) -> str:
    return reverse(f"guarantees:{name}", args=[row.public_id])


def text_of(client: Client, url: str) -> str:
    response = client.get(url, follow=True)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def press(client: Client, row: Any, button: str, **answers: str) -> None:
    url = reverse(f"admin:guarantees_{row._meta.model_name}_do", args=[row.pk, button])
    assert client.get(url).status_code == 200
    response = client.post(url, answers)
    assert response.status_code == 302, response.content.decode()


def test_paying_into_a_virtual_account(bank: BankThread, member: Client, application: Application) -> None:
    pay = page_of("pay", application)
    assert f'href="{pay}"' in member.get(page_of("application", application)).content.decode()
    shown = text_of(member, pay)
    for words in (
        "111,940원",
        "금 일십일만일천구백사십원정",
        "2026. 12. 1.(화)",
        "30,000,000원 × 0.6% × 227일 ÷ 365일",
    ):
        assert words in shown

    response = member.post(pay, CHOICE)
    payment = Payment.everything.get()
    assert response.url == page_of("payment", payment)
    assert (payment.refund_bank, payment.refund_account) == ("04", "110123456789")
    html = member.get(response.url).content.decode()
    assert f'value="{payment.account_number}" readonly' in html
    assert f'value="{FEE}" readonly' in html
    shown = text_of(member, response.url)
    for words in ("신한은행", "설비공제조합", "2026. 12. 1.(화) 23:59", "입금 대기"):
        assert words in shown
    assert text_of(member, pay) == text_of(member, response.url)  # asked again, it is the same order
    assert payment.account_number in text_of(member, page_of("application", application))

    check = page_of("payment_check", payment)
    assert "아직 입금이 확인되지 않았습니다" in member.post(check, follow=True).content.decode()
    deposit(bank, payment)
    assert "납부를 확인했습니다" in member.post(check, follow=True).content.decode()
    receipt = text_of(member, page_of("payment", payment))
    for words in ("보증료 영수증", "납부 완료", "2026. 11. 23.(월) 10:00", "111,940원", application.number or "?"):
        assert words in receipt
    assert state_of(application) == "issued"
    assert "납부 1건" in text_of(member, reverse("guarantees:payments"))
    assert "보증료를 납부했습니다" in text_of(member, page_of("application", application))


def test_paying_by_transfer(bank: BankThread, member: Client, application: Application) -> None:
    response = member.post(page_of("pay", application), {"method": "transfer"})
    payment = Payment.everything.get()
    assert payment.checkout_url in member.get(response.url).content.decode()
    bank.bank.agree(payment.provider_key)
    back = page_of("payment_back", payment)
    arrived = member.get(back, {"paymentKey": payment.provider_key, "orderId": payment.order_id, "amount": FEE})
    assert "납부 마치기" in arrived.content.decode()
    assert state_of(application) == "signed"
    member.post(back, {"key": payment.provider_key})
    assert state_of(application) == "issued"
    assert member.post(back, {"key": payment.provider_key}).url == page_of("payment", payment)


@pytest.mark.parametrize(
    ("_case", "key", "broke", "payment_state", "says"),
    [
        ("남의 거래", "sim_other", False, "open", "이 납부 건의 은행 확인이 아닙니다"),
        ("잔액 부족", None, True, "failed", "계좌 잔액이 부족해 납부하지 못했습니다"),
    ],
)
def test_a_transfer_the_bank_does_not_make(
    bank: BankThread, member: Client, application: Application, _case: str, key: str | None, broke: bool,
    payment_state: str, says: str,
) -> None:  # fmt: skip
    member.post(page_of("pay", application), {"method": "transfer"})
    payment = Payment.everything.get()
    bank.bank.agree(payment.provider_key, broke=broke)
    response = member.post(page_of("payment_back", payment), {"key": key or payment.provider_key}, follow=True)
    payment.refresh_from_db()
    assert (payment.state, state_of(application)) == (payment_state, "signed")
    assert says in response.content.decode()


def test_coming_back_without_having_agreed(bank: BankThread, member: Client, application: Application) -> None:
    member.post(page_of("pay", application), {"method": "transfer"})
    payment = Payment.everything.get()
    response = member.get(page_of("payment_back", payment), {"code": "PAY_PROCESS_CANCELED"}, follow=True)
    assert "이체를 마치지 않으셨습니다" in response.content.decode()
    payment.refresh_from_db()
    assert payment.state == "open"


@pytest.mark.parametrize(
    ("_case", "changes", "says"),
    [
        ("방법 없음", {"method": ""}, "골라 주세요."),
        ("은행 없음", {"bank": ""}, "가상계좌로 납부하려면 입력해 주세요."),
        ("환급 은행 없음", {"refund_bank": ""}, "가상계좌로 납부하려면 입력해 주세요."),
        ("환급 계좌 없음", {"refund_account": ""}, "가상계좌로 납부하려면 입력해 주세요."),
        ("일곱 자리 계좌", {"refund_account": "1234567"}, "계좌번호는 숫자 8~16자리입니다."),
        ("글자 섞인 계좌", {"refund_account": "110-가나다-1234"}, "계좌번호는 숫자 8~16자리입니다."),
        ("예금주 없음", {"refund_holder": " "}, "가상계좌로 납부하려면 입력해 주세요."),
        ("모르는 은행", {"bank": "99"}, "올바르게 선택해 주세요."),
    ],
)
def test_what_the_form_asks_for(
    bank: BankThread, member: Client, application: Application, _case: str, changes: dict[str, str], says: str
) -> None:
    response = member.post(page_of("pay", application), {**CHOICE, **changes})
    assert response.status_code == 200
    assert says in response.content.decode()
    assert Payment.everything.count() == 0


@pytest.mark.parametrize(
    ("_case", "fault", "says"),
    [
        ("은행 장애", "down", "은행의 응답을 기다리고 있습니다"),
        ("은행이 거절", "refuse", "선택하신 은행은 쓸 수 없습니다. 다른 은행을 선택해 주세요."),
    ],
)
def test_when_the_bank_gives_no_account(
    bank: BankThread, member: Client, application: Application, _case: str, fault: str, says: str
) -> None:
    bank.fails(fault, "virtual-accounts")
    response = member.post(page_of("pay", application), CHOICE, follow=True)
    assert says in response.content.decode()


def test_another_way(bank: BankThread, member: Client, application: Application) -> None:
    member.post(page_of("pay", application), CHOICE)
    first = Payment.everything.get()
    cancel = page_of("payment_cancel", first)
    assert "이미 입금하셨다면 취소하지 말고" in member.get(cancel).content.decode()
    assert member.post(cancel).url == page_of("pay", application)
    first.refresh_from_db()
    assert (first.state, bank.order(first)["status"]) == ("cancelled", "CANCELED")
    member.post(page_of("pay", application), {"method": "transfer"})
    assert Payment.everything.filter(state="open").get().method == "transfer"


def test_cancelling_what_was_just_paid_pays_it(bank: BankThread, member: Client, application: Application) -> None:
    member.post(page_of("pay", application), CHOICE)
    payment = Payment.everything.get()
    deposit(bank, payment)
    response = member.post(page_of("payment_cancel", payment), follow=True)
    assert "그사이 입금이 확인되어 납부로 처리했습니다" in response.content.decode()
    assert state_of(application) == "issued"


def test_checking_too_often_waits(bank: BankThread, member: Client, cast: Cast, application: Application) -> None:
    payment = opened(application, cast, bank)
    check = page_of("payment_check", payment)
    answers = [member.post(check, follow=True).content.decode() for _ in range(11)]
    assert "초 뒤에 다시 눌러 주세요" in answers[10]
    assert "초 뒤에 다시 눌러 주세요" not in answers[9]


def test_the_refund_account_is_mended_on_its_page(
    bank: BankThread, member: Client, cast: Cast, application: Application
) -> None:
    payment = opened(application, cast, bank)
    deposit(bank, payment, FEE - 1)
    bank.callback(payment)
    refund = Refund.everything.get()
    bank.fails("refuse", "/cancel", code="INVALID_REFUND_ACCOUNT_NUMBER")
    refunds.send_due(provider=bank.provider, by=SYSTEM, at=MONDAY)
    page = page_of("payment", payment)
    assert "환급받을 계좌를 확인해 주세요" in text_of(member, page)
    given = {"refund_bank": "20", "refund_account": "1002 123 456789", "refund_holder": "미르누리설비(주)"}
    assert member.post(page_of("payment_refund_account", payment), given).url == page
    refunds.send_due(provider=bank.provider, by=SYSTEM, at=MONDAY)
    refund.refresh_from_db()
    assert refund.state == "done"
    again = member.post(page_of("payment_refund_account", payment), given, follow=True)
    assert "환급을 기다리는 건이 없어" in again.content.decode()
    assert "환급 완료" in text_of(member, page)


def test_not_yet_signed_and_already_paid(bank: BankThread, member: Client, application: Application) -> None:
    Application.everything.filter(pk=application.pk).update(state="approved")
    response = member.get(page_of("pay", application), follow=True)
    assert "상태라 처리할 수 없습니다" in response.content.decode()


# The desk


def test_the_branch_confirms_what_it_received(bank: BankThread, cast: Cast, application: Application) -> None:
    press(browser(cast.officer), application, "receive", method="counter")
    assert state_of(application) == "issued"
    assert Payment.everything.get().asked_by == cast.officer


def test_post_pay_without_permission_is_refused_in_words(cast: Cast, application: Application) -> None:
    url = reverse("admin:guarantees_application_do", args=[application.pk, "receive"])
    response = browser(cast.officer).post(url, {"method": "post_pay"})
    assert response.status_code == 409
    assert "후납이 허용된 조합원이 아니거나" in response.content.decode()
    assert state_of(application) == "signed"


def test_the_desk_looks_sends_again_and_finishes_by_hand(
    bank: BankThread, cast: Cast, application: Application
) -> None:
    desk = browser(cast.officer)
    payment = opened(application, cast, bank)
    deposit(bank, payment, FEE + 1)
    press(desk, payment, "look")
    refund = Refund.everything.get()
    assert (refund.ground, refund.state) == ("wrong_amount", "queued")
    bank.fails("refuse", "/cancel", code="REFUND_REJECTED", times=2)
    refunds.send_due(provider=bank.provider, by=SYSTEM, at=MONDAY)
    assert "환급 처리 필요" in desk.get("/admin/").content.decode()
    press(desk, refund, "resend")
    refunds.send_due(provider=bank.provider, by=SYSTEM, at=MONDAY)
    refund.refresh_from_db()
    assert refund.state == "failed"
    press(desk, refund, "by_hand", reason="12월 2일 이체 확인")
    refund.refresh_from_db()
    assert (refund.state, refund.note) == ("done", "수기 처리: 12월 2일 이체 확인")
    said = [event.action for event in history(payment)]
    assert said == [
        "payment.ask", "payment.open", "refund.decide", "payment.send_back", "refund.fail", "refund.resend",
        "refund.fail", "refund.done",
    ]  # fmt: skip


def test_looking_while_the_bank_is_down_changes_nothing(
    bank: BankThread, cast: Cast, application: Application
) -> None:
    payment = opened(application, cast, bank)
    bank.fails("down", "")
    url = reverse("admin:guarantees_payment_do", args=[payment.pk, "look"])
    response = browser(cast.officer).post(url, follow=True)
    assert "은행에서 답이 오지 않았습니다" in response.content.decode()
    payment.refresh_from_db()
    assert payment.state == "open"


def test_the_desk_withdraws_a_paid_application(cast: Cast, application: Application) -> None:
    Application.everything.filter(pk=application.pk).update(state="fee_paid", fee_paid_at=MONDAY)
    press(browser(cast.officer), application, "withdraw_paid", reason="계약 취소")
    assert state_of(application) == "withdrawn"


@pytest.mark.parametrize("model", ["payment", "paymentevent", "refund"])
def test_lists_are_searched_by_order_and_member_in_few_queries(
    bank: BankThread, cast: Cast, application: Application, model: str, django_assert_max_num_queries: Any
) -> None:
    payment = opened(application, cast, bank)
    deposit(bank, payment, FEE + 1)
    orders.look(payment_id=payment.pk, provider=bank.provider, by=SYSTEM, at=MONDAY)
    desk, url = browser(cast.officer), reverse(f"admin:guarantees_{model}_changelist")
    for typed, found in ((payment.order_id, True), (cast.member.name, True), ("없는 주문", False)):
        with django_assert_max_num_queries(14):
            shown = desk.get(url, {"q": typed}).content.decode()
        assert (payment.order_id in shown.split("</form>", 2)[-1]) is found
