"""Prints a document as PDF/A with typst: the same document gives the same bytes.

The compiler is kept for the life of the process, since reading the fonts is what costs. It sees one folder
with one file and the text handed in: no other file, no network, no clock, no fonts of the machine.
"""

import os
import threading
from datetime import datetime, time, timedelta, timezone
from pathlib import Path

import typst

from guarantees.document.content import GuaranteeDocument, refuse_unfit
from guarantees.document.glyphs import FONTS
from guarantees.document.printed import to_json

LAYOUT = Path(__file__).parent / "layout"
STANDARDS = ["a-2a", "ua-1"]
KST = timezone(timedelta(hours=9))
_turn = threading.Lock()  # a compiler serves one call at a time
_compilers: dict[int, typst.Compiler] = {}


def render(document: GuaranteeDocument) -> bytes:
    """The PDF, PDF/A-2a and PDF/UA-1, tagged, in Korean. Raises content.UnfitText."""
    return _compile(document, format="pdf", pdf_standards=STANDARDS)[0]


def render_png(document: GuaranteeDocument, *, pixels_per_inch: int = 110) -> list[bytes]:
    """The pages as pictures, for looking at. Raises content.UnfitText."""
    return _compile(document, format="png", ppi=pixels_per_inch)


def _compile(document: GuaranteeDocument, **options: object) -> list[bytes]:
    refuse_unfit(document)
    midnight = datetime.combine(document.issued_on, time(), KST)
    with _turn:
        made = _compiler().compile(
            sys_inputs={"document": to_json(document)}, timestamp=midnight, **options
        )
    return [made] if isinstance(made, bytes) else list(made)


def _compiler() -> typst.Compiler:
    # By process: a compiler's threads do not survive a fork.
    process = os.getpid()
    if process not in _compilers:
        _compilers.clear()
        _compilers[process] = typst.Compiler(
            input=LAYOUT / "guarantee.typ",
            root=LAYOUT,
            font_paths=typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]
            ),
            package_path=LAYOUT,
            package_cache_path=LAYOUT,
        )
    return _compilers[process]
