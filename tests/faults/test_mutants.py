"""Each protection of the message engine is switched off once, and the judge must notice.

A test that stays green without the thing it tests proves nothing. The judge knows only what the gateways' own logs
and the tables say; it is silent about the engine as it is, and speaks about every mutant.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from portal.access import Actor
from portal.members.roles import Role
from sms import outbox, queries
from sms.delivery import circuits, dispatch, letters, reconcile, reports, review, settle
from sms.delivery import claim as claiming
from sms.delivery.claim import USUAL, Timing, Work, sweep, take
from sms.delivery.results import Step
from sms.delivery.verdicts import Fate, Verdict, verdict
from sms.gateways.protocol import Report, ReportStatus
from sms.models import Batch, BatchVerdict, Message, Purpose, Result, ResultState, Suppression
from sms.outbox import Draft, queue
from sms.queries import state_of
from tests.factories import make_member, make_user
from tests.flows.test_delivery import NOON, run, write
from tests.flows.test_delivery_catalogue import HOUR, MINUTE, Scene, lost, waiting_in
from tests.flows.test_delivery_machine import never_asked
from tests.gateway_simulator import SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.django_db]


@pytest.fixture(scope="module")
def two_simulators() -> Iterator[tuple[SimulatorProcess, SimulatorProcess]]:
    with SimulatorProcess() as first, SimulatorProcess() as second:
        yield first, second


@pytest.fixture
def scene(two_simulators: tuple[SimulatorProcess, SimulatorProcess]) -> Scene:
    first, second = two_simulators
    first.reset()
    second.reset()
    return Scene(first, second, first.gateway(quarantine=MINUTE), second.nhn())


NOT_SENT = ("refused", "skipped", "expired")


def judge(scene: Scene, *, now: datetime, requests: int) -> set[str]:
    """What went wrong, in words; nothing when all is well. `requests`: how many the gateway has had."""
    messages = list(Message.everything.all())
    times = dict(zip(messages, scene.times(*messages), strict=True))
    ended = dict(Result.objects.filter(number=Result.LAST).values_list("message_id", "state"))
    waiting = {pk for batch in Batch.objects.exclude(state="done") for pk in waiting_in(batch)}
    barred = set(Suppression.everything.filter(lifted_at__isnull=True).values_list("mobile", flat=True))
    states = state_of(messages)
    delivered = {m.pk for m in messages if m.receipts.filter(state="delivered").exists()}
    found = {
        "twice": any(count > 1 for count in times.values()),
        "forgotten": any(m.pk not in ended and m.pk not in waiting for m in messages),
        "said not to be sent, and was": any(
            n and ended.get(m.pk, "accepted") != "accepted" for m, n in times.items()
        ),
        "to a number that gets none": any(n and m.to in barred for m, n in times.items()),
        "after its time": any(n and m.valid_until and m.valid_until <= now for m, n in times.items()),
        "delivered, but shown otherwise": any(states[pk].code != "delivered" for pk in delivered),
        "two ends": rows("SELECT 1 FROM sms_result WHERE number = 32767 GROUP BY message_id HAVING count(*) > 1"),
        "one report kept twice": rows(
            "SELECT 1 FROM sms_receipt GROUP BY gateway, provider_ref, state, code HAVING count(*) > 1"
        ),
        "one person ended a doubt": rows(
            "SELECT 1 FROM sms_batchverdict WHERE is_agreed AND answered_by_id = asked_by_id"
        ),
        "hot loop": requests > 10,
    }
    return {word for word, is_so in found.items() if is_so}


def rows(statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return bool(cursor.fetchall())


class Crash(Exception):
    """The process dies here."""


Mutate = Callable[[pytest.MonkeyPatch, Scene], None]


@dataclass(frozen=True)
class Mutant:
    """`story` is played with and without the mutation; `noticed` is what the judge says of the mutant."""

    mutate: Mutate
    story: Callable[[Scene], None]
    noticed: str
    now: datetime = NOON + 4 * HOUR


def sql(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)


def text(module: Any, name: str, old: str, new: str) -> Mutate:
    """Replaces a piece of an SQL statement; fails when the piece is not there any more."""

    def mutate(patch: pytest.MonkeyPatch, scene: Scene) -> None:
        statement = getattr(module, name)
        assert old in statement
        patch.setattr(module, name, statement.replace(old, new))

    return mutate


def both(*mutations: Mutate) -> Mutate:
    def mutate(patch: pytest.MonkeyPatch, scene: Scene) -> None:
        for one in mutations:
            one(patch, scene)

    return mutate


def dropped(table: str, constraint: str) -> Mutate:
    return lambda patch, scene: sql(f"ALTER TABLE {table} DROP CONSTRAINT {constraint} CASCADE")


def replaced(module: Any, name: str, value: Any) -> Mutate:
    return lambda patch, scene: patch.setattr(module, name, value)


# The stories


def told_twice(scene: Scene) -> None:
    """The same event is worked through twice, as after a repeated task."""
    member = make_member()
    draft = Draft(f"mutant:{uuid4()}", member.pk, "sms", Purpose.ISSUED, "01000000100", "[설비공제]발급")
    for _ in range(2):
        with transaction.atomic():
            queue([draft], at=NOON)
    scene.run()


def late_worker_writes(scene: Scene) -> None:
    """A worker lost its lease while the gateway took the text, and wakes up believing it was refused."""
    (message,) = write("0100")
    stale = take(at=NOON, works={Work.TEXTS}, gateways=[scene.gateway], timing=Timing(lease=timedelta(0)))
    assert stale
    sweep(quarantine=timedelta(0))
    scene.gateway.send(message.gateway_key, [dispatch._text(*letters.open_letters(stale))])
    Batch.objects.update(state="claimed", token=stale.token + 1, lease_until=NOON)  # another asks about it
    settle.settle(stale, steps=[Step(message.pk, ResultState.REFUSED, "late")], at=NOON)
    Batch.objects.filter(state="claimed").update(state="unknown", lease_until=None)
    scene.later()


def answer_lost(scene: Scene) -> None:
    scene.first.control(faults=[lost()])
    write("0100")
    scene.run()
    scene.later(spare=True)


def accepted_late(scene: Scene) -> None:
    scene.first.control(faults=[lost("late", late=50.0)])
    write("0100")
    scene.run()
    scene.run(NOON + HOUR)
    scene.run(NOON + 2 * HOUR)
    scene.first.control(advance=60)
    scene.later()


def refused_after_it_was_written(scene: Scene) -> None:
    write("0100")
    Suppression.everything.create(mobile="01000000100", reason="request", since=NOON)
    scene.run()


def too_late(scene: Scene) -> None:
    write("0100", valid_until=NOON + HOUR)
    scene.run(NOON + 2 * HOUR)


def reported(scene: Scene) -> None:
    """Delivered, then undelivered, and all of it twice."""
    (message,) = write("9005")
    scene.run()
    ref = message.results.get().provider_ref
    for status in (ReportStatus.DELIVERED, ReportStatus.UNDELIVERED) * 2:
        reports.apply_reports([Report(None, ref, status, "x", None, None)], gateway="local", at=NOON)


def killed_after_the_call(scene: Scene) -> None:
    """The worker dies with the answer in its hand; whatever it had not committed is gone."""
    write("0100")
    patch = pytest.MonkeyPatch()
    with patch.context() as inner:
        inner.setattr(dispatch, "crashpoint", die_at("after_call"))
        with suppress(Crash, RuntimeError), transaction.atomic() if UNCOMMITTED else nullcontext():
            run(scene.gateway, timing=Timing(lease=timedelta(seconds=45)))
    Batch.objects.filter(state="claimed").update(lease_until=NOON - timedelta(days=3))
    scene.later()


def die_at(name: str) -> Callable[[str], None]:
    def crashpoint(point: str) -> None:
        if point == name:
            raise Crash

    return crashpoint


UNCOMMITTED: list[bool] = []


def uncommitted(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    """Claims inside a transaction that outlasts the call."""

    class Loose:
        atomic = staticmethod(lambda durable=False: transaction.atomic())

    for module in (claiming, settle):
        patch.setattr(module, "transaction", Loose)
    patch.setattr(f"{__name__}.UNCOMMITTED", [True])


def asleep_over_its_lease(scene: Scene) -> None:
    """Claimed, then asleep; meanwhile another finds it unsent and sends it; then the first one wakes."""
    write("0100")
    asleep = take(at=NOON, works={Work.TEXTS}, gateways=[scene.gateway], timing=Timing(lease=timedelta(0)))
    assert asleep
    letters_then = letters.open_letters(asleep)
    scene.later()
    patch = pytest.MonkeyPatch()
    with patch.context() as inner:
        inner.setattr(dispatch, "open_letters", lambda claim: letters_then)
        dispatch.send_texts(asleep, gateway=scene.gateway, now=lambda: NOON, timing=USUAL)


def decided_alone(scene: Scene) -> None:
    batch = Batch.objects.create(
        channel="sms", purpose="issued", size=0, state="review", not_before=NOON, created_at=NOON
    )
    by = Actor.user(make_user(Role.IT_SUPPORT))
    review.propose(batch_id=batch.pk, went_out=True, reason="-", by=by, at=NOON)
    with suppress(IntegrityError), transaction.atomic():
        BatchVerdict.objects.update(answered_by=by.user_id, answered_at=NOON, is_agreed=True)


def ended_twice(scene: Scene) -> None:
    (message,) = write("0100")
    scene.run()
    with suppress(IntegrityError), transaction.atomic():
        Result.objects.create(message=message, number=Result.LAST, state="refused", at=NOON)


def storm(scene: Scene) -> None:
    scene.first.control(account={"too_many": True, "retry_after": 600})
    for _ in range(20):
        write("0100")
    scene.rounds(NOON, timedelta(seconds=30), 40)


def blind(message_id: int, outcome: Any) -> Verdict:
    """The usual design: no answer means try again."""
    found = verdict(message_id, outcome)
    if found.fate is not Fate.DOUBT:
        return found
    return Verdict(Fate.AGAIN, Step(message_id, ResultState.DEFERRED, "retry"), "retry")


def no_quarantine(patch: pytest.MonkeyPatch, scene: Scene) -> None:
    scene.gateway = scene.first.gateway(quarantine=timedelta(0))


NO_CONFLICT = ("ON CONFLICT (key) DO NOTHING", "")
MUTANTS: dict[str, Mutant] = {
    "unique key of a message": Mutant(
        both(dropped("sms_message", "message_key"), text(outbox, "INSERT_MESSAGES", *NO_CONFLICT)),
        told_twice, "twice",
    ),
    "fencing token": Mutant(
        text(settle, "_FINISH", "state = 'claimed' AND token = %s", "state = 'claimed' AND %s > 0"),
        late_worker_writes, "said not to be sent, and was",
    ),
    "the state unknown": Mutant(replaced(dispatch, "verdict", blind), answer_lost, "twice"),
    "quarantine": Mutant(no_quarantine, accepted_late, "twice"),
    "look-up before another send": Mutant(replaced(reconcile, "_answers", never_asked), answer_lost, "twice"),
    "gateway pinned to a batch in doubt": Mutant(
        text(claiming, "_TAKE", "ELSE batch.gateway END", "ELSE 'nhn' END"), answer_lost, "twice"
    ),
    "numbers looked at when a text leaves": Mutant(
        replaced(letters, "stopped_numbers", lambda purpose, numbers: {}), refused_after_it_was_written,
        "to a number that gets none",
    ),
    "valid_until": Mutant(
        text(letters, "_COLUMNS", "reference, valid_until", "reference, NULL::timestamptz"), too_late,
        "after its time",
    ),
    "claim committed before the call": Mutant(uncommitted, killed_after_the_call, "twice"),
    "lease looked at before the call": Mutant(
        replaced(claiming.Claim, "is_held_for", lambda claim, span: True), asleep_over_its_lease, "twice"
    ),
    "a message ends once": Mutant(dropped("sms_result", "sms_result_pkey"), ended_twice, "two ends"),
    "a report is kept once": Mutant(
        both(dropped("sms_receipt", "receipt_once"), text(reports, "_KEEP", "ON CONFLICT DO NOTHING", "")),
        reported, "one report kept twice",
    ),
    "delivered stands": Mutant(
        text(queries, "_STATES", "ORDER BY state = 'delivered' DESC, id DESC", "ORDER BY id DESC"),
        reported, "delivered, but shown otherwise",
    ),
    "two people end a doubt": Mutant(
        dropped("sms_batchverdict", "verdict_two_people"), decided_alone, "one person ended a doubt"
    ),
    "a refusal is waited out": Mutant(
        replaced(circuits, "failed", lambda *args, **given: None), storm, "hot loop"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
@pytest.mark.parametrize("is_mutant", [False, True], ids=["as it is", "mutant"])
def test_the_judge(scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str, is_mutant: bool) -> None:
    mutant = MUTANTS[name]
    before = len(scene.first.requests())
    if is_mutant:
        mutant.mutate(monkeypatch, scene)
    mutant.story(scene)
    requests = len(scene.first.requests()) - before
    found = judge(scene, now=mutant.now, requests=requests if mutant.story is storm else 0)
    assert (mutant.noticed in found) if is_mutant else found == set()
