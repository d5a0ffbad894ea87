"""The fee of an application under the terms in force, and how it is worked out, line by line."""

from dataclasses import dataclass
from datetime import date

from guarantees.models import Application, FeeAdjustment, Product, ProductTerms
from guarantees.policies import adjustment_on, terms_on
from guarantees.rules.fee import FeeTerms, days, fee, fee10, fee_raw
from guarantees.rules.states import ApplicationState
from portal.won import format_won

# Once the member has signed the fee with the rest of the agreement, it stays what he signed.
REQUOTED_IN = frozenset({ApplicationState.IN_REVIEW, ApplicationState.APPROVED})


@dataclass(frozen=True)
class Quote:
    """`fee` in won, what it rests on, and the steps of the calculation in words."""

    fee: int
    terms: ProductTerms
    add_ppm: int
    disc_bp: int
    steps: tuple[str, ...]


@dataclass(frozen=True)
class FeeChange:
    """The pinned fee before and after it was quoted anew, in won. The two may be equal under a new rate."""

    before: int
    after: int


def price(
    *,
    amount: int | None,
    starts_on: date | None,
    ends_on: date | None,
    terms: ProductTerms | None,
    add_ppm: int = 0,
    disc_bp: int = 0,
) -> Quote | None:
    """The fee for an amount in won and a period (both days count), or None while one of them is missing."""
    if terms is None or not amount or starts_on is None or ends_on is None or ends_on < starts_on:
        return None
    charged = FeeTerms(amount, starts_on, ends_on, terms.base_ppm, add_ppm, disc_bp, terms.per_case)
    total = fee(charged, minimum=terms.minimum_fee)
    return Quote(total, terms, add_ppm, disc_bp, _steps(charged, total))


def what_if(
    *, member_id: int, product: Product, amount: int, starts_on: date, ends_on: date, day: date
) -> Quote | None:
    """What this member would pay on `day`, without an application."""
    adjustment = adjustment_on(member_id, product, day)
    return price(
        amount=amount, starts_on=starts_on, ends_on=ends_on, terms=terms_on(product.pk, day),
        **_parts(adjustment),
    )  # fmt: skip


def _parts(adjustment: FeeAdjustment | None) -> dict[str, int]:
    if adjustment is None:
        return {"add_ppm": 0, "disc_bp": 0}
    return {"add_ppm": adjustment.add_ppm, "disc_bp": adjustment.disc_bp}


def quote(application: Application, *, day: date) -> Quote | None:
    """The quote for what is typed so far, or None while amount or period are missing.

    A draft is quoted by what is in force today; a submitted application keeps what was pinned with it.
    """
    if application.state == ApplicationState.DRAFT:
        return fresh_quote(application, day=day)
    return price(
        amount=application.amount,
        starts_on=application.starts_on,
        ends_on=application.ends_on,
        terms=application.terms,
        add_ppm=application.add_ppm,
        disc_bp=application.disc_bp,
    )


def fresh_quote(application: Application, *, day: date) -> Quote | None:
    """The quote by the rate and the member's surcharge or discount in force on `day`, whatever was pinned."""
    return price(
        amount=application.amount,
        starts_on=application.starts_on,
        ends_on=application.ends_on,
        terms=terms_on(application.product_id, day),
        **_parts(adjustment_on(application.member_id, application.product, day)),
    )


def requote(application: Application, *, day: date) -> Quote | None:
    """The new quote where the rate or the adjustment in force is no longer the pinned one, else None.

    None also once the agreement is signed: the member signed that fee.
    """
    if application.state not in REQUOTED_IN:
        return None
    fresh = fresh_quote(application, day=day)
    if fresh is None:
        return None
    pinned = (application.terms_id, application.add_ppm, application.disc_bp)
    return fresh if (fresh.terms.pk, fresh.add_ppm, fresh.disc_bp) != pinned else None


def pin(application: Application, quoted: Quote) -> list[str]:
    """Set what the quote rests on; the caller saves. Returns the names of the fields."""
    application.terms, application.quoted_fee = quoted.terms, quoted.fee
    application.add_ppm, application.disc_bp = quoted.add_ppm, quoted.disc_bp
    return ["terms", "quoted_fee", "add_ppm", "disc_bp"]


def _steps(charged: FeeTerms, total: int) -> tuple[str, ...]:
    lines = _adjustment_steps(charged)
    formula = f"{format_won(charged.amount)} × {_percent(max(0, charged.base_ppm + charged.add_ppm))}"
    if charged.disc_bp:
        formula += f" × {_percent((10_000 - charged.disc_bp) * 100)}"
    if charged.per_case:
        formula += " (건당)"
    else:
        formula += f" × {days(charged.starts_on, charged.ends_on):,}일 ÷ 365일"
    rounded = fee10(charged)
    lines += [
        f"{formula} = {format_won(fee_raw(charged))}",
        f"10원 미만은 버립니다: {format_won(rounded)}",
    ]
    if total != rounded:
        lines.append(f"최저 보증료를 적용합니다: {format_won(total)}")
    return tuple(lines)


def _adjustment_steps(charged: FeeTerms) -> list[str]:
    """What stands before the formula only where the member's rate is not everybody's."""
    lines = []
    if charged.add_ppm:
        word, rate = ("할증", charged.add_ppm) if charged.add_ppm > 0 else ("우대", -charged.add_ppm)
        sign = "+" if charged.add_ppm > 0 else "-"
        own = _percent(max(0, charged.base_ppm + charged.add_ppm))
        lines.append(f"기본 요율 {_percent(charged.base_ppm)} {sign} {word} {_percent(rate)} = 적용 요율 {own}")
    if charged.disc_bp:
        lines.append(f"할인 {_percent(charged.disc_bp * 100)}를 적용합니다.")
    return lines


def _percent(ppm: int) -> str:
    """6000 -> "0.6%"."""
    return f"{ppm // 10_000}.{ppm % 10_000:04}".rstrip("0").rstrip(".") + "%"
