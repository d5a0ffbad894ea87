"""Certificates as registered: their state for the branch, the stop for the IT department (S41)."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from certificates.actions import stopping
from certificates.admin.forms import StopForm
from certificates.models import BankCertificate, Status
from portal import clock
from portal.desk.buttons import Button, ButtonAdmin, Facts
from portal.desk.cells import badge
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, timeline
from portal.desk.searching import member_ids
from portal.identifiers import format_business_number
from portal.members.roles import BUSINESS_ROLES, Role
from portal.templatetags.portal_ui import korean_date, korean_datetime

TONES = {
    Status.ACTIVE: "ok",
    Status.REPLACED: "done",
    Status.REVOKED: "danger",
    Status.EXPIRED: "warn",
    Status.DISABLED: "danger",
}


def standing_of(row: BankCertificate) -> tuple[str, str]:
    """Tone and label: what is true of the certificate today."""
    if row.status == Status.ACTIVE and row.is_suspended:
        return "warn", "효력정지"
    if row.status == Status.ACTIVE and row.valid_until_at < clock.now():
        return "warn", "기간 만료"
    return TONES[Status(row.status)], row.get_status_display()


def disable(row: BankCertificate, **answers: Any) -> str:
    stopping.disable(certificate_id=row.pk, **answers)
    return f"{row.member}의 인증서를 중지하고 대표이사와 담당자에게 알렸습니다."


@admin.register(BankCertificate)
class BankCertificateAdmin(ButtonAdmin, ReadOnlyAdmin):
    """Nothing of a certificate is typed here; what changes it is the member's signature, or the stop."""

    view_roles = BUSINESS_ROLES | {Role.IT_SUPPORT}
    change_form_template = "admin/certificates/with_history.html"
    list_display = ("company", "standing", "bank_name", "purpose_name", "until", "checked", "method")
    list_select_related = ("member",)
    list_filter = ("status", "method", ("member__branch", ScopedRelatedFilter))
    sortable_by = ()
    search_fields = ("serial_hex",)
    search_help_text = "조합원의 상호나 사업자등록번호, 또는 인증서 일련번호 전체로 찾습니다."
    fieldsets = (
        ("조합원", {"fields": ("company", "number", "branch")}),
        ("인증서", {"fields": (
            "standing", "bank_name", "purpose_name", "subject_name", "issuer_name", "serial_hex", "validity",
            "fingerprint", "policy_oid", "crl_point",
        )}),
        ("등록", {"fields": ("registered_at", "registered_by", "method")}),
        ("상태 확인", {"fields": ("checked", "ended_at", "stopped_for", "ended_because")}),
    )  # fmt: skip
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="disable", label="사용 중지", roles=frozenset({Role.IT_SUPPORT}), form=StopForm, run=disable,
            when=lambda row: row.status == Status.ACTIVE, is_dangerous=True,
            question="바로 로그인과 서명에 쓸 수 없고 되돌릴 수 없습니다. 이 인증서로 로그인해 있던 화면도 "
            "끝납니다. 대표이사와 담당자에게 문자와 이메일이 갑니다.",
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankCertificate]:
        rows = super().get_queryset(request).defer("der", "issuer_der")
        return rows.select_related("member__branch", "registered_by")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        return queryset.filter(Q(serial_hex=text.lower()) | Q(member__in=member_ids(request, text))), False

    def about(self, request: HttpRequest, row: BankCertificate, button: Button) -> Facts:
        return [
            ("조합원", row.member.name),
            ("인증서", str(row)),
            ("유효기간", self.validity(row)),
            ("등록", korean_datetime(row.registered_at)),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        context["events"] = [] if row is None else timeline(row)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="조합원")
    def company(self, row: BankCertificate) -> str:
        return row.member.name

    @admin.display(description="사업자등록번호")
    def number(self, row: BankCertificate) -> str:
        return format_business_number(row.member.business_number)

    @admin.display(description="관할 지점")
    def branch(self, row: BankCertificate) -> str:
        return str(row.member.branch)

    @admin.display(description="상태")
    def standing(self, row: BankCertificate) -> str:
        tone, label = standing_of(row)
        return badge(row.status, label, tone)

    @admin.display(description="유효기간 끝")
    def until(self, row: BankCertificate) -> str:
        return korean_date(row.valid_until_at)

    @admin.display(description="유효기간")
    def validity(self, row: BankCertificate) -> str:
        return f"{korean_date(row.valid_from_at)} ~ {korean_date(row.valid_until_at)}"

    @admin.display(description="지문(SHA-256)")
    def fingerprint(self, row: BankCertificate) -> str:
        return " ".join(row.cert_sha256[start : start + 8] for start in range(0, 64, 8))

    @admin.display(description="최근 상태 확인")
    def checked(self, row: BankCertificate) -> str:
        return korean_datetime(row.checked_at) if row.checked_at else "아직 확인하지 않음"
