"""진위확인: what a stranger learns of a guarantee, and in which colour (DOMAIN §2.3).

A visitor learns only whether what he supplied is so; a value he did not supply is never shown to him. How much
he learns depends on what he shows to have:

* number and issue date stand in many letters. Both must fit; he then learns that we issued it, and whether the
  fields he typed agree. He does not learn whether it is in force today: that is the member's business.
* number and verification code are had only from the document. He learns besides how it stands today.
* the file itself: he holds all of it. Where it is genuine its contents are shown, for laying beside a print.

A genuine number and code can be copied onto another paper. So nothing is called good (green) by a code alone:
amount and period must have been compared and agree, and one number that ties it to the transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum


class Way(StrEnum):
    """What the visitor showed."""

    DATE = "date"
    CODE = "code"
    FILE = "file"


class Comparison(StrEnum):
    MATCH = "match"
    MISMATCH = "mismatch"
    ABSENT = "absent"  # the document says nothing of it, so nothing could be compared
    NOT_ASKED = "not_asked"


class Standing(StrEnum):
    """How a genuine document stands on the day of the question."""

    IN_FORCE = "in_force"
    REDUCED = "reduced"  # in force for less than is printed: a part was released
    EXPIRED = "expired"
    RELEASED = "released"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class Verdict(StrEnum):
    """The answer as a whole, worst first."""

    UNKNOWN = "unknown"
    FORGED = "forged"
    DIFFERENT = "different"
    VOID = "void"
    OUTDATED = "outdated"
    ENDED = "ended"
    CHANGED = "changed"
    PARTLY = "partly"
    ISSUED = "issued"
    VALID = "valid"


GREEN = frozenset({Verdict.VALID})
WORTHLESS = {
    Standing.CANCELLED: Verdict.VOID,
    Standing.RELEASED: Verdict.VOID,
    Standing.SUPERSEDED: Verdict.OUTDATED,
    Standing.EXPIRED: Verdict.ENDED,
    Standing.REDUCED: Verdict.CHANGED,
}


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What stands on a document, or what a visitor typed of it; None where nothing does.

    `amount` in whole won; `period` both days inclusive; business numbers ten digits.
    """

    issued_on: date | None = None
    amount: int | None = None
    period: tuple[date, date] | None = None
    beneficiary_number: str | None = None
    contract_number: str | None = None
    debtor_number: str | None = None


FIELDS = tuple(field.name for field in fields(Contents))
TRANSACTION = ("beneficiary_number", "contract_number", "debtor_number")


def compare(typed: Contents, printed: Contents) -> dict[str, Comparison]:
    """Field by field, every field in every answer."""
    return {name: _compare(getattr(typed, name), getattr(printed, name)) for name in FIELDS}


def _compare(typed: object, printed: object) -> Comparison:
    if not typed:
        return Comparison.NOT_ASKED
    if not printed:
        return Comparison.ABSENT
    return Comparison.MATCH if _plain(typed) == _plain(printed) else Comparison.MISMATCH


def _plain(value: object) -> object:
    """Contract numbers are copied with and without their hyphens, blanks and capitals."""
    return "".join(ch for ch in value.upper() if ch.isalnum()) if isinstance(value, str) else value


def standing(*, state: str, is_superseded: bool, ends_on: date, is_reduced: bool, today: date) -> Standing:
    """How a document stands. `state` is the guarantee's; past its end it is over even before it is marked so."""
    if state == "cancelled":
        return Standing.CANCELLED
    if state == "released":
        return Standing.RELEASED
    if is_superseded:
        return Standing.SUPERSEDED
    if state == "expired" or ends_on < today:
        return Standing.EXPIRED
    return Standing.REDUCED if is_reduced else Standing.IN_FORCE


def judge(*, way: Way, comparisons: Mapping[str, Comparison], standing: Standing) -> Verdict:
    """The answer for a document that was found (or, by file, is genuine)."""
    if Comparison.MISMATCH in comparisons.values():
        return Verdict.DIFFERENT
    if way is Way.DATE:
        return Verdict.ISSUED
    if standing in WORTHLESS:
        return WORTHLESS[standing]
    return Verdict.VALID if way is Way.FILE or _is_enough(comparisons) else Verdict.PARTLY


def _is_enough(comparisons: Mapping[str, Comparison]) -> bool:
    matched = {name for name, comparison in comparisons.items() if comparison is Comparison.MATCH}
    return {"amount", "period"} <= matched and bool(matched.intersection(TRANSACTION))
