"""The mileage account: lots, and every call that came or went. Ledgers are read, never typed into."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.desk.scoped import ReadOnlyAdmin, ScopedInline, ScopedRelatedFilter
from portal.desk.searching import member_ids
from portal.members.roles import BUSINESS_ROLES
from sms.account import last_day_before
from sms.models import Entry, Extension, Lot


class MemberLedgerAdmin(ReadOnlyAdmin):
    """A list found by its member."""

    view_roles = BUSINESS_ROLES
    list_select_related: ClassVar[Any] = ("member",)
    sortable_by: ClassVar[Any] = ()
    search_fields = ("member__name",)
    search_help_text = "조합원의 상호나 사업자등록번호로 찾습니다."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (queryset.filter(member__in=member_ids(request, text)) if text else queryset), False


class ExtensionInline(ScopedInline):
    """Why the lot lives longer than it was earned for."""

    model = Extension
    view_roles = BUSINESS_ROLES
    fields = readonly_fields = ("at", "policy", "suspension", "old_expires_at", "new_expires_at")


@admin.register(Lot)
class LotAdmin(MemberLedgerAdmin):
    list_display = ("earned_on", "member", "label", "quantity_calls", "remaining_calls", "usable_until")
    list_filter = (("member__branch", ScopedRelatedFilter),)
    ordering = ("-id",)
    fields = ("member", "label", "source", "policy", "quantity", "remaining", "earned_on", "usable_until")
    readonly_fields = ("usable_until",)
    inlines = (ExtensionInline,)

    @admin.display(description="적립 콜")
    def quantity_calls(self, lot: Lot) -> str:
        return f"{lot.quantity:,}콜"

    @admin.display(description="남은 콜")
    def remaining_calls(self, lot: Lot) -> str:
        return f"{lot.remaining:,}콜"

    @admin.display(description="쓸 수 있는 마지막 날")
    def usable_until(self, lot: Lot) -> str:
        return f"{last_day_before(lot.expires_at):%Y-%m-%d}"


@admin.register(Entry)
class EntryAdmin(MemberLedgerAdmin):
    list_display = ("at", "member", "kind", "signed_calls", "label")
    list_filter = ("kind", ("member__branch", ScopedRelatedFilter))
    ordering = ("-id",)
    fields = ("at", "member", "kind", "signed_calls", "label", "reason", "lot", "message_key")
    readonly_fields = ("signed_calls",)

    @admin.display(description="콜")
    def signed_calls(self, entry: Entry) -> str:
        return f"{entry.calls:+,}콜"
