"""왜 보냈나, 안 보냈나: a row for each reason, the same sentences for the officer and for the member."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from guarantees import expiry_reasons
from guarantees.expiry_reasons import CALL, WORTH_A_CALL, reasons_of
from guarantees.models import ExpiryNotice, Guarantee, NoticeState
from portal.businessdays.models import business_calendar
from portal.members.models import Member
from portal.members.roles import Role
from sms.delivery.reports import apply_reports
from sms.gateways.protocol import Report, ReportStatus
from sms.models import Batch, Message, Reception, Result
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_guarantee, make_member, make_user
from tests.flows.expiry_world import deliver, run
from tests.gateway_simulator import SimulatorProcess

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
ENDS = date(2026, 12, 8)  # T 11-23 Mon
PHONE = "010-****-0100"


@pytest.fixture
def member() -> Member:
    fill_calendar()
    return make_member(sms_name="미르누리설비", representative_name="김가온", representative_mobile="01000000100")


def reasons(guarantee: Guarantee, today: date = MONDAY) -> list[tuple[str, str]]:
    found = Guarantee.everything.select_related("product", "member").get(pk=guarantee.pk)
    return [(one.code, one.words) for one in reasons_of(found, today=today, calendar=business_calendar())]


def opt_out(member: Member) -> None:
    Reception.everything.create(member=member, representative_receives=False, changed_at=at("2026-11-02 09:00"))


def blank(field: str) -> Callable[[Member], object]:
    return lambda member: Member.everything.filter(pk=member.pk).update(**{field: ""})


def nothing(_member: Member) -> None:
    pass


TO_COME: list[tuple[str, dict[str, Any], Callable[[Member], object], date, str, str]] = [
    # case, guarantee, beforehand, today, code, words
    ("아직 아님", {"ends_on": date(2026, 12, 31)}, nothing, MONDAY, "to_come",
     "2026. 12. 16.(수)에 안내 문자가 나갈 예정입니다."),
    ("휴무일이라 앞당김", {"ends_on": date(2027, 1, 9)}, nothing, MONDAY, "to_come", "2026. 12. 24.(목)에"),
    ("휴무일을 모르는 해", {"ends_on": date(2035, 6, 29)}, nothing, MONDAY, "to_come", "바뀔 수 있습니다."),
    ("오늘", {}, nothing, MONDAY, "due_today", "오늘 2026. 11. 23.(월)에 안내 문자가 나갈 예정입니다."),
    ("날이 지남, 오늘 나감", {"ends_on": date(2026, 12, 1)}, nothing, MONDAY, "late_to_come",
     "2026. 11. 23.(월) 실행 때"),
    ("날이 지남, 토요일에 봄", {"ends_on": date(2026, 12, 1)}, nothing, date(2026, 11, 28), "late_to_come",
     "2026. 11. 30.(월) 실행 때 늦은 안내로"),
    ("남은 영업일이 없음", {"ends_on": date(2026, 11, 29)}, nothing, date(2026, 11, 28), "will_miss",
     "남은 영업일이 없어"),
    ("입찰보증", {"product_code": "B1"}, nothing, MONDAY, "product", "보내지 않는 종류입니다."),
    ("하자보수보증", {"product_code": "D1"}, nothing, MONDAY, "product", "보내지 않는 종류입니다."),
    ("1원 모자람", {"amount": 9_999_999}, nothing, MONDAY, "below_amount",
     "9,999,999원이 기준인 10,000,000원보다 적어"),
    ("일부 해제로 적어짐", {"amount": 30_000_000, "outstanding": 8_000_000}, nothing, MONDAY, "below_amount",
     "8,000,000원이 기준인"),
    ("해제", {"state": "released", "outstanding": 0}, nothing, MONDAY, "released", "해제된 보증이라"),
    ("취소", {"state": "cancelled", "outstanding": 0, "cancelled_at": at("2026-11-02 09:00")}, nothing, MONDAY,
     "cancelled", "취소된 보증이라"),
    ("끝남", {"ends_on": date(2026, 11, 20), "state": "expired"}, nothing, MONDAY, "ended",
     "보증기간이 이미 끝나"),
    ("오늘 끝남", {"ends_on": MONDAY}, nothing, MONDAY, "ended", "보증기간이 이미 끝나"),
    ("수신거부", {}, opt_out, MONDAY, "will_be_opted_out", "그대로면 보내지 않습니다."),
    ("번호 없음", {}, blank("representative_mobile"), MONDAY, "will_have_no_number", "그대로면 보내지 못합니다."),
    ("문자용 상호 없음", {}, blank("sms_name"), MONDAY, "will_have_no_sms_name", "문자에 실을 상호가 없습니다."),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "fields", "beforehand", "today", "code", "words"), TO_COME)
def test_what_is_still_to_come(
    member: Member,
    _case: str,
    fields: dict[str, Any],
    beforehand: Callable[[Member], object],
    today: date,
    code: str,
    words: str,
) -> None:
    guarantee = make_guarantee(member, **{"ends_on": ENDS, **fields})
    beforehand(member)
    ((found, sentence),) = reasons(guarantee, today)
    assert (found, words in sentence) == (code, True), sentence


@pytest.mark.parametrize(
    ("_case", "settings_", "fields", "code"),
    [
        ("개시 전", {"EXPIRY_GO_LIVE": "2026-11-24"}, {}, "will_be_before_go_live"),
        ("개시한 날", {"EXPIRY_GO_LIVE": "2026-11-23"}, {}, "due_today"),
        ("늦은 발급, 보냄", {"EXPIRY_LATE_ISSUE": "send"}, {"issued_on": date(2026, 11, 24)}, "late_to_come"),
        ("늦은 발급, 안 보냄", {"EXPIRY_LATE_ISSUE": "skip"}, {"issued_on": date(2026, 11, 24)},
         "will_be_issued_late"),
        ("그날 발급", {"EXPIRY_LATE_ISSUE": "skip"}, {"issued_on": MONDAY}, "late_to_come"),
    ],
)  # fmt: skip
def test_what_the_settings_decide(
    member: Member, settings: Any, _case: str, settings_: dict[str, str], fields: dict[str, Any], code: str
) -> None:
    for name, value in settings_.items():
        setattr(settings, name, value)
    guarantee = make_guarantee(member, ends_on=ENDS, **fields)
    today = date(2026, 11, 24) if fields else MONDAY
    expected = reasons(guarantee, today)
    assert [found for found, _words in expected] == [code]
    run(today.isoformat())
    late = {"will_be_before_go_live": "before_go_live", "will_be_issued_late": "issued_late"}
    assert ExpiryNotice.everything.get().state == late.get(code, "planned")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("opted_out", "대표이사가 수신을 거부했고"),
        ("no_number", "등록된 휴대폰 번호가 없어"),
        ("no_sms_name", "문자에 실을 상호가 없어"),
        ("missed", "보낼 시기를 놓쳐"),
        ("before_go_live", "시작하기 전의 건이라"),
        ("issued_late", "안내할 날이 지난 뒤에 발급된"),
    ],
)
def test_what_the_run_left_out(member: Member, state: str, words: str) -> None:
    guarantee = make_guarantee(member, ends_on=ENDS)
    row = run("2026-11-20")
    ExpiryNotice.everything.create(
        guarantee=guarantee, ends_on=ENDS, run=row, state=state, at=at("2026-11-23 09:00")
    )
    ((code, sentence),) = reasons(guarantee)
    assert code == state
    assert sentence.startswith("2026. 12. 8.(화) 종료 건: 2026. 11. 23.(월)에 처리했습니다.")
    assert words in sentence


def end(message: Message, state: str, reason: str = "", ref: str = "") -> None:
    number = 1 if state in ("deferred", "unknown") else Result.LAST
    Result.objects.create(
        message=message, number=number, state=state, reason=reason, provider_ref=ref, gateway="local",
        at=at("2026-11-23 09:01"),
    )  # fmt: skip


def report(status: ReportStatus) -> Callable[[Message], object]:
    def told(message: Message) -> None:
        end(message, "accepted", ref="r-1")
        found = Report(str(message.gateway_key), "r-1", status, "3001", "bad_number", "")
        apply_reports([found], gateway="local", at=at("2026-11-23 09:02"))

    return told


def batch(state: str) -> Callable[[Message], object]:
    lease = {"lease_until": at("2026-11-23 09:05")} if state == "claimed" else {}
    return lambda message: Batch.objects.filter(pk=message.batch_id).update(state=state, **lease)


PHONES: list[tuple[str, Callable[[Message], object], str]] = [
    ("ready", lambda _message: None, "발송 대기. 11/23 09:00 이후에 보냅니다"),
    ("claimed", batch("claimed"), "발송 중"),
    ("unknown", batch("unknown"), "결과 확인 중"),
    ("review", batch("review"), "담당자 확인 중"),
    ("deferred", lambda message: end(message, "deferred"), "재시도 예정 2026. 11. 23.(월)"),
    ("accepted", lambda message: end(message, "accepted"),
     "접수됨 2026. 11. 23.(월). 통신사의 도착 확인을 기다립니다"),
    ("delivered", report(ReportStatus.DELIVERED), "도착함 2026. 11. 23.(월)"),
    ("undelivered", report(ReportStatus.UNDELIVERED), "도착하지 않음 2026. 11. 23.(월)"),
    ("refused", lambda message: end(message, "refused", "bad_number:1021"), "발송 거절됨"),
    ("expired", lambda message: end(message, "expired"), "기한이 지나 보내지 않음"),
    ("skipped", lambda message: end(message, "skipped", "released"), "보증이 해제되었습니다"),
    ("skipped", lambda message: end(message, "skipped", "end_date_changed"), "보증 종료일이 바뀌었습니다"),
    ("skipped", lambda message: end(message, "skipped", "not_a_recipient"),
     "수신거부했거나 수신자에서 빠졌습니다"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "became", "words"), PHONES)
def test_what_became_of_the_text(
    member: Member, code: str, became: Callable[[Message], object], words: str
) -> None:
    guarantee = make_guarantee(member, ends_on=ENDS)
    run("2026-11-23")
    became(Message.everything.get())
    (planned, _), (found, sentence) = reasons(guarantee)
    assert (planned, found) == ("planned", code)
    assert sentence.startswith(f"김가온 {PHONE}: ")
    assert words in sentence


def test_a_late_one_and_a_digest_say_so(member: Member) -> None:
    first, *_ = [make_guarantee(member, ends_on=date(2026, 12, 1)) for _ in range(4)]
    run("2026-11-23")
    (_planned, words), (code, phone) = reasons(first)
    assert "15일 전보다 늦은 안내입니다." in words
    assert (code, phone.startswith(f"김가온 {PHONE} (여러 보증을 함께 안내): 발송 대기")) == ("ready", True)


def test_a_notice_without_any_text_says_so(member: Member) -> None:
    guarantee = make_guarantee(member, ends_on=ENDS)
    row = run("2026-11-20")
    ExpiryNotice.everything.create(guarantee=guarantee, ends_on=ENDS, run=row, state="planned", at=row.started_at)
    assert [code for code, _ in reasons(guarantee)] == ["planned", "no_message"]


def test_each_end_date_has_its_own_story(member: Member) -> None:
    """Told on 11-23, extended to 2027-03-31: the old notice stays, the new one is to come."""
    guarantee = make_guarantee(member, ends_on=ENDS)
    run("2026-11-23")
    end(Message.everything.get(), "accepted")
    Guarantee.everything.filter(pk=guarantee.pk).update(ends_on=date(2027, 3, 31))
    found = reasons(guarantee, date(2026, 11, 25))
    assert [code for code, _ in found] == ["planned", "accepted", "to_come"]
    assert "2027. 3. 16.(화)에" in found[-1][1]


def test_released_after_it_was_told(member: Member) -> None:
    guarantee = make_guarantee(member, ends_on=ENDS)
    run("2026-11-23")
    Guarantee.everything.filter(pk=guarantee.pk).update(
        state="released", outstanding=0, released_at=at("2026-11-24 09:00")
    )
    assert [code for code, _ in reasons(guarantee)] == ["planned", "ready", "released"]


def test_every_code_has_its_row() -> None:
    rows = {row[4] for row in TO_COME} | {row[0] for row in PHONES} | set(NoticeState.values)
    rows |= {"no_message", "will_be_before_go_live", "will_be_issued_late"}
    documented = set(re.findall(r"`(\w+)`", str(expiry_reasons.__doc__).partition("The codes")[2]))
    assert documented - {"planned"} == rows - {"planned"}
    assert rows >= WORTH_A_CALL


@pytest.fixture
def phones() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


def test_officer_and_member_read_the_same(phones: SimulatorProcess, member: Member) -> None:
    """The officer also reads what to do; nobody reads a whole number."""
    Member.everything.filter(pk=member.pk).update(representative_mobile="01000009010")  # refused at registration
    guarantee = make_guarantee(member, ends_on=ENDS)
    run("2026-11-23")
    deliver(phones, "2026-11-23 09:01")
    officer, owner = (
        make_user(Role.BRANCH_OFFICER, branch=member.branch),
        make_user(Role.MEMBER_REP, member=member),
    )
    stranger = make_user(Role.MEMBER_REP, member=make_member())
    desk_page = reverse("admin:guarantees_guarantee_change", args=[guarantee.pk])
    own_page = f"/guarantees/{guarantee.public_id}/"
    with time_machine.travel(at("2026-11-23 10:00"), tick=False):
        desk, own = body(officer, desk_page), body(owner, own_page)
        assert body(stranger, own_page) == "404"
    for words in ("2026. 11. 23.(월)에 처리했습니다.", "김가온 010-****-9010: 발송 거절됨"):
        assert words in desk
        assert words in own
    assert (CALL in desk, CALL in own) == (True, False)
    assert "01000009010" not in own


def body(user: Any, address: str) -> str:
    client = Client()
    client.force_login(user, backend="portal.members.login.MemberBackend")
    response = client.get(address)
    return response.content.decode() if response.status_code == 200 else str(response.status_code)


def test_looking_costs_the_same_for_many_phones(member: Member, django_assert_max_num_queries: Any) -> None:
    guarantee = make_guarantee(member, ends_on=ENDS)
    run("2026-11-23")
    with django_assert_max_num_queries(8):
        reasons(guarantee)
