"""The steps of an application. A form says what is wrong; what is right in it is kept all the same."""

from copy import copy
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from guarantees.forms.glyphs import printable_line, refuse_unprintable
from guarantees.models import Application, ContractRole, OwnerKind, WorkKind
from guarantees.models.labels import DELIVERY_CHANNELS
from guarantees.queries import facts_of
from guarantees.rules.asking import (
    ASKED_OF,
    LABELS_OF_BIDS,
    PERIOD_HINTS,
    WITHOUT_CONTRACT,
    WORK_KINDS,
    is_asked,
    is_needed,
)
from guarantees.rules.chain import usual_period
from guarantees.rules.completeness import (
    LONGEST_PAYMENT_CYCLE,
    Facts,
    Finding,
    amount_findings,
    bounds_of,
    contract_findings,
    period_findings,
    sending_findings,
    sentence_of,
)
from portal.fields import BusinessNumberField, DayField, MobileField, WonField

EMPTY = {"contract_amount": None, "contracted_on": None, "completes_on": None, "delivery_channel": "print"}
EMPTY |= {"required_amount": None, "advance_amount": None, "payment_cycle_months": None}
EMPTY |= {"amount": None, "starts_on": None, "ends_on": None}
CHOOSE = ("", "골라 주세요")
SUBCONTRACT_OBLIGEE = "원사업자"


class StepForm(forms.Form):
    """Fields of an application under their own names, filled with what is stored."""

    def __init__(self, data: QueryDict | None, *, application: Application, today: date) -> None:
        self.application, self.today = application, today
        super().__init__(data, initial={name: getattr(application, name) for name in self.base_fields})
        for name in [name for name in self.fields if not is_asked(name, application.product.family)]:
            del self.fields[name]
        for name, field in self.fields.items():
            if name in ASKED_OF:
                field.required = is_needed(name, application.product.family)
            is_choice = isinstance(field, forms.ChoiceField)
            field.error_messages["required"] = "골라 주세요." if is_choice else "비어 있습니다. 입력해 주세요."

    def kept_values(self) -> dict[str, Any]:
        """What can be stored: valid fields, and fields the person emptied. Wrong ones keep what was stored."""
        values = dict(self.cleaned_data)
        for name, errors in self.errors.as_data().items():
            if name in self.fields and all(error.code == "required" for error in errors):
                values[name] = EMPTY.get(name, "")
        return values

    @property
    def wrong(self) -> int:
        """How many fields hold something that cannot be stored; an empty one is only not filled yet."""
        found = [self.errors.as_data().get(name, []) for name in self.fields]
        return sum(any(error.code != "required" for error in errors) for errors in found)

    def as_typed(self) -> Application:
        """A copy of the application with what the form shows in its place, for figures; nobody stores it.

        What is wrong counts as not typed.
        """
        typed = copy(self.application)
        for name in self.fields:
            shown = self.cleaned_data.get(name) if self.is_bound else self.initial[name]
            setattr(typed, name, EMPTY.get(name, "") if shown is None else shown)
        return typed

    @property
    def only_lacks(self) -> bool:
        """Whether nothing typed is wrong, and at most something is not typed yet."""
        found = self.errors.as_data().values()
        return all(error.code == "required" for errors in found for error in errors)

    def _facts(self) -> Facts:
        """The application with this form's valid values in place."""
        stored = facts_of(self.application, day=self.today, work_kind=self.cleaned_data.get("work_kind"))
        typed = {name: self.cleaned_data.get(name) for name in self.fields if hasattr(stored, name)}
        return Facts(**{**stored.__dict__, **typed})

    def _add(self, findings: list[Finding]) -> None:
        for finding in findings:
            if finding.field in self.fields and finding.field not in self.errors:
                self.add_error(finding.field, forms.ValidationError(finding.message, code="unfit"))


