"""The faults 58-82 of gateways and their reports, one row each: what is thrown at the engine, and what must hold.

The simulator's log is the judge. After every row nobody got a text twice and nobody was forgotten, unless the row
itself says what could not be helped and where it is counted.
"""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from sms.admin.batches import orphans
from sms.delivery import watch
from sms.delivery.claim import EVERYWHERE, USUAL, Work, take
from sms.delivery.reports import apply_reports, collect, find_parked
from sms.delivery.results import Step, append
from sms.delivery.settle import settle
from sms.gateways import registry
from sms.gateways.local import LocalGateway, sign
from sms.gateways.nhn import NhnGateway
from sms.gateways.protocol import ErrorClass, Gateway, LookUpFailed, Report, ReportStatus
from sms.gateways.transport import Channel, Limits
from sms.models import (
    Batch,
    Circuit,
    GatewayAlarm,
    GatewayState,
    Message,
    Receipt,
    Result,
    ResultState,
)
from tests.flows.test_delivery import NOON, batches, pass_quarantine, results, words, write
from tests.flows.test_delivery import run as drain_once
from tests.flows.test_gateway_local import stranger as stranger
from tests.gateway_simulator import API_KEY, WEBHOOK_SECRET, SimulatorProcess

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TOKEN = "t" * 32


@pytest.fixture(scope="module")
def two_simulators() -> Iterator[tuple[SimulatorProcess, SimulatorProcess]]:
    with SimulatorProcess() as first, SimulatorProcess() as second:
        yield first, second


@dataclass
class Scene:
    """Two vendors: `gateway` is preferred, `spare` takes what it surely did not."""

    first: SimulatorProcess
    second: SimulatorProcess
    gateway: LocalGateway
    spare: NhnGateway

    def run(self, when: datetime = NOON, *, spare: bool = False, gateway: Gateway | None = None) -> int:
        """One round of a worker."""
        return drain_once(gateway or self.gateway, when, spares=[self.spare] if spare else [])

    def rounds(self, start: datetime, every: timedelta, count: int) -> None:
        for number in range(count):
            self.run(start + every * number)

    def later(self, *, spare: bool = False) -> None:
        """Whatever waits for time has waited long enough, several times over."""
        for hours in (1, 2, 3, 4):
            pass_quarantine()
            self.run(NOON + HOUR * hours, spare=spare)

    def times(self, *messages: Message) -> list[int]:
        """How often each was accepted, by either vendor."""
        one, two = self.first.accepted_counts(), self.second.accepted_counts()
        return [one.get(m.gateway_key, 0) + two.get(m.gateway_key, 0) for m in messages]

    def asked(self, kind: str) -> int:
        return sum(row["kind"] == kind for row in self.first.requests())

    def state(self, name: str = "local") -> GatewayState:
        return GatewayState.objects.get(name=name)


@pytest.fixture
def scene(two_simulators: tuple[SimulatorProcess, SimulatorProcess]) -> Scene:
    first, second = two_simulators
    first.reset()
    second.reset()
    return Scene(first, second, first.gateway(quarantine=MINUTE), second.nhn())


def alarms() -> list[tuple[str, int]]:
    return list(GatewayAlarm.objects.order_by("kind").values_list("kind", "times"))


def lost(accept: str = "all", **more: Any) -> dict[str, Any]:
    """A time-out: the answer never comes."""
    return {"answer": "lose", "seconds": 0.05, "accept": accept, **more}


def timeout_accepted(scene: Scene) -> None:
    scene.first.control(faults=[lost()])
    (message,) = write("0100")
    scene.run()
    assert batches() == [("unknown", 1)]
    scene.later()
    assert scene.times(message) == [1]
    assert results(message)[-1] == ("accepted", "")


def timeout_not_accepted(scene: Scene) -> None:
    scene.first.control(faults=[lost("none")])
    (message,) = write("0100")
    scene.run()
    assert scene.times(message) == [0]
    scene.later()
    assert scene.times(message) == [1]


