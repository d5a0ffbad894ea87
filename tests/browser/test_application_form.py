"""The application form in Chromium: kept while it is typed, figures beside it, masks, and the keyboard alone."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.forms import Field
from django.urls import reverse

from certificates.minting.folders import DEMO_PASSWORD
from guarantees.models import Application
from portal import clock
from portal.fields import BusinessNumberField, DayField, MobileField, WonField
from portal.members.models import User
from portal.won import InvalidAmount, in_words, parse_won
from tests.browser.chromium import in_its_thread
from tests.browser.driver import until
from tests.browser.test_certificate_flow import Pc, bank_of, pc
from tests.browser.test_guarantee_pages import DESK, PHONE, Person, cookie_of, driver, person
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import PASSWORD, make_application
from tests.stories import PDF, Cast, approved, make_cast

__all__ = ["driver", "pc", "person"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

# What people type or paste, by the mask of the field; read by the page and by the server they are the same value,
# or both refuse it.
SPELLINGS: dict[str, list[str]] = {
    "won": [
        "1000000", "1,000,000", "1,000,000원", " 1,000,000 원 ", "₩1,000,000", "￦1,000,000", "１，０００，０００",
        "１００００００원", "1 000 000", "0001000", "0", "원", "", "1,23", "10,00,000", "3천만원", "1억",
        "1.000.000", "1,000.50", "-5000", "1000000000000000", "999999999999999", "약 1,000,000", "1,000,000원정",
    ],
    "business": [
        "9018112019", "901-81-12019", "９０１-８１-１２０１９", "901 81 12019", "901–81–12019", "901−81−12019",
        "901-81-1201", "901-81-120199", "사업자 901-81-12019", "901.81.12019", "", "900-81-00001",
    ],
    "mobile": [
        "01000000100", "010-0000-0100", "０１０－００００－０１００", "010 0000 0100", "010.0000.0100",
        "(010) 0000-0100", "+82 10-0000-0100", "82-10-0000-0100", "0082 10 0000 0100", "+82 (0)10-0000-0100",
        "010-0000-010", "010-0000-01001", "011-123-4567", "김소장 010-0000-0100", "",
    ],
    "day": [
        "2026-11-20", "2026.11.20", "2026.11.20.", "2026/11/20", "20261120", "2026년 11월 20일",
        "２０２６-１１-２０", "2026. 1. 5.", "2026-1-5", "2026-02-30", "2028-02-29", "2026111",
        "26.11.20", "내일", "1989-12-31", "",
    ],
}  # fmt: skip
FIELDS: dict[str, Field] = {
    "won": WonField(required=False),
    "business": BusinessNumberField(required=False),
    "mobile": MobileField(required=False),
    "day": DayField(required=False),
}
READ = """async ([kind, texts]) => {
    const { day, format } = await import('/static/js/masks.js');
    return texts.map((text) => kind === 'day' ? day(text) || text : format(kind, text, true));
}"""


def value_of(kind: str, text: str) -> object:
    try:
        return FIELDS[kind].clean(text)
    except ValidationError:
        return "refused"


@pytest.mark.parametrize("kind", SPELLINGS)
def test_page_and_server_read_the_same(
    person: Person, live_server: Any, transactional_db: None, kind: str
) -> None:
    person.chrome.open(f"{live_server.url}/verify/")
    texts = SPELLINGS[kind]
    shown = person.chrome.page.run(READ, [kind, texts])
    wrong = {
        text: (value_of(kind, masked), value_of(kind, text))
        for text, masked in zip(texts, shown, strict=True)
        if value_of(kind, masked) != value_of(kind, text)
    }
    assert wrong == {}
    assert 4 <= sum(value_of(kind, text) not in ("refused", None, "") for text in texts) < len(texts)


@pytest.mark.usefixtures("transactional_db")
def test_amounts_in_words_are_the_servers(person: Person, live_server: Any) -> None:
    person.chrome.open(f"{live_server.url}/verify/")
    texts = [*SPELLINGS["won"], *(str(7 * 10**n + 11**n) for n in range(14)), "10000", "100000000", "11111111"]
    words = "async (texts) => texts.map((await import('/static/js/won.js')).inWords)"
    shown = person.chrome.page.run(words, texts)
    wrong = {}
    for text, found in zip(texts, shown, strict=True):
        try:
            amount = parse_won(text)
        except InvalidAmount:
            amount = 0
        if found != (in_words(amount) if amount else ""):
            wrong[text] = found
    assert wrong == {}


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    fill_calendar()
    return make_cast()


@pytest.fixture
def draft(cast: Cast) -> Application:
    day = clock.today()
    period: dict[str, Any] = {
        "contracted_on": day,
        "completes_on": day + timedelta(days=200),
        "starts_on": None,
        "ends_on": None,
    }
    return make_application(cast.member, amount=None, **period)


def opens(person: Person, base: str, cast: Cast, draft: Application, step: str, *, width: int = DESK) -> None:
    person.sits_down(base, width=width, user=cast.user, cookie=cookie_of(cast.user))
    person.chrome.open(base + reverse(f"guarantees:edit_{step}", args=[draft.public_id]))


@in_its_thread
def press(person: Person, *keys: str) -> None:
    for key in keys:
        person.tab.keyboard.press(key)


@in_its_thread
def offline(person: Person, *, is_offline: bool) -> None:
    person.tab.context.set_offline(is_offline)


@in_its_thread
def forget_session(person: Person) -> None:
    person.tab.context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)


def fill(person: Person, typed: dict[str, str]) -> None:
    for name, text in typed.items():
        person.reach(name)
        person.types(text)


@in_its_thread
def within(person: Person, ident: str) -> None:
    """Tab until the element of the signer's frame has the focus."""
    frame = person.tab.query_selector("iframe").content_frame()
    for _press in range(60):
        if frame.evaluate("() => document.hasFocus() && document.activeElement.id") == ident:
            return
        person.tab.keyboard.press("Tab")
    raise AssertionError(f"no way to {ident} in the frame by keyboard")


