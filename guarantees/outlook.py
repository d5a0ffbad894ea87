"""What an application as typed so far would cost, take from the limit, and when the end would be told of."""

from dataclasses import dataclass
from datetime import date

from guarantees.expiry_reasons import foreseen
from guarantees.limits import Effect, effect_on
from guarantees.models import Application
from guarantees.queries import facts_of
from guarantees.quotes import Quote, quote
from guarantees.rules.completeness import bounds_of, sentence_of
from portal.businessdays.models import business_calendar


@dataclass(frozen=True)
class Outlook:
    """Each part is empty while what it needs is not typed yet. `allowed` and `notice` are Korean sentences."""

    application: Application
    allowed: str
    quote: Quote | None
    effect: Effect | None
    notice: str


def outlook_of(application: Application, *, day: date) -> Outlook:
    """By the rules, rates, limit and calendar of `day`. The application may hold values that nobody has stored."""
    return Outlook(
        application,
        allowed=sentence_of(bounds_of(facts_of(application, day=day))),
        quote=quote(application, day=day),
        effect=effect_on(application, day=day),
        notice=_notice_of(application, day),
    )


def _notice_of(application: Application, day: date) -> str:
    if not application.amount or application.ends_on is None or application.ends_on <= day:
        return ""
    return foreseen(
        application.product, amount=application.amount, ends_on=application.ends_on, today=day,
        calendar=business_calendar(),
    ).words  # fmt: skip
