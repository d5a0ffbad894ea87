"""The steps of an application. A form says what is wrong; what is right in it is kept all the same."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from guarantees.models import Application
from guarantees.queries import facts_of
from guarantees.rules.completeness import (
    WITHOUT_CONTRACT,
    Facts,
    Finding,
    amount_findings,
    contract_findings,
    period_findings,
)
from portal.fields import BusinessNumberField, DayField, MobileField, WonField

EMPTY = {"contract_amount": None, "contracted_on": None, "completes_on": None}
EMPTY |= {"amount": None, "starts_on": None, "ends_on": None}


class StepForm(forms.Form):
    """Fields of an application under their own names, filled with what is stored."""

    def __init__(self, data: QueryDict | None, *, application: Application, today: date) -> None:
        self.application, self.today = application, today
        super().__init__(data, initial={name: getattr(application, name) for name in self.base_fields})
        for field in self.fields.values():
            field.error_messages["required"] = "비어 있습니다. 입력해 주세요."

    def kept_values(self) -> dict[str, Any]:
        """What can be stored: valid fields, and fields the person emptied. Wrong ones keep what was stored."""
        values = dict(self.cleaned_data)
        for name, errors in self.errors.as_data().items():
            if name in self.fields and all(error.code == "required" for error in errors):
                values[name] = EMPTY.get(name, "")
        return values

    @property
    def only_lacks(self) -> bool:
        """Whether nothing typed is wrong, and at most something is not typed yet."""
        found = self.errors.as_data().values()
        return all(error.code == "required" for errors in found for error in errors)

    def _facts(self) -> Facts:
        """The application with this form's valid values in place."""
        stored = facts_of(self.application)
        typed = {name: self.cleaned_data.get(name) for name in self.fields if hasattr(stored, name)}
        return Facts(**{**stored.__dict__, **typed})

    def _add(self, findings: list[Finding]) -> None:
        for finding in findings:
            if finding.field in self.fields and finding.field not in self.errors:
                self.add_error(finding.field, forms.ValidationError(finding.message, code="unfit"))


class ContractForm(StepForm):
    """계약 정보."""

    contract_name = forms.CharField(
        label="계약명(공사명)", max_length=120, help_text="계약서에 적힌 이름 그대로 적어 주세요."
    )
    contract_number = forms.CharField(label="공고·계약번호", max_length=60, required=False)
    contract_amount = WonField(label="계약금액", help_text="부가가치세를 포함한 금액입니다.")
    contracted_on = DayField(label="계약일")
    completes_on = DayField(label="준공(예정)일")
    beneficiary_name = forms.CharField(
        label="보증채권자", max_length=100, help_text="보증서를 받을 곳의 이름입니다."
    )
    beneficiary_business_number = BusinessNumberField(label="보증채권자 사업자등록번호", required=False)

    def __init__(self, data: QueryDict | None, *, application: Application, today: date) -> None:
        super().__init__(data, application=application, today=today)
        product = application.product
        self.fields["beneficiary_name"].help_text = f"보증서를 받을 곳의 이름입니다. ({product.obligee})"
        if product.family in WITHOUT_CONTRACT:
            self.fields["contracted_on"].required = self.fields["completes_on"].required = False
        if product.family == "bid":
            self.fields["contract_number"].required = True
            self.fields["contract_number"].label = "입찰 공고번호"
            self.fields["contract_amount"].label = "입찰금액"

    def clean(self) -> dict[str, Any]:
        self._add(contract_findings(self._facts()))
        return self.cleaned_data


class TermsForm(StepForm):
    """보증 내용."""

    amount = WonField(label="보증금액")
    starts_on = DayField(label="보증 시작일", help_text="시작일과 종료일을 모두 기간에 넣어 계산합니다.")
    ends_on = DayField(label="보증 종료일")
    special_terms = forms.CharField(
        label="특약",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="계약서에 따로 정한 보증 조건이 있으면 적어 주세요.",
    )

    def clean(self) -> dict[str, Any]:
        facts = self._facts()
        self._add(amount_findings(facts))
        self._add(period_findings(facts, today=self.today))
        return self.cleaned_data


class ContactForm(StepForm):
    """담당자. Whoever stands here hears of the result without asking for it (S12, S13)."""

    contact_name = forms.CharField(label="담당자 이름", max_length=60)
    contact_mobile = MobileField(
        label="담당자 휴대폰", help_text="심사 결과를 문자로 바로 알려 드립니다. 무료입니다."
    )
    contact_email = forms.EmailField(
        label="담당자 이메일", max_length=254, help_text="심사 결과를 이메일로도 알려 드립니다."
    )
