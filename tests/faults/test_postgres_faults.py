"""PostgreSQL stops, loses connections, has none left, breaks off a COMMIT and ends a deadlock; the whole house
loses its power. On a server of its own, with real processes.
"""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection

from portal import clock
from portal.access import Actor
from portal.members.models import Member
from sms.account import balance
from sms.actions.mileage import book_lapsed, spend
from sms.models import Batch, Entry, Lot, MileagePolicy, Spend
from sms.models.mileage_terms import FIRST_POLICY
from sms.rules.mileage import expires_at
from tests.factories import make_member
from tests.faults.children import Child, Nursery
from tests.faults.crew import Crew
from tests.faults.harness import wait_until
from tests.faults.invariants import broken
from tests.faults.outbox import Texts, leave_alone, nothing_moves, recover, where_they_are
from tests.faults.servers import PostgresServer, RedisServer, own_database
from tests.faults.tcp_proxy import TcpProxy
from tests.gateway_simulator import SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]
CONNECTIONS = 40
CELERY = "tests.faults.celery_worker:main"


@pytest.fixture(scope="module")
def server(django_db_blocker: Any) -> Iterator[PostgresServer]:
    with django_db_blocker.unblock(), own_database(f"max_connections={CONNECTIONS}") as server:
        yield server


@pytest.fixture(scope="module")
def own_nursery(server: PostgresServer) -> Iterator[Nursery]:
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def children(own_nursery: Nursery) -> Iterator[Nursery]:
    yield own_nursery
    own_nursery.end_all()


@pytest.fixture
def phones(module_simulator: SimulatorProcess, server: PostgresServer) -> SimulatorProcess:
    module_simulator.reset()
    leave_alone()
    return module_simulator


def again(server: PostgresServer) -> None:
    """Down in an instant, and up again."""
    server.crash()
    connection.close()
    server.start()


def assert_each_once(texts: Texts, phones: SimulatorProcess, number: int) -> None:
    assert texts.times_accepted(phones) == Counter({1: number})
    assert texts.ends() == Counter(accepted=number)
    assert broken() == {}


def a_member_with_calls(number: int, lots: int = 1) -> Member:
    policy, _ = MileagePolicy.objects.get_or_create(
        effective_from=FIRST_POLICY, defaults={"published_at": clock.now()}
    )
    member, today = make_member(), clock.today()
    for n in range(lots):
        day = today - timedelta(days=lots - n)
        lot = Lot.everything.create(
            member=member, source=f"{member.pk}:{n}", policy=policy, quantity=number // lots,
            remaining=number // lots, earned_on=day, expires_at=expires_at(day),
        )  # fmt: skip
        Entry.everything.create(member=member, lot=lot, kind="earn", calls=lot.quantity, at=clock.now())
    return member


def test_the_server_stops_in_the_middle(
    server: PostgresServer, children: Nursery, phones: SimulatorProcess
) -> None:
    """fault-43: twice an immediate stop while batches are at the gateway; the workers live and find it again."""
    phones.control(account={"latency": 0.05})
    texts = Texts(150, at_once=2)
    crew = Crew(children, phones, texts.written_at)
    crew.start(4)
    for done in (20, 60):
        wait_until(lambda done=done: texts.ends()["accepted"] >= done, seconds=30, what=f"{done} have left")
        again(server)
    wait_until(nothing_moves, seconds=60, what=where_they_are())
    assert_each_once(texts, phones, 150)
    assert [worker.said()[-2000:] for worker in crew.workers if worker.poll() is not None] == []


# Spends with one key until it is told that it worked, as a page that is sent again does. Prints each try.
SPEND = """
import os
from django.db import InterfaceError, OperationalError, connection
from portal import clock
from portal.access import Actor
from sms.actions.mileage import spend
for attempt in range(1, 6):
    try:
        made = spend(member_id=int(os.environ["MEMBER"]), key="form", message_keys=["a", "b"], calls_each=1,
                     by=Actor.system("시험"), at=clock.now())
    except (OperationalError, InterfaceError) as error:
        print("attempt", attempt, type(error).__name__, flush=True)
        connection.close()
    else:
        print("attempt", attempt, "spent", made.calls, flush=True)
        break
"""


def test_the_answer_to_a_commit_is_lost(server: PostgresServer, children: Nursery) -> None:
    """fault-44: committed, and nobody knows. The same request again finds what it did and pays nothing twice."""
    member = a_member_with_calls(10)
    with TcpProxy(server.socket_path) as proxy:
        proxy.cut_after(b"COMMIT", times=2)
        way = {"HOST": "127.0.0.1", "PORT": str(proxy.port)}
        said = children.run(SPEND, database=way, MEMBER=str(member.pk))
        assert proxy.cuts_left == 0
    assert said.splitlines()[-1].endswith("spent 2")
    assert said.count("Error") == 2
    assert Spend.everything.filter(member=member).count() == 1
    assert balance(member.pk, clock.now()) == 8
    assert broken() == {}


def test_every_connection_is_dropped_again_and_again(
    server: PostgresServer, children: Nursery, phones: SimulatorProcess
) -> None:
    """fault-45: five times a second, in the middle of whatever it is."""
    phones.control(account={"latency": 0.02})
    texts = Texts(200, at_once=2)
    crew = Crew(children, phones, texts.written_at)
    crew.start(3)
    dropped, end = 0, time.monotonic() + 5
    while time.monotonic() < end and not nothing_moves():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'crew'"
            )
            dropped += cursor.fetchone()[0]
        time.sleep(0.2)
    wait_until(nothing_moves, seconds=60, what=where_they_are())
    assert dropped > 5
    assert_each_once(texts, phones, 200)


