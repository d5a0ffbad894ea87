"""A machine and the database that do not agree on the time: nothing is begun until they do (faults 25 to 27)."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from guarantees import tasks as guarantee_tasks
from guarantees.models import ExpiryRun
from portal import clock
from portal.health.clocks import ahead
from sms import tasks
from sms.account import balance
from sms.actions.mileage import earn
from sms.delivery.claim import USUAL, Work, take
from sms.gateways import registry
from sms.gateways.local import LocalGateway
from sms.models import Batch, Entry, Purpose
from tests.factories import make_member
from tests.flows.test_delivery import batches, gateway, results, simulator, write
from tests.gateway_simulator import API_KEY, WEBHOOK_SECRET, SimulatorProcess

__all__ = ["gateway", "simulator"]  # fixtures
pytestmark = pytest.mark.django_db
YEAR, HOUR = timedelta(days=365), timedelta(hours=1)


@pytest.fixture(autouse=True)
def ten_seconds(settings: Any) -> None:
    """As everywhere but in the tests that travel."""
    settings.CLOCK_TOLERANCE = 10


@pytest.fixture
def database_two_hours_back() -> Iterator[None]:
    """What the server's own clock would say had it been set back: its function stands behind another."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA set_back")
        cursor.execute(
            "CREATE FUNCTION set_back.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
            " AS 'SELECT pg_catalog.clock_timestamp() - interval ''2 hours'''"
        )
        cursor.execute("SET LOCAL search_path = set_back, pg_catalog, public")
    yield
    put_right()


def put_right() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = public")


@pytest.mark.parametrize("hours", [-3, -1, 1, 24])
def test_how_far_ahead(hours: int) -> None:
    assert ahead() == timedelta()
    with time_machine.travel(clock.now() + hours * HOUR, tick=False):
        assert abs(ahead() - hours * HOUR) < timedelta(seconds=5)


def test_a_second_of_difference_is_nothing() -> None:
    with time_machine.travel(clock.now() + timedelta(seconds=2), tick=False):
        call_command("expiry_run", "--dry-run", stdout=StringIO())


@pytest.mark.parametrize(("tolerance", "lapsed"), [(10, 0), (0, 1)], ids=["fault-26 compared", "fault-26 mutant"])
def test_a_year_ahead_lapses_nothing(client: Client, settings: Any, tolerance: int, lapsed: int) -> None:
    """The machine is taken out of service; with nothing compared the calls would be gone."""
    settings.CLOCK_TOLERANCE = tolerance
    member = make_member()
    earn(member_id=member.pk, source="2026-C1-000001-4", label="적립", at=clock.now())
    with time_machine.travel(clock.now() + YEAR * 6, tick=False):
        tasks.book_lapsed_mileage()
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["clock"]) == ((503, False) if tolerance else (503, True))
    assert Entry.everything.filter(kind="lapse").count() == lapsed
    assert balance(member.pk, at=clock.now()) == 1 - lapsed


def test_the_right_clock_is_ready(client: Client) -> None:
    assert client.get("/readyz").json()["clock"] is True


def test_a_day_ahead_runs_no_day_early(caplog: Any) -> None:
    """fault-25: neither the task nor the timer's command."""
    with time_machine.travel(clock.now() + 24 * HOUR, tick=False):
        guarantee_tasks.run_expiry()
        with pytest.raises(CommandError, match="시계가 86,400초 다릅니다"):
            call_command("expiry_run")
    assert not ExpiryRun.objects.exists()
    assert "guarantees.tasks.run_expiry was not begun" in caplog.text


@pytest.fixture
def portal_gateway(
    simulator: SimulatorProcess, gateway: LocalGateway, settings: Any
) -> Iterator[SimulatorProcess]:
    settings.SMS_GATEWAY, settings.SMS_GATEWAY_URL = "simulator", simulator.url
    settings.SMS_GATEWAY_KEY, settings.SMS_GATEWAY_SECRET = API_KEY, WEBHOOK_SECRET
    registry.forget()
    yield simulator
    registry.forget()


def test_the_database_set_back(
    portal_gateway: SimulatorProcess, gateway: LocalGateway, database_two_hours_back: None
) -> None:
    """fault-27: what a dead worker held stays held, nothing is begun; put right, all leave once."""
    until = clock.now() + 9999 * HOUR
    held, waiting = (
        write(number, purpose=Purpose.ONE_TIME_CODE, valid_until=until)[0] for number in ("0100", "0101")
    )
    Batch.objects.update(not_before=clock.now() - HOUR)
    claim = take(at=clock.now(), works={Work.TEXTS}, gateways=[gateway], timing=USUAL)
    assert claim
    assert tasks.deliver() is None
    assert [state for state, _attempt in batches()] == ["claimed", "ready"]
    put_right()
    for _ in range(3):
        tasks.deliver()
        Batch.objects.filter(state__in=["unknown", "ready"]).update(not_before=clock.now() - HOUR)
    assert results(held)[-1] == results(waiting)[-1] == ("accepted", "")
    assert [portal_gateway.accepted_counts()[one.gateway_key] for one in (held, waiting)] == [1, 1]
