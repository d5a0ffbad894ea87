"""보증 업무 화면 in Chromium: a first application by keyboard on a phone's width, and axe on every page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import TimeoutError as NotInTime

from guarantees.actions import (
    endorsing,
    issuing,
    orders,
    payments,
    release_requests,
    releasing,
    screening,
    transmitting,
)
from guarantees.documents import content_of
from guarantees.models import Application, Endorsement, Guarantee, Payment, ReleaseRequest
from guarantees.payments import registry
from portal import clock
from portal.access import Actor
from portal.members.models import User
from portal.members.roles import Role
from portal.uploads.checking import check
from tests.browser.chromium import Chromium, in_its_thread, running_chromium
from tests.browser.driver import PATIENCE, until
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import make_guarantee, make_user
from tests.flows.delivery_world import code_on, document_of, last_delivery, last_link
from tests.flows.guarantee_machine import Bank
from tests.payment_simulator import ACCOUNT, KEY, BankThread, running_bank
from tests.stories import BACKEND, PDF, Cast, admin, filled_draft, make_cast, sign, submitted, web

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
AXE = (Path(__file__).parent / "axe.min.js").read_text()
PHONE, DESK = 390, 1280
SYSTEM = Actor.system("시험")
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.flatMap(
    (found) => found.nodes.map((node) => `${found.id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`))"""
FOCUSED = """() => {
    const one = document.activeElement;
    return [one.name || '', one.id || '', (one.innerText || '').trim(), one.value || ''];
}"""


class Person:
    """Somebody at the keyboard. Every field is reached by Tab and filled by typing."""

    def __init__(self, chrome: Chromium) -> None:
        self.chrome = chrome

    @property
    def tab(self) -> Any:
        return self.chrome.tab

    @in_its_thread
    def sits_down(self, base: str, *, width: int, user: User | None = None, cookie: str = "") -> None:
        self.tab.set_viewport_size({"width": width, "height": 844})
        if user is not None:
            name = django_settings.SESSION_COOKIE_NAME
            self.tab.context.add_cookies([{"name": name, "value": cookie, "url": base}])

    @in_its_thread
    def reach(self, what: str) -> None:
        """Tab until the field of this name, or the link or button of these words, has the focus."""
        for _press in range(120):
            name, ident, text, _value = self.tab.evaluate(FOCUSED)
            if what in (name, ident, text):
                return
            self.tab.keyboard.press("Tab")
        raise AssertionError(f"no way to {what!r} by keyboard on {self.tab.url}")

    @in_its_thread
    def types(self, text: str) -> str:
        """Over what the field holds; what the field shows then."""
        self.tab.keyboard.press("Control+A")
        self.tab.keyboard.type(text)
        return str(self.tab.evaluate(FOCUSED)[3])

    @in_its_thread
    def types_day(self, iso: str) -> None:
        """Into the browser's own date field, whose parts stand in the order of its language."""
        year, month, day = iso.split("-")
        for parts in ((year, month, day), (month, day, year)):
            for _part in parts:
                self.tab.keyboard.press("ArrowLeft")
            for part in parts:
                self.tab.keyboard.type(part)
                if part == year and part != parts[-1]:
                    self.tab.keyboard.press("ArrowRight")
            if self.tab.evaluate(FOCUSED)[3] == iso:
                return
        raise AssertionError(f"cannot type {iso}: {self.tab.evaluate(FOCUSED)}")

    @in_its_thread
    def chooses(self, value: str) -> None:
        """In a list or a group of radio buttons, with the arrow keys."""
        for _press in range(40):
            if self.tab.evaluate(FOCUSED)[3] == value:
                if self.tab.evaluate("() => document.activeElement.type === 'radio'"):
                    self.tab.keyboard.press("Space")
                return
            self.tab.keyboard.press("ArrowDown")
        raise AssertionError(f"cannot choose {value}")

    @in_its_thread
    def picks(self, name: str, content: bytes) -> None:
        """In the file chooser that the space bar opens; a busy browser may lose the first press, and who waits
        in vain presses again."""
        for wait in (5_000, 10_000, 30_000):
            try:
                with self.tab.expect_file_chooser(timeout=wait) as chooser:
                    self.tab.keyboard.press("Space")
            except NotInTime:
                continue
            chooser.value.set_files({"name": name, "mimeType": "application/pdf", "buffer": content})
            return
        raise AssertionError("no file chooser")

    @in_its_thread
    def ticks(self) -> None:
        """The space bar on a box or a round one."""
        self.tab.keyboard.press("Space")
        assert self.tab.evaluate("() => document.activeElement.checked")

    @in_its_thread
    def opens(self) -> None:
        """Enter on something that unfolds in place."""
        self.tab.keyboard.press("Enter")

    @in_its_thread
    def presses(self) -> None:
        """Enter, and the next page is there."""
        with self.tab.expect_navigation(timeout=PATIENCE * 2000):
            self.tab.keyboard.press("Enter")

    @in_its_thread
    def saves(self) -> bytes:
        """Enter on a link to a file."""
        with self.tab.expect_download() as download:
            self.tab.keyboard.press("Enter")
        return Path(download.value.path()).read_bytes()

    @in_its_thread
    def overflows(self) -> bool:
        """Whether the page has to be moved sideways to be read."""
        return bool(self.tab.evaluate("() => document.documentElement.scrollWidth > window.innerWidth"))

    @in_its_thread
    def stands_at(self) -> tuple[str, int]:
        """The path the tab shows, and with which status it was answered."""
        asked = "() => [location.pathname, performance.getEntriesByType('navigation')[0].responseStatus]"
        path, status = self.tab.evaluate(asked)
        return str(path), int(status)

    @in_its_thread
    def axe(self) -> list[str]:
        """Every violation axe-core finds, with where."""
        self.tab.evaluate(AXE)
        return list(self.tab.evaluate(RUN_AXE))

    def goes(self, words: str) -> None:
        self.reach(words)
        self.presses()

    def reads(self) -> str:
        return self.chrome.page.text("main")


