"""The official `solapi` SDK against the simulator: proof that the simulator speaks Solapi's wire.

What the SDK sends and reads here is what our own adapter is judged by.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from solapi import SolapiMessageService
from solapi.error.MessageNotReceiveError import MessageNotReceivedError
from solapi.model import RequestMessage, SendRequestConfig
from solapi.model.request.groups.get_groups import GetGroupsRequest
from solapi.model.request.messages.get_messages import GetMessagesRequest

from sms.gateways.protocol import Accepted, OutgoingText, ReportStatus
from tests.gateway_simulator import API_KEY, WEBHOOK_SECRET, SimulatorProcess


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture
def simulator(running: SimulatorProcess) -> SimulatorProcess:
    running.reset()
    return running


@pytest.fixture
def sdk(simulator: SimulatorProcess) -> SolapiMessageService:
    service = SolapiMessageService(API_KEY, WEBHOOK_SECRET)
    service.base_url = simulator.url
    return service


def a_message(tail: str = "0001", key: str = "", **given: str) -> RequestMessage:
    fields = {"custom_fields": {"key": key}} if key else {}
    return RequestMessage(**{"from_": "020000000", "to": f"0100000{tail}", "text": "시험 문자", **given, **fields})


def test_one_message(simulator: SimulatorProcess, sdk: SolapiMessageService) -> None:
    key = str(uuid4())
    sent = sdk.send(a_message(key=key))
    assert (sent.group_info.count.total, sent.group_info.count.registered_success) == (1, 1)
    assert (sent.group_info.status, sent.failed_message_list) == ("SENDING", [])
    (row,) = [row for row in simulator.log() if row["key"] == key]
    assert (row["recipient"], row["sender"], row["kind"], row["text"]) == (
        "01000000001", "020000000", "sms", "시험 문자",
    )  # fmt: skip


def test_many_messages_some_refused(simulator: SimulatorProcess, sdk: SolapiMessageService) -> None:
    keys = [str(uuid4()) for _ in range(4)]
    tails = ["0001", "0002", "9010", "0002"]
    config = SendRequestConfig(show_message_list=True)
    sent = sdk.send([a_message(tail, key) for tail, key in zip(tails, keys, strict=True)], config)
    assert [row.status_code for row in sent.message_list or []] == ["2000", "2000", "1013", "1026"]
    assert [row.custom_fields for row in sent.message_list or []] == [{"key": key} for key in keys]
    failed = sent.failed_message_list or []
    assert [(row.to, row.status_code) for row in failed] == [("01000009010", "1013"), ("01000000002", "1026")]
    taken = [row["key"] for row in simulator.log()]
    assert [taken.count(key) for key in keys] == [1, 1, 0, 0]


def test_the_same_number_twice_where_it_is_allowed(simulator: SimulatorProcess, sdk: SolapiMessageService) -> None:
    config = SendRequestConfig(allow_duplicates=True)
    sent = sdk.send([a_message("0002"), a_message("0002")], config)
    assert (sent.group_info.count.registered_success, sent.group_info.allow_duplicates) == (2, True)


def test_none_registered(simulator: SimulatorProcess, sdk: SolapiMessageService) -> None:
    with pytest.raises(MessageNotReceivedError) as error:
        sdk.send(a_message("9010"))
    assert [row.status_code for row in error.value.failed_messages] == ["1013"]


def test_a_long_text_becomes_an_lms_by_itself(simulator: SimulatorProcess, sdk: SolapiMessageService) -> None:
    key = str(uuid4())
    sdk.send(a_message(key=key, text="가" * 46))
    assert [row["kind"] for row in simulator.log() if row["key"] == key] == ["lms"]


def test_lists_show_what_became_of_it(simulator: SimulatorProcess, sdk: SolapiMessageService) -> None:
    sent = sdk.send([a_message("0001"), a_message("9001"), a_message("9005")])
    group = sent.group_info.group_id
    simulator.control(advance=3)
    in_group = sdk.get_group_messages(group).message_list
    assert sorted(row.status_code or "" for row in in_group.values()) == ["3000", "3010", "4000"]
    found = sdk.get_messages(GetMessagesRequest(message_id=next(iter(in_group))))
    assert list(found.message_list) == [next(iter(in_group))]
    assert sdk.get_group(group).status == "SENDING"
    assert sdk.get_balance().balance == 999_999_970


@pytest.mark.parametrize(
    ("_case", "key", "secret", "account", "then"),
    [
        ("모르는 키", "other", WEBHOOK_SECRET, {}, "InvalidAPIKey"),
        ("틀린 비밀", API_KEY, "other", {}, "SignatureDoesNotMatch"),
        ("정지된 계정", API_KEY, WEBHOOK_SECRET, {"suspended": True}, "InvalidAPIKey"),
        ("시각 오차", API_KEY, WEBHOOK_SECRET, {"skewed_clock": True}, "RequestTimeTooSkewed"),
        ("잔액 0", API_KEY, WEBHOOK_SECRET, {"balance": 0}, "NotEnoughBalance"),
        ("요청 과다", API_KEY, WEBHOOK_SECRET, {"too_many": True}, "TooManyRequests"),
    ],
)
def test_refusals_come_in_the_words_the_sdk_reads(
    simulator: SimulatorProcess, _case: str, key: str, secret: str, account: dict, then: str
) -> None:
    simulator.control(account=account)
    service = SolapiMessageService(key, secret)
    service.base_url = simulator.url
    with pytest.raises(Exception, match=then) as error:
        service.send(a_message())
    assert error.value.args[0] == then


def test_our_adapter_and_the_sdk_see_the_same_message(
    simulator: SimulatorProcess, sdk: SolapiMessageService
) -> None:
    key = str(uuid4())
    text = OutgoingText(key, "01000000001", "020000000", "sms", "", "[설비공제]시험 문자")
    outcome = simulator.solapi().send(uuid4(), [text])[key]
    assert isinstance(outcome, Accepted)
    group, _, message_id = outcome.provider_ref.partition("/")
    (theirs,) = sdk.get_messages(GetMessagesRequest(group_id=group)).message_list.values() or [None]
    assert theirs is not None
    assert (theirs.message_id, theirs.custom_fields) == (message_id, {"key": key})
    (report,) = simulator.solapi().reports([outcome.provider_ref])
    assert (report.key, report.status, theirs.status_code) == (key, ReportStatus.PENDING, "3000")


def test_groups_of_ours_are_read_by_the_sdk(simulator: SimulatorProcess, sdk: SolapiMessageService) -> None:
    group = simulator.solapi().open_group()
    assert isinstance(group, str)
    assert (sdk.get_group(group).status, sdk.get_group(group).allow_duplicates) == ("PENDING", True)
    assert GetGroupsRequest(group_id=group).group_id == group
