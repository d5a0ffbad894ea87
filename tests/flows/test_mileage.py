"""The mileage account as worked stories: every balance after every step (DOMAIN §6.1, §6.2 by their numbers)."""

from calendar import monthrange
from datetime import date, timedelta
from random import Random

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from portal.access import Actor
from portal.members.models import Member
from sms.account import balance, next_lapse, statement
from sms.actions.mileage import NotEnoughCalls, RequestKeyReused, book_lapsed, earn, spend
from sms.invariants_ledger import ledger_violations
from sms.models import Entry, Lot, Spend
from tests.factories import at, make_member
from tests.flows.mileage_world import policy_from

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def earned(member: Member, on: str, calls: int = 1, name: str = "") -> list[Lot]:
    return [
        earn(member_id=member.pk, source=f"{name or on}:{member.pk}:{n}", label="계약보증", at=at(f"{on} 10:00"))
        for n in range(calls)
    ]


def spent(member: Member, *messages: str, on: str, key: str = "", each: int = 1) -> Spend:
    return spend(
        member_id=member.pk, key=key or "-".join(messages), message_keys=messages, calls_each=each, by=SYSTEM,
        at=at(on),
    )  # fmt: skip


def lot_rests(member: Member) -> list[int]:
    return list(Lot.everything.filter(member=member).order_by("id").values_list("remaining", flat=True))


def rows(member: Member) -> tuple[int, int, int]:
    return tuple(model.everything.filter(member=member).count() for model in (Lot, Entry, Spend))


# 적립


def test_인터넷_발급_한_건에_한_콜이_쌓인다() -> None:
    member = make_member()
    lot = earn(member_id=member.pk, source="guarantee:1", label="C1-000123", at=at("2026-11-22 10:00"))  # 일
    assert (lot.quantity, lot.remaining, lot.earned_on) == (1, 1, date(2026, 11, 22))
    assert lot.expires_at == at("2027-11-23 00:00")
    assert balance(member.pk, at("2026-11-22 10:00")) == 1
    entry = Entry.everything.get(lot=lot)
    assert (entry.kind, entry.calls, entry.label, entry.at) == ("earn", 1, "C1-000123", at("2026-11-22 10:00"))


def test_같은_근거로_두_번_적립하지_않는다() -> None:
    member = make_member()
    first = earn(member_id=member.pk, source="guarantee:1", label="", at=at("2026-11-22 10:00"))
    again = earn(member_id=member.pk, source="guarantee:1", label="", at=at("2026-11-23 09:00"))
    assert again == first
    assert (balance(member.pk, at("2026-11-23 09:00")), rows(member)) == (1, (1, 1, 0))


def test_자정_직후의_적립은_서울의_새_날에_든다() -> None:
    lot = earn(member_id=make_member().pk, source="guarantee:1", label="", at=at("2026-11-23 00:00"))
    assert lot.earned_on == date(2026, 11, 23)


def test_정책은_적립한_날의_것을_따르고_이미_쌓인_콜은_그대로다() -> None:
    policy_from("2027-01-01", earn_per_issue=2, validity_months=6)
    member = make_member()
    before, after = *earned(member, "2026-12-31"), *earned(member, "2027-01-01")
    assert (before.quantity, before.expires_at) == (1, at("2028-01-01 00:00"))
    assert (after.quantity, after.expires_at) == (2, at("2027-07-02 00:00"))


def test_한_콜도_주지_않는_정책이면_아무것도_쓰지_않는다() -> None:
    policy_from("2027-01-01", earn_per_issue=0)
    member = make_member()
    assert earned(member, "2027-01-02") == [None]
    assert rows(member) == (0, 0, 0)


# 유효기간


@pytest.mark.parametrize(
    ("_case", "now", "usable"),
    [
        ("쌓은 순간", "2026-03-10 10:00:00", 1),
        ("마지막 날 23:59:59", "2027-03-10 23:59:59", 1),
        ("다음 날 0시", "2027-03-11 00:00:00", 0),
    ],
)
def test_1년이_되는_날까지_쓸_수_있다(_case: str, now: str, usable: int) -> None:
    member = make_member()
    earned(member, "2026-03-10")  # 화
    assert balance(member.pk, at(now)) == usable
    if usable:
        assert spent(member, "m1", on=now).calls == 1
    else:
        with pytest.raises(NotEnoughCalls):
            spent(member, "m1", on=now)


@pytest.mark.parametrize(
    ("earned_on", "last_day"),
    [
        ("2027-02-28", date(2028, 2, 29)),
        ("2028-02-28", date(2029, 2, 28)),
        ("2028-02-29", date(2029, 2, 28)),
        ("2026-12-31", date(2027, 12, 31)),
    ],
)
def test_마지막_사용일(earned_on: str, last_day: date) -> None:
    member = make_member()
    earned(member, earned_on)
    lapse = next_lapse(member.pk, at(f"{earned_on} 11:00"))
    assert (lapse.last_day, lapse.calls) == (last_day, 1)


