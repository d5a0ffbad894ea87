"""The calendar in the database: closures by day, and which years have been filled."""

from datetime import date
from hashlib import sha256

from django.db import models

from portal.businessdays.rules import BusinessCalendar


class HolidaySource(models.TextChoices):
    LIBRARY = "library", "공휴일 자료"
    STAFF = "staff", "직원 등록"


class Holiday(models.Model):
    """One day on which the cooperative is closed, or, by staff's word, open although a source says closed.

    Rows of staff win: `load_holidays` never touches them (S28).
    """

    on = models.DateField("날짜", unique=True)
    name = models.CharField("이름", max_length=80)
    is_closed = models.BooleanField("휴무", default=True, help_text="해제하면 그날을 영업일로 봅니다.")
    source = models.CharField("출처", max_length=10, choices=HolidaySource.choices, default=HolidaySource.STAFF)
    is_provisional = models.BooleanField("잠정", default=False)
    note = models.CharField("근거", max_length=200, blank=True)

    class Meta:
        verbose_name = "휴무일"
        verbose_name_plural = "휴무일"
        ordering = ["on"]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.name}"


class CalendarYear(models.Model):
    """A year whose holidays have been loaded. A year without a row is one the calendar does not know."""

    year = models.PositiveSmallIntegerField("연도", primary_key=True)
    loaded_at = models.DateTimeField("적재 일시")
    source = models.CharField("자료", max_length=40)

    class Meta:
        verbose_name = "적재된 연도"
        verbose_name_plural = "적재된 연도"
        ordering = ["year"]

    def __str__(self) -> str:
        return str(self.year)


def business_calendar() -> BusinessCalendar:
    """The calendar as it stands now. Read at every run, never kept, since temporary holidays come late."""
    return BusinessCalendar(closures=frozenset(closed_days()), covered_until=covered_until())


def closed_days() -> dict[date, str]:
    """The names of the days the cooperative is closed on, weekends aside."""
    return dict(Holiday.objects.filter(is_closed=True).values_list("on", "name"))


def covered_until() -> date | None:
    """The last day of the unbroken run of loaded years, or None when nothing is loaded."""
    last = None
    for year in CalendarYear.objects.order_by("year").values_list("year", flat=True):
        if last is not None and year != last + 1:
            break
        last = year
    return None if last is None else date(last, 12, 31)


def calendar_version(calendar: BusinessCalendar) -> str:
    """Twelve hex digits that name these closures: two runs with the same ones knew the same holidays."""
    days = ",".join(sorted(day.isoformat() for day in calendar.closures))
    return sha256(days.encode()).hexdigest()[:12]
