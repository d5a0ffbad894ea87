"""Reports the gateways call back with: believed only when proved, kept once, answered after they are kept.

Faults 77-82 of RELIABILITY §3.3, control W1.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sms.gateways import registry
from sms.gateways.local import sign
from sms.gateways.nhn import NhnGateway
from sms.gateways.solapi import SolapiGateway
from sms.models import Message, Receipt
from tests.flows.test_delivery import results, run, words, write
from tests.gateway_simulator import API_KEY, APP_KEY, WEBHOOK_SECRET, SimulatorProcess

pytestmark = pytest.mark.django_db
TOKEN = "t" * 32


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def simulator(running: SimulatorProcess) -> SimulatorProcess:
    running.reset()
    return running


@pytest.fixture(autouse=True)
def known(simulator: SimulatorProcess, settings: Any) -> Iterator[None]:
    settings.SMS_GATEWAY_URL, settings.SMS_REPORT_TOKEN = simulator.url, TOKEN
    settings.SMS_GATEWAY_KEY, settings.SMS_GATEWAY_SECRET = API_KEY, WEBHOOK_SECRET
    settings.SMS_NHN_APP_KEY = APP_KEY
    registry.forget()
    yield
    registry.forget()


@pytest.fixture
def nhn(settings: Any) -> NhnGateway:
    settings.SMS_GATEWAY = "nhn"
    found = registry.gateway()
    assert isinstance(found, NhnGateway)
    return found


@pytest.fixture
def solapi(settings: Any) -> SolapiGateway:
    settings.SMS_GATEWAY = "solapi"
    found = registry.gateway()
    assert isinstance(found, SolapiGateway)
    return found


def call(gateway: str, body: object, *, token: str = TOKEN, **headers: str) -> int:
    client = Client(enforce_csrf_checks=True)
    given = body if isinstance(body, bytes) else json.dumps(body).encode()
    address = reverse("sms:reports", args=[gateway, token])
    answer = client.post(address, given, content_type="application/json", headers=headers)
    assert answer.content == b""
    return answer.status_code


def hooks(*rows: dict) -> dict:
    return {"event": "MESSAGE_RESULT_UPDATE", "hooks": list(rows)}


def hook(ref: str, code: str = "1000", status: str = "COMPLETED") -> dict:
    request, _, recipient = ref.partition(":")
    return {"requestId": request, "recipientSeq": int(recipient), "messageStatus": status, "resultCode": code}


def tell(*rows: dict, signature: str = WEBHOOK_SECRET) -> int:
    return call("nhn", hooks(*rows), **{"X-Toast-Webhook-Signature": signature})


def ref_of(message: Message) -> str:
    return message.results.get().provider_ref


def test_a_report_is_kept_and_shown(nhn: NhnGateway) -> None:
    (message,) = write("9005")
    run(nhn)
    assert tell(hook(ref_of(message))) == 200
    assert words(message)[0] == "delivered"


def test_the_same_report_fifty_times_has_one_effect(nhn: NhnGateway) -> None:
    (message,) = write("9005")
    run(nhn)
    assert [tell(hook(ref_of(message)), hook(ref_of(message))) for _ in range(50)] == [200] * 50
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("order", [["1000", "3001"], ["3001", "1000"]])
def test_delivered_stands_whichever_came_first(nhn: NhnGateway, order: list[str]) -> None:
    (message,) = write("9005")
    run(nhn)
    for code in order:
        assert tell(hook(ref_of(message), code, "COMPLETED" if code == "1000" else "FAILED")) == 200
    assert words(message)[0] == "delivered"


def test_a_report_of_a_stranger_is_kept_aside(nhn: NhnGateway) -> None:
    assert tell(hook("20260101nobody:1")) == 200
    receipt = Receipt.objects.get()
    assert (receipt.message_id, receipt.gateway, receipt.provider_ref) == (None, "nhn", "20260101nobody:1")


def test_a_report_in_doubt_proves_the_acceptance(simulator: SimulatorProcess, nhn: NhnGateway) -> None:
    simulator.control(faults=[{"answer": "500"}])
    (message,) = write("9005")
    run(nhn)
    assert results(message) == [("unknown", "HTTP 500")]
    told = {**hook("20260101:1"), "recipientGropuingKey": str(message.gateway_key)}
    assert tell(told) == 200
    assert results(message)[-1] == ("accepted", "")
    assert words(message)[0] == "delivered"


@pytest.mark.parametrize("when", ["1970-01-01T00:00:00", "2199-01-01T00:00:00", "gestern", None])
def test_the_times_of_reports_decide_nothing(nhn: NhnGateway, when: str | None) -> None:
    (message,) = write("9005")
    run(nhn)
    assert tell({**hook(ref_of(message)), "receiveDate": when}) == 200
    assert words(message)[0] == "delivered"


GOOD = {"X-Toast-Webhook-Signature": WEBHOOK_SECRET}


@pytest.mark.parametrize(
    ("_case", "gateway", "token", "headers", "then"),
    [
        ("맞음", "nhn", TOKEN, GOOD, 200),
        ("다른 서명", "nhn", TOKEN, {"X-Toast-Webhook-Signature": "other"}, 403),
        ("서명 없음", "nhn", TOKEN, {}, 403),
        ("다른 주소", "nhn", "u" * 32, GOOD, 403),
        ("짧은 주소", "nhn", "t", GOOD, 403),
        ("한글 주소", "nhn", "주소", GOOD, 403),
        ("쓰지 않는 중계사", "solapi", TOKEN, GOOD, 403),
        ("모르는 중계사", "pigeon", TOKEN, GOOD, 403),
    ],
)
def test_who_is_let_in(nhn: NhnGateway, _case: str, gateway: str, token: str, headers: dict, then: int) -> None:
    assert call(gateway, hooks(hook("20260101:1")), token=token, **headers) == then
    assert Receipt.objects.count() == int(then == 200)


@pytest.mark.parametrize("token", ["", "t" * 31])
def test_without_a_long_token_of_ours_nobody_is_let_in(nhn: NhnGateway, settings: Any, token: str) -> None:
    settings.SMS_REPORT_TOKEN = token
    assert call("nhn", hooks(hook("20260101:1")), token=token or "x", **GOOD) == 403


@pytest.mark.parametrize(("_case", "size", "then"), [("64KB", 65_536, 200), ("64KB 넘음", 65_537, 413)])
def test_size(nhn: NhnGateway, _case: str, size: int, then: int) -> None:
    body = json.dumps(hooks(hook("20260101:1"))).encode().ljust(size)
    assert call("nhn", body, **GOOD) == then
    assert Receipt.objects.count() == int(then == 200)


def test_only_post(nhn: NhnGateway, client: Client) -> None:
    address = reverse("sms:reports", args=["nhn", TOKEN])
    assert [client.get(address).status_code, client.put(address).status_code] == [405, 405]


def test_what_could_not_be_kept_is_not_answered_with_200(nhn: NhnGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sms.delivery.reports._KEEP", "SELECT 1/0, %s, %s, %s, %s, %s, %s, %s, %s")
    client = Client(raise_request_exception=False)
    address = reverse("sms:reports", args=["nhn", TOKEN])
    body = json.dumps(hooks(hook("20260101:1")))
    assert client.post(address, body, content_type="application/json", headers=GOOD).status_code == 500


# Solapi signs nothing


def event(ref: str, code: str) -> list[dict]:
    group, _, message_id = ref.partition("/")
    return [{"eventDataId": "1", "data": {"messageId": message_id, "groupId": group, "statusCode": code}}]


def test_a_callback_of_solapi_is_asked_back(simulator: SimulatorProcess, solapi: SolapiGateway) -> None:
    (message,) = write("0001")
    run(solapi)
    simulator.control(advance=3)
    assert call("solapi", event(ref_of(message), "3010")) == 200
    assert words(message)[0] == "delivered"


@pytest.mark.parametrize("forged", ["4000", "3010"])
def test_a_forged_callback_of_solapi_changes_nothing(solapi: SolapiGateway, forged: str) -> None:
    (message,) = write("9005")
    run(solapi)
    assert call("solapi", event(ref_of(message), forged)) == 200
    assert call("solapi", event("G4VNOBODY/M4VNOBODY", forged)) == 200
    assert (words(message)[0], Receipt.objects.count()) == ("accepted", 0)


def test_while_solapi_is_silent_the_callback_is_to_come_again(
    simulator: SimulatorProcess, solapi: SolapiGateway
) -> None:
    (message,) = write("0001")
    run(solapi)
    simulator.control(advance=3, faults=[{"on": "reports", "answer": "500"}])
    assert call("solapi", event(ref_of(message), "4000")) == 503
    assert call("solapi", event(ref_of(message), "4000")) == 200
    assert words(message)[0] == "delivered"


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[" * 60_000])
def test_no_report_at_all(solapi: SolapiGateway, body: bytes) -> None:
    assert call("solapi", body) == 403


def test_the_simulators_own_reports_come_the_same_way(simulator: SimulatorProcess, settings: Any) -> None:
    settings.SMS_GATEWAY = "simulator"
    gateway = registry.gateway()
    (message,) = write("9005")
    run(gateway)
    body = json.dumps({"reports": [{"ref": ref_of(message), "status": "delivered", "code": "1000"}]}).encode()
    stamp = str(int(datetime.now(UTC).timestamp()))
    signed = {"X-Simulator-Timestamp": stamp, "X-Simulator-Signature": sign(WEBHOOK_SECRET, stamp, body)}
    assert call("local", body, **{**signed, "X-Simulator-Signature": "0" * 64}) == 403
    assert words(message)[0] == "accepted"
    assert call("local", body, **signed) == 200
    assert words(message)[0] == "delivered"