def test_가장_먼저_소멸할_콜을_모아_알려_준다() -> None:
    member = make_member()
    earned(member, "2026-06-10", calls=3)
    earned(member, "2026-01-10", calls=2)
    assert next_lapse(member.pk, at("2026-07-01 09:00")).calls == 2
    assert next_lapse(member.pk, at("2027-01-11 00:00")).last_day == date(2027, 6, 10)
    assert next_lapse(member.pk, at("2027-06-11 00:00")) is None


# 사용


def test_먼저_소멸할_콜부터_쓴다() -> None:
    member = make_member()
    earned(member, "2026-06-10", calls=2)
    earned(member, "2026-01-10")
    spent(member, "m1", "m2", on="2026-12-01 10:00")  # 화
    assert lot_rests(member) == [0, 1, 0]
    assert balance(member.pk, at("2026-12-01 10:00")) == 1
    paid = Entry.everything.filter(member=member, kind="spend").order_by("id")
    assert [(entry.message_key, entry.lot.earned_on, entry.calls) for entry in paid] == [
        ("m1", date(2026, 1, 10), -1),
        ("m2", date(2026, 6, 10), -1),
    ]


def test_여러_적립분에_걸친_사용은_메시지와_적립분마다_한_줄이다() -> None:
    policy_from("2026-01-01", earn_per_issue=4)
    member = make_member()
    earned(member, "2026-01-10")
    earned(member, "2026-02-10")
    spent(member, "m1", "m2", on="2026-03-02 10:00", each=3)
    assert lot_rests(member) == [0, 2]
    paid = Entry.everything.filter(member=member, kind="spend").order_by("id")
    assert [(entry.message_key, entry.lot.earned_on.month, entry.calls) for entry in paid] == [
        ("m1", 1, -3),
        ("m2", 1, -1),
        ("m2", 2, -2),
    ]


def test_모자라면_한_통도_쓰지_않고_남은_콜과_필요한_콜을_말한다() -> None:
    member = make_member()
    earned(member, "2026-06-10")
    before = rows(member)
    with pytest.raises(NotEnoughCalls) as refused:
        spent(member, "m1", "m2", "m3", on="2026-12-01 10:00")
    assert (refused.value.balance, refused.value.need) == (1, 3)
    assert "3콜이 필요한데 1콜이 남아 있습니다." in refused.value.message
    assert (rows(member), lot_rests(member)) == (before, [1])


def test_다른_조합원의_콜은_쓰지_않는다() -> None:
    rich, poor = make_member(), make_member()
    earned(rich, "2026-06-10", calls=5)
    with pytest.raises(NotEnoughCalls):
        spent(poor, "m1", on="2026-12-01 10:00")
    assert balance(rich.pk, at("2026-12-01 10:00")) == 5


def test_같은_요청을_되풀이하면_같은_결과이고_한_번만_쓴다() -> None:
    member = make_member()
    earned(member, "2026-06-10", calls=2)
    first = spent(member, "m1", "m2", on="2026-12-01 10:00", key="form")
    after = rows(member)
    assert (
        spent(member, "m1", "m2", on="2026-12-01 10:05", key="form") == first
    )  # 남은 콜이 없어도 거절하지 않는다
    assert (rows(member), lot_rests(member)) == (after, [0, 0])


@pytest.mark.parametrize(
    ("_case", "messages", "each"),
    [("받는 사람이 다름", ("m1", "m3"), 1), ("사람 수가 다름", ("m1",), 1), ("통당 콜이 다름", ("m1", "m2"), 2)],
)
def test_같은_열쇠에_다른_내용이면_거절한다(_case: str, messages: tuple[str, ...], each: int) -> None:
    member = make_member()
    earned(member, "2026-06-10", calls=9)
    spent(member, "m1", "m2", on="2026-12-01 10:00", key="form")
    with pytest.raises(RequestKeyReused):
        spent(member, *messages, on="2026-12-01 10:05", key="form", each=each)
    assert balance(member.pk, at("2026-12-01 10:05")) == 7


@pytest.mark.parametrize("messages", [(), ("m1", "m1")])
def test_메시지가_없거나_겹치는_요청은_부른_쪽의_잘못이다(messages: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="distinct"):
        spend(member_id=1, key="k", message_keys=messages, calls_each=1, by=SYSTEM, at=at("2026-12-01 10:00"))


# 소멸


