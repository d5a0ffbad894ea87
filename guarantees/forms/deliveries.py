"""How a guarantee document is to reach its beneficiary, asked of the member and of the desk."""

from typing import Any

from django import forms

from guarantees.models.labels import DELIVERY_CHANNELS
from guarantees.rules.delivery import EMAIL


class DeliverForm(forms.Form):
    """보증서 보내기."""

    channel = forms.ChoiceField(label="보내는 방법", choices=DELIVERY_CHANNELS, widget=forms.RadioSelect)
    to_email = forms.EmailField(
        label="보증채권자 이메일",
        required=False,
        help_text="이메일로 보낼 때만 입력합니다. 받는 분은 로그인 없이 보증서를 보고 접수할 수 있습니다.",
    )

    def clean(self) -> dict[str, Any]:
        needs_one = self.cleaned_data.get("channel") == EMAIL and not self.cleaned_data.get("to_email")
        if needs_one and "to_email" not in self.errors:
            self.add_error("to_email", "보증채권자의 이메일 주소를 입력해 주세요.")
        return self.cleaned_data


class RevokeForm(forms.Form):
    """링크 폐기."""

    reason = forms.CharField(label="사유", max_length=200, help_text="예: 다른 사람에게 전달됨")
