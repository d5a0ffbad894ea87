"""What all limits rest on: won a share, per cents of the grades, the cooperative's capital (DOMAIN §2.4)."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from guarantees.admin.dated import DatedAdmin, DatedForm
from guarantees.limits import limit_policy_on
from guarantees.models import Capital, LimitPolicy
from guarantees.models.limits import GRADES
from guarantees.rules.limit import GRADE_PCT
from portal import clock

GRADE_LABELS = dict(GRADES)
HIGHEST_PCT = 1_000


class PolicyForm(DatedForm):
    """Won of limit a share; the per cents are added below, one field a grade."""

    class Meta:
        model = LimitPolicy
        fields = ("effective_from", "unit_limit", "approval_number")

    def clean(self) -> dict[str, Any]:
        self.instance.grade_pct = {grade: self.cleaned_data.get(f"pct_{grade}") for grade in GRADE_PCT}
        return super().clean() or self.cleaned_data


PERCENTS = {
    f"pct_{grade}": forms.IntegerField(label=f"{label} 비율(%)", min_value=0, max_value=HIGHEST_PCT)
    for grade, label in GRADES
}
LimitPolicyForm = cast(type[DatedForm], type("LimitPolicyForm", (PolicyForm,), dict(PERCENTS)))


@admin.register(LimitPolicy)
class LimitPolicyAdmin(DatedAdmin):
    """한도 기준 by day."""

    form = LimitPolicyForm
    values = ("unit_limit", "grades")
    readonly_fields = ("maker", "checker", "grades")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The per cents are typed one by one and shown as one line."""
        names = ("effective_from", "unit_limit", "approval_number")
        if obj is None:
            return ((None, {"fields": names + tuple(f"pct_{grade}" for grade in GRADE_PCT)}),)
        return ((None, {"fields": (*names, "grades", "maker", "checker")}),)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new policy begins with the values in force."""
        now = limit_policy_on(clock.today())
        percents = {f"pct_{grade}": share for grade, share in now.grade_pct.items()}
        return {"unit_limit": now.unit_limit, **percents, **super().get_changeform_initial_data(request)}

    @admin.display(description="신용등급별 비율")
    def grades(self, row: LimitPolicy) -> str:
        return ", ".join(f"{GRADE_LABELS[grade]} {row.grade_pct[grade]}%" for grade in GRADE_PCT)


@admin.register(Capital)
class CapitalAdmin(DatedAdmin):
    """조합 자본 by day."""

    values = ("amount",)
