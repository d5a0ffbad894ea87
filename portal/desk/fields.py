"""Form fields for the numbers people type: any common spelling in, digits out."""

from collections.abc import Callable
from typing import Any

from django import forms

from portal.identifiers import InvalidNumber


class NumberField(forms.CharField):
    """A number read by one of the parsers of `portal.identifiers`, shown as `show` writes it."""

    def __init__(self, *, parse: Callable[[str], str], show: Callable[[str], str] = str, **options: Any) -> None:
        super().__init__(max_length=30, **options)
        self.parse = parse
        self.show = show

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return self.parse(text)
        except InvalidNumber as refused:
            raise forms.ValidationError(refused.message) from None

    def prepare_value(self, value: Any) -> Any:
        return self.show(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
