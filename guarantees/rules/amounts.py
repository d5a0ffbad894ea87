"""Amounts a guarantee must reach and may not exceed (DOMAIN §2.4, 하도급법 제13조의2)."""


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


def largest_allowed(*, statutory: int, contractual: int) -> int:
    """The most that may be guaranteed for one contract and kind: what law or contract asks, not more."""
    return max(statutory, contractual)