@in_its_thread
def picks_files(person: Person, files: list[Path]) -> None:
    with person.tab.expect_file_chooser() as chooser:
        person.tab.keyboard.press("Space")
    chooser.value.set_files(files)


def shift_is_measured(person: Person) -> None:
    """From now on `shifted` sums what moved under the person's eyes without his doing."""
    person.chrome.page.run(
        """() => {
            window.shifted = 0;
            new PerformanceObserver((list) => {
                for (const shift of list.getEntries()) window.shifted += shift.value;
            }).observe({ type: 'layout-shift', buffered: false });
        }"""
    )


def said(person: Person) -> str:
    return str(person.chrome.page.run("() => document.querySelector('[data-kept]').textContent"))


def test_the_caret_stays_where_it_is_typed(
    person: Person, live_server: Any, cast: Cast, draft: Application
) -> None:
    opens(person, live_server.url, cast, draft, "terms")
    person.reach("amount")

    def after(*keys: str) -> tuple[str, int]:
        press(person, *keys)
        found = person.chrome.page.run(
            "() => [document.activeElement.value, document.activeElement.selectionStart]"
        )
        return found[0], found[1]

    person.types("1234567")
    assert after("Home", "9") == ("91,234,567", 1)
    assert after("ArrowRight", "8") == ("918,234,567", 3)
    assert after("Backspace") == ("91,234,567", 2)
    assert after("Delete") == ("91,234,567", 3)  # over the comma
    assert after("Delete") == ("9,134,567", 3)
    assert after("End", "Backspace") == ("913,456", 7)
    assert after("Home", "Delete", "Delete", "Delete") == ("456", 0)


@pytest.mark.parametrize(
    ("_case", "field", "pasted", "shown"),
    [
        ("원까지", "amount", "30,000,000원", "30,000,000"),
        ("전각 숫자", "amount", "３００００００", "3,000,000"),
        ("말로 쓴 금액은 그대로", "amount", "3천만원", "3천만원"),
        ("너무 긴 번호를 자르지 않음", "amount", "30.000.000", "30.000.000"),
        ("점으로 쓴 날짜", "starts_on", "2026. 11. 20.", "2026-11-20"),
        ("한글로 쓴 날짜", "ends_on", "2027년 6월 30일", "2027-06-30"),
    ],
)
def test_pasted(
    person: Person,
    live_server: Any,
    cast: Cast,
    draft: Application,
    _case: str,
    field: str,
    pasted: str,
    shown: str,
) -> None:
    opens(person, live_server.url, cast, draft, "terms")
    person.chrome.page.run(
        """([name, text]) => {
            const input = document.querySelector(`[name=${name}]`);
            input.focus();
            input.select?.();
            const data = new DataTransfer();
            data.setData('text', text);
            const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
            if (input.dispatchEvent(event)) document.execCommand('insertText', false, text);
        }""",
        [field, pasted],
    )
    assert person.chrome.page.value(f"[name={field}]") == shown


