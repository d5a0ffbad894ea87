"""문자메시지서비스 on its pages: nothing typed is lost, what it costs is said before, all without JavaScript."""

import csv
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from portal import clock
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import Member
from portal.members.roles import Role
from sms.actions import contacts, links, switching
from sms.actions.mileage import sweep_reservations
from sms.delivery.results import Step, append
from sms.models import Contact, Message, ResultState, SenderNumber, SendRequest, ServiceSwitch, Spend
from sms.rules.phone_lists import Entry as Line
from tests.factories import at, make_member, make_user
from tests.pages.test_sms_pages import NOON, browser, clerk_of, give, hidden_inputs, noon, rep_of, words

__all__ = ["noon"]  # every test here stands at Monday noon, too

pytestmark = pytest.mark.django_db
INFO = {"category": "information"}


@pytest.fixture
def member() -> Member:
    SenderNumber.objects.create(number="020000000", owner="조합", is_default=True)
    return make_member(
        sms_name="미르누리설비", representative_name="김가온", representative_mobile="01000009000",
        contact_name="최누리", contact_mobile="01000009001",
    )  # fmt: skip


def post(client: Client, **typed: Any) -> Any:
    return client.post("/sms/", {"text": "안내", **INFO, "numbers": "01000001000", "step": "check", **typed})


def send(client: Client, **typed: Any) -> SendRequest:
    check = post(client, **typed)
    sent = client.post("/sms/", {**hidden_inputs(check), "step": "send"})
    assert sent.status_code == 302, words(sent)
    return SendRequest.everything.get(public_id=sent["Location"].split("/")[-2])


def know(member: Member, *lines: Line) -> dict[str, Contact]:
    by = Actor.user(make_user(Role.MEMBER_USER, member=member))
    contacts.add_many(member_id=member.pk, entries=lines, consented=True, by=by, at=NOON)
    return {one.name: one for one in Contact.everything.filter(member=member)}


def written() -> tuple[int, int, int]:
    return Message.everything.count(), Spend.everything.count(), SendRequest.everything.count()


# 보내기


def test_잔액과_오늘_남은_통수와_고정된_번호를_보여_준다(member: Member) -> None:
    give(member, 10)
    page = words(clerk_of(member).get("/sms/"))
    assert "남은 마일리지10콜" in page
    assert "2027. 6. 10.(목)까지 쓸 수 있습니다" in page
    assert "등록한 02-000-0000이며 바꿀 수 없습니다" in page
    assert "오늘은 회사가 100통, 내가 50통을 더 보낼 수 있습니다." in page
    assert "[미르누리설비] 내용이 이어집니다" in page
    assert "광고는 지금 보낼 수 없습니다." in page
    assert "인터넷 주소는 넣을 수 없습니다." in page


def test_확인하고_보내면_받는_사람마다_한_통이_남는다(member: Member) -> None:
    give(member, 10)
    client = clerk_of(member)
    check = post(
        client, text="내일 08시 집합\n안전모 지참", chosen=["01000009001"],
        numbers="010-0000-1000, 010-0000-1001\n01000001000",
    )  # fmt: skip
    page = words(check)
    assert "3명에게 3콜을 씁니다. 남는 콜 7" in page
    assert "두 번 적힌 번호 1개는 한 번만 보냅니다." in page
    assert "[미르누리설비] 내일 08시 집합 안전모 지참" in page
    assert "종류는 정보성입니다" in page
    assert written() == (0, 0, 0)

    again = hidden_inputs(check)
    sent = client.post("/sms/", {**again, "step": "send"}, follow=True)
    made = SendRequest.everything.get()
    assert sent.redirect_chain == [(f"/sms/messages/{made.public_id}/", 302)]
    assert "문자 3통을 접수했습니다. 3콜을 썼고 7콜이 남았습니다." in words(sent)
    assert set(Message.everything.values_list("to", "recipient_name")) == {
        ("01000009001", "최누리 (담당자)"), ("01000001000", ""), ("01000001001", ""),
    }  # fmt: skip
    assert Message.everything.first().body == "[미르누리설비] 내일 08시 집합\n안전모 지참"

    twice = client.post("/sms/", {**again, "step": "send"}, follow=True)
    assert "문자 3통을 접수했습니다. 3콜을 썼고 7콜이 남았습니다." in words(twice)
    assert written() == (3, 1, 1)


