"""A member's guarantee limit and what stands against it, in won (S23, DOMAIN §2.4)."""

from collections.abc import Iterable
from dataclasses import dataclass

from guarantees.rules.amounts import pct_min
from guarantees.rules.states import ApplicationState, GuaranteeState

FULL_WEIGHT_BP = 10_000
GRADE_PCT = {"AAA": 130, "AA": 120, "A": 110, "BBB": 100, "BB": 80, "B": 60, "CCC": 40, "none": 50}
# An expired guarantee is not released: it keeps using the limit until someone releases it.
USING_STATES = frozenset({GuaranteeState.ACTIVE, GuaranteeState.EXPIRED})
RESERVING_STATES = frozenset({ApplicationState.APPROVED, ApplicationState.SIGNED, ApplicationState.FEE_PAID})


@dataclass(frozen=True)
class Position:
    """One guarantee, or one application, as it bears on the limit.

    outstanding in won, without the part covered by collateral; weight_bp in basis points.
    """

    state: GuaranteeState | ApplicationState
    outstanding: int
    weight_bp: int = FULL_WEIGHT_BP


def limit(*, shares: int, unit_limit: int, grade_pct: int, special_limit: int = 0) -> int:
    """Shares times won per share times the grade's per cent, rounded down, plus a special limit."""
    return shares * unit_limit * grade_pct // 100 + special_limit


def consumption(outstanding: int, weight_bp: int = FULL_WEIGHT_BP) -> int:
    """What an amount takes from the limit, rounded up to the won."""
    return pct_min(outstanding, weight_bp, 10_000)


def used(positions: Iterable[Position]) -> int:
    """Taken by guarantees that are active, or expired and not yet released."""
    return sum(consumption(p.outstanding, p.weight_bp) for p in positions if p.state in USING_STATES)


def reserved(positions: Iterable[Position]) -> int:
    """Held for applications between approval and issue."""
    return sum(consumption(p.outstanding, p.weight_bp) for p in positions if p.state in RESERVING_STATES)


def available(limit: int, used: int, reserved: int) -> int:
    """What can still be approved. May be negative: that blocks new approvals and breaks nothing old."""
    return limit - used - reserved