@pytest.fixture(scope="module")
def driver() -> Iterator[Chromium]:
    with running_chromium() as running:
        yield running


@pytest.fixture
def person(driver: Chromium, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Person]:
    """With a picture of what he saw last, when the test fails."""
    driver.clear()
    yield Person(driver)
    if request.session.testsfailed:
        driver.photograph(tmp_path / "last.png", width=PHONE)


@pytest.fixture
def bank(settings: Any) -> Iterator[BankThread]:
    with running_bank() as thread:
        settings.PAYMENT_URL, settings.PAYMENT_SECRET_KEY = thread.server.url, KEY
        registry.provider.cache_clear()
        yield thread
    registry.provider.cache_clear()


def cookie_of(user: User) -> str:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return str(client.cookies[django_settings.SESSION_COOKIE_NAME].value)


def test_a_first_guarantee_on_a_phone(
    person: Person, live_server: Any, transactional_db: None, bank: BankThread
) -> None:
    fill_calendar()
    cast = make_cast()
    today = clock.today()
    ends_on = today + timedelta(days=200)
    person.sits_down(live_server.url, width=PHONE, user=cast.user, cookie=cookie_of(cast.user))
    person.chrome.open(live_server.url)
    assert not person.overflows()
    person.reach("메뉴")
    person.opens()
    person.goes("보증신청")

    # the kind of guarantee
    person.reach("product")
    person.chooses("C1")
    person.goes("다음")

    # the contract
    for name, value in (("contract_role", "prime"), ("owner_kind", "local"), ("work_kind", "works")):
        person.reach(name)
        person.chooses(value)
    person.reach("contract_name")
    person.types("가온초 급식실 환기설비 개선공사")
    person.reach("contract_number")
    person.types("2026-0001")
    person.reach("contract_amount")
    assert person.types("286000000") == "286,000,000"
    assert "금 이억팔천육백만원정" in person.reads()
    person.reach("contracted_on")
    person.types_day(today.isoformat())
    person.reach("completes_on")
    person.types_day(ends_on.isoformat())
    person.reach("beneficiary_name")
    person.types("누리교육지원청")
    person.reach("beneficiary_business_number")
    assert person.types("9008100015") == "900-81-00015"
    assert not person.overflows()
    person.goes("다음")

    # the guarantee: a mistake first, told beside its field with nothing lost
    person.reach("amount")
    assert person.types("1000") == "1,000"
    person.reach("starts_on")
    person.types_day(today.isoformat())
    person.reach("ends_on")
    person.types_day(ends_on.isoformat())
    person.goes("다음")
    assert "법으로 정한 금액보다 적습니다" in person.reads()
    person.reach("amount")
    assert person.types("42900000") == "42,900,000"
    assert "금 사천이백구십만원정" in person.reads()
    person.goes("다음")

    # the contact and the papers
    person.reach("contact_name")
    person.types("박다솜")
    person.reach("contact_mobile")
    assert person.types("01000000100") == "010-0000-0100"
    person.reach("contact_email")
    person.types("contact@example.kr")
    slot = Application.everything.get().product.required_documents.get()
    person.reach(f"document_{slot.pk}")
    person.picks("계약서.pdf", PDF)
    person.goes("다음")

    # and hand it in
    assert "42,900,000원" in person.reads()
    assert not person.overflows()
    person.goes("신청서 제출")
    assert "신청을 접수했습니다" in person.reads()
    application = Application.everything.get()
    assert application.state == "submitted"

    _decided_and_signed(application, cast)
    guarantee = _paid(person, live_server.url, application, bank)
    _downloaded_and_verified(person, live_server.url, guarantee)
    assert person.chrome.complaints() == []