# ── kept while it is typed ──


def test_kept_without_a_button(person: Person, live_server: Any, cast: Cast, draft: Application) -> None:
    opens(person, live_server.url, cast, draft, "terms")
    shift_is_measured(person)
    person.reach("amount")
    person.types("12000000")
    until(lambda: said(person).startswith("임시 저장됨 "))
    draft.refresh_from_db()
    assert draft.amount == 12_000_000
    beside = person.chrome.page.text("[data-outlook]")
    assert "12,000,000원 × 0.6% × 201일 ÷ 365일" in beside
    assert "에 안내 문자가 나갈 예정입니다." in beside
    assert person.chrome.page.run("() => window.shifted") < 0.1
    # nothing is lost, so nothing is asked when the page is left
    person.chrome.open(live_server.url)
    assert person.chrome.complaints() == []


def test_kept_when_the_page_is_left_at_once(
    person: Person, live_server: Any, cast: Cast, draft: Application
) -> None:
    opens(person, live_server.url, cast, draft, "terms")
    person.reach("special_terms")
    person.types("지체상금 없음")
    person.chrome.page.run("() => window.dispatchEvent(new PageTransitionEvent('pagehide'))")

    def stored() -> bool:
        draft.refresh_from_db()
        return draft.special_terms == "지체상금 없음"

    until(stored)


def test_without_a_connection_it_says_so_and_goes_on_trying(
    person: Person, live_server: Any, cast: Cast, draft: Application
) -> None:
    opens(person, live_server.url, cast, draft, "terms")
    offline(person, is_offline=True)
    person.reach("amount")
    person.types("12000000")
    until(lambda: "저장하지 못했습니다. 인터넷 연결을 확인해 주세요." in said(person))
    person.types("13000000")
    offline(person, is_offline=False)
    until(lambda: said(person).startswith("임시 저장됨 "))

    def stored() -> bool:
        draft.refresh_from_db()
        return draft.amount == 13_000_000

    until(stored)


def test_another_window_is_not_overwritten(
    person: Person, live_server: Any, cast: Cast, draft: Application
) -> None:
    opens(person, live_server.url, cast, draft, "terms")
    Application.everything.filter(pk=draft.pk).update(amount=9_000_000)
    person.reach("amount")
    person.types("12000000")
    until(lambda: "다른 창에서 먼저 고쳐" in said(person))
    draft.refresh_from_db()
    assert draft.amount == 9_000_000
    person.goes("다음")
    assert "다른 창에서 먼저 고쳐" in person.reads()
    assert person.chrome.page.value("#id_amount") == "12,000,000"
    person.goes("저장된 내용 불러오기")
    assert person.chrome.page.value("#id_amount") == "9,000,000"


def test_the_end_of_the_session_is_said(person: Person, live_server: Any, cast: Cast, draft: Application) -> None:
    """What becomes of the form that is sent then is the door's business (`portal.members`)."""
    opens(person, live_server.url, cast, draft, "terms")
    forget_session(person)
    person.reach("amount")
    person.types("12000000")
    until(lambda: "로그인이 끊겨 저장하지 못합니다." in said(person))


def test_after_a_login_in_another_window_it_goes_on(
    person: Person, live_server: Any, cast: Cast, draft: Application
) -> None:
    """The token of the page is stale then; it fetches itself a new one."""
    opens(person, live_server.url, cast, draft, "terms")
    person.chrome.page.run(
        "() => { document.querySelector('[data-keep-url] [name=csrfmiddlewaretoken]').value = 'x'.repeat(64); }"
    )
    person.reach("amount")
    person.types("12000000")
    until(lambda: said(person).startswith("임시 저장됨 "))
    person.goes("다음")
    assert person.stands_at()[0].endswith("/contact-and-documents/")


