"""Signatures as evidence: read here, and handed out whole for a dispute (RELIABILITY, DOMAIN §4)."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path
from django.urls.resolvers import URLPattern

from certificates.evidence_file import bundle
from certificates.models import SignatureEvidence
from portal import clock
from portal.access import Actor
from portal.audit import trail
from portal.desk.buttons import held_roles
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, timeline
from portal.desk.searching import member_ids
from portal.members.roles import BUSINESS_ROLES, Role

MAY_DOWNLOAD = frozenset({Role.HQ_UNDERWRITER, Role.AUDITOR})


@admin.register(SignatureEvidence)
class SignatureEvidenceAdmin(ReadOnlyAdmin):
    """The database refuses every change; a download is written into the trail."""

    view_roles = BUSINESS_ROLES
    change_form_template = "admin/certificates/evidence.html"
    list_display = ("verified_at", "company", "purpose", "reference", "user")
    list_display_links = ("verified_at", "company")
    list_select_related = ("member", "user")
    list_filter = ("purpose", ("member__branch", ScopedRelatedFilter))
    sortable_by = ()
    search_fields = ("reference",)
    search_help_text = "조합원의 상호나 사업자등록번호로 찾습니다."
    fields = (
        "company", "user", "purpose", "reference", "verified_at", "text", "document_sha256", "cert_sha256",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<path:object_id>/download/",
                self.admin_site.admin_view(self.download_view),
                name="certificates_signatureevidence_download",
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignatureEvidence]:
        return super().get_queryset(request).select_related("member", "user")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (queryset.filter(member__in=member_ids(request, text)) if text else queryset), False

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            context.update(
                events=timeline(row),
                checks=row.receipt.get("checks", []),
                may_download=bool(held_roles(request) & MAY_DOWNLOAD),
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST only: handing evidence out is an act, recorded before it happens."""
        if not self.has_view_permission(request) or not held_roles(request) & MAY_DOWNLOAD:
            raise Http404
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        trail.record(
            action="signature_evidence.download", by=Actor.of(request, "admin"), at=clock.now(), subject=row
        )
        response = HttpResponse(bundle(row), content_type="application/zip")
        response["Content-Disposition"] = f'attachment; filename="evidence-{row.pk}.zip"'
        return response

    @admin.display(description="조합원")
    def company(self, row: SignatureEvidence) -> str:
        return row.member.name
