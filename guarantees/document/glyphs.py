"""Which characters the document's own fonts can print, read from the fonts themselves.

A character outside them would stop PDF/A at the moment of issue, so names and terms are judged when they
are typed. The answer is exact: it is the union of the fonts' character maps, less what has no ink of its
own (controls, bidirectional marks, loose combining marks) and so could make a text read differently from
how it is stored.
"""

import functools
import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
FONT_FILES = (
    "NanumMyeongjo.ttf",
    "Pretendard-Regular.otf",
    "Pretendard-SemiBold.otf",
    "PortalSerif-Regular.otf",
)

# Controls, formats (with every bidirectional mark), surrogates, private use, unassigned, line and paragraph
# separators, combining marks left over after NFC.
_NO_INK = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Mc", "Me"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Conjoining letters that NFC did not turn into a syllable: they would join their neighbours in print.
_CONJOINING = (range(0x1100, 0x1200), range(0xA960, 0xA980), range(0xD7B0, 0xD800))
_FILLERS = frozenset({0x3164, 0xFFA0})  # letters by category, blank on paper


def normalised(text: str) -> str:
    """Text as it is stored and printed: NFC, lines ended by "\\n", tabs as spaces."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", plain)


def unprintable(text: str) -> tuple[str, ...]:
    """Characters of `normalised(text)` that cannot be printed, each once, in order of appearance."""
    coverage = printable_codes()
    distinct = dict.fromkeys(normalised(text))
    return tuple(ch for ch in distinct if ch != "\n" and ord(ch) not in coverage)


def named(characters: tuple[str, ...]) -> str:
    """For a message: visible ones as they are, the others by number, e.g. "😀, U+202E"."""
    return ", ".join(ch if ch.isprintable() and not ch.isspace() else f"U+{ord(ch):04X}" for ch in characters)


@functools.cache
def printable_codes() -> frozenset[int]:
    """Code points that at least one family of the document can print."""
    maps = {name: frozenset(_mapped(FONTS / name)) for name in FONT_FILES}
    # Both weights of Pretendard must have it: which one is used depends on the place.
    pretendard = maps["Pretendard-Regular.otf"] & maps["Pretendard-SemiBold.otf"]
    union = maps["NanumMyeongjo.ttf"] | maps["PortalSerif-Regular.otf"] | pretendard
    return frozenset(code for code in union if _has_ink(code))


def _has_ink(code: int) -> bool:
    ch = chr(code)
    if unicodedata.category(ch) in _NO_INK or unicodedata.bidirectional(ch) in _RIGHT_TO_LEFT:
        return False
    return code not in _FILLERS and not any(code in block for block in _CONJOINING)


def _mapped(path: Path) -> Iterator[int]:
    """Code points with a glyph, from the font's `cmap` table (OpenType 1.9, formats 4 and 12)."""
    font = path.read_bytes()
    start = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    for record in range(count):
        platform, _, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * record)
        if platform == 3:
            yield from _subtable(font, start + offset)


def _table(font: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for record in range(count):
        name, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + 16 * record)
        if name == tag:
            return offset
    raise ValueError(f"font without {tag!r}")


def _subtable(font: bytes, at: int) -> Iterator[int]:
    (kind,) = struct.unpack_from(">H", font, at)
    if kind == 4:
        yield from _format_4(font, at)
    elif kind == 12:
        yield from _format_12(font, at)


def _format_4(font: bytes, at: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", font, at + 6)
    ends, starts, deltas, offsets = (at + 14 + i * twice + (2 if i else 0) for i in range(4))
    for here in range(0, twice, 2):
        last, first, delta, offset = (
            struct.unpack_from(">H", font, table + here)[0] for table in (ends, starts, deltas, offsets)
        )
        for code in range(first, last + 1):
            glyph = code
            if offset:
                (glyph,) = struct.unpack_from(">H", font, offsets + here + offset + 2 * (code - first))
            if code != 0xFFFF and (glyph or not offset) and (glyph + delta) % 65536:
                yield code


def _format_12(font: bytes, at: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">I", font, at + 12)
    for group in range(groups):
        first, last, glyph = struct.unpack_from(">III", font, at + 16 + 12 * group)
        yield from (code for code in range(first, last + 1) if glyph + code - first)
