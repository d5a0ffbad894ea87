"""Workers killed, frozen, starved and asked to stop; the gateway's own log is the judge.

Single points of a kill are in test_crash_points.py, the web process in test_issue_killed.py, PostgreSQL in
test_postgres_faults.py.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection

from portal import clock
from sms.models import Batch, Result
from tests.faults.children import Child, Nursery
from tests.faults.crew import Crew
from tests.faults.harness import wait_until
from tests.faults.invariants import broken
from tests.faults.outbox import Texts, nothing_moves, recover, where_they_are
from tests.faults.servers import RedisServer, children_of, is_stopped
from tests.faults.test_redis_faults import ring, ring_until_done
from tests.gateway_simulator import SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]
CELERY = "tests.faults.celery_worker:main"


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis(redis_server: RedisServer) -> RedisServer:
    redis_server.client.flushall()
    return redis_server


def a_worker(nursery: Nursery, phones: SimulatorProcess, redis: RedisServer, **told: str) -> Child:
    started = clock.now().isoformat()
    return nursery.start(CELERY, BROKER=redis.url, GATEWAY_URL=phones.url, STARTED_AT=started, **told)


def one_is_claimed() -> bool:
    return Batch.objects.filter(state="claimed").exists()


def assert_each_once(texts: Texts, phones: SimulatorProcess, number: int) -> None:
    assert texts.times_accepted(phones) == Counter({1: number})
    assert texts.ends() == Counter(accepted=number)
    assert broken() == {}


def test_a_worker_group_is_killed_in_the_middle(
    nursery: Nursery, phones: SimulatorProcess, redis: RedisServer
) -> None:
    """fault-1: the worker and its pool at once, while a batch is at the gateway."""
    phones.control(account={"latency": 0.2})
    texts = Texts(30, at_once=3)
    group = a_worker(nursery, phones, redis, POOL="prefork", CONCURRENCY="2")
    ring(redis, 2)
    wait_until(one_is_claimed, seconds=30, what="a batch was claimed")
    assert group.kill() == -signal.SIGKILL
    assert one_is_claimed()
    a_worker(nursery, phones, redis)
    ring_until_done(redis)
    assert_each_once(texts, phones, 30)


def test_a_child_of_the_pool_is_killed(nursery: Nursery, phones: SimulatorProcess, redis: RedisServer) -> None:
    """fault-2: the pool replaces it, and the ring comes again."""
    phones.control(account={"latency": 0.2})
    texts = Texts(30, at_once=3)
    worker = a_worker(nursery, phones, redis, POOL="prefork", CONCURRENCY="1")
    ring(redis)
    wait_until(one_is_claimed, seconds=30, what="a batch was claimed")
    (victim,) = children_of(worker.pid)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in children_of(worker.pid) and children_of(worker.pid) != [], seconds=20,
               what="another child stands in its place")  # fmt: skip
    ring_until_done(redis)
    assert_each_once(texts, phones, 30)
    assert worker.poll() is None


def test_asked_to_stop_then_killed(nursery: Nursery, phones: SimulatorProcess, redis: RedisServer) -> None:
    """fault-8: SIGTERM lets the running task go on; the grace is shorter than that, and SIGKILL follows."""
    phones.control(account={"latency": 0.3})
    texts = Texts(30, at_once=2)
    worker = a_worker(nursery, phones, redis, POOL="prefork", CONCURRENCY="1")
    ring(redis)
    wait_until(one_is_claimed, seconds=30, what="a batch was claimed")
    os.kill(worker.pid, signal.SIGTERM)
    time.sleep(0.5)
    assert worker.kill() == -signal.SIGKILL
    phones.control(account={"latency": 0.0})
    a_worker(nursery, phones, redis)
    ring_until_done(redis)
    assert_each_once(texts, phones, 30)


# Stops itself where the lease has just been looked at, until SIGCONT; then it goes on as if nothing had been.
FREEZE = """
import os, signal
from sms.delivery import dispatch
from tests.faults import delivery_worker
frozen = []
def freeze(name):
    if name == "before_call" and not frozen:
        frozen.append(name)
        os.kill(os.getpid(), signal.SIGSTOP)
