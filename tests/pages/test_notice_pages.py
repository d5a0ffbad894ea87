"""알림함: what the cooperative wrote to a company, to whom, and what became of it in words."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from portal import clock
from portal.access import Actor
from portal.members.models import Member
from portal.members.roles import Role
from sms.actions.recipients import opt_out
from sms.delivery.results import Step, append
from sms.models import Channel, Message, Purpose, Receipt, ReceptionChange, ResultState, Suppression
from sms.outbox import Draft, queue
from tests.factories import at, make_member, make_recipient, make_user

pytestmark = pytest.mark.django_db
URL = "/mypage/notices/"
NOON = at("2026-11-23 12:00")  # 월
LETTER = "보증서를 보내 드립니다.\nhttps://portal.example.kr/b/secret-token/\n내려받아 주세요."


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def member() -> Member:
    return make_member(sms_name="미르누리설비", representative_mobile="01000009000", contact_mobile="01000009001")


@pytest.fixture
def client(member: Member) -> Client:
    browser = Client()
    browser.force_login(make_user(Role.MEMBER_USER, member=member), backend="portal.members.login.MemberBackend")
    return browser


def write(member: Member, key: str, when: datetime = NOON, **fields: object) -> Message:
    values: dict[str, object] = {
        "channel": Channel.SMS, "purpose": Purpose.ISSUED, "to": "01000001234", "body": f"[설비공제]{key}",
        "recipient_name": "박다솜",
    }  # fmt: skip
    with transaction.atomic():
        queue([Draft(key=key, member_id=member.pk, **{**values, **fields})], at=when)
    return Message.everything.get(key=key)


def ends(message: Message, state: ResultState, reason: str = "", *, ref: str = "", when: datetime = NOON) -> None:
    with transaction.atomic():
        append([Step(message.pk, state, reason, ref)], gateway="local", at=when)


def reported(message: Message, ref: str, state: str, reason: str = "") -> None:
    Receipt.objects.create(
        message=message, gateway="local", provider_ref=ref, state=state, code="4000", reason=reason,
        received_at=NOON + timedelta(minutes=2),
    )  # fmt: skip


def page(client: Client, query: str = "") -> str:
    response = client.get(URL + query)
    assert response.status_code == 200
    main = response.content.decode().split("<main", 1)[1]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def test_아무_안내도_없으면_그렇게_말한다(client: Client) -> None:
    assert "조합이 보낸 안내가 없습니다" in page(client)


def test_누구에게_무엇을_언제_보냈고_도착했는지_보인다(client: Client, member: Member) -> None:
    message = write(member, "발급")
    ends(message, ResultState.ACCEPTED, ref="r1", when=NOON + timedelta(minutes=1))
    reported(message, "r1", "delivered")
    text = page(client)
    assert "발급 안내 문자 박다솜 010-****-1234 [설비공제]발급 도착함" in text
    assert "작성 2026. 11. 23.(월) 12:00 넘김 2026. 11. 23.(월) 12:01 도착 2026. 11. 23.(월) 12:02" in text
    assert "01000001234" not in text


@pytest.mark.parametrize(
    ("_case", "state", "reason", "words"),
    [
        ("중계사가 거절", ResultState.REFUSED, "bad_number", "발송 거절됨 없는 번호이거나 휴대폰 번호가 아닙니다"),
        (
            "발송 제외 번호",
            ResultState.SKIPPED,
            "no_such_number",
            "보내지 않음 없는 번호로 확인되어 보내지 않습니다",
        ),
        ("수신거부", ResultState.SKIPPED, "owner_asked", "보내지 않음 번호 주인이 문자를 원하지 않아"),
        ("만기 안내의 사유", ResultState.SKIPPED, "not_a_recipient", "보내지 않음 수신거부했거나 수신자에서"),
        ("기한 지남", ResultState.EXPIRED, "", "기한이 지나 보내지 않음"),
    ],
)
def test_보내지_못한_까닭을_말로_보인다(
    client: Client, member: Member, _case: str, state: ResultState, reason: str, words: str
) -> None:
    ends(write(member, "하나"), state, reason)
    assert words in page(client)
    assert "확인 2026. 11. 23.(월) 12:00" in page(client)


def test_밤에_쓴_문자는_아침에_보낸다고_말한다(client: Client, member: Member) -> None:
    write(member, "밤", at("2026-11-22 23:10"))
    assert "문자를 보내지 않는 시간이라 11/23 07:00 이후에 보냅니다" in page(client)


def test_이메일은_내용을_펴_보되_링크는_가린다(client: Client, member: Member) -> None:
    write(
        member, "송부", channel=Channel.EMAIL, purpose=Purpose.DELIVERY, to="facility@example.kr",
        subject="보증서를 보내 드립니다", body=LETTER, html="<p>x</p>",
    )  # fmt: skip
    text = page(client)
    assert "fa***@example.kr" in text
    assert "(받은 분만 여는 링크) 내려받아 주세요." in text
    assert "secret-token" not in client.get(URL).content.decode()


def test_인증번호는_가리고_회사가_쓴_문자와_직원에게_간_메일은_없다(client: Client, member: Member) -> None:
    officer = make_user(Role.BRANCH_OFFICER, branch=member.branch)
    write(member, "코드", purpose=Purpose.ONE_TIME_CODE, body="[설비공제]인증번호 481516")
    write(member, "회사", purpose=Purpose.FREE_SMS, body="현장 집합")
    write(member, "직원", channel=Channel.EMAIL, to=officer.email, subject="직원에게", body="직원에게")
    text = page(client)
    assert "조합이 보낸 안내 1건" in text
    assert "인증번호는 받은 분만 볼 수 있습니다." in text
    assert [words for words in ("481516", "현장 집합", "직원에게") if words in text] == []


def test_남의_회사에_간_것은_보이지_않는다(client: Client, member: Member) -> None:
    write(make_member(), "남의것")
    assert "남의것" not in page(client)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["발급", "결과", "메일"]),
        ("?kind=screening_result", ["결과"]),
        ("?channel=text", ["발급", "결과"]),
        ("?channel=email", ["메일"]),
        ("?from=2026-11-21", ["메일"]),
        ("?to=2026-11-20", ["발급", "결과"]),
        ("?from=2026-11-20&to=2026-11-20", ["결과"]),
        ("?kind=issued&channel=email", ["메일"]),
        ("?kind=released", []),
        ("?kind=free_sms", ["발급", "결과", "메일"]),
        ("?kind=x&channel=y&from=2026-13-01", ["발급", "결과", "메일"]),
        ("?from=0001-01-01&to=9999-12-31", ["발급", "결과", "메일"]),
        ("?page=99", ["발급", "결과", "메일"]),
    ],
)
def test_종류와_수단과_기간으로_고른다(client: Client, member: Member, query: str, shown: list[str]) -> None:
    write(member, "발급", at("2026-11-19 10:00"))
    write(member, "결과", at("2026-11-20 23:59"), purpose=Purpose.SCREENING_RESULT)
    write(
        member, "메일", at("2026-11-21 00:00"), channel=Channel.EMAIL, to="a@example.kr", subject="메일", body="x"
    )
    found = page(client, query)
    assert [
        key for key in ("발급", "결과", "메일") if re.search(rf"\]{key}\b|(?<!이){key} 내용 보기", found)
    ] == shown
    if not shown:
        assert "찾는 안내가 없습니다" in found


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?from=2026-11-02&to=2026-11-01", "종료일이 시작일보다 빠릅니다."),
        ("?from=x", "시작일을 다시 확인해 주세요."),
        ("?to=2026-02-30", "종료일을 다시 확인해 주세요."),
    ],
)
def test_기간을_읽을_수_없으면_까닭을_말한다(client: Client, query: str, words: str) -> None:
    assert words in page(client, query)


def test_문자가_가지_않는_분을_위에_알린다(client: Client, member: Member) -> None:
    assert "문자가 가지 않는 분" not in page(client)
    rep = Actor.user(make_user(Role.MEMBER_REP, member=member))
    opt_out(member_id=member.pk, by=rep, at=NOON, way=ReceptionChange.Way.WEB)
    make_recipient(member, "01000005678", "최라온", proof="", proven_at=None)
    Suppression.everything.create(mobile="01000009001", reason="bad_number", since=NOON)
    text = page(client)
    assert "대표이사 : 수신거부를 하여 보증해제대상 안내 문자를 보내지 않습니다" in text
    assert "최라온 010-****-5678 : 번호를 확인하지 않아 아직 보내지 않습니다" in text
    assert "담당자 010-****-9001 : 없는 번호로 확인되어 보내지 않습니다" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"representative_mobile": ""}, "대표이사 : 등록된 휴대폰 번호가 없어 문자를 보내지 못합니다"),
        ({"sms_name": ""}, "회사 전체 : 문자에 실을 상호가 없어 문자 대신 이메일로만 알립니다"),
    ],
)
def test_회사에_빠진_것을_알린다(client: Client, member: Member, fields: dict[str, str], words: str) -> None:
    Member.everything.filter(pk=member.pk).update(**fields)
    assert words in page(client)


# Two find out who it is and which company.
QUERIES = 8


@pytest.mark.parametrize("count", [1, 20])
def test_질의_수는_건수와_상관없다(client: Client, member: Member, count: int, django_assert_num_queries) -> None:
    for n in range(count):
        message = write(member, f"k{n}")
        ends(message, ResultState.ACCEPTED, ref=f"r{n}")
        reported(message, f"r{n}", "delivered")
        make_recipient(member, f"0100000{n:04d}") if n < 10 else None
    client.get(URL)
    with django_assert_num_queries(QUERIES):
        client.get(URL)