def accepted_within_the_quarantine(scene: Scene) -> None:
    scene.first.control(faults=[lost("late", late=59.0)])
    (message,) = write("0100")
    scene.run()
    before = scene.asked("look_up")
    scene.run(NOON + HOUR)  # by the portal's clock; the database's has not moved
    assert scene.asked("look_up") == before, "nobody is asked before the quarantine is over"
    scene.first.control(advance=60)
    scene.later()
    assert scene.times(message) == [1]


def accepted_after_the_quarantine(scene: Scene) -> None:
    scene.first.control(faults=[lost("late", late=600.0)])
    (message,) = write("0100")
    scene.run()
    scene.later()
    first_ref = scene.first.log()[-2]["ref"]
    scene.first.control(advance=700)
    assert scene.times(message) == [2], "the vendor broke its word; a gateway with keys would not have"
    late = Report(str(message.gateway_key), first_ref, ReportStatus.DELIVERED, "1000", None, None)
    apply_reports([late], gateway="local", at=NOON)
    assert alarms() == [("twice", 1)]
    assert find_parked(at=NOON) == 0
    assert orphans(Receipt.objects.all(), NOON + 25 * HOUR).count() == 1, "counted: the desk lists it after a day"


def accepted_after_the_quarantine_with_keys(scene: Scene) -> None:
    scene.first.control(faults=[lost("late", late=600.0)], account={"honours_keys": True})
    (message,) = write("0100")
    scene.run()
    scene.later()
    scene.first.control(advance=700)
    assert scene.times(message) == [1]


def error_500(scene: Scene) -> None:
    scene.first.control(faults=[{"answer": "500"}, {"answer": "500", "accept": "none"}])
    (taken,), (missed,) = write("0100"), write("0101")
    scene.run()
    assert sorted(scene.times(taken, missed)) == [0, 1]
    scene.later()
    assert scene.times(taken, missed) == [1, 1]


def storm_of_429(scene: Scene) -> None:
    scene.first.control(account={"too_many": True, "retry_after": 600})
    messages = [message for _ in range(5) for message in write("0100")]
    before = scene.asked("send")
    scene.rounds(NOON, timedelta(seconds=15), 240)
    assert scene.asked("send") - before <= 7, "one request each ten minutes, as the gateway asked"
    scene.first.control(account={"too_many": False})
    scene.rounds(NOON + HOUR + 10 * MINUTE, 10 * MINUTE, 2)
    assert scene.times(*messages) == [1] * 5


def two_days_of_503(scene: Scene) -> None:
    scene.first.control(faults=[{"answer": "503", "times": -1}])
    (patient,) = write("0100", valid_until=NOON + timedelta(days=3))
    (hasty,) = write("0101", valid_until=NOON + timedelta(days=1))
    scene.rounds(NOON, HOUR, 48)
    assert scene.state().circuit == Circuit.OPEN
    assert [kind for kind, _times in alarms()] == ["circuit"]
    scene.first.control(clear=True)
    scene.rounds(NOON + 48 * HOUR, HOUR, 3)
    assert scene.times(patient, hasty) == [1, 0]
    assert results(hasty) == [("expired", "")], "red on the page, not silently gone"
    assert scene.state().circuit == Circuit.CLOSED


def nonsense(answer: str) -> Callable[[Scene], None]:
    def story(scene: Scene) -> None:
        scene.first.control(faults=[{"answer": answer}])
        (message,) = write("0100")
        scene.run()
        assert results(message)[-1][0] == "unknown"
        scene.later()
        assert scene.times(message) == [1]

    return story


def partial_batch(scene: Scene) -> None:
    scene.first.control(faults=[{"refuse": 30, "drop": 7}])
    messages = write(*[f"0{n:03d}" for n in range(100)])
    scene.run()
    states = list(
        Result.objects.filter(message__in=messages).order_by("message__key").values_list("state", flat=True)
    )
    assert states == ["deferred"] * 30 + ["accepted"] * 63 + ["unknown"] * 7
    scene.later()
    assert scene.times(*messages) == [1] * 100


def foreign_ids(scene: Scene) -> None:
    scene.first.control(faults=[{"alien": 5}])
    (message,) = write("0100")
    scene.run()
    assert results(message) == [("accepted", "")]
    assert Result.objects.count() == 1
    assert alarms() == [("strangers", 1)]