class ContractForm(StepForm):
    """계약 정보. What the kind of guarantee does not ask for is not in the form (`guarantees.rules.asking`)."""

    contract_name = forms.CharField(
        label="계약명(공사명)", max_length=120, validators=[printable_line],
        help_text="계약서에 적힌 이름 그대로 적어 주세요.",
    )  # fmt: skip
    contract_number = forms.CharField(
        label="공고·계약번호", max_length=60, required=False, validators=[printable_line],
        help_text="예: 2026-0001. 없으면 비워 두세요.",
    )  # fmt: skip
    contract_role = forms.ChoiceField(
        label="도급구분", choices=[CHOOSE, *ContractRole.choices],
        help_text="발주자와 직접 맺은 계약이면 원도급, 다른 건설사와 맺은 계약이면 하도급입니다.",
    )  # fmt: skip
    owner_kind = forms.ChoiceField(
        label="발주자구분", choices=[CHOOSE, *OwnerKind.choices],
        help_text="공사를 맡긴 곳입니다. 국가·지방자치단체·공공기관 공사는 법으로 정한 비율 이상 보증합니다.",
    )  # fmt: skip
    work_kind = forms.ChoiceField(
        label="공사종류", choices=[CHOOSE, *WorkKind.choices],
        help_text="종류에 따라 법으로 정한 보증 비율이 다릅니다.",
    )  # fmt: skip
    contract_amount = WonField(label="계약금액", help_text="부가가치세를 포함한 금액입니다.")
    required_amount = WonField(
        label="계약서에서 정한 보증금액", required=False,
        help_text="계약서에 보증금액이나 비율이 따로 적혀 있으면 그 금액을 적어 주세요. 없으면 비워 두세요.",
    )  # fmt: skip
    advance_amount = WonField(label="선급금", help_text="받는(준) 선급금입니다.")
    payment_cycle_months = forms.IntegerField(
        label="대금 지급 주기", min_value=1, max_value=LONGEST_PAYMENT_CYCLE,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text="하도급 대금을 몇 개월마다 지급하는지 숫자로 적어 주세요. 매월이면 1입니다.",
        error_messages={
            "invalid": "숫자로 적어 주세요. 예: 1",
            "min_value": "1 이상의 숫자로 적어 주세요.",
            "max_value": f"{LONGEST_PAYMENT_CYCLE} 이하의 숫자로 적어 주세요.",
        },
    )  # fmt: skip
    contracted_on = DayField(label="계약일")
    completes_on = DayField(label="준공(예정)일")
    site_address = forms.CharField(
        label="현장 주소", max_length=200, help_text="건설기계를 쓰는 현장의 주소입니다."
    )
    beneficiary_name = forms.CharField(
        label="보증채권자", max_length=100, validators=[printable_line], help_text="보증서를 받을 곳의 이름입니다."
    )
    beneficiary_business_number = BusinessNumberField(label="보증채권자 사업자등록번호", required=False)
    delivery_channel = forms.ChoiceField(
        label="보증서 송부 방법", choices=DELIVERY_CHANNELS,
        help_text="직접 제출하시면 발급된 보증서를 내려받아 보증채권자에게 내시면 됩니다.",
    )  # fmt: skip
    beneficiary_email = forms.EmailField(
        label="보증채권자 이메일", max_length=254, required=False,
        help_text="이메일로 보내기를 고르셨으면 보증서를 받을 담당자의 이메일을 적어 주세요.",
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, application: Application, today: date) -> None:
        super().__init__(data, application=application, today=today)
        product = application.product
        self.fields["beneficiary_name"].widget.attrs["list"] = "beneficiaries"
        self.fields["beneficiary_name"].help_text = f"보증서를 받을 곳의 이름입니다. ({product.obligee})"
        if "contract_role" in self.fields and product.obligee == SUBCONTRACT_OBLIGEE:
            self.initial["contract_role"] = application.contract_role or ContractRole.SUB
        if (kinds := WORK_KINDS.get(product.family)) and "work_kind" in self.fields:
            labels = dict(WorkKind.choices)
            self.fields["work_kind"].choices = [CHOOSE, *((kind, labels[kind]) for kind in kinds)]  # type: ignore[attr-defined]
        if product.family in WITHOUT_CONTRACT:
            self.fields["contracted_on"].required = self.fields["completes_on"].required = False
        if product.family == "bid":
            self._speak_of_a_bid()

    def _speak_of_a_bid(self) -> None:
        for name, label in LABELS_OF_BIDS.items():
            self.fields[name].label = label
        for name in ("contract_number", "completes_on"):
            self.fields[name].required = True
        self.fields["contract_number"].help_text = "입찰공고문에 적힌 번호입니다."
        self.fields["contract_name"].help_text = "입찰공고문에 적힌 이름 그대로 적어 주세요."
        del self.fields["contracted_on"]

    def clean(self) -> dict[str, Any]:
        facts = self._facts()
        self._add(contract_findings(facts))
        self._add(sending_findings(facts))
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
        validators=[refuse_unprintable],
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="계약서에 따로 정한 보증 조건이 있으면 적어 주세요.",
    )

    def __init__(self, data: QueryDict | None, *, application: Application, today: date) -> None:
        super().__init__(data, application=application, today=today)
        facts = facts_of(application, day=today)
        self.allowed = bounds_of(facts)
        self.initial["amount"] = application.amount or self.allowed.offered
        starts_on, ends_on = usual_period(facts, today=today)
        self.initial["starts_on"] = application.starts_on or starts_on
        self.initial["ends_on"] = application.ends_on or ends_on
        self.fields["amount"].help_text = sentence_of(self.allowed)
        self.fields["ends_on"].help_text = PERIOD_HINTS.get(facts.family, "")

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


# By the word that stands for the step in addresses, in the order of the pages.
STEP_FORMS: dict[str, type[StepForm]] = {"contract": ContractForm, "terms": TermsForm, "contact": ContactForm}
