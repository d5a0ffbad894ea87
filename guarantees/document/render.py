"""Prints a document as PDF/A with typst: the same document gives the same bytes.

The compiler is kept for the life of the process, since reading the fonts is what costs. It sees one folder
with the layout and the text handed in: no other file, no network, no clock, no fonts of the machine.
"""

import functools
import os
import threading
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import Literal

import typst

from guarantees.document.content import GuaranteeDocument, refuse_unfit
from guarantees.document.glyphs import FONTS
from guarantees.document.printed import to_json

LAYOUT = Path(__file__).parent / "layout"
STANDARDS: "list[typst.PDFStandard]" = ["a-2a", "ua-1"]
PIXELS_PER_INCH = 110
KST = timezone(timedelta(hours=9))
_turn = threading.Lock()  # a compiler serves one call at a time


def render(document: GuaranteeDocument) -> bytes:
    """The PDF, PDF/A-2a and PDF/UA-1, tagged, in Korean. Raises content.UnfitText."""
    return _compile(document, "pdf")[0]


def render_png(document: GuaranteeDocument) -> list[bytes]:
    """The pages as pictures, for looking at. Raises content.UnfitText."""
    return _compile(document, "png")


def _compile(document: GuaranteeDocument, kind: Literal["pdf", "png"]) -> list[bytes]:
    refuse_unfit(document)
    with _turn:
        made = _compiler().compile(
            format=kind,
            ppi=PIXELS_PER_INCH,
            sys_inputs={"document": to_json(document)},
            pdf_standards=STANDARDS if kind == "pdf" else [],
            timestamp=datetime.combine(document.issued_on, time(), KST),
        )
    return made if isinstance(made, list) else [made or b""]


def _compiler() -> typst.Compiler:
    compiler, born_in = _born()
    if born_in != os.getpid():
        # Its threads stayed in the parent: the call would wait for them for ever.
        raise RuntimeError("typst was used before this process was forked; render in the child only")
    return compiler


@functools.cache
def _born() -> tuple[typst.Compiler, int]:
    compiler = typst.Compiler(
        input=LAYOUT / "guarantee.typ",
        root=LAYOUT,
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]),
        package_path=LAYOUT,
        package_cache_path=LAYOUT,
    )
    return compiler, os.getpid()