def one_id_for_two(scene: Scene) -> None:
    scene.first.control(faults=[{"shared_ref": True}])
    pair = write("0100", "0101")
    scene.run()
    assert [results(message)[-1][0] for message in pair] == ["unknown"] * 2
    scene.later()
    assert scene.times(*pair) == [1, 1]
    one, two = write("0102"), write("0103")
    with transaction.atomic():
        append(
            [Step(m.pk, ResultState.ACCEPTED, provider_ref="S9") for m in (*one, *two)], gateway="local", at=NOON
        )
    apply_reports([Report(None, "S9", ReportStatus.DELIVERED, "1000", None, None)], gateway="local", at=NOON)
    assert Receipt.objects.get(provider_ref="S9").message_id is None
    assert alarms() == [("shared_ref", 1)]


def look_up_down(scene: Scene) -> None:
    scene.first.control(faults=[lost("none", times=3)], account={"look_up": "off"})
    messages = [message for _ in range(3) for message in write("0100")]
    scene.run()
    scene.later()
    assert {state for state, _attempt in batches()} == {"unknown"}
    assert scene.times(*messages) == [0, 0, 0]
    scene.first.control(account={"look_up": "on"})
    scene.later()
    assert scene.times(*messages) == [1, 1, 1]


def look_up_lies(scene: Scene) -> None:
    scene.first.control(faults=[lost()], account={"look_up": "lie", "honours_keys": True})
    (message,) = write("0100")
    scene.run()
    scene.later()
    assert scene.times(message) == [1], "sent again after a lie, the vendor's own key stops it"
    assert results(message)[-1] == ("accepted", "")


def no_money(account: dict[str, Any]) -> Callable[[Scene], None]:
    def story(scene: Scene) -> None:
        scene.first.control(account=account)
        (message,) = write("0100")
        scene.run()
        assert batches() == [("ready", 0)], "no attempt is burnt"
        assert scene.state().circuit == Circuit.OPEN
        scene.run(NOON + MINUTE / 2, spare=True)
        assert scene.times(message) == [0], "its own pause is not over"
        scene.run(NOON + MINUTE, spare=True)
        assert scene.second.accepted_counts()[message.gateway_key] == 1
        scene.first.control(account={"balance": 10_000, "suspended": False})
        (second,) = write("0101")
        scene.run(NOON + 2 * MINUTE)
        assert scene.times(second) == [1]
        assert scene.state().circuit == Circuit.CLOSED

    return story


def no_money_with_a_spare(scene: Scene) -> None:
    """In one and the same round: who waits for a result does not wait for the account to be mended."""
    scene.first.control(account={"balance": 0})
    messages = [message for _ in range(3) for message in write("0100")]
    assert scene.run(spare=True) == 4, "refused once, then three by the other"
    assert scene.times(*messages) == [1, 1, 1]


def slow_drip(scene: Scene) -> None:
    scene.first.control(faults=[{"answer": "drip", "seconds": 0.3}])
    (message,) = write("0100")
    scene.run(gateway=scene.first.gateway(limits=Limits(connect=1, read=1, whole=1)))
    assert results(message)[-1] == ("unknown", "deadline of 1 s passed")
    scene.later()
    assert scene.times(message) == [1]


def redirect(scene: Scene) -> None:
    scene.first.control(faults=[{"answer": "redirect", "accept": "none"}])
    (message,) = write("0100")
    scene.run()
    assert scene.asked("stray") == 0
    assert results(message)[-1][0] == "unknown"
    scene.later()
    assert scene.times(message) == [1]


def key_rotated(scene: Scene) -> None:
    messages = [message for _ in range(3) for message in write("0100")]
    stale = scene.first.gateway(api_key="yesterday's")
    before = len(scene.first.requests())
    scene.run(gateway=stale)
    assert (scene.state().circuit, alarms()) == ("open", [("circuit", 1)])
    assert {attempt for _state, attempt in batches()} == {0}
    assert len(scene.first.requests()) == before
    scene.run(NOON + MINUTE)
    assert scene.times(*messages) == [1, 1, 1]


