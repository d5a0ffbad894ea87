"""Products, their papers and their rates, kept by the policy department (DOMAIN §2.1, §2.2)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from guarantees.actions.terms import check_terms
from guarantees.models import Product, ProductTerms, RequiredDocument
from portal import clock
from portal.desk.buttons import Button, ButtonAdmin
from portal.desk.cells import named
from portal.desk.scoped import ScopedAdmin, ScopedInline
from portal.members.roles import BUSINESS_ROLES, Role

READERS = BUSINESS_ROLES | {Role.WEBMASTER}
POLICY = frozenset({Role.POLICY_ADMIN})


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


class TermsForm(forms.ModelForm):
    """A rate from a day to come: what has been quoted stays as it was."""

    class Meta:
        model = ProductTerms
        fields = ("product", "effective_from", "base_ppm", "per_case", "minimum_fee", "approval_number")

    def clean_effective_from(self) -> Any:
        day = self.cleaned_data["effective_from"]
        if day <= clock.today():
            raise forms.ValidationError("시행일은 내일부터의 날짜로 정해 주세요.")
        return day


def check(terms: ProductTerms, **answers: Any) -> str:
    check_terms(terms_id=terms.pk, **answers)
    return f"{terms} 요율을 승인했습니다. 시행일부터 적용됩니다."


@admin.register(ProductTerms)
class ProductTermsAdmin(ButtonAdmin):
    """Rates are added, never changed: applications are pinned to the row they were quoted by."""

    view_roles = READERS | POLICY
    add_roles = POLICY
    form = TermsForm
    list_display = (
        "product", "effective_from", "base_ppm", "per_case", "minimum_fee", "approval_number", "maker",
        "checker",
    )  # fmt: skip
    list_select_related = ("product", "made_by", "checked_by")
    list_filter = ("product",)
    sortable_by = ()
    fields = (
        "product", "effective_from", "base_ppm", "per_case", "minimum_fee", "approval_number", "maker",
        "checker",
    )  # fmt: skip
    readonly_fields = ("maker", "checker")
    buttons = (
        Button(
            name="check", label="승인", roles=POLICY, run=check,
            when=lambda terms: terms.made_by_id is not None and terms.checked_by_id is None,
            question="다른 담당자가 입안한 요율입니다. 인가 번호와 요율을 확인하셨습니까?",
        ),
    )  # fmt: skip

    maker = named("made_by", "입안")
    checker = named("checked_by", "승인")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.made_by_id = request.user.pk
        super().save_model(request, obj, form, change)
