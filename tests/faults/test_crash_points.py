"""One kill at every `crashpoint()` of the delivery, at its first, its second and its last pass, for each kind of
gateway: one that knows our keys (`key`), one that can only be asked (`look_up`), one that cannot even be asked
(`neither`), the two vendors, and e-mail.

A crash point that no test knows fails the completeness test.
"""

import ast
import signal
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from sms.gateways.local import LocalGateway
from sms.gateways.protocol import Gateway
from sms.models import Channel
from tests.faults.children import Nursery
from tests.faults.delivery_worker import Forgetful
from tests.faults.invariants import believed_but_not_accepted, broken
from tests.faults.outbox import Texts, recover
from tests.gateway_simulator import SimulatorProcess
from tests.structure.sources import calls

DELIVERY = ("after_claim", "before_call", "after_call", "in_settle", "after_settle")
GROUPS = ("group_open", "group_kept")
POINTS = {
    "key": DELIVERY,
    "look_up": DELIVERY,
    "neither": DELIVERY,
    "nhn": DELIVERY,
    "solapi": (*DELIVERY, *GROUPS),
    "mail": DELIVERY,
}
ONE_A_MESSAGE = {("mail", "before_call"), ("mail", "after_call")}
# Where nobody can be asked, and only between the claim and the written answer, a person must look.
DOUBTFUL = ("after_claim", "before_call", "after_call", "in_settle")
SOON = timedelta(milliseconds=1)  # the quarantine is another test's; time passes here by `pass_time`
FOLDER = Path(__file__).parent


def cases() -> list[Any]:
    """Nine messages in three batches: the last pass is the third, or the ninth of what is done one by one."""
    return [
        pytest.param(kind, point, hit, id=f"{kind}-{point}-{hit}")
        for kind, points in POINTS.items()
        for point in points
        for hit in (1, 2, 9 if (kind, point) in ONE_A_MESSAGE else 3)
    ]


def gateway_of(kind: str, phones: SimulatorProcess) -> Gateway:
    match kind:
        case "solapi":
            return phones.solapi(quarantine=SOON)
        case "nhn":
            return phones.nhn(quarantine=SOON)
        case _:
            return phones.gateway(quarantine=SOON, supports_lookup=kind != "neither")


def killed_worker(nursery: Nursery, phones: SimulatorProcess, kind: str, texts: Texts, **told: str) -> None:
    wire = {"neither": {"LOOK_UP": "0"}, "solapi": {"GATEWAY": "solapi"}, "nhn": {"GATEWAY": "nhn"}}.get(kind, {})
    started = {"GATEWAY_URL": phones.url, "STARTED_AT": texts.written_at.isoformat()}
    worker = nursery.start("tests.faults.delivery_worker:main", **started, **wire, **told)
    assert worker.wait(timeout=30) == -signal.SIGKILL, worker.said()


@pytest.mark.faults
@pytest.mark.parametrize(("kind", "point", "hit"), cases())
def test_killed_at_this_point(
    nursery: Nursery, phones: SimulatorProcess, settings: Any, tmp_path: Path, kind: str, point: str, hit: int
) -> None:
    """fault-3 and fault-4 are `after_call`, the gateway having answered; fault-5 is `in_settle`."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    phones.control(account={"honours_keys": kind == "key"})
    texts = Texts(9, channel=Channel.EMAIL if kind == "mail" else Channel.SMS, at_once=3)
    killed_worker(nursery, phones, kind, texts, PORTAL_CRASH_AT=f"{point}:{hit}", MAIL_DIR=str(tmp_path))
    recover(gateway_of(kind, phones))
    held = 3 if kind == "neither" and point in DOUBTFUL else 0
    assert texts.held() == held
    assert texts.ends() == +Counter(accepted=9 - held, open=held)
    assert broken() == {}
    if kind == "mail":
        assert_letters(tmp_path, twice=1 if point == "after_call" else 0)
        return
    assert believed_but_not_accepted(phones) == []
    asked_for_nothing = held and point in ("after_claim", "before_call")
    assert texts.times_accepted(phones) == (Counter({1: 6, 0: 3}) if asked_for_nothing else Counter({1: 9}))


def assert_letters(folder: Path, *, twice: int) -> None:
    """Everybody has a letter; the one that was in doubt has two, which say that they are the same."""
    pieces = [
        piece for file in folder.glob("*.log") for piece in file.read_bytes().split(b"\n" + b"-" * 79 + b"\n")
    ]
    letters = [message_from_bytes(piece) for piece in pieces if piece.strip()]
    found = Counter((letter["To"], letter["Message-ID"]) for letter in letters)
    assert sorted(found.values()) == [1] * (9 - twice) + [2] * twice


@pytest.mark.faults
@pytest.mark.parametrize("point", ["after_call", "in_settle"])
def test_the_table_finds_out_who_sends_again_blindly(
    nursery: Nursery, phones: SimulatorProcess, point: str
) -> None:
    """The mutant takes every doubt for "never seen"."""
    texts = Texts(9, at_once=3)
    killed_worker(nursery, phones, "look_up", texts, PORTAL_CRASH_AT=f"{point}:1")
    usual = gateway_of("look_up", phones)
    assert isinstance(usual, LocalGateway)
    forgetful = Forgetful(usual.channel, usual.api_key, usual.webhook_secret, quarantine=SOON)
    recover(forgetful)
    assert texts.times_accepted(phones) == Counter({1: 6, 2: 3})


def test_every_crash_point_has_its_rows() -> None:
    """A name in no row of the table and in no other fault test (`name:pass`) is a point nobody has died at."""
    inside = {
        call.args[0].value
        for _path, name, call in calls()
        if name.rpartition(".")[2] == "crashpoint" and call.args and isinstance(call.args[0], ast.Constant)
    }
    rows = {point for points in POINTS.values() for point in points}
    elsewhere = {
        node.value.partition(":")[0]
        for file in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert inside - rows - elsewhere == set()
    assert rows - inside == set()
