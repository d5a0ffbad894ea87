"""Revocation data in trouble: on the desk's front page, in the log, and in /readyz before members notice."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from certificates import tasks
from certificates.actions.watching import sound_alarms
from certificates.alarms import list_alarms
from certificates.minting.leaves import partition_uri
from certificates.models import Authority, RevocationFetch, Status
from certificates.rules.ending import is_list_ending
from portal.health.models import Heartbeat
from portal.members.roles import Role
from tests.factories import make_member, make_user
from tests.flows.certificate_world import DAY, HOUR, crl, registered, take, trust_minted
from tests.pages.actors import BACKEND, new_browser
from tests.rules.certificates.world import AT, world

pytestmark = pytest.mark.django_db
POINT = partition_uri("dp1p1")
SECOND = timedelta(seconds=1)
SAID = {
    "ending": "기한이 4분의 1도 남지 않은 폐지목록",
    "failed": "받지 못한 폐지목록",
    "over": "기한이 지나거나 없는 폐지목록",
    "missing": "기한이 지나거나 없는 폐지목록",
}


@pytest.fixture(autouse=True)
def _trusted() -> None:
    trust_minted()


def troubles(at: datetime) -> list[tuple[str, str]]:
    return [(alarm.point, alarm.trouble) for alarm in list_alarms(at)]


def attempt(outcome: str, at: datetime) -> None:
    RevocationFetch.objects.create(point=POINT, source="ldap", at=at, outcome=outcome)


@pytest.mark.parametrize(
    ("_case", "when", "then"),
    [
        ("남은 기한 25% 직전", AT + 17 * HOUR - SECOND, []),
        ("남은 기한 25%", AT + 17 * HOUR, ["ending"]),
        ("다음 발행 1초 전", AT + 23 * HOUR - SECOND, ["ending"]),
        ("다음 발행 예정 시각", AT + 23 * HOUR, ["over"]),
        ("그 뒤", AT + 5 * DAY, ["over"]),
    ],
)
def test_the_age_of_a_list(_case: str, when: datetime, then: list[str]) -> None:
    registered(make_member(), world().good)
    take(crl())  # from 09:00 for 24 hours
    assert [trouble for _point, trouble in troubles(when)] == then
    assert is_list_ending(AT - HOUR, AT + 23 * HOUR, when) is bool(then)
    assert sound_alarms(at=when) == len(then)


@pytest.mark.parametrize(
    ("_case", "rounds", "then"),
    [
        ("한 번도 시도하지 않음", [], []),
        ("받음", [("TAKEN", 0)], []),
        ("같은 목록", [("KNOWN", 0)], []),
        ("실패", [("TIMEOUT", 0)], ["failed"]),
        ("받은 뒤 실패", [("TAKEN", 2), ("REFUSED", 0)], ["failed"]),
        ("실패한 뒤 받음", [("REFUSED", 2), ("TAKEN", 0)], []),
        ("한 번에 두 세대, 하나만 성공", [("CRL_INVALID", 0), ("KNOWN", 0)], []),
        ("하루 지난 실패", [("TIMEOUT", 24)], []),
    ],
)
def test_a_round_that_brought_nothing(_case: str, rounds: list[tuple[str, int]], then: list[str]) -> None:
    registered(make_member(), world().good)
    take(crl())
    for outcome, hours in rounds:
        attempt(outcome, AT - hours * HOUR)
    assert [trouble for _point, trouble in troubles(AT)] == then


def test_what_is_missing() -> None:
    certificate = registered(make_member(), world().good)
    assert troubles(AT) == [(POINT, "missing")]
    Authority.objects.filter(role="issuer").update(ocsp_endpoint="http://127.0.0.1:1")
    assert troubles(AT) == []  # the responder is asked instead
    Authority.objects.filter(role="issuer").update(ocsp_endpoint="")
    type(certificate).everything.update(status=Status.EXPIRED, ended_at=AT)
    assert troubles(AT) == []  # nobody needs it


def test_a_list_nobody_needs_may_grow_old() -> None:
    take(crl())
    assert troubles(AT + 9 * DAY) == []


def test_the_worst_of_a_partition_is_told() -> None:
    registered(make_member(), world().good)
    take(crl())
    attempt("TIMEOUT", AT + 18 * HOUR)
    attempt("TIMEOUT", AT + 24 * HOUR)
    assert troubles(AT + 18 * HOUR) == [(POINT, "failed")]
    assert troubles(AT + 24 * HOUR) == [(POINT, "over")]


# ── Where it is seen ──


def front_page(role: Role) -> str:
    desk = Client()
    desk.force_login(make_user(role), backend=BACKEND)
    return desk.get(reverse("admin:index")).content.decode()


@pytest.fixture
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):  # Monday 2026-11-23
        yield


@pytest.mark.usefixtures("_monday")
@pytest.mark.parametrize(
    ("trouble", "issued_ago", "page"),
    [("ending", 20, "revocationlist"), ("over", 30, "revocationlist"), ("failed", 1, "revocationfetch"),
     ("missing", None, "revocationlist")],
)  # fmt: skip
def test_the_desk_shows_it_and_leads_to_its_source(trouble: str, issued_ago: int | None, page: str) -> None:
    registered(make_member(), world().good)
    if issued_ago is not None:
        take(crl(issued_at=AT - issued_ago * HOUR))
    if trouble == "failed":
        attempt("TIMEOUT", AT)
    front = front_page(Role.IT_SUPPORT)
    line = front.split(SAID[trouble])[0].rpartition("<li")[2] + front.split(SAID[trouble])[1].split("</li>")[0]
    assert 'class="urgent"' in line
    assert "<strong>1건</strong>" in line
    assert reverse(f"admin:certificates_{page}_changelist") in line
    assert SAID[trouble] not in front_page(Role.BRANCH_HEAD)


def test_it_is_written_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    registered(make_member(), world().good)
    with caplog.at_level(logging.ERROR, "certificates"):
        assert sound_alarms(at=AT) == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert POINT in caplog.text


def readyz(at: datetime) -> dict[str, object]:
    with time_machine.travel(at, tick=False):
        return dict(new_browser().get("/readyz").json())


def test_readyz_tells_after_two_rounds_in_trouble() -> None:
    """Each round without an alarm leaves a sign; five hours without one are two rounds."""
    registered(make_member(), world().good)
    assert readyz(AT)["revocation"] is True  # before the first round nothing is late
    take(crl())
    with time_machine.travel(AT, tick=False):
        tasks.refresh_revocation()
    assert Heartbeat.objects.get(name="revocation").at == AT
    for hours, then in ((5, True), (5.01, False)):
        assert readyz(AT + hours * HOUR)["revocation"] is then
    with time_machine.travel(AT + 30 * HOUR, tick=False):
        tasks.refresh_revocation()
    assert Heartbeat.objects.get(name="revocation").at == AT
    told = readyz(AT + 30 * HOUR)
    assert told["revocation"] is False
    take(crl(number=101, issued_at=AT + 29 * HOUR), at=AT + 30 * HOUR)
    with time_machine.travel(AT + 30 * HOUR, tick=False):
        tasks.refresh_revocation()
    assert readyz(AT + 30 * HOUR)["revocation"] is True
