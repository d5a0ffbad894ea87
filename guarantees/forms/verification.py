"""What a visitor types or uploads to have a guarantee document verified."""

import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from guarantees.document.check import LARGEST, TOO_LARGE
from guarantees.document.verification_code import InvalidCode, format_code, parse_code
from guarantees.rules.numbering import InvalidGuaranteeNumber, parse_number
from guarantees.rules.verification import Contents
from portal.fields import BusinessNumberField, DayField, WonField

# What was meant as a number of ours, so that a slip of the finger is told at once.
MEANT_AS_OURS = re.compile(r"\s*[0-9]{4}\s*-?\s*[A-Za-z][0-9]\s*-?")


class NumberForm(forms.Form):
    """번호로 확인: the number, the code or else the date, and what the paper says besides."""

    number = forms.CharField(
        label=_("보증번호"), max_length=40, help_text=_("보증서 위쪽에 적힌 번호입니다. 예: 2026-C1-000123-4")
    )
    code = forms.CharField(
        label=_("확인코드"),
        max_length=40,
        required=False,
        help_text=_("QR 코드 옆에 적힌 16자리입니다. 입력하면 지금도 유효한지까지 확인해 드립니다."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )
    issued_on = DayField(label=_("발급일"), required=False, help_text=_("확인코드가 없으면 꼭 입력해 주세요."))
    amount = WonField(label=_("보증금액"), required=False)
    starts_on = DayField(label=_("보증 시작일"), required=False)
    ends_on = DayField(label=_("보증 종료일"), required=False)
    beneficiary_number = BusinessNumberField(label=_("보증채권자 사업자등록번호"), required=False)
    debtor_number = BusinessNumberField(label=_("채무자(조합원) 사업자등록번호"), required=False)
    contract_number = forms.CharField(label=_("공고·계약번호"), max_length=60, required=False)

    COMPARED = ("amount", "starts_on", "ends_on", "beneficiary_number", "debtor_number", "contract_number")

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        if MEANT_AS_OURS.match(number):
            try:
                parse_number(number)
            except InvalidGuaranteeNumber as error:
                raise forms.ValidationError(gettext(error.message)) from None
        return number

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            return parse_code(code) if code else ""
        except InvalidCode as error:
            raise forms.ValidationError(gettext(error.message)) from None

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not given.get("code") and not given.get("issued_on") and not {"code", "issued_on"} & set(self.errors):
            self.add_error("code", _("확인코드나 발급일 가운데 하나는 꼭 입력해 주세요."))
        if bool(given.get("starts_on")) != bool(given.get("ends_on")):
            lacking = "ends_on" if given.get("starts_on") else "starts_on"
            if lacking not in self.errors:
                self.add_error(lacking, _("보증기간은 시작일과 종료일을 함께 입력해 주세요."))
        return given

    @property
    def typed(self) -> Contents:
        """The cleaned values to compare."""
        given = self.cleaned_data
        has_period = given.get("starts_on") and given.get("ends_on")
        return Contents(
            issued_on=given.get("issued_on"),
            amount=given.get("amount"),
            period=(given["starts_on"], given["ends_on"]) if has_period else None,
            beneficiary_number=given.get("beneficiary_number") or None,
            contract_number=given.get("contract_number") or None,
            debtor_number=given.get("debtor_number") or None,
        )


class FileForm(forms.Form):
    """파일로 확인: the PDF as it was received."""

    file = forms.FileField(
        label=_("보증서 PDF 파일"),
        help_text=_("받은 파일을 그대로 올려 주세요. 5MB까지이며, 확인한 뒤 바로 지웁니다."),
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
        error_messages={
            "required": _("파일을 골라 주세요."),
            "empty": _("빈 파일입니다. 받은 파일을 다시 골라 주세요."),
        },
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(gettext(TOO_LARGE))
        return file


def from_paper(number: str, code: str) -> NumberForm:
    """The form as the QR code fills it in."""
    try:
        shown = format_code(parse_code(code))
    except InvalidCode:
        shown = ""
    return NumberForm(initial={"number": number[:40], "code": shown})
