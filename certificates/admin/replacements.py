"""Replacements with their receipt: which checks were made, on what evidence."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from certificates.models import Replacement, ReplacementState
from certificates.refusals import Code, sentence
from portal.desk.cells import EMPTY, badge, link
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, timeline
from portal.desk.searching import member_ids
from portal.members.roles import BUSINESS_ROLES, Role

CODES = frozenset(Code)
TONES = {
    ReplacementState.DONE: "ok",
    ReplacementState.PARKED: "info",
    ReplacementState.REFUSED: "danger",
    ReplacementState.FROZEN: "warn",
}


@admin.register(Replacement)
class ReplacementAdmin(ReadOnlyAdmin):
    """A member's requests to replace his certificate."""

    view_roles = BUSINESS_ROLES | {Role.IT_SUPPORT}
    change_form_template = "admin/certificates/with_history.html"
    list_display = ("requested_at", "company", "standing", "old", "new", "needs_review", "finished_at")
    list_display_links = ("requested_at", "company")
    list_select_related = ("member", "old", "new")
    list_filter = ("state", "needs_review", ("member__branch", ScopedRelatedFilter))
    sortable_by = ()
    search_fields = ("public_id",)
    search_help_text = "조합원의 상호나 사업자등록번호로 찾습니다."
    fieldsets = (
        ("신청", {"fields": ("company", "standing", "requested_at", "deadline_at", "finished_at", "why")}),
        ("인증서", {"fields": ("before", "after", "old_key_signed", "needs_review")}),
        ("보호", {"fields": ("freeze_until_at", "hold_until_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Replacement]:
        return super().get_queryset(request).select_related("member", "old", "new", "evidence")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (queryset.filter(member__in=member_ids(request, text)) if text else queryset), False

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            context.update(events=timeline(row), checks=row.evidence.receipt.get("checks", []))
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="조합원")
    def company(self, row: Replacement) -> str:
        return row.member.name

    @admin.display(description="상태")
    def standing(self, row: Replacement) -> str:
        return badge(row.state, row.get_state_display(), TONES[ReplacementState(row.state)])

    @admin.display(description="이전 인증서")
    def before(self, row: Replacement) -> str:
        return link(row.old)

    @admin.display(description="새 인증서")
    def after(self, row: Replacement) -> str:
        return link(row.new)

    @admin.display(description="사유")
    def why(self, row: Replacement) -> str:
        if not row.code:
            return EMPTY
        return f"{sentence(Code(row.code))} [{row.code}]" if row.code in CODES else row.code
