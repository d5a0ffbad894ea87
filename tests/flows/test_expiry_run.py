"""보증해제대상 안내 (S21-S28): who is told about which end date on which day, and never twice."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from guarantees.actions.expiry import preview
from guarantees.models import ExpiryNotice, ExpiryRun, Guarantee
from portal.businessdays.models import Holiday
from portal.members.models import Member
from sms.models import Message, Reception
from sms.rules import texts
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_branch, make_guarantee, make_member, make_recipient
from tests.flows.expiry_world import run, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    fill_calendar()
    return make_member(representative_mobile="01000000100")


def first_day_told(guarantee: Guarantee, days: list[str]) -> str | None:
    for day in days:
        run(day)
        if told(guarantee):
            return day
    return None


@pytest.mark.parametrize(
    ("_case", "ends_on", "sent_on"),
    [
        ("1 보통", "2026-12-31", "2026-12-16"),  # Wed
        ("2 금요일", "2026-12-05", "2026-11-20"),  # Fri
        ("3 토요일은 금요일에", "2026-12-06", "2026-11-20"),
        ("4 일요일은 금요일에", "2026-12-07", "2026-11-20"),
        ("5 월요일", "2026-12-08", "2026-11-23"),
        ("6 성탄절은 전날", "2027-01-09", "2026-12-24"),  # Thu
        ("7 성탄 연휴 일요일", "2027-01-11", "2026-12-24"),
        ("8 12월 31일은 영업일", "2027-01-15", "2026-12-31"),  # Thu
        ("10 추석 전", "2026-10-08", "2026-09-23"),  # Wed
        ("10 추석 토요일", "2026-10-10", "2026-09-23"),
        ("10 추석 연휴 끝", "2026-10-12", "2026-09-23"),
        ("10 추석 다음", "2026-10-13", "2026-09-28"),  # Mon
        ("11 설 연휴", "2026-03-05", "2026-02-13"),  # Fri
        ("11 설 다음", "2026-03-06", "2026-02-19"),  # Thu
        ("12 대체휴일 전", "2027-02-24", "2027-02-05"),  # Fri
        ("12 대체휴일 다음", "2027-02-25", "2027-02-10"),  # Wed
        ("15 노동절", "2026-05-16", "2026-04-30"),  # Thu
        ("19 윤일 2024", "2024-03-15", "2024-02-29"),  # Thu
        ("19 윤일 2028", "2028-03-15", "2028-02-29"),  # Tue
    ],
)
def test_day_of_the_notice(_case: str, member: Member, ends_on: str, sent_on: str) -> None:
    guarantee = make_guarantee(member, ends_on=date.fromisoformat(ends_on))
    sent = date.fromisoformat(sent_on)
    days = [(sent + timedelta(days=n)).isoformat() for n in range(-12, 12)]
    assert first_day_told(guarantee, days) == sent_on
    assert told(guarantee) == ["01000000100"]
    assert ExpiryNotice.everything.get(guarantee=guarantee).is_late is False


def test_temporary_holiday_declared_two_weeks_before(member: Member) -> None:
    """Case 20: 2025-01-27 closed; ends 2025-02-08…14 are told on Friday 2025-01-24, 02-15 on the 31st."""
    ends = [make_guarantee(member, ends_on=date(2025, 2, day)) for day in range(8, 16)]
    for day in ("2025-01-23", "2025-01-24"):
        run(day)
    assert [len(told(g)) for g in ends] == [1, 1, 1, 1, 1, 1, 1, 0]
    run("2025-01-31")
    assert len(told(ends[-1])) == 1
    assert not ExpiryNotice.everything.filter(is_late=True).exists()


def test_missed_friday_is_caught_up_on_monday(member: Member) -> None:
    """Case 22: nothing ran on Fri 2026-11-20."""
    ends = {day: make_guarantee(member, ends_on=date(2026, 12, day)) for day in (5, 6, 7, 8, 9)}
    run("2026-11-23")
    late = dict(ExpiryNotice.everything.values_list("ends_on__day", "is_late"))
    assert late == {5: True, 6: True, 7: True, 8: False}
    run("2026-11-24")
    assert told(ends[9]) == ["01000000100"]


def test_issued_with_less_than_15_days_left(member: Member) -> None:
    """Case 23: issued Mon 2026-11-23 10:00, ends 2026-12-01: told at 11:00, late."""
    run("2026-11-23")
    guarantee = make_guarantee(member, ends_on=date(2026, 12, 1))
    run("2026-11-23", "11:00")
    assert told(guarantee) == ["01000000100"]
    assert ExpiryNotice.everything.get().is_late is True


def test_extension_gets_its_own_notice(member: Member) -> None:
    """Case 24: told on 2026-11-23, extended to 2027-03-31, told again on Tue 2027-03-16."""
    guarantee = make_guarantee(member, ends_on=date(2026, 12, 8))
    run("2026-11-23")
    Guarantee.everything.filter(pk=guarantee.pk).update(ends_on=date(2027, 3, 31))
    run("2026-11-25")
    assert len(told(guarantee)) == 1
    run("2027-03-15")
    run("2027-03-16")
    assert len(told(guarantee)) == 2


def test_back_to_an_end_date_already_told_is_silent(member: Member) -> None:
    guarantee = make_guarantee(member, ends_on=date(2026, 12, 8))
    run("2026-11-23")
    for ends_on in (date(2027, 3, 31), date(2026, 12, 8)):
        Guarantee.everything.filter(pk=guarantee.pk).update(ends_on=ends_on)
        run("2026-11-24")
    assert len(told(guarantee)) == 1


@pytest.mark.parametrize(
    ("_case", "product", "fields", "count"),
    [
        ("28 정확히 1천만원", "C1", {"amount": 10_000_000}, 1),
        ("28 1원 모자람", "C1", {"amount": 9_999_999}, 0),
        ("30 일부 해제로 8백만원", "C1", {"amount": 30_000_000, "outstanding": 8_000_000}, 0),
        ("31 입찰", "B1", {}, 0),
        ("31 하자", "D1", {}, 0),
        ("31 하도급입찰", "B2", {}, 0),
        ("31 하도급하자", "D2", {}, 0),
        ("선급금", "A1", {}, 1),
        ("지점 발급도", "C1", {"channel": "branch"}, 1),
        ("26 해제됨", "C1", {"state": "released", "outstanding": 0}, 0),
        ("취소됨", "C1", {"state": "cancelled", "outstanding": 0, "cancelled_at": at("2026-11-01 09:00")}, 0),
        ("이미 종료", "C1", {"state": "expired"}, 0),
    ],
)
def test_which_guarantees(_case: str, member: Member, product: str, fields: dict, count: int) -> None:
    make_guarantee(member, product, ends_on=date(2026, 12, 8), **fields)
    run("2026-11-23")
    assert len(told()) == count


@pytest.mark.parametrize(
    ("_case", "representative", "receives", "added", "to", "state"),
    [
        ("대표만", "01000000100", True, [], ["01000000100"], "planned"),
        ("32 거부, 추가 1명", "01000000100", False, ["01000000101"], ["01000000101"], "planned"),
        ("32 거부, 아무도 없음", "01000000100", False, [], [], "opted_out"),
        ("33 같은 번호", "01000000100", True, ["01000000100"], ["01000000100"], "planned"),
        ("둘 다", "01000000100", True, ["01000000101"], ["01000000100", "01000000101"], "planned"),
        ("번호 없음", "", True, [], [], "no_number"),
    ],
)
def test_recipients(
    _case: str,
    member: Member,
    representative: str,
    receives: bool,
    added: list[str],
    to: list[str],
    state: str,
) -> None:
    member.representative_mobile = representative
    member.save()
    now = at("2026-11-23 08:59")
    if not receives:
        Reception.everything.create(member=member, representative_receives=False, changed_at=now)
    for mobile in added:
        make_recipient(member, mobile)
    make_guarantee(member, ends_on=date(2026, 12, 8))
    run("2026-11-23")
    assert sorted(told()) == to
    assert ExpiryNotice.everything.get().state == state


def test_holiday_run_writes_a_row_and_nothing_else(member: Member) -> None:
    make_guarantee(member, ends_on=date(2026, 12, 6))
    row = run("2026-11-22")  # Sun
    assert (row.state, row.first_end, row.planned) == ("skipped", None, 0)
    assert told() == []


def test_numbers_of_the_day_add_up(member: Member) -> None:
    for product, fields in [("C1", {}), ("C1", {"amount": 9_999_999}), ("B1", {}), ("D1", {}), ("A1", {})]:
        make_guarantee(member, product, ends_on=date(2026, 12, 8), **fields)
    make_guarantee(make_member(representative_mobile=""), ends_on=date(2026, 12, 8))
    make_guarantee(member, ends_on=date(2026, 12, 5))
    run("2026-11-23")
    row = run("2026-11-23", "11:00")
    assert (row.state, row.ticks, row.planned, row.late, row.messages) == ("done", 2, 3, 1, 3)
    assert row.skipped == {"below_amount": 1, "product": 2, "no_number": 1}
    assert (row.first_end, row.last_end) == (date(2026, 12, 8), date(2026, 12, 8))


def test_outage_longer_than_15_days_is_reported_not_sent(member: Member) -> None:
    make_guarantee(member, ends_on=date(2026, 11, 20), imported_at=at("2026-10-01 10:00"))
    make_guarantee(member, ends_on=date(2026, 11, 19), imported_at=at("2026-11-23 08:00"))
    run("2026-11-23")
    assert list(ExpiryNotice.everything.values_list("ends_on__day", "state")) == [(20, "missed")]
    assert told() == []


def test_before_go_live_stays_silent(member: Member, settings: object) -> None:
    settings.EXPIRY_GO_LIVE = "2026-11-23"
    make_guarantee(member, ends_on=date(2026, 12, 7))
    make_guarantee(member, ends_on=date(2026, 12, 8))
    run("2026-11-23")
    states = dict(ExpiryNotice.everything.values_list("ends_on__day", "state"))
    assert states == {7: "before_go_live", 8: "planned"}
    assert len(told()) == 1


def test_holiday_declared_after_the_run_is_caught_by_the_next(member: Member) -> None:
    """Mon 2026-11-23 becomes closed after Friday's run: Tuesday's run tells, late, and once."""
    run("2026-11-20")
    guarantee = make_guarantee(member, ends_on=date(2026, 12, 8))
    Holiday.objects.create(on=date(2026, 11, 23), name="임시공휴일")
    run("2026-11-23")
    assert told(guarantee) == []
    run("2026-11-24")
    assert told(guarantee) == ["01000000100"]


def test_text_in_sql_is_the_rules_text(member: Member) -> None:
    branch = make_branch(phone="02-0000-00000")
    names = ["미르누리설비", "온새미로 기계설비", "온새미로기 계설비", "온새미로기계설비엔지니어링㈜ab", "A" * 32]
    for name in names:
        other = make_member(branch, sms_name=name)
        for product in ("C1", "E1"):
            make_guarantee(other, product, ends_on=date(2026, 12, 8))
    run("2026-11-23")
    rows = Message.everything.select_related("member__branch")
    assert rows.count() == 10
    for message in rows:
        guarantee = Guarantee.everything.get(public_id=message.reference.split(":")[1])
        values = {
            "company": message.member.sms_name, "kind": guarantee.product.sms_label,
            "no": guarantee.sms_number, "end": "26.12.08", "tel": message.member.branch.phone,
        }  # fmt: skip
        assert message.body == texts.render("EXPIRY15", values, prefix="[설비공제]")
        assert texts.message_kind(message.body) == "sms"


def test_command_reports_as_json_and_dry_run_writes_nothing(member: Member) -> None:
    guarantee = make_guarantee(member, ends_on=date(2026, 12, 6))
    make_guarantee(member, "B1", ends_on=date(2026, 12, 6))
    out = StringIO()
    call_command("expiry_run", "--date", "2026-11-20", "--dry-run", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {
        "run_date": "2026-11-20",
        "business_day": True,
        "covers": {"from": "2026-12-05", "to": "2026-12-07"},
        "planned": [{"guarantee": guarantee.number, "end_date": "2026-12-06", "recipients": 1, "late": False}],
        "skipped": {"product": 1},
    }
    assert (ExpiryRun.objects.count(), ExpiryNotice.everything.count(), Message.everything.count()) == (
        0,
        0,
        0,
    )
    out = StringIO()
    call_command("expiry_run", "--date", "2026-11-21", "--dry-run", "--json", stdout=out)
    assert json.loads(out.getvalue())["covers"] == {"from": None, "to": None}


def test_preview_and_run_agree(member: Member) -> None:
    for day in range(1, 16):
        make_guarantee(member, ends_on=date(2026, 12, day))
    seen = preview(on=date(2026, 11, 20))
    run("2026-11-20")
    assert (len(seen.planned), seen.texts({notice.guarantee for notice in seen.planned}), len(told())) == (7, 1, 1)
