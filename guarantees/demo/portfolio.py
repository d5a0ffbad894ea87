"""A portfolio of guarantees as the cooperative would have it, the same for every start on the same day."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from guarantees.models import Guarantee
from guarantees.rules.numbering import format_number, short_number
from portal.clock import seoul_day
from portal.members.models import Member

MIX = (("C1", 38), ("D1", 22), ("A1", 12), ("P1", 10), ("E1", 8), ("B1", 6), ("H1", 2), ("N1", 1), ("M1", 1))
OBLIGEES = ("가상시청 시설과", "누리교육지원청", "한빛도시공사(가상)", "미래건설(가상)㈜", "새솔병원(가상)")
WORKS = (
    "가온초 급식실 환기설비 개선공사", "누리청사 냉난방기 교체공사", "다온아파트 급수배관 교체공사",
    "새솔병원 증축 기계설비공사", "한빛데이터센터 공조설비공사", "마루도서관 소방설비 보강공사",
    "해담체육관 온수설비 교체공사", "바름산업단지 폐수배관 정비공사",
)  # fmt: skip
# Days from today to the end for the first company, so that every screen of the demo shows something.
TELLING_ENDS = (3, 9, 14, 15, 16, 17, 18, 21, 30, 45, 60, 90, 120, 200, 300, -5, -40)
TELLING_AMOUNTS = (10_000_000, 9_999_999, 50_000_000, 120_000_000, 35_000_000, 80_000_000)
CHUNK = 5_000


def make_portfolio(members: list[Member], each: int, at: datetime) -> int:
    """`each` guarantees for every member, written in chunks. Returns how many."""
    made = 0
    rows: list[Guarantee] = []
    for guarantee in _guarantees(members, each, at):
        rows.append(guarantee)
        if len(rows) == CHUNK:
            made += len(Guarantee.everything.bulk_create(rows))
            rows = []
    return made + len(Guarantee.everything.bulk_create(rows))


def _guarantees(members: list[Member], each: int, at: datetime) -> Iterator[Guarantee]:
    random = Random(20_261_122)  # noqa: S311 - the demo must be the same each time
    today = seoul_day(at)
    codes, weights = zip(*MIX, strict=True)
    last_numbers: dict[tuple[int, str], int] = {}
    for place in range(each):
        for serial, member in enumerate(members):
            code = random.choices(codes, weights)[0]
            ends_on, amount = _end_and_amount(random, today, place, is_first=serial == 0)
            if serial == 0 and place < len(TELLING_ENDS):
                code = ("C1", "A1", "P1", "E1")[place % 4]
            starts_on = ends_on - timedelta(days=random.randint(120, 700))
            # Brought over from last year's books and before, so that this year's numbers begin at one.
            year = min(starts_on.year, today.year - 1)
            last_numbers[year, code] = sequence = last_numbers.get((year, code), 0) + 1
            yield _one(member, code, amount, starts_on, ends_on, format_number(year, code, sequence), random, at)


def _end_and_amount(random: Random, today: date, place: int, *, is_first: bool) -> tuple[date, int]:
    if is_first and place < len(TELLING_ENDS):
        return today + timedelta(days=TELLING_ENDS[place]), TELLING_AMOUNTS[place % len(TELLING_AMOUNTS)]
    contract = min(max(int(random.lognormvariate(19.0, 1.1)), 5_000_000), 8_000_000_000)
    return today + timedelta(days=random.randint(-60, 700)), max(contract // 10 // 1000 * 1000, 500_000)


def _one(
    member: Member,
    code: str,
    amount: int,
    starts_on: date,
    ends_on: date,
    number: str,
    random: Random,
    at: datetime,
) -> Guarantee:
    is_over = ends_on < seoul_day(at)
    is_released = is_over and random.random() < 0.6
    return Guarantee(
        member=member, product_id=code, number=number, sms_number=short_number(number),
        channel=random.choice(("internet", "branch")), is_imported=True, imported_at=at,
        state="released" if is_released else "expired" if is_over else "active",
        contract_name=random.choice(WORKS), beneficiary_name=random.choice(OBLIGEES),
        contract_number=f"{starts_on.year}-{random.randint(1, 9999):04d}",
        contract_amount=amount * 10, contracted_on=starts_on, amount=amount,
        outstanding=0 if is_released else amount, starts_on=starts_on, ends_on=ends_on, issued_on=starts_on,
        released_at=at if is_released else None, release_reason="준공 확인" if is_released else "",
    )  # fmt: skip
