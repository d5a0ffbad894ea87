"""A strict reader of DER elements, and the scan that every upload passes before any library sees it.

Definite, minimal lengths and tag numbers below 31 only (X.690 §8.1, §10.1): all that X.509 uses.
No recursion, so that depth is a number we check and not the interpreter's stack.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SEQUENCE = 0x30
SET = 0x31
OCTET_STRING = 0x04
BIT_STRING = 0x03
INTEGER = 0x02
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C

MAX_DEPTH = 24
MAX_ELEMENTS = 2_000
_CONSTRUCTED = 0x20
_LONGEST_LENGTH = 4  # octets that may state a length


class NotDer(ValueError):
    """The bytes are not one well-formed DER element. The message never quotes them."""


@dataclass(frozen=True)
class Element:
    """One TLV: `start` of its tag, `body` of its value and `end` after it, as offsets into `data`."""

    data: bytes
    tag: int
    start: int
    body: int
    end: int

    @property
    def value(self) -> bytes:
        return self.data[self.body : self.end]

    @property
    def encoded(self) -> bytes:
        return self.data[self.start : self.end]


def _header(data: bytes, at: int, limit: int) -> tuple[int, int, int]:
    """(tag, offset of the value, offset after it) of the element that begins at `at`."""
    if at + 2 > limit:
        raise NotDer("element cut off")
    tag, length, body = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise NotDer("long tag number")
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= _LONGEST_LENGTH or body + octets > limit:
            raise NotDer("length form")
        length = int.from_bytes(data[body : body + octets], "big")
        if length < 0x80 or length >> 8 * (octets - 1) == 0:
            raise NotDer("length not minimal")
        body += octets
    if body + length > limit:
        raise NotDer("value cut off")
    return tag, body, body + length


def parse(data: bytes, *, tag: int | None = None) -> Element:
    """The one element that `data` is. Raises NotDer for trailing bytes or another tag."""
    found, body, end = _header(data, 0, len(data))
    if end != len(data):
        raise NotDer("trailing bytes")
    if tag is not None and found != tag:
        raise NotDer(f"tag {found:#04x} where {tag:#04x} belongs")
    return Element(data, found, 0, body, end)


def children(parent: Element) -> Iterator[Element]:
    """The elements inside a constructed one, lazily."""
    at = parent.body
    while at < parent.end:
        tag, body, end = _header(parent.data, at, parent.end)
        yield Element(parent.data, tag, at, body, end)
        at = end


def sequence(data: bytes) -> list[Element]:
    """The members of the SEQUENCE that `data` is."""
    return list(children(parse(data, tag=SEQUENCE)))


def scan(data: bytes, *, max_depth: int = MAX_DEPTH, max_elements: int = MAX_ELEMENTS) -> int:
    """Walk every element; the number of elements. Raises NotDer beyond the depth or the count.

    Values of primitive elements (also OCTET STRINGs that hold DER) are not entered.
    """
    parse(data, tag=SEQUENCE)
    open_ends = [len(data)]
    at = count = 0
    while open_ends:
        if at == open_ends[-1]:
            open_ends.pop()
            continue
        tag, body, end = _header(data, at, open_ends[-1])
        count += 1
        if count > max_elements:
            raise NotDer("too many elements")
        if tag & _CONSTRUCTED:
            if len(open_ends) > max_depth:
                raise NotDer("too deep")
            open_ends.append(end)
            at = body
        else:
            at = end
    return count


def oid(element: Element) -> str:
    """Dotted form of an OBJECT IDENTIFIER. Raises NotDer for another tag or a broken arc."""
    if element.tag != OBJECT_IDENTIFIER or element.body == element.end:
        raise NotDer("object identifier expected")
    arcs: list[int] = []
    arc = 0
    fresh = True
    for octet in element.value:
        if fresh and octet == 0x80:
            raise NotDer("arc not minimal")
        arc = arc << 7 | octet & 0x7F
        if arc >> 64:
            raise NotDer("arc too large")
        fresh = not octet & 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    if not fresh:
        raise NotDer("arc cut off")
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (first, arcs[0] - 40 * first, *arcs[1:]))
