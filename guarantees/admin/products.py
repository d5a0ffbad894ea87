"""Products, their papers and their rates, kept by the policy department (DOMAIN §2.1, §2.2)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from guarantees.admin.dated import POLICY, DatedAdmin
from guarantees.models import Product, ProductTerms, RequiredDocument
from portal.desk.scoped import ScopedAdmin, ScopedInline
from portal.members.roles import BUSINESS_ROLES, Role

READERS = BUSINESS_ROLES | {Role.WEBMASTER}


class RequiredDocumentInline(ScopedInline):
    """Papers to attach. One no longer asked for becomes optional; it is not deleted."""

    model = RequiredDocument
    view_roles = READERS
    add_roles = edit_roles = POLICY
    fields = ("name", "is_required", "hint", "position")


@admin.register(Product)
class ProductAdmin(ScopedAdmin):
    """Kinds of guarantee. The code stands in every number and never changes."""

    view_roles = READERS
    add_roles = edit_roles = POLICY
    list_display = ("name", "code", "family", "expiry_sms", "auto_release", "is_offered", "position")
    list_filter = ("family", "expiry_sms", "is_offered")
    ordering = ("position", "code")
    sortable_by = ()
    search_fields = ("name", "code")
    inlines = (RequiredDocumentInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        return () if obj is None else ("code",)


@admin.register(ProductTerms)
class ProductTermsAdmin(DatedAdmin):
    """Rates are added, never changed: applications are pinned to the row they were quoted by."""

    view_roles = READERS | POLICY
    values = ("product", "base_ppm", "per_case", "minimum_fee", "version_label", "coverage")
    list_select_related = ("product", "made_by", "checked_by")
    list_filter = ("product",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """The wording fills pages: it stands on the row's own."""
        return tuple(name for name in super().get_list_display(request) if name != "coverage")