VISIT = """
from django.test import Client
client = Client(raise_request_exception=False)
for path in ("/readyz", "/healthz", "/mypage/"):
    if path == "/mypage/":
        client.cookies["sessionid"] = "0" * 32  # somebody who is signed in
    answer = client.get(path)
    print(path, answer.status_code, answer.headers.get("Retry-After"), flush=True)
"""


def test_no_connection_is_left(server: PostgresServer, children: Nursery, phones: SimulatorProcess) -> None:
    """fault-46: pages say so with 503 and when to come again; workers wait; nothing is half written."""
    texts = Texts(10, at_once=2)
    texts.ends()
    held: list[Any] = []
    with pytest.raises(psycopg2.OperationalError, match="too many clients"):
        hold_all(server, held)
    said = children.run(VISIT)
    crew = Crew(children, phones, texts.written_at)
    worker = crew.start()
    wait_until(lambda: "too many clients" in worker.said(), seconds=20, what="the worker met it")
    for one in held:
        one.close()
    assert "/healthz 200" in said
    assert "/readyz 503" in said
    assert "/mypage/ 503 60" in said
    assert " 500 " not in said
    wait_until(nothing_moves, seconds=30, what=where_they_are())
    assert_each_once(texts, phones, 10)


def hold_all(server: PostgresServer, held: list[Any]) -> None:
    """Raises OperationalError when there are no more."""
    while len(held) < CONNECTIONS:
        held.append(psycopg2.connect(host=str(server.cluster.sockets), user="portal", dbname="portal"))


# Ten threads drain, each with a connection of its own, or with none when the server has no more.
THREADS = """
import os, threading
from django.db import OperationalError, connection
from portal import clock
from tests.faults.delivery_worker import drain, fast_clock, the_gateway, timing
def work():
    try:
        drain(now=fast_clock, gateway=the_gateway(), timing=timing())
    except OperationalError as error:
        print(error)
    finally:
        connection.close()
threads = [threading.Thread(target=work) for _ in range(10)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_two_hundred_workers_at_once(server: PostgresServer, children: Nursery, phones: SimulatorProcess) -> None:
    """fault-13: 20 processes of 10 threads over 40 connections: who gets none leaves the work to the others."""
    texts = Texts(400, at_once=4)
    crew = Crew(children, phones, texts.written_at)
    many: list[Child] = [children.start(THREADS, **crew.told) for _ in range(20)]
    most = 0
    while any(child.poll() is None for child in many):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
                most = max(most, cursor.fetchone()[0])
        except OperationalError:  # they have taken ours as well
            connection.close()
        time.sleep(0.05)
    assert [child.poll() for child in many] == [0] * 20
    assert most <= CONNECTIONS
    recover(phones.gateway())
    assert_each_once(texts, phones, 400)


def test_a_deadlock_has_one_loser_who_may_try_again(server: PostgresServer) -> None:
    """fault-52: somebody locks two lots the other way round. Whoever loses has changed nothing, and the same
    request again is done once; the booking of lapsed calls just comes round again.
    """
    member = a_member_with_calls(4, lots=2)
    first, second = Lot.everything.filter(member=member).order_by("expires_at").values_list("pk", flat=True)
    other = psycopg2.connect(host=str(server.cluster.sockets), user="portal", dbname="portal")
    lock = "SELECT 1 FROM sms_lot WHERE id = %s FOR UPDATE"
    given: dict[str, Any] = {
        "member_id": member.pk, "key": "form", "message_keys": ["a", "b", "c"], "calls_each": 1,
        "by": Actor.system("시험"), "at": clock.now(),
    }  # fmt: skip
    other.cursor().execute("SET deadlock_timeout = '30s'")  # so that ours finds the deadlock, and loses
    other.cursor().execute(lock, [second])
    closing = Closing(other, lock, first)
    closing.start()
    with pytest.raises(OperationalError, match="deadlock detected"):
        spend(**given)
    closing.join()
    assert (Spend.everything.filter(member=member).count(), balance(member.pk, clock.now())) == (0, 4)
    assert spend(**given).calls == 3
    assert spend(**given).calls == 3
    assert balance(member.pk, clock.now()) == 1
    book_lapsed(clock.now())
    assert broken() == {}


class Closing(Thread):
    """Closes the circle half a second later, then lets go."""

    def __init__(self, other: Any, lock: str, lot: int) -> None:
        super().__init__()
        self.other, self.lock, self.lot = other, lock, lot

    def run(self) -> None:
        time.sleep(0.5)
        self.other.cursor().execute(self.lock, [self.lot])
        self.other.rollback()
        self.other.close()


def test_the_power_is_cut(server: PostgresServer, children: Nursery, phones: SimulatorProcess) -> None:
    """fault-17: workers, Redis and PostgreSQL at one moment, while a batch is at the gateway."""
    phones.control(account={"latency": 0.1})
    texts = Texts(60, at_once=3)
    with RedisServer() as redis:
        told = {"BROKER": redis.url, "GATEWAY_URL": phones.url, "STARTED_AT": texts.written_at.isoformat()}
        workers = [children.start(CELERY, **told) for _ in range(2)]
        crew = Crew(children, phones, texts.written_at)
        workers.append(crew.start())
        wait_until(lambda: Batch.objects.filter(state="claimed").exists(), seconds=30, what="one is claimed")
        server.crash()
        redis.kill()
        for worker in workers:
            worker.kill()
        connection.close()
        server.start()
        redis.start()
        crew.start(2)
        wait_until(nothing_moves, seconds=60, what=where_they_are())
    assert_each_once(texts, phones, 60)
