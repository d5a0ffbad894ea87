"""Form fields for what Koreans type in many ways: amounts, numbers and days (DOMAIN §3).

Each takes full-width digits, spaces, commas and hyphens, gives the stored form, and keeps what was typed
for showing it again.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.identifiers import (
    InvalidNumber,
    format_business_number,
    format_mobile,
    parse_business_number,
    parse_mobile,
)
from portal.won import InvalidAmount, parse_won


class WonField(forms.Field):
    """A whole amount of won, at least 1. Gives int, or None when empty."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            amount = parse_won(text)
        except InvalidAmount as error:
            raise ValidationError(gettext(error.message), code="invalid") from None
        if amount < 1:
            raise ValidationError(_("1원 이상을 입력해 주세요."), code="invalid")
        return amount

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,}" if isinstance(value, int) else value


class DigitsField(forms.CharField):
    """Digits read by `parse` and shown by `show`; both from `portal.identifiers`."""

    def __init__(self, *, parse: Callable[[str], str], show: Callable[[str], str], **kwargs: Any) -> None:
        self.parse, self.show = parse, show
        super().__init__(max_length=40, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if not text:
            return ""
        try:
            return self.parse(text)
        except InvalidNumber as error:
            raise ValidationError(gettext(error.message), code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        try:
            return self.show(self.parse(value)) if value else value
        except InvalidNumber:
            return value


class BusinessNumberField(DigitsField):
    """사업자등록번호. Gives ten digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(parse=parse_business_number, show=format_business_number, **kwargs)


class MobileField(DigitsField):
    """휴대폰번호. Gives eleven digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(parse=parse_mobile, show=format_mobile, **kwargs)


class DayField(forms.Field):
    """A day: 2026-11-20, 2026.11.20, 20261120 or 2026년 11월 20일. Gives date, or None when empty."""

    widget = forms.DateInput
    invalid = _("날짜가 아닙니다. 예: 2026-11-20")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, date):
            return value
        plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(value or "")))
        if not plain:
            return None
        match = re.match(r"([0-9]{4})(?:[-./년])?([0-9]{1,2})(?:[-./월])?([0-9]{1,2})[.일]?\Z", plain)
        if match is None or (plain.isdigit() and len(plain) != 8):
            raise ValidationError(self.invalid, code="invalid")
        try:
            day = date(*map(int, match.groups()))
        except ValueError:
            raise ValidationError(self.invalid, code="invalid") from None
        if not 1990 <= day.year <= 2100:
            raise ValidationError(_("연도를 다시 확인해 주세요. 예: 2026-11-20"), code="invalid")
        return day