def _decided_and_signed(application: Application, cast: Cast) -> None:
    screening.take(application_id=application.pk, by=admin(cast.officer), at=clock.now())
    screening.approve(application_id=application.pk, by=admin(cast.officer), at=clock.now())
    _sign(application)


def _sign(application: Application) -> Application:
    """As the representative's verified signature leaves it."""
    representative = make_user(Role.MEMBER_REP, member=application.member)
    return sign(application_id=application.pk, by=web(representative), at=clock.now())


def _paid(person: Person, base: str, application: Application, bank: BankThread) -> Guarantee:
    person.chrome.open(f"{base}{reverse('guarantees:application', args=[application.public_id])}")
    person.goes("보증료 납부")
    for name, value in (("method", "virtual_account"), ("bank", "88"), ("refund_bank", "04")):
        person.reach(name)
        person.chooses(value)
    person.reach("refund_account")
    person.types("110123456789")
    person.reach("refund_holder")
    person.types("미르누리설비")
    person.goes("납부 시작")
    payment = Payment.everything.get()
    assert payment.account_number in person.chrome.page.run("() => document.querySelector('main').innerHTML")
    assert not person.overflows()
    bank.bank.deposit(payment.order_id, payment.amount, at=clock.now().isoformat())
    assert bank.callback(payment).status_code == 200
    return Guarantee.everything.get(application=application)


def _downloaded_and_verified(person: Person, base: str, guarantee: Guarantee) -> None:
    person.chrome.open(f"{base}{reverse('guarantees:guarantee', args=[guarantee.public_id])}")
    assert guarantee.number in person.reads()
    assert not person.overflows()
    person.reach("보증서 내려받기 (PDF)")
    sealed = person.saves()
    assert sealed == content_of(document_of(guarantee))
    person.chrome.clear()
    person.sits_down(base, width=PHONE)
    person.chrome.open(f"{base}/verify/")
    person.reach("file")
    person.picks("보증서.pdf", sealed)
    person.goes("파일 확인하기")
    assert "유효한 보증서입니다" in person.reads()
    assert not person.overflows()


# ── axe on every page ──


@dataclass(frozen=True)
class Rows:
    """What the addresses of the table name."""

    draft: Application
    submitted: Application
    supplement: Application
    signed: Application
    waiting: Payment
    paid: Payment
    guarantee: Guarantee
    released: Guarantee
    request: ReleaseRequest
    change: Endorsement
    code: str
    sealed: bytes
    token: str
    accepted_token: str