def switched_with_doubts(scene: Scene) -> None:
    """What the first one may have taken is asked there, although texts leave by the other one now."""
    scene.first.control(faults=[lost()])
    (doubtful,) = write("0100")
    scene.run()
    (fresh,) = write("0101")
    pass_quarantine()
    drain_once(scene.spare, NOON + HOUR, spares=[scene.gateway])
    assert scene.second.accepted_counts().get(fresh.gateway_key) == 1
    assert scene.second.accepted_counts().get(doubtful.gateway_key) is None
    assert (results(doubtful)[-1], scene.times(doubtful)) == (("accepted", ""), [1])


def no_longer_in_use(scene: Scene) -> None:
    scene.first.control(faults=[lost()])
    (doubtful,) = write("0100")
    scene.run()
    pass_quarantine()
    drain_once(scene.spare, NOON + HOUR)
    assert (batches(), scene.times(doubtful)) == ([("review", 2)], [1])


def restored_with_two_gateways(scene: Scene) -> None:
    """What left in the lost hours went by either; each is asked, and only what neither has seen leaves anew."""
    messages = [write(number)[0] for number in ("0100", "0101", "0102")]
    for message, gateway in zip(messages[:2], (scene.gateway, scene.spare), strict=True):
        before = transaction.savepoint()
        Batch.objects.exclude(pk=message.batch_id).update(not_before=NOON + HOUR)
        drain_once(gateway)
        transaction.savepoint_rollback(before)
    Batch.objects.update(state="unknown", gateway="local", gateway_group=EVERYWHERE)
    scene.run(spare=True)
    assert [results(message) for message in messages] == [[("accepted", "")]] * 2 + [[("deferred", "not_seen")]]
    assert [message.results.get().gateway for message in messages[:2]] == ["local", "nhn"]
    scene.later(spare=True)
    assert scene.times(*messages) == [1, 1, 1]


def restored_and_one_is_silent(scene: Scene) -> None:
    """The answer of one gateway proves nothing while the other says none."""
    (message,) = write("0100")
    Batch.objects.update(state="unknown", gateway="nhn", gateway_group=EVERYWHERE)
    scene.first.control(account={"look_up": "off"})
    scene.run(spare=True)
    assert (batches(), results(message)) == ([("unknown", 0)], [])
    scene.first.control(account={"look_up": "on"})
    scene.later(spare=True)
    assert scene.times(message) == [1]


def report(message: Message, status: str, code: str = "1000", **more: Any) -> Report:
    error = ErrorClass.BAD_NUMBER if status == "undelivered" else None
    found = Report(None, message.results.get().provider_ref, ReportStatus(status), code, error, None)
    return replace(found, **more)


def both_orders(scene: Scene) -> None:
    one, two = write("9005", "9005")
    scene.run()
    for message, order in ((one, ["delivered", "undelivered"]), (two, ["undelivered", "delivered"])):
        for status in order:
            apply_reports([report(message, status)], gateway="local", at=NOON)
    assert [words(message)[0] for message in (one, two)] == ["delivered"] * 2


def before_our_own_answer(scene: Scene) -> None:
    """The carrier is faster than our commit: with the key it ends the doubt, without it it is parked."""
    (keyed,) = write("9005")
    claim = take(at=NOON, works={Work.TEXTS}, gateways=[scene.gateway], timing=USUAL)
    assert claim
    told = Report(str(keyed.gateway_key), "S77", ReportStatus.DELIVERED, "1000", None, None)
    apply_reports([told], gateway="local", at=NOON)
    assert settle(claim, steps=[Step(keyed.pk, ResultState.ACCEPTED, provider_ref="S77")], at=NOON)
    assert (results(keyed), words(keyed)[0]) == ([("accepted", "")], "delivered")

    (bare,) = write("9005")
    claim = take(at=NOON, works={Work.TEXTS}, gateways=[scene.gateway], timing=USUAL)
    assert claim
    told = Report(None, "S78", ReportStatus.UNDELIVERED, "2001", ErrorClass.BAD_NUMBER, None)
    apply_reports([told], gateway="local", at=NOON)
    settle(claim, steps=[Step(bare.pk, ResultState.ACCEPTED, provider_ref="S78")], at=NOON)
    assert find_parked(at=NOON) == 1
    assert find_parked(at=NOON) == 0
    assert Receipt.objects.get(provider_ref="S78").message_id == bare.pk
    (later,) = write("9005")
    scene.run()
    assert results(later) == [("skipped", "no_such_number")], "what it told took effect"


