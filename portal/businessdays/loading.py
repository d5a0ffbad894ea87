"""Filling the calendar from the `holidays` library: public holidays, and the bank's 1 May before 2026."""

from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version

import holidays
from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.businessdays.models import CalendarYear, Holiday, HolidaySource
from portal.clock import seoul_day

LABOUR_DAY_IS_PUBLIC_FROM = 2026


@dataclass(frozen=True)
class Loaded:
    """What loading one year changed."""

    year: int
    added: int
    removed: int
    kept_by_staff: int


def load_year(*, year: int, by: Actor, at: datetime) -> Loaded:
    """Bring the library's rows of `year` up to date; a row of the staff is never touched (S28).

    Years after the next are derived from rules only, since the official almanac reaches one year ahead:
    they are marked provisional.
    """
    listed = holidays_of(year)
    provisional = year > seoul_day(at).year + 1
    with transaction.atomic():
        rows = Holiday.objects.filter(on__year=year)
        by_staff = set(rows.filter(source=HolidaySource.STAFF).values_list("on", flat=True))
        gone = rows.filter(source=HolidaySource.LIBRARY).exclude(on__in=listed).delete()[0]
        before = rows.filter(source=HolidaySource.LIBRARY).count()
        Holiday.objects.bulk_create(
            [
                Holiday(on=on, name=name, source=HolidaySource.LIBRARY, is_provisional=provisional)
                for on, name in listed.items()
                if on not in by_staff
            ],
            update_conflicts=True,
            unique_fields=["on"],
            update_fields=["name", "is_provisional"],
        )
        after = rows.filter(source=HolidaySource.LIBRARY).count()
        filled, _ = CalendarYear.objects.update_or_create(
            year=year, defaults={"loaded_at": at, "source": f"holidays {version('holidays')}"}
        )
        loaded = Loaded(year, after - before, gone, len(by_staff))
        trail.record(
            action="calendar.load", by=by, at=at, subject=filled,
            detail={"added": loaded.added, "removed": loaded.removed},
        )  # fmt: skip
    return loaded


def holidays_of(year: int) -> dict[date, str]:
    """Closures of KR-BANK in `year`, weekends included where a holiday falls on one, with Korean names."""
    categories = ("public", "bank") if year < LABOUR_DAY_IS_PUBLIC_FROM else ("public",)
    return dict(holidays.country_holidays("KR", years=year, categories=categories, language="ko").items())
