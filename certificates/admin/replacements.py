"""Replacements with their receipt: which checks were made, on what evidence, and the second pair of eyes."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from certificates.actions import reviewing
from certificates.admin.forms import ReviewForm
from certificates.models import Replacement, ReplacementState
from certificates.refusals import Code, sentence
from certificates.rules.replacing import REVIEW_REFUSED
from certificates.x509.facts import read_certificate
from portal.desk.buttons import Button, ButtonAdmin, Facts
from portal.desk.cells import EMPTY, badge, link
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, timeline
from portal.desk.searching import member_ids
from portal.identifiers import format_business_number
from portal.members.roles import BUSINESS_ROLES, Role
from portal.templatetags.portal_ui import korean_datetime

CODES = frozenset(Code)
TONES = {
    ReplacementState.DONE: "ok",
    ReplacementState.PARKED: "info",
    ReplacementState.REVIEW: "warn",
    ReplacementState.REFUSED: "danger",
    ReplacementState.FROZEN: "warn",
}


# What ends a request without being a refusal of the verifier.
SENTENCES = {
    "NEWER_REQUEST": "조합원이 새로 신청해 이 신청은 끝났습니다.",
    REVIEW_REFUSED: "직원 확인에서 거절했습니다.",
}
IT = frozenset({Role.IT_SUPPORT})


def waits_for_review(row: Replacement) -> bool:
    return row.needs_review and row.reviewed_at is None and row.state != ReplacementState.PARKED


def may_be_refused(row: Replacement) -> bool:
    return waits_for_review(row) and row.state != ReplacementState.FROZEN


def confirm(row: Replacement, **answers: Any) -> str:
    found = reviewing.confirm(replacement_id=row.pk, **answers)
    if found.state == ReplacementState.REFUSED:
        return f"그사이 달라진 것이 있어 {row.member}의 인증서를 교체하지 않았습니다. 조합원에게 알렸습니다."
    return f"{row.member}의 인증서갱신을 확인했습니다."


def refuse(row: Replacement, **answers: Any) -> str:
    reviewing.refuse(replacement_id=row.pk, **answers)
    return f"{row.member}의 새 인증서를 받아들이지 않았습니다. 대표이사와 담당자에게 알렸습니다."


@admin.register(Replacement)
class ReplacementAdmin(ButtonAdmin, ReadOnlyAdmin):
    """A member's requests to replace his certificate; some take a second person."""

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
        ("직원 확인", {"fields": ("requested_by", "reviewed_by", "reviewed_at", "review_note")}),
    )
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="confirm", label="확인", roles=IT, form=ReviewForm, run=confirm, when=waits_for_review,
            question="조합에 등록된 대표자가 직접 신청했는지 확인했을 때 누릅니다. 기다리던 신청이면 상태를 다시 "
            "확인한 뒤 새 인증서로 바꿉니다. 신청한 사람은 자기 신청을 확인할 수 없습니다.",
        ),
        Button(
            name="refuse", label="거절", roles=IT, form=ReviewForm, run=refuse, when=may_be_refused,
            is_dangerous=True,
            question="새 인증서를 등록하지 않거나, 이미 바뀌었으면 바로 중지합니다. 대표이사와 담당자에게 문자와 "
            "이메일이 가고, 같은 인증서는 다시 등록할 수 없습니다.",
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Replacement]:
        return (
            super()
            .get_queryset(request)
            .select_related("member", "old", "new", "evidence", "requested_by", "reviewed_by")
        )

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

    def about(self, request: HttpRequest, row: Replacement, button: Button) -> Facts:
        return [
            ("조합원", f"{row.member.name} ({format_business_number(row.member.business_number)})"),
            ("등록된 대표이사", row.member.representative_name),
            ("신청", korean_datetime(row.requested_at)),
            ("신청한 사람", str(row.requested_by or "로그인하지 않은 방문자")),
            ("상태", row.get_state_display()),
            ("기존 인증서", str(row.old or "없음")),
            ("새 인증서", read_certificate(bytes(row.evidence.certificate_der)).subject_dn),
        ]

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
        if row.code in CODES:
            return f"{sentence(Code(row.code))} [{row.code}]"
        return SENTENCES.get(row.code, row.code)
