"""Looking up what a visitor asks about: by number and date, by number and code, or by the file itself.

Unknown and wrong take the same way: the same statements, the same hashing, one answer. The codes of all versions
of a number are compared, found or not, against a hash nobody can have where there is none.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from guarantees.document.check import Verdict as FileVerdict
from guarantees.document.check import check
from guarantees.documents import hash_of_code, trust
from guarantees.models import Guarantee, GuaranteeDocument
from guarantees.rules.numbering import InvalidGuaranteeNumber, format_number, parse_number
from guarantees.rules.verification import (
    Comparison,
    Contents,
    Standing,
    Verdict,
    Way,
    compare,
    judge,
    standing,
)
from portal.clock import seoul_day

CHANGED = re.compile(r"/[0-9]{1,2}\Z")  # what a change adds to a number
NOBODYS_HASH = "0" * 64  # no HMAC of ours: shaped like one, equal to none


@dataclass(frozen=True)
class Answer:
    """What may be told. `guarantee` is for the audit trail and never for the page of a stranger.

    `standing` is None where it is not told; `comparisons` is empty where nothing was found. `printed` holds the
    contents only for a genuine file.
    """

    way: Way
    verdict: Verdict
    comparisons: dict[str, Comparison]
    standing: Standing | None = None
    guarantee: Guarantee | None = None
    printed: dict[str, Any] | None = None
    file: FileVerdict | None = None


def by_date(*, number: str, typed: Contents, at: datetime) -> Answer:
    """By what stands in many letters: `typed.issued_on`. Says that it was issued, not how it stands."""
    documents, guarantee = _found(number)
    fitting = [document for document in documents if document.issued_on == typed.issued_on]
    if fitting:
        return _answer(Way.DATE, fitting[0], typed, at)
    if guarantee is not None and not documents and guarantee.issued_on == typed.issued_on:
        comparisons = compare(typed, _of_older_books(guarantee))
        verdict = judge(way=Way.DATE, comparisons=comparisons, standing=Standing.IN_FORCE)
        return Answer(Way.DATE, verdict, comparisons, guarantee=guarantee)
    return Answer(Way.DATE, Verdict.UNKNOWN, {})


def by_code(*, number: str, code: str, typed: Contents, at: datetime) -> Answer:
    """By what only the document shows. Says how it stands today."""
    documents, _guarantee = _found(number)
    asked = hash_of_code(code)
    hashes = [document.code_hash for document in documents] or [NOBODYS_HASH]
    fits = [hmac.compare_digest(asked, stored) for stored in hashes]
    if True not in fits:
        return Answer(Way.CODE, Verdict.UNKNOWN, {})
    return _answer(Way.CODE, documents[fits.index(True)], typed, at)


def by_file(*, content: bytes, at: datetime) -> Answer:
    """By the PDF. Takes a second or more; the file is not kept."""
    sha256 = hashlib.sha256(content).hexdigest()
    rows = GuaranteeDocument.everything.select_related("guarantee__product", "guarantee__member")
    document = rows.filter(Q(sha256=sha256) | Q(sealed_sha256=sha256)).first()
    judged_at = at if document is None else document.sealed_at
    found = check(content, recorded_sha256=sha256 if document else "", trust=trust(), at=judged_at)
    if document is None or not found.is_genuine:
        return Answer(Way.FILE, Verdict.FORGED, {}, file=found)
    stands = standing_of(document, today=seoul_day(at))
    verdict = judge(way=Way.FILE, comparisons={}, standing=stands)
    return Answer(Way.FILE, verdict, {}, stands, document.guarantee, document.printed, found)


def standing_of(document: GuaranteeDocument, *, today: date) -> Standing:
    """How this version stands on `today`."""
    guarantee = document.guarantee
    contents = contents_of(document.printed)
    is_superseded = document.superseded_at is not None
    return standing(
        state=guarantee.state,
        is_superseded=is_superseded,
        ends_on=contents.period[1] if contents.period else guarantee.ends_on,
        is_reduced=guarantee.outstanding < (contents.amount or guarantee.amount),
        today=today,
    )


def contents_of(printed: dict[str, Any]) -> Contents:
    """What stands on a document, from the values kept with it (`printing.printed_values`)."""
    period = None
    if printed.get("starts_on") and printed.get("ends_on"):
        period = (date.fromisoformat(printed["starts_on"]), date.fromisoformat(printed["ends_on"]))
    issued_on = printed.get("issued_on")
    return Contents(
        issued_on=date.fromisoformat(issued_on) if issued_on else None,
        amount=printed.get("amount"),
        period=period,
        beneficiary_number=printed.get("beneficiary_business_number") or None,
        contract_number=printed.get("contract_number") or None,
        debtor_number=printed.get("debtor_business_number") or None,
    )


def plain_number(text: str) -> str:
    """A number as it is stored: ours normalised and without the suffix of a change, an older one as typed."""
    try:
        parts = parse_number(text)
    except InvalidGuaranteeNumber:
        return CHANGED.sub("", " ".join(text.split()))
    return format_number(parts.year, parts.product_code, parts.sequence)


def _found(number: str) -> tuple[Sequence[GuaranteeDocument], Guarantee | None]:
    """All versions of the number, the latest first, and its guarantee. Two statements, whatever is found."""
    # "2019/12" may be a whole number of the older books, or the twelfth change of one.
    names = [plain_number(number), " ".join(number.split())]
    rows = GuaranteeDocument.everything.filter(guarantee__number__in=names).order_by("-version")
    documents = list(rows.select_related("guarantee__product", "guarantee__member"))
    guarantee = Guarantee.everything.filter(number__in=names).select_related("member").first()
    return documents, guarantee


def _answer(way: Way, document: GuaranteeDocument, typed: Contents, at: datetime) -> Answer:
    comparisons = compare(typed, contents_of(document.printed))
    stands = standing_of(document, today=seoul_day(at))
    verdict = judge(way=way, comparisons=comparisons, standing=stands)
    # Beside contents that differ, "in force" would be read as their praise.
    is_told = way is Way.CODE and verdict is not Verdict.DIFFERENT
    return Answer(way, verdict, comparisons, stands if is_told else None, document.guarantee)


def _of_older_books(guarantee: Guarantee) -> Contents:
    """An imported guarantee has no document here; its paper says what was imported."""
    return Contents(
        issued_on=guarantee.issued_on,
        amount=guarantee.amount,
        period=(guarantee.starts_on, guarantee.ends_on),
        beneficiary_number=guarantee.beneficiary_business_number or None,
        contract_number=guarantee.contract_number or None,
        debtor_number=guarantee.member.business_number,
    )
