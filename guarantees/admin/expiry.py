"""The daily run of expiry notices: what it did, what it would do, and running it by hand (S21-S28)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.urls.resolvers import URLPattern

from guarantees.actions.expiry import Preview, plan_expiry_notices, preview
from guarantees.expiry_report import report_of
from guarantees.expiry_words import left_out, report_words
from guarantees.models import ExpiryNotice, ExpiryRun, Guarantee
from guarantees.models.expiry import NoticeState
from portal import clock
from portal.access import Actor, Reach, scope_of
from portal.businessdays.models import business_calendar
from portal.desk.buttons import held_roles
from portal.desk.cells import badge, link
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, visible
from portal.members.roles import BUSINESS_ROLES, Role

RUNNERS = frozenset({Role.HQ_UNDERWRITER, Role.POLICY_ADMIN})
MOST_SHOWN = 500
TONES = {
    NoticeState.PLANNED: "ok", NoticeState.NO_NUMBER: "danger", NoticeState.NO_SMS_NAME: "danger",
    NoticeState.MISSED: "danger", NoticeState.OPTED_OUT: "done", NoticeState.BEFORE_GO_LIVE: "done",
    NoticeState.ISSUED_LATE: "done",
}  # fmt: skip


class DayForm(forms.Form):
    """The day to look at."""

    date = forms.DateField(label="실행일", widget=forms.DateInput(attrs={"type": "date"}))


@dataclass(frozen=True)
class Line:
    """One notice of the preview, within the person's scope."""

    guarantee: Guarantee
    end_date: date
    recipients: int
    late: bool


def lines_for(request: HttpRequest, planned: Preview) -> list[Line]:
    """The notices of the person's own guarantees; others' are not his to see."""
    due = {notice.guarantee: notice for notice in planned.planned}
    rows = visible(Guarantee, request).filter(number__in=due).select_related("member", "product")
    ordered = sorted(rows, key=lambda row: (row.ends_on, row.number))
    return [
        Line(row, due[row.number].end_date, due[row.number].recipients, due[row.number].late) for row in ordered
    ]


@admin.register(ExpiryRun)
class ExpiryRunAdmin(ReadOnlyAdmin):
    """One row a day; a day without one is an alarm."""

    view_roles = BUSINESS_ROLES | {Role.POLICY_ADMIN}
    change_list_template = "admin/guarantees/expiry_runs.html"
    change_form_template = "admin/guarantees/expiry_report.html"
    list_display = ("run_on", "outcome", "first_end", "last_end", "planned", "late", "messages", "ticks")
    list_filter = ("state",)
    sortable_by = ()
    fields = (
        "run_on", "outcome", "earliest_end", "first_end", "last_end", "planned", "late", "messages",
        "left_out_words", "ticks", "started_at", "finished_at", "calendar_covers_until", "calendar_version",
        "code_version",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("preview/", view(self.preview_view), name="guarantees_expiryrun_preview"),
            path("run/", view(self.run_view), name="guarantees_expiryrun_run"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), "may_run": self.may_run(request)})

    def may_run(self, request: HttpRequest) -> bool:
        """Whether the person may start the run for the whole cooperative."""
        return bool(held_roles(request) & RUNNERS) and scope_of(request.user).reach is Reach.EVERYTHING

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        run = context.get("original")
        if run is not None:
            context.update(report_words(report_of(run)))
        return super().render_change_form(request, context, *args, **kwargs)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What a run on a day would do, by the same statement; by default the next business day."""
        if not self.has_view_permission(request):
            raise Http404
        form = DayForm(request.GET if "date" in request.GET else None)
        day = business_calendar().next_after(clock.today())
        if form.is_bound and form.is_valid():
            day = form.cleaned_data["date"]
        planned = preview(on=day)
        lines = lines_for(request, planned)
        sees_all = scope_of(request.user).reach is Reach.EVERYTHING
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "만료 문자 미리보기",
            "form": form if form.is_bound else DayForm(initial={"date": day}),
            "day": day,
            "window": planned.window,
            "lines": lines[:MOST_SHOWN],
            "total": len(lines),
            "texts": planned.texts({line.guarantee.number for line in lines}),
            "left_out": left_out(planned.skipped) if sees_all else [],
            "may_run": self.may_run(request),
        }
        return TemplateResponse(request, "admin/guarantees/expiry_preview.html", context)

    def run_view(self, request: HttpRequest) -> HttpResponse:
        """GET asks, POST runs for today. A second run finds nothing left to do."""
        if not self.may_run(request):
            raise Http404
        if request.method == "POST":
            now: datetime = clock.now()
            run = plan_expiry_notices(on=clock.seoul_day(now), by=Actor.of(request, "admin"), at=now)
            messages.success(
                request, f"{run.run_on:%Y-%m-%d} 실행을 마쳤습니다. 오늘 안내한 보증은 {run.planned:,}건입니다."
            )
            return redirect("admin:guarantees_expiryrun_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "지금 실행",
            "planned": preview(on=clock.today()),
        }
        return TemplateResponse(request, "admin/guarantees/expiry_run_now.html", context)

    @admin.display(description="상태")
    def outcome(self, run: ExpiryRun) -> str:
        return badge(run.state, run.get_state_display(), {"done": "ok", "missed": "danger"}.get(run.state, ""))

    @admin.display(description="제외")
    def left_out_words(self, run: ExpiryRun) -> str:
        return ", ".join(f"{reason} {count:,}건" for reason, count in left_out(run.skipped)) or "-"


@admin.register(ExpiryNotice)
class ExpiryNoticeAdmin(ReadOnlyAdmin):
    """Each end date that was dealt with, and how."""

    view_roles = BUSINESS_ROLES
    list_display = ("at", "number", "company", "ends_on", "outcome", "is_late")
    list_select_related = ("guarantee__member",)
    list_filter = ("state", "is_late", "ends_on", ("guarantee__member__branch", ScopedRelatedFilter))
    sortable_by = ()
    fields = ("at", "number", "company", "ends_on", "outcome", "is_late", "run")

    @admin.display(description="보증번호")
    def number(self, notice: ExpiryNotice) -> str:
        return link(notice.guarantee)

    @admin.display(description="조합원")
    def company(self, notice: ExpiryNotice) -> str:
        return link(notice.guarantee.member)

    @admin.display(description="결과")
    def outcome(self, notice: ExpiryNotice) -> str:
        return badge(notice.state, notice.get_state_display(), TONES[NoticeState(notice.state)])
