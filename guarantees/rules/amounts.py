"""Amounts a guarantee must reach and may not exceed (DOMAIN §2.2, §2.4; 하도급법 제13조의2).

The law gives a share of the contract or a formula, the contract may ask for another figure. A member may have
guaranteed up to the larger of the two, and where the law binds not less than its figure. All in whole won.
"""

from dataclasses import dataclass
from datetime import date

from portal.businessdays.rules import DAY, last_day_of_months
from portal.won import format_won

EXEMPT_UP_TO = 10_000_000  # won; subcontracts up to here need no guarantee (하도급법 시행령 제8조)
SUBCONTRACT_SHARE = (10, 100)  # what a subcontractor gives in return (하도급법 제13조의2)
PAYMENT = "subcontract_payment"


def pct_min(base: int, num: int, den: int) -> int:
    """The least whole won that is at least num/den of `base` ("이상": rounded up)."""
    return -(-base * num // den)


def subpay_minimum(*, price: int, advance: int, months: int, cycle: int) -> int:
    """Least amount of a 하도급대금지급보증 in won.

    price and advance of the subcontract in won; months it lasts and months between payments, both >= 1.
    Raises ValueError outside these ranges.
    """
    if not 0 <= advance <= price or months < 1 or cycle < 1:
        raise ValueError(f"impossible subcontract: {price=} {advance=} {months=} {cycle=}")
    open_price = price - advance
    if months <= 4:
        return open_price
    if cycle <= 2:
        return pct_min(open_price, 4, months)
    return pct_min(open_price, cycle * 2, months)


def months_of(starts_on: date, ends_on: date) -> int:
    """How many months a contract lasts, both days counted, a month begun counted whole (민법 제160조).

    2026-12-01 to 2027-03-31 are 4 months, one day longer are 5. At least 1; an end before the start is 1.
    """
    months = max(1, (ends_on.year - starts_on.year) * 12 + ends_on.month - starts_on.month)
    return months if last_day_of_months(starts_on - DAY, months) >= ends_on else months + 1


@dataclass(frozen=True)
class Asked:
    """What the amount of an application is measured by. Won; None where not typed or not set by law.

    `share_bp` is the statutory share of the contract in basis points (1,500 = 15 %).
    """

    family: str
    contract_amount: int | None
    share_bp: int | None = None
    required: int | None = None
    advance: int | None = None
    months: int | None = None
    cycle: int | None = None
    is_public: bool = False
    is_subcontract: bool = False


@dataclass(frozen=True)
class Bounds:
    """`least` and `most` in won, None where there is none; `statutory` the law's figure and how it came about."""

    least: int | None
    most: int | None
    statutory: int | None
    basis: str

    @property
    def offered(self) -> int | None:
        """The amount to propose: what the law asks where it binds, else the most."""
        return self.least or self.statutory or self.most


def bounds(asked: Asked) -> Bounds:
    """What law and contract allow. Without either figure the contract amount itself is the ceiling."""
    statutory, basis = _statutory(asked)
    figures = [figure for figure in (statutory, asked.required) if figure]
    most = max(figures) if figures else asked.contract_amount
    return Bounds(_binding(asked, statutory), most, statutory, basis)


def _statutory(asked: Asked) -> tuple[int | None, str]:
    """The law's figure and the calculation in words; None where it sets none or the facts are missing."""
    price = asked.contract_amount
    if asked.family == "advance":
        return asked.advance or None, "선급금 전액" if asked.advance else ""
    if not price:
        return None, ""
    if asked.family == PAYMENT:
        return _payment_minimum(price, asked)
    if asked.share_bp is None:
        return None, ""
    share = pct_min(price, asked.share_bp, 10_000)
    noun = "입찰금액" if asked.family == "bid" else "계약금액"
    return share, f"{noun} {format_won(price)}의 {asked.share_bp / 100:g}%"


def _payment_minimum(price: int, asked: Asked) -> tuple[int | None, str]:
    advance = asked.advance or 0
    if price <= EXEMPT_UP_TO or not asked.months or not asked.cycle or advance > price:
        return None, ""
    open_price = price - advance
    # Paid more seldom than twice in the contract's time the formula passes the price: nobody owes more than that.
    formula = subpay_minimum(price=price, advance=advance, months=asked.months, cycle=asked.cycle)
    least = min(formula, open_price)
    rest = f"하도급대금 {format_won(price)}" + (f"에서 선급금 {format_won(advance)}을 뺀 금액" if advance else "")
    if asked.months <= 4 or least == open_price:
        return least or None, f"{rest} 전액 (공사기간 {asked.months}개월)"
    factor = 4 if asked.cycle <= 2 else asked.cycle * 2
    return least or None, f"{rest} × {factor} ÷ 공사기간 {asked.months}개월 (지급 주기 {asked.cycle}개월)"


def _binding(asked: Asked, statutory: int | None) -> int | None:
    """The least amount, where a law says so: for bids, payments to subcontractors, and public owners.

    A subcontractor owes his 10 % by the subcontracting law, whoever the owner is; the owner's own law binds
    only the builder who works for him directly.
    """
    if statutory is None:
        return None
    if asked.family in ("bid", PAYMENT):
        return statutory
    if asked.is_subcontract:
        price = asked.contract_amount or 0
        is_bound = asked.family == "contract" and price > EXEMPT_UP_TO
        return min(statutory, pct_min(price, *SUBCONTRACT_SHARE)) if is_bound else None
    return statutory if asked.is_public else None
