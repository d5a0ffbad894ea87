"""Redis dies, forgets, stays silent, is full, repeats itself and says nonsense: it is only the doorbell."""

import base64
import json
import pickle
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from django.test import Client
from kombu.connection import Connection
from kombu.transport.redis import Transport
from redis import ResponseError

from portal import broker, clock
from portal.members.roles import Role
from sms.models import Message, Result
from tests.factories import make_member, make_user
from tests.faults.children import Child, Nursery
from tests.faults.harness import wait_until
from tests.faults.invariants import broken
from tests.faults.outbox import Texts, nothing_moves, recover, where_they_are
from tests.faults.servers import RedisServer
from tests.faults.tcp_proxy import TcpProxy
from tests.gateway_simulator import SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]
WORKER = "tests.faults.celery_worker:main"
DELIVER = "sms.tasks.deliver"


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis(redis_server: RedisServer) -> RedisServer:
    redis_server.client.flushall()
    return redis_server


@pytest.fixture
def worker(nursery: Nursery, phones: SimulatorProcess) -> Callable[..., Child]:
    """Starts a Celery worker on the broker given."""

    def start(broker: str, **told: str) -> Child:
        started = clock.now().isoformat()
        return nursery.start(WORKER, BROKER=broker, GATEWAY_URL=phones.url, STARTED_AT=started, **told)

    return start


def ring(redis: RedisServer, times: int = 1) -> None:
    """As beat does every 15 seconds."""
    with Celery(broker=redis.url) as bell:
        for _ in range(times):
            bell.send_task(DELIVER, retry=False)


def ring_until_done(redis: RedisServer, seconds: float = 40) -> None:
    """Beat keeps ringing whatever happens to the rings before."""
    end = time.monotonic() + seconds
    while not nothing_moves():
        assert time.monotonic() < end, where_they_are()
        ring(redis)
        time.sleep(0.3)


def assert_each_once(texts: Texts, phones: SimulatorProcess, number: int) -> None:
    assert texts.ends() == Counter(accepted=number)
    assert texts.times_accepted(phones) == Counter({1: number})
    assert broken() == {}


def test_rings_die_with_redis(redis: RedisServer, phones: SimulatorProcess, worker: Callable[..., Child]) -> None:
    """fault-35: killed without persistence while rings wait; the worker comes back by itself."""
    one = worker(redis.url)
    ring(redis)
    texts = Texts(40, at_once=2)
    ring(redis, 20)
    redis.restart()
    assert redis.client.llen("celery") == 0
    ring_until_done(redis)
    assert_each_once(texts, phones, 40)
    assert one.poll() is None


def test_everything_flushed(redis: RedisServer, phones: SimulatorProcess, worker: Callable[..., Child]) -> None:
    """fault-36: the rings are gone; nobody is signed out, for sessions live in PostgreSQL."""
    client = Client()
    user = make_user(Role.MEMBER_USER, member=make_member())
    client.force_login(user, backend="portal.members.login.MemberBackend")
    texts = Texts(20, at_once=2)
    ring(redis, 10)
    redis.client.flushall()
    assert client.get("/sms/messages/").status_code == 200
    worker(redis.url)
    ring_until_done(redis)
    assert_each_once(texts, phones, 20)


def test_redis_takes_connections_and_says_nothing(
    redis: RedisServer, nursery: Nursery, phones: SimulatorProcess
) -> None:
    """fault-37: whoever hands something in does not wait for the bell, not even the second time."""
    with TcpProxy(("127.0.0.1", redis.port)) as proxy:
        proxy.set("black_hole")
        said = nursery.run(HAND_IN, BROKER=f"redis://127.0.0.1:{proxy.port}/0", MEMBER=str(make_member().pk))
    assert said.count("handed in") == 3
    assert max(float(line.split()[-1]) for line in said.splitlines() if "handed in" in line) < 1
    assert not nothing_moves()  # written, whatever the bell does
    assert recovered(phones) == Counter(accepted=3)


def test_redis_is_full(nursery: Nursery, phones: SimulatorProcess) -> None:
    """fault-39: it refuses to store the ring; what was handed in is committed and leaves with the next look."""
    with RedisServer("--maxmemory", "1500kb", "--maxmemory-policy", "noeviction") as small:
        with pytest.raises(ResponseError, match="maxmemory"):
            fill(small)
        said = nursery.run(HAND_IN, BROKER=small.url, MEMBER=str(make_member().pk))
    assert said.count("handed in") == 3
    assert "no worker was rung" in said
    assert recovered(phones) == Counter(accepted=3)


def fill(server: RedisServer) -> None:
    """Raises ResponseError when nothing more goes in."""
    for n in range(100_000):
        server.client.set(f"ballast{n}", "x" * 1000)


# Three events, each in its transaction, as a page writes them; then time for the doorbell's thread to speak.
HAND_IN = """
import os, time
from django.db import transaction
from portal import clock
from portal.members.roles import Role
from sms.models import Message, Result
from portal.celery import app
from sms.models import Channel, Purpose
from sms.outbox import Draft, queue
app.conf.broker_url = app.conf.broker_write_url = os.environ["BROKER"]
app.conf.broker_transport_options = {"socket_timeout": 10, "socket_connect_timeout": 2}
for n in range(3):
    began = time.monotonic()
    with transaction.atomic():
        queue([Draft(key=f"bell:{os.environ['BROKER']}:{n}", member_id=int(os.environ["MEMBER"]), body="글",
                     channel=Channel.SMS, purpose=Purpose.ONE_TIME_CODE, to="01000000001")], at=clock.now())
    print("handed in", time.monotonic() - began, flush=True)
time.sleep(1.5)
"""


