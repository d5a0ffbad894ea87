"""What is typed about limits: a trial by the member, a change by the head office."""

from typing import Any

from django import forms

from guarantees.models import Product
from guarantees.models.limits import GRADES
from guarantees.queries import offered_products
from portal.fields import DayField, WonField

LONGEST_REASON = 200
MOST_SHARES = 2_147_483_647


class TrialForm(forms.Form):
    """A product and an amount, to see what would be left of the limit."""

    product = forms.ModelChoiceField(label="보증 종류", queryset=offered_products(), empty_label="골라 주세요")
    amount = WonField(label="보증금액")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = "비어 있습니다. 입력해 주세요."


class ReasonedForm(forms.Form):
    """A change that has to be explained."""

    reason = forms.CharField(
        label="변경 사유", max_length=LONGEST_REASON, help_text="예: 2027년 정기 신용평가, 결재 2027-심사-012"
    )


class LimitForm(ReasonedForm):
    """거래 조건. `seen` says which change the person has been shown."""

    shares = forms.IntegerField(label="출자좌수", min_value=0, max_value=MOST_SHARES)
    grade = forms.ChoiceField(label="신용등급", choices=GRADES)
    special_limit = WonField(label="특별한도(원)", required=False, help_text="없으면 비워 둡니다.")
    post_pay_until = DayField(
        label="후납 허용 기한",
        required=False,
        help_text="이 날까지 수수료를 나중에 낼 수 있습니다. 없으면 비워 둡니다.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("shares", "grade", "special_limit", "post_pay_until", "reason")

    def clean_special_limit(self) -> int:
        return self.cleaned_data["special_limit"] or 0


class SubLimitForm(ReasonedForm):
    """개별한도 of one product; an empty amount lifts it."""

    product = forms.ModelChoiceField(label="보증 종류", queryset=Product.objects.all(), empty_label="골라 주세요")
    amount = WonField(label="개별한도(원)", required=False, help_text="비워 두면 이 보증의 개별한도를 없앱니다.")
    field_order = ("product", "amount", "reason")
