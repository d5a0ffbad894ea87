"""`manage.py bench deliver` at its smallest, and what no noise touches: statements, updates and log of a batch."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guarantees.actions.expiry import plan_expiry_notices
from guarantees.bench import deliver
from guarantees.bench.portfolio import AT, BY, RUN_DAY, Size, fill, forget_messages
from portal.bench.measuring import measure
from portal.bench.plan import Plan, Scale, Wish
from sms.delivery.drain import drain
from sms.delivery.letters import open_ids
from sms.models import Batch, Message, Result
from tests.gateway_simulator import SimulatorProcess

pytestmark = pytest.mark.slow

MOST_WAL = 250  # bytes a result, its primary key and the batch's two updates included


@pytest.fixture
def plan(transactional_db: None) -> Iterator[Plan]:
    made = deliver.prepare(Wish(Scale.TINY, latencies=(0, 5), max_batch=40), lambda _line: None)
    yield made
    made.close()


def test_every_way_hands_over_every_message(plan: Plan) -> None:
    results = measure(plan, rounds=1, say=lambda _line: None)
    assert {name: found.rows for name, found in results.items()} == dict.fromkeys(
        [
            deliver.FLOOR, deliver.OURS, deliver.UNASKED, deliver.BY_ROWS, deliver.bare_at(5),
            deliver.ours_at(5, 1), deliver.ours_at(5, 2), deliver.ours_at(5, 4),
        ],
        90,
    )  # fmt: skip
    assert plan.facts == {
        "messages": "90 in requests of 40",
        "Celery": "not measured, REDIS_URL names no Redis that answers",
    }
    plan.methods[0].before()
    assert Result.objects.count() == 0
    plan.methods[0].work()
    assert set(Result.objects.values_list("message_id", "number", "state")) == {
        (pk, Result.LAST, "accepted") for pk in Message.everything.values_list("pk", flat=True)
    }
    ready = next(method for method in plan.methods if method.name == deliver.BY_ROWS)
    ready.before()
    ready.work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM bench_queue WHERE provider_ref <> '' GROUP BY 1")
        assert cursor.fetchall() == [("accepted", 90)]


@pytest.mark.django_db(transaction=True)
def test_a_batch_costs_the_same_statements_whatever_its_size() -> None:
    """No message is updated, and a result takes no more log than `MOST_WAL` bytes."""
    fill(Size(4_000, 400), lambda _line: None)
    counted: dict[int, list[str]] = {}
    logged: list[int] = []
    with SimulatorProcess() as simulator:
        for share in (1, 5, 1, 1):  # the first fills what is kept by the process
            forget_messages()
            plan_expiry_notices(on=RUN_DAY, by=BY, at=AT)
            with connection.cursor() as cursor:  # a fifth of the day, then all of it
                chosen = "ARRAY(SELECT id FROM sms_message WHERE id %% %s = 0)"
                cursor.execute(f"UPDATE sms_batch SET message_ids = {chosen}", [share])
            expected, before = Message.everything.count() // share, updated_messages()
            with CaptureQueriesContext(connection) as queries:
                position = wal_position()
                assert drain(now=lambda: AT, gateway=simulator.gateway()) == 1
                logged.append(wal_position() - position)
            assert Result.objects.filter(state="accepted").count() == expected
            assert updated_messages() == before
            counted[share] = [query["sql"].split()[0] for query in queries]
    assert len(counted[1]) == len(counted[5]), counted
    assert min(logged[1:]) / 600 <= MOST_WAL  # the least, for other databases of the server write too


@pytest.mark.django_db
def test_who_has_ended_is_looked_up_in_the_key() -> None:
    """However many results a day has: to read all of them for each batch cost more than to send it."""
    fill(Size(4_000, 400), lambda _line: None)
    forget_messages()
    plan_expiry_notices(on=RUN_DAY, by=BY, at=AT)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sms_result (message_id, number, state, reason, gateway, provider_ref, at)"
            " SELECT id, %s, 'accepted', '', 'local', '', %s FROM sms_message",
            [Result.LAST, AT],
        )
    for batch in Batch.objects.all():
        assert open_ids(batch.pk, None) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'sms_result'")
        assert cursor.fetchone() == (0,)


def updated_messages() -> int:
    """Message rows this session has updated since it began to count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_xact_tuples_updated('sms_message'::regclass)"
                       " + pg_stat_get_tuples_updated('sms_message'::regclass)")  # fmt: skip
        return cursor.fetchone()[0]


def wal_position() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
        return cursor.fetchone()[0]
