"""문자메시지서비스 in Chromium: the server's byte rule, a message by keyboard alone, axe on every page."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from portal import clock
from portal.access import Actor
from portal.ksx1001 import byte_size, sanitise, unsendable
from portal.members.models import Member, User
from portal.members.roles import Role
from sms.actions import contacts, free_sms
from sms.actions.free_sms import Text
from sms.actions.mileage import earn
from sms.actions.proving import send_code
from sms.delivery.results import Step, append
from sms.models import Channel, Contact, Message, Purpose, ResultState, SenderNumber, SendRequest
from sms.outbox import Draft, queue
from sms.rules.free_sms import Category, advertising_frame, body, information_frame
from sms.rules.phone_lists import Entry
from tests.browser.test_guarantee_pages import DESK, PHONE, Person, cookie_of, driver, person
from tests.factories import PASSWORD, at, make_member, make_recipient, make_user

__all__ = ["driver", "person"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
NOON = at("2026-11-23 12:00")  # 월

# Every code point of the basic plane that is no half of a pair, between letters: in front, white space would be
# stripped; behind one it may compose. And some beyond the plane.
POINTS = [*range(0xD800), *range(0xE000, 0x10000), 0x1F600, 0x20000, 0xE0061]
MEASURE = """async (points) => {
    const { measure, sanitise } = await import('/static/js/ksx1001.js');
    return points.map((point) => {
        const { size, refused } = measure(sanitise('가' + String.fromCodePoint(point) + 'b'));
        return refused.length ? -1 : size;
    });
}"""


@pytest.fixture
def member(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Member:
    """A company with calls and people, on Monday at noon, when the service is open."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    SenderNumber.objects.create(number="020000000", owner="조합", is_default=True)
    member = make_member(sms_name="미르누리설비", contact_name="최누리", contact_mobile="01000009001")
    for n in range(12):
        earn(member_id=member.pk, source=f"{n}", label="계약보증 C1-000123", at=at("2026-06-10 10:00"))
    people = [
        Entry("김소장", "01000002000", "현장소장", "가온초 급식실 환기설비 개선공사"),
        Entry("이소장", "01000002001", "현장소장"),
        Entry("박기사", "01000002002", "협력업체"),
    ]
    by = Actor.user(make_user(Role.MEMBER_USER, member=member))
    contacts.add_many(member_id=member.pk, entries=people, consented=True, by=by, at=NOON)
    return member


@pytest.fixture
def user(member: Member) -> User:
    return make_user(Role.MEMBER_USER, member=member)


def sit(person: Person, base: str, user: User, width: int) -> None:
    person.sits_down(base, width=width, user=user, cookie=cookie_of(user))


def on_server(point: int) -> int:
    text = sanitise(f"가{chr(point)}b")
    return -1 if unsendable(text) else byte_size(text)


def test_화면과_서버가_모든_글자를_똑같이_센다(person: Person, live_server: Any) -> None:
    person.chrome.open(f"{live_server.url}/verify/")
    found = person.chrome.page.run(MEASURE, POINTS)
    wrong = [
        (f"U+{point:04X}", there, here)
        for point, there in zip(POINTS, found, strict=True)
        if there != (here := on_server(point))
    ]
    assert wrong == []
    assert sum(size > 0 for size in found) > 8_000


def test_화면이_서버와_같은_문자를_미리_보여_준다(
    person: Person, live_server: Any, user: User, settings: Any
) -> None:
    settings.SMS_ADVERTISING, settings.SMS_OPT_OUT_NUMBER = True, "080-000-0000"
    sit(person, live_server.url, user, DESK)
    person.chrome.open(f"{live_server.url}/sms/")
    info = information_frame("미르누리설비")
    ad = advertising_frame("미르누리설비", contact="010-0000-9001", opt_out="080-000-0000")
    for category, frame, words in (
        (Category.INFORMATION, info, "  내일 08시 집합\n안전모 지참 \u3000"),
        (Category.INFORMATION, info, "₩50,000 — 입금\u200b 확인…"),
        (Category.ADVERTISING, ad, " (광고) 여름 할인 "),
    ):
        person.chrome.page.click(f"input[name=category][value={category.value}]")
        person.chrome.page.type("#id_text", words)
        whole = body(words, frame, category=category)
        assert person.chrome.page.run("() => document.querySelector('[data-bubble]').textContent") == whole
        assert person.chrome.page.text("[data-count]") == f"{byte_size(whole)} / 90바이트"
    person.chrome.page.type("#id_text", "뷁 현장 😀")
    assert person.chrome.page.text("[data-verdict]") == "보낼 수 없는 글자: 뷁 😀"
    assert person.chrome.complaints() == []


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_자판만으로_쓰고_확인하고_보낸다(person: Person, live_server: Any, user: User, width: int) -> None:
    sit(person, live_server.url, user, width)
    person.chrome.open(f"{live_server.url}/sms/")
    person.reach("category")
    person.chooses("information")
    person.reach("text")
    person.types("내일 08시 현장 집합")
    assert person.chrome.page.text("[data-count]") == "34 / 90바이트"
    assert person.chrome.page.text("[data-bubble]") == "[미르누리설비] 내일 08시 현장 집합"
    person.reach("groups")
    person.chooses("현장소장")
    person.ticks()
    person.reach("주소록에서 고르기 (3명)")
    person.opens()
    person.reach("book-finder")
    person.types("2002")
    assert person.chrome.page.run(SHOWN) == ["박기사 010-0000-2002 · 협력업체"]
    person.reach("contacts")
    person.ticks()
    person.reach("numbers")
    person.types("010-0000-1000, 01000002000")
    assert person.chrome.page.text("[data-cost]") == "받는 사람 4명 · 4콜 · 남는 콜 8"
    assert not person.overflows()
    person.goes("보내기 전 확인")
    assert "4명에게 4콜을 씁니다. 남는 콜 8" in person.reads()
    assert "두 번 적힌 번호 1개는 한 번만 보냅니다." in person.reads()
    assert not person.overflows()
    person.goes("보내기")
    assert "문자 4통을 접수했습니다. 4콜을 썼고 8콜이 남았습니다." in person.reads()
    assert not person.overflows()
    assert set(Message.everything.values_list("recipient_name", "to")) == {
        ("김소장", "01000002000"), ("이소장", "01000002001"), ("박기사", "01000002002"), ("", "01000001000"),
    }  # fmt: skip
    assert person.chrome.complaints() == []


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_로그인부터_보낼_때까지_탭과_스페이스와_엔터만_쓴다(
    person: Person, live_server: Any, user: User, width: int
) -> None:
    person.sits_down(live_server.url, width=width)
    person.chrome.open(f"{live_server.url}/accounts/login/?next=/")
    person.reach("login")
    person.types(user.username)
    person.reach("password")
    person.types(PASSWORD)
    person.presses()
    if width == PHONE:
        person.reach("메뉴")
        person.opens()
    person.goes("문자메시지서비스")
    person.reach("category")
    person.ticks()
    person.reach("text")
    person.types("내일 08시 집합")
    person.reach("chosen")
    person.ticks()
    person.goes("보내기 전 확인")
    assert "1명에게 1콜을 씁니다. 남는 콜 11" in person.reads()
    person.goes("보내기")
    assert "문자 1통을 접수했습니다. 1콜을 썼고 11콜이 남았습니다." in person.reads()
    assert person.stands_at()[1] == 200
    assert Message.everything.get().body == "[미르누리설비] 내일 08시 집합"
    assert person.chrome.complaints() == []


