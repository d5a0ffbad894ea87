"""What an SMS can carry: the characters of KS X 1001, counted in bytes (DOMAIN §4.1).

Encoded as CP949, a KS X 1001 character has both bytes at or above 0xA1. Python's `euc_kr` must not be
used for this: it writes each of the 8,822 remaining syllables as eight bytes instead of refusing it.
"""

import unicodedata

ELLIPSIS = "…"  # two bytes

_REPLACEMENTS = str.maketrans(
    {
        "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None,
        "\ufe0e": None, "\ufe0f": None,  # variation selectors phones add after signs such as ☎
        "\u00a0": " ", "\t": " ",
        "\u20a9": "\uffe6",  # ₩ -> ￦
        "\u2014": "-", "\u2013": "-", "\u2011": "-", "\u2212": "-",
        "\u2022": "\u00b7",  # • -> ·
        "\u301c": "~",
    }
)  # fmt: skip


class NotSendable(ValueError):
    """Text with characters no Korean handset can be sent. `chars` names them, `message` tells the writer."""

    def __init__(self, chars: tuple[str, ...]) -> None:
        self.chars = chars
        named = ", ".join(_name(ch) for ch in chars)
        self.message = f"문자메시지로 보낼 수 없는 글자가 있습니다: {named}. 다른 글자로 바꿔 주세요."
        super().__init__(self.message)


def _name(ch: str) -> str:
    return f"‘{ch}’" if ch.isprintable() else f"U+{ord(ch):04X}"


def sanitise(text: str) -> str:
    """Compose (NFC) and swap look-alikes for their sendable form. May leave characters `unsendable` names."""
    composed = unicodedata.normalize("NFC", text)
    return composed.replace("\r\n", "\n").replace("\r", "\n").translate(_REPLACEMENTS)


def unsendable(text: str) -> tuple[str, ...]:
    """The characters outside KS X 1001, each once, in order of appearance."""
    return tuple(dict.fromkeys(ch for ch in text if not _size(ch)))


def byte_size(text: str) -> int:
    """Bytes of `text` as the carriers count them. Raises NotSendable."""
    if refused := unsendable(text):
        raise NotSendable(refused)
    return sum(_size(ch) for ch in text)


def _size(ch: str) -> int:
    """1 or 2, or 0 for a character that cannot be sent."""
    if unicodedata.category(ch) == "Cc" and ch != "\n":
        return 0
    try:
        encoded = ch.encode("cp949")
    except UnicodeEncodeError:
        return 0
    if len(encoded) == 2 and min(encoded) < 0xA1:
        return 0
    return len(encoded)


def cut(text: str, room: int) -> str:
    """`text` if it fits into `room` bytes, else its longest beginning that fits together with "…".

    Returns "" when not even "…" fits. Raises NotSendable.
    """
    if byte_size(text) <= room:
        return text
    left = room - _size(ELLIPSIS)
    if left < 0:
        return ""
    end = 0
    while (size := _size(text[end])) <= left:
        left -= size
        end += 1
    return text[:end].rstrip() + ELLIPSIS
