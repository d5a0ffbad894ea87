"""What a visitor types before he signs."""

from django import forms

from certificates.ticket_code import is_code, normalise
from portal.identifiers import InvalidNumber, parse_business_number


class NumberForm(forms.Form):
    """A business number: checked for its form only, never for whether anybody has it."""

    business_number = forms.CharField(
        label="사업자등록번호",
        max_length=20,
        help_text="숫자 10자리입니다. 하이픈은 넣지 않아도 됩니다.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_business_number(self) -> str:
        try:
            return parse_business_number(self.cleaned_data["business_number"])
        except InvalidNumber as invalid:
            raise forms.ValidationError(invalid.message) from None


class ReplaceForm(NumberForm):
    """The same, and how the holder proves himself where the law allows a second way."""

    by_resident_number = forms.BooleanField(
        label="대표자 개인 인증서로 확인합니다(주민등록번호는 서명 화면 안에서만 입력합니다)", required=False
    )

    def __init__(self, *args: object, basis: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not basis:
            del self.fields["by_resident_number"]
        else:
            self.fields["by_resident_number"].help_text = f"주민등록번호 처리 근거: {basis}"


class ChoosePersonForm(forms.Form):
    """Which of the member's representatives signs in, after the proof."""

    person = forms.TypedChoiceField(label="로그인할 분", coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: object, people: list[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["person"].choices = people  # type: ignore[attr-defined]


class TicketCodeForm(forms.Form):
    """The code of the text message, in any spelling of it."""

    code = forms.CharField(
        label="접수코드",
        max_length=40,
        help_text="대표이사 휴대폰 문자에 온 12자리입니다. 예: 7K2M-X9QA-04TB",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        typed: str = self.cleaned_data["code"]
        if not is_code(typed):
            raise forms.ValidationError(
                "접수코드는 영문 대문자와 숫자 12자리입니다. 문자메시지를 보고 다시 입력해 주세요."
            )
        return normalise(typed)
