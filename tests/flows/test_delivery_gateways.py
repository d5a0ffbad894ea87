"""Several gateways at once: circuit, rate, senders, money; suppressed numbers; further tries; two people."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.roles import Role
from sms import suppression, tasks
from sms.admin.worklists import _ending_proofs
from sms.delivery import circuits, review, watch
from sms.delivery.alarms import AlreadySettled, raise_alarm, settle_alarm
from sms.delivery.claim import USUAL, Work, take
from sms.delivery.reports import apply_reports, collect
from sms.gateways import registry
from sms.gateways.local import LocalGateway
from sms.gateways.nhn import NhnGateway
from sms.gateways.protocol import ErrorClass, Report, ReportStatus
from sms.models import (
    Batch,
    BatchVerdict,
    GatewayAlarm,
    GatewayState,
    Message,
    Purpose,
    Result,
    SenderNumber,
    SenderRegistration,
    Suppression,
)
from sms.rules.again import earlier_keys, next_key
from tests.factories import at, make_member, make_user
from tests.flows.test_delivery import NOON, batches, in_review, results, run, words, write
from tests.gateway_simulator import API_KEY, APP_KEY, WEBHOOK_SECRET, SimulatorProcess

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def simulators() -> Iterator[tuple[SimulatorProcess, SimulatorProcess]]:
    with SimulatorProcess() as first, SimulatorProcess() as second:
        yield first, second


@pytest.fixture
def simulator(simulators: tuple[SimulatorProcess, SimulatorProcess]) -> SimulatorProcess:
    for one in simulators:
        one.reset()
    return simulators[0]


@pytest.fixture
def gateway(simulator: SimulatorProcess) -> LocalGateway:
    return simulator.gateway()


@pytest.fixture
def spare(simulators: tuple[SimulatorProcess, SimulatorProcess], simulator: SimulatorProcess) -> NhnGateway:
    return simulators[1].nhn()


def clerk() -> Actor:
    return Actor.user(make_user(Role.IT_SUPPORT))


def state(name: str = "local") -> GatewayState:
    return GatewayState.objects.get(name=name)


def left_by(message: Message) -> str:
    return message.results.latest("number").gateway


# The circuit


def test_the_third_refusal_in_a_row_opens_and_one_batch_tries_again(
    simulator: SimulatorProcess, gateway: LocalGateway
) -> None:
    simulator.control(faults=[{"answer": "503", "times": -1}])
    for _ in range(4):
        write("0100")
    clock = NOON
    for failures, circuit, seconds in ((1, "closed", 30), (2, "closed", 60), (3, "open", 120), (4, "open", 240)):
        assert run(gateway, clock) == 1, "one request, not one a batch"
        assert (state().failures, state().circuit) == (failures, circuit)
        assert state().retry_at == clock + timedelta(seconds=seconds)
        assert run(gateway, clock + timedelta(seconds=seconds - 1)) == 0
        clock += timedelta(seconds=seconds)
    simulator.control(clear=True)
    Batch.objects.update(not_before=NOON)
    first = take(at=clock, works=set(Work), gateways=[gateway], timing=USUAL)
    assert first
    assert state().circuit == "half_open"
    assert take(at=clock, works=set(Work), gateways=[gateway], timing=USUAL) is None, "one batch tries it out"
    Batch.objects.filter(pk=first.batch_id).update(state="ready", lease_until=None)
    assert run(gateway, clock + USUAL.lease) == 4
    assert (state().circuit, state().failures, state().retry_at) == ("closed", 0, None)


def test_three_lost_answers_open_it_too(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    simulator.control(faults=[{"answer": "500", "times": -1}])
    for _ in range(5):
        write("0100")
    assert run(gateway) == 3, "the rest does not pile up in doubt"
    assert (state().circuit, sorted(batches())) == ("open", [("ready", 0)] * 2 + [("unknown", 1)] * 3)


def test_a_person_stops_a_gateway_and_only_a_person_lets_it_go_on(
    simulator: SimulatorProcess, gateway: LocalGateway, spare: NhnGateway
) -> None:
    circuits.know([gateway, spare])
    by = clerk()
    circuits.hold(name="local", reason="계약 정지 통보", by=by, at=NOON)
    with pytest.raises(circuits.NotNow):
        circuits.hold(name="local", reason="또", by=by, at=NOON)
    (message,) = write("0100")
    assert run(gateway, NOON + timedelta(days=1)) == 0
    assert run(gateway, spares=[spare]) == 1
    assert left_by(message) == "nhn"
    circuits.worked("local", at=NOON)  # an answer that was under way
    assert state().is_held
    circuits.release(name="local", reason="계약 재개", by=by, at=NOON)
    with pytest.raises(circuits.NotNow):
        circuits.release(name="local", reason="또", by=by, at=NOON)
    (message,) = write("0100")
    run(gateway, spares=[spare])
    assert left_by(message) == "local"
    actions = list(
        AuditEvent.everything.filter(subject_type="sms.gatewaystate")
        .order_by("id")
        .values_list("action", "detail")
    )
    assert actions == [
        ("gatewaystate.hold", {"reason": "계약 정지 통보"}),
        ("gatewaystate.release", {"reason": "계약 재개"}),
    ]


def test_the_desk_has_both_switches(gateway: LocalGateway) -> None:
    circuits.know([gateway])
    person = make_user(Role.IT_SUPPORT)
    client = Client()
    client.force_login(person, backend="portal.members.login.MemberBackend")
    for button, circuit in (("hold", "open"), ("release", "closed")):
        address = reverse("admin:sms_gatewaystate_do", args=[state().pk, button])
        assert client.get(address).status_code == 200
        assert client.post(address, {"reason": ""}).status_code == 200
        assert client.post(address, {"reason": "시험"}).status_code == 302
        assert state().circuit == circuit
    page = client.get(reverse("admin:sms_gatewaystate_change", args=[state().pk]))
    assert "중계사 상태" in page.content.decode()


def test_no_more_batches_at_once_than_the_contract_allows(gateway: LocalGateway) -> None:
    for _ in range(3):
        write("0100")
    taken = [take(at=NOON, works={Work.TEXTS}, gateways=[gateway], timing=USUAL) for _ in range(3)]
    assert [claim is not None for claim in taken] == [True, True, False]
    assert gateway.max_in_flight == 2


def test_the_rate_holds_by_the_databases_clock(simulator: SimulatorProcess) -> None:
    slow = simulator.gateway(rate=2)
    write("0100", "0101", "0102", "0103")
    write("0104")
    before = timezone.now()
    assert run(slow) == 1, "four messages at two a second: the next batch waits two seconds"
    assert state().paced_until
    assert timedelta(seconds=1.9) < state().paced_until - before < timedelta(seconds=4)
    GatewayState.objects.update(paced_until=timezone.now())
    assert run(slow) == 1


def test_claiming_and_settling_cost_the_same_for_two_hundred_and_for_nine(gateway: LocalGateway) -> None:
    write("0100")
    run(gateway)
    counts = []
    for size in (200, 900):
        write(*["0100"] * size)
        with CaptureQueriesContext(connection) as queries:
            assert run(gateway) == 1
        told = [query["sql"].strip()[:70] for query in queries]
        counts.append(len([line for line in told if not line.startswith(("SAVEPOINT", "RELEASE"))]))
    # Sweeping and looking in vain once more take six of them, COPY is none of Django's.
    assert counts[0] == counts[1] <= 18, told
    assert Message.everything.count() == Result.objects.count()


# Senders, money, quota


def test_a_text_leaves_only_where_its_sender_is_known(
    simulator: SimulatorProcess, gateway: LocalGateway, spare: NhnGateway
) -> None:
    number = SenderNumber.objects.create(number="021234567", owner="조합", is_default=True)
    simulator.control(account={"senders": ["029999999"]})
    watch.look_at(gateway, quota=0, at=NOON)
    assert not SenderRegistration.objects.get(sender=number, gateway="local").is_registered
    before = len(simulator.requests())
    (message,) = write("0100")
    run(gateway, spares=[spare])
    assert (left_by(message), len(simulator.requests())) == ("nhn", before)
    simulator.control(account={"senders": ["021234567"]})
    watch.look_at(gateway, quota=0, at=NOON)
    (message,) = write("0100")
    run(gateway, spares=[spare])
    assert left_by(message) == "local"


@pytest.mark.parametrize(
    ("_case", "days", "count", "note", "urgent"),
    [
        ("61일", 61, 0, "", False),
        ("60일", 60, 1, "60일 안에 끝납니다.", False),
        ("30일", 30, 1, "30일 안에 끝납니다.", False),
        ("7일", 7, 1, "7일 안에 끝납니다.", True),
        ("어제", -1, 1, "이미 끝난 증빙이 있습니다.", True),
    ],
)
def test_the_end_of_a_proof_is_announced(_case: str, days: int, count: int, note: str, urgent: bool) -> None:
    ends = NOON.date() + timedelta(days=days)
    SenderNumber.objects.create(number="021234567", owner="조합", valid_until=ends)
    work = _ending_proofs(NOON)
    assert (work.count, work.note, work.is_urgent) == (count, note, urgent)


@pytest.mark.parametrize(("left", "level"), [(1000, 0), (301, 0), (300, 70), (100, 90), (1, 90), (0, 100)])
def test_money_is_told_of_at_70_90_and_100_percent(
    simulator: SimulatorProcess, gateway: LocalGateway, left: int, level: int
) -> None:
    for balance in (500, 1000, left):  # topped up from 500 to 1,000
        simulator.control(account={"balance": balance})
        watch.look_at(gateway, quota=0, at=NOON)
    assert watch.level_of(state()) == level


def test_the_months_quota_is_counted_from_its_first_day(gateway: LocalGateway) -> None:
    write(*["0100"] * 7)
    run(gateway)
    watch.look_at(gateway, quota=10, at=NOON)
    assert (state().used, watch.level_of(state())) == (7, 70)
    watch.look_at(gateway, quota=10, at=at("2026-12-01 00:00"))
    assert (state().used, watch.level_of(state())) == (0, 0)


# Numbers that get no texts


def test_a_number_nobody_has_gets_nothing_more_until_a_person_says_so(
    simulator: SimulatorProcess, gateway: LocalGateway
) -> None:
    write("9010")
    run(gateway)  # refused when it was handed over
    write("9001")
    run(gateway)  # found out by the carrier
    simulator.control(advance=3)
    collect(gateway, at=NOON)
    rows = Suppression.everything.order_by("mobile").values_list("mobile", "reason", "source")
    assert list(rows) == [
        ("01000009001", "bad_number", "local 2001"),
        ("01000009010", "bad_number", "local 3001"),
    ]
    (message,) = write("9001")
    run(gateway)
    assert results(message) == [("skipped", "no_such_number")]
    assert "번호를 고쳐" in words(message)[1]
    row = Suppression.everything.get(mobile="01000009001")
    by = clerk()
    suppression.lift(suppression_id=row.pk, reason="번호 주인 통화", by=by, at=NOON)
    with pytest.raises(suppression.AlreadyLifted):
        suppression.lift(suppression_id=row.pk, reason="또", by=by, at=NOON)
    (message,) = write("9001")
    run(gateway)
    assert results(message) == [("accepted", "")]


@pytest.mark.parametrize(
    ("reason", "purpose", "code"),
    [
        ("refused", Purpose.FREE_SMS, "refused_080"),
        ("refused", Purpose.EXPIRY_NOTICE, None),  # it has a refusal of its own (S30, S31)
        ("refused", Purpose.SCREENING_RESULT, None),
        ("bad_number", Purpose.EXPIRY_NOTICE, "no_such_number"),
        ("bad_number", Purpose.FREE_SMS, "no_such_number"),
        ("request", Purpose.SCREENING_RESULT, "owner_asked"),
        ("request", Purpose.FREE_SMS, "owner_asked"),
    ],
)
def test_which_purposes_a_reason_stops(reason: str, purpose: Purpose, code: str | None) -> None:
    Suppression.everything.create(mobile="01000000100", reason=reason, since=NOON)
    found = suppression.suppressed(purpose, ["01000000100", "01000000101"])
    assert found == ({"01000000100": code} if code else {})


def test_refusals_at_the_vendors_line_are_taken_over(
    simulators: tuple[SimulatorProcess, SimulatorProcess], spare: NhnGateway
) -> None:
    simulators[1].control(account={"blocked": ["01000000500", "0212345678", "01000000501"]})
    assert watch.take_over_refusals(spare, at=NOON) == 2
    assert watch.take_over_refusals(spare, at=NOON) == 0
    rows = list(Suppression.everything.order_by("mobile").values_list("mobile", "reason", "source"))
    assert rows == [("01000000500", "refused", "nhn 080"), ("01000000501", "refused", "nhn 080")]


def test_a_callback_of_a_refusal(spare: NhnGateway, settings: Any) -> None:
    settings.SMS_GATEWAY, settings.SMS_NHN_APP_KEY, settings.SMS_REPORT_TOKEN = "nhn", APP_KEY, "t" * 32
    registry.forget()
    told = {"event": "UNSUBSCRIBE", "hooks": [{"recipientNo": "010-0000-0500", "unsubscribeNo": "080"}]}
    for word, then in (("other", 0), (settings.SMS_GATEWAY_SECRET, 1)):
        Client().post(
            reverse("sms:reports", args=["nhn", "t" * 32]), told, content_type="application/json",
            headers={"X-Toast-Webhook-Signature": word},
        )  # fmt: skip
        assert Suppression.everything.filter(mobile="01000000500", reason="refused").count() == then
    registry.forget()


def test_the_branch_is_asked_to_call_the_member() -> None:
    member, other = make_member(representative_mobile="01000000700"), make_member()
    officer = make_user(Role.BRANCH_OFFICER, branch=member.branch)
    Suppression.everything.create(mobile="01000000700", reason="bad_number", since=NOON, member=other)
    client = Client()
    client.force_login(officer, backend="portal.members.login.MemberBackend")
    works = client.get(reverse("admin:index")).context["works"]
    (work,) = [work for work in works if work.label == "번호 확인 필요"]
    assert work.count == 1
    assert [row.pk for row in client.get(work.url).context["cl"].result_list] == [member.pk]


# Further tries


@pytest.mark.parametrize(
    ("key", "following", "earlier"),
    [
        ("expiry:1", "expiry:1:again1", []),
        ("expiry:1:again1", "expiry:1:again2", ["expiry:1"]),
        ("expiry:1:again2", "", ["expiry:1", "expiry:1:again1"]),
        ("x" * 153, "x" * 153 + ":again1", []),
        ("x" * 154, "", []),
    ],
)
def test_the_key_tells_which_try_it_is(key: str, following: str, earlier: list[str]) -> None:
    assert (next_key(key), earlier_keys(key)) == (following, earlier)


def test_a_phone_switched_off_is_tried_twice_more_half_an_hour_apart(
    simulator: SimulatorProcess, gateway: LocalGateway
) -> None:
    (message,) = write("9002")
    clock = NOON
    for tries in (1, 2, 3):
        assert run(gateway, clock) == 1
        simulator.control(advance=3)
        collect(gateway, at=clock)
        collect(gateway, at=clock)
        assert Message.everything.count() == min(tries + 1, 3)
        assert run(gateway, clock + timedelta(minutes=29)) == 0
        clock += timedelta(minutes=30)
    assert run(gateway, clock) == 0
    again = Message.everything.get(key=f"{message.key}:again2")
    assert (again.reference, again.body, again.valid_until) == (
        message.reference,
        message.body,
        message.valid_until,
    )
    assert len({row.gateway_key for row in Message.everything.all()}) == 3


@pytest.mark.parametrize(
    ("_case", "fields"),
    [
        ("조합원이 쓴 문자는 환불한다", {"purpose": Purpose.FREE_SMS}),
        ("인증번호는 곧 쓸모없다", {"purpose": Purpose.ONE_TIME_CODE}),
        ("반 시간 뒤면 늦다", {"valid_until": NOON + timedelta(minutes=30)}),
    ],
)
def test_what_is_not_tried_again(
    simulator: SimulatorProcess, gateway: LocalGateway, _case: str, fields: dict[str, Any]
) -> None:
    write("9002", **fields)
    run(gateway)
    simulator.control(advance=3)
    collect(gateway, at=NOON)
    assert Message.everything.count() == 1


def test_a_further_try_is_dropped_when_the_first_arrives_after_all(
    simulator: SimulatorProcess, gateway: LocalGateway
) -> None:
    (message,) = write("9007")
    run(gateway)
    simulator.control(advance=3)
    collect(gateway, at=NOON)
    again = Message.everything.get(key=f"{message.key}:again1")
    simulator.control(advance=3)
    collect(gateway, at=NOON)
    run(gateway, NOON + timedelta(minutes=30))
    assert results(again) == [("skipped", "arrived")]


def test_a_delivery_known_already_is_not_undone(gateway: LocalGateway) -> None:
    (message,) = write("9005")
    run(gateway)
    ref = message.results.get().provider_ref
    for status, error in ((ReportStatus.DELIVERED, None), (ReportStatus.UNDELIVERED, ErrorClass.TEMPORARY)):
        apply_reports([Report(None, ref, status, "x", error, None)], gateway="local", at=NOON)
    assert (Message.everything.count(), Suppression.everything.count()) == (1, 0)


# Two people


def test_one_person_alone_ends_no_doubt_even_in_the_database(
    simulator: SimulatorProcess, gateway: LocalGateway
) -> None:
    in_review(simulator, gateway)
    batch, by = Batch.objects.get(), clerk()
    review.propose(batch_id=batch.pk, went_out=True, reason="나갔다고 함", by=by, at=NOON)
    with pytest.raises(IntegrityError, match="verdict_two_people"), transaction.atomic():
        BatchVerdict.objects.update(answered_by=by.user_id, answered_at=NOON, is_agreed=True)
    review.take_back(batch_id=batch.pk, by=by, at=NOON)
    with pytest.raises(review.NotInReview):
        review.agree(batch_id=batch.pk, by=clerk(), at=NOON)
    assert batches() == [("review", 2)]
    with pytest.raises(ValueError, match="a person"):
        review.propose(batch_id=batch.pk, went_out=True, reason="-", by=Actor.system("일"), at=NOON)


def test_an_alarm_counts_up_until_it_is_settled() -> None:
    for text in ("하나", "둘"):
        raise_alarm(GatewayAlarm.Kind.STRANGERS, gateway="local", text=text, at=NOON)
    alarm, by = GatewayAlarm.objects.get(), clerk()
    assert (alarm.times, alarm.text) == (2, "둘")
    settle_alarm(alarm_id=alarm.pk, note="중계사에 알림", by=by, at=NOON)
    with pytest.raises(AlreadySettled):
        settle_alarm(alarm_id=alarm.pk, note="또", by=by, at=NOON)
    raise_alarm(GatewayAlarm.Kind.STRANGERS, gateway="local", text="셋", at=NOON)
    assert GatewayAlarm.objects.filter(settled_at__isnull=True).count() == 1


# Settings


def test_two_gateways_of_the_settings(
    simulators: tuple[SimulatorProcess, SimulatorProcess], simulator: SimulatorProcess, settings: Any
) -> None:
    settings.SMS_GATEWAY, settings.SMS_GATEWAY_URL = "simulator", simulator.url
    settings.SMS_GATEWAY_KEY, settings.SMS_GATEWAY_SECRET = API_KEY, WEBHOOK_SECRET
    settings.SMS_SECOND_GATEWAY, settings.SMS_SECOND_GATEWAY_URL = "nhn", simulators[1].url
    settings.SMS_SECOND_GATEWAY_KEY, settings.SMS_SECOND_GATEWAY_SECRET = API_KEY, WEBHOOK_SECRET
    settings.SMS_NHN_APP_KEY, settings.SMS_SECOND_GATEWAY_QUOTA = APP_KEY, 5_000
    registry.forget()
    try:
        assert [one.name for one in registry.in_use()] == ["local", "nhn"]
        assert registry.quotas() == {"nhn": 5_000}
        tasks.watch_gateways()
        tasks.take_over_refusals()
        assert list(GatewayState.objects.values_list("name", "quota", "used")) == [
            ("local", None, None),
            ("nhn", 5_000, 0),
        ]
        settings.SMS_SECOND_GATEWAY = "simulator"
        registry.forget()
        with pytest.raises(ImproperlyConfigured, match="same"):
            registry.spares()
    finally:
        registry.forget()
