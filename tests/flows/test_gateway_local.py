"""The gateway boundary against a simulator in a process of its own: every answer a message can get.

The simulator's log is the judge of what was accepted. Faults: RELIABILITY §3.3 E and F.
"""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sms.gateways.local import LocalGateway, sign
from sms.gateways.protocol import (
    Accepted,
    ErrorClass,
    ForgedReport,
    Gateway,
    GatewayDown,
    LookUpFailed,
    Outcome,
    OutgoingText,
    Refused,
    Report,
    ReportStatus,
    Unknown,
)
from sms.gateways.transport import Channel, Limits
from tests.gateway_simulator import API_KEY, WEBHOOK_SECRET, SimulatorProcess

QUICK = Limits(connect=1, read=0.5, whole=1.0)


class Receiver:
    """Where callbacks arrive: keeps them, answers with the statuses given, then 200."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def about(self, key: str) -> list[tuple[dict[str, str], bytes]]:
        return [call for call in list(self.calls) if key.encode() in call[1]]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture(scope="module")
def running(receiver: Receiver) -> Iterator[SimulatorProcess]:
    with SimulatorProcess(webhook=receiver.url) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: SimulatorProcess) -> SimulatorProcess:
    running.reset()
    return running


@pytest.fixture
def gateway(simulator: SimulatorProcess) -> LocalGateway:
    return simulator.gateway(limits=QUICK)


def a_text(tail: str = "0001", **changed: str) -> OutgoingText:
    given = {"sender": "020000000", "kind": "sms", "subject": "", "text": "[설비공제]시험 문자", **changed}
    return OutgoingText(key=str(uuid4()), to=f"0100000{tail}", **given)


def send_one(gateway: Gateway, text: OutgoingText) -> Outcome:
    outcomes = gateway.send(uuid4(), [text])
    assert set(outcomes) == {text.key}
    return outcomes[text.key]


def times_accepted(simulator: SimulatorProcess, *texts: OutgoingText) -> list[int]:
    counts = simulator.accepted_counts()
    return [counts.get(UUID(text.key), 0) for text in texts]


def wait_for(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 8
    while not found():
        assert time.monotonic() < end, "did not happen in 8 s"
        time.sleep(0.02)


ACCEPTED = "accepted"


@pytest.mark.parametrize(
    ("_case", "tail", "then", "accepted", "after", "report"),
    [
        ("전달, 2초", "0000", ACCEPTED, 1, 2, ("delivered", "1000", None)),
        ("전달, 2초", "0999", ACCEPTED, 1, 2, ("delivered", "1000", None)),
        ("아직 1초", "0999", ACCEPTED, 1, 1, ("pending", "1100", None)),
        ("데모 번호", "1000", ACCEPTED, 1, 2, ("delivered", "1000", None)),
        ("없는 번호", "9001", ACCEPTED, 1, 2, ("undelivered", "2001", ErrorClass.BAD_NUMBER)),
        ("전원 꺼짐", "9002", ACCEPTED, 1, 2, ("undelivered", "2002", ErrorClass.TEMPORARY)),
        ("스팸 차단", "9003", ACCEPTED, 1, 2, ("undelivered", "2003", ErrorClass.SPAM_BLOCK)),
        ("080 수신거부", "9004", ACCEPTED, 1, 2, ("undelivered", "2004", ErrorClass.REFUSED)),
        ("결과가 오지 않음", "9005", ACCEPTED, 1, 864_000, ("pending", "1100", None)),
        ("결과 통지 세 번", "9006", ACCEPTED, 1, 2, ("delivered", "1000", None)),
        ("실패 뒤", "9007", ACCEPTED, 1, 2, ("undelivered", "2002", ErrorClass.TEMPORARY)),
        ("실패 뒤 전달", "9007", ACCEPTED, 1, 4, ("delivered", "1000", None)),
        ("접수하고 500", "9008", Unknown("HTTP 500"), 1, 2, ("delivered", "1000", None)),
        ("접수하고 끊음", "9009", Unknown("ReadError"), 1, 2, ("delivered", "1000", None)),
        ("접수에서 거절", "9010",
         Refused(ErrorClass.BAD_NUMBER, "3001", "휴대전화 번호가 아닙니다", permanent=True), 0, 2, None),
        ("답보다 먼저 결과", "9011", ACCEPTED, 1, 0, ("delivered", "1000", None)),
        ("25시간 조금 전", "9012", ACCEPTED, 1, 89_990, ("pending", "1100", None)),
        ("25시간", "9012", ACCEPTED, 1, 90_000, ("delivered", "1000", None)),
    ],
)  # fmt: skip
def test_magic_recipient(
    simulator: SimulatorProcess, gateway: LocalGateway,
    _case: str, tail: str, then: object, accepted: int, after: int, report: tuple | None,
) -> None:  # fmt: skip
    text = a_text(tail)
    outcome = send_one(gateway, text)
    if then == ACCEPTED:
        assert isinstance(outcome, Accepted)
    else:
        assert outcome == then
    assert times_accepted(simulator, text) == [accepted]
    # The clock of the test runs on by itself: a "not yet" case leaves room, the others are exact.
    simulator.control(advance=after)
    found = gateway.look_up([text.key])[text.key]
    assert report == (None if found is None else (found.status, found.code, found.error_class))


ALL, NONE = 1, 0
TEMPORARY = ErrorClass.TEMPORARY


@pytest.mark.parametrize(
    ("_case", "fault", "then", "accepted"),
    [
        ("58 접수하고 답 없음", {"answer": "lose", "seconds": 3}, Unknown("ReadTimeout"), ALL),
        ("59 접수 않고 답 없음", {"answer": "lose", "seconds": 3, "accept": "none"},
         Unknown("ReadTimeout"), NONE),
        ("답이 늦음", {"answer": "delay", "seconds": 3}, Unknown("ReadTimeout"), ALL),
        ("62 접수하고 500", {"answer": "500"}, Unknown("HTTP 500"), ALL),
        ("62 접수 않고 500", {"answer": "500", "accept": "none"}, Unknown("HTTP 500"), NONE),
        ("502", {"answer": "502"}, Unknown("HTTP 502"), ALL),
        ("63 429", {"answer": "429", "seconds": 30},
         Refused(TEMPORARY, "5001", "요청이 너무 많습니다", False, timedelta(seconds=30)), NONE),
        ("64 503", {"answer": "503", "seconds": 60},
         Refused(TEMPORARY, "5002", "점검 중입니다", False, timedelta(seconds=60)), NONE),
        ("중간 서버의 503", {"answer": "503_bare"}, Unknown("HTTP 503"), ALL),
        ("65 깨진 답", {"answer": "garble"}, Unknown("answer not understood"), ALL),
        ("65 HTML", {"answer": "html"}, Unknown("answer not understood"), ALL),
        ("65 빈 답", {"answer": "empty"}, Unknown("answer not understood"), ALL),
        ("65 다른 문자셋", {"answer": "charset"}, Unknown("answer not understood"), ALL),
        ("잘린 답", {"answer": "cut"}, Unknown("RemoteProtocolError"), ALL),
        ("끊긴 답", {"answer": "reset"}, Unknown("ReadError"), ALL),
        ("끝없는 답", {"answer": "huge"}, Unknown("answer over 8388608 bytes"), ALL),
        ("73 한 바이트씩", {"answer": "drip", "seconds": 0.1}, Unknown("deadline of 1 s passed"), ALL),
        ("74 다른 곳으로", {"answer": "redirect"}, Unknown("HTTP 302"), ALL),
        ("75 인증키 바뀜", {"answer": "401"}, GatewayDown("4003", "인증키가 맞지 않습니다"), NONE),
        ("72 잔액 0", {"answer": "402"}, GatewayDown("4002", "잔액이 부족합니다"), NONE),
        ("한 건 보류", {"refuse": 1}, Refused(TEMPORARY, "3009", "잠시 뒤 다시 보내 주십시오", False), NONE),
        ("답에서 빠짐", {"drop": 1}, Unknown("not in the answer"), ALL),
    ],
)  # fmt: skip
def test_fault_of_a_request(
    simulator: SimulatorProcess, gateway: LocalGateway, _case: str, fault: dict, then: Outcome, accepted: int
) -> None:
    simulator.control(faults=[fault])
    text, started = a_text(), time.monotonic()
    assert send_one(gateway, text) == then
    assert time.monotonic() - started < 2.0
    assert times_accepted(simulator, text) == [accepted]
    found = gateway.look_up([text.key])[text.key]
    assert (found is not None) == (accepted == 1)


@pytest.mark.parametrize(
    ("_case", "account", "then"),
    [
        ("잔액 0", {"balance": 0}, GatewayDown("4002", "잔액이 부족합니다")),
        ("미등록 발신번호", {"senders": ["020000001"]}, GatewayDown("4001", "등록되지 않은 발신번호입니다")),
        ("계약 정지", {"suspended": True}, GatewayDown("4003", "인증키가 맞지 않습니다")),
        ("시각 오차", {"skewed_clock": True}, GatewayDown("4004", "요청 시각이 맞지 않습니다")),
        ("요청 과다", {"too_many": True, "retry_after": 7},
         Refused(TEMPORARY, "5001", "요청이 너무 많습니다", False, timedelta(seconds=7))),
    ],
)  # fmt: skip
def test_switch_of_the_account(
    simulator: SimulatorProcess, gateway: LocalGateway, _case: str, account: dict, then: Outcome
) -> None:
    simulator.control(account=account)
    texts = [a_text(), a_text()]
    assert gateway.send(uuid4(), texts) == {text.key: then for text in texts}
    assert times_accepted(simulator, *texts) == [0, 0]


def test_slow_account_is_unknown_then_found(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    simulator.control(account={"latency": 60})
    text = a_text()
    assert send_one(gateway, text) == Unknown("ReadTimeout")
    assert gateway.look_up([text.key])[text.key] is not None


@pytest.mark.parametrize(
    ("_case", "changed", "then"),
    [
        ("91바이트", {"text": "가" * 45 + "a"}, ErrorClass.CONTENT),
        ("없는 글자", {"text": "뷁"}, ErrorClass.CONTENT),
        ("짝 없는 대리 문자", {"text": "\ud800"}, ErrorClass.CONTENT),
    ],
)
def test_bad_content_is_refused_alone(
    simulator: SimulatorProcess, gateway: LocalGateway, _case: str, changed: dict, then: ErrorClass
) -> None:
    bad, good = a_text(**changed), a_text()
    outcomes = gateway.send(uuid4(), [bad, good])
    assert isinstance(outcomes[bad.key], Refused)
    assert (outcomes[bad.key].error_class, outcomes[bad.key].permanent) == (then, True)
    assert isinstance(outcomes[good.key], Accepted)
    assert times_accepted(simulator, bad, good) == [0, 1]


def test_what_is_sent_arrives_unchanged(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    text, batch = a_text("1007", kind="lms", subject="만기 안내", text="첫 줄\n둘째 줄 · ㈜"), uuid4()
    outcome = gateway.send(batch, [text])[text.key]
    row = next(row for row in simulator.log() if row["key"] == text.key)
    assert isinstance(outcome, Accepted)
    named = ("batch", "ref", "recipient", "sender", "kind", "subject", "text", "size")
    assert {name: row[name] for name in named} == {
        "batch": str(batch),
        "ref": outcome.provider_ref,
        "recipient": "01000001007",
        "sender": "020000000",
        "kind": "lms",
        "subject": "만기 안내",
        "text": "첫 줄\n둘째 줄 · ㈜",
        "size": 19,
    }


def test_batch_of_100_with_63_taken_30_refused_7_missing(
    simulator: SimulatorProcess, gateway: LocalGateway
) -> None:
    simulator.control(faults=[{"refuse": 30, "drop": 7}])
    texts = [a_text() for _ in range(100)]
    outcomes = gateway.send(uuid4(), texts)
    kinds = [type(outcomes[text.key]) for text in texts]
    assert kinds == [Refused] * 30 + [Accepted] * 63 + [Unknown] * 7
    assert times_accepted(simulator, *texts) == [0] * 30 + [1] * 70
    missing = [text.key for text in texts[93:]]
    assert [report is not None for report in gateway.look_up(missing).values()] == [True] * 7


def test_keys_of_others_are_ignored(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    simulator.control(faults=[{"alien": 5, "drop": 1}])
    texts = [a_text(), a_text()]
    outcomes = gateway.send(uuid4(), texts)
    assert [type(outcomes[text.key]) for text in texts] == [Accepted, Unknown]
    assert set(outcomes.values()) == {
        outcomes[texts[0].key],
        Unknown("not in the answer"),
        Unknown("not asked for"),
    }
    assert len(outcomes) == 2 + 5


def test_one_reference_for_two_messages_proves_neither(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    simulator.control(faults=[{"shared_ref": True}])
    texts = [a_text(), a_text()]
    shared = Unknown("reference shared with another message")
    assert gateway.send(uuid4(), texts) == {text.key: shared for text in texts}


def test_redirect_is_not_followed(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    seen = simulator.requests()[-1]["id"] if simulator.requests() else 0
    simulator.control(faults=[{"answer": "redirect"}])
    send_one(gateway, a_text())
    assert [row["kind"] for row in simulator.requests(since=seen)] == ["send"]


def test_nothing_is_repeated_by_the_client(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    seen = simulator.requests()[-1]["id"] if simulator.requests() else 0
    for answer in ("reset", "500", "429", "503", "lose"):
        simulator.control(faults=[{"answer": answer, "seconds": 1}])
        send_one(gateway, a_text())
    assert [row["kind"] for row in simulator.requests(since=seen)] == ["send"] * 5


@pytest.mark.parametrize(("_case", "whole"), [("머리글에서 끊김", 0.6), ("본문에서 끊김", 1.5)])
def test_slow_drip_ends_at_the_deadline(simulator: SimulatorProcess, _case: str, whole: float) -> None:
    pause = 0.01 if whole > 1 else 0.05
    simulator.control(faults=[{"answer": "drip", "seconds": pause}])
    gateway = simulator.gateway(limits=Limits(connect=1, read=1, whole=whole))
    started = time.monotonic()
    outcomes = gateway.send(uuid4(), [a_text() for _ in range(10)])
    assert set(outcomes.values()) == {Unknown(f"deadline of {whole:g} s passed")}
    assert whole <= time.monotonic() - started < whole + 0.4


def test_default_limits() -> None:
    assert (Limits().connect, Limits().read, Limits().whole) == (3, 10, 15)


def test_nobody_listening_is_a_refusal_that_may_be_repeated(simulator: SimulatorProcess) -> None:
    gateway = LocalGateway(Channel("http://127.0.0.1:1", QUICK), API_KEY, WEBHOOK_SECRET)
    assert send_one(gateway, a_text()) == Refused(TEMPORARY, "unreached", "ConnectError", permanent=False)
    with pytest.raises(LookUpFailed):
        gateway.look_up([str(uuid4())])
    assert gateway.health().usable is False


def test_wrong_key_takes_nothing(simulator: SimulatorProcess) -> None:
    text = a_text()
    gateway = simulator.gateway(api_key="rotated")
    assert send_one(gateway, text) == GatewayDown("4003", "인증키가 맞지 않습니다")
    assert gateway.health().usable is False
    with pytest.raises(LookUpFailed, match="401"):
        gateway.look_up([text.key])
    assert times_accepted(simulator, text) == [0]


@pytest.mark.parametrize(
    ("_case", "texts"),
    [
        ("빈 묶음", []),
        ("1,001건", [a_text()] * 1001),
        ("같은 열쇠 두 번", [a_text()] * 2),
    ],
)
def test_batch_that_cannot_be_sent(gateway: LocalGateway, _case: str, texts: list[OutgoingText]) -> None:
    with pytest.raises(ValueError, match="1-1000"):
        gateway.send(uuid4(), texts)


def test_thousand_messages_in_one_request(simulator: SimulatorProcess) -> None:
    texts = [a_text(f"{number:04d}") for number in range(1000)]
    outcomes = simulator.gateway().send(uuid4(), texts)
    assert {type(outcome) for outcome in outcomes.values()} == {Accepted}
    assert len({outcome.provider_ref for outcome in outcomes.values()}) == 1000
    assert set(times_accepted(simulator, *texts)) == {1}


# Look-up


def test_look_up_knows_seen_from_never_seen(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    text, refused, never = a_text(), a_text("9010"), str(uuid4())
    ref = send_one(gateway, text).provider_ref
    send_one(gateway, refused)
    found = gateway.look_up([text.key, refused.key, never])
    assert found.keys() == {text.key, refused.key, never}
    assert (found[refused.key], found[never]) == (None, None)
    assert (found[text.key].key, found[text.key].provider_ref) == (text.key, ref)


@pytest.mark.parametrize(
    ("_case", "control"),
    [
        ("조회 꺼짐", {"account": {"look_up": "off"}}),
        ("조회가 500", {"faults": [{"on": "look_up", "answer": "500"}]}),
        ("조회 답 없음", {"faults": [{"on": "look_up", "answer": "lose", "seconds": 2}]}),
        ("조회 답 깨짐", {"faults": [{"on": "look_up", "answer": "garble"}]}),
        ("한 건이 답에 없음", {"faults": [{"on": "look_up", "drop": 1}]}),
        ("조회가 다른 곳으로", {"faults": [{"on": "look_up", "answer": "redirect"}]}),
    ],
)
def test_look_up_that_proves_nothing(
    simulator: SimulatorProcess, gateway: LocalGateway, _case: str, control: dict
) -> None:
    simulator.control(**control)
    with pytest.raises(LookUpFailed):
        gateway.look_up([str(uuid4()), str(uuid4())])


def test_gateway_without_look_up_is_not_asked(simulator: SimulatorProcess) -> None:
    with pytest.raises(LookUpFailed):
        simulator.gateway(supports_lookup=False).look_up([str(uuid4())])


def test_lying_look_up_says_never_seen(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    text = a_text()
    send_one(gateway, text)
    simulator.control(account={"look_up": "lie"})
    assert gateway.look_up([text.key]) == {text.key: None}
    simulator.control(account={"look_up": "on"})
    assert gateway.look_up([text.key])[text.key] is not None


def test_late_acceptance_shows_only_when_due(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    simulator.control(faults=[{"accept": "late", "late": 59, "answer": "lose", "seconds": 1}])
    text = a_text()
    assert send_one(gateway, text) == Unknown("ReadTimeout")
    assert gateway.look_up([text.key]) == {text.key: None}
    assert times_accepted(simulator, text) == [0]
    simulator.control(advance=59)
    assert gateway.look_up([text.key])[text.key].status is ReportStatus.PENDING
    assert times_accepted(simulator, text) == [1]


def test_same_key_sent_again(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    twice, once = a_text(), a_text()
    send_one(gateway, twice)
    send_one(gateway, twice)
    simulator.control(account={"honours_keys": True})
    first = send_one(gateway, once)
    assert send_one(gateway, once) == first
    assert times_accepted(simulator, twice, once) == [2, 1]


def test_log_survives_kill_9(tmp_path: Path) -> None:
    simulator = SimulatorProcess(tmp_path / "log.sqlite3").start()
    text, url = a_text(), simulator.url
    send_one(simulator.gateway(), text)
    simulator.control(account={"look_up": "off"}, advance=3600)
    simulator.kill()
    simulator.start()
    assert simulator.url == url
    assert times_accepted(simulator, text) == [1]
    assert simulator.control()["account"]["look_up"] == "off"
    simulator.stop()


# Reports


def test_reports_by_reference(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    good, bad, open_ = a_text(), a_text("9001"), a_text("9005")
    refs = {text.key: send_one(gateway, text).provider_ref for text in (good, bad, open_)}
    simulator.control(advance=2)
    found = {report.key: report for report in gateway.reports([*refs.values(), "S999999999999", "x"])}
    assert {key: (report.provider_ref, report.status) for key, report in found.items()} == {
        good.key: (refs[good.key], ReportStatus.DELIVERED),
        bad.key: (refs[bad.key], ReportStatus.UNDELIVERED),
        open_.key: (refs[open_.key], ReportStatus.PENDING),
    }


def statuses(gateway: LocalGateway, calls: list[tuple[dict[str, str], bytes]], key: str) -> list[str]:
    reports = [report for call in calls for report in gateway.parse_webhook(*call, at=datetime.now(UTC))]
    return [report.status for report in reports if report.key == key]


@pytest.mark.parametrize(
    ("_case", "tail", "account", "then"),
    [
        ("한 번", "0001", {}, ["delivered"]),
        ("세 번", "9006", {}, ["delivered"] * 3),
        ("실패 뒤 전달", "9007", {}, ["undelivered", "delivered"]),
        ("모두 두 번씩", "0001", {"report_copies": 2}, ["delivered"] * 2),
    ],
)
def test_callbacks(
    simulator: SimulatorProcess, gateway: LocalGateway, receiver: Receiver,
    _case: str, tail: str, account: dict, then: list[str],
) -> None:  # fmt: skip
    simulator.control(account=account)
    text = a_text(tail)
    send_one(gateway, text)
    simulator.control(advance=2)
    simulator.control(advance=2)
    wait_for(lambda: len(receiver.about(text.key)) >= len(then))
    assert statuses(gateway, receiver.about(text.key), text.key) == then


def test_callback_goes_out_before_the_answer(gateway: LocalGateway, receiver: Receiver) -> None:
    text = a_text("9011")
    send_one(gateway, text)
    assert statuses(gateway, receiver.about(text.key), text.key) == ["delivered"]


@pytest.mark.parametrize(
    ("_case", "answers", "then"), [("두 번 거절 뒤 받음", [500, 503], 3), ("끝내 거절", [500] * 5, 5)]
)
def test_refused_callback_is_repeated_up_to_five_calls(
    simulator: SimulatorProcess, gateway: LocalGateway, receiver: Receiver,
    _case: str, answers: list[int], then: int,
) -> None:  # fmt: skip
    simulator.control(advance=3600)
    time.sleep(0.2)
    receiver.statuses = list(answers)
    text = a_text()
    send_one(gateway, text)
    for _ in range(8):
        simulator.control(advance=10)
    assert len(receiver.about(text.key)) == then


def test_callback_told_by_hand(simulator: SimulatorProcess, gateway: LocalGateway, receiver: Receiver) -> None:
    key = str(uuid4())
    row = {"key": key, "ref": "S5", "status": "delivered", "code": "1000", "at": "2099-01-01T00:00"}
    simulator.control(push=[row])
    (call,) = receiver.about(key)
    expected = Report(key, "S5", ReportStatus.DELIVERED, "1000", None, None)
    assert gateway.parse_webhook(*call, at=datetime.now(UTC)) == [expected]


def test_forged_or_old_callback_is_not_believed(
    simulator: SimulatorProcess, gateway: LocalGateway, receiver: Receiver
) -> None:
    key, now = str(uuid4()), datetime.now(UTC)
    simulator.control(push=[{"key": key}], forged=True)
    (forged,) = receiver.about(key)
    stamp = str(int(now.timestamp()))
    body = json.dumps({"reports": []}).encode()
    signed = {"X-Simulator-Timestamp": stamp, "X-Simulator-Signature": sign(WEBHOOK_SECRET, stamp, body)}
    assert gateway.parse_webhook(signed, body, at=now) == []
    refused = [
        (*forged, now, "signature"),
        ({}, body, now, "signature"),
        (signed, body + b" ", now, "signature"),
        (signed, body, now + timedelta(minutes=6), "timestamp"),
        (signed, body, now - timedelta(minutes=6), "timestamp"),
    ]
    for headers, given, at, reason in refused:
        with pytest.raises(ForgedReport, match=reason):
            gateway.parse_webhook(headers, given, at=at)


# Balance, health, TLS


def test_balance_goes_down_by_what_was_taken(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    simulator.control(account={"balance": 45})
    gateway.send(uuid4(), [a_text(), a_text("9010")])
    assert gateway.balance() == 35
    send_one(gateway, a_text(kind="lms"))
    assert gateway.balance() == 5
    assert isinstance(send_one(gateway, a_text()), GatewayDown)


def test_health_names_the_trouble(simulator: SimulatorProcess, gateway: LocalGateway) -> None:
    assert (gateway.health().usable, gateway.health().senders) == (True, None)
    simulator.control(account={"balance": 0, "senders": ["020000000"]})
    health = gateway.health()
    assert (health.usable, health.reason) == (False, "잔액이 부족합니다")
    assert health.senders == frozenset({"020000000"})


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[str]:
    """A TLS server with a certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    receiver = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    yield receiver.url.replace("http://127.0.0.1", "https://localhost").removesuffix("/hook")
    receiver.close()
    assert receiver.calls == []


