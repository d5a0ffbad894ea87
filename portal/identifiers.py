"""Identity and telephone numbers: reading what people type, showing no more than needed (DOMAIN §3).

Every parser takes text as typed (full-width digits, spaces, hyphens) and returns ASCII digits only, or
raises `InvalidNumber`. No message repeats the number: messages may reach logs.
"""

import re
import unicodedata
from datetime import date

BUSINESS_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
CORPORATE_WEIGHTS = (1, 2) * 6
CENTURY_BY_GENDER_DIGIT = {
    "9": 1800, "0": 1800,
    "1": 1900, "2": 1900, "5": 1900, "6": 1900,
    "3": 2000, "4": 2000, "7": 2000, "8": 2000,
}  # fmt: skip

MINUS_SIGN = "\u2212"  # not a dash by Unicode category, yet typed as one


class InvalidNumber(ValueError):
    """A number that cannot be what it is said to be. `message` is the Korean sentence for the form."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def normalize_digits(text: str) -> str:
    """Fold compatibility forms (NFKC) and drop white space, dashes and invisible characters.

    Letters stay, so that a caller's pattern refuses them.
    """
    return "".join(ch for ch in unicodedata.normalize("NFKC", text) if not _is_separator(ch))


def _is_separator(ch: str) -> bool:
    return ch == MINUS_SIGN or ch.isspace() or unicodedata.category(ch) in {"Pd", "Cf"}


def parse_business_number(text: str) -> str:
    """Ten digits of a 사업자등록번호 (BRN); the check digit is enforced. Raises InvalidNumber."""
    digits = normalize_digits(text)
    if not re.match(r"[0-9]{10}\Z", digits):
        raise InvalidNumber("사업자등록번호는 숫자 10자리입니다. 사업자등록증을 보고 다시 입력해 주세요.")
    # Kind 00 is never given out; without this the all-zero number would pass the check digit.
    if digits[3:5] == "00" or digits[9] != _business_check_digit(digits):
        raise InvalidNumber("사업자등록번호의 숫자가 서로 맞지 않습니다. 사업자등록증을 보고 다시 입력해 주세요.")
    return digits


def _business_check_digit(digits: str) -> str:
    total = sum(int(d) * w for d, w in zip(digits, BUSINESS_WEIGHTS, strict=False))
    return str(-(total + int(digits[8]) * 5 // 10) % 10)


def format_business_number(digits: str) -> str:
    """With hyphens, as on the certificate of registration: 901-81-12019."""
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


def mask_business_number(digits: str) -> str:
    """Enough for the owner to recognise it: 901-**-***19."""
    return f"{digits[:3]}-**-***{digits[8:]}"


def parse_corporate_number(text: str) -> str:
    """Thirteen digits of a 법인등록번호. Form only: see `corporate_number_warning`. Raises InvalidNumber."""
    digits = normalize_digits(text)
    if not re.match(r"[0-9]{13}\Z", digits):
        raise InvalidNumber("법인등록번호는 숫자 13자리입니다. 등기사항증명서를 보고 다시 입력해 주세요.")
    return digits


def corporate_number_warning(digits: str) -> str:
    """A Korean sentence when the old check digit does not fit, else "".

    Never an error: numbers given since 2025-01-31 are said to carry no check digit.
    """
    products = (int(d) * w for d, w in zip(digits, CORPORATE_WEIGHTS, strict=False))
    if digits[12] == str(-sum(products) % 10):
        return ""
    return "법인등록번호의 마지막 자리가 예전 규칙과 다릅니다. 등기사항증명서와 같으면 그대로 진행해 주세요."


def parse_resident_number(text: str, today: date) -> str:
    """Thirteen digits of a 주민등록번호 (RRN) whose birth date exists and is not after `today`.

    The old checksum is not looked at: since October 2020 the last digits are random.
    Raises InvalidNumber; the typed value is in neither the message nor the exception chain.
    """
    digits = normalize_digits(text)
    if not re.match(r"[0-9]{13}\Z", digits):
        raise InvalidNumber("주민등록번호는 숫자 13자리입니다. 다시 입력해 주세요.")
    born_on = _birth_date(digits)
    if born_on is None or born_on > today:
        raise InvalidNumber("주민등록번호 앞자리의 생년월일이 맞지 않습니다. 다시 입력해 주세요.")
    return digits


def _birth_date(digits: str) -> date | None:
    year = CENTURY_BY_GENDER_DIGIT[digits[6]] + int(digits[:2])
    try:
        return date(year, int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return None


def mask_resident_number(digits: str) -> str:
    """Birth date and gender digit only: 990101-3******."""
    return f"{digits[:6]}-{digits[6]}******"


def parse_mobile(text: str) -> str:
    """Eleven digits "010########" of a number that can receive an SMS. Raises InvalidNumber."""
    digits = _domestic(text)
    if re.match(r"010[0-9]{8}\Z", digits):
        return digits
    if re.match(r"01[16789][0-9]{7,8}\Z", digits):
        raise InvalidNumber("011·016~019 번호는 더 이상 쓰이지 않습니다. 010 번호로 바꿔 주세요.")
    raise InvalidNumber("휴대폰번호가 아닙니다. 010으로 시작하는 11자리 번호를 입력해 주세요.")


def _domestic(text: str) -> str:
    """Strip what surrounds a telephone number and turn the country code 82 into the leading 0."""
    digits = normalize_digits(text).translate(str.maketrans("", "", "()."))
    match = re.match(r"(?:\+|00)?82(0?[1-9][0-9]{6,})\Z", digits)
    return "0" + match[1].removeprefix("0") if match else digits


def format_mobile(digits: str) -> str:
    """With hyphens: 010-0000-1000."""
    return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"


def format_sender_number(digits: str) -> str:
    """With hyphens: 02-0000-0101, 031-000-0000, 1588-0000. Takes eight to eleven digits."""
    if len(digits) == 8:
        return f"{digits[:4]}-{digits[4:]}"
    area = 2 if digits.startswith("02") else 3
    return f"{digits[:area]}-{digits[area:-4]}-{digits[-4:]}"


def mask_mobile(digits: str) -> str:
    """Without the middle: 010-****-1000."""
    return f"{digits[:3]}-****-{digits[7:]}"


def mask_email(address: str) -> str:
    """The first two characters of the name and the host: pa***@example.kr."""
    name, _, host = address.partition("@")
    return f"{name[:2]}***@{host}"


def parse_sender_number(text: str) -> str:
    """Eight to eleven digits of a 발신번호; exchange rules are left to the gateway. Raises InvalidNumber."""
    digits = _domestic(text)
    if not re.match(r"[0-9]{8,11}\Z", digits):
        raise InvalidNumber("발신번호는 숫자 8~11자리입니다. 통신사에 등록된 번호를 입력해 주세요.")
    return digits
