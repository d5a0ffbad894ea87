"""The messaging pages: who may open them, what they say, and that they work without JavaScript."""

import csv
import re
from datetime import timedelta
from html import unescape
from io import StringIO

import pytest
from django.test import Client
from django.utils.html import strip_tags

from portal import clock
from portal.members.models import Member, User
from portal.members.roles import Role
from sms.actions.mileage import earn
from sms.models import Message, Reception, ReceptionChange, Recipient, SenderNumber, Spend
from sms.rules.free_sms import SECONDS_BETWEEN
from tests.factories import at, make_branch, make_member, make_user

pytestmark = pytest.mark.django_db
PAGES = ["/sms/", "/sms/messages/", "/sms/statement/", "/mypage/", "/mypage/recipients/"]
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


@pytest.mark.parametrize("url", ["/sms/messages/", "/sms/statement/", "/mypage/"])
def test_보기만_하는_화면은_쓰기를_받지_않는다(url: str, member: Member) -> None:
    assert clerk_of(member).post(url).status_code == 405


def test_위조된_요청은_받지_않는다(member: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(Role.MEMBER_REP, member=member), backend="portal.members.login.MemberBackend")
    assert client.post("/sms/", {"text": "안내", "numbers": "01000001000", "step": "send"}).status_code == 403
    assert client.post("/mypage/recipients/", {"do": "opt_out"}).status_code == 403


# 보내기


def test_잔액과_먼저_소멸할_날을_보여_준다(member: Member) -> None:
    give(member, 10)
    page = words(clerk_of(member).get("/sms/"))
    assert "남은 마일리지10콜" in page
    assert "2027. 6. 10.(목)까지 쓸 수 있습니다" in page
    assert "무료" in page
    assert "020000000이며 바꿀 수 없습니다" in page
    assert "회사 이름 [미르누리설비] 다음에 내용이 이어집니다." in page


def test_확인하고_보내면_받는_사람마다_한_통이_남는다(member: Member) -> None:
    give(member, 10)
    client = clerk_of(member)
    typed = {
        "text": "내일 08시 집합\n안전모 지참", "chosen": ["01000009001"],
        "numbers": "010-0000-1000, 010-0000-1001\n01000001000",
    }  # fmt: skip
    check = client.post("/sms/", {**typed, "step": "check"})
    page = words(check)
    assert "3명에게 3콜을 씁니다. 남는 콜 7" in page
    assert "두 번 적힌 번호 1개는 한 번만 보냅니다." in page
    assert "[미르누리설비] 내일 08시 집합 안전모 지참" in page
    assert (Message.everything.count(), Spend.everything.count()) == (0, 0)

    again = hidden_inputs(check)
    sent = client.post("/sms/", {**again, "step": "send"}, follow=True)
    assert sent.redirect_chain == [("/sms/messages/", 302)]
    assert "문자 3통을 접수했습니다. 3콜을 썼고 7콜이 남았습니다." in words(sent)
    assert set(Message.everything.values_list("to", "recipient_name")) == {
        ("01000009001", "최누리 (담당자)"), ("01000001000", ""), ("01000001001", ""),
    }  # fmt: skip
    assert Message.everything.first().body == "[미르누리설비] 내일 08시 집합\n안전모 지참"

    twice = client.post("/sms/", {**again, "step": "send"}, follow=True)
    assert "문자 3통을 접수했습니다. 3콜을 썼고 7콜이 남았습니다." in words(twice)
    assert (Message.everything.count(), Spend.everything.count()) == (3, 1)


def test_확인할_때마다_새_요청이고_고치기로_돌아가면_쓴_내용이_남는다(member: Member) -> None:
    give(member, 3)
    client = clerk_of(member)
    typed = {"text": "안내", "numbers": "01000001000", "step": "check"}
    first, second = (hidden_inputs(client.post("/sms/", typed)) for _ in range(2))
    assert first["key"] != second["key"]
    back = client.post("/sms/", {**first, "step": "edit"}).content.decode()
    assert "안내</textarea>" in back
    assert "01000001000</textarea>" in back
    assert "입력한 내용을 확인해 주세요" not in back


