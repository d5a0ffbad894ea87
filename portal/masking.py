"""Personal numbers in what people write for others to read: found by shape, covered before storing (S03)."""

import re
import unicodedata

_DASH = r"[-.\s]?"
# What the writer is told was covered, and its shape. In this order: each covers what a later one might half match.
SHAPES = (
    ("주민등록번호", re.compile(rf"(?<!\d)\d{{6}}{_DASH}[0-9]\d{{6}}(?!\d)")),
    ("휴대폰번호", re.compile(rf"(?<!\d)(?:\+?82{_DASH}0?|0)1[016-9]{_DASH}\d{{3,4}}{_DASH}\d{{4}}(?!\d)")),
    ("사업자등록번호", re.compile(rf"(?<!\d)\d{{3}}{_DASH}\d{{2}}{_DASH}\d{{5}}(?!\d)")),
    # Ten digits at least: a date written with hyphens has eight.
    ("계좌·카드번호", re.compile(r"(?<![\d-])(?=(?:-?\d){10,16}(?![\d-]))\d{2,6}(?:-\d{2,8}){2,3}(?![\d-])")),
)
COVER = "●"
# A telephone number of an office is no secret, and a member asks about it.
OFFICE = re.compile(r"0(?:2|[3-6][1-5]|70|80|507)-\d{3,4}-\d{4}\Z")


def cover(text: str) -> tuple[str, tuple[str, ...]]:
    """`text` with the digits of personal numbers covered, and the names of what was covered.

    Full-width digits and odd hyphens count as their plain forms; the rest of the text stays as typed.
    """
    plain = "".join(_plain(char) for char in text)
    found: list[str] = []
    for name, shape in SHAPES:
        for match in shape.finditer(plain):
            if OFFICE.match(match[0]):
                continue
            found.append(name)
            hidden = re.sub(r"\d", COVER, match[0])
            plain = plain[: match.start()] + hidden + plain[match.end() :]
    covered = "".join(COVER if hid == COVER else char for char, hid in zip(text, plain, strict=True))
    return covered, tuple(dict.fromkeys(found))


def _plain(char: str) -> str:
    """The plain form of a digit or dash, one character for one; anything else as it is."""
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.digit(char))
    return "-" if unicodedata.category(char) == "Pd" or char == "\u2212" else char
