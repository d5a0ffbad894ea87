"""Taking a file over: every line or none, by COPY, and a second time without doubling."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import astuple, dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, connection, transaction

from guarantees.importing.lines import BadLine, Books, ImportedGuarantee, checked, read
from guarantees.models import Guarantee, GuaranteeImport, Product
from portal.access import Actor
from portal.audit import trail
from portal.members.models import Member

COLUMNS = [column.name for column in fields(ImportedGuarantee)]
# Compared with a row already there; what the portal itself changes after the import is left out.
LASTING = ("product_id", "member_id", "amount", "starts_on", "issued_on")
Progress = Callable[[int], None]


@dataclass
class Report:
    """What the file holds, and what was or would be done with it."""

    lines: int = 0
    new: list[ImportedGuarantee] = field(default_factory=list)
    unchanged: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)


class RefusedLines(Exception):
    """Some lines were refused, so nothing of the file was taken. `report` lists each with its reason."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(f"{len(report.refused)} lines refused")


def examine(content: bytes, progress: Progress = lambda _done: None) -> Report:
    """Check every line against the books; nothing is written. Raises UnreadableFile."""
    products = dict(Product.objects.values_list("code", "code")) | dict(
        Product.objects.values_list("name", "code")
    )
    books = Books(products, dict(Member.everything.values_list("business_number", "id")))
    there = {number: rest for number, *rest in Guarantee.everything.values_list("number", *LASTING, "is_imported")}
    report = Report()
    seen: dict[str, int] = {}
    for line, cells in read(content):
        report.lines += 1
        if report.lines % 1000 == 0:
            progress(report.lines)
        try:
            if error := cells.pop("error", ""):
                raise BadLine(error)
            row = checked(cells, books)
            if row.number in seen:
                raise BadLine(f"{seen[row.number]}번째 줄과 보증번호가 같습니다")
            seen[row.number] = line
            _sort(row, there.get(row.number), report)
        except BadLine as bad:
            report.refused.append((line, cells.get("number", ""), str(bad)))
    progress(report.lines)
    return report


def take(
    content: bytes, *, file_name: str, by: Actor, at: datetime, progress: Progress = lambda _done: None
) -> Report:
    """Examine and write the new rows in one transaction. Raises UnreadableFile, RefusedLines."""
    report = examine(content, progress)
    if report.refused:
        raise RefusedLines(report)
    try:
        with transaction.atomic():
            _copy(report.new, at)
            taken = GuaranteeImport.objects.create(
                file_name=file_name[:200],
                sha256=hashlib.sha256(content).hexdigest(),
                lines=report.lines,
                added=len(report.new),
                unchanged=report.unchanged,
                at=at,
            )
            trail.record(action="guarantee.import", by=by, at=at, subject=taken, detail={"added": taken.added})
    except IntegrityError:
        # Somebody took the same file at the same time: by now its lines are there.
        return examine(content)
    return report


def _sort(row: ImportedGuarantee, there: list[Any] | None, report: Report) -> None:
    if there is None:
        report.new.append(row)
    elif there[-1] and there[:-1] == [getattr(row, name) for name in LASTING]:
        report.unchanged += 1
    else:
        raise BadLine("같은 보증번호가 다른 내용으로 이미 등록되어 있습니다")


def _copy(rows: list[ImportedGuarantee], at: datetime) -> None:
    """PostgreSQL's COPY in its text form; 100,000 rows in about two seconds."""
    stamp = at.isoformat()
    buffer = io.StringIO()
    for row in rows:
        ended = stamp if row.state in ("released", "cancelled") else None
        values = [*astuple(row), str(uuid4()), True, stamp, ended, ""]
        buffer.write("\t".join(map(_cell, values)) + "\n")
    buffer.seek(0)
    columns = [*COLUMNS, "public_id", "is_imported", "imported_at", "released_at", "release_reason"]
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY guarantees_guarantee ({', '.join(columns)}) FROM STDIN", buffer)


def _cell(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    text = str(value)
    # Printable text holds neither tab nor newline; only the backslash is special.
    return text.replace("\\", "\\\\") if "\\" in text else text
