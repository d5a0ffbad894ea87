"""일괄 해제: the page that asks once more, and the progress of the work in the background (S23)."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern

from guarantees.actions.bulk_releasing import MOST_AT_ONCE, start_bulk
from guarantees.admin.forms import ReleaseForm
from guarantees.limits import consumption_of
from guarantees.models import BulkRelease, BulkReleaseRow, BulkRowState, Guarantee
from guarantees.releases import progress_of
from guarantees.rules.releasing import LIVE_STATES
from portal import clock
from portal.access import Actor, Reach, scope_of
from portal.audit import words
from portal.desk.buttons import held_roles
from portal.desk.cells import badge, link, named
from portal.desk.scoped import ReadOnlyAdmin, visible
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES
from portal.refusals import Refusal

SECONDS_BETWEEN_LOOKS = 3
ROW_TONES = {BulkRowState.WAITING: "info", BulkRowState.DONE: "ok", BulkRowState.REFUSED: "danger"}

words.register({"bulkrelease.start": "일괄 해제 시작"})


class BulkForm(ReleaseForm):
    """Ground and note for all of them; the key makes a second press the same bulk release."""

    form_key = forms.UUIDField(widget=forms.HiddenInput)


def ask_bulk(
    site: admin.AdminSite, request: HttpRequest, guarantee_ids: Sequence[int], form: BulkForm | None = None
) -> HttpResponse | None:
    """The page that says what will be released and asks for the ground; None leads back to the list."""
    if len(guarantee_ids) > MOST_AT_ONCE:
        messages.error(request, f"한 번에 {MOST_AT_ONCE}건까지 해제할 수 있습니다. 나누어 골라 주세요.")
        return None
    rows = visible(Guarantee, request).filter(pk__in=guarantee_ids, state__in=LIVE_STATES)
    total = rows.order_by().aggregate(owed=Sum("outstanding"), frees=Sum(consumption_of("outstanding")))
    chosen = list(rows.select_related("member", "product").order_by("ends_on", "id"))
    if not chosen:
        messages.error(request, "고른 건 가운데 해제할 수 있는 보증이 없습니다.")
        return None
    context = {
        **site.each_context(request),
        "opts": BulkRelease._meta,
        "title": "일괄 해제",
        "form": form or BulkForm(initial={"form_key": uuid4()}),
        "chosen": chosen,
        "left_out": len(set(guarantee_ids)) - len(chosen),
        "outstanding": total["owed"],
        "frees": total["frees"],
    }
    status = 409 if form is not None and form.non_field_errors() else 200
    return TemplateResponse(request, "admin/guarantees/bulk_release_ask.html", context, status=status)


@admin.register(BulkRelease)
class BulkReleaseAdmin(ReadOnlyAdmin):
    """What was released together, with the progress while it is worked off."""

    view_roles = BUSINESS_ROLES
    change_form_template = "admin/guarantees/bulk_release.html"
    list_display = ("asked_at", "asked_by_name", "ground", "note", "count", "outcome")
    list_select_related = ("asked_by",)
    list_filter = ("ground",)
    sortable_by = ()
    fields = (("asked_at", "asked_by_name"), "ground", "note", "finished_at")

    asked_by_name = named("asked_by", "요청자")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkRelease]:
        """A branch sees what its own people started."""
        scope = scope_of(request.user)
        refused = Count("rows", filter=Q(rows__state=BulkRowState.REFUSED))
        rows = super().get_queryset(request).annotate(total=Count("rows"), refused=refused)
        if scope.reach is Reach.BRANCH:
            return rows.filter(asked_by__branch_id=scope.id)
        return rows if scope.reach is Reach.EVERYTHING else rows.none()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.start_view)
        return [path("start/", view, name="guarantees_bulkrelease_start"), *super().get_urls()]

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Write it down and lead to its progress. Opened by hand there is nothing to start."""
        if not held_roles(request) & DECIDING_ROLES or not self.has_view_permission(request):
            raise Http404
        back = redirect("admin:guarantees_guarantee_changelist")
        if request.method != "POST":
            return back
        ids = [int(text) for text in request.POST.getlist("guarantee") if text.isascii() and text.isdigit()]
        form = BulkForm(request.POST)
        if form.is_valid():
            try:
                bulk = start_bulk(
                    guarantee_ids=ids, by=Actor.of(request, "admin"), at=clock.now(), **form.cleaned_data
                )
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, "일괄 해제를 시작했습니다. 이 화면을 닫아도 계속 처리합니다.")
                return redirect(reverse("admin:guarantees_bulkrelease_change", args=[bulk.pk]))
        return ask_bulk(self.admin_site, request, ids, form) or back

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        bulk = context.get("original")
        if bulk is not None:
            rows = visible(BulkReleaseRow, request).filter(bulk=bulk).select_related("guarantee__member")
            context.update(
                progress=progress_of(bulk),
                refresh_seconds=None if bulk.finished_at else SECONDS_BETWEEN_LOOKS,
                lines=[(row, link(row.guarantee), _result(row)) for row in rows],
            )
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="건수")
    def count(self, bulk: BulkRelease) -> str:
        return f"{bulk.total:,}건"  # type: ignore[attr-defined]

    @admin.display(description="결과")
    def outcome(self, bulk: BulkRelease) -> str:
        if bulk.finished_at is None:
            return badge("running", "처리 중")
        refused = bulk.refused  # type: ignore[attr-defined]
        return badge("", f"{refused:,}건 해제 못 함", "warn") if refused else badge("", "모두 해제", "ok")


def _result(row: BulkReleaseRow) -> str:
    return badge(row.state, row.get_state_display(), ROW_TONES[BulkRowState(row.state)])
