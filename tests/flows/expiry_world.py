"""Runs of the expiry notices and what they led to, for the tests of the run, its digests, reasons and report."""

from datetime import date, datetime

from guarantees.actions.expiry import plan_expiry_notices
from guarantees.expiry_reasons import references_of
from guarantees.models import ExpiryRun, Guarantee
from portal.access import Actor
from sms.delivery.drain import drain
from sms.models import Message
from tests.factories import at
from tests.gateway_simulator import SimulatorProcess

BY = Actor.system("시험")


def run(day: str, time: str = "09:00") -> ExpiryRun:
    return plan_expiry_notices(on=date.fromisoformat(day), by=BY, at=at(f"{day} {time}"))


def notices() -> list[Message]:
    return list(Message.everything.filter(purpose="expiry_notice").order_by("id"))


def told(guarantee: Guarantee | None = None) -> list[str]:
    """The numbers written to, about one guarantee (alone or with others) or at all."""
    messages = notices()
    if guarantee is not None:
        references = references_of(guarantee, guarantee.notices.all())
        messages = [message for message in messages if message.reference in references]
    return [message.to for message in messages]


def deliver(phones: SimulatorProcess, when: str | datetime, **settings: object) -> int:
    """One drain of the outbox at a Seoul wall-clock time."""
    instant = at(when) if isinstance(when, str) else when
    return drain(now=lambda: instant, gateway=phones.gateway(**settings))


def heard(phones: SimulatorProcess, mobile: str) -> list[str]:
    """The texts of this test that the phone shows."""
    ours = {str(key) for key in Message.everything.filter(to=mobile).values_list("gateway_key", flat=True)}
    return [row["text"] for row in phones.log() if row["key"] in ours]
