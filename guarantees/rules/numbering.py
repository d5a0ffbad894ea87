"""Numbers printed on guarantee documents and applications (DOMAIN §2.7).

A guarantee number is YYYY-PP-NNNNNN-C: year of issue, product code, gap-free sequence, Luhn digit.
"""

import re
import unicodedata
from dataclasses import dataclass

LARGEST_SEQUENCE = 999_999
PRODUCT_CODE = re.compile(r"[A-Z][0-9]\Z")
NUMBER = re.compile(r"([0-9]{4})-?([A-Z][0-9])-?([0-9]{6})-?([0-9])(?:/([1-9][0-9]?))?\Z")


class InvalidGuaranteeNumber(ValueError):
    """Not a number this cooperative can have printed. `message` is the Korean sentence for the form."""

    def __init__(self) -> None:
        self.message = "보증서번호가 맞지 않습니다. 보증서에 적힌 번호를 다시 확인해 주세요. 예: 2026-C1-000123-4"
        super().__init__(self.message)


@dataclass(frozen=True)
class GuaranteeNumber:
    """The parts of a number; `endorsement` is 0 for the first document, n for its n-th change."""

    year: int
    product_code: str
    sequence: int
    endorsement: int = 0


def check_digit(digits: str) -> str:
    """Luhn digit for a string of ASCII digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def format_number(year: int, product_code: str, sequence: int, endorsement: int = 0) -> str:
    """2026, "C1", 123 -> "2026-C1-000123-4"; endorsed once, "2026-C1-000123-4/1". Raises ValueError."""
    if not PRODUCT_CODE.match(product_code):
        raise ValueError(f"not a product code: {product_code!r}")
    _refuse_out_of_range(year, sequence)
    suffix = f"/{endorsement}" if endorsement else ""
    return f"{year}-{product_code}-{sequence:06}-{_check_digit_of(year, product_code, sequence)}{suffix}"


def _check_digit_of(year: int, product_code: str, sequence: int) -> str:
    # Of the product code only its digit takes part: C1 and A1 of one sequence share the check digit.
    return check_digit(f"{year}{product_code[1]}{sequence:06}")


def _refuse_out_of_range(year: int, sequence: int) -> None:
    if not (1000 <= year <= 9999 and 1 <= sequence <= LARGEST_SEQUENCE):
        raise ValueError(f"year or sequence out of range: {year}, {sequence}")


def parse_number(text: str) -> GuaranteeNumber:
    """Read a number typed full-width, lower-case, spaced or unhyphened. Raises InvalidGuaranteeNumber."""
    typed = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    match = NUMBER.match(typed)
    if not match:
        raise InvalidGuaranteeNumber
    year, code, sequence, check, endorsement = match.groups()
    number = GuaranteeNumber(int(year), code, int(sequence), int(endorsement or 0))
    if check != _check_digit_of(number.year, code, number.sequence) or not number.sequence:
        raise InvalidGuaranteeNumber
    return number


def short_number(number: str) -> str:
    """The form used in SMS: "2026-C1-000123-4" -> "C1-000123". Raises InvalidGuaranteeNumber."""
    parts = parse_number(number)
    return f"{parts.product_code}-{parts.sequence:06}"


def application_number(year: int, sequence: int) -> str:
    """2026, 104221 -> "A26-104221". Raises ValueError."""
    _refuse_out_of_range(year, sequence)
    return f"A{year % 100:02}-{sequence:06}"


def short_legacy_number(number: str) -> str:
    """A number of the older books as it fits an SMS: at most nine bytes, its distinguishing end kept.

    "제2019-공사-0412호" -> "2019-0412"; "GB20190412007" -> "…0412007". Never empty for a non-empty number.
    """
    plain = unicodedata.normalize("NFKC", number)
    if match := NUMBER.match(plain):
        return f"{match[2]}-{match[3]}"
    ascii_only = re.sub(r"-{2,}", "-", re.sub(r"[^0-9A-Za-z-]", "", plain)).strip("-")
    if not ascii_only:
        return plain[-4:]
    return ascii_only if len(ascii_only) <= 9 else f"…{ascii_only[-7:]}"
