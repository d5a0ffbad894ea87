"""Korean won as people write them: integers only, in words, in digits, and read back (DOMAIN §2.4)."""

import re
import unicodedata

DIGITS = "영일이삼사오육칠팔구"
PLACES = ("", "십", "백", "천")
GROUPS = ("", "만", "억", "조", "경")
LARGEST = 10**20 - 1
LARGEST_TYPED = 10**15 - 1  # 999 trillion: beyond it is a slip of the finger, not an amount


class InvalidAmount(ValueError):
    """Text that is not an amount of won. `message` is the Korean sentence for the form."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def in_words(amount: int) -> str:
    """120_000_000 -> "금 일억이천만원정". 일 is always written, so that nothing can be put before 십/백/천.

    Raises ValueError below 0 or above LARGEST.
    """
    if not 0 <= amount <= LARGEST:
        raise ValueError(f"amount out of range: {amount}")
    groups = []
    rest = amount
    for name in GROUPS:
        rest, group = divmod(rest, 10_000)
        if group:
            groups.append(_group_in_words(group) + name)
    return f"금 {''.join(reversed(groups)) or DIGITS[0]}원정"


def _group_in_words(group: int) -> str:
    digits = reversed(str(group))
    words = [DIGITS[int(d)] + place for d, place in zip(digits, PLACES, strict=False) if d != "0"]
    return "".join(reversed(words))


def format_won(amount: int) -> str:
    """1234 -> "1,234원"; -500 -> "-500원"."""
    return f"{amount:,}원"


def parse_won(text: str) -> int:
    """Read "１,２34 원" as 1234. Commas must stand between thousands: "1,23" is refused, not guessed.

    Raises InvalidAmount.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    match = re.match(r"\u20a9?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)원?\Z", plain)
    if not match:
        raise InvalidAmount("금액은 숫자로만 적어 주세요. 예: 120,000,000")
    # Compared before converting: int() itself refuses very long digit strings.
    digits = match[1].replace(",", "").lstrip("0") or "0"
    if len(digits) > len(str(LARGEST_TYPED)):
        raise InvalidAmount("금액이 너무 큽니다. 자릿수를 확인해 주세요.")
    return int(digits)
