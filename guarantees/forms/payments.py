"""How a member pays, and where money would go back to."""

import re
from typing import Any

from django import forms

from guarantees.actions.payments import Choice
from guarantees.models import PaymentMethod
from guarantees.payments.codes import ACCOUNT_BANKS, BANKS
from portal.identifiers import normalize_digits

CHOOSE = ("", "골라 주세요")
WAYS = [
    (PaymentMethod.VIRTUAL_ACCOUNT.value, "가상계좌로 입금 (이 건에만 쓰는 계좌를 알려 드립니다)"),
    (PaymentMethod.TRANSFER.value, "계좌이체 (은행 화면에서 바로 이체합니다)"),
]


class AccountNumberField(forms.CharField):
    """계좌번호: eight to sixteen digits, hyphens and spaces taken away."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=30, **kwargs)

    def to_python(self, value: Any) -> str:
        digits = normalize_digits(super().to_python(value) or "")
        if digits and not re.match(r"[0-9]{8,16}\Z", digits):
            raise forms.ValidationError("계좌번호는 숫자 8~16자리입니다. 통장에 적힌 번호를 그대로 입력해 주세요.")
        return digits


class RefundAccountForm(forms.Form):
    """Where money goes back to."""

    refund_bank = forms.ChoiceField(label="환급받을 은행", choices=[CHOOSE, *BANKS.items()])
    refund_account = AccountNumberField(label="환급받을 계좌번호", help_text="하이픈(-) 없이 적어도 됩니다.")
    refund_holder = forms.CharField(
        label="예금주", max_length=60, help_text="통장에 적힌 이름 그대로 적습니다. 법인은 상호를 적어 주세요."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_choice = isinstance(field, forms.ChoiceField)
            field.error_messages["required"] = "골라 주세요." if is_choice else "비어 있습니다. 입력해 주세요."


class PayForm(RefundAccountForm):
    """The way to pay. A virtual account needs its bank, and an account for money that has to go back."""

    method = forms.ChoiceField(label="납부 방법", choices=WAYS, widget=forms.RadioSelect)
    bank = forms.ChoiceField(
        label="입금할 은행", required=False, choices=[CHOOSE, *((code, BANKS[code]) for code in ACCOUNT_BANKS)],
        help_text="가상계좌를 만들 은행입니다.",
    )  # fmt: skip
    field_order = ("method", "bank", "refund_bank", "refund_account", "refund_holder")
    of_accounts = ("bank", "refund_bank", "refund_account", "refund_holder")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.of_accounts:
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("method") == PaymentMethod.VIRTUAL_ACCOUNT:
            for name in self.of_accounts:
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, "가상계좌로 납부하려면 입력해 주세요.")
        return given

    def choice(self) -> Choice:
        """What was chosen. A transfer goes back to where it came from and needs no account."""
        given = self.cleaned_data
        if given["method"] == PaymentMethod.TRANSFER:
            return Choice(method=PaymentMethod.TRANSFER)
        return Choice(method=given["method"], **{name: given[name] for name in self.of_accounts})
