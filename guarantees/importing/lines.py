"""Reading the file: its encoding, its columns, and one line into a checked row or a reason in Korean."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import StringIO

from guarantees.rules.numbering import short_legacy_number
from guarantees.rules.states import GuaranteeState
from portal.identifiers import InvalidNumber, parse_business_number
from portal.won import InvalidAmount, parse_won

REQUIRED = (
    "number", "product", "business_number", "beneficiary", "contract_name",
    "amount", "starts_on", "ends_on", "issued_on", "state",
)  # fmt: skip
OPTIONAL = (
    "outstanding", "channel", "beneficiary_business_number", "contract_number",
    "contract_amount", "contracted_on", "special_terms",
)  # fmt: skip
STATES = {state.value: state.value for state in GuaranteeState} | {
    "유효": "active", "기간 종료": "expired", "기간종료": "expired", "해제": "released", "취소": "cancelled",
}  # fmt: skip
CHANNELS = {"": "branch", "branch": "branch", "internet": "internet", "지점": "branch", "인터넷": "internet"}
DATE = re.compile(r"(\d{4})[-./]?(\d{2})[-./]?(\d{2})\.?\Z")


class UnreadableFile(ValueError):
    """The file as a whole cannot be taken; `message` says why and what to do."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class BadLine(ValueError):
    """One line cannot be taken; the text is the reason for the report."""


@dataclass(frozen=True)
class ImportedGuarantee:
    """One line of the file, checked; amounts in won."""

    number: str
    sms_number: str
    product_id: str
    member_id: int
    beneficiary_name: str
    beneficiary_business_number: str
    contract_name: str
    contract_number: str
    contract_amount: int | None
    contracted_on: date | None
    amount: int
    outstanding: int
    starts_on: date
    ends_on: date
    issued_on: date
    state: str
    channel: str
    special_terms: str


@dataclass(frozen=True)
class Books:
    """What lines refer to: products by code and by name, members by business number."""

    products: Mapping[str, str]
    members: Mapping[str, int]


def read(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column name. UTF-8 (with or without mark) or CP949.

    Raises UnreadableFile for another encoding, a missing column, a column twice, or an empty file.
    """
    rows = csv.reader(StringIO(decoded(content), newline=""))
    header = [name.strip() for name in next(rows, [])]
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise UnreadableFile(f"첫 줄에 {', '.join(missing)} 열이 없습니다. 열 이름을 확인해 다시 저장해 주세요.")
    unknown = [name for name in header if name not in REQUIRED + OPTIONAL]
    if unknown or len(set(header)) < len(header):
        raise UnreadableFile(f"알 수 없거나 두 번 나온 열이 있습니다: {', '.join(unknown or header)}")
    for cells in rows:
        if any(cell.strip() for cell in cells):
            yield rows.line_num, _by_name(header, cells)


def decoded(content: bytes) -> str:
    """The text of the file, whichever of the two encodings it was saved in."""
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("파일의 문자 부호를 읽을 수 없습니다. UTF-8 또는 CP949(엑셀 CSV)로 저장해 주세요.")


def checked(cells: Mapping[str, str], books: Books) -> ImportedGuarantee:
    """The line as a row. Raises BadLine with the first thing that is wrong."""
    amount = _won(cells, "amount")
    outstanding = _outstanding(cells, amount)
    starts_on, ends_on = _day(cells, "starts_on"), _day(cells, "ends_on")
    if starts_on > ends_on:
        raise BadLine("종료일(ends_on)이 시작일(starts_on)보다 빠릅니다")
    number = _text(cells, "number", 40)
    return ImportedGuarantee(
        number=number,
        sms_number=short_legacy_number(number),
        product_id=_known(cells, "product", books.products, "등록되지 않은 보증 종류"),
        member_id=_member(cells, books),
        beneficiary_name=_text(cells, "beneficiary", 100),
        beneficiary_business_number=_business_number(cells["beneficiary_business_number"], blank=True),
        contract_name=_text(cells, "contract_name", 120),
        contract_number=_text(cells, "contract_number", 60, blank=True),
        contract_amount=_won(cells, "contract_amount") if cells["contract_amount"] else None,
        contracted_on=_day(cells, "contracted_on") if cells["contracted_on"] else None,
        amount=amount,
        outstanding=outstanding,
        starts_on=starts_on,
        ends_on=ends_on,
        issued_on=_day(cells, "issued_on"),
        state=_known(cells, "state", STATES, "알 수 없는 상태"),
        channel=_known(cells, "channel", CHANNELS, "알 수 없는 발급 경로"),
        special_terms=_text(cells, "special_terms", 1000, blank=True),
    )


def _by_name(header: list[str], cells: list[str]) -> dict[str, str]:
    named = dict.fromkeys(OPTIONAL, "")
    named.update({name: cell.strip() for name, cell in zip(header, cells, strict=False)})
    if len(cells) != len(header):
        named["error"] = f"칸이 {len(header)}개여야 하는데 {len(cells)}개입니다"
    return named


def _outstanding(cells: Mapping[str, str], amount: int) -> int:
    ended = STATES.get(cells["state"]) in ("released", "cancelled")
    if not cells["outstanding"]:
        return 0 if ended else amount
    outstanding = _won(cells, "outstanding", least=0)
    if outstanding > amount:
        raise BadLine("잔액(outstanding)이 보증금액(amount)보다 큽니다")
    if ended and outstanding:
        raise BadLine("해제·취소된 보증의 잔액(outstanding)은 0이어야 합니다")
    return outstanding


def _text(cells: Mapping[str, str], name: str, longest: int, *, blank: bool = False) -> str:
    value = cells[name]
    if not value and not blank:
        raise BadLine(f"{name} 값이 비어 있습니다")
    if len(value) > longest:
        raise BadLine(f"{name} 값이 {longest}자를 넘습니다")
    if not value.isprintable():
        raise BadLine(f"{name} 값에 쓸 수 없는 문자가 있습니다")
    return value


def _won(cells: Mapping[str, str], name: str, *, least: int = 1) -> int:
    try:
        value = parse_won(cells[name])
    except InvalidAmount:
        raise BadLine(f"{name} 값이 금액이 아닙니다: {cells[name]}") from None
    if value < least:
        raise BadLine(f"{name} 값은 {least}원 이상이어야 합니다")
    return value


def _day(cells: Mapping[str, str], name: str) -> date:
    day = _read_day(cells[name])
    if day is None:
        raise BadLine(f"{name} 값이 날짜가 아닙니다: {cells[name]} (예: 2026-12-31)")
    return day


@lru_cache(maxsize=20_000)
def _read_day(text: str) -> date | None:
    match = DATE.match(text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


@lru_cache(maxsize=100_000)
def _business_number(text: str, *, blank: bool = False) -> str:
    if not text and blank:
        return ""
    try:
        return parse_business_number(text)
    except InvalidNumber:
        raise BadLine(f"사업자등록번호가 맞지 않습니다: {text}") from None


def _member(cells: Mapping[str, str], books: Books) -> int:
    number = _business_number(cells["business_number"])
    if number not in books.members:
        raise BadLine(f"조합원으로 등록되지 않은 사업자등록번호입니다: {cells['business_number']}")
    return books.members[number]


def _known(cells: Mapping[str, str], name: str, table: Mapping[str, str], refusal: str) -> str:
    value = table.get(cells[name])
    if value is None:
        raise BadLine(f"{refusal}입니다({name}): {cells[name]}")
    return value
