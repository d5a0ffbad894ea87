"""Kept guarantee documents on the desk: what a guarantee's page shows of them, the seal, the nightly look."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from guarantees.documents import filename_of, versions_of
from guarantees.models import Application, DocumentCheck, Guarantee, GuaranteeDocument, SealCertificate
from guarantees.rules.states import ApplicationState
from portal.audit import words
from portal.desk.buttons import held_roles
from portal.desk.cells import badge, link
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, visible
from portal.desk.worklists import Work, worklist
from portal.members.roles import BUSINESS_ROLES, Role
from portal.templatetags.portal_ui import korean_date

LOOKED_AFTER_BY = frozenset({Role.IT_SUPPORT, Role.AUDITOR, Role.HQ_UNDERWRITER})
CHECKED_WITHIN = timedelta(hours=36)
SEAL_WARN_BEFORE = timedelta(days=60)
STUCK_AFTER = timedelta(minutes=10)
DAMAGE_WORDS = {"missing": "파일 없음", "changed": "내용이 바뀜", "unreadable": "읽을 수 없음"}

words.register(
    {
        "guaranteedocument.read": "보증서 내려받기",
        "guaranteedocument.stamp": "보증서 시점확인",
        "guaranteedocument.damaged": "보증서 파일 손상 발견",
    }
)


def files_of(guarantee: Guarantee) -> list[dict[str, Any]]:
    """The versions as components/file_list.html shows them, the one in force first."""
    return [
        {
            "name": filename_of(document),
            "url": reverse("guarantees:guarantee_document", args=[document.public_id]),
            "size": document.size,
            "note": _note(document),
        }
        for document in versions_of(guarantee).select_related("guarantee")
    ]


def _note(document: GuaranteeDocument) -> str:
    issued = f"{korean_date(document.issued_on)} 발급"
    if document.superseded_at is None:
        return f"{issued}, 유효"
    return f"{issued}, 효력 없음({korean_date(document.superseded_at)} 변경 발급으로 대체)"


@admin.register(GuaranteeDocument)
class GuaranteeDocumentAdmin(ReadOnlyAdmin):
    view_roles = BUSINESS_ROLES
    list_display = ("number", "standing", "company", "issued_on", "size", "stamped_at")
    list_select_related = ("guarantee__member",)
    list_filter = (("guarantee__product", ScopedRelatedFilter),)
    sortable_by = ()
    search_fields = ("guarantee__number__startswith",)
    search_help_text = "보증번호의 앞부분으로 찾습니다."
    ordering = ("-id",)
    fieldsets = (
        ("보증서", {"fields": (("number", "standing"), ("company", "guarantee_link"), ("issued_on", "sealed_at"),
                             ("superseded_at", "stamped_at"), "file_link")}),
        ("파일", {"fields": (("sha256", "size"), "sealed_sha256", "sealed_with")}),
        ("인쇄된 내용", {"fields": ("printed_text",)}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[GuaranteeDocument]:
        return super().get_queryset(request).select_related("guarantee__member", "seal")

    @admin.display(description="보증서번호")
    def number(self, row: GuaranteeDocument) -> str:
        return str(row.printed.get("number") or row)

    @admin.display(description="효력")
    def standing(self, row: GuaranteeDocument) -> str:
        return badge("active", "유효") if row.superseded_at is None else badge("cancelled", "대체됨")

    @admin.display(description="전자서명 인증서")
    def sealed_with(self, row: GuaranteeDocument) -> str:
        return str(row.seal)

    @admin.display(description="조합원")
    def company(self, row: GuaranteeDocument) -> str:
        return link(row.guarantee.member)

    @admin.display(description="보증")
    def guarantee_link(self, row: GuaranteeDocument) -> str:
        return link(row.guarantee)

    @admin.display(description="파일")
    def file_link(self, row: GuaranteeDocument) -> str:
        address = reverse("guarantees:guarantee_document", args=[row.public_id])
        return format_html('<a href="{}">{}</a>', address, filename_of(row))

    @admin.display(description="인쇄된 값")
    def printed_text(self, row: GuaranteeDocument) -> str:
        return format_html_join("\n", "<div>{}: {}</div>", sorted(row.printed.items()))


@admin.register(SealCertificate)
class SealCertificateAdmin(ReadOnlyAdmin):
    view_roles = LOOKED_AFTER_BY
    list_display = ("fingerprint", "first_used_at")
    sortable_by = ()
    fields = ("fingerprint", "first_used_at", "chain")


@admin.register(DocumentCheck)
class DocumentCheckAdmin(ReadOnlyAdmin):
    """A row names documents of all branches, so it is for those who see all of them."""

    head_office_only = True
    view_roles = LOOKED_AFTER_BY
    list_display = ("at", "files", "count_damaged")
    sortable_by = ()
    fields = ("at", "files", "damaged_list")

    @admin.display(description="문제")
    def count_damaged(self, row: DocumentCheck) -> str:
        return f"{len(row.damaged)}건" if row.damaged else "없음"

    @admin.display(description="문제가 있는 파일")
    def damaged_list(self, row: DocumentCheck) -> str:
        entries = ((DAMAGE_WORDS[each["kind"]], each["document"], each["sha256"]) for each in row.damaged)
        return format_html_join("\n", "<div>{} {} {}</div>", entries) or "없음"


@worklist(15)
def paid_but_not_issued(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """The portal issues within a minute of the payment; what it could not needs a person."""
    if not held_roles(request) & BUSINESS_ROLES:
        return
    rows = visible(Application, request).order_by()
    stuck = rows.filter(state=ApplicationState.FEE_PAID, fee_paid_at__lt=at - STUCK_AFTER).count()
    url = f"{reverse('admin:guarantees_application_changelist')}?queue={ApplicationState.FEE_PAID}"
    yield Work(
        "납부 후 발급되지 않은 신청", stuck, url, "열어서 ‘발급’을 눌러 이유를 확인해 주세요.", is_urgent=True
    )


@worklist(36)
def documents_to_look_after(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """Files that are not what they were, a night without a look."""
    if not held_roles(request) & LOOKED_AFTER_BY:
        return
    last = DocumentCheck.objects.first()
    url = reverse("admin:guarantees_documentcheck_changelist")
    yield Work(
        "손상된 보증서 파일", len(last.damaged) if last else 0, url, "백업에서 되살려 주세요.", is_urgent=True
    )
    if GuaranteeDocument.objects.for_user(request.user).filter(sealed_at__lt=at - CHECKED_WITHIN).exists():
        is_late = last is None or last.at < at - CHECKED_WITHIN
        yield Work("점검하지 않은 보증서 보관함", int(is_late), url, "매일 02:40에 점검합니다.", is_urgent=True)