def test_주소록의_사람과_그룹에게_보낸다(member: Member) -> None:
    give(member, 10)
    book = know(
        member, Line("김소장", "01000002000", "현장소장"), Line("이소장", "01000002001", "현장소장"),
        Line("박기사", "01000002002"), Line("최기사", "01000002003"),
    )  # fmt: skip
    picked = [str(book["박기사"].public_id), str(book["김소장"].public_id)]
    check = post(clerk_of(member), groups=["현장소장"], contacts=picked, numbers="010-0000-2001")
    assert "3명에게 3콜을 씁니다." in words(check)
    assert "두 번 적힌 번호 1개는" in words(check)
    send(clerk_of(member), groups=["현장소장"], contacts=picked, numbers="")
    assert set(Message.everything.values_list("to", "recipient_name")) == {
        ("01000002000", "김소장"), ("01000002001", "이소장"), ("01000002002", "박기사"),
    }  # fmt: skip


def test_확인할_때마다_새_요청이고_고치기로_돌아가면_쓴_내용이_남는다(member: Member) -> None:
    give(member, 3)
    book = know(member, Line("김소장", "01000002000", "현장소장"))
    client = clerk_of(member)
    typed = {"contacts": [str(book["김소장"].public_id)], "groups": ["현장소장"]}
    first, second = (hidden_inputs(post(client, **typed)) for _ in range(2))
    assert first["key"] != second["key"]
    back = client.post("/sms/", {**first, "step": "edit"}).content.decode()
    assert "안내</textarea>" in back
    assert "01000001000</textarea>" in back
    assert back.count(" checked") == 3
    assert "입력한 내용을 확인해 주세요" not in back


