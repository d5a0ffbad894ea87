"""R, the sealed R, the resident number, the key and its password: in no table, log line or task argument."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from celery import current_app
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connection
from django.test import Client

from certificates.actions.waiting import finish_parked
from certificates.minting.folders import DEMO_PASSWORD
from certificates.minting.keyfiles import Scheme, write_key_file
from certificates.minting.leaves import Leaf
from certificates.models import Replacement
from portal.access import Actor
from portal.members.roles import Role
from sms import outbox
from tests.factories import make_user
from tests.flows.certificate_visits import (
    LOGIN,
    NEW,
    OLD,
    asked,
    b64,
    make_holder,
    make_trust,
    registered,
    sent,
    signed,
    take_list,
)
from tests.pages.actors import new_browser
from tests.rules.certificates.world import AT, RESIDENT, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, from DEBUG on, unmasked: here nothing may need the mask."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def spellings(data: bytes) -> list[str]:
    """How bytes could stand in a text, a JSON column or a dump of a binary column."""
    return [data.hex(), data.hex().upper(), b64(data).rstrip("="), repr(data)[2:-1]]


def secrets_of(leaf: Leaf, sealed: str) -> list[str]:
    key = leaf.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    prime = leaf.key.private_numbers().p
    file = write_key_file(leaf.key, DEMO_PASSWORD.encode(), Scheme.PBE_SEED, random=leaf.random)
    whole = [leaf.random, key[-64:], prime.to_bytes((prime.bit_length() + 7) // 8, "big")[:32], file[-64:]]
    return [sealed[:64], *(text for data in whole for text in spellings(data)), str(prime)[:40]]


def database() -> str:
    """Every row of every table as text, binary columns as hexadecimal."""
    with connection.cursor() as cursor:
        cursor.execute("SET bytea_output = 'hex'")
        rows = []
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [row[0] for row in cursor.fetchall()]
    return "\n".join(rows)


def found(haystack: str, needles: list[str]) -> list[str]:
    return [needle for needle in needles if needle in haystack]


def visit(browser: Client, leaf: Leaf, at: str, **given: Any) -> tuple[dict[str, Any], list[str]]:
    """One signature sent twice, the second time damaged: secrets that were on the way."""
    resident = given.pop("resident", "")
    body = signed(asked(browser, at=at, **given), leaf, resident=resident)
    answer = sent(browser, body, at).json()
    sent(browser, {**body, "signature": "AAAA"}, at)
    return answer, secrets_of(leaf, body["sealedRandom"])


def test_nothing_secret_is_left_anywhere(log: io.StringIO, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CERTIFICATE_RESIDENT_NUMBER_BASIS = "시험법 제1조"
    tasks: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda *args, **options: tasks.append(f"{args} {options}"))
    outbox._ringing.acquire(timeout=5)
    outbox._ringing.release()
    secrets: list[str] = [DEMO_PASSWORD, RESIDENT, f"{RESIDENT[:6]}-{RESIDENT[6:]}"]
    with time_machine.travel(AT, tick=False):
        make_trust()
        member = make_holder()
        registered(member, OLD, valid_until_at=AT.replace(year=2025))
        make_user(Role.MEMBER_REP, member=member)
        answer, more = visit(new_browser(), NEW, "/cyber/certificate/")  # waits: no list yet
        secrets += more
        assert "next" in answer
        take_list()
        row = Replacement.everything.get()
        assert row.state == "parked"
        finish_parked(replacement_id=row.pk, by=Actor.system("시험"), at=AT)
        answer, more = visit(new_browser(), NEW, LOGIN)
        secrets += more
        assert answer == {"next": "/"}
        own = world().faults["representative"].leaf
        answer, more = visit(new_browser(), own, "/cyber/certificate/", by_resident_number="on", resident=RESIDENT)
        secrets += more
        assert answer["code"] == "OLD_CERT_STILL_VALID"
        answer, more = visit(new_browser(), world().faults["other-number"].leaf, "/cyber/certificate/")
        secrets += more
        assert answer["code"] == "VID_MISMATCH"
    dump = database()
    assert Replacement.everything.get().evidence.cert_sha256 in dump  # the dump does hold what was kept
    assert bytes(row.evidence.signature).hex() in dump
    assert found(dump, secrets) == []
    assert found(log.getvalue(), secrets) == []
    assert found("\n".join(tasks), secrets) == []


def test_a_private_key_that_is_sent_is_not_kept(log: io.StringIO) -> None:
    key = write_key_file(NEW.key, DEMO_PASSWORD.encode(), Scheme.PBE_SEED, random=NEW.random)
    with time_machine.travel(AT, tick=False):
        make_trust()
        make_holder()
        browser = new_browser()
        body = signed(asked(browser), NEW)
        refused = sent(browser, {**body, "certificate": b64(key)})
        assert refused.json()["code"] == "PRIVATE_KEY_UPLOADED"
    needles = [b64(key)[100:164], key.hex()[200:264]]
    assert found(database() + log.getvalue(), needles) == []