dispatch.crashpoint = freeze
delivery_worker.main()
"""


@pytest.mark.parametrize(("honours_keys", "times"), [(True, 1), (False, 2)], ids=["key", "look-up"])
def test_frozen_past_its_lease(nursery: Nursery, phones: SimulatorProcess, honours_keys: bool, times: int) -> None:
    """fault-9: it wakes when another worker has long settled its batch, and calls all the same.

    A gateway that knows our keys takes nothing twice. With one that only answers questions this is the known
    window that cannot be closed: counted here, so that it is never thought closed. In both, the sleeper writes
    nothing, for its token is no longer the batch's.
    """
    phones.control(account={"honours_keys": honours_keys})
    texts = Texts(3)
    crew = Crew(nursery, phones, texts.written_at, QUARANTINE="0.2")
    sleeper = nursery.start(FREEZE, **crew.told)
    wait_until(lambda: is_stopped(sleeper.pid), seconds=20, what="it froze")
    recover(phones.gateway())
    before = list(Result.objects.filter(message__in=texts.messages).values_list())
    sends = len(phones.requests())
    sleeper.send_signal(signal.SIGCONT)
    wait_until(lambda: len(phones.requests()) > sends, seconds=20, what="it called")
    wait_until(lambda: "no longer ours" in sleeper.said(), seconds=20, what="it saw that the batch was lost")
    assert texts.times_accepted(phones) == Counter({times: 3})
    assert list(Result.objects.filter(message__in=texts.messages).values_list()) == before
    assert broken() == {}


# No more memory than it has, for a batch of a thousand long texts.
STARVE = """
import resource
from tests.faults import delivery_worker
has = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (has + 100_000, has + 100_000))
delivery_worker.main()
"""
# Python's and PostgreSQL's word for it, and that of a client library which had no room for a connection.
STARVED = ("emory", "PQconnectdb() failed")


def test_out_of_memory(nursery: Nursery, phones: SimulatorProcess) -> None:
    """fault-10: whatever the starved worker managed or did not, each text leaves once."""
    texts = Texts(1000, body="가나다라마바사아자차카타파하 " * 60)
    crew = Crew(nursery, phones, texts.written_at)
    starved = nursery.start(STARVE, **crew.told)
    wait_until(lambda: any(word in starved.said() for word in STARVED), seconds=30, what="it starved")
    starved.kill()
    recover(phones.gateway())
    assert_each_once(texts, phones, 1000)


# The check before sending breaks on one message, and on any list with it.
POISON = """
import os
from sms import eligibility
from sms.models import Purpose
from tests.faults import delivery_worker
def check(candidates):
    if any(one.key == os.environ["POISON"] for one in candidates):
        raise ZeroDivisionError("this one cannot be judged")
    return {}
eligibility.register(Purpose.ONE_TIME_CODE, check, reasons={})
delivery_worker.main()
"""


def test_one_poisoned_row(nursery: Nursery, phones: SimulatorProcess) -> None:
    """fault-11: the other 99 of its batch leave; it waits by itself with its trouble written, until it expires."""
    texts, others = Texts(100, valid_for_hours=24), Texts(10)
    crew = Crew(nursery, phones, texts.written_at, POISON=f"{texts.mark}00007")
    worker = nursery.start(POISON, **crew.told)
    wait_until(lambda: texts.ends() == Counter(accepted=99, open=1), seconds=30, what="the others have left")
    wait_until(lambda: others.ends() == Counter(accepted=10), seconds=30, what="other batches as well")
    (alone,) = Batch.objects.exclude(state__in=["done", "review"])
    assert (len(alone.message_ids or []), alone.trouble) == (1, "not prepared")
    worker.kill()
    later = nursery.start(POISON, **crew.told, DAYS_AHEAD="2")
    wait_until(nothing_moves, seconds=30, what="it has expired")
    assert texts.ends() == Counter(accepted=99, expired=1)
    assert texts.times_accepted(phones) == Counter({1: 99, 0: 1})
    assert later.poll() is None
    assert broken() == {}


def test_all_workers_away_for_three_days(nursery: Nursery, phones: SimulatorProcess) -> None:
    """fault-12: what was written meanwhile leaves once when they are back; what has no sense any more does not."""
    texts = Texts(20, at_once=4)
    too_late = Texts(4, valid_for_hours=48)
    crew = Crew(nursery, phones, texts.written_at, DAYS_AHEAD="3")
    crew.start(3)
    wait_until(nothing_moves, seconds=30, what=where_they_are())
    assert_each_once(texts, phones, 20)
    assert too_late.ends() == Counter(expired=4)
    assert too_late.times_accepted(phones) == Counter({0: 4})


def test_two_releases_at_work_at_once(nursery: Nursery, phones: SimulatorProcess) -> None:
    """fault-18: while the old workers run, the new release adds its columns and starts workers with other pauses.

    The old ones name their columns and so do not see the new; a lease of either kind is kept by both.
    """
    phones.control(account={"latency": 0.05})
    texts = Texts(120, at_once=2)
    old = Crew(nursery, phones, texts.written_at)
    old.start(2)
    wait_until(lambda: texts.ends()["accepted"] > 10, seconds=30, what="the old ones work")
    tables = ("sms_batch", "sms_message", "sms_result")
    try:
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ADD COLUMN of_the_next_release text NOT NULL DEFAULT ''")
        new = Crew(nursery, phones, texts.written_at, QUARANTINE="0.3", LEASE="4")
        new.start(2)
        old.workers[0].kill()
        wait_until(nothing_moves, seconds=60, what=where_they_are())
        later = Texts(4)  # written by code that knows nothing of the columns
        wait_until(nothing_moves, seconds=60, what=where_they_are())
    finally:
        nursery.end_all()
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DROP COLUMN IF EXISTS of_the_next_release")
    assert_each_once(texts, phones, 120)
    assert_each_once(later, phones, 4)