SHOWN = "() => [...document.querySelectorAll('.names label')].filter((one) => one.getClientRects().length)" \
    ".map((one) => one.textContent.trim())"  # fmt: skip


def sent_request(member: Member, user: User) -> SendRequest:
    """Three recipients, of whom one was not reached."""
    people = [free_sms.Addressee(f"0100000200{n}", name) for n, name in enumerate(("김소장", "이소장", "박기사"))]
    made = free_sms.send(
        member_id=member.pk, key=uuid4(), text=Text("내일 08시 집합"),
        addressees=people, by=Actor.user(user), at=NOON.replace(hour=9),
    )  # fmt: skip
    failed = Message.everything.get(to="01000002001")
    with transaction.atomic():
        append([Step(failed.pk, ResultState.REFUSED, "bad_number")], gateway="local", at=NOON)
    return made


WRONG = {"text": "http://a.kr", "category": "information", "numbers": "123", "step": "check"}
FILLED = {"text": "자재 특가 안내", "category": "information", "numbers": "01000001000", "step": "check"}
# Fill the form with these values and press its button, so that the page is the answer to a POST.
PRESS = """(values) => {
    const form = document.querySelector('form[data-compose]');
    for (const [name, value] of Object.entries(values)) {
        const field = form.elements[name];
        if (name === 'category') form.querySelector(`[name=category][value=${value}]`).checked = true;
        else if (name !== 'step') field.value = value;
    }
    form.querySelector('[name=step]').click();
}"""


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_모든_화면에_접근성_문제가_없고_옆으로_넘치지_않는다(
    person: Person, live_server: Any, member: Member, user: User, width: int, settings: Any
) -> None:
    settings.SMS_FREE_LMS = settings.SMS_ADVERTISING = True
    settings.SMS_OPT_OUT_NUMBER = "080-000-0000"
    made, contact = sent_request(member, user), Contact.everything.get(name="김소장")
    make_recipient(member, "01000003000")
    waiting = make_recipient(member, "01000003001", "정마루", proof="", proven_at=None)
    send_code(recipient_id=waiting.pk, by=Actor.user(user), at=NOON)
    letter = Draft(
        key="letter", member_id=member.pk, channel=Channel.EMAIL, purpose=Purpose.ISSUED, to="a@example.kr",
        subject="보증서가 발급되었습니다", body="발급했습니다.",
    )  # fmt: skip
    with transaction.atomic():
        queue([letter], at=NOON)
    sit(person, live_server.url, user, width)
    base = live_server.url
    found = {}

    def look(what: str, section: str = "/sms/") -> None:
        person.chrome.wait_address(section)
        found[what] = (person.axe(), person.overflows(), person.stands_at()[1])

    for what, path in {
        "쓰기": "/sms/",
        "다시 쓰기": f"/sms/?again={made.public_id}&contact={contact.public_id}",
        "보낸 문자": "/sms/messages/",
        "알림함": "/mypage/notices/?kind=issued&to=2020-01-01",
        "알림함 모두": "/mypage/notices/",
        "수신자": "/mypage/recipients/",
        "보낸 문자 하나": f"/sms/messages/{made.public_id}/",
        "주소록": "/sms/contacts/",
        "여러 명": "/sms/contacts/many/",
        "한 명": f"/sms/contacts/{contact.public_id}/",
    }.items():
        person.chrome.open(f"{base}{path}")
        look(what, path[: path.index("/", 1) + 1])
    for what, values, words in (("틀린 글", WRONG, "1번째 ‘123’"), ("확인", FILLED, "보내기 전 확인")):
        person.chrome.open(f"{base}/sms/")
        person.chrome.page.run(PRESS, values)
        person.chrome.page.wait_text("main", words)
        look(what)
    assert found == dict.fromkeys(found, ([], False, 200))
    assert person.chrome.complaints() == []
