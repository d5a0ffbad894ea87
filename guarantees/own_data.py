"""A member's own data as tables to take away: what stands in each, and how they become files."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from io import BytesIO
from typing import Any

import xlsxwriter
from django.db.models import QuerySet

from guarantees.payables import payments_of
from guarantees.queries import applications_of, guarantees_of
from portal.clock import SEOUL
from portal.members.models import User
from sms.own_rows import message_rows, mileage_rows

MOST_ROWS = 50_000  # of each table, the newest
Cell = str | int | date | datetime | None


class Kind(Enum):
    """How a column is written. WON and COUNT are whole numbers."""

    TEXT = 20
    DAY = 12
    INSTANT = 17
    WON = 16
    COUNT = 8

    @property
    def width(self) -> int:
        """In characters of a spreadsheet."""
        return self.value


@dataclass(frozen=True)
class Sheet:
    """One table. `rows` gives a person's own rows as they are known at an instant, cells in column order."""

    name: str
    title: str
    about: str
    columns: tuple[tuple[str, Kind], ...]
    rows: Callable[[User, datetime], Iterable[tuple[Cell, ...]]]


def _guarantees(user: User, at: datetime) -> Iterator[tuple[Cell, ...]]:
    for row in _newest(guarantees_of(user, "", "")):
        yield (
            row.number, str(row.product), row.get_state_display(), row.contract_name, row.contract_number,
            row.beneficiary_name, row.amount, row.outstanding, row.starts_on, row.ends_on, row.issued_on, row.fee,
        )  # fmt: skip


def _applications(user: User, at: datetime) -> Iterator[tuple[Cell, ...]]:
    for row in _newest(applications_of(user, "")):
        yield (
            row.number, str(row.product), row.get_state_display(), row.contract_name, row.beneficiary_name,
            row.amount, row.starts_on, row.ends_on, row.submitted_at, row.decided_at, row.contact_name,
        )  # fmt: skip


def _payments(user: User, at: datetime) -> Iterator[tuple[Cell, ...]]:
    for row in _newest(payments_of(user)):
        of = row.application if row.application is not None else row.endorsement.guarantee
        yield (
            row.order_id, of.number, str(of.product), row.get_method_display(), row.get_state_display(),
            row.amount, row.asked_at, row.paid_at,
        )  # fmt: skip


def _messages(user: User, at: datetime) -> Iterator[tuple[Cell, ...]]:
    return message_rows(user, most=MOST_ROWS)


def _newest(rows: QuerySet[Any]) -> Iterator[Any]:
    return rows[:MOST_ROWS].iterator(chunk_size=1_000)


TEXT, DAY, INSTANT, WON, COUNT = Kind.TEXT, Kind.DAY, Kind.INSTANT, Kind.WON, Kind.COUNT
SHEETS = {
    sheet.name: sheet
    for sheet in (
        Sheet("guarantees", "보증", "발급된 보증의 번호, 계약, 금액, 기간, 상태", (
            ("보증번호", TEXT), ("보증 종류", TEXT), ("상태", TEXT), ("계약명(공사명)", TEXT),
            ("공고·계약번호", TEXT), ("보증채권자", TEXT), ("보증금액(원)", WON), ("보증잔액(원)", WON),
            ("시작일", DAY), ("종료일", DAY), ("발급일", DAY), ("보증료(원)", WON),
        ), _guarantees),
        Sheet("applications", "신청", "보증 신청과 심사 결과", (
            ("접수번호", TEXT), ("보증 종류", TEXT), ("상태", TEXT), ("계약명(공사명)", TEXT),
            ("보증채권자", TEXT), ("보증금액(원)", WON), ("시작일", DAY), ("종료일", DAY), ("접수 일시", INSTANT),
            ("결정 일시", INSTANT), ("담당자", TEXT),
        ), _applications),
        Sheet("payments", "납부", "보증료 납부 내역", (
            ("주문번호", TEXT), ("접수·보증번호", TEXT), ("보증 종류", TEXT), ("납부 방법", TEXT), ("상태", TEXT),
            ("금액(원)", WON), ("요청 일시", INSTANT), ("납부 일시", INSTANT),
        ), _payments),
        Sheet("messages", "문자·이메일", "보낸 문자와 조합이 보낸 안내, 도착 결과", (
            ("작성 일시", INSTANT), ("용도", TEXT), ("수단", TEXT), ("받는 이", TEXT), ("받는 곳", TEXT),
            ("내용", TEXT), ("결과", TEXT), ("설명", TEXT),
        ), _messages),
        Sheet("mileage", "마일리지", "콜 적립·사용·환불·소멸과 그때마다의 잔액", (
            ("일시", INSTANT), ("구분", TEXT), ("내용", TEXT), ("돌아온 까닭", TEXT), ("콜", COUNT),
            ("적립분", TEXT), ("사용 기한", DAY), ("잔액", COUNT),
        ), mileage_rows),
    )
}  # fmt: skip


def plain(cell: Cell) -> str | int:
    """A cell of a CSV file: 2026-12-31, 2026-12-31 09:00 in Seoul, whole numbers as they are."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(SEOUL):%Y-%m-%d %H:%M}"
    return cell.isoformat() if isinstance(cell, date) else cell


def workbook(user: User, at: datetime) -> tuple[bytes, dict[str, int]]:
    """All tables as one Excel file, and how many rows each has.

    A row is written to disk before the next one is read: only the finished file, which is packed, is in memory.
    """
    file = BytesIO()
    options = {
        "constant_memory": True, "remove_timezone": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(file, options) as book:
        counts = {sheet.name: _fill(book, sheet, sheet.rows(user, at)) for sheet in SHEETS.values()}
    return file.getvalue(), counts


def _fill(book: xlsxwriter.Workbook, sheet: Sheet, rows: Iterable[tuple[Cell, ...]]) -> int:
    page = book.add_worksheet(sheet.title)
    page.freeze_panes(1, 0)
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E9F1FB"})
    numbers = {
        Kind.DAY: "yyyy-mm-dd", Kind.INSTANT: "yyyy-mm-dd hh:mm", Kind.WON: "#,##0", Kind.COUNT: "#,##0",
    }  # fmt: skip
    formats = {kind: book.add_format({"num_format": shape}) for kind, shape in numbers.items()}
    for place, (label, kind) in enumerate(sheet.columns):
        page.set_column(place, place, kind.width, formats.get(kind))
        page.write_string(0, place, label, head)
    count = 0
    for count, row in enumerate(rows, start=1):
        for place, (cell, (_label, kind)) in enumerate(zip(row, sheet.columns, strict=True)):
            _write(page, count, place, cell, formats.get(kind))
    page.autofilter(0, 0, count, len(sheet.columns) - 1)
    return count


def _write(page: Any, line: int, place: int, cell: Cell, shape: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        page.write_datetime(line, place, cell.astimezone(SEOUL), shape)
    elif isinstance(cell, date):
        page.write_datetime(line, place, cell, shape)
    elif isinstance(cell, int):
        page.write_number(line, place, cell, shape)
    else:
        page.write_string(line, place, cell)