def recovered(phones: SimulatorProcess) -> Counter[str]:
    recover(phones.gateway())
    ours = Message.everything.filter(key__startswith="bell:").order_by("-pk")[:3]
    return Counter(
        Result.objects.filter(message__in=list(ours), number=Result.LAST).values_list("state", flat=True)
    )


def test_a_half_open_connection(
    redis: RedisServer, phones: SimulatorProcess, worker: Callable[..., Child]
) -> None:
    """fault-38: neither side notices at first; the worker's own health check does, and it consumes again."""
    with TcpProxy(("127.0.0.1", redis.port)) as proxy:
        one = worker(f"redis://127.0.0.1:{proxy.port}/0")
        before = Texts(4, at_once=2)
        ring_until_done(redis)
        proxy.set("half_open")
        after = Texts(20, at_once=2)
        ring_until_done(redis, seconds=60)
        assert_each_once(before, phones, 4)
        assert_each_once(after, phones, 20)
        assert one.poll() is None


def test_old_rings_come_again(redis: RedisServer, phones: SimulatorProcess, worker: Callable[..., Child]) -> None:
    """fault-40: an old copy of the queue is put back, three times over."""
    texts = Texts(30, at_once=2)
    ring(redis, 10)
    old = redis.client.lrange("celery", 0, -1)
    worker(redis.url)
    ring_until_done(redis)
    for _ in range(3):
        redis.client.rpush("celery", *old)
    wait_until(lambda: redis.client.llen("celery") == 0, seconds=30, what="the old rings were answered")
    assert_each_once(texts, phones, 30)


def envelope(**changed: Any) -> bytes:
    """A message as Celery writes it, with some of it changed."""
    body = base64.b64encode(json.dumps([[], {}, {}]).encode()).decode()
    headers = {"lang": "py", "task": DELIVER, "id": "1", "root_id": "1", "parent_id": None, "group": None}
    place = {"exchange": "", "routing_key": "celery"}
    properties: dict[str, Any] = {
        "delivery_mode": 2,
        "delivery_info": place,
        "priority": 0,
        "body_encoding": "base64",
    }
    properties |= {"delivery_tag": "1", "correlation_id": "1"}
    given: dict[str, Any] = {"body": body, "content-encoding": "utf-8", "content-type": "application/json"}
    given |= {"headers": headers, "properties": properties, **changed}
    return json.dumps(given).encode()


NO_MESSAGES = [b"{not json", b"\xff\xfe", b'"a word"', b'{"properties": {}}']


class Mark:
    """Unpickled, it would leave a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


def test_hostile_messages(
    redis: RedisServer, phones: SimulatorProcess, worker: Callable[..., Child], tmp_path: Any
) -> None:
    """fault-41: an unknown task, a pickle, wrong arguments, no task at all: left aside, and the worker lives.

    The last four are no messages at all: kombu's own Redis broker ends the worker over each of them.
    """
    pickled = base64.b64encode(pickle.dumps([[Mark(str(tmp_path / "executed"))], {}, {}])).decode()
    headers = json.loads(envelope())["headers"]
    hostile = [
        envelope(headers={**headers, "task": "os.system"}),
        envelope(
            **{"content-type": "application/x-python-serialize", "body": pickled, "content-encoding": "binary"}
        ),
        envelope(body=base64.b64encode(json.dumps([["extra"], {"more": 1}, {}]).encode()).decode()),
        envelope(body=base64.b64encode(b"{not json").decode()),
        envelope(headers={}),
        *NO_MESSAGES,
    ]
    one = worker(redis.url)
    texts = Texts(6, at_once=2)
    for message in hostile:
        redis.client.lpush("celery", message)
    wait_until(lambda: redis.client.llen("celery") == 0, seconds=30, what="they were taken")
    ring_until_done(redis)
    assert_each_once(texts, phones, 6)
    assert one.poll() is None
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("item", NO_MESSAGES)
def test_kombus_own_ends_over_it(redis: RedisServer, item: bytes) -> None:
    """Why there is one of ours: the day this fails, it may go."""
    kombu: Any = Connection
    queue = f"bell-{uuid4().hex}"
    with kombu(redis.url, transport=Transport) as plain, plain.SimpleQueue(queue) as bell:
        redis.client.lpush(queue, item)
        with pytest.raises((ValueError, TypeError, KeyError)):
            bell.get(timeout=10)
    with kombu(redis.url, transport=broker.RedisTransport) as ours, ours.SimpleQueue(queue) as bell:
        redis.client.lpush(queue, item)
        bell.put("ring")
        assert bell.get(timeout=10).payload == "ring"


def test_a_task_outlives_its_visibility(
    redis: RedisServer, phones: SimulatorProcess, worker: Callable[..., Child]
) -> None:
    """fault-42: Redis hands the same ring to another worker while the first still works on it."""
    phones.control(account={"latency": 0.4})
    texts = Texts(30, at_once=3)
    for _ in range(3):
        worker(redis.url, VISIBILITY="1")
    ring_until_done(redis, seconds=60)
    assert_each_once(texts, phones, 30)
