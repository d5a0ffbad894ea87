"""Files for spreadsheets: UTF-8 that Excel recognises, and no cell it would calculate."""

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

_CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n")


class SafeTable:
    """Writes rows: numbers as they are, everything else as text."""

    def __init__(self, response: HttpResponse) -> None:
        self._writer = csv.writer(response)

    def writerow(self, cells: Iterable[str | int]) -> None:
        """One row."""
        self._writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])


def csv_file(name: str, columns: Sequence[str]) -> tuple[HttpResponse, SafeTable]:
    """A download named `name` with its headings, and what its rows are written with."""
    response = HttpResponse(
        "\ufeff",  # so that Excel reads it as UTF-8
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    table = SafeTable(response)
    table.writerow(columns)
    return response, table


def harmless(cell: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip().startswith(_CALCULATED) or cell.startswith(_CALCULATED) else cell
