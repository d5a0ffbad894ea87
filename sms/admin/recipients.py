"""People who receive notices, and the history of who asked for what."""

from django.contrib import admin

from portal.desk.cells import masked, named
from portal.desk.reveal import RevealAdmin
from portal.desk.scoped import ScopedRelatedFilter
from portal.identifiers import format_mobile
from portal.members.roles import DECIDING_ROLES
from sms.admin.mileage import MemberLedgerAdmin
from sms.models import ReceptionChange, Recipient


@admin.register(Recipient)
class RecipientAdmin(RevealAdmin, MemberLedgerAdmin):
    reveal_roles = DECIDING_ROLES
    list_display = ("name", "role", "member", "number", "kind_labels", "proof", "is_active", "added_at")
    list_filter = ("is_active", "proof", ("member__branch", ScopedRelatedFilter))
    ordering = ("-id",)
    fields = (
        *("member", "name", "role", "number", "kind_labels", "proof", "proven_at"),
        *("is_active", "consented", "added_at"),
    )
    readonly_fields = ("number", "kind_labels")

    def hidden(self, row: Recipient) -> list[tuple[str, str]]:
        return [("휴대폰", format_mobile(row.mobile))]

    @admin.display(description="받는 안내")
    def kind_labels(self, recipient: Recipient) -> str:
        return recipient.kind_labels

    @admin.display(description="휴대폰")
    def number(self, recipient: Recipient) -> str:
        return masked(recipient.mobile)


@admin.register(ReceptionChange)
class ReceptionChangeAdmin(MemberLedgerAdmin):
    list_display = ("at", "member", "what", "detail", "way", "caller", "note", "entered_by")
    list_select_related = ("member", "by")
    list_filter = ("what", "way", ("member__branch", ScopedRelatedFilter))
    fields = ("at", "member", "what", "recipient", "detail", "way", "caller", "note", "entered_by")

    entered_by = named("by", "등록자")
