"""NHN Cloud's adapter against the simulator's NHN wire: HTTP 200 says nothing, our key finds everything again.

Faults: RELIABILITY §3.3 E and F.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from portal import clock
from sms.gateways.nhn import NhnGateway
from sms.gateways.protocol import (
    Accepted,
    ErrorClass,
    ForgedReport,
    GatewayDown,
    LookUpFailed,
    Outcome,
    OutgoingText,
    Refused,
    ReportStatus,
    Unknown,
)
from sms.gateways.transport import Channel
from tests.flows.test_gateway_local import QUICK, Receiver, a_text, send_one, times_accepted, wait_for
from tests.gateway_simulator import WEBHOOK_SECRET, SimulatorProcess

TEMPORARY = ErrorClass.TEMPORARY
ACCEPTED = "accepted"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture(scope="module")
def running(receiver: Receiver) -> Iterator[SimulatorProcess]:
    with SimulatorProcess(webhook=receiver.url, wire="nhn") as simulator:
        yield simulator


@pytest.fixture
def simulator(running: SimulatorProcess) -> SimulatorProcess:
    running.reset()
    return running


@pytest.fixture
def gateway(simulator: SimulatorProcess) -> NhnGateway:
    return simulator.nhn(limits=QUICK)


@pytest.mark.parametrize(
    ("_case", "tail", "then", "accepted", "after", "report"),
    [
        ("전달, 2초", "0001", ACCEPTED, 1, 2, ("delivered", "1000", None)),
        ("아직 1초", "0001", ACCEPTED, 1, 1, ("pending", "pending", None)),
        ("없는 번호", "9001", ACCEPTED, 1, 2, ("undelivered", "3001", ErrorClass.BAD_NUMBER)),
        ("전원 꺼짐", "9002", ACCEPTED, 1, 2, ("undelivered", "3004", TEMPORARY)),
        ("스팸 차단", "9003", ACCEPTED, 1, 2, ("undelivered", "3012", ErrorClass.SPAM_BLOCK)),
        ("080 수신거부", "9004", ACCEPTED, 1, 2, ("undelivered", "3006", ErrorClass.REFUSED)),
        ("결과가 오지 않음", "9005", ACCEPTED, 1, 864_000, ("pending", "pending", None)),
        ("실패 뒤", "9007", ACCEPTED, 1, 2, ("undelivered", "3004", TEMPORARY)),
        ("실패 뒤 전달", "9007", ACCEPTED, 1, 4, ("delivered", "1000", None)),
        ("접수하고 500", "9008", Unknown("HTTP 500"), 1, 2, ("delivered", "1000", None)),
        ("접수하고 끊음", "9009", Unknown("ReadError"), 1, 2, ("delivered", "1000", None)),
        ("접수에서 거절", "9010",
         Refused(ErrorClass.BAD_NUMBER, "-2018", "휴대전화 번호가 아닙니다", permanent=True), 0, 2, None),
        ("답보다 먼저 결과", "9011", ACCEPTED, 1, 0, ("delivered", "1000", None)),
        ("25시간", "9012", ACCEPTED, 1, 90_000, ("delivered", "1000", None)),
    ],
)  # fmt: skip
def test_magic_recipient(
    simulator: SimulatorProcess, gateway: NhnGateway,
    _case: str, tail: str, then: object, accepted: int, after: int, report: tuple | None,
) -> None:  # fmt: skip
    text = a_text(tail)
    outcome = send_one(gateway, text)
    if then == ACCEPTED:
        assert isinstance(outcome, Accepted)
    else:
        assert outcome == then
    assert times_accepted(simulator, text) == [accepted]
    simulator.control(advance=after)
    found = gateway.look_up([text.key])[text.key]
    assert report == (None if found is None else (found.status, found.code, found.error_class))


ALL, NONE = 1, 0
FAULTS: list[tuple[str, dict, Outcome, int]] = [
    ("58 접수하고 답 없음", {"answer": "lose", "seconds": 3}, Unknown("ReadTimeout"), ALL),
    ("59 접수 않고 답 없음", {"answer": "lose", "seconds": 3, "accept": "none"}, Unknown("ReadTimeout"), NONE),
    ("62 접수하고 500", {"answer": "500"}, Unknown("HTTP 500"), ALL),
    ("62 접수 않고 500", {"answer": "500", "accept": "none"}, Unknown("HTTP 500"), NONE),
    ("502", {"answer": "502"}, Unknown("HTTP 502"), ALL),
    ("63 429", {"answer": "429", "seconds": 30},
     Refused(TEMPORARY, "http_429", "", False, timedelta(seconds=30)), NONE),
    ("64 503: 약속된 말이 없다", {"answer": "503", "seconds": 60}, Unknown("HTTP 503"), NONE),
    ("65 깨진 답", {"answer": "garble"}, Unknown("answer not understood"), ALL),
    ("65 HTML", {"answer": "html"}, Unknown("answer not understood"), ALL),
    ("65 빈 답", {"answer": "empty"}, Unknown("answer not understood"), ALL),
    ("65 다른 문자셋", {"answer": "charset"}, Unknown("answer not understood"), ALL),
    ("잘린 답", {"answer": "cut"}, Unknown("RemoteProtocolError"), ALL),
    ("끊긴 답", {"answer": "reset"}, Unknown("ReadError"), ALL),
    ("73 한 바이트씩", {"answer": "drip", "seconds": 0.1}, Unknown("deadline"), ALL),
    ("74 다른 곳으로", {"answer": "redirect"}, Unknown("HTTP 302"), ALL),
    ("75 인증키 바뀜", {"answer": "401"}, GatewayDown("-1006", "인증키가 맞지 않습니다"), NONE),
    ("72 잔액 0", {"answer": "402"}, GatewayDown("-2312", "잔액이 부족합니다"), NONE),
    ("한 건 보류", {"refuse": 1}, Refused(ErrorClass.UNKNOWN, "-9998", "잠시 뒤 다시 보내 주십시오", False), NONE),
    ("답에서 빠짐", {"drop": 1}, Unknown("not in the answer"), ALL),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "fault", "then", "accepted"), FAULTS, ids=[row[0] for row in FAULTS])
def test_fault_of_a_request(
    simulator: SimulatorProcess, gateway: NhnGateway, _case: str, fault: dict, then: Outcome, accepted: int
) -> None:
    simulator.control(faults=[fault])
    text = a_text()
    outcome = send_one(gateway, text)
    if then == Unknown("deadline"):
        assert isinstance(outcome, Unknown)
        assert outcome.reason.startswith("deadline of ")
    else:
        assert outcome == then
    assert times_accepted(simulator, text) == [accepted]
    found = gateway.look_up([text.key])[text.key]
    assert (found is not None) == (accepted == 1)


@pytest.mark.parametrize(
    ("_case", "account", "then"),
    [
        ("잔액 0", {"balance": 0}, GatewayDown("-2312", "잔액이 부족합니다")),
        ("미등록 발신번호", {"senders": ["020000001"]}, GatewayDown("-2052", "등록되지 않은 발신번호입니다")),
        ("계약 정지", {"suspended": True}, GatewayDown("-1006", "인증키가 맞지 않습니다")),
        ("시각 오차", {"skewed_clock": True}, GatewayDown("-1007", "요청 시각이 맞지 않습니다")),
        ("요청 과다", {"too_many": True, "retry_after": 7},
         Refused(TEMPORARY, "http_429", "", False, timedelta(seconds=7))),
    ],
)  # fmt: skip
def test_switch_of_the_account(
    simulator: SimulatorProcess, gateway: NhnGateway, _case: str, account: dict, then: Outcome
) -> None:
    simulator.control(account=account)
    texts = [a_text(), a_text()]
    assert gateway.send(uuid4(), texts) == {text.key: then for text in texts}
    assert times_accepted(simulator, *texts) == [0, 0]


@pytest.mark.parametrize(
    ("_case", "changed", "then"),
    [
        ("다른 앱 키", {"app_key": "other"}, GatewayDown("-1000", "INVALID_APP_KEY")),
        ("앱 키에 빗금", {"app_key": "a/../b"}, GatewayDown("-1000", "INVALID_APP_KEY")),
        ("다른 비밀 키", {"secret_key": "other"}, GatewayDown("-1006", "INVALID_SECRET_KEY")),
    ],
)
def test_wrong_keys_take_nothing(simulator: SimulatorProcess, _case: str, changed: dict, then: Outcome) -> None:
    text, gateway = a_text(), simulator.nhn(limits=QUICK, **changed)
    assert send_one(gateway, text) == then
    assert gateway.health().usable is False
    with pytest.raises(LookUpFailed):
        gateway.look_up([text.key])
    assert times_accepted(simulator, text) == [0]


def test_one_text_is_one_request(simulator: SimulatorProcess, gateway: NhnGateway) -> None:
    seen = simulator.requests()[-1]["id"] if simulator.requests() else 0
    same = [a_text(f"00{n:02d}") for n in range(5)]
    other = [a_text("0001", text="[설비공제]다른 글"), a_text("0002", kind="lms", text="[설비공제]긴 글")]
    outcomes = simulator.nhn().send(uuid4(), [*same, *other])
    assert {type(outcome) for outcome in outcomes.values()} == {Accepted}
    sizes = sorted(row["size"] for row in simulator.requests(since=seen) if row["kind"] == "send")
    assert sizes == [1, 1, 5]
    assert times_accepted(simulator, *same, *other) == [1] * 7


def test_one_of_several_requests_fails(simulator: SimulatorProcess, gateway: NhnGateway) -> None:
    simulator.control(faults=[{"answer": "reset"}])
    texts = [a_text(f"00{n:02d}", text=f"[설비공제]글 {n}") for n in range(4)]
    outcomes = gateway.send(uuid4(), texts)
    assert sorted(type(outcome).__name__ for outcome in outcomes.values()) == ["Accepted"] * 3 + ["Unknown"]
    assert times_accepted(simulator, *texts) == [1] * 4


def test_what_no_time_was_left_for_was_surely_not_sent(simulator: SimulatorProcess, gateway: NhnGateway) -> None:
    simulator.control(account={"latency": 0.45})
    texts = [a_text(f"{n:04d}", text=f"[설비공제]글 {n}") for n in range(30)]
    outcomes = gateway.send(uuid4(), texts)
    late = [key for key, found in outcomes.items() if isinstance(found, Refused)]
    assert {outcomes[key] for key in late} == {Refused(TEMPORARY, "unreached", "no time left", permanent=False)}
    assert len(late) >= 18
    counts = simulator.accepted_counts()
    assert [counts.get(UUID(key), 0) for key in late] == [0] * len(late)


def test_partial_answer(simulator: SimulatorProcess, gateway: NhnGateway) -> None:
    simulator.control(faults=[{"refuse": 3, "drop": 2, "alien": 4}])
    texts = [a_text(f"00{n:02d}") for n in range(10)]
    outcomes = gateway.send(uuid4(), texts)
    assert [type(outcomes[text.key]) for text in texts] == [Refused] * 3 + [Accepted] * 5 + [Unknown] * 2
    assert len(outcomes) == 10 + 4
    assert times_accepted(simulator, *texts) == [0] * 3 + [1] * 7


def test_one_reference_for_two_messages_proves_neither(simulator: SimulatorProcess, gateway: NhnGateway) -> None:
    simulator.control(faults=[{"shared_ref": True}])
    texts = [a_text(), a_text()]
    shared = Unknown("reference shared with another message")
    assert gateway.send(uuid4(), texts) == {text.key: shared for text in texts}


def test_what_is_sent_arrives_unchanged(simulator: SimulatorProcess, gateway: NhnGateway) -> None:
    text, bare = a_text(kind="lms", subject="안내문", text="가" * 1000), a_text(kind="lms")
    gateway.send(uuid4(), [text, bare])
    rows = {row["key"]: row for row in simulator.log()}
    row = rows[text.key]
    assert (row["kind"], row["subject"], row["text"]) == ("lms", "안내문", "가" * 1000)
    assert rows[bare.key]["subject"] == "안내"  # NHN takes no long text without a title


@pytest.mark.parametrize(
    ("_case", "control"),
    [
        ("조회 꺼짐", {"account": {"look_up": "off"}}),
        ("조회가 500", {"faults": [{"on": "look_up", "answer": "500"}]}),
        ("조회 답 없음", {"faults": [{"on": "look_up", "answer": "lose", "seconds": 2}]}),
        ("조회 답 깨짐", {"faults": [{"on": "look_up", "answer": "garble"}]}),
        ("목록이 모자람", {"faults": [{"on": "look_up", "drop": 1}]}),
    ],
)
def test_look_up_that_proves_nothing(
    simulator: SimulatorProcess, gateway: NhnGateway, _case: str, control: dict
) -> None:
    text = a_text()
    send_one(gateway, text)
    simulator.control(**control)
    with pytest.raises(LookUpFailed):
        gateway.look_up([text.key])


def test_look_up_knows_seen_from_never_seen(simulator: SimulatorProcess, gateway: NhnGateway) -> None:
    short, long, refused, never = a_text(), a_text(kind="lms"), a_text("9010"), str(uuid4())
    outcomes = gateway.send(uuid4(), [short, long, refused])
    found = gateway.look_up([short.key, long.key, refused.key, never])
    assert (found[refused.key], found[never]) == (None, None)
    for text in (short, long):
        assert (found[text.key].key, found[text.key].provider_ref) == (text.key, outcomes[text.key].provider_ref)


def test_late_acceptance_shows_only_when_due(simulator: SimulatorProcess, gateway: NhnGateway) -> None:
    simulator.control(faults=[{"accept": "late", "late": 59, "answer": "lose", "seconds": 1}])
    text = a_text()
    assert send_one(gateway, text) == Unknown("ReadTimeout")
    assert gateway.look_up([text.key]) == {text.key: None}
    simulator.control(advance=59)
    assert gateway.look_up([text.key])[text.key].status is ReportStatus.PENDING


# Reports


@pytest.mark.parametrize("count", [1, 5, 60])
def test_reports_by_single_look_by_request_and_in_bulk(simulator: SimulatorProcess, count: int) -> None:
    gateway = simulator.nhn()
    texts = [a_text("0001" if n % 2 else "9001", text=f"[설비공제]글 {n}") for n in range(count)]
    texts += [a_text("9005", text="[설비공제]같은 글"), a_text("0003", text="[설비공제]같은 글")]
    texts += [a_text("0004", kind="lms")]
    outcomes = gateway.send(uuid4(), texts)
    refs = {text.key: outcomes[text.key].provider_ref for text in texts}
    simulator.control(advance=2)
    found = {report.provider_ref: report for report in gateway.reports([*refs.values(), "x:1", "y"])}
    final = {text.key for text in texts if not text.to.endswith("9005")}
    told = {key for key, ref in refs.items() if ref in found and found[ref].status is not ReportStatus.PENDING}
    assert told == final
    assert {found[refs[key]].key for key in final} == final
    assert found[refs[texts[-1].key]].status is ReportStatus.DELIVERED


def test_a_silent_gateway_is_told_apart_from_no_report(simulator: SimulatorProcess, gateway: NhnGateway) -> None:
    simulator.control(faults=[{"on": "reports", "answer": "500"}])
    with pytest.raises(LookUpFailed):
        gateway.reports(["20260101:1"])


def test_health_names_the_registered_numbers(simulator: SimulatorProcess, gateway: NhnGateway) -> None:
    assert gateway.health().senders == frozenset({"020000000"})
    simulator.control(account={"senders": []})
    assert (gateway.health().usable, gateway.health().reason) == (False, "no sender number")
    with pytest.raises(LookUpFailed, match="afterwards"):
        gateway.balance()
    nobody = NhnGateway(Channel("http://127.0.0.1:1", QUICK), "a", "b", "c", clock.now)
    assert nobody.health().usable is False
    assert send_one(nobody, a_text()) == Refused(TEMPORARY, "unreached", "ConnectError", permanent=False)


@pytest.mark.parametrize(
    ("_case", "texts"),
    [("빈 묶음", []), ("1,001건", [a_text()] * 1001), ("같은 열쇠 두 번", [a_text()] * 2)],
)
def test_batch_that_cannot_be_sent(gateway: NhnGateway, _case: str, texts: list[OutgoingText]) -> None:
    with pytest.raises(ValueError, match="1-1000"):
        gateway.send(uuid4(), texts)


# Callbacks


def statuses(gateway: NhnGateway, calls: list[tuple[dict[str, str], bytes]], key: str) -> list[str]:
    found = [report for call in calls for report in gateway.parse_webhook(*call, at=datetime.now(UTC))]
    return [report.status for report in found if report.key == key]


@pytest.mark.parametrize(
    ("_case", "tail", "then"),
    [("한 번", "0001", ["delivered"]), ("세 번", "9006", ["delivered"] * 3),
     ("실패 뒤 전달", "9007", ["undelivered", "delivered"])],
)  # fmt: skip
def test_callbacks(
    simulator: SimulatorProcess, gateway: NhnGateway, receiver: Receiver, _case: str, tail: str, then: list[str]
) -> None:
    text = a_text(tail)
    outcome = send_one(gateway, text)
    simulator.control(advance=2)
    simulator.control(advance=2)
    wait_for(lambda: len(receiver.about(text.key)) >= len(then))
    calls = receiver.about(text.key)
    assert statuses(gateway, calls, text.key) == then
    refs = {report.provider_ref for call in calls for report in gateway.parse_webhook(*call, at=datetime.now(UTC))
            if report.key == text.key}  # fmt: skip
    assert refs == {outcome.provider_ref}


HOOK = {"requestId": "20260101", "recipientSeq": 1, "messageStatus": "COMPLETED", "resultCode": "1000"}


@pytest.mark.parametrize(
    ("_case", "headers", "then"),
    [
        ("서명", {"X-Toast-Webhook-Signature": WEBHOOK_SECRET}, 1),
        ("이름은 소문자여도", {"x-toast-webhook-signature": WEBHOOK_SECRET}, 1),
        ("서명 없음", {}, None),
        ("빈 서명", {"X-Toast-Webhook-Signature": ""}, None),
        ("다른 서명", {"X-Toast-Webhook-Signature": "other"}, None),
        ("한글 서명", {"X-Toast-Webhook-Signature": "서명"}, None),
    ],
)
def test_the_fixed_signature(gateway: NhnGateway, _case: str, headers: dict, then: int | None) -> None:
    body = json.dumps({"event": "MESSAGE_RESULT_UPDATE", "hooks": [HOOK]}).encode()
    if then is None:
        with pytest.raises(ForgedReport):
            gateway.parse_webhook(headers, body, datetime.now(UTC))
    else:
        assert len(gateway.parse_webhook(headers, body, datetime.now(UTC))) == then


def test_without_a_signature_of_ours_nothing_is_believed(simulator: SimulatorProcess) -> None:
    with pytest.raises(ForgedReport):
        simulator.nhn(signature="").parse_webhook({"X-Toast-Webhook-Signature": ""}, b"{}", datetime.now(UTC))


KEY = str(UUID(int=7))


@pytest.mark.parametrize(
    ("_case", "hook", "then"),
    [
        ("전달", HOOK, ("delivered", None, None)),
        ("바른 이름의 열쇠", {**HOOK, "recipientGroupingKey": KEY}, ("delivered", None, KEY)),
        ("틀린 이름의 열쇠", {**HOOK, "recipientGropuingKey": KEY}, ("delivered", None, KEY)),
        ("실패", {**HOOK, "messageStatus": "FAILED", "resultCode": "3001"},
         ("undelivered", ErrorClass.BAD_NUMBER, None)),
        ("중복 차단", {**HOOK, "messageStatus": "DUPLICATED", "resultCode": "E915"},
         ("undelivered", ErrorClass.DUPLICATE, None)),
        ("중복 차단, 코드 없음", {**HOOK, "messageStatus": "DUPLICATED", "resultCode": None},
         ("undelivered", ErrorClass.DUPLICATE, None)),
        ("광고 제한", {**HOOK, "messageStatus": "FAILED_AD", "resultCode": "9"},
         ("undelivered", ErrorClass.UNKNOWN, None)),
        ("요청 번호 없음", {**HOOK, "requestId": None}, None),
        ("결과 없음", {**HOOK, "resultCode": None}, None),
    ],
)  # fmt: skip
def test_rows_of_a_callback(gateway: NhnGateway, _case: str, hook: dict, then: tuple | None) -> None:
    body = json.dumps({"event": "MESSAGE_RESULT_UPDATE", "hooks": [hook, 3, None]}).encode()
    found = gateway.parse_webhook({"X-Toast-Webhook-Signature": WEBHOOK_SECRET}, body, datetime.now(UTC))
    assert [(report.status, report.error_class, report.key) for report in found] == ([then] if then else [])


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"event": "UNSUBSCRIBE", "hooks": [{}]}', b"[" * 9000])
def test_callbacks_of_something_else_tell_nothing(gateway: NhnGateway, body: bytes) -> None:
    assert gateway.parse_webhook({"X-Toast-Webhook-Signature": WEBHOOK_SECRET}, body, datetime.now(UTC)) == []
