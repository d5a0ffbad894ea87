"""마일리지 내역: a month or a span of days on the page, or as a file for the company's books."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal import clock
from portal.businessdays.rules import last_day_of_months
from portal.clock import SEOUL, seoul_day
from portal.csv_cells import csv_file
from portal.identifiers import mask_mobile
from portal.members.gate import member_page
from portal.side_menu import side_menu, trail_to
from sms.account import Line, Statement, balance, coming_suspension, next_lapse, statement
from sms.models import Lot, Message
from sms.views.own import SMS_MENU, own_member

MOST_MONTHS = 36
COLUMNS = ("일시", "구분", "내용", "콜", "적립분", "사용 기한", "잔액")


class SpanForm(forms.Form):
    """Two days, both included, at most 36 months apart."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("from", "시작일"), ("to", "종료일")):
            self.fields[name] = forms.DateField(
                label=label, widget=forms.DateInput(attrs={"type": "date"}),
                error_messages={
                    "required": f"{label}을 골라 주세요.", "invalid": f"{label}을 다시 확인해 주세요."
                },
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("from"), given.get("to")
        if first and last and last < first:
            raise forms.ValidationError("종료일이 시작일보다 빠릅니다. 두 날짜를 바꾸어 주세요.")
        if first and last and last > last_day_of_months(first - timedelta(days=1), MOST_MONTHS):
            raise forms.ValidationError(
                f"한 번에 {MOST_MONTHS}개월까지 볼 수 있습니다. 기간을 나누어 조회해 주세요."
            )
        return given


@member_page
@require_safe
def mileage_statement(request: HttpRequest) -> HttpResponse:
    """The account of ?month=2026-11 (this month by default) or of ?from=2026-01-01&to=2026-03-31.

    ?as=csv gives a file. A span that cannot be shown says why, above this month's account.
    """
    member, now = own_member(request), clock.now()
    months = _months(request, seoul_day(now))
    month = next((m for m in months if f"{m:%Y-%m}" == request.GET.get("month")), months[0])
    span = SpanForm(request.GET if "from" in request.GET or "to" in request.GET else None)
    is_span = span.is_bound and span.is_valid()
    first_day = span.cleaned_data["from"] if is_span else month
    last_day = span.cleaned_data["to"] if is_span else month.replace(day=monthrange(month.year, month.month)[1])
    account = statement(member_id=member.pk, first_day=first_day, last_day=last_day, at=now)
    rows = _rows(request, account)
    if request.GET.get("as") == "csv" and (is_span or not span.is_bound):
        return _file(account, rows, f"{first_day}_{last_day}" if is_span else f"{first_day:%Y-%m}")
    context = {
        "account": account,
        "rows": rows,
        "months": months,
        "month": month,
        "is_span": is_span,
        "span": span,
        "suspension": coming_suspension(now),
        "balance": balance(member.pk, now),
        "lapse": next_lapse(member.pk, now),
        "menu_items": side_menu(request, SMS_MENU),
        "breadcrumbs": trail_to(("문자메시지서비스", "sms:compose"), ("마일리지 내역", "sms:statement")),
    }
    return render(request, "sms/statement.html", context)


def _months(request: HttpRequest, today: date) -> list[date]:
    """First days of the months there is something to say about, the present one first."""
    first = Lot.objects.for_user(request.user).aggregate(day=Min("earned_on"))["day"] or today
    count = min(MOST_MONTHS, max(0, (today.year - first.year) * 12 + today.month - first.month) + 1)
    numbers = (today.year * 12 + today.month - 1 - back for back in range(count))
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _rows(request: HttpRequest, account: Statement) -> list[tuple[Line, str]]:
    """Each line with its words; of a message, to whom it went."""
    keys = [line.message_key for line in account.lines if line.message_key]
    found = Message.objects.for_user(request.user).filter(key__in=keys) if keys else []
    to = {message.key: f"{message.recipient_name} {mask_mobile(message.to)}".strip() for message in found}
    return [(line, _words(line, to.get(line.message_key, ""))) for line in account.lines]


def _words(line: Line, to: str) -> str:
    words = f"{line.words} → {to}" if to else line.words
    return f"{words} ({line.why})" if line.why else words


def _file(account: Statement, rows: list[tuple[Line, str]], span: str) -> HttpResponse:
    response, table = csv_file(f"mileage-{span}.csv", COLUMNS)
    table.writerow([f"{account.first_day:%Y-%m-%d}", "이월", "", "", "", "", account.opening])
    for line, words in rows:
        at = f"{line.at.astimezone(SEOUL):%Y-%m-%d %H:%M}"
        until = f"{line.usable_until:%Y-%m-%d}"
        table.writerow([at, line.kind.label, words, line.calls, line.lot, until, line.balance])
    table.writerow([f"{account.last_day:%Y-%m-%d}", "잔액", "", "", "", "", account.closing])
    return response
