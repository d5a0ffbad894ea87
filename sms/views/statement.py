"""마일리지 내역: a month on the page, or as a file for the company's books."""

import csv
from calendar import monthrange
from datetime import date

from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal import clock
from portal.clock import SEOUL, seoul_day
from portal.identifiers import mask_mobile
from portal.members.gate import member_page
from sms.account import Line, Statement, balance, next_lapse, statement
from sms.models import EntryKind, Lot, Message
from sms.views.own import SMS_MENU, own_member, side_menu, trail_to

MOST_MONTHS = 36
COLUMNS = ("일시", "구분", "내용", "콜", "사용 기한", "잔액")


@member_page
@require_safe
def mileage_statement(request: HttpRequest) -> HttpResponse:
    """The account of ?month=2026-11 (this month by default); ?as=csv gives a file."""
    member, now = own_member(request), clock.now()
    months = _months(request, seoul_day(now))
    month = next((m for m in months if f"{m:%Y-%m}" == request.GET.get("month")), months[0])
    last_day = month.replace(day=monthrange(month.year, month.month)[1])
    account = statement(member_id=member.pk, first_day=month, last_day=last_day, at=now)
    rows = _rows(request, account)
    if request.GET.get("as") == "csv":
        return _file(account, rows)
    context = {
        "account": account,
        "rows": rows,
        "months": months,
        "month": month,
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
    words = line.label or EntryKind(line.kind).label
    return f"{words} → {to}" if to else words


def _file(account: Statement, rows: list[tuple[Line, str]]) -> HttpResponse:
    name = f"mileage-{account.first_day:%Y-%m}.csv"
    response = HttpResponse(
        "\ufeff",  # so that Excel reads it as UTF-8
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    table = csv.writer(response)
    table.writerow(COLUMNS)
    table.writerow([f"{account.first_day:%Y-%m-%d}", "이월", "", "", "", account.opening])
    for line, words in rows:
        at = f"{line.at.astimezone(SEOUL):%Y-%m-%d %H:%M}"
        until = f"{line.usable_until:%Y-%m-%d}"
        table.writerow([at, line.kind.label, _harmless(words), line.calls, until, line.balance])
    table.writerow([f"{account.last_day:%Y-%m-%d}", "잔액", "", "", "", account.closing])
    return response


def _harmless(words: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return f"'{words}" if words.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else words
