"""A document as strings for the layout: words, dates and amounts as they stand on paper.

Everything the layout receives is a string or a list of strings, so that it has nothing to compute and no
text can become markup.
"""

import io
import json
import re
from datetime import date

import segno

from guarantees.document.content import GuaranteeDocument, Party
from guarantees.document.glyphs import normalised
from guarantees.document.verification_code import format_code
from portal.won import format_won, in_words

# What a line cannot be broken in: such a run is given invisible room to break in after every letter.
LONGEST_WORD = 24
_LONG_WORD = re.compile(rf"[!-~]{{{LONGEST_WORD},}}")
_ROOM = "\u200b"
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def to_json(document: GuaranteeDocument) -> str:
    """The layout's only input. The same document gives the same text."""
    return json.dumps(_strings(document), ensure_ascii=False, sort_keys=True)


def _strings(document: GuaranteeDocument) -> dict[str, object]:
    contract, issuer = document.contract, document.issuer
    return {
        "title": _line(document.title),
        "number": document.number,
        "code": format_code(document.verification_code),
        "url": _line(document.verification_url),
        "qr": qr_svg(document.verification_url),
        "debtor": _party(document.debtor),
        "beneficiary": _party(document.beneficiary),
        "amount_in_words": in_words(document.amount),
        "amount": format_won(document.amount),
        "period": _period(document.starts_on, document.ends_on),
        "contract_name": _line(contract.name),
        "contract_number": _line(contract.number),
        "contracted_on": korean_date(contract.contracted_on),
        "contract_amount": "" if contract.amount is None else format_won(contract.amount),
        "due_on": korean_date(contract.due_on),
        "coverage": _paragraphs(document.coverage),
        "special_terms": _paragraphs(document.special_terms),
        "terms_version": _line(document.terms_version),
        "issued_on": korean_date(document.issued_on),
        "issuer": _line(issuer.name),
        "chairman": _line(issuer.chairman),
        "issuer_address": _line(issuer.address),
        "branch": _line(issuer.branch),
        "branch_phone": _line(issuer.branch_phone),
        "officer": _line(issuer.officer),
        "seal": seal_columns(issuer.name),
        "endorsement": f"변경 발급 {document.endorsement}차" if document.endorsement else "",
        "superseded": document.superseded,
        "with_english": document.with_english,
        "title_english": (_line(document.product_english) or "Letter of guarantee").upper(),
        "amount_english": f"KRW {document.amount:,}",
        "period_english": _period_in_english(document.starts_on, document.ends_on),
    }


def korean_date(day: date | None) -> str:
    """2026년 12월 1일; "" for None."""
    return "" if day is None else f"{day.year}년 {day.month}월 {day.day}일"


def _period_in_english(first: date, last: date) -> str:
    """1 December 2026 to 30 June 2027, both inclusive; whatever language the machine speaks."""
    days = (f"{day.day} {MONTHS[day.month - 1]} {day.year}" for day in (first, last))
    return f"{' to '.join(days)}, both inclusive"


def _period(first: date, last: date) -> str:
    days = (last - first).days + 1
    return f"{korean_date(first)}부터 {korean_date(last)}까지 ({days:,}일간)"


def _party(party: Party) -> dict[str, str]:
    return {
        "name": _line(party.name),
        "business_number": _line(party.business_number),
        "representative": _line(party.representative),
        "address": _line(party.address),
    }


def _line(text: str) -> str:
    return _LONG_WORD.sub(lambda word: _ROOM.join(word[0]), normalised(text).strip())


def _paragraphs(text: str) -> list[str]:
    return [line for line in (_line(part) for part in normalised(text).split("\n")) if line]


def seal_columns(issuer: str) -> list[str]:
    """The words of the seal mark (직인) in columns, right to left on paper: name, 이사장, 의인."""
    words = re.sub(r"\s", "", normalised(issuer)) + "이사장의인"
    side = next(n for n in range(1, len(words) + 1) if n * n >= len(words))
    columns = -(-len(words) // side)
    tall = -(-len(words) // columns)
    return [words[start : start + tall] for start in range(0, len(words), tall)]


def qr_svg(url: str) -> str:
    """An SVG of the QR code of `url`, error correction M, without the quiet zone (the layout keeps it)."""
    drawing = io.BytesIO()
    code = segno.make(url, error="m", micro=False, boost_error=False)
    code.save(drawing, kind="svg", border=0, xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return drawing.getvalue().decode()