def make_rows(cast: Cast) -> Rows:
    """One of each, made through the real actions, now."""
    day, now = clock.today(), clock.now
    period = {
        "contracted_on": day, "completes_on": day + timedelta(days=200), "starts_on": day,
        "ends_on": day + timedelta(days=200), "delivery_channel": "email", "beneficiary_email": "to@example.kr",
    }  # fmt: skip

    def approved(number: int) -> Application:
        made = submitted(cast, contract_number=f"2026-{number:04d}", **period)
        screening.take(application_id=made.pk, by=admin(cast.officer), at=now())
        return screening.approve(application_id=made.pk, by=admin(cast.officer), at=now())

    def issued(number: int) -> Guarantee:
        return issuing.issue(
            application_id=approved(number).pk, by=admin(cast.officer), at=now(), agreement_confirmed=True,
            fee_confirmed=True,
        )  # fmt: skip

    def delivered(guarantee: Guarantee) -> str:
        transmitting.send_by_email(delivery_id=last_delivery(guarantee).pk, by=SYSTEM, at=now())
        return last_link(guarantee)

    asking = submitted(cast, contract_number="2026-0900", **period)
    screening.take(application_id=asking.pk, by=admin(cast.officer), at=now())
    screening.request_supplement(
        application_id=asking.pk, by=admin(cast.officer), at=now(), reason_codes=["contract_pages"],
        items=["계약서 2쪽이 빠졌습니다."],
    )  # fmt: skip
    signed, to_pay = _sign(approved(1)), _sign(approved(2))
    waiting = payments.ask(application_id=to_pay.pk, choice=ACCOUNT, by=web(cast.user), at=now())
    orders.open_order(payment_id=waiting.pk, provider=Bank(), by=SYSTEM, at=now())
    guarantee, accepted, released = issued(3), issued(4), issued(5)
    accepted_token = delivered(accepted)
    Client().post(reverse("public:beneficiary_accept", args=[accepted_token]), {"name": "시설과 이나래"})
    releasing.release(
        guarantee_id=released.pk, ground="confirmed", note="준공검사 조서", by=admin(cast.officer), at=now()
    )
    request = release_requests.ask_release(
        guarantee_id=accepted.pk, party="member", ground="confirmed", papers=[check("확인서.pdf", PDF)],
        by=web(cast.user), at=now(),
    )  # fmt: skip
    longer = replace(endorsing.terms_of(accepted), ends_on=day + timedelta(days=400))
    change = endorsing.ask(
        guarantee_id=accepted.pk, new=longer, reason="공사기간 연장", by=web(cast.user), at=now()
    )
    change = endorsing.approve(endorsement_id=change.pk, by=admin(cast.head), at=now())
    make_guarantee(cast.member, state="expired", ends_on=day - timedelta(days=10))
    document = document_of(guarantee)
    asking.refresh_from_db()
    return Rows(
        draft=filled_draft(cast, **period), submitted=submitted(cast, contract_number="2026-0901", **period),
        supplement=asking, signed=signed, waiting=Payment.everything.get(pk=waiting.pk),
        paid=Payment.everything.get(application=guarantee.application), guarantee=guarantee, released=released,
        request=request, change=change, code=code_on(document), sealed=content_of(document),
        token=delivered(guarantee),
        accepted_token=accepted_token,
    )  # fmt: skip


def at(name: str, row: str = "", **query: object) -> Callable[[Rows], str]:
    """The address of a page, of `row` where it belongs to one."""

    def address(rows: Rows) -> str:
        url = reverse(name, args=[getattr(rows, row).public_id] if row else [])
        return url + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")

    return address


