"""100,000 operations on the account from many connections at once, and mistakes in it that this would show.

The operations are our own statements on real connections; what they leave is asked of `ledger_violations`, which
the machine in tests/flows holds against the rules.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from random import Random
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from portal.access import Actor
from portal.clock import seoul_day
from portal.members.models import Member
from portal.refusals import Refusal
from sms.account import balance
from sms.actions.mileage import book_lapsed, book_outcomes, earn, spend, spending
from sms.actions.mileage.reconciling import reconcile
from sms.delivery.results import Step, append
from sms.invariants_ledger import ledger_violations
from sms.models import Channel, Entry, Message, Purpose, ResultState
from sms.outbox import Draft, queue
from sms.rules.mileage import expires_at
from tests.factories import at, make_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(900)]
NOW = at("2026-12-01 10:00")
SYSTEM = Actor.system("load")


def at_once(workers: int, work: Callable[[int], Any]) -> list[Any]:
    """`work(n)` on so many connections, started at one moment."""
    start = Barrier(workers)

    def run(n: int) -> Any:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            return work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, range(workers)))


def test_십만_번의_동작_뒤에도_모두_맞는다() -> None:
    """Earn, spend, hear back, lapse: a count of calls moved, each one an entry."""
    members = [make_member() for _ in range(12)]
    for n, member in enumerate(members):
        credit(member, f"before:{n}", 500, 30)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the plans of each connection are made for a table that has grown
    done = at_once(8, lambda n: worker(n, members, 12_500))
    book_lapsed(NOW + timedelta(days=400))
    total = sum(done, Counter())
    assert sum(total.values()) == 100_000
    assert min(total.values()) > 500, "each kind was played"
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert ledger_violations() == []
    assert reconcile(at=NOW).differences == 0
    assert Entry.everything.count() >= 100_000


def worker(n: int, members: list[Member], operations: int) -> Counter[str]:
    """Calls come and go by the batch, as members send: earned, spent, heard of, and now and then lapsed."""
    random, done, serial = Random(n), Counter[str](), count()
    while left := operations - done.total():
        member = random.choice(members)
        earn(member_id=member.pk, source=f"{n}:{next(serial)}", label="", at=NOW)
        credited = min(60, left - 1)
        credit(member, f"{n}:{next(serial)}", credited, random.randint(0, 420))
        done["earn"] += credited + 1
        wanted = min(random.randint(1, 80), operations - done.total())
        if wanted and (ids := sent(member, n, next(serial), wanted)):
            done["spend"] += len(ids)
            ends = ids[: operations - done.total()]
            settled(ends, random)
            done["settle"] += len(ends)
    return done


CREDIT = """
    WITH lots AS (
        INSERT INTO sms_lot (member_id, source, label, policy_id, quantity, remaining, earned_on, expires_at)
        SELECT %(member)s, %(source)s || ':' || n, '', (SELECT min(id) FROM sms_mileagepolicy), 1, 1,
               %(earned)s::date, %(expires)s
          FROM generate_series(1, %(count)s) AS n
        RETURNING id, member_id
    )
    INSERT INTO sms_entry (member_id, lot_id, kind, calls, message_key, label, at)
    SELECT member_id, id, 'earn', 1, '', '', %(at)s FROM lots
"""


def credit(member: Member, source: str, calls: int, days_ago: int) -> None:
    """As `earn` writes it, many at once: the ORM's part would take the time of the test."""
    at_ = NOW - timedelta(days=days_ago)
    day = seoul_day(at_)
    given = {
        "member": member.pk, "source": source, "count": calls, "at": at_, "earned": day, "expires": expires_at(day)
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CREDIT, given)


def sent(member: Member, n: int, serial: int, wanted: int) -> list[int]:
    drafts = [
        Draft(f"load:{n}:{serial}:{i}", member.pk, Channel.SMS, Purpose.FREE_SMS, f"0100000{i:04d}", "안내")
        for i in range(wanted)
    ]
    keys = [draft.key for draft in drafts]
    try:
        with transaction.atomic():
            spend(member_id=member.pk, key=keys[0], message_keys=keys, calls_each=1, by=SYSTEM, at=NOW)
            queue(drafts, at=NOW)
    except Refusal:
        return []
    return list(Message.everything.filter(key__in=keys).values_list("id", flat=True))


