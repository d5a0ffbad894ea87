"""The fee of an application under the terms in force, and how it is worked out, line by line."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from guarantees.models import Application, ProductTerms
from guarantees.rules.fee import FeeTerms, days, fee, fee10, fee_raw
from portal.won import format_won


@dataclass(frozen=True)
class Quote:
    """`fee` in won, the terms it rests on, and the steps of the calculation in words."""

    fee: int
    terms: ProductTerms
    steps: tuple[str, ...]


def terms_on(product_code: str, day: date) -> ProductTerms | None:
    """The terms of a product in force on a day: the latest that took effect by then.

    Terms a person has made count once another has checked them.
    """
    agreed = Q(made_by__isnull=True) | Q(checked_by__isnull=False)
    known = ProductTerms.objects.filter(agreed, product_id=product_code, effective_from__lte=day)
    return known.order_by("-effective_from").first()


def quote(application: Application, *, day: date) -> Quote | None:
    """The quote for what is typed so far, or None while amount or period are missing.

    A submitted application keeps the terms it was submitted under.
    """
    terms = application.terms or terms_on(application.product_id, day)
    amount, starts_on, ends_on = application.amount, application.starts_on, application.ends_on
    if terms is None or not amount or starts_on is None or ends_on is None or ends_on < starts_on:
        return None
    charged = FeeTerms(
        amount=amount, starts_on=starts_on, ends_on=ends_on, base_ppm=terms.base_ppm, per_case=terms.per_case
    )
    total = fee(charged, minimum=terms.minimum_fee)
    return Quote(fee=total, terms=terms, steps=_steps(charged, total))


def _steps(charged: FeeTerms, total: int) -> tuple[str, ...]:
    rate = f"{charged.base_ppm // 10_000}.{charged.base_ppm % 10_000:04}".rstrip("0").rstrip(".")
    formula = f"{format_won(charged.amount)} × {rate}%"
    if charged.per_case:
        formula += " (건당)"
    else:
        formula += f" × {days(charged.starts_on, charged.ends_on):,}일 ÷ 365일"
    rounded = fee10(charged)
    lines = [
        f"{formula} = {format_won(fee_raw(charged))}",
        f"10원 미만은 버립니다: {format_won(rounded)}",
    ]
    if total != rounded:
        lines.append(f"최저 보증료를 적용합니다: {format_won(total)}")
    return tuple(lines)