PAGES: dict[str, Callable[[Rows], str]] = {
    "첫 화면": lambda _rows: "/",
    "보증 종류": at("guarantees:apply"),
    "계약 정보": at("guarantees:edit_contract", "draft"),
    "보증 내용": at("guarantees:edit_terms", "draft"),
    "담당자·서류": at("guarantees:edit_contact", "draft"),
    "확인·제출": at("guarantees:edit_confirm", "draft"),
    "보완 중인 신청서": at("guarantees:edit_contract", "supplement"),
    "신청현황": at("guarantees:applications"),
    "접수한 신청": at("guarantees:application", "submitted"),
    "보완할 신청": at("guarantees:application", "supplement"),
    "서명한 신청": at("guarantees:application", "signed"),
    "신청 취하": at("guarantees:withdraw", "submitted"),
    "담당자 변경": at("guarantees:change_contact", "submitted"),
    "보증료 납부": at("guarantees:pay", "signed"),
    "입금 대기": at("guarantees:payment", "waiting"),
    "납부 취소": at("guarantees:payment_cancel", "waiting"),
    "납부 완료": at("guarantees:payment", "paid"),
    "납부 내역": at("guarantees:payments"),
    "보증현황": at("guarantees:guarantees"),
    "보증": at("guarantees:guarantee", "guarantee"),
    "해제된 보증": at("guarantees:guarantee", "released"),
    "보증 변경": at("guarantees:endorse", "guarantee"),
    "보증서 보내기": at("guarantees:deliver", "guarantee"),
    "해제 요청": at("guarantees:ask_release", "guarantee"),
    "해제 요청 취하": at("guarantees:withdraw_release", "request"),
    "변경 신청 취하": at("guarantees:withdraw_endorsement", "change"),
    "변경 보증료 납부": at("guarantees:pay_endorsement", "change"),
    "풀 수 있는 보증": at("guarantees:releasable"),
    "보증한도": at("guarantees:limit"),
    "보증료 계산": at("guarantees:fee"),
    "보증료 계산 결과": at(
        "guarantees:fee", product="C1", amount="30000000", starts_on="2026-12-01", ends_on="2027-06-30"
    ),
    "예시 서류": lambda _rows: reverse("guarantees:example", args=["contract_pages"]),
    "진위확인": lambda _rows: "/verify/",
    "QR로 확인": lambda rows: reverse("public:verify_code", args=[rows.guarantee.number, rows.code]),
    "없는 보증": lambda rows: reverse("public:verify_code", args=["2026-C1-999999-0", rows.code]),
    "해제된 보증서 링크": lambda rows: reverse("public:beneficiary", args=[rows.accepted_token]),
    "받은 보증서": lambda rows: reverse("public:beneficiary", args=[rows.token]),
    "없는 링크": lambda _rows: reverse("public:beneficiary", args=["A" * 43]),
}


GONE = {"없는 링크": 410}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_axe_finds_nothing(
    person: Person, live_server: Any, transactional_db: None, tmp_path: Path, width: int
) -> None:
    fill_calendar()
    cast = make_cast()
    rows = make_rows(cast)
    person.sits_down(live_server.url, width=width, user=cast.user, cookie=cookie_of(cast.user))
    wrong: dict[str, list[str]] = {}

    def look(page: str) -> None:
        found = person.axe() + (["too wide"] if width == PHONE and person.overflows() else [])
        if found:
            wrong[page] = found
            person.chrome.photograph(tmp_path / f"{page}.png", width=width)

    for page, address in PAGES.items():
        url = address(rows)
        person.chrome.open(live_server.url + url)
        assert person.stands_at() == (url.partition("?")[0], GONE.get(page, 200)), page
        look(page)
    for page, answer in ANSWERS.items():
        person.chrome.open(f"{live_server.url}/verify/")
        answer(person, rows)
        look(page)
    assert wrong == {}, f"pictures in {tmp_path}"


def _by_number(amount: str) -> Callable[[Person, Rows], None]:
    def ask(person: Person, rows: Rows) -> None:
        page = person.chrome.page
        page.type("[name=number]", rows.guarantee.number)
        page.type("[name=code]", rows.code)
        page.type("[name=amount]", amount)
        page.press_enter("[name=amount]")
        until(lambda: "대조" in page.text("main") and page.shows(".verdict"))

    return ask


def _by_file(person: Person, rows: Rows) -> None:
    person.reach("file")
    person.picks("보증서.pdf", rows.sealed.replace(b"/Title", b"/Titel", 1))
    person.goes("파일 확인하기")


ANSWERS: dict[str, Callable[[Person, Rows], None]] = {
    "진위확인 일치": _by_number("30,000,000"),
    "진위확인 불일치": _by_number("300,000,000"),
    "진위확인 위조 파일": _by_file,
}
