"""The calendar of 2024-2030 in the database, from the table the pure cases are computed with."""

from datetime import UTC, datetime

from portal.businessdays.models import CalendarYear, Holiday
from tests.rules.closures import KR_BANK


def fill_calendar() -> None:
    """All seven years."""
    loaded_at = datetime(2026, 1, 1, tzinfo=UTC)
    CalendarYear.objects.bulk_create(
        [CalendarYear(year=year, loaded_at=loaded_at, source="시험") for year in range(2024, 2031)],
        ignore_conflicts=True,
    )
    Holiday.objects.bulk_create(
        [Holiday(on=on, name="공휴일", source="library") for on in KR_BANK.closures], ignore_conflicts=True
    )