@pytest.mark.parametrize(
    ("_case", "text", "numbers", "sentence"),
    [
        ("콜이 모자람", "안내", "01000001000,01000001001,01000001002", "3콜이 필요한데 2콜이 남아 있습니다."),
        ("내용 없음", "  ", "01000001000", "보낼 내용"),
        ("받는 사람 없음", "안내", "", "받는 사람이 없습니다."),
        ("번호가 아님", "안내", "01000001000, 123", "2번째 ‘123’: 휴대폰번호가 아닙니다."),
        ("보낼 수 없는 글자", "뷁 현장", "01000001000", "보낼 수 없는 글자가 있습니다: ‘뷁’."),
        ("91바이트", "a" * 76, "01000001000", "회사 이름까지 더해 91바이트입니다."),
        ("광고", "(광고) 특가", "01000001000", "광고 문자는 이 서비스로 보낼 수 없습니다."),
        ("주소", "http://a.kr", "01000001000", "인터넷 주소는 문자에 넣을 수 없습니다."),
        ("101명", "안내", ",".join(f"0100000{n:04d}" for n in range(101)), "받는 사람이 101명입니다."),
    ],
)
@pytest.mark.parametrize("step", ["check", "send"])
def test_보낼_수_없으면_까닭과_함께_쓴_내용을_돌려준다(
    member: Member, step: str, _case: str, text: str, numbers: str, sentence: str
) -> None:
    give(member, 2)
    key = "11111111-1111-4111-8111-111111111111"
    response = clerk_of(member).post("/sms/", {"text": text, "numbers": numbers, "key": key, "step": step})
    assert response.status_code == 200
    assert sentence in words(response)
    assert (Message.everything.count(), Spend.everything.count()) == (0, 0)