@pytest.mark.parametrize(
    ("_case", "typed", "sentence"),
    [
        (
            "콜이 모자람", {"numbers": "01000001000,01000001001,01000001002"},
            "3콜이 필요한데 2콜이 남아 있습니다.",
        ),
        ("내용 없음", {"text": "  "}, "보낼 내용"),
        ("종류 없음", {"category": ""}, "정보성인지 광고인지 골라 주세요."),
        ("받는 사람 없음", {"numbers": ""}, "받는 사람이 없습니다."),
        ("번호가 아님", {"numbers": "01000001000, 123"}, "2번째 ‘123’: 휴대폰번호가 아닙니다."),
        ("보낼 수 없는 글자", {"text": "뷁 현장"}, "보낼 수 없는 글자가 있습니다: ‘뷁’."),
        ("91바이트", {"text": "a" * 76}, "회사 이름과 표시까지 더해 91바이트입니다."),
        ("장문이 꺼져 있는데 장문", {"text": "a" * 76, "kind": "lms"}, "장문 문자(LMS)는 보내지 않습니다."),
        ("정보성이라며 광고", {"text": "(광고) 특가"}, "내용이 광고 표시로 시작하는데 정보성 문자로"),
        ("광고가 꺼져 있음", {"category": "advertising"}, "광고 문자는 지금 보낼 수 없습니다."),
        ("주소", {"text": "http://a.kr"}, "인터넷 주소는 문자에 넣을 수 없습니다: a.kr."),
        ("101명", {"numbers": ",".join(f"0100000{n:04d}" for n in range(101))}, "받는 사람이 101명입니다."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", ["check", "send"])
def test_보낼_수_없으면_까닭과_함께_쓴_내용을_돌려준다(
    member: Member, step: str, _case: str, typed: dict[str, str], sentence: str
) -> None:
    give(member, 2)
    given = {"text": "안내", "numbers": "01000001000", **typed}
    response = post(clerk_of(member), **given, key="11111111-1111-4111-8111-111111111111", step=step)
    assert response.status_code == 200
    assert sentence in words(response)
    page = response.content.decode()
    assert f"{given['text']}</textarea>" in page
    assert f"{given['numbers']}</textarea>" in page
    assert written() == (0, 0, 0)


def test_밤에는_보낼_수_없다고_미리_말한다(member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    give(member, 1)
    monkeypatch.setattr(clock, "now", lambda: at("2026-11-23 21:00"))
    client = clerk_of(member)
    assert "지금은 보낼 수 없는 시간입니다" in words(client.get("/sms/"))
    assert "문자는 08:00부터 21:00 전까지 보낼 수 있습니다." in words(post(client))


def test_꺼져_있으면_까닭을_미리_말한다(member: Member) -> None:
    give(member, 1)
    staff = Actor.user(make_user(Role.IT_SUPPORT))
    switching.switch(on=False, reason="통신사 점검 중입니다.", by=staff, at=NOON)
    client = clerk_of(member)
    for page in (words(client.get("/sms/")), words(post(client))):
        assert "사유: 통신사 점검 중입니다. 언제 다시 여는지는 아직 정해지지 않았고" in page
    assert written() == (0, 0, 0)


def test_발신번호가_없으면_미리_말한다(member: Member) -> None:
    give(member, 1)
    SenderNumber.objects.update(is_default=False)
    client = clerk_of(member)
    for page in (words(client.get("/sms/")), words(post(client))):
        assert "지금은 조합의 등록된 발신번호가 없어 문자를 보낼 수 없습니다." in page


@pytest.mark.parametrize("field", ["chosen", "contacts", "groups"])
def test_남의_사람과_없는_사람은_고를_수_없다(member: Member, field: str) -> None:
    give(member, 1)
    theirs = know(make_member(), Line("남", "01000007777", "남의그룹"))["남"]
    value = {"chosen": "01000007777", "contacts": str(theirs.public_id), "groups": "남의그룹"}[field]
    response = post(clerk_of(member), **{field: [value]})
    assert "다시 골라 주세요." in words(response)
    assert "입력한 내용을 확인해 주세요" in words(response)


def test_장문과_광고는_켜면_고를_수_있다(member: Member, settings: Any) -> None:
    settings.SMS_FREE_LMS = settings.SMS_ADVERTISING = True
    settings.SMS_OPT_OUT_NUMBER = "080-000-0000"
    give(member, 6)
    client = clerk_of(member)
    check = post(client, text="a" * 80, kind="lms")
    assert "1명에게 3콜을 씁니다. 남는 콜 3" in words(check)
    assert "장문이라 한 사람에 3콜입니다." in words(check)
    assert "95 / 2000바이트" in words(check)
    unsure = post(client, text="여름 할인", category="advertising")
    assert "광고는 미리 동의한 분에게만 보낼 수 있습니다." in words(unsure)
    check = post(client, text="여름 할인", category="advertising", ad_consent="on")
    assert "(광고)미르누리설비 010-0000-9001 여름 할인 무료수신거부 080-000-0000" in words(check)
    made = send(client, text="여름 할인", category="advertising", ad_consent="on")
    assert (made.category, made.has_ad_consent) == ("advertising", True)


def test_광고로_보이는_말은_확인_화면에서_알려_준다(member: Member) -> None:
    give(member, 1)
    page = words(post(clerk_of(member), text="자재 특가 안내"))
    assert "광고로 보일 수 있는 말이 있습니다" in page
    assert "‘특가’" in page
    assert "1명에게 1콜을 씁니다." in page


def test_허용된_도메인은_화면에_적혀_있다(member: Member) -> None:
    officer = Actor.user(make_user(Role.BRANCH_OFFICER, branch=member.branch))
    links.allow(member_id=member.pk, domains=["example.co.kr"], reason="도면", by=officer, at=NOON)
    assert "인터넷 주소는 example.co.kr만 넣을 수 있습니다." in words(clerk_of(member).get("/sms/"))


# 보낸 문자


def fail(*tos: str) -> None:
    ids = Message.everything.filter(to__in=tos).values_list("pk", flat=True)
    with transaction.atomic():
        append([Step(one, ResultState.REFUSED, "bad_number") for one in ids], gateway="local", at=NOON)


def test_보낸_문자는_우리_회사_것만_보이고_번호는_가려진다(member: Member) -> None:
    other = make_member(sms_name="남의회사")
    for company, number in ((member, "01000001000"), (other, "01000002000")):
        give(company, 1)
        send(clerk_of(company), text=f"{company.sms_name} 안내", numbers=number)
    client = clerk_of(member)
    page = words(client.get("/sms/messages/"))
    assert "보낸 문자 1건" in page
    assert "보내는 중 1" in page
    made = SendRequest.everything.get(member=member)
    detail = words(client.get(f"/sms/messages/{made.public_id}/"))
    assert "010-****-1000" in detail
    assert "발송 대기" in detail
    for text in (page, detail):
        assert "남의회사" not in text
        assert "010-0000-1000" not in text
    theirs = SendRequest.everything.get(member=other)
    assert client.get(f"/sms/messages/{theirs.public_id}/").status_code == 404


def test_도착하지_않은_것만_골라_보고_그분들에게만_다시_쓴다(member: Member) -> None:
    give(member, 9)
    client = clerk_of(member)
    first = send(client, text="첫 안내", numbers="01000001000,01000001001,01000001002")
    second_day = at("2026-11-24 12:00")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: second_day)
        send(client, text="둘째 안내", numbers="01000001003")
    fail("01000001001", "01000001002")
    listed = words(client.get("/sms/messages/?state=failed"))
    assert "첫 안내" in listed
    assert "둘째 안내" not in listed
    assert "도착하지 않음 2" in listed
    url = f"/sms/messages/{first.public_id}/"
    failed = words(client.get(f"{url}?state=failed"))
    assert "받는 사람 2명" in failed
    assert "없는 번호이거나 휴대폰 번호가 아닙니다" in failed
    assert "010-****-1000" not in failed
    again = client.get("/sms/", {"again": first.public_id}).content.decode()
    assert "첫 안내</textarea>" in again
    assert "010-0000-1001\n010-0000-1002</textarea>" in again
    assert again.count(" checked") == 1  # what it was declared as
    know(member, Line("김소장", "01000001002"))
    again = client.get("/sms/", {"again": first.public_id}).content.decode()
    assert "010-0000-1001</textarea>" in again
    assert again.count(" checked") == 2


def test_글과_번호가_함께_틀리면_둘_다_말한다(member: Member) -> None:
    page = words(post(clerk_of(member), text="http://a.kr", numbers="123"))
    assert "1번째 ‘123’: 휴대폰번호가 아닙니다." in page
    assert "인터넷 주소는 문자에 넣을 수 없습니다: a.kr." in page


@pytest.mark.parametrize("value", ["남의 것", "없는 것", "x", ""])
def test_다시_쓰기는_남의_문자를_보여_주지_않는다(member: Member, value: str) -> None:
    other = make_member()
    give(other, 1)
    theirs = send(clerk_of(other), text="남의 글")
    asked = {"남의 것": theirs.public_id, "없는 것": uuid4()}.get(value, value)
    page = clerk_of(member).get("/sms/", {"again": asked, "contact": str(asked), "group": "x"})
    assert page.status_code == 200
    assert "남의 글" not in page.content.decode()


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("집합", True),
        ("최누리", True),
        ("010-0000-9001", True),
        ("없는 말", False),
        ("01000009999", False),
        ("\x00", True),
    ],
)
def test_내용과_이름과_번호로_찾는다(member: Member, q: str, found: bool) -> None:
    give(member, 1)
    client = clerk_of(member)
    send(client, text="내일 집합", chosen=["01000009001"], numbers="")
    page = words(client.get("/sms/messages/", {"q": q}))
    assert ("내일 집합" in page) is found
    assert ("찾는 문자가 없습니다" in page) is not found


def test_돌려받은_콜을_보여_준다(member: Member) -> None:
    give(member, 2)
    client = clerk_of(member)
    made = send(client, numbers="01000001000,01000001001")
    fail("01000001001")
    assert sweep_reservations(NOON) == 1
    page = words(client.get(f"/sms/messages/{made.public_id}/"))
    assert "도착하지 않은 문자의 1콜을 돌려드렸습니다." in page
    assert "1콜 환불" in page
    assert "1콜 환불" in words(client.get("/sms/messages/"))


def test_꺼져_있는_동안_기다리는_문자는_보류로_보인다(member: Member) -> None:
    give(member, 1)
    client = clerk_of(member)
    made = send(client)
    switching.switch(on=False, reason="점검", by=Actor.user(make_user(Role.IT_SUPPORT)), at=NOON)
    page = words(client.get(f"/sms/messages/{made.public_id}/"))
    assert "보류" in page
    assert "문자메시지서비스가 다시 열리면 보냅니다" in page


def test_조합이_보낸_안내는_따로_본다(member: Member) -> None:
    client = rep_of(member)
    client.post("/mypage/recipients/", {"do": "opt_out"})
    assert "보낸 문자가 없습니다" in words(client.get("/sms/messages/"))
    page = words(client.get("/mypage/notices/"))
    assert "조합이 보낸 안내 2건" in page
    assert "수신거부 확인" in page


def test_보낸_문자_화면의_질의_수는_건수와_상관없다(
    member: Member, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(member, 20)
    client = clerk_of(member)
    for place, people in enumerate((1, 15), start=1):
        now = at(f"2026-11-23 1{place}:00")
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        send(client, numbers=",".join(f"0100{people:03d}{n:04d}" for n in range(people)))
        client.get("/sms/messages/")
        with django_assert_num_queries(QUERIES["/sms/messages/"]):
            page = client.get("/sms/messages/")
        assert words(page).count("보내는 중") == place


# Two find out who it is and which company.
QUERIES = {"/sms/": 12, "/sms/messages/": 8, "/sms/contacts/": 6}


@pytest.mark.parametrize("url", ["/sms/", "/sms/contacts/"])
def test_화면의_질의_수(url: str, member: Member, django_assert_num_queries: Any) -> None:
    know(member, *(Line(f"사람{n}", f"0100000{n:04d}", f"그룹{n % 3}") for n in range(30)))
    client = rep_of(member)
    client.get(url)
    with django_assert_num_queries(QUERIES[url]):
        client.get(url)


# 주소록


def fields(**changes: str) -> dict[str, str]:
    typed = {
        "name": "박다솜",
        "mobile": "０１０-0000-1000",
        "group": "현장소장",
        "memo": "3공구",
        "consented": "on",
    }
    return {**typed, **changes}


def test_한_명을_넣고_찾고_고치고_삭제한다(member: Member) -> None:
    client = clerk_of(member)
    assert "주소록이 비어 있습니다" in words(client.get("/sms/contacts/"))
    added = client.post("/sms/contacts/", fields(), follow=True)
    assert "박다솜 님을 주소록에 넣었습니다." in words(added)
    assert "010-0000-1000" in words(added)
    person = Contact.everything.get()
    for query in ({"q": "다솜"}, {"q": "0000-1000"}, {"q": "공구"}, {"group": "현장소장"}):
        assert "찾은 사람 1명" in words(client.get("/sms/contacts/", query))
    for query in ({"q": "없는"}, {"group": "없는"}, {"q": "9999"}):
        assert "찾는 사람이 없습니다" in words(client.get("/sms/contacts/", query))
    url = f"/sms/contacts/{person.public_id}/"
    changed = client.post(url, {**fields(mobile="010-0000-1009"), "do": "save"}, follow=True)
    assert "010-0000-1009" in words(changed)
    gone = client.post(url, {"do": "remove"}, follow=True)
    assert "박다솜 님을 주소록에서 삭제했습니다." in words(gone)
    assert client.get(url).status_code == 404
    assert client.post(url, {"do": "remove"}).status_code == 404


@pytest.mark.parametrize(
    ("_case", "change", "sentence"),
    [
        ("동의 없음", {"consented": ""}, "등록하는 분의 동의를 확인해 주세요."),
        ("이름 없음", {"name": ""}, "이름을 입력해 주세요."),
        ("번호가 아님", {"mobile": "02-000-0000"}, "휴대폰번호가 아닙니다."),
        ("있는 번호", {"mobile": "01000002000"}, "김소장 님의 번호로 이미 주소록에 있습니다."),
    ],
)
def test_넣을_수_없으면_까닭과_함께_쓴_내용을_돌려준다(
    member: Member, _case: str, change: dict[str, str], sentence: str
) -> None:
    know(member, Line("김소장", "01000002000"))
    response = clerk_of(member).post("/sms/contacts/", fields(**change))
    assert response.status_code == 200
    assert sentence in words(response)
    assert 'value="3공구"' in response.content.decode()
    assert Contact.everything.count() == 1


def test_여러_명을_붙여_넣는다(member: Member) -> None:
    know(member, Line("김소장", "01000002000"))
    lines = "김소장 010-0000-2000\n이소장\t01000002001\t현장소장\n박기사, 010 0000 2002"
    client = clerk_of(member)
    typed = {"lines": lines, "group": "기사", "consented": "on"}
    added = client.post("/sms/contacts/many/", typed, follow=True)
    assert "2명을 주소록에 넣었습니다. 이미 있던 1명은 그대로 두었습니다." in words(added)
    assert set(Contact.everything.values_list("name", "mobile", "group")) == {
        ("김소장", "01000002000", ""), ("이소장", "01000002001", "현장소장"), ("박기사", "01000002002", "기사"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "lines", "sentence"),
    [
        ("읽을 수 없는 줄", "이소장 01000002001\n박기사", "2번째 줄: 휴대폰번호가 아닙니다."),
        ("다른 이름", "이소장 01000002000", "김소장 님의 번호로 이미 있습니다."),
        ("빈 목록", " ", "넣을 사람이 없습니다."),
    ],
)
def test_한_줄이라도_틀리면_아무도_넣지_않고_쓴_내용을_돌려준다(
    member: Member, _case: str, lines: str, sentence: str
) -> None:
    know(member, Line("김소장", "01000002000"))
    response = clerk_of(member).post("/sms/contacts/many/", {"lines": lines, "consented": "on"})
    assert sentence in words(response)
    assert f"{lines}</textarea>" in response.content.decode()
    assert Contact.everything.count() == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp949"])
def test_CSV로_내려받은_주소록을_다른_회사가_그대로_읽는다(member: Member, encoding: str) -> None:
    lines = [Line("=SUM(1)", "01000002000", "+현장", "@메모"), Line("가온, 김", "01000002001")]
    know(member, *lines)
    file = clerk_of(member).get("/sms/contacts/csv/")
    assert file["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    text = file.content.decode("utf-8-sig")
    assert list(csv.reader(StringIO(text))) == [
        ["이름", "휴대폰", "그룹", "메모"],
        ["'=SUM(1)", "010-0000-2000", "'+현장", "'@메모"],
        ["가온, 김", "010-0000-2001", "", ""],
    ]
    event = AuditEvent.everything.get(action="contact.export")
    assert (event.member_id, event.detail) == (member.pk, {"count": 2})
    other = make_member()
    carried = SimpleUploadedFile("주소록.csv", text.encode(encoding), "text/csv")
    added = clerk_of(other).post("/sms/contacts/many/", {"file": carried, "consented": "on"}, follow=True)
    assert "2명을 주소록에 넣었습니다." in words(added)
    taken = Contact.everything.filter(member=other).values_list("name", "mobile", "group", "memo")
    assert {Line(*row) for row in taken} == set(lines)


@pytest.mark.parametrize(
    ("_case", "content", "sentence"),
    [
        ("그림 파일", b"\x89PNG\r\n\x1a\n\x00\x00", "읽을 수 없는 파일입니다."),
        ("너무 큼", b"a" * 300_001, "파일이 300KB를 넘습니다."),
        ("번호 없음", "김가온,없음".encode(), "1번째 줄: 휴대폰번호가 아닙니다."),
    ],
)
def test_읽을_수_없는_파일은_까닭을_말한다(member: Member, _case: str, content: bytes, sentence: str) -> None:
    file = SimpleUploadedFile("주소록.csv", content, "text/csv")
    response = clerk_of(member).post("/sms/contacts/many/", {"file": file, "consented": "on"})
    assert response.status_code == 200
    assert sentence in words(response)
    assert not Contact.everything.exists()


def test_고른_사람으로_문자_쓰기를_시작한다(member: Member) -> None:
    book = know(member, Line("김소장", "01000002000", "현장"), Line("이소장", "01000002001"))
    page = clerk_of(member).get("/sms/", {"contact": book["이소장"].public_id, "group": "현장"})
    html = page.content.decode()
    assert html.count(" checked") == 2


# 직원 화면


def test_직원이_까닭을_적고_끄고_켠다(member: Member) -> None:
    staff, url = browser(make_user(Role.HQ_UNDERWRITER)), "/admin/sms/serviceswitch/add/"
    assert "문자메시지서비스 끄기" in words(staff.get(url))
    off = {"reason": "통신사 점검", "wanted": "off"}
    done = staff.post(url, off, follow=True)
    assert "문자메시지서비스를 껐습니다." in words(done)
    assert "멈춘 문자메시지서비스" in words(staff.get("/admin/"))
    assert "사유: 통신사 점검" in words(clerk_of(member).get("/sms/"))
    again = browser(make_user(Role.IT_SUPPORT)).post(url, off, follow=True)
    assert "이미 꺼 두었습니다. 바뀐 것은 없습니다." in words(again)
    assert "문자메시지서비스 켜기" in words(staff.get(url))
    assert "문자메시지서비스를 켰습니다." in words(staff.post(url, {"reason": "끝", "wanted": "on"}, follow=True))
    assert list(ServiceSwitch.objects.order_by("id").values_list("is_on", "reason")) == [
        (False, "통신사 점검"), (True, "끝"),
    ]  # fmt: skip
    row = ServiceSwitch.objects.order_by("id")[0]
    assert staff.post(f"/admin/sms/serviceswitch/{row.pk}/change/", off).status_code == 403


def test_감사는_보기만_한다() -> None:
    auditor = browser(make_user(Role.AUDITOR))
    assert auditor.get("/admin/sms/serviceswitch/").status_code == 200
    assert auditor.get("/admin/sms/serviceswitch/add/").status_code == 403


def test_지점이_조합원에게_도메인을_허용하고_해제한다(member: Member) -> None:
    officer = browser(make_user(Role.BRANCH_OFFICER, branch=member.branch))
    url = f"/admin/members/member/{member.pk}/do"
    done = officer.post(
        f"{url}/allow-links/", {"domains": "https://Docs.example.kr/\n", "reason": "도면"}, follow=True
    )
    assert "docs.example.kr 주소를 허용했습니다." in words(done)
    asked = words(officer.get(f"{url}/forbid-links/")).replace(" ", "")
    assert "지금허용된도메인docs.example.kr" in asked
    wrong = officer.post(f"{url}/allow-links/", {"domains": "아무 글", "reason": "도면"})
    assert "도메인이 아닙니다: 아무 글." in words(wrong)
    done = officer.post(f"{url}/forbid-links/", {"reason": "끝"}, follow=True)
    assert "더 허용하지 않습니다." in words(done)
    elsewhere = browser(make_user(Role.BRANCH_OFFICER, branch=make_member().branch))
    assert elsewhere.get(f"{url}/allow-links/").status_code == 404
