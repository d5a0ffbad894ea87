"""Where the authority has a responder and lists are missing, nothing waits that the responder can answer."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction

from certificates import tasks
from certificates.actions.refreshing import finish_parked
from certificates.minting.leaves import Leaf
from certificates.models import Replacement
from portal.access import Actor
from portal.members.models import Member
from portal.members.roles import Role
from tests.factories import make_user
from tests.flows.certificate_visits import (
    LOGIN,
    NEW,
    OLD,
    asked,
    make_holder,
    make_trust,
    registered,
    replaced_by,
    sent,
    serial,
    signed,
    states,
    take_list,
)
from tests.flows.ocsp_responder import responder, switch_on
from tests.pages.actors import new_browser
from tests.rules.certificates.world import AT, world

pytestmark = pytest.mark.django_db
TASK = Actor.system("시험")


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):  # Monday 2026-11-23
        yield


def parked(member: Member) -> Replacement:
    """The new certificate proven while nobody could say whether it is revoked; the old one's key signed."""
    registered(member, OLD)
    assert replaced_by(NEW, old=OLD).status_code == 200
    row = Replacement.everything.get()
    assert row.state == "parked"
    return row


def number(leaf: Leaf) -> int:
    return leaf.certificate.serial_number


@pytest.mark.parametrize(
    ("_case", "revoked", "state", "code", "then"),
    [
        ("둘 다 유효", (), "done", "", [(OLD, "replaced"), (NEW, "active")]),
        ("새것이 폐지됨", (NEW,), "refused", "REVOKED", [(OLD, "active")]),
        ("옛것이 폐지됨", (OLD,), "done", "", [(OLD, "replaced"), (NEW, "active")]),
    ],
)
def test_a_parked_request_is_finished_by_the_responder_alone(
    _case: str, revoked: tuple[Leaf, ...], state: str, code: str, then: list[tuple[Leaf, str]]
) -> None:
    make_trust()
    member = make_holder()
    row = parked(member)
    with responder(revoked=revoked) as (address, questions):
        switch_on(address)
        tasks.finish_parked()
    row.refresh_from_db()
    assert (row.state, row.code) == (state, code)
    assert states(member) == [(serial(leaf), status) for leaf, status in then]
    assert sorted(questions) == sorted([number(NEW), number(OLD)])


def test_a_good_old_one_without_its_key_is_no_more_replaced_by_waiting() -> None:
    make_trust()
    member = make_holder()
    registered(member, OLD)
    assert replaced_by(NEW).status_code == 200
    with responder() as (address, _questions):
        switch_on(address)
        assert finish_parked(by=TASK, at=AT) == 1
    row = Replacement.everything.get()
    assert (row.state, row.code) == ("refused", "OLD_CERT_STILL_VALID")
    assert states(member) == [(serial(OLD), "active")]


def test_a_silent_responder_leaves_it_waiting() -> None:
    make_trust()
    row = parked(make_holder())
    with responder() as (address, _questions):
        pass
    switch_on(address)
    assert finish_parked(by=TASK, at=AT) == 0
    row.refresh_from_db()
    assert row.state == "parked"


def test_what_a_list_judges_is_not_asked() -> None:
    make_trust()
    row = parked(make_holder())
    take_list()
    with responder() as (address, questions):
        switch_on(address)
        assert finish_parked(by=TASK, at=AT) == 1
    row.refresh_from_db()
    assert (row.state, questions) == ("done", [])


def test_with_a_responder_nothing_has_to_wait() -> None:
    make_trust()
    member = make_holder()
    registered(member, OLD)
    with responder() as (address, questions):
        switch_on(address)
        browser = new_browser()
        url = sent(browser, signed(asked(browser), NEW, old=OLD)).json()["next"]
    assert Replacement.everything.get().state == "done"
    assert "실시간 상태확인(OCSP)" in browser.get(url).content.decode()
    assert questions == [number(NEW), number(OLD)]


@pytest.mark.parametrize(("_case", "revoked", "status"), [("유효", (), 200), ("폐지", (OLD,), 422)])
def test_login_by_the_responder(_case: str, revoked: tuple[Leaf, ...], status: int) -> None:
    make_trust()
    member = make_holder()
    registered(member, OLD)
    make_user(Role.MEMBER_REP, member=member)
    with responder(revoked=revoked) as (address, _questions):
        switch_on(address)
        browser = new_browser()
        response = sent(browser, signed(asked(browser, at=LOGIN), OLD), LOGIN)
    assert response.status_code == status
    assert response.json().get("code", "") == ("REVOKED" if revoked else "")


def test_nobody_without_the_key_makes_us_ask() -> None:
    make_trust()
    make_holder()
    with responder() as (address, questions):
        switch_on(address)
        browser = new_browser()
        forged = {**signed(asked(browser), NEW), "signature": "AAAA"}
        assert sent(browser, forged).json()["code"] == "SIGNATURE_INVALID"
        stranger = signed(asked(browser), world().faults["stranger"].leaf)
        assert sent(browser, stranger).json()["code"] == "UNKNOWN_CA"
    assert questions == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["page", "task"])
def test_nothing_is_locked_while_the_responder_is_asked(way: str) -> None:
    """Seen from another connection: the member's rows can be locked at once while the answer is awaited."""
    make_trust()
    member = make_holder()
    if way == "task":
        parked(member)
    else:
        registered(member, OLD)
    free: list[bool] = []

    def look() -> None:
        """Runs in the responder's thread, which has a connection of its own."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for table in ("members_member", "certificates_bankcertificate", "certificates_replacement"):
                    cursor.execute(f"SELECT 1 FROM {table} FOR UPDATE NOWAIT")
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
                )
                free.append(cursor.fetchone() == (0,))
        finally:
            connection.close()

    with responder(meanwhile=look) as (address, _questions):
        switch_on(address)
        if way == "task":
            finish_parked(by=TASK, at=AT + timedelta(minutes=1))
        else:
            replaced_by(NEW, old=OLD)
    assert Replacement.everything.get().state == "done"
    assert free == [True, True]
