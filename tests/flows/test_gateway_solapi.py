"""Solapi's adapter against the simulator's Solapi wire: every step of the group flow may fail on its own.

Before the last step nothing is in doubt, since nothing leaves; after it the group is asked, and one that was not
sent is deleted before it counts as never seen. Faults: RELIABILITY §3.3 E and F.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from portal import clock
from sms.gateways.protocol import (
    Accepted,
    ErrorClass,
    ForgedReport,
    GatewayDown,
    Grouped,
    LookUpFailed,
    Outcome,
    OutgoingText,
    Refused,
    ReportStatus,
    Unknown,
)
from sms.gateways.solapi import SolapiGateway
from sms.gateways.solapi_auth import sign
from sms.gateways.transport import Channel
from tests.flows.test_gateway_local import QUICK, Receiver, a_text, send_one, times_accepted, wait_for
from tests.gateway_simulator import API_KEY, WEBHOOK_SECRET, SimulatorProcess

TEMPORARY = ErrorClass.TEMPORARY
ACCEPTED = "accepted"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture(scope="module")
def running(receiver: Receiver) -> Iterator[SimulatorProcess]:
    with SimulatorProcess(webhook=receiver.url, wire="solapi") as simulator:
        yield simulator


@pytest.fixture
def simulator(running: SimulatorProcess) -> SimulatorProcess:
    running.reset()
    return running


@pytest.fixture
def gateway(simulator: SimulatorProcess) -> SolapiGateway:
    return simulator.solapi(limits=QUICK)


def begun(text: str) -> Refused:
    return Refused(TEMPORARY, "not_begun", text, permanent=False)


def opened(gateway: SolapiGateway) -> str:
    group = gateway.open_group()
    assert isinstance(group, str), group
    return group


def test_it_is_asked_by_group() -> None:
    assert isinstance(SolapiGateway(Channel("http://127.0.0.1:1"), "k", "s", clock.now), Grouped)


@pytest.mark.parametrize(
    ("_case", "tail", "then", "accepted", "after", "report"),
    [
        ("전달, 2초", "0001", ACCEPTED, 1, 2, ("delivered", "4000", None)),
        ("아직 1초", "0001", ACCEPTED, 1, 1, ("pending", "3000", None)),
        ("없는 번호", "9001", ACCEPTED, 1, 2, ("undelivered", "3010", ErrorClass.BAD_NUMBER)),
        ("전원 꺼짐", "9002", ACCEPTED, 1, 2, ("undelivered", "3042", TEMPORARY)),
        ("스팸 차단", "9003", ACCEPTED, 1, 2, ("undelivered", "3054", ErrorClass.SPAM_BLOCK)),
        ("080 수신거부", "9004", ACCEPTED, 1, 2, ("undelivered", "3047", ErrorClass.REFUSED)),
        ("결과가 오지 않음", "9005", ACCEPTED, 1, 864_000, ("pending", "3000", None)),
        ("실패 뒤", "9007", ACCEPTED, 1, 2, ("undelivered", "3042", TEMPORARY)),
        ("실패 뒤 전달", "9007", ACCEPTED, 1, 4, ("delivered", "4000", None)),
        ("접수하고 500", "9008", Unknown("HTTP 500"), 1, 2, ("delivered", "4000", None)),
        ("접수하고 끊음", "9009", Unknown("ReadError"), 1, 2, ("delivered", "4000", None)),
        ("접수에서 거절", "9010",
         Refused(ErrorClass.CONTENT, "1013", "휴대전화 번호가 아닙니다", permanent=True), 0, 2, None),
        ("답보다 먼저 결과", "9011", ACCEPTED, 1, 0, ("delivered", "4000", None)),
        ("25시간", "9012", ACCEPTED, 1, 90_000, ("delivered", "4000", None)),
    ],
)  # fmt: skip
def test_magic_recipient(
    simulator: SimulatorProcess, gateway: SolapiGateway,
    _case: str, tail: str, then: object, accepted: int, after: int, report: tuple | None,
) -> None:  # fmt: skip
    text, group = a_text(tail), opened(gateway)
    outcome = gateway.send_group(group, [text])[text.key]
    if then == ACCEPTED:
        assert isinstance(outcome, Accepted)
        assert outcome.provider_ref.startswith(f"{group}/M4V")
    else:
        assert outcome == then
    assert times_accepted(simulator, text) == [accepted]
    simulator.control(advance=after)
    found = gateway.look_up_group(group, [text.key])[text.key]
    assert report == (None if found is None else (found.status, found.code, found.error_class))


ALL, NONE = 1, 0
LAST: list[tuple[str, dict, Outcome, int]] = [
    ("58 접수하고 답 없음", {"answer": "lose", "seconds": 3}, Unknown("ReadTimeout"), ALL),
    ("59 접수 않고 답 없음", {"answer": "lose", "seconds": 3, "accept": "none"}, Unknown("ReadTimeout"), NONE),
    ("62 접수하고 500", {"answer": "500"}, Unknown("HTTP 500"), ALL),
    ("62 접수 않고 500", {"answer": "500", "accept": "none"}, Unknown("HTTP 500"), NONE),
    ("502", {"answer": "502"}, Unknown("HTTP 502"), ALL),
    ("63 429", {"answer": "429", "seconds": 30},
     Refused(TEMPORARY, "TooManyRequests", "요청이 너무 많습니다", False, timedelta(seconds=30)), NONE),
    ("64 503", {"answer": "503", "seconds": 60},
     Refused(TEMPORARY, "ServiceUnavailable", "점검 중입니다", False, timedelta(seconds=60)), NONE),
    ("중간 서버의 503", {"answer": "503_bare"}, Unknown("HTTP 503"), ALL),
    ("65 깨진 답", {"answer": "garble"}, Unknown("answer not understood"), ALL),
    ("65 HTML", {"answer": "html"}, Unknown("answer not understood"), ALL),
    ("65 빈 답", {"answer": "empty"}, Unknown("answer not understood"), ALL),
    ("65 다른 문자셋", {"answer": "charset"}, Unknown("answer not understood"), ALL),
    ("잘린 답", {"answer": "cut"}, Unknown("RemoteProtocolError"), ALL),
    ("끊긴 답", {"answer": "reset"}, Unknown("ReadError"), ALL),
    ("74 다른 곳으로", {"answer": "redirect"}, Unknown("HTTP 302"), ALL),
    ("75 인증키 바뀜", {"answer": "401"}, GatewayDown("InvalidAPIKey", "인증키가 맞지 않습니다"), NONE),
    ("72 잔액 0", {"answer": "402"}, GatewayDown("NotEnoughBalance", "잔액이 부족합니다"), NONE),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "fault", "then", "accepted"), LAST, ids=[row[0] for row in LAST])
def test_fault_of_the_last_step(
    simulator: SimulatorProcess, gateway: SolapiGateway, _case: str, fault: dict, then: Outcome, accepted: int
) -> None:
    group, text = opened(gateway), a_text()
    simulator.control(faults=[fault])
    assert gateway.send_group(group, [text]) == {text.key: then}
    assert times_accepted(simulator, text) == [accepted]
    found = gateway.look_up_group(group, [text.key])[text.key]
    assert (found is not None) == (accepted == 1)


@pytest.mark.parametrize("step", ["group", "register"])
@pytest.mark.parametrize(
    ("_case", "fault", "then"),
    [
        ("답 없음", {"answer": "lose", "seconds": 3}, "ReadTimeout"),
        ("500", {"answer": "500"}, "HTTP 500"),
        ("끊김", {"answer": "reset"}, "ReadError"),
        ("깨진 답", {"answer": "garble"}, "HTTP 200"),
        ("HTML", {"answer": "html"}, "HTTP 200"),
        ("503", {"answer": "503"}, "ServiceUnavailable"),
        ("429", {"answer": "429"}, "TooManyRequests"),
    ],
)
def test_trouble_before_the_last_step_is_no_doubt(
    simulator: SimulatorProcess, gateway: SolapiGateway, step: str, _case: str, fault: dict, then: str
) -> None:
    simulator.control(faults=[{"on": step, **fault}])
    text = a_text()
    outcome = send_one(gateway, text)
    assert isinstance(outcome, Refused)
    assert (outcome.error_class, outcome.permanent) == (TEMPORARY, False)
    assert then in f"{outcome.code} {outcome.text}"
    assert times_accepted(simulator, text) == [0]


@pytest.mark.parametrize(
    ("_case", "account", "then"),
    [
        ("잔액 0", {"balance": 0}, GatewayDown("NotEnoughBalance", "잔액이 부족합니다")),
        ("미등록 발신번호", {"senders": ["020000001"]}, GatewayDown("1062", "등록되지 않은 발신번호입니다")),
        ("계약 정지", {"suspended": True}, GatewayDown("InvalidAPIKey", "인증키가 맞지 않습니다")),
        ("시각 오차", {"skewed_clock": True}, GatewayDown("RequestTimeTooSkewed", "요청 시각이 맞지 않습니다")),
        ("요청 과다", {"too_many": True, "retry_after": 7},
         Refused(TEMPORARY, "TooManyRequests", "요청이 너무 많습니다", False, timedelta(seconds=7))),
    ],
)  # fmt: skip
def test_switch_of_the_account(
    simulator: SimulatorProcess, gateway: SolapiGateway, _case: str, account: dict, then: Outcome
) -> None:
    simulator.control(account=account)
    texts = [a_text(), a_text()]
    assert gateway.send(uuid4(), texts) == {text.key: then for text in texts}
    assert times_accepted(simulator, *texts) == [0, 0]


@pytest.mark.parametrize(
    ("_case", "minutes", "then"),
    [
        ("14분 늦은 시계", -14, None), ("14분 빠른 시계", 14, None),
        ("16분 늦은 시계", -16, "RequestTimeTooSkewed"), ("16분 빠른 시계", 16, "RequestTimeTooSkewed"),
    ],
)  # fmt: skip
def test_our_own_clock_is_wrong(simulator: SimulatorProcess, _case: str, minutes: int, then: str | None) -> None:
    gateway = simulator.solapi(limits=QUICK, now=lambda: clock.now() + timedelta(minutes=minutes))
    outcome = send_one(gateway, a_text())
    assert (outcome.code if isinstance(outcome, GatewayDown) else None) == then


@pytest.mark.parametrize("header", ["apiKey={}, date={}", "ApiKey={}, Date={}", "APIKEY={}, DATE={}"])
def test_header_names_are_read_without_case_and_a_signature_once(
    simulator: SimulatorProcess, gateway: SolapiGateway, header: str
) -> None:
    signed: list[str] = []

    def remember(channel: Channel, path: str) -> int:
        headers = {"Authorization": signed[0], "Content-Type": "application/json"}
        return channel.exchange("GET", path, headers=headers).status

    date, salt = clock.now().isoformat(), uuid4().hex
    from_date = header.format(API_KEY, date)
    signed.append(f"HMAC-SHA256 {from_date}, salt={salt}, signature={signature(date, salt)}")
    assert remember(gateway.channel, "/cash/v1/balance") == 200
    assert remember(gateway.channel, "/cash/v1/balance") == 403


def signature(date: str, salt: str) -> str:
    return sign(WEBHOOK_SECRET, date, salt)


def test_two_texts_to_one_phone_are_no_duplicates(simulator: SimulatorProcess, gateway: SolapiGateway) -> None:
    texts = [a_text("0007"), a_text("0007", text="[설비공제]다른 보증")]
    assert {type(outcome) for outcome in gateway.send(uuid4(), texts).values()} == {Accepted}
    assert times_accepted(simulator, *texts) == [1, 1]


def test_what_is_sent_arrives_unchanged(simulator: SimulatorProcess, gateway: SolapiGateway) -> None:
    text = a_text(kind="lms", subject="안내", text="가" * 1000)
    send_one(gateway, text)
    (row,) = [row for row in simulator.log() if row["key"] == text.key]
    assert (row["kind"], row["subject"], row["text"]) == ("lms", "안내", "가" * 1000)


def test_partial_answer_to_the_registration(simulator: SimulatorProcess, gateway: SolapiGateway) -> None:
    """66: some refused for now, some missing; the group goes all the same, the missing ones are asked about."""
    texts, group = [a_text(f"00{n:02d}") for n in range(10)], opened(gateway)
    simulator.control(faults=[{"on": "register", "refuse": 3, "drop": 2, "alien": 4}])
    outcomes = gateway.send_group(group, texts)
    assert [type(outcomes[text.key]) for text in texts] == [Refused] * 3 + [Accepted] * 5 + [Unknown] * 2
    assert times_accepted(simulator, *texts) == [0] * 3 + [1] * 7
    found = gateway.look_up_group(group, [text.key for text in texts])
    assert [found[text.key] is not None for text in texts] == [False] * 3 + [True] * 7


def test_one_reference_for_two_messages_proves_neither(
    simulator: SimulatorProcess, gateway: SolapiGateway
) -> None:
    simulator.control(faults=[{"on": "register", "shared_ref": True}])
    texts = [a_text("0001"), a_text("0002")]
    outcomes = gateway.send(uuid4(), texts)
    assert set(outcomes.values()) == {begun("nothing registered")}
    assert times_accepted(simulator, *texts) == [0, 0]


def test_sending_a_group_twice_answers_already_sent(simulator: SimulatorProcess, gateway: SolapiGateway) -> None:
    group, text = opened(gateway), a_text()
    gateway.send_group(group, [text])
    again = gateway._ask(gateway.channel, "POST", f"/messages/v4/groups/{group}/send")
    assert (again.status, json.loads(again.body)["errorCode"]) == (400, "AlreadySent")
    assert gateway._send(group, float("inf")) is None
    assert times_accepted(simulator, text) == [1]


def test_a_group_in_doubt_is_deleted_before_it_counts_as_never_seen(
    simulator: SimulatorProcess, gateway: SolapiGateway
) -> None:
    """60: the last step was held up on its way. After the deletion it comes too late, however late it comes."""
    group, text = opened(gateway), a_text()
    simulator.control(faults=[{"answer": "lose", "seconds": 2, "accept": "late", "late": 30}])
    assert gateway.send_group(group, [text]) == {text.key: Unknown("ReadTimeout")}
    assert gateway.look_up_group(group, [text.key]) == {text.key: None}
    simulator.control(advance=60)
    assert times_accepted(simulator, text) == [0]
    assert gateway._send(group, float("inf")) == Refused(
        TEMPORARY, "DeletedGroup", "DeletedGroup", permanent=False
    )
    assert gateway.look_up_group(group, [text.key]) == {text.key: None}


@pytest.mark.parametrize(
    ("_case", "control"),
    [
        ("조회 꺼짐", {"account": {"look_up": "off"}}),
        ("조회가 500", {"faults": [{"on": "look_up", "answer": "500"}]}),
        ("조회 답 없음", {"faults": [{"on": "look_up", "answer": "lose", "seconds": 2}]}),
        ("조회 답 깨짐", {"faults": [{"on": "look_up", "answer": "garble"}]}),
        ("목록이 모자람", {"faults": [{"on": "reports", "drop": 1}]}),
        ("삭제를 거절: 실은 나갔다", {"account": {"look_up": "lie"}}),
    ],
)
def test_look_up_that_proves_nothing(
    simulator: SimulatorProcess, gateway: SolapiGateway, _case: str, control: dict
) -> None:
    group, text = opened(gateway), a_text()
    gateway.send_group(group, [text])
    simulator.control(**control)
    with pytest.raises(LookUpFailed):
        gateway.look_up_group(group, [text.key])


def test_an_unknown_group_proves_nothing(gateway: SolapiGateway) -> None:
    with pytest.raises(LookUpFailed, match="ResourceNotFound"):
        gateway.look_up_group("G4VNOSUCHGROUP", [str(uuid4())])


def test_without_its_group_a_message_is_looked_for_in_the_list(
    simulator: SimulatorProcess, gateway: SolapiGateway
) -> None:
    sent, unsent, never = a_text("0001"), a_text("0002"), str(uuid4())
    send_one(gateway, sent)
    simulator.control(faults=[{"answer": "500", "accept": "none"}])
    send_one(gateway, unsent)
    found = simulator.solapi().look_up([sent.key, unsent.key, never])
    assert [found[key] is not None for key in (sent.key, unsent.key, never)] == [True, False, False]


def test_reports_by_reference(simulator: SimulatorProcess, gateway: SolapiGateway) -> None:
    texts = [a_text("0001"), a_text("9001"), a_text("9005")]
    outcomes = simulator.solapi().send(uuid4(), texts)
    refs = [outcomes[text.key].provider_ref for text in texts]
    simulator.control(advance=2)
    found = {report.provider_ref: report.status for report in gateway.reports([*refs, "no-such", "G4VX/M4VX"])}
    assert [found.get(ref) for ref in refs] == [
        ReportStatus.DELIVERED, ReportStatus.UNDELIVERED, ReportStatus.PENDING,
    ]  # fmt: skip
    assert len(found) == 3
    (one,) = gateway.reports(refs[:1])
    assert (one.key, one.at is not None) == (texts[0].key, True)


def test_thousand_messages_over_several_pages(simulator: SimulatorProcess) -> None:
    texts = [a_text(f"{number:04d}") for number in range(1000)]
    gateway = simulator.solapi()
    group = opened(gateway)
    outcomes = gateway.send_group(group, texts)
    assert {type(outcome) for outcome in outcomes.values()} == {Accepted}
    assert set(times_accepted(simulator, *texts)) == {1}
    assert None not in gateway.look_up_group(group, [text.key for text in texts]).values()


def test_balance_and_health(simulator: SimulatorProcess, gateway: SolapiGateway) -> None:
    simulator.control(account={"balance": 45})
    send_one(gateway, a_text())
    assert (gateway.balance(), gateway.health().usable) == (35, True)
    simulator.control(account={"balance": 0})
    assert (gateway.health().usable, gateway.health().reason) == (False, "NotEnoughBalance")
    nobody = SolapiGateway(Channel("http://127.0.0.1:1", QUICK), API_KEY, "x", clock.now)
    assert nobody.health().usable is False
    assert send_one(nobody, a_text()) == begun("group: ConnectError")


@pytest.mark.parametrize(
    ("_case", "texts"),
    [("빈 묶음", []), ("1,001건", [a_text()] * 1001), ("같은 열쇠 두 번", [a_text()] * 2)],
)
def test_batch_that_cannot_be_sent(gateway: SolapiGateway, _case: str, texts: list[OutgoingText]) -> None:
    with pytest.raises(ValueError, match="1-1000"):
        gateway.send(uuid4(), texts)


# Callbacks


def told(gateway: SolapiGateway, calls: list[tuple[dict[str, str], bytes]]) -> list[tuple[str | None, str]]:
    found = [report for call in calls for report in gateway.parse_webhook(*call, at=datetime.now(UTC))]
    return [(report.key, report.status) for report in found]


@pytest.mark.parametrize(("_case", "tail", "calls"), [("한 번", "0001", 1), ("세 번", "9006", 3)])
def test_a_callback_is_asked_back(
    simulator: SimulatorProcess, gateway: SolapiGateway, receiver: Receiver, _case: str, tail: str, calls: int
) -> None:
    text = a_text(tail)
    send_one(gateway, text)
    simulator.control(advance=2)
    wait_for(lambda: len(receiver.about(text.key)) >= calls)
    reports = told(gateway, receiver.about(text.key))
    assert [status for key, status in reports if key == text.key] == ["delivered"] * calls


def test_a_refused_callback_comes_up_to_five_times(
    simulator: SimulatorProcess, gateway: SolapiGateway, receiver: Receiver
) -> None:
    simulator.control(advance=3600)
    receiver.statuses = [500] * 5
    text = a_text()
    send_one(gateway, text)
    for _ in range(8):
        simulator.control(advance=10)
    retries = [json.loads(body)[0]["retryCount"] for _headers, body in receiver.about(text.key)]
    assert retries == [0, 1, 2, 3, 4]
    receiver.statuses = []


def test_a_forged_callback_changes_nothing(simulator: SimulatorProcess, gateway: SolapiGateway) -> None:
    """It says "delivered" of a message whose carrier has not answered: Solapi is asked, and says what is true."""
    text = a_text("9005")
    outcome = send_one(gateway, text)
    assert isinstance(outcome, Accepted)
    group, _, message_id = outcome.provider_ref.partition("/")
    data: dict[str, Any] = {"messageId": message_id, "groupId": group, "statusCode": "4000"}
    body = json.dumps([{"data": data}, {"data": {**data, "messageId": "M4VFORGED"}}, {"data": 3}, 4]).encode()
    assert told(gateway, [({}, body)]) == [(text.key, "pending")]


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b'{"data": []}', b"[" * 100_000])
def test_no_callback_at_all(gateway: SolapiGateway, body: bytes) -> None:
    with pytest.raises(ForgedReport):
        gateway.parse_webhook({}, body, datetime.now(UTC))


def test_a_callback_while_solapi_is_silent(simulator: SimulatorProcess, gateway: SolapiGateway) -> None:
    simulator.control(faults=[{"on": "reports", "answer": "500"}])
    data = {"messageId": "M4VX", "groupId": "G4VX", "statusCode": "4000"}
    with pytest.raises(LookUpFailed):
        gateway.parse_webhook({}, json.dumps([{"data": data}]).encode(), datetime.now(UTC))
