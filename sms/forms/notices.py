"""What the notice centre is narrowed to."""

from typing import Any

from django import forms

from sms.models import Channel, Purpose

# Members' own texts have a page of their own.
KINDS = [(purpose.value, purpose.label) for purpose in Purpose if purpose != Purpose.FREE_SMS]
CHANNELS = [("text", "문자"), (Channel.EMAIL.value, "이메일")]


class NoticeFilterForm(forms.Form):
    """Kind, channel and days, each of them or none."""

    kind = forms.ChoiceField(label="종류", choices=[("", "모두"), *KINDS], required=False)
    channel = forms.ChoiceField(label="수단", choices=[("", "모두"), *CHANNELS], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("from", "시작일"), ("to", "종료일")):
            self.fields[name] = forms.DateField(
                label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}),
                error_messages={"invalid": f"{label}을 다시 확인해 주세요."},
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("from"), given.get("to")
        if first and last and last < first:
            raise forms.ValidationError("종료일이 시작일보다 빠릅니다. 두 날짜를 바꾸어 주세요.")
        return given