def test_소멸은_한_번만_기록하고_기록이_늦어도_잔액은_같다() -> None:
    member = make_member()
    earned(member, "2026-01-10", calls=3)
    earned(member, "2026-06-10", calls=2)
    spent(member, "m1", on="2026-02-02 10:00")
    night = at("2027-01-11 00:10")
    assert balance(member.pk, night) == 2
    assert (book_lapsed(night), balance(member.pk, night)) == (2, 2)
    after = rows(member)
    assert (book_lapsed(night), rows(member)) == (0, after)
    lapsed = Entry.everything.filter(member=member, kind="lapse")
    assert [(entry.calls, entry.at) for entry in lapsed] == [(-1, at("2027-01-11 00:00"))] * 2
    assert lot_rests(member) == [0, 0, 0, 1, 1]


def test_소멸_시각_바로_전에는_소멸하지_않는다() -> None:
    earned(make_member(), "2026-01-10")
    assert book_lapsed(at("2027-01-10 23:59:59")) == 0
    assert book_lapsed(at("2027-01-11 00:00:00")) == 1


# 내역서


def statement_of(member: Member, first: str, last: str, now: str):
    return statement(
        member_id=member.pk, first_day=date.fromisoformat(first), last_day=date.fromisoformat(last), at=at(now)
    )


def test_한_달_내역서() -> None:
    member = make_member()
    earned(member, "2026-10-30", calls=2)
    earned(member, "2026-11-05")
    spent(member, "m1", "m2", on="2026-11-20 10:00")
    november = statement_of(member, "2026-11-01", "2026-11-30", "2026-12-01 00:00")
    assert (november.opening, november.closing) == (2, 1)
    assert [(line.kind, line.calls, line.balance, line.usable_until) for line in november.lines] == [
        ("earn", 1, 3, date(2027, 11, 5)),
        ("spend", -1, 2, date(2027, 10, 30)),
        ("spend", -1, 1, date(2027, 10, 30)),
    ]
    assert november.closing == balance(member.pk, at("2026-12-01 00:00"))
    empty = statement_of(member, "2026-09-01", "2026-09-30", "2026-12-01 00:00")
    assert (empty.opening, empty.lines, empty.closing) == (0, (), 0)


@pytest.mark.parametrize("is_booked", [False, True])
def test_내역서는_소멸이_기록되기_전과_후가_같다(is_booked: bool) -> None:
    member = make_member()
    earned(member, "2026-01-10", calls=2)
    earned(member, "2026-06-10")
    spent(member, "m1", on="2026-02-02 10:00")
    if is_booked:
        book_lapsed(at("2027-01-31 00:10"))
    january = statement_of(member, "2027-01-01", "2027-01-31", "2027-02-03 10:00")
    assert [(line.kind, line.calls, line.at, line.balance, line.label) for line in january.lines] == [
        ("lapse", -1, at("2027-01-11 00:00"), 1, "유효기간이 지난 콜")
    ]
    assert (january.opening, january.closing) == (2, 1)
    assert statement_of(member, "2027-02-01", "2027-02-28", "2027-02-03 10:00").opening == 1


