"""What a member, or an officer for him, types to have a guarantee changed."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from guarantees.models import Guarantee
from guarantees.rules.endorsing import Terms, findings
from portal.fields import DayField, WonField

REASONS = (
    ("period", "공사기간 연장"),
    ("shorter", "공사기간 단축"),
    ("amount", "계약금액 변경"),
    ("other", "그 밖의 변경"),
)


class EndorsementForm(forms.Form):
    """The terms as they are to be, filled with what they are."""

    amount = WonField(label="변경 후 보증금액")
    starts_on = DayField(label="변경 후 보증 시작일")
    ends_on = DayField(label="변경 후 보증 종료일")
    ground = forms.ChoiceField(label="변경 사유", choices=[("", "골라 주세요"), *REASONS])
    note = forms.CharField(
        label="설명", max_length=200, help_text="예: 설계 변경으로 준공일이 2027. 9. 30.로 늦어졌습니다."
    )

    def __init__(self, data: QueryDict | None, *, guarantee: Guarantee, today: date) -> None:
        self.guarantee, self.today = guarantee, today
        terms = {name: getattr(guarantee, name) for name in ("amount", "starts_on", "ends_on")}
        super().__init__(data, initial=terms)
        for field in self.fields.values():
            field.error_messages["required"] = "비어 있습니다. 입력해 주세요."

    @property
    def terms(self) -> Terms:
        """What is asked for; of a valid form only."""
        given = self.cleaned_data
        return Terms(given["amount"], given["starts_on"], given["ends_on"])

    @property
    def reason(self) -> str:
        """The ground and the person's own words, as one sentence."""
        return f"{dict(REASONS)[self.cleaned_data['ground']]}: {self.cleaned_data['note']}"

    def clean(self) -> dict[str, Any]:
        if not {"amount", "starts_on", "ends_on"} <= set(self.cleaned_data):
            return self.cleaned_data
        row = self.guarantee
        old = Terms(row.amount, row.starts_on, row.ends_on)
        for finding in findings(
            old,
            self.terms,
            outstanding=row.outstanding,
            contract_amount=row.contract_amount,
            today=self.today,
        ):
            if finding.field not in self.errors:
                self.add_error(finding.field, forms.ValidationError(finding.message, code="unfit"))
        return self.cleaned_data