# ── what is wrong ──


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize(
    ("step", "link", "field"),
    [
        ("contract", "계약명(공사명): 비어 있습니다. 입력해 주세요.", "id_contract_name"),
        ("terms", "보증금액: 비어 있습니다. 입력해 주세요.", "id_amount"),
        ("contact", "담당자 휴대폰: 휴대폰번호가 아닙니다. 010으로 시작하는 11자리 번호를 입력해 주세요.",
         "id_contact_mobile"),
    ],
)  # fmt: skip
def test_the_summary_has_the_focus_and_leads_to_the_field(
    person: Person, live_server: Any, cast: Cast, draft: Application, step: str, link: str, field: str, width: int
) -> None:
    opens(person, live_server.url, cast, draft, step, width=width)
    for name, typed in (("contract_name", ""), ("amount", ""), ("contact_mobile", "010-123")):
        if person.chrome.page.run("(name) => Boolean(document.querySelector(`[name=${name}]`))", name):
            person.reach(name)
            person.types(typed) if typed else press(person, "Control+A", "Delete")
    person.goes("다음")
    assert "error-summary" in person.chrome.page.run("() => document.activeElement.className")
    assert person.axe() == []
    person.reach(link)
    person.opens()
    assert person.chrome.page.run("() => document.activeElement.id") == field


def test_what_is_missing_at_the_end_leads_to_its_field(
    person: Person, live_server: Any, cast: Cast, draft: Application
) -> None:
    opens(person, live_server.url, cast, draft, "confirm")
    person.goes("보증금액을 입력해 주세요.")
    assert person.chrome.page.run("() => document.activeElement.id") == "id_amount"
    press(person, "Control+A")
    person.types("12000000")
    until(lambda: said(person).startswith("임시 저장됨 "))


# ── the keyboard alone ──


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_from_the_login_to_the_number_by_keyboard(
    person: Person, live_server: Any, cast: Cast, width: int
) -> None:
    today = clock.today()
    ends_on = (today + timedelta(days=200)).isoformat()
    person.sits_down(live_server.url, width=width)
    person.chrome.open(f"{live_server.url}/guarantees/apply/")
    fill(person, {"login": cast.user.username, "password": PASSWORD})
    person.presses()
    person.goes("다음")
    assert "보증 종류를 골라 주세요." in person.reads()
    person.reach("product")
    person.chooses("C1")
    person.goes("다음")
    fill(person, {"contract_name": "가온초 급식실 환기설비 개선공사"})
    for name, value in (("contract_role", "prime"), ("owner_kind", "local"), ("work_kind", "works")):
        person.reach(name)
        person.chooses(value)
    fill(person, {"contract_amount": "286000000"})
    for name, day in (("contracted_on", today.isoformat()), ("completes_on", ends_on)):
        person.reach(name)
        person.types_day(day)
    fill(person, {"beneficiary_name": "누리교육지원청"})
    assert not person.overflows()
    person.goes("다음")
    assert not person.overflows()
    # amount and period stand there as the contract tells them
    assert person.chrome.page.value("#id_amount") == "42,900,000"
    assert person.chrome.page.value("#id_ends_on") == ends_on
    person.goes("다음")
    fill(
        person, {"contact_name": "박다솜", "contact_mobile": "01000000100", "contact_email": "contact@example.kr"}
    )
    slot = Application.everything.get().product.required_documents.get()
    person.reach(f"document_{slot.pk}")
    person.picks("계약서.pdf", PDF)
    assert not person.overflows()
    person.goes("다음")
    person.goes("신청서 제출")
    assert "신청을 접수했습니다" in person.reads()
    application = Application.everything.get()
    assert (application.state, application.amount) == ("submitted", 42_900_000)
    assert person.chrome.complaints() == []


def test_signing_by_keyboard(person: Person, live_server: Any, pc: Pc) -> None:
    """From the approved application to the signature: Tab, Enter, the space bar and typing."""
    application = approved(pc.cast)
    representative = User.objects.get(full_name="김대표")
    person.sits_down(live_server.url, width=DESK, user=representative, cookie=cookie_of(representative))
    person.chrome.open(live_server.url + reverse("guarantees:application", args=[application.public_id]))
    person.goes("인증서로 약정 서명")
    person.reach("서명 시작")
    person.opens()
    person.chrome.signer.wait_for("#work")
    within(person, "files")
    picks_files(person, [pc.old / "signCert.der", pc.old / "signPri.key"])
    until(lambda: any(bank_of(pc.old) in row for row in person.chrome.signer.texts("#certificates label")))
    within(person, "password")
    person.types(DEMO_PASSWORD)
    within(person, "sign")
    person.opens()
    person.chrome.page.wait_text("main", "공동인증서로 약정에 서명했습니다")
    application.refresh_from_db()
    assert application.state == "signed"
    assert person.chrome.complaints() == []
