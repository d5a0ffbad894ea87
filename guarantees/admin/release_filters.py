"""Filters over guarantees for whoever releases them: when they end, and what speaks for it."""

from calendar import monthrange
from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from guarantees.models import Guarantee
from guarantees.releases import asked, claimed, releasable
from portal import clock

MONTHS_AHEAD = 12


class EndingFilter(admin.SimpleListFilter):
    """The month of the last day."""

    title = "종료월"
    parameter_name = "ending"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        today = clock.today()
        months = [_month(today, ahead) for ahead in range(MONTHS_AHEAD)]
        named = [(f"{first:%Y-%m}", f"{first.year}년 {first.month}월") for first in months]
        return [("over", "이미 지남"), *named]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Guarantee]) -> QuerySet[Guarantee]:
        wanted = self.value()
        if wanted == "over":
            return queryset.filter(ends_on__lt=clock.today())
        if wanted and wanted in dict(self.lookup_choices):
            year, month = map(int, wanted.split("-"))
            last = date(year, month, monthrange(year, month)[1])
            return queryset.filter(ends_on__range=(date(year, month, 1), last))
        return queryset


def _month(today: date, ahead: int) -> date:
    """The first day of the month `ahead` months from today."""
    years, month = divmod(today.month - 1 + ahead, 12)
    return date(today.year + years, month + 1, 1)


class ReleaseFilter(admin.SimpleListFilter):
    """What can be released, what somebody has asked for, and what must wait."""

    title = "해제"
    parameter_name = "release"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("releasable", "풀 수 있음"), ("asked", "해제 요청 있음"), ("claimed", "청구 처리 중")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "releasable":
                return queryset.filter(releasable(clock.today())).exclude(claimed())
            case "asked":
                return queryset.filter(asked())
            case "claimed":
                return queryset.filter(claimed())
        return queryset