def test_certificate_nobody_vouches_for(stranger: str) -> None:
    gateway = LocalGateway(Channel(stranger, QUICK), API_KEY, WEBHOOK_SECRET)
    outcome = send_one(gateway, a_text())
    assert isinstance(outcome, GatewayDown)
    assert (outcome.code, outcome.error_class) == ("tls", ErrorClass.CONFIG)


# The outbox page


def test_outbox_shows_texts_and_mails_escaped(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    mail = "Subject: =?utf-8?b?7Ius7IKs?= <i>\nFrom: a@example.kr\nTo: b@example.kr\n\n<b>body</b>\n"
    (tmp_path / "mail" / "1.log").write_text(f"{mail}\n{'-' * 79}\n{mail}\n{'-' * 79}\n")
    with SimulatorProcess(mail_dir=str(tmp_path / "mail")) as simulator:
        gateway = simulator.gateway()
        gateway.send(uuid4(), [a_text("1000", text="<script>alert(1)</script>"), a_text("9010"), a_text("1007")])
        whole = page(simulator, "/")
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in whole
        assert "단문 25/90바이트" in whole
        assert whole.count('class="phone"') == 3
        assert "접수 안 됨" in whole
        assert "휴대전화 번호가 아닙니다" in whole
        assert whole.count("심사 &lt;i&gt;") == 2
        assert "&lt;b&gt;body&lt;/b&gt;" in whole
        assert page(simulator, "/?number=010-0000-1007").count('class="phone"') == 1
        assert "이 번호로 보낸 문자가 없습니다." in page(simulator, "/?number=%3Cb%3E5555")


def page(simulator: SimulatorProcess, path: str) -> str:
    answer = Channel(simulator.url).exchange("GET", path, headers={})
    assert answer.status == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    return answer.body.decode()


def test_control_refuses_what_it_does_not_know(simulator: SimulatorProcess) -> None:
    channel = Channel(simulator.url)
    form = channel.exchange("POST", "/control", headers={"Content-Type": "text/plain"}, body=b"{}")
    assert form.status == 400
    for given in ({"acount": {}}, {"faults": [{"answr": "lose"}]}, {"account": {"balance": True}}):
        answer = channel.exchange(
            "POST", "/control", headers={"Content-Type": "application/json"}, body=json.dumps(given).encode()
        )
        assert answer.status == 400
