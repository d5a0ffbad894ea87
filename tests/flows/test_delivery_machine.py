"""The message engine as a machine against two made-up vendors: any order of claims, answers, crashes, ends of
leases, questions, reports and switches, and nobody gets a text twice, and nobody is forgotten.

The vendors are in this process, so that thousands of steps take seconds; what they say on the wire is tested
elsewhere. Each keeps its own list of what it accepted, and that list is the judge.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sms.delivery import dispatch, reconcile
from sms.delivery.drain import drain
from sms.delivery.reports import apply_reports, find_parked
from sms.delivery.results import Step
from sms.gateways.protocol import (
    Accepted,
    ErrorClass,
    GatewayDown,
    Health,
    LookUpFailed,
    Outcome,
    OutgoingText,
    Refused,
    Report,
    ReportStatus,
    Unknown,
)
from sms.models import Batch, Message, Purpose, Receipt, Result
from sms.outbox import Draft, queue
from sms.queries import state_of
from tests.factories import make_member
from tests.flows.test_delivery import NOON

ANSWERS = [
    "accept",
    "accept",
    "accept",
    "lost, taken",
    "lost, not taken",
    "busy",
    "down",
    "some held",
    "some missing",
]
CRASHES = ["", "", "", "before_call", "after_call"]


class Crash(Exception):
    """The worker dies here; what it had committed stays."""


@dataclass
class Vendor:
    """Answers as it is told to, and remembers what it took."""

    name: str
    answers: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    is_mute: bool = False
    max_batch: int = 1000
    max_in_flight: int = 10
    rate: int = 0
    supports_lookup: bool = True
    quarantine: timedelta = timedelta(minutes=1)

    def send(self, batch_id: UUID, messages: Sequence[OutgoingText]) -> dict[str, Outcome]:
        keys = [message.key for message in messages]
        answer = self.answers.pop(0) if self.answers else "accept"
        match answer:
            case "lost, not taken":
                return dict.fromkeys(keys, Unknown("lost"))
            case "busy":
                return dict.fromkeys(keys, Refused(ErrorClass.TEMPORARY, "503", "", permanent=False))
            case "down":
                return dict.fromkeys(keys, GatewayDown("402", "no money"))
        held = keys[:1] if answer == "some held" else []
        self.taken += [key for key in keys if key not in held]
        outcomes: dict[str, Outcome] = {key: Accepted(self.ref(key)) for key in keys}
        if answer == "lost, taken":
            return dict.fromkeys(keys, Unknown("lost"))
        if answer == "some missing":
            outcomes[keys[-1]] = Unknown("not in the answer")
        for key in held:
            outcomes[key] = Refused(ErrorClass.TEMPORARY, "3009", "", permanent=False)
        return outcomes

    def look_up(self, keys: Collection[str]) -> dict[str, Report | None]:
        if self.is_mute:
            raise LookUpFailed("mute")
        return {key: self.report(key, ReportStatus.PENDING) if key in self.taken else None for key in keys}

    def ref(self, key: str) -> str:
        return f"{self.name}-{self.taken.index(key) if key in self.taken else key}"

    def report(self, key: str, status: ReportStatus, *, bare: bool = False) -> Report:
        error = ErrorClass.SPAM_BLOCK if status is ReportStatus.UNDELIVERED else None
        return Report(None if bare else key, self.ref(key), status, status.value, error, None)

    def reports(self, refs: Collection[str]) -> list[Report]:
        return []

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Report]:
        return []

    def balance(self) -> int:
        return 1

    def health(self) -> Health:
        return Health(usable=True, reason="")


class Engine(RuleBasedStateMachine):
    """Steps of workers, vendors and carriers in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.written = NOON, 0
        self.vendors = [Vendor("one"), Vendor("two")]
        self.told: dict[str, set[ReportStatus]] = {}

    @initialize()
    def begin(self) -> None:
        self.member = make_member()

    @rule(count=st.integers(1, 4), separate=st.booleans())
    def write(self, count: int, separate: bool) -> None:
        drafts = [
            Draft(
                f"machine:{id(self)}:{self.written + n}", self.member.pk, "sms", Purpose.ONE_TIME_CODE,
                f"0100000{self.written + n:04d}", "[설비공제]시험", valid_until=NOON + timedelta(days=3650),
            )
            for n in range(count)
        ]  # fmt: skip
        self.written += count
        for group in [[draft] for draft in drafts] if separate else [drafts]:
            with transaction.atomic():
                queue(group, at=self.now)

    @rule(answers=st.lists(st.sampled_from(ANSWERS), max_size=3), which=st.integers(0, 1))
    def vendor_will_answer(self, answers: list[str], which: int) -> None:
        self.vendors[which].answers = list(answers)

    @rule(crash=st.sampled_from(CRASHES), swapped=st.booleans(), alone=st.booleans())
    def work(self, crash: str, swapped: bool, alone: bool) -> None:
        """One round of a worker whose settings name the vendors in this order, perhaps only one of them."""
        first, second = reversed(self.vendors) if swapped else self.vendors
        spares = [] if alone and self.settled(second) else [second]
        with pytest.MonkeyPatch.context() as patch, suppress(Crash):
            patch.setattr(dispatch, "crashpoint", self.die_at(crash))
            drain(now=lambda: self.now, gateway=first, spares=spares)

    def settled(self, vendor: Vendor) -> bool:
        """Nothing is left to ask of it; otherwise its doubts would go to a person, which is tested elsewhere."""
        return not Batch.objects.filter(gateway=vendor.name).exclude(state__in=["done", "ready"]).exists()

    def die_at(self, name: str) -> Callable[[str], None]:
        def crashpoint(point: str) -> None:
            if name and point == name:
                raise Crash

        return crashpoint

    @rule(seconds=st.sampled_from([1, 30, 300, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def leases_end(self) -> None:
        Batch.objects.filter(state="claimed").update(lease_until=NOON - timedelta(days=999))

    @rule()
    def quarantines_end(self) -> None:
        Batch.objects.filter(state="unknown").update(not_before=NOON - timedelta(days=999))

    @rule(which=st.integers(0, 1), mute=st.booleans())
    def vendor_goes_mute(self, which: int, mute: bool) -> None:
        self.vendors[which].is_mute = mute

    @precondition(lambda self: any(vendor.taken for vendor in self.vendors))
    @rule(data=st.data(), status=st.sampled_from(list(ReportStatus)), bare=st.booleans())
    def carrier_reports(self, data: st.DataObject, status: ReportStatus, bare: bool) -> None:
        vendor = data.draw(st.sampled_from([one for one in self.vendors if one.taken]))
        key = data.draw(st.sampled_from(vendor.taken))
        self.told.setdefault(key, set()).add(status)
        apply_reports([vendor.report(key, status, bare=bare)] * 2, gateway=vendor.name, at=self.now)

    @rule()
    def parked_reports_are_looked_at(self) -> None:
        find_parked(at=self.now)

    @invariant()
    def nobody_twice(self) -> None:
        times = Counter(key for vendor in self.vendors for key in vendor.taken)
        assert [key for key, count in times.items() if count > 1] == []

    @invariant()
    def nobody_forgotten(self) -> None:
        ended = set(Result.objects.filter(number=Result.LAST).values_list("message_id", flat=True))
        waiting: set[int] = set()
        for batch in Batch.objects.exclude(state="done"):
            ids = batch.message_ids
            waiting.update(ids if ids is not None else batch.messages.values_list("pk", flat=True))
        assert set(Message.everything.values_list("pk", flat=True)) <= ended | waiting

    @invariant()
    def what_is_said_is_so(self) -> None:
        taken = {key for vendor in self.vendors for key in vendor.taken}
        accepted = Result.objects.filter(state="accepted").values_list("message__gateway_key", flat=True)
        assert {str(key) for key in accepted} <= taken
        assert Receipt.objects.count() <= sum(len(found) for found in self.told.values())

    def teardown(self) -> None:
        """Calm weather at last: whatever waits is sent, once, and each report has found its message."""
        for vendor in self.vendors:
            vendor.answers, vendor.is_mute = [], False
        for _ in range(12):
            self.leases_end()
            self.quarantines_end()
            self.now += timedelta(hours=2)
            drain(now=lambda: self.now, gateway=self.vendors[0], spares=self.vendors[1:])
        self.nobody_twice()
        messages = list(Message.everything.all())
        taken = [key for vendor in self.vendors for key in vendor.taken]
        assert sorted(taken) == sorted(str(message.gateway_key) for message in messages)
        states = state_of(messages)
        for message in messages:
            told = self.told.get(str(message.gateway_key), set()) - {ReportStatus.PENDING}
            best = "delivered" if ReportStatus.DELIVERED in told else "undelivered" if told else "accepted"
            assert states[message.pk].code == best
        super().teardown()


def play(examples: int, steps: int, **options: Any) -> None:
    """Each example in a transaction of its own, rolled back afterwards."""

    class Isolated(Engine):
        def __init__(self) -> None:
            super().__init__()
            self.atomic = transaction.atomic()
            self.atomic._from_testcase = True  # so that a durable block may stand inside, as in any test case
            self.atomic.__enter__()

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                transaction.set_rollback(True)
                self.atomic.__exit__(None, None, None)

    test: Any = Isolated.TestCase
    test.settings = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), **options,
    )  # fmt: skip
    test("runTest").runTest()
    assert not connection.needs_rollback


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_any_order_of_events() -> None:
    play(examples=25, steps=20)


def never_asked(claim: Any, found: Any, asked: Any) -> tuple[dict[str, list[Step]], Any]:
    return {claim.gateway: []}, found


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_the_machine_finds_out_who_does_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "_answers", never_asked)
    with pytest.raises(AssertionError):
        play(examples=200, steps=20, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_any_order_of_events_for_long() -> None:
    play(examples=600, steps=50)
