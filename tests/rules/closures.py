"""Weekday closures of KR-BANK 2024-2030, the table the date cases of this folder are computed with."""

from datetime import date

from portal.businessdays.rules import BusinessCalendar

WEEKDAY_CLOSURES = """
2024 01-01 02-09 02-12 03-01 04-10 05-01 05-06 05-15 06-06 08-15 09-16 09-17 09-18 10-01 10-03 10-09 12-25
2025 01-01 01-27 01-28 01-29 01-30 03-03 05-01 05-05 05-06 06-03 06-06 08-15 10-03 10-06 10-07 10-08 10-09
2025 12-25
2026 01-01 02-16 02-17 02-18 03-02 05-01 05-05 05-25 06-03 07-17 08-17 09-24 09-25 10-05 10-09 12-25
2027 01-01 02-08 02-09 03-01 05-03 05-05 05-13 07-19 08-16 09-14 09-15 09-16 10-04 10-11 12-27
2028 01-26 01-27 01-28 03-01 04-12 05-01 05-02 05-05 06-06 07-17 08-15 10-02 10-03 10-04 10-05 10-09 12-25
2029 01-01 02-12 02-13 02-14 03-01 05-01 05-07 05-21 06-06 07-17 08-15 09-21 09-24 10-03 10-09 12-25
2030 01-01 02-04 02-05 03-01 03-27 05-01 05-06 05-09 06-06 06-12 07-17 08-15 09-11 09-12 09-13 10-03 10-09
2030 12-25
"""


def _closures() -> frozenset[date]:
    days = set()
    for line in WEEKDAY_CLOSURES.split("\n"):
        year, *rest = line.split() or [""]
        days |= {date.fromisoformat(f"{year}-{month_day}") for month_day in rest}
    return frozenset(days)


KR_BANK = BusinessCalendar(closures=_closures(), covered_until=date(2030, 12, 31))


def on(text: str) -> date:
    """Read "2026-12-31 Thu"; a wrong weekday in a case is a mistake in the case."""
    day_text, _, weekday = text.partition(" ")
    day = date.fromisoformat(day_text)
    assert not weekday or f"{day:%a}" == weekday, f"{day} is a {day:%A}"
    return day
