"""Calls about to lapse are told of in time, on business days, and once (DOMAIN §6.1 rule 12)."""

from datetime import date
from typing import Any

import pytest

from portal.access import Actor
from portal.businessdays.models import business_calendar
from portal.businessdays.rules import BusinessCalendar
from portal.members.models import Member
from sms.actions.mileage import earn, spend
from sms.actions.mileage.reminding import remind_of_lapses
from sms.models import LapseReminder, Message
from sms.rules.mileage import reminder_span
from tests.factories import at, make_member

pytestmark = pytest.mark.django_db

# 설 연휴 2027: Monday and Tuesday, the Saturday's substitute among them.
NEW_YEAR = BusinessCalendar(frozenset({date(2027, 2, 8), date(2027, 2, 9)}), date(2027, 12, 31))


def earned(member: Member, day: str, calls: int = 1) -> None:
    """Last usable day: the same day of the next year."""
    for n in range(calls):
        earn(member_id=member.pk, source=f"{member.pk}:{day}:{n}", label="", at=at(f"{day} 10:00"))


def remind(now: str) -> int:
    return remind_of_lapses(calendar=business_calendar(), at=at(now))


def sent(member: Member) -> list[tuple[str, str]]:
    return list(Message.everything.filter(member=member).order_by("id").values_list("channel", "body"))


@pytest.mark.parametrize(
    ("_case", "today", "days", "nearer", "then"),
    [
        ("금요일은 주말 몫까지", "2026-11-20", 30, 7, ("2026-11-30", "2026-12-22")),
        ("월요일", "2026-11-23", 30, 7, ("2026-12-01", "2026-12-23")),
        ("토요일에는 쉰다", "2026-11-21", 30, 7, None),
        ("일주일 전, 금요일", "2026-11-20", 7, None, ("2026-11-20", "2026-11-29")),
        ("설 연휴 앞", "2027-02-05", 30, 7, ("2027-02-17", "2027-03-11")),
    ],
)
def test_언제_누구에게(
    _case: str, today: str, days: int, nearer: int | None, then: tuple[str, str] | None
) -> None:
    span = reminder_span(days, today=date.fromisoformat(today), calendar=NEW_YEAR, nearer=nearer)
    assert span.is_empty if then is None else (str(span.first), str(span.last)) == then


def test_한_달_전에_이메일과_문자로_일주일_전에_이메일로_알린다() -> None:
    member = make_member(sms_name="미르누리설비")
    earned(member, "2025-12-23", calls=3)  # 2026-12-23 수까지
    assert [remind("2026-11-20 09:20"), remind("2026-11-23 09:20"), remind("2026-11-23 13:20")] == [0, 1, 0]
    (mail, text) = sorted(sent(member))
    assert text == ("sms", "[설비공제]미르누리설비 문자마일리지 3콜 26.12.23 소멸예정. 홈페이지 사용")
    assert "- 2026. 12. 23.(수)까지: 3콜" in mail[1]
    assert [remind("2026-12-15 09:20"), remind("2026-12-16 09:20"), remind("2026-12-17 09:20")] == [0, 1, 0]
    assert [channel for channel, _body in sent(member)].count("sms") == 1
    assert set(LapseReminder.everything.values_list("kind", "calls")) == {("month", 3), ("week", 3)}


def test_회사마다_한_번에_모아_알린다() -> None:
    member, other = make_member(), make_member()
    for day in ("2025-12-20", "2025-12-21", "2025-12-22"):  # 일, 월, 화: 금요일 한 번에
        earned(member, day, calls=2)
    earned(other, "2026-03-02")
    assert remind("2026-11-20 09:20") == 1
    mail = next(body for channel, body in sent(member) if channel == "email")
    assert "마일리지 6콜이 곧 소멸합니다" in mail
    assert mail.count("까지: 2콜") == 3
    assert (len(sent(member)), LapseReminder.everything.count(), sent(other)) == (2, 3, [])


def test_놓친_날은_다음_영업일에_알리고_다_쓴_콜은_알리지_않는다() -> None:
    late, spent_ = make_member(), make_member()
    earned(late, "2025-12-10")
    earned(spent_, "2025-12-10")
    spend(
        member_id=spent_.pk,
        key="k",
        message_keys=["m"],
        calls_each=1,
        by=Actor.system("시험"),
        at=at("2026-11-02 10:00"),
    )
    assert remind("2026-11-23 09:20") == 1  # 30일 전은 11-10이었다
    assert sent(spent_) == []
    assert len(sent(late)) == 2


@pytest.mark.parametrize(
    ("_case", "fields", "channels"),
    [
        ("이메일 없음", {"representative_email": ""}, ["sms"]),
        ("휴대폰 없음", {"representative_mobile": ""}, ["email"]),
        ("문자로 쓸 상호 없음", {"sms_name": ""}, ["email"]),
        ("탈퇴한 회사", {"status": "withdrawn"}, []),
    ],
)
def test_닿을_수_있는_길로만_알린다(_case: str, fields: dict[str, Any], channels: list[str]) -> None:
    member = make_member(**fields)
    earned(member, "2025-12-23")
    remind("2026-11-23 09:20")
    assert [channel for channel, _body in sent(member)] == channels
