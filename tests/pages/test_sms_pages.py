"""The messaging pages: who may open them, what they say, and that they work without JavaScript."""

import csv
import re
from html import unescape
from io import StringIO

import pytest
from django.test import Client
from django.utils.html import strip_tags

from portal import clock
from portal.members.models import Member, User
from portal.members.roles import Role
from sms.actions.mileage import earn
from sms.models import Message, Reception, ReceptionChange, Recipient, SenderNumber
from tests.factories import at, make_branch, make_member, make_recipient, make_user

pytestmark = pytest.mark.django_db
PAGES = [
    "/sms/",
    "/sms/messages/",
    "/sms/contacts/",
    "/sms/contacts/many/",
    "/sms/statement/",
    "/mypage/",
    "/mypage/recipients/",
    "/mypage/notices/",
]
NOON = at("2026-11-23 12:00")  # 월


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views ask the clock; here it is Monday noon."""
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def member() -> Member:
    SenderNumber.objects.create(number="020000000", owner="조합", is_default=True)
    return make_member(
        sms_name="미르누리설비", representative_name="김가온", representative_mobile="01000009000",
        contact_name="최누리", contact_mobile="01000009001",
    )  # fmt: skip


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="portal.members.login.MemberBackend")
    return client


def clerk_of(member: Member) -> Client:
    return browser(make_user(Role.MEMBER_USER, member=member))


def rep_of(member: Member) -> Client:
    return browser(make_user(Role.MEMBER_REP, member=member))


def give(member: Member, calls: int) -> None:
    for n in range(calls):
        earn(member_id=member.pk, source=f"{member.pk}:{n}", label="계약보증 C1-000123", at=at("2026-06-10 10:00"))


def words(response) -> str:
    """What a reader sees, white space folded."""
    return " ".join(strip_tags(response.content.decode()).split())


def hidden_inputs(response) -> dict[str, list[str]]:
    """The hidden fields of the main form, as a browser would send them."""
    found: dict[str, list[str]] = {}
    form = response.content.decode().split("<main", 1)[1]
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name[1] != "csrfmiddlewaretoken":
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    return found


# 누가 여는가


@pytest.mark.parametrize("url", PAGES)
def test_접근(url: str, member: Member) -> None:
    anonymous = Client().get(url)
    assert (anonymous.status_code, anonymous["Location"]) == (302, f"/accounts/login/?next={url}")
    allowed = [make_user(role, member=member) for role in (Role.MEMBER_USER, Role.MEMBER_REP)]
    staff = [
        make_user(Role.BRANCH_OFFICER, branch=member.branch),
        make_user(Role.BRANCH_OFFICER, branch=make_branch()),
        make_user(Role.HQ_UNDERWRITER),
        make_user(Role.IT_SUPPORT),
    ]
    assert [browser(user).get(url).status_code for user in allowed] == [200, 200]
    assert [browser(user).get(url).status_code for user in staff] == [404] * 4
    assert browser(make_user(member=member)).get(url).status_code == 403


@pytest.mark.parametrize("url", PAGES)
def test_아무것도_없는_회사도_볼_수_있다(url: str) -> None:
    member = make_member(representative_mobile="", representative_email="", sms_name="")
    assert clerk_of(member).get(url).status_code == 200


@pytest.mark.parametrize("url", ["/sms/messages/", "/sms/statement/", "/mypage/", "/mypage/notices/"])
def test_보기만_하는_화면은_쓰기를_받지_않는다(url: str, member: Member) -> None:
    assert clerk_of(member).post(url).status_code == 405


def test_위조된_요청은_받지_않는다(member: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(Role.MEMBER_REP, member=member), backend="portal.members.login.MemberBackend")
    assert client.post("/sms/", {"text": "안내", "numbers": "01000001000", "step": "send"}).status_code == 403
    assert client.post("/mypage/recipients/", {"do": "opt_out"}).status_code == 403


# 질의 수


# Two find out who it is and which company.
QUERIES = {"/sms/statement/": 10, "/sms/messages/": 4, "/mypage/": 6, "/mypage/recipients/": 6}


@pytest.mark.parametrize("url", QUERIES)
def test_화면의_질의_수(url: str, member: Member, django_assert_num_queries) -> None:
    give(member, 3)
    for n in range(5):
        make_recipient(member, f"0100000{n:04d}", f"추가{n}")
    client = rep_of(member)
    client.get(url)
    with django_assert_num_queries(QUERIES[url]):
        client.get(url)


# 내역


def test_내역서와_CSV(member: Member) -> None:
    give(member, 3)
    first = member.lots.earliest("id")
    late = earn(member_id=member.pk, source="x", label="=HYPERLINK(1)", at=at("2026-11-02 09:00"))
    client = clerk_of(member)
    check = client.post(
        "/sms/", {"text": "안내", "category": "information", "chosen": ["01000009001"], "step": "check"}
    )
    client.post("/sms/", {**hidden_inputs(check), "step": "send"})
    page = words(client.get("/sms/statement/"))
    assert "2026년 11월" in page
    assert "문자메시지 발송 → 최누리 (담당자) 010-****-9001" in page
    file = client.get("/sms/statement/?month=2026-11&as=csv")
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert file["Content-Disposition"] == 'attachment; filename="mileage-2026-11.csv"'
    assert list(csv.reader(StringIO(file.content.decode("utf-8-sig")))) == [
        ["일시", "구분", "내용", "콜", "적립분", "사용 기한", "잔액"],
        ["2026-11-01", "이월", "", "", "", "", "3"],
        ["2026-11-02 09:00", "적립", "'=HYPERLINK(1)", "1", f"261102-{late.pk}", "2027-11-02", "4"],
        [
            "2026-11-23 12:00",
            "사용",
            "문자메시지 발송 → 최누리 (담당자) 010-****-9001",
            "-1",
            f"260610-{first.pk}",
            "2027-06-10",
            "3",
        ],
        ["2026-11-30", "잔액", "", "", "", "", "3"],
    ]


@pytest.mark.parametrize(
    ("month", "shown"),
    [("2026-06", "2026년 6월"), ("2026-05", "2026년 11월"), ("2027-01", "2026년 11월"), ("x", "2026년 11월")],
)
def test_내역이_있는_달만_고를_수_있다(member: Member, month: str, shown: str) -> None:
    give(member, 1)
    page = clerk_of(member).get("/sms/statement/", {"month": month}).content.decode()
    assert f"<h2>{shown}</h2>" in page
    assert page.count("<option") == 6


# 마이페이지


def test_마이페이지는_회사와_수신자를_보여_준다(member: Member) -> None:
    give(member, 2)
    page = words(clerk_of(member).get("/mypage/"))
    assert member.name in page
    assert "최누리 · 010-0000-9001" in page
    assert "문자메시지 마일리지2콜" in page
    assert "보증해제대상 안내 수신자1명" in page
    assert member.branch.phone in page


def test_대표는_수신거부하고_다시_받는다(member: Member) -> None:
    client = rep_of(member)
    out = client.post("/mypage/recipients/", {"do": "opt_out"}, follow=True)
    assert "대표이사 앞 안내 문자의 수신을 거부했습니다." in words(out)
    assert "지금은 아무도 보증해제대상 안내 문자를 받지 않습니다" in words(out)
    assert "대표이사 수신거부" in words(out)
    back = client.post("/mypage/recipients/", {"do": "opt_in"}, follow=True)
    assert "지금 보증해제대상 안내 문자를 받는 분은 1명입니다." in words(back)
    assert ReceptionChange.everything.count() == 2


def test_담당자에게는_수신거부_단추가_없고_보내도_거절한다(member: Member) -> None:
    client = clerk_of(member)
    page = client.get("/mypage/recipients/")
    assert b'value="opt_out"' not in page.content
    assert f"관할 지점 {member.branch.name} {member.branch.phone}에 전화로" in words(page)
    refused = client.post("/mypage/recipients/", {"do": "opt_out"}, follow=True)
    assert "조합원 대표 계정으로 직접 하시거나" in words(refused)
    assert (Reception.everything.count(), ReceptionChange.everything.count()) == (0, 0)


TYPED = {
    "do": "add", "name": "박다솜", "role": "공무팀장", "mobile": "０１０-0000-1000",
    "kinds": ["expiry", "results"], "consented": "on",
}  # fmt: skip


def code_sent() -> str:
    (code,) = re.findall(r"[0-9]{6}", Message.everything.filter(purpose="one_time_code").latest("id").body)
    return code


def ask(client: Client, do: str, **fields: object) -> str:
    """What the page says after one of its buttons."""
    return words(client.post("/mypage/recipients/", {"do": do, **fields}, follow=True))


def test_담당자가_수신자를_추가하고_인증번호로_확인하고_삭제한다(member: Member) -> None:
    client = clerk_of(member)
    added = words(client.post("/mypage/recipients/", TYPED, follow=True))
    assert "박다솜 님을 수신자로 추가하고 인증번호를 문자로 보냈습니다." in added
    assert "번호를 확인하지 않은 수신자가 있습니다" in added
    assert "번호 확인 전" in added
    assert "지금 보증해제대상 안내 문자를 받는 분은 1명입니다." in added
    person = Recipient.everything.get().pk
    wrong = f"{(int(code_sent()) + 1) % 1_000_000:06d}"
    assert "4번 더 입력할 수 있습니다." in ask(client, "prove", recipient=person, code=wrong)
    proven = ask(client, "prove", recipient=person, code=code_sent())
    assert "이제부터 보증해제대상 안내, 신청 결과 문자를 받습니다." in proven
    assert "지금 보증해제대상 안내 문자를 받는 분은 2명입니다." in proven
    assert "문자 인증 2026. 11. 23.(월)" in proven
    assert "번호 확인 · 박다솜 010-0000-1000문자로 받은 인증번호로 확인" in proven
    assert "이미 확인한 번호입니다." in ask(client, "send_code", recipient=person)
    changed = ask(client, "change", recipient=person, kinds=["mileage"])
    assert "박다솜 님이 받는 안내: 마일리지 소멸 안내." in changed
    assert "보증해제대상 안내, 신청 결과 → 마일리지 소멸 안내" in changed
    assert "받을 안내를 하나 이상 골라 주세요." in ask(client, "change", recipient=person)
    removed = ask(client, "remove", recipient=person)
    assert "박다솜 님은 이제 안내 문자를 받지 않습니다." in removed
    assert "수신자 삭제 · 박다솜 010-0000-1000" in removed
    assert "이미 삭제된 수신자입니다." in ask(client, "send_code", recipient=person)


def test_인증번호는_한_번호에_10분에_세_번까지_보낸다(member: Member) -> None:
    client = clerk_of(member)
    client.post("/mypage/recipients/", TYPED)
    person = Recipient.everything.get().pk
    for _ in range(2):
        assert "인증번호를 문자로 보냈습니다." in ask(client, "send_code", recipient=person)
    assert "10분 뒤에 다시 받아 주세요." in ask(client, "send_code", recipient=person)
    ask(client, "remove", recipient=person)
    again = words(client.post("/mypage/recipients/", TYPED, follow=True))
    assert "추가했지만 인증번호는 보내지 못했습니다. 인증번호를 너무 자주 요청했습니다." in again
    assert Message.everything.filter(purpose="one_time_code").count() == 3


@pytest.mark.parametrize(
    ("_case", "change", "sentence"),
    [
        ("동의 없음", {"consented": ""}, "받는 분의 동의를 확인해 주세요."),
        ("받을 안내 없음", {"kinds": []}, "받을 안내를 하나 이상 골라 주세요."),
        ("이름 없음", {"name": ""}, "받는 분의 이름을 입력해 주세요."),
        ("번호가 아님", {"mobile": "02-000-0000"}, "휴대폰번호가 아닙니다."),
        ("대표이사 번호", {"mobile": "010-0000-9000"}, "대표이사 휴대폰과 같은 번호입니다."),
    ],
)
def test_추가할_수_없으면_까닭과_함께_쓴_내용을_돌려준다(
    member: Member, _case: str, change: dict[str, str], sentence: str
) -> None:
    response = clerk_of(member).post("/mypage/recipients/", {**TYPED, **change})
    assert response.status_code == 200
    assert sentence in words(response)
    assert 'value="공무팀장"' in response.content.decode()
    assert Recipient.everything.count() == 0


@pytest.mark.parametrize("recipient", ["", "0", "-1", "x", "９", "9" * 30])
def test_남의_수신자와_없는_수신자에는_아무것도_하지_못한다(member: Member, recipient: str) -> None:
    stranger = make_recipient(make_member(), "01000005000", "남")
    client = rep_of(member)
    for do in ("remove", "change", "prove", "send_code"):
        assert client.post("/mypage/recipients/", {"do": do, "recipient": stranger.pk}).status_code == 404
        assert client.post("/mypage/recipients/", {"do": do, "recipient": recipient}).status_code == 404
    assert Recipient.everything.get().is_active


def test_모르는_일은_하지_않는다(member: Member) -> None:
    assert rep_of(member).post("/mypage/recipients/", {"do": "grant"}).status_code == 404


@pytest.mark.parametrize("url", PAGES)
def test_이름에_든_표시는_그대로_글자로_보인다(url: str, member: Member) -> None:
    member.name = member.sms_name = member.representative_name = "<b>김&"
    member.save()
    assert b"<b>\xea\xb9\x80&" not in rep_of(member).get(url).content
