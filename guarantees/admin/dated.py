"""The admin page of dated terms: one person adds a row, another checks it, nobody changes it."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from guarantees.actions.terms import check_terms
from portal import clock
from portal.desk.buttons import Button, ButtonAdmin
from portal.desk.cells import badge, named
from portal.members.roles import BUSINESS_ROLES, Role
from portal.particles import as_object

POLICY = frozenset({Role.POLICY_ADMIN})


class DatedForm(forms.ModelForm):
    """Terms from a day to come: what has been decided under the old ones stays as it was."""

    def clean_effective_from(self) -> Any:
        day = self.cleaned_data["effective_from"]
        if day <= clock.today():
            raise forms.ValidationError("시행일은 내일부터의 날짜로 정해 주세요.")
        return day


def check(row: Any, **answers: Any) -> str:
    check_terms(model=type(row), terms_id=row.pk, **answers)
    return f"{row} {as_object(row._meta.verbose_name)} 승인했습니다. 시행일부터 적용됩니다."


CHECK = Button(
    name="check", label="승인", roles=POLICY, run=check,
    when=lambda row: row.made_by_id is not None and row.checked_by_id is None,
    question="다른 담당자가 입안한 기준입니다. 결재 번호와 값을 확인하셨습니까?",
)  # fmt: skip


class DatedAdmin(ButtonAdmin):
    """Rows are added, never changed. A page names its own `values`; day, approval and people are added here."""

    view_roles = BUSINESS_ROLES | POLICY
    add_roles = POLICY
    form = DatedForm
    # Columns between the effective day and the approval number.
    values: ClassVar[tuple[str, ...]] = ()
    sortable_by = ()
    readonly_fields: ClassVar[tuple[str, ...]] = ("maker", "checker")
    list_select_related: ClassVar[tuple[str, ...]] = ("made_by", "checked_by")
    buttons: ClassVar[tuple[Button, ...]] = (CHECK,)

    maker = named("made_by", "입안")
    checker = named("checked_by", "승인")

    @admin.display(description="상태")
    def standing(self, row: Any) -> str:
        """Whether the row counts yet: a checked row of a day to come is announced (시행 예정)."""
        if row.made_by_id is not None and row.checked_by_id is None:
            return badge("submitted", "승인 대기")
        if row.effective_from > clock.today():
            return badge("ready", "시행 예정")
        return badge("done", "시행")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return ("effective_from", "standing", *self.values, "approval_number", "maker", "checker")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("effective_from", *self.values, "approval_number", "maker", "checker")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.made_by_id = request.user.pk
        super().save_model(request, obj, form, change)