def settled(ids: list[int], random: Random) -> None:
    states = [random.choice([ResultState.ACCEPTED, ResultState.REFUSED]) for _ in ids]
    with transaction.atomic():
        append([Step(number, state) for number, state in zip(ids, states, strict=True)], gateway="local", at=NOW)
        book_outcomes(ids, at=NOW)
    if random.random() < 0.1:
        book_lapsed(NOW)


# Mistakes: each must show


def with_lots(tag: str, lots: int) -> Member:
    member = make_member()
    for n in range(lots):
        earn(member_id=member.pk, source=f"{tag}:{n}", label="", at=NOW - timedelta(days=n))
    return member


def spends(member: Member, n: int, times: int, tag: str = "k") -> tuple[int, int]:
    """Granted, and refused by the database."""
    granted = broken = 0
    for i in range(times):
        key = f"{tag}:{n}:{i}"
        try:
            spend(member_id=member.pk, key=key, message_keys=[key], calls_each=1, by=SYSTEM, at=NOW)
            granted += 1
        except Refusal:
            pass
        except Exception:
            broken += 1
    return granted, broken


def race_of_spends(tag: str) -> tuple[int, int]:
    """160 attempts for 160 calls: how many were granted, and how many the database refused."""
    member = with_lots(tag, 160)
    results = at_once(16, lambda n: spends(member, n, 10, tag))
    return sum(row[0] for row in results), sum(row[1] for row in results)


def test_잠그지_않으면_드러난다(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock: two take the same call, the database refuses one of them, and somebody is let down."""
    right = spending.SPEND
    assert "FOR NO KEY UPDATE" in right
    assert race_of_spends("right") == (160, 0)
    monkeypatch.setattr(spending, "SPEND", right.replace("FOR NO KEY UPDATE", ""))
    assert race_of_spends("wrong") != (160, 0)
    assert ledger_violations() == [], "and still the database keeps the account whole"


def race_of_refunds(tag: str) -> int:
    """Twelve workers hear of thirty failures at once: how many refunds were written."""
    member = with_lots(tag, 30)
    ids = sent(member, 0, member.pk, 30)
    append([Step(number, ResultState.REFUSED) for number in ids], gateway="local", at=NOW)
    at_once(12, lambda _n: [book_outcomes([number], at=NOW) for number in ids])
    return Entry.everything.filter(member=member, kind="refund").count()


def test_환불이_하나라는_약속이_없으면_드러난다() -> None:
    """Without the unique key, workers that hear of one failure at once each give the call back."""
    assert race_of_refunds("right") == 30
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX entry_refund_once")
        cursor.execute("ALTER TABLE sms_lot DROP CONSTRAINT lot_remaining_within")
    try:
        given = race_of_refunds("wrong")
        found = {violation.code for violation in ledger_violations()}
        assert given > 30
        assert {"lot_within", "refund_is_what_was_paid"} <= found
    finally:
        restore_keys()


def restore_keys() -> None:
    """What the mistaken account holds cannot stand under the keys again, so it goes first."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sms_entry, sms_spend, sms_lot CASCADE")
        cursor.execute(
            "CREATE UNIQUE INDEX entry_refund_once ON sms_entry (message_key, lot_id)"
            " WHERE kind = 'refund' AND NOT (message_key = '')"
        )
        cursor.execute(
            "ALTER TABLE sms_lot ADD CONSTRAINT lot_remaining_within"
            " CHECK (remaining >= 0 AND remaining <= quantity)"
        )


def test_소멸_조건이_없으면_데이터베이스와_대사가_찾는다(monkeypatch: pytest.MonkeyPatch) -> None:
    member = make_member()
    earn(member_id=member.pk, source="old", label="", at=NOW - timedelta(days=500))
    assert (spends(member, 0, 1), balance(member.pk, NOW)) == ((0, 0), 0)
    wrong = spending.SPEND.replace("AND expires_at > %(at)s", "")
    monkeypatch.setattr(spending, "SPEND", wrong)
    assert spends(member, 1, 1) == (0, 1), "the trigger refuses it"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sms_entry DISABLE TRIGGER USER")
        try:
            assert spends(member, 2, 1) == (1, 0)
            assert [violation.code for violation in ledger_violations()] == ["nothing_spent_after_lapse"]
        finally:
            cursor.execute("ALTER TABLE sms_entry ENABLE TRIGGER USER")