def ten_days_late(scene: Scene) -> None:
    (message,) = write("9005")
    scene.run()
    found = [report(message, "delivered"), Report(None, "S-gone", ReportStatus.DELIVERED, "1000", None, None)]
    apply_reports(found, gateway="local", at=NOON + timedelta(days=10))
    assert words(message)[0] == "delivered"
    assert Receipt.objects.get(provider_ref="S-gone").message_id is None


def times_of_reports(scene: Scene) -> None:
    told = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC), None]
    messages = write(*["9005"] * 3)
    scene.run()
    found = [report(message, "delivered", at=at) for message, at in zip(messages, told, strict=True)]
    apply_reports(found, gateway="local", at=NOON)
    assert [words(message)[0] for message in messages] == ["delivered"] * 3
    kept = list(Receipt.objects.order_by("message_id").values_list("reported_at", flat=True))
    assert kept == [at.isoformat() if at else "" for at in told], "as given"


STORIES: dict[str, Callable[[Scene], None]] = {
    "fault-58 timeout, accepted": timeout_accepted,
    "fault-59 timeout, not accepted": timeout_not_accepted,
    "fault-60 accepted within the quarantine": accepted_within_the_quarantine,
    "fault-61 accepted after it: counted": accepted_after_the_quarantine,
    "fault-61 accepted after it, keys honoured": accepted_after_the_quarantine_with_keys,
    "fault-62 500 after and before accepting": error_500,
    "fault-63 an hour of 429": storm_of_429,
    "fault-64 503 for two days": two_days_of_503,
    **{f"fault-65 {answer}": nonsense(answer) for answer in ("garble", "html", "empty", "charset", "cut", "huge")},
    "fault-66 63 taken, 30 refused, 7 missing": partial_batch,
    "fault-67 ids of somebody else": foreign_ids,
    "fault-68 one id for two messages": one_id_for_two,
    "fault-69 look-up down": look_up_down,
    "fault-70 look-up lies": look_up_lies,
    "fault-72 balance 0": no_money({"balance": 0}),
    "fault-72 contract suspended": no_money({"suspended": True}),
    "fault-72 balance 0, with a spare": no_money_with_a_spare,
    "fault-73 one byte at a time": slow_drip,
    "fault-74 redirect": redirect,
    "fault-75 key rotated": key_rotated,
    "fault-76 switched while in doubt": switched_with_doubts,
    "fault-76 no longer in use while in doubt": no_longer_in_use,
    "fault-49 restored, two gateways": restored_with_two_gateways,
    "fault-49 restored, one of two silent": restored_and_one_is_silent,
    "fault-78 both orders": both_orders,
    "fault-79 before our own answer": before_our_own_answer,
    "fault-80 ten days late": ten_days_late,
    "fault-82 impossible times": times_of_reports,
}
TWICE_AT_MOST = {"fault-61 accepted after it: counted"}


@pytest.mark.parametrize("story", STORIES)
def test_fault(scene: Scene, story: str) -> None:
    STORIES[story](scene)
    times = scene.times(*Message.everything.all())
    assert max(times) <= (2 if story in TWICE_AT_MOST else 1), "nobody gets a text twice"
    open_batches = Batch.objects.exclude(state="done")
    waiting = {pk for batch in open_batches for pk in waiting_in(batch)}
    ended = set(Result.objects.filter(number=Result.LAST).values_list("message_id", flat=True))
    forgotten = set(Message.everything.values_list("pk", flat=True)) - waiting - ended
    assert forgotten == set(), "each has its end, or a batch that waits for it"


def waiting_in(batch: Batch) -> list[int]:
    if batch.message_ids is not None:
        return batch.message_ids
    return list(batch.messages.values_list("pk", flat=True))


