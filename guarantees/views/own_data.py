"""내 자료 내려받기: a member's own rows as CSV files or as one Excel workbook."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_safe

from guarantees.actions.own_data import note_taken
from guarantees.own_data import MOST_ROWS, SHEETS, plain, workbook
from portal import clock
from portal.access import Actor
from portal.clock import seoul_day
from portal.csv_cells import csv_file
from portal.members.gate import member_page
from portal.side_menu import MY_MENU, side_menu, trail_to
from portal.throttle import Allowance, seconds_to_wait
from sms.views.own import own_member

PER_PERSON = Allowance("own-data", most=30, seconds=3600)
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@member_page
@require_safe
def own_data(request: HttpRequest) -> HttpResponse:
    """What can be taken away."""
    context = {
        "sheets": SHEETS.values(),
        "most": MOST_ROWS,
        "menu_items": side_menu(request, MY_MENU),
        "breadcrumbs": trail_to(("마이페이지", "sms:my_page"), ("내 자료 내려받기", "own_data")),
    }
    return render(request, "guarantees/own_data.html", context)


@member_page
@require_GET
def own_data_csv(request: HttpRequest, sheet: str) -> HttpResponse:
    """One table. Written down in the trail."""
    member, at = own_member(request), clock.now()
    if sheet not in SHEETS:
        raise Http404
    if _has_taken_enough(request):
        return redirect("own_data")
    response, table = csv_file(f"{sheet}-{seoul_day(at)}.csv", [label for label, _kind in SHEETS[sheet].columns])
    count = 0
    for row in SHEETS[sheet].rows(request.user, at):  # type: ignore[arg-type] # behind member_page
        table.writerow([plain(cell) for cell in row])
        count += 1
    note_taken(member_id=member.pk, rows={sheet: count}, form="csv", by=Actor.of(request), at=at)
    return response


@member_page
@require_GET
def own_data_xlsx(request: HttpRequest) -> HttpResponse:
    """All tables as one workbook. Written down in the trail."""
    member, at = own_member(request), clock.now()
    if _has_taken_enough(request):
        return redirect("own_data")
    file, counts = workbook(request.user, at)  # type: ignore[arg-type] # behind member_page
    note_taken(member_id=member.pk, rows=counts, form="xlsx", by=Actor.of(request), at=at)
    headers = {"Content-Disposition": f'attachment; filename="own-data-{seoul_day(at)}.xlsx"'}
    return HttpResponse(file, content_type=EXCEL, headers=headers)


def _has_taken_enough(request: HttpRequest) -> bool:
    """Counts one more; says how long to wait once it is too much."""
    seconds = seconds_to_wait(PER_PERSON, str(request.user.pk), clock.now())
    if seconds:
        messages.warning(
            request, f"잠깐 사이에 여러 번 내려받으셨습니다. {-(-seconds // 60)}분 뒤에 다시 받아 주세요."
        )
    return bool(seconds)
