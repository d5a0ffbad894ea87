"""The calendar: temporary holidays and the cooperative's own closures, entered by the policy department (S28)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from portal import clock
from portal.audit import words
from portal.businessdays.models import CalendarYear, Holiday, HolidaySource
from portal.desk.scoped import ReadOnlyAdmin, ScopedAdmin
from portal.members.roles import Role

ALL_STAFF = frozenset(Role) - {Role.MEMBER_USER, Role.MEMBER_REP}

words.register(
    {"holiday.add": "휴무일 등록", "holiday.change": "휴무일 변경", "calendar.load": "공휴일 자료 적재"}
)


class HolidayForm(forms.ModelForm):
    """A day to come, with the reason it is closed or open."""

    note = forms.CharField(
        label="근거", max_length=200, help_text="예: 임시공휴일 지정(국무회의 의결 2026. 11. 20.)"
    )

    class Meta:
        model = Holiday
        fields = ("on", "name", "is_closed", "note")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        day = cleaned.get("on") or self.instance.on
        if day is not None and day < clock.today():
            self.add_error(None, "지난 날은 바꿀 수 없습니다. 오늘부터의 날짜를 골라 주세요.")
        return cleaned


@admin.register(Holiday)
class HolidayAdmin(ScopedAdmin):
    """What staff write wins: a row of the public data that staff change becomes theirs and stays so."""

    view_roles = ALL_STAFF
    add_roles = edit_roles = frozenset({Role.POLICY_ADMIN})
    form = HolidayForm
    list_display = ("on", "name", "is_closed", "source", "is_provisional", "note")
    list_filter = ("source", "is_closed")
    ordering = ("-on",)
    sortable_by = ("on",)
    search_fields = ("name",)
    search_help_text = "이름이나 연도(예: 2027)로 찾습니다."
    fields = ("on", "name", "is_closed", "note", "source", "is_provisional")
    readonly_fields = ("source", "is_provisional")

    def get_readonly_fields(self, request: HttpRequest, obj: Holiday | None = None) -> Any:
        """The day of a row never changes, nor the name a law gave it."""
        if obj is None:
            return self.readonly_fields
        fixed = ("on", "name") if obj.source == HolidaySource.LIBRARY else ("on",)
        return (*fixed, *self.readonly_fields)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        if len(text) == 4 and text.isdigit():
            return queryset.filter(on__year=int(text)), False
        return super().get_search_results(request, queryset, search_term)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.source, obj.is_provisional = HolidaySource.STAFF, False
        super().save_model(request, obj, form, change)
        messages.info(
            request, "보증해제대상 안내 문자의 발송일이 바뀔 수 있습니다. ‘만료 문자 미리보기’에서 확인해 주세요."
        )


@admin.register(CalendarYear)
class CalendarYearAdmin(ReadOnlyAdmin):
    view_roles = ALL_STAFF
    list_display = ("year", "loaded_at", "source")
    sortable_by = ()
    fields = ("year", "loaded_at", "source")
