"""Guarantee fees: whole won by one integer division, no floats (DOMAIN §2.4).

Rates are parts per million a year, discounts basis points. A year has 365 days, always.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class RefundPolicy(StrEnum):
    """What an early release gives back."""

    NONE = "none"
    PRO_RATA = "pro_rata"


@dataclass(frozen=True)
class FeeTerms:
    """What a fee depends on; the rates are those pinned when the guarantee was quoted.

    amount in won; both dates inclusive; base_ppm and add_ppm (may be negative) parts per million;
    disc_bp 0..10000; a per-case fee ignores the days. Raises ValueError on terms no guarantee can have.
    """

    amount: int
    starts_on: date
    ends_on: date
    base_ppm: int
    add_ppm: int = 0
    disc_bp: int = 0
    per_case: bool = False

    def __post_init__(self) -> None:
        if self.amount < 0 or self.ends_on < self.starts_on or not 0 <= self.disc_bp <= 10_000:
            raise ValueError(f"impossible terms: {self}")


def days(starts_on: date, ends_on: date) -> int:
    """Length of a guarantee period; the first and the last day both count."""
    return (ends_on - starts_on).days + 1


def fee_raw(terms: FeeTerms) -> int:
    """The fee before rounding and minimum, in won, rounded down."""
    charged, per = (1, 1) if terms.per_case else (days(terms.starts_on, terms.ends_on), 365)
    ppm = max(0, terms.base_ppm + terms.add_ppm)
    return terms.amount * ppm * (10_000 - terms.disc_bp) * charged // (1_000_000 * 10_000 * per)


def fee10(terms: FeeTerms) -> int:
    """The fee rounded down to 10 won, without the minimum."""
    return fee_raw(terms) // 10 * 10


def fee(terms: FeeTerms, *, minimum: int) -> int:
    """The fee a member pays for a new guarantee, never less than `minimum` won."""
    return max(minimum, fee10(terms))


def endorsement_delta(old: FeeTerms, *, amount: int, starts_on: date, ends_on: date, minimum_delta: int) -> int:
    """What an endorsement costs at the pinned rates: above 0 to collect, below 0 to refund.

    The minimum fee is not applied again; a difference under `minimum_delta` is waived (0).
    """
    new = replace(old, amount=amount, starts_on=starts_on, ends_on=ends_on)
    delta = fee10(new) - fee10(old)
    return delta if abs(delta) >= minimum_delta else 0


def release_refund(
    paid: int, *, starts_on: date, ends_on: date, released_on: date, policy: RefundPolicy = RefundPolicy.NONE
) -> int:
    """What an early release gives back of `paid`; the day of release counts as used.

    A cancellation before the document was accepted is no release: it gives back all of `paid`.
    """
    if policy is RefundPolicy.NONE:
        return 0
    total = days(starts_on, ends_on)
    unexpired = min(total, max(0, (ends_on - released_on).days))
    return paid * unexpired // total // 10 * 10
