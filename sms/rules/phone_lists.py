"""Lists of numbers as people paste them: bare, or each with a name, from a table, a mail or a note."""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from portal.identifiers import InvalidNumber, parse_mobile
from portal.refusals import Refusal

NAME_MOST, GROUP_MOST, MEMO_MOST = 60, 30, 100  # characters
MOST_TOLD = 10  # faults named at once

_BETWEEN_NUMBERS = re.compile(r"[,;\n、·/|]+")
# A number inside a line: perhaps with a country code, its digits apart by dots, hyphens, brackets or blanks.
_NUMBER_IN_LINE = re.compile(r"(?:\+?\s*82[\s().-]*)?\(?0?1\d[\s().\-‐-―−]*(?:\d[\s().\-‐-―−]*){6,8}(?!\d)")
_BETWEEN_CELLS = re.compile(r"[,;\t|]")
HEADINGS = frozenset({"이름", "성명", "성함", "name", "휴대폰", "휴대폰번호", "번호", "전화번호", "연락처"})


class NumberRefused(Refusal):
    """A piece of the list that is no mobile number; it is named, since the writer has to find it."""

    def __init__(self, *, place: int, piece: str, why: str) -> None:
        super().__init__(f"{place}번째 ‘{piece[:20]}’: {why}")


class LinesRefused(Refusal):
    """Lines no entry could be read from; all are named, and nothing is taken."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        more = len(self.faults) - MOST_TOLD
        told = " ".join(self.faults[:MOST_TOLD]) + (f" 그 밖에 {more}줄이 더 있습니다." if more > 0 else "")
        super().__init__(f"{told} 고친 뒤 다시 넣어 주세요. 아직 한 줄도 넣지 않았습니다.")


@dataclass(frozen=True)
class Entry:
    """One line of an address book; `mobile` has eleven digits."""

    name: str
    mobile: str
    group: str = ""
    memo: str = ""


def numbers(text: str) -> tuple[str, ...]:
    """The numbers of a pasted list, in order. Raises NumberRefused for the first piece that is none.

    Commas, semicolons, new lines and tabs separate them, full-width ones too; spaces do where they must.
    """
    found: list[str] = []
    folded = unicodedata.normalize("NFKC", text.replace("\t", "\n"))
    pieces = [piece for part in _BETWEEN_NUMBERS.split(folded) if (piece := part.strip())]
    for place, one in enumerate(chain.from_iterable(map(_apart, pieces)), start=1):
        try:
            found.append(parse_mobile(one))
        except InvalidNumber as refused:
            raise NumberRefused(place=place, piece=one, why=refused.message) from None
    return tuple(found)


def _apart(piece: str) -> list[str]:
    """`010 0000 1000` is one number; `01000001000 01000001001` are two."""
    try:
        parse_mobile(piece)
    except InvalidNumber:
        return piece.split()
    return [piece]


def entries(text: str) -> tuple[Entry, ...]:
    """One entry a line: a name and a number in either order, then perhaps a group and a memo.

    Commas, semicolons and tabs separate them, a blank does between name and number. A line of headings is passed
    over. Raises LinesRefused, which names every line that cannot be read.
    """
    return _read(enumerate((_cells(line) for line in text.splitlines()), start=1))


def table_entries(text: str) -> tuple[Entry, ...]:
    """The same of a CSV file, whose cells may be quoted. Raises LinesRefused."""
    first = text.lstrip("\ufeff").splitlines()[:1]
    delimiter = max(",;\t", key=lambda mark: first[0].count(mark)) if first else ","
    try:
        rows = list(csv.reader(text.lstrip("\ufeff").splitlines(), delimiter=delimiter))
    except csv.Error:
        raise LinesRefused(["표로 읽을 수 없는 파일입니다."]) from None
    return _read(enumerate((_plain(row) for row in rows), start=1))


def _plain(row: list[str]) -> list[str]:
    """Cells without the apostrophe that our own files put before what a spreadsheet might calculate."""
    return [_folded(cell.removeprefix("'")) for cell in row]


def _folded(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", cell).replace("\x00", "").split())


def _read(lines: Iterator[tuple[int, list[str]]]) -> tuple[Entry, ...]:
    found, faults = [], []
    for place, cells in lines:
        if not any(cells) or (place == 1 and any(cell.replace(" ", "").lower() in HEADINGS for cell in cells)):
            continue
        try:
            found.append(_entry(cells))
        except ValueError as refused:
            faults.append(f"{place}번째 줄: {refused}")
    if faults:
        raise LinesRefused(faults)
    return tuple(found)


def _cells(line: str) -> list[str]:
    """The cells of a pasted line; one without separators is cut where its number begins and ends."""
    folded = unicodedata.normalize("NFKC", line.replace("\t", ";"))
    cells = [_folded(cell) for cell in _BETWEEN_CELLS.split(folded)]
    if len(cells) == 1 and (number := _NUMBER_IN_LINE.search(cells[0])):
        around = cells[0][: number.start()].strip(), cells[0][number.end() :].strip()
        cells = [around[0] or around[1], number[0]] + ([around[1]] if all(around) else [])
    return cells


def _entry(cells: list[str]) -> Entry:
    """Raises ValueError with the sentence for the line."""
    place, mobile = _mobile_of(cells)
    rest = cells[:place] + cells[place + 1 :]
    name, group, memo = [*rest, "", "", ""][:3]
    if not name:
        raise ValueError("이름이 없습니다. 이름과 번호를 한 줄에 적어 주세요.")
    if len(name) > NAME_MOST or len(group) > GROUP_MOST or len(memo) > MEMO_MOST:
        raise ValueError(f"이름 {NAME_MOST}자, 그룹 {GROUP_MOST}자, 메모 {MEMO_MOST}자를 넘습니다.")
    return Entry(name, mobile, group, memo)


def _mobile_of(cells: list[str]) -> tuple[int, str]:
    """Where the number stands, in the first cells that could hold it."""
    why = ""
    for place, cell in enumerate(cells[:3]):
        try:
            return place, parse_mobile(cell)
        except InvalidNumber as refused:
            why = refused.message if not why or any(ch.isdigit() for ch in cell) else why
    raise ValueError(why)
