"""The nightly purge: by-products go when their time is over; evidence and what led to a certificate stay."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from certificates import tasks
from certificates.actions import purging
from certificates.models import (
    Challenge,
    Replacement,
    ReplacementTicket,
    RevocationFetch,
    SignatureEvidence,
    TicketAttempt,
)
from portal.access import Actor
from portal.members.models import Member
from portal.members.roles import Role
from tests.factories import make_member, make_user
from tests.rules.certificates.world import AT

pytestmark = pytest.mark.django_db
TASK = Actor.system("시험")
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):  # Monday 2026-11-23
        yield


@pytest.fixture
def member(db: None) -> Member:
    return make_member()


def purge() -> purging.Purged:
    return purging.purge(by=TASK, at=AT)


def challenge(expires_at: datetime, **fields: Any) -> Challenge:
    n = Challenge.objects.count()
    return Challenge.objects.create(
        purpose="login", text="", nonce_sha256=f"{n:064x}", session_hash="", issued_at=expires_at,
        expires_at=expires_at, **fields,
    )  # fmt: skip


def request(member: Member, state: str, ended_at: datetime | None, **fields: Any) -> Replacement:
    evidence = SignatureEvidence.everything.create(
        member=member, purpose="replace", text="", signature=b"", certificate_der=b"", cert_sha256="", receipt={},
        verified_at=AT,
    )  # fmt: skip
    return Replacement.everything.create(
        member=member, state=state, evidence=evidence, requested_at=AT - 400 * DAY, finished_at=ended_at, **fields
    )


def ticket(member: Member, **fields: Any) -> ReplacementTicket:
    taker, checker = make_user(Role.IT_SUPPORT), make_user(Role.IT_SUPPORT)
    if "link_until_at" in fields:
        fields = {"approved_by": checker, "approved_at": fields["link_until_at"] - DAY, **fields}
    return ReplacementTicket.everything.create(
        member=member, caller="김대표", call_back_number="01000000001", reason="분실", opened_by=taker,
        opened_at=AT - 400 * DAY, **fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "expires_at", "used", "gone"),
    [
        ("30일 된 것", AT - 30 * DAY, False, 0),
        ("30일 넘은 것", AT - 30 * DAY - MOMENT, False, 1),
        ("30일 넘은 쓴 것", AT - 30 * DAY - MOMENT, True, 1),
        ("아직 쓸 수 있는 것", AT + MOMENT, False, 0),
    ],
)
def test_challenges(_case: str, expires_at: datetime, used: bool, gone: int) -> None:
    challenge(expires_at, used_at=expires_at if used else None)
    assert purge().challenges == gone
    assert Challenge.objects.count() == 1 - gone


def test_the_receipt_of_a_request_stays_with_it(member: Member) -> None:
    kept = challenge(AT - 300 * DAY)
    request(member, "refused", AT - 300 * DAY, challenge=kept)
    assert purge().challenges == 0
    gone = challenge(AT - 366 * DAY)
    request(member, "refused", AT - 366 * DAY, challenge=gone)
    done = purge()
    assert (done.requests, done.challenges) == (1, 1)
    assert list(Challenge.objects.all()) == [kept]


@pytest.mark.parametrize(
    ("_case", "state", "days", "fields", "gone"),
    [
        ("거절된 지 365일", "refused", 365, {}, 0),
        ("거절된 지 366일", "refused", 366, {}, 1),
        ("직원이 거절한 것은 남는다", "refused", 366, {"review": True}, 0),
        ("기다리는 것은 남는다", "parked", None, {"deadline_at": AT - 300 * DAY}, 0),
        ("직원 확인을 기다리는 것은 남는다", "review", None, {}, 0),
        ("중지된 것은 남는다", "frozen", 366, {}, 0),
    ],
)
def test_requests(
    member: Member, _case: str, state: str, days: int | None, fields: dict[str, Any], gone: int
) -> None:
    if fields.pop("review", False):
        fields = {"reviewed_by": make_user(Role.IT_SUPPORT), "reviewed_at": AT - 366 * DAY, "review_note": "x"}
    request(member, state, None if days is None else AT - days * DAY, **fields)
    assert purge().requests == gone
    assert Replacement.everything.count() == 1 - gone
    assert SignatureEvidence.everything.count() == 1  # a signature that was verified stays in any case


@pytest.mark.parametrize(
    ("_case", "fields", "gone"),
    [
        ("승인을 기다린다", {}, 0),
        ("거절된 지 365일", {"refused_at": AT - 365 * DAY}, 0),
        ("거절된 지 366일", {"refused_at": AT - 366 * DAY}, 1),
        ("쓰지 않고 끝난 지 365일", {"link_until_at": AT - 365 * DAY}, 0),
        ("쓰지 않고 끝난 지 366일", {"link_until_at": AT - 366 * DAY}, 1),
        ("쓴 것은 남는다", {"link_until_at": AT - 366 * DAY, "used_at": AT - 367 * DAY}, 0),
    ],
)
def test_tickets(member: Member, _case: str, fields: dict[str, Any], gone: int) -> None:
    ticket(member, **fields)
    assert purge().tickets == gone
    assert ReplacementTicket.everything.count() == 1 - gone


def test_a_ticket_goes_with_the_last_that_names_it(member: Member) -> None:
    old = ticket(member, link_until_at=AT - 366 * DAY)
    named = challenge(AT - 10 * DAY, ticket=old)
    assert purge().tickets == 0
    Challenge.objects.filter(pk=named.pk).update(expires_at=AT - 31 * DAY)
    done = purge()
    assert (done.challenges, done.tickets) == (1, 1)


def test_attempts_and_fetches() -> None:
    for age in (DAY, DAY + MOMENT):
        TicketAttempt.objects.create(code_hash="", at=AT - age, was_right=False)
    for age in (90 * DAY, 90 * DAY + MOMENT):
        RevocationFetch.objects.create(point="", source="ldap", at=AT - age, outcome="TAKEN")
    done = purge()
    assert (done.attempts, done.fetches) == (1, 1)
    assert (TicketAttempt.objects.get().at, RevocationFetch.objects.get().at) == (AT - DAY, AT - 90 * DAY)


def test_many_batches_by_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    for _ in range(5):
        challenge(AT - 31 * DAY)
    tasks.purge_certificates()
    assert Challenge.objects.count() == 0
    assert purge() == purging.Purged(0, 0, 0, 0, 0)