@pytest.mark.parametrize("_case", ["fault-71 TLS certificate nobody vouches for"])
def test_a_stranger_gets_nothing(scene: Scene, stranger: str, _case: str) -> None:
    (message,) = write("0100")
    scene.run(gateway=LocalGateway(Channel(stranger), API_KEY, WEBHOOK_SECRET))
    assert (batches(), scene.times(message)) == ([("ready", 0)], [0])
    assert [kind for kind, _times in alarms()] == ["circuit", "untrusted"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_case", ["fault-77 the same report fifty times at once"])
def test_fifty_at_once(scene: Scene, _case: str) -> None:
    (message,) = write("9005")
    scene.run()
    told, kept = report(message, "undelivered", "2002", error_class=ErrorClass.TEMPORARY), []

    def tell() -> None:
        try:
            for _ in range(10):
                kept.append(apply_reports([told], gateway="local", at=NOON))
        finally:
            connection.close()

    threads = [threading.Thread(target=tell) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(kept), sum(kept), Receipt.objects.count()) == (50, 1, 1)
    assert Message.everything.count() == 2, "one further try, not fifty"


@pytest.fixture
def by_settings(scene: Scene, settings: Any) -> Iterator[None]:
    settings.SMS_GATEWAY, settings.SMS_GATEWAY_URL = "simulator", scene.first.url
    settings.SMS_GATEWAY_KEY, settings.SMS_GATEWAY_SECRET = API_KEY, WEBHOOK_SECRET
    settings.SMS_REPORT_TOKEN = TOKEN
    registry.forget()
    yield
    registry.forget()


@pytest.mark.parametrize(
    ("_case", "secret", "age", "then"),
    [
        ("fault-81 of an unknown message", WEBHOOK_SECRET, 0, 200),
        ("fault-81 forged", "guessed", 0, 403),
        ("fault-81 six minutes old", WEBHOOK_SECRET, 360, 403),
        ("fault-81 from the future", WEBHOOK_SECRET, -360, 403),
    ],
)
def test_who_is_believed(scene: Scene, by_settings: None, _case: str, secret: str, age: int, then: int) -> None:
    (message,) = write("9005")
    scene.run()
    body = json.dumps({"reports": [{"ref": "S404", "status": "delivered", "code": "1000"}]}).encode()
    stamp = str(int(datetime.now(UTC).timestamp()) - age)
    headers = {"X-Simulator-Timestamp": stamp, "X-Simulator-Signature": sign(secret, stamp, body)}
    for _replay in range(3):
        address = reverse("sms:reports", args=["local", TOKEN])
        answer = Client().post(address, body, content_type="application/json", headers=headers)
        assert answer.status_code == then
    assert Receipt.objects.count() == int(then == 200), "replayed, it is kept once"
    assert words(message)[0] == "accepted"


def test_a_flood_of_callbacks_is_sent_away(
    scene: Scene, by_settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fault-81: what is refused here the vendor tells again, and we ask by ourselves."""
    monkeypatch.setattr("sms.delivery.callbacks.MOST_A_MINUTE", 2)
    address = reverse("sms:reports", args=["local", TOKEN])
    statuses = [Client().post(address, b"{}", content_type="application/json").status_code for _ in range(4)]
    assert statuses.count(429) >= 1
    assert set(statuses) <= {403, 429}
    with pytest.raises(LookUpFailed):
        collect_with_silence(scene)


def collect_with_silence(scene: Scene) -> None:
    write("0100")
    scene.run()
    scene.first.control(faults=[{"on": "reports", "answer": "500"}])
    collect(scene.gateway, at=NOON)


def test_the_watch_opens_the_circuit_before_a_text_is_refused(scene: Scene) -> None:
    """fault-72: the money is looked at every ten minutes."""
    watch.look_at(scene.gateway, quota=0, at=NOON)
    assert (scene.state().circuit, scene.state().balance) == ("closed", 1_000_000_000)
    scene.first.control(account={"balance": 0})
    watch.look_at(scene.gateway, quota=0, at=NOON)
    assert (scene.state().circuit, scene.state().trouble) == ("open", "잔액이 부족합니다")
