"""A member's guarantee limit and what stands against it, in won (S23, DOMAIN §2.4)."""

from guarantees.rules.amounts import pct_min
from guarantees.rules.states import ApplicationState, GuaranteeState

FULL_WEIGHT_BP = 10_000
GRADE_PCT = {"AAA": 130, "AA": 120, "A": 110, "BBB": 100, "BB": 80, "B": 60, "CCC": 40, "none": 50}
# An expired guarantee is not released: it keeps using the limit until someone releases it.
USING_STATES = frozenset({GuaranteeState.ACTIVE, GuaranteeState.EXPIRED})
RESERVING_STATES = frozenset({ApplicationState.APPROVED, ApplicationState.SIGNED, ApplicationState.FEE_PAID})
NEAR_PCT = 90
CAPITAL_TIMES = 35  # 건설산업기본법 시행령 제57조


def limit(*, shares: int, unit_limit: int, grade_pct: int, special_limit: int = 0) -> int:
    """Shares times won per share times the grade's per cent, rounded down, plus a special limit."""
    return shares * unit_limit * grade_pct // 100 + special_limit


def uncovered(amount: int, collateral: int) -> int:
    """The part of an amount that no collateral covers."""
    return max(0, amount - collateral)


def consumption(outstanding: int, weight_bp: int = FULL_WEIGHT_BP, *, collateral: int = 0) -> int:
    """What an amount takes from the limit, rounded up to the won; what collateral covers takes nothing."""
    return pct_min(uncovered(outstanding, collateral), weight_bp, 10_000)


def available(limit: int, used: int, reserved: int) -> int:
    """What can still be approved. May be negative: that blocks new approvals and breaks nothing old."""
    return limit - used - reserved


def is_near(limit: int, taken: int) -> bool:
    """Whether more than 90 % of a limit is taken."""
    return taken * 100 > limit * NEAR_PCT


def ceiling(capital: int) -> int:
    """The most the cooperative may have guaranteed at once, collateralised guarantees left out (영 제57조)."""
    return capital * CAPITAL_TIMES