def test_밤에는_보낼_수_없다고_미리_말한다(member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    give(member, 1)
    monkeypatch.setattr(clock, "now", lambda: at("2026-11-23 21:00"))
    client = clerk_of(member)
    assert "지금은 보낼 수 없는 시간입니다" in words(client.get("/sms/"))
    refused = client.post("/sms/", {"text": "안내", "numbers": "01000001000", "step": "check"})
    assert "문자는 08:00부터 21:00 전까지 보낼 수 있습니다." in words(refused)


def test_등록되지_않은_사람은_고를_수_없다(member: Member) -> None:
    give(member, 1)
    response = clerk_of(member).post("/sms/", {"text": "안내", "chosen": ["01000007777"], "step": "check"})
    assert "고른 사람이 더 이상 등록되어 있지 않습니다." in words(response)


# 보낸 문자


def test_보낸_문자는_우리_회사_것만_보이고_번호는_가려진다(member: Member) -> None:
    other = make_member(sms_name="남의회사")
    for company, number in ((member, "01000001000"), (other, "01000002000")):
        give(company, 1)
        client = clerk_of(company)
        check = client.post("/sms/", {"text": f"{company.sms_name} 안내", "numbers": number, "step": "check"})
        client.post("/sms/", {**hidden_inputs(check), "step": "send"})
    page = words(clerk_of(member).get("/sms/messages/"))
    assert "보낸 문자 1건" in page
    assert "010-****-1000" in page
    assert "발송 대기" in page
    assert "남의회사" not in page
    assert "010-0000-1000" not in page


def test_조합이_보낸_안내는_따로_본다(member: Member) -> None:
    client = rep_of(member)
    client.post("/mypage/recipients/", {"do": "opt_out"})
    assert "보낸 문자가 없습니다" in words(client.get("/sms/messages/"))
    page = words(client.get("/sms/messages/?kind=notices"))
    assert "조합이 보낸 안내 2건" in page
    assert "수신거부 확인" in page


def test_보낸_문자_화면의_질의_수는_건수와_상관없다(member: Member, django_assert_num_queries) -> None:
    give(member, 20)
    client = clerk_of(member)
    counts = []
    for people in (1, 19):
        numbers = ",".join(f"0100{people:03d}{n:04d}" for n in range(people))
        check = client.post("/sms/", {"text": "안내", "numbers": numbers, "step": "check"})
        assert client.post("/sms/", {**hidden_inputs(check), "step": "send"}).status_code == 302
        Spend.everything.update(at=NOON - timedelta(seconds=SECONDS_BETWEEN))
        with django_assert_num_queries(QUERIES["/sms/messages/"]):
            counts.append(client.get("/sms/messages/").content.count(b"010-****"))
    assert counts == [1, 20]


# Four find out who it is and which company; three keep the session alive.
QUERIES = {"/sms/": 11, "/sms/messages/": 10, "/sms/statement/": 14, "/mypage/": 9, "/mypage/recipients/": 11}


@pytest.mark.parametrize("url", [url for url in PAGES if url != "/sms/messages/"])
def test_화면의_질의_수(url: str, member: Member, django_assert_num_queries) -> None:
    give(member, 3)
    for n in range(5):
        Recipient.everything.create(
            member=member, name=f"추가{n}", mobile=f"0100000{n:04d}", consented=True, added_at=NOON
        )
    client = rep_of(member)
    client.get(url)
    with django_assert_num_queries(QUERIES[url]):
        client.get(url)


# 내역


def test_내역서와_CSV(member: Member) -> None:
    give(member, 3)
    earn(member_id=member.pk, source="x", label="=HYPERLINK(1)", at=at("2026-11-02 09:00"))
    client = clerk_of(member)
    check = client.post("/sms/", {"text": "안내", "chosen": ["01000009001"], "step": "check"})
    client.post("/sms/", {**hidden_inputs(check), "step": "send"})
    page = words(client.get("/sms/statement/"))
    assert "2026년 11월" in page
    assert "문자메시지 발송 → 최누리 (담당자) 010-****-9001" in page
    file = client.get("/sms/statement/?month=2026-11&as=csv")
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert file["Content-Disposition"] == 'attachment; filename="mileage-2026-11.csv"'
    assert list(csv.reader(StringIO(file.content.decode("utf-8-sig")))) == [
        ["일시", "구분", "내용", "콜", "사용 기한", "잔액"],
        ["2026-11-01", "이월", "", "", "", "3"],
        ["2026-11-02 09:00", "적립", "'=HYPERLINK(1)", "1", "2027-11-02", "4"],
        ["2026-11-23 12:00", "사용", "문자메시지 발송 → 최누리 (담당자) 010-****-9001", "-1", "2027-06-10", "3"],
        ["2026-11-30", "잔액", "", "", "", "3"],
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
    assert "지금은 아무도 안내 문자를 받지 않습니다" in words(out)
    assert "대표이사 수신거부" in words(out)
    back = client.post("/mypage/recipients/", {"do": "opt_in"}, follow=True)
    assert "지금 안내 문자를 받는 분은 1명입니다." in words(back)
    assert ReceptionChange.everything.count() == 2


def test_담당자에게는_수신거부_단추가_없고_보내도_거절한다(member: Member) -> None:
    client = clerk_of(member)
    page = client.get("/mypage/recipients/")
    assert b'value="opt_out"' not in page.content
    assert f"관할 지점 {member.branch.name} {member.branch.phone}에 전화로" in words(page)
    refused = client.post("/mypage/recipients/", {"do": "opt_out"}, follow=True)
    assert "조합원 대표 계정으로 직접 하시거나" in words(refused)
    assert (Reception.everything.count(), ReceptionChange.everything.count()) == (0, 0)


def test_담당자가_수신자를_추가하고_삭제한다(member: Member) -> None:
    client = clerk_of(member)
    fields = {"do": "add", "name": "박다솜", "role": "공무팀장", "mobile": "０１０-0000-1000", "consented": "on"}
    added = client.post("/mypage/recipients/", fields, follow=True)
    assert "박다솜 님을 수신자로 추가했습니다." in words(added)
    assert "지금 안내 문자를 받는 분은 2명입니다." in words(added)
    person = Recipient.everything.get()
    removed = client.post("/mypage/recipients/", {"do": "remove", "recipient": person.pk}, follow=True)
    assert "박다솜 님은 이제 안내 문자를 받지 않습니다." in words(removed)
    assert "수신자 삭제 · 박다솜 010-0000-1000" in words(removed)


@pytest.mark.parametrize(
    ("_case", "change", "sentence"),
    [
        ("동의 없음", {"consented": ""}, "받는 분의 동의를 확인해 주세요."),
        ("이름 없음", {"name": ""}, "받는 분의 이름을 입력해 주세요."),
        ("번호가 아님", {"mobile": "02-000-0000"}, "휴대폰번호가 아닙니다."),
        ("대표이사 번호", {"mobile": "010-0000-9000"}, "대표이사 휴대폰과 같은 번호입니다."),
    ],
)
def test_추가할_수_없으면_까닭과_함께_쓴_내용을_돌려준다(
    member: Member, _case: str, change: dict[str, str], sentence: str
) -> None:
    fields = {"do": "add", "name": "박다솜", "role": "공무팀장", "mobile": "010-0000-1000", "consented": "on"}
    response = clerk_of(member).post("/mypage/recipients/", {**fields, **change})
    assert response.status_code == 200
    assert sentence in words(response)
    assert 'value="공무팀장"' in response.content.decode()
    assert Recipient.everything.count() == 0


@pytest.mark.parametrize("recipient", ["", "0", "-1", "x", "９", "9" * 30])
def test_남의_수신자와_없는_수신자는_삭제할_수_없다(member: Member, recipient: str) -> None:
    stranger = Recipient.everything.create(
        member=make_member(), name="남", mobile="01000005000", consented=True, added_at=NOON
    )
    client = rep_of(member)
    assert client.post("/mypage/recipients/", {"do": "remove", "recipient": stranger.pk}).status_code == 404
    assert client.post("/mypage/recipients/", {"do": "remove", "recipient": recipient}).status_code == 404
    assert Recipient.everything.get().is_active


def test_모르는_일은_하지_않는다(member: Member) -> None:
    assert rep_of(member).post("/mypage/recipients/", {"do": "grant"}).status_code == 404


@pytest.mark.parametrize("url", PAGES)
def test_이름에_든_표시는_그대로_글자로_보인다(url: str, member: Member) -> None:
    member.name = member.sms_name = member.representative_name = "<b>김&"
    member.save()
    assert b"<b>\xea\xb9\x80&" not in rep_of(member).get(url).content
