"""The outbox in fault tests: texts to lose, time that passes, and the questions asked at the end."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection, transaction

from portal import clock
from sms.delivery.drain import drain
from sms.gateways.protocol import Gateway
from sms.models import Batch, Channel, Message, Purpose, Result, Suppression
from sms.outbox import Draft, queue
from tests.factories import make_member
from tests.gateway_simulator import SimulatorProcess

UNSETTLED = ("ready", "claimed", "unknown")


class Texts:
    """Messages written by one test, told from others' by their key."""

    def __init__(
        self,
        number: int,
        *,
        channel: Channel = Channel.SMS,
        at_once: int = 1000,
        body: str = "글",
        valid_for_hours: int = 87_600,
    ) -> None:
        self.mark = f"fault:{uuid4().hex}:"
        self.written_at = clock.now()
        until = self.written_at + timedelta(hours=valid_for_hours)
        member = make_member()
        drafts = [
            Draft(
                key=f"{self.mark}{n:05d}", member_id=member.pk, channel=channel, purpose=Purpose.ONE_TIME_CODE,
                to=f"to{n}@example.kr" if channel is Channel.EMAIL else f"010{n:08d}", body=f"{body} {n}",
                subject="제목" if channel is Channel.EMAIL else "", valid_until=until,
            )
            for n in range(number)
        ]  # fmt: skip
        for start in range(0, number, at_once):
            with transaction.atomic():
                queue(drafts[start : start + at_once], at=self.written_at)
        self.messages = Message.everything.filter(key__startswith=self.mark)

    def times_accepted(self, simulator: SimulatorProcess) -> Counter[int]:
        """How many of them the gateway accepted how often, by its own log."""
        counts = simulator.accepted_counts()
        return Counter(counts.get(key, 0) for key in self.messages.values_list("gateway_key", flat=True))

    def ends(self) -> Counter[str]:
        """How they ended by our own rows; "open" without an end."""
        found = Counter(
            Result.objects.filter(message__in=self.messages, number=Result.LAST).values_list("state", flat=True)
        )
        found["open"] = self.messages.count() - found.total()
        return +found

    def held(self) -> int:
        """How many wait for a person."""
        return sum(
            Batch.objects.filter(state="review", pk__in=self.messages.values("batch")).values_list(
                "size", flat=True
            )
        )


def nothing_moves() -> bool:
    """Whether every batch is done or waits for a person."""
    return not Batch.objects.filter(state__in=UNSETTLED).exists()


def where_they_are() -> str:
    return str(list(Batch.objects.filter(state__in=UNSETTLED).values_list("state", "trouble", "attempt")[:10]))


def pass_time(hours: int = 1) -> None:
    """Leases run out, quarantines and pauses end: what the database's clock would bring."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sms_batch SET lease_until = lease_until - %s, not_before = not_before - %s"
            " WHERE state = ANY(%s)",
            [timedelta(hours=hours), timedelta(hours=hours), list(UNSETTLED)],
        )


def recover(gateway: Gateway, *, now: Callable[[], datetime] = clock.now, rounds: int = 12) -> None:
    """A worker that lives, for as many rounds as it needs. Fails when something still moves afterwards."""
    for _ in range(rounds):
        if nothing_moves():
            return
        pass_time()
        drain(now=now, gateway=gateway)
    assert nothing_moves(), where_they_are()


def leave_alone() -> None:
    """What an earlier test left is no concern of the next one: its messages, and numbers the gateway refused."""
    Suppression.everything.all().delete()
    Batch.objects.filter(state__in=UNSETTLED).update(state="review", lease_until=None)
