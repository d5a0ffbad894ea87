"""업무 기준, 법정 보증비율, 할인·할증: dated terms that one makes and another checks (DOMAIN §2.4, §2.5)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from guarantees.admin.dated import DatedAdmin, DatedForm
from guarantees.models import AmountRule, FeeAdjustment, ScreeningPolicy
from portal.audit import words
from portal.desk.cells import link
from portal.desk.scoped import ScopedRelatedFilter
from portal.fields import BusinessNumberField
from portal.identifiers import format_business_number
from portal.members.models import Member

words.register(
    {
        "application.auto_screen": "자동 심사",
        "application.requote": "보증료 다시 계산",
        "screeningpolicy.add": "업무 기준 등록",
        "screeningpolicy.check": "업무 기준 승인",
        "amountrule.add": "법정 보증비율 등록",
        "amountrule.check": "법정 보증비율 승인",
        "feeadjustment.add": "할인·할증 등록",
        "feeadjustment.check": "할인·할증 승인",
    }
)


@admin.register(ScreeningPolicy)
class ScreeningPolicyAdmin(DatedAdmin):
    """Who decides on what, and how long anybody has."""

    values = (
        "officer_up_to", "head_up_to", "second_person_above", "supplement_business_days",
        "approval_business_days", "minimum_delta", "refunds_pro_rata", "auto_screening_up_to",
    )  # fmt: skip


@admin.register(AmountRule)
class AmountRuleAdmin(DatedAdmin):
    """What the law asks for, by product and kind of work."""

    values = ("product", "work_kind", "share_bp", "source")
    list_select_related = ("product", "made_by", "checked_by")
    list_filter = ("product",)


class AdjustmentForm(DatedForm):
    """The member is named by his business number: a list of all members would be too long to choose from."""

    member_number = BusinessNumberField(label="조합원 사업자등록번호")

    def clean_member_number(self) -> str:
        number = self.cleaned_data["member_number"]
        member = Member.everything.filter(business_number=number).first()
        if member is None:
            raise forms.ValidationError("이 사업자등록번호의 조합원이 없습니다. 번호를 다시 확인해 주세요.")
        self.instance.member = member
        return number


@admin.register(FeeAdjustment)
class FeeAdjustmentAdmin(DatedAdmin):
    """One member's surcharge or discount; pinned by applications, so that old fees stay explained."""

    form = AdjustmentForm
    values = ("member_number", "product", "effective_until", "add_ppm", "disc_bp", "reason")
    list_select_related = ("member", "product", "made_by", "checked_by")
    list_filter = (("product", ScopedRelatedFilter),)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        shown = super().get_list_display(request)
        return tuple("company" if name == "member_number" else name for name in shown)

    @admin.display(description="조합원")
    def company(self, row: FeeAdjustment) -> str:
        return link(row.member)

    @admin.display(description="조합원 사업자등록번호")
    def member_number(self, row: FeeAdjustment) -> str:
        return format_business_number(row.member.business_number)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The number is a field of the form, not of the row: Django is not to look for it in the model.
        kwargs["fields"] = [name for name in self.get_fields(request, obj) if name not in NOT_COLUMNS]
        return super().get_form(request, obj, change, **kwargs)


NOT_COLUMNS = frozenset({"member_number", "maker", "checker"})
