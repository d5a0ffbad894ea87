"""The audit trail, to be read by the auditor (DOMAIN §2.6)."""

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.audit.models import AuditEvent
from portal.audit.words import name_of, named
from portal.desk.scoped import ReadOnlyAdmin
from portal.members.roles import Role


class ActionFilter(admin.SimpleListFilter):
    """By what was done. The names come from code: a DISTINCT over the trail would read it whole."""

    title = "행위"
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return named()

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    view_roles = frozenset({Role.AUDITOR})
    list_display = ("at", "actor_name", "action_name", "subject_label", "member", "channel", "address")
    list_display_links = ("at", "subject_label")
    list_select_related = ("member",)
    list_filter = (ActionFilter,)
    sortable_by = ("at",)
    search_fields = ("subject_label__startswith", "actor_name__startswith")
    search_help_text = "대상(접수번호, 보증번호, 상호)이나 사용자 이름의 앞부분으로 찾습니다."
    fields = (
        "at", "actor_name", "action_name", "subject_label", "member", "channel", "address", "detail_text",
    )  # fmt: skip

    @admin.display(description="행위")
    def action_name(self, event: AuditEvent) -> str:
        return name_of(event.action)

    @admin.display(description="내용")
    def detail_text(self, event: AuditEvent) -> str:
        return json.dumps(event.detail, ensure_ascii=False, indent=1)
