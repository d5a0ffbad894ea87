"""From the outbox to the gateway: what each answer leads to, and that nothing leaves twice or in vain."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.roles import Role
from sms import eligibility, tasks
from sms.delivery import review
from sms.delivery.claim import USUAL, Timing, Work, sweep, take
from sms.delivery.drain import drain
from sms.delivery.results import Step, append
from sms.delivery.settle import settle
from sms.gateways import registry
from sms.gateways.local import LocalGateway
from sms.gateways.protocol import Gateway, Outcome, OutgoingText, Report
from sms.gateways.transport import Limits
from sms.models import Batch, BatchState, Channel, Message, Purpose, Result, ResultState
from sms.outbox import Draft, queue
from sms.queries import state_of
from tests.factories import at, make_member, make_user
from tests.gateway_simulator import API_KEY, WEBHOOK_SECRET, SimulatorProcess

pytestmark = pytest.mark.django_db
NOON = at("2026-11-20 12:00")  # Friday


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def gateway(simulator: SimulatorProcess) -> LocalGateway:
    simulator.reset()
    return simulator.gateway(quarantine=timedelta(minutes=1))


def write(*tails: str, **fields: Any) -> list[Message]:
    """Messages to 010-0000-<tail> in one batch, in this order."""
    member, prefix = make_member(), uuid4()
    drafts = [
        Draft(**{
            "key": f"{prefix}:{n:03d}", "member_id": member.pk, "channel": Channel.SMS, "purpose": Purpose.ISSUED,
            "to": f"0100000{tail}", "body": "[설비공제]발급", "reference": f"guarantee:{n}", **fields,
        })
        for n, tail in enumerate(tails)
    ]  # fmt: skip
    with transaction.atomic():
        queue(drafts, at=NOON)
    return list(Message.everything.filter(key__startswith=str(prefix)).order_by("key"))


def run(gateway: Gateway, when: datetime = NOON, **options: Any) -> int:
    return drain(now=lambda: when, gateway=gateway, **options)


def pass_quarantine() -> None:
    Batch.objects.filter(state="unknown").update(not_before=NOON - timedelta(days=365))


def results(message: Message) -> list[tuple[str, str]]:
    return list(message.results.order_by("number").values_list("state", "reason"))


def batches() -> list[tuple[str, int]]:
    return list(Batch.objects.order_by("id").values_list("state", "attempt"))


def accepted(simulator: SimulatorProcess, messages: Sequence[Message]) -> list[int]:
    counts = simulator.accepted_counts()
    return [counts.get(message.gateway_key, 0) for message in messages]


def words(message: Message) -> tuple[str, str]:
    state = state_of([message])[message.pk]
    return state.code, state.detail


def test_a_message_is_handed_over_as_it_was_written(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    (message,) = write("0100", body="[설비공제]한빛기공 계약보증 발급 C1-000123")
    assert words(message) == ("ready", "11/20 12:00 이후에 보냅니다")
    assert run(gateway) == 1
    (row,) = [row for row in simulator.log() if row["key"] == str(message.gateway_key)]
    assert (row["recipient"], row["sender"], row["kind"]) == ("01000000100", "020000000", "sms")
    assert row["text"] == "[설비공제]한빛기공 계약보증 발급 C1-000123"
    assert batches() == [("done", 0)]
    assert results(message) == [("accepted", "")]
    assert message.results.get().provider_ref == row["ref"]
    assert words(message) == ("accepted", "통신사의 도착 확인을 기다립니다")
    assert run(gateway) == 0


# What one request of two messages leads to. `then`: state of each batch with its attempts, results of both.
ANSWERS: list[tuple[str, dict, list[tuple[str, int]], list[list[tuple[str, str]]], list[int]]] = [
    ("다 받음", {}, [("done", 0)], [[("accepted", "")], [("accepted", "")]], [1, 1]),
    ("429", {"answer": "429"}, [("ready", 1)], [[], []], [0, 0]),
    ("503", {"answer": "503"}, [("ready", 1)], [[], []], [0, 0]),
    ("열쇠가 틀림", {"answer": "401"}, [("ready", 0)], [[], []], [0, 0]),
    ("잔액 없음", {"answer": "402"}, [("ready", 0)], [[], []], [0, 0]),
    (
        "받고 500", {"answer": "500"}, [("unknown", 1)],
        [[("unknown", "HTTP 500")], [("unknown", "HTTP 500")]], [1, 1],
    ),
    (
        "안 받고 500", {"answer": "500", "accept": "none"}, [("unknown", 1)],
        [[("unknown", "HTTP 500")], [("unknown", "HTTP 500")]], [0, 0],
    ),
    (
        "하나만 나중에", {"refuse": 1}, [("ready", 1)],
        [[("deferred", "temporary:3009")], [("accepted", "")]], [0, 1],
    ),
    (
        "대답에 하나 빠짐", {"drop": 1}, [("unknown", 1)],
        [[("accepted", "")], [("unknown", "not in the answer")]], [1, 1],
    ),
    (
        "하나는 나중에, 하나는 빠짐", {"refuse": 1, "drop": 1}, [("unknown", 1), ("ready", 1)],
        [[("deferred", "temporary:3009")], [("unknown", "not in the answer")]], [0, 1],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "fault", "then", "rows", "taken"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_answers(
    simulator: SimulatorProcess,
    gateway: LocalGateway,
    _case: str,
    fault: dict,
    then: list[tuple[str, int]],
    rows: list[list[tuple[str, str]]],
    taken: list[int],
) -> None:
    messages = write("0100", "0101")
    simulator.control(faults=[fault] if fault else [])
    run(gateway)
    assert batches() == then
    assert [results(message) for message in messages] == rows
    assert accepted(simulator, messages) == taken
    # Whatever it was: later each has been taken once, and only once.
    for hours in (1, 2, 3):
        pass_quarantine()
        run(gateway, NOON + timedelta(hours=hours))
    assert accepted(simulator, messages) == [1, 1]
    assert [results(message)[-1] for message in messages] == [("accepted", "")] * 2
    assert {state for state, _attempt in batches()} == {"done"}


def test_a_number_refused_for_good_is_not_tried_again(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    bad, good = write("9010", "0100")
    run(gateway)
    assert results(bad) == [("refused", "bad_number:3001")]
    assert results(good) == [("accepted", "")]
    assert batches() == [("done", 0)]
    assert words(bad) == ("refused", "없는 번호이거나 휴대폰 번호가 아닙니다")


@pytest.mark.parametrize(
    ("_case", "fault", "attempts", "seconds"),
    [
        ("처음은 30초", {"answer": "503"}, 0, 30),
        ("둘째는 1분", {"answer": "503"}, 1, 60),
        ("길어도 30분", {"answer": "503"}, 9, 1800),
        ("중계사가 말한 만큼", {"answer": "429", "seconds": 300}, 0, 300),
        ("말한 것이 짧으면 우리 것", {"answer": "429", "seconds": 1}, 2, 120),
        ("한 시간보다 길게는 믿지 않는다", {"answer": "429", "seconds": 90000}, 0, 3600),
        ("계정 문제는 1분마다", {"answer": "403"}, 5, 60),
    ],
)
def test_pauses(
    simulator: SimulatorProcess, gateway: LocalGateway, _case: str, fault: dict, attempts: int, seconds: int
) -> None:
    write("0100")
    Batch.objects.update(attempt=attempts)
    simulator.control(faults=[fault])
    run(gateway)
    assert Batch.objects.get().not_before == NOON + timedelta(seconds=seconds)
    assert run(gateway, NOON + timedelta(seconds=seconds - 1)) == 0
    assert run(gateway, NOON + timedelta(seconds=seconds)) == 1


def test_a_gateway_that_takes_nothing_is_asked_once_a_run_and_mail_goes_on(
    simulator: SimulatorProcess, gateway: LocalGateway, mailoutbox: list
) -> None:
    write("0100")
    write("0101")
    write("", to="a@example.kr", channel=Channel.EMAIL)
    before = len(simulator.requests())
    simulator.control(account={"suspended": True})
    assert run(gateway) == 2
    assert len(simulator.requests()) == before + 1
    assert len(mailoutbox) == 1
    assert sorted(Batch.objects.values_list("state", "trouble")) == [
        ("done", ""),
        ("ready", ""),
        ("ready", "4003 인증키가 맞지 않습니다"),
    ]


def test_one_claim_takes_one_batch_whatever_the_plan(gateway: LocalGateway) -> None:
    """Where statistics tell of one row, a nested loop runs a plain subquery again for each, and takes more."""
    write("1")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sms_batch")
    write("2")
    write("3")
    assert take(at=NOON, works=set(Work), gateways=[gateway], timing=USUAL)
    assert Batch.objects.filter(state=BatchState.CLAIMED).count() == 1


def test_results_go_before_notices(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    notice = write("0100", purpose=Purpose.MILEAGE)
    result = write("0101", purpose=Purpose.SCREENING_RESULT)
    run(gateway)
    keys = [str(message.gateway_key) for message in (*result, *notice)]
    assert [row["key"] for row in simulator.log()][-2:] == keys


@pytest.mark.parametrize(
    ("_case", "purpose", "when", "goes"),
    [
        ("결과, 금 21:59", Purpose.SCREENING_RESULT, "2026-11-20 21:59", True),
        ("결과, 금 22:00", Purpose.SCREENING_RESULT, "2026-11-20 22:00", False),
        ("결과, 토 07:00", Purpose.SCREENING_RESULT, "2026-11-21 07:00", True),
        ("밀린 안내, 금 20:00", Purpose.MILEAGE, "2026-11-20 20:00", False),
        ("밀린 안내, 토 08:00", Purpose.MILEAGE, "2026-11-21 08:00", True),
    ],
)
def test_a_backlog_does_not_ring_at_night(
    gateway: LocalGateway, _case: str, purpose: Purpose, when: str, goes: bool
) -> None:
    write("0100", purpose=purpose)  # at noon, but no worker ran until now
    assert run(gateway, at(when)) == int(goes)


def test_too_late_is_not_sent(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    (late,) = write("0100", valid_until=NOON)
    (in_time,) = write("0101", valid_until=NOON + timedelta(seconds=1))
    run(gateway)
    assert accepted(simulator, [late, in_time]) == [0, 1]
    assert results(late) == [("expired", "")]
    assert words(late)[0] == "expired"


@pytest.fixture
def registered() -> Iterator[dict[str, Any]]:
    """A check on RELEASED: references named in `stop` must not leave; `fail` makes it break."""
    plan: dict[str, Any] = {"stop": {}, "fail": False, "calls": 0}

    def check(candidates: Sequence[eligibility.Candidate]) -> dict[int, str]:
        plan["calls"] += 1
        if plan["fail"]:
            raise ZeroDivisionError
        return {one.message_id: plan["stop"][one.reference] for one in candidates if one.reference in plan["stop"]}

    eligibility.register(Purpose.RELEASED, check, reasons={"changed": "종료일이 바뀌었습니다"})
    yield plan
    eligibility._checks.pop(Purpose.RELEASED)


def test_what_changed_since_is_not_sent(
    simulator: SimulatorProcess, gateway: LocalGateway, registered: dict[str, Any]
) -> None:
    messages = write("0100", "0101", "0102", purpose=Purpose.RELEASED)
    registered["stop"] = {"guarantee:1": "changed"}
    run(gateway)
    assert accepted(simulator, messages) == [1, 0, 1]
    assert results(messages[1]) == [("skipped", "changed")]
    assert words(messages[1]) == ("skipped", "종료일이 바뀌었습니다")
    assert registered["calls"] == 1


def test_a_broken_check_sends_nothing_and_forgets_nothing(
    simulator: SimulatorProcess, gateway: LocalGateway, registered: dict[str, Any]
) -> None:
    (checked,) = write("0100", purpose=Purpose.RELEASED)
    (other,) = write("0101")
    registered["fail"] = True
    run(gateway)
    assert accepted(simulator, [checked, other]) == [0, 1]
    registered["fail"] = False
    run(gateway, NOON + timedelta(minutes=1))
    assert accepted(simulator, [checked, other]) == [1, 1]


def test_a_purpose_has_one_check(registered: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="released has a check already"):
        eligibility.register(Purpose.RELEASED, lambda candidates: {}, reasons={})


def test_a_batch_in_doubt_stays_so_while_nobody_answers(
    simulator: SimulatorProcess, gateway: LocalGateway
) -> None:
    (message,) = write("0100")
    simulator.control(faults=[{"answer": "500", "accept": "none"}], account={"look_up": "off"})
    run(gateway)
    pass_quarantine()
    run(gateway)
    assert batches() == [("unknown", 1)]
    assert words(message)[0] == "unknown"
    simulator.control(account={"look_up": "on"})
    pass_quarantine()
    run(gateway)
    assert results(message) == [("unknown", "HTTP 500"), ("deferred", "not_seen")]
    run(gateway, NOON + timedelta(hours=1))
    assert accepted(simulator, [message]) == [1]


def in_review(simulator: SimulatorProcess, gateway: LocalGateway) -> tuple[Message, LocalGateway]:
    """A text in doubt at a gateway that cannot be asked."""
    (message,) = write("0100")
    mute = replace(gateway, supports_lookup=False)
    simulator.control(faults=[{"answer": "lose", "accept": "none", "seconds": 0.1}])
    run(mute)
    pass_quarantine()
    run(mute)
    assert batches() == [("review", 2)]
    return message, mute


@pytest.mark.parametrize(("went_out", "state", "count"), [(True, "accepted", 0), (False, "accepted", 1)])
def test_without_look_up_a_person_decides(
    simulator: SimulatorProcess, gateway: LocalGateway, went_out: bool, state: str, count: int
) -> None:
    message, mute = in_review(simulator, gateway)
    assert run(mute, NOON + timedelta(days=2)) == 0
    batch = Batch.objects.get()
    first, second = (Actor.user(make_user(Role.IT_SUPPORT)) for _ in range(2))
    review.propose(batch_id=batch.pk, went_out=went_out, reason="중계사에 물어봄", by=first, at=NOON)
    with pytest.raises(review.AlreadyProposed):
        review.propose(batch_id=batch.pk, went_out=not went_out, reason="다시", by=second, at=NOON)
    with pytest.raises(review.SamePerson):
        review.agree(batch_id=batch.pk, by=first, at=NOON)
    assert run(mute, NOON + timedelta(days=2)) == 0
    review.agree(batch_id=batch.pk, by=second, at=NOON)
    with pytest.raises(review.NotInReview):
        review.agree(batch_id=batch.pk, by=second, at=NOON)
    run(mute)
    assert accepted(simulator, [message]) == [count]
    assert results(message)[-1][0] == state
    assert AuditEvent.everything.filter(action="batch.decide").count() == 1


def test_another_gateway_is_not_asked(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    (message,) = write("0100")
    simulator.control(faults=[{"answer": "500"}])
    run(gateway)
    Batch.objects.update(gateway="former")
    pass_quarantine()
    run(gateway)
    assert Batch.objects.get().state == BatchState.REVIEW
    assert accepted(simulator, [message]) == [1]


def test_the_lease_outlasts_the_call_and_the_gateway_keeps_to_it() -> None:
    assert Limits().whole <= USUAL.call.total_seconds()
    assert USUAL.call * 3 <= USUAL.lease


def test_too_little_lease_left_calls_nobody(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    (message,) = write("0100")
    run(gateway, timing=Timing(call=timedelta(seconds=15), lease=timedelta(seconds=14)))
    assert accepted(simulator, [message]) == [0]
    assert batches() == [("ready", 0)]


def test_who_lost_the_lease_writes_nothing(gateway: LocalGateway) -> None:
    (message,) = write("0100")
    claim = take(at=NOON, works=set(Work), gateways=[gateway], timing=Timing(lease=timedelta(0)))
    assert claim
    assert sweep(quarantine=timedelta(minutes=1)) == 1
    assert batches() == [("unknown", 0)]
    assert not settle(claim, steps=[Step(message.pk, ResultState.REFUSED)], at=NOON)
    pass_quarantine()
    second = take(at=NOON, works=set(Work), gateways=[gateway], timing=USUAL)
    assert second
    assert second.work is Work.DOUBTS
    assert not settle(claim, steps=[Step(message.pk, ResultState.REFUSED)], at=NOON)
    assert results(message) == []
    assert settle(second, steps=[Step(message.pk, ResultState.ACCEPTED)], at=NOON)
    assert results(message) == [("accepted", "")]


def test_a_message_ends_once(gateway: LocalGateway) -> None:
    """The primary key of results says so, whatever the code does."""
    (message,) = write("0100")
    run(gateway)
    Batch.objects.update(state="ready", settled_at=None)
    claim = take(at=NOON, works=set(Work), gateways=[gateway], timing=USUAL)
    assert claim
    settle(claim, steps=[Step(message.pk, ResultState.REFUSED, "late")], at=NOON)
    assert results(message) == [("accepted", "")]


@dataclass
class Watching:
    """A gateway that notes whether it was called inside a transaction."""

    inner: LocalGateway
    inside: list[bool]
    name = "local"
    max_batch = 1000
    max_in_flight = 1
    rate = 0
    supports_lookup = True
    quarantine = timedelta(0)

    def send(self, batch_id: UUID, messages: Sequence[OutgoingText]) -> dict[UUID, Outcome]:
        self.inside.append(connection.in_atomic_block)
        return self.inner.send(batch_id, messages)

    def look_up(self, keys: Sequence[UUID]) -> dict[UUID, Report | None]:
        self.inside.append(connection.in_atomic_block)
        return self.inner.look_up(keys)


@pytest.mark.django_db(transaction=True)
def test_nobody_is_called_inside_a_transaction(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    write("0100")
    simulator.control(faults=[{"answer": "500"}])
    watching = Watching(gateway, [])
    run(watching)  # type: ignore[arg-type]
    assert watching.inside == [False, False]
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        run(gateway)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work_and_send_once(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    messages = [message for _ in range(25) for message in write("0100", "0101")]
    taken: list[int] = []
    together = threading.Barrier(2)

    def work() -> None:
        try:
            together.wait()
            taken.append(run(gateway))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 25
    assert min(taken) > 0
    assert accepted(simulator, messages) == [1] * 50
    assert Result.objects.filter(state="accepted").count() == 50


def test_states_of_many_take_one_query(gateway: LocalGateway, django_assert_num_queries: Any) -> None:
    messages = write(*["0100"] * 50)
    run(gateway)
    with django_assert_num_queries(1):
        states = state_of(messages)
    assert {state.code for state in states.values()} == {"accepted"}
    assert len(states) == 50


def test_an_unanswered_question_does_not_hold_up_the_others(
    simulator: SimulatorProcess, gateway: LocalGateway
) -> None:
    write("0100")
    write("0101")
    simulator.control(faults=[{"answer": "500", "times": 2}], account={"look_up": "off"})
    run(gateway)
    pass_quarantine()
    (fresh,) = write("0102")
    asked = len(simulator.requests())
    run(gateway)
    assert accepted(simulator, [fresh]) == [1]
    assert len(simulator.requests()) == asked + 2  # one question, one text


def test_many_results_at_once_keep_an_end_that_came_before(gateway: LocalGateway) -> None:
    messages = write(*["0100"] * 150)
    with transaction.atomic():
        append([Step(messages[7].pk, ResultState.ACCEPTED, provider_ref="early")], gateway="local", at=NOON)
        steps = [Step(one.pk, ResultState.REFUSED, 'a,"b"\\') for one in messages]
        assert append(steps, gateway="local", at=NOON) == 149
        assert append(steps, gateway="local", at=NOON) == 0
    assert results(messages[7]) == [("accepted", "")]
    assert results(messages[8]) == [("refused", 'a,"b"\\')]
    assert Result.objects.values_list("provider_ref", flat=True).get(message=messages[8]) == ""


@pytest.mark.django_db(transaction=True)
def test_the_task_delivers_through_the_gateway_of_the_settings(
    simulator: SimulatorProcess, gateway: LocalGateway, settings: Any
) -> None:
    settings.SMS_GATEWAY, settings.SMS_GATEWAY_URL = "simulator", simulator.url
    settings.SMS_GATEWAY_KEY, settings.SMS_GATEWAY_SECRET = API_KEY, WEBHOOK_SECRET
    (message,) = write("9011", purpose=Purpose.ONE_TIME_CODE, valid_until=NOON + timedelta(days=9999))
    Batch.objects.update(not_before=NOON - timedelta(days=9999))
    registry.forget()
    try:
        tasks.deliver()
        assert accepted(simulator, [message]) == [1]
        simulator.control(advance=1)
        tasks.collect_reports()
        assert words(message)[0] == "delivered"
        tasks.collect_late_reports()
    finally:
        registry.forget()


def test_an_unknown_gateway_is_refused(settings: Any) -> None:
    settings.SMS_GATEWAY = "pigeon"
    registry.forget()
    with pytest.raises(ImproperlyConfigured, match="pigeon"):
        registry.gateway()