def test_아직_오지_않은_소멸은_내역서에_없다() -> None:
    member = make_member()
    earned(member, "2026-01-10")
    january = statement_of(member, "2027-01-01", "2027-01-31", "2027-01-05 10:00")
    assert (january.lines, january.closing) == ((), 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_열여섯_달을_지내도_달마다_이어지고_맞아떨어진다(seed: int) -> None:
    random, member = Random(seed), make_member()
    closings: list[int] = []
    for first, last in MONTHS:
        for day in range((last - first).days + 1):
            live(member, first + timedelta(days=day), random)
        closings.append(balance(member.pk, at(f"{last + timedelta(days=1)} 00:00")))
    opening = 0
    for (first, last), expected in zip(MONTHS, closings, strict=True):
        month = statement_of(member, str(first), str(last), "2027-05-01 00:00")
        assert month.opening == opening
        assert month.opening + sum(line.calls for line in month.lines) == month.closing == expected
        assert all(line.balance >= 0 for line in month.lines)
        opening = month.closing
    entries = sum(Entry.everything.filter(member=member).values_list("calls", flat=True))
    assert entries == sum(lot_rests(member))


MONTHS = [
    (date(year, month, 1), date(year, month, monthrange(year, month)[1]))
    for year, month in [(2026, n) for n in range(1, 13)] + [(2027, n) for n in range(1, 5)]
]


def live(member: Member, day: date, random: Random) -> None:
    """A day that may be quiet, earn calls, spend some, or book what lapsed in the night."""
    if random.random() < 0.6:
        return
    morning = f"{day} 10:00"
    if random.random() < 0.5:
        book_lapsed(at(f"{day} 00:10"))
    earned(member, str(day), calls=random.randint(0, 2))
    wanted = random.randint(0, 3)
    if 0 < wanted <= balance(member.pk, at(morning)):
        spent(member, *(f"{morning}:{n}" for n in range(wanted)), on=morning)


# 데이터베이스의 보증


@pytest.mark.parametrize("change", [lambda rows: rows.update(calls=9), lambda rows: rows.delete()])
def test_내역은_고치거나_지울_수_없다(change) -> None:
    member = make_member()
    earned(member, "2026-06-10")
    with pytest.raises(InternalError, match="Cannot update or delete"), transaction.atomic():
        change(Entry.everything.filter(member=member))
    assert Entry.everything.get(member=member).calls == 1


@pytest.mark.parametrize(
    ("_case", "rest"), [("적립보다 많이 남음", 2), ("영보다 적게 남음", -1)]
)  # fmt: skip
def test_적립분의_남은_콜은_영과_적립_콜_사이다(_case: str, rest: int) -> None:
    member = make_member()
    earned(member, "2026-06-10")
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.everything.filter(member=member).update(remaining=rest)


@pytest.mark.parametrize(
    ("_case", "fields"),
    [
        ("줄어드는 적립", {"kind": "earn", "calls": -1}),
        ("늘어나는 사용", {"kind": "spend", "calls": 1}),
        ("늘어나는 소멸", {"kind": "lapse", "calls": 1}),
        ("아무것도 아닌 조정", {"kind": "adjust", "calls": 0}),
        ("같은 적립분의 두 번째 적립", {"kind": "earn", "calls": 1}),
    ],
)
def test_뜻에_맞지_않는_내역은_쓸_수_없다(_case: str, fields: dict[str, object]) -> None:
    member = make_member()
    [lot] = earned(member, "2026-06-10")
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.everything.create(member=member, lot=lot, at=at("2026-06-11 09:00"), **fields)


def test_확정은_내역서에_나오지_않고_어떤_기간도_맞아떨어진다() -> None:
    """24"""
    member = make_member()
    earned(member, "2026-01-10", calls=3)
    spent(member, "m1", on="2026-02-02 10:00")
    lot = Lot.everything.filter(member=member).earliest("id")
    Entry.everything.create(
        member=member, lot=lot, kind="commit", calls=0, message_key="m1", at=at("2026-02-02 10:01")
    )
    year = statement_of(member, "2026-01-10", "2027-01-11", "2027-02-01 00:00")
    assert [line.kind for line in year.lines] == ["earn"] * 3 + ["spend"] + ["lapse"] * 2
    assert (year.opening, year.closing) == (0, 0)
    assert year.lines[0].lot == f"260110-{lot.pk}"
    for first in ("2026-01-01", "2026-01-10", "2026-02-02", "2026-06-01"):
        part = statement_of(member, first, "2026-12-31", "2027-02-01 00:00")
        assert part.opening + sum(line.calls for line in part.lines) == part.closing == 2


@pytest.mark.parametrize(
    ("_case", "break_it"),
    [
        ("내역 없이 남은 콜을 바꿈", "UPDATE sms_lot SET remaining = 0 WHERE id = %s"),
        ("적립일을 바꿈", "UPDATE sms_lot SET earned_on = '2026-01-01' WHERE id = %s"),
        ("적립 콜을 바꿈", "UPDATE sms_lot SET quantity = 9 WHERE id = %s"),
        ("적립분을 지움", "DELETE FROM sms_lot WHERE id = %s"),
        ("사용 요청을 고침", "UPDATE sms_spend SET calls = 2 WHERE id > %s - 1000000"),
        ("사용 요청을 지움", "DELETE FROM sms_spend WHERE id > %s - 1000000"),
        (
            "적립분 없이 내역만 씀",
            "INSERT INTO sms_entry (member_id, lot_id, kind, calls, message_key, label, at)"
            " SELECT member_id, id, 'adjust', -1, 'x', '', now() FROM sms_lot WHERE id = %s",
        ),
        (
            "소멸한 콜의 사용",
            "WITH taken AS (UPDATE sms_lot SET remaining = 0 WHERE id = %s RETURNING id, member_id)"
            " INSERT INTO sms_entry (member_id, lot_id, kind, calls, message_key, label, at)"
            " SELECT member_id, id, 'spend', -1, 'x', '', '2027-06-11 00:00+09' FROM taken",
        ),
    ],
)
def test_데이터베이스가_스스로_막는다(_case: str, break_it: str) -> None:
    member = make_member()
    earned(member, "2026-06-10", calls=2)
    spent(member, "m1", on="2026-07-01 10:00")
    lot = Lot.everything.filter(member=member).latest("id")
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(break_it, [lot.pk])
    assert ledger_violations() == []
