"""`manage.py bench ledger`: spending calls, the earliest to lapse first (target L1).

The floor counts: one row for each member, taken down by one call and a line written, in one statement. It knows
no lots, no lapse and no repeated request. Ours is compared with it in a transaction, which both need where the
messages are written beside it. Correctness is counted too, with 32 people at one member's last calls.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

from django.db import connection, transaction

from portal.access import Actor
from portal.bench.crew import Crew
from portal.bench.people import fill_members
from portal.bench.plan import Method, Plan, Results, Say, Scale, Target, Wish, ratio
from portal.clock import SEOUL
from portal.members.models import Member
from sms.actions.mileage import NotEnoughCalls, spend
from sms.models import MileagePolicy

AT = datetime(2026, 9, 23, 10, tzinfo=SEOUL)
BY = Actor.system("bench")
THREADS = 32
IN_BULK = 50  # calls of one request


@dataclass(frozen=True)
class Size:
    """`members`, each with `lots` of ten calls; `spends` in a sample; lots of one call that the race is for."""

    members: int
    lots: int
    spends: int
    raced: int


SIZES = {
    Scale.TINY: Size(5, 12, 10, 32),
    Scale.SMALL: Size(200, 20, 1_000, 640),
    Scale.FULL: Size(1_000, 50, 5_000, 1_280),
}

FLOOR, IN_TRANSACTION = "spend: a counter and a line", "spend: a counter and a line, in a transaction"
OURS, BULK = "spend: one call", f"spend: {IN_BULK} calls at once"
SIDE_BY_SIDE, RACE = f"spend: {THREADS} side by side", f"spend: {THREADS} at the last calls of one member"

_COUNTERS = (
    "CREATE TABLE bench_counter (member_id bigint PRIMARY KEY, calls integer NOT NULL CHECK (calls >= 0))",
    "CREATE TABLE bench_line (id bigserial PRIMARY KEY, member_id bigint NOT NULL, key text, at timestamptz)",
    "INSERT INTO bench_counter SELECT id, 1000000 FROM members_member",
)
_COUNT_DOWN = """
    WITH taken AS (
        UPDATE bench_counter SET calls = calls - 1 WHERE member_id = %s AND calls > 0 RETURNING member_id)
    INSERT INTO bench_line (member_id, key, at) SELECT member_id, %s, %s FROM taken
"""
_LOTS = """
    WITH lots AS (
        INSERT INTO sms_lot (member_id, source, label, policy_id, quantity, remaining, earned_on, expires_at)
        SELECT m.id, 'bench:' || m.id || ':' || n || ':' || %(round)s, '', %(policy)s, %(calls)s, %(calls)s,
               '2026-01-02', timestamptz '2027-01-02' + n * interval '1 day'
          FROM members_member m, generate_series(1, %(lots)s) AS n
         WHERE m.id BETWEEN %(first)s AND %(last)s
         ORDER BY n, m.id
        RETURNING id, member_id, quantity)
    INSERT INTO sms_entry (member_id, lot_id, kind, calls, message_key, label, at)
    SELECT member_id, id, 'earn', quantity, '', '', %(at)s FROM lots
"""
# Of one member: calls gone beyond those earned, lots touched although an earlier one still holds calls, and lots
# that are not their quantity less their entries.
_WRONG = """
    WITH lots AS (
        SELECT l.*, row_number() OVER (ORDER BY expires_at, id) AS turn,
               (SELECT coalesce(sum(calls), 0) FROM sms_entry e WHERE e.lot_id = l.id) AS booked
          FROM sms_lot l WHERE member_id = %(member)s)
    SELECT greatest(0, (SELECT coalesce(sum(calls), 0) FROM sms_spend WHERE member_id = %(member)s)
                       - (SELECT coalesce(sum(quantity), 0) FROM lots)),
           (SELECT count(*) FROM lots l WHERE l.remaining < l.quantity
               AND EXISTS (SELECT FROM lots e WHERE e.turn < l.turn AND e.remaining > 0)),
           (SELECT count(*) FROM lots WHERE remaining <> booked)
"""


@dataclass
class Counted:
    """What the races did wrong, over all rounds."""

    overspent: int = 0
    out_of_turn: int = 0
    not_booked: int = 0
    refused: int = 0


@dataclass
class Ledger:
    """Members of the bench by id, and names for requests that were never used."""

    size: Size
    first: int
    policy: int
    crew: Crew
    wrong: Counted = field(default_factory=Counted)
    names: Iterator[int] = field(default_factory=count)

    @property
    def member_ids(self) -> range:
        """Those with lots of their own; the one after them is raced for."""
        return range(self.first, self.first + self.size.members)

    @property
    def raced(self) -> int:
        """The member whose last calls are raced for."""
        return self.first + self.size.members

    def earn(self) -> None:
        """Every member's lots afresh, so that each method meets the same."""
        self._forget()
        self._give(self.member_ids[0], self.member_ids[-1], self.size.lots, calls=10 * IN_BULK)

    def earn_for_race(self) -> None:
        """As many calls as there will be requests: any refusal is wrong."""
        self._forget()
        self._give(self.raced, self.raced, self.size.raced, calls=1)

    def spend(self, calls: int) -> int:
        """Requests of so many calls, member after member. Returns the calls."""
        requests = max(1, self.size.spends // calls)
        for number in range(requests):
            self._one(self.member_ids[number % self.size.members], calls)
        return requests * calls

    def spend_side_by_side(self) -> int:
        """The same from many sessions at once, each with members of its own."""

        def share(number: int) -> int:
            mine = self.member_ids[number :: self.crew.size] or self.member_ids
            requests = max(1, self.size.spends // self.crew.size)
            for turn in range(requests):
                self._one(mine[turn % len(mine)], 1)
            return requests

        return sum(self.crew.run(share))

    def race(self) -> int:
        """Every session spends its share of one member's calls, and what came of it is counted."""
        each = self.size.raced // self.crew.size

        def share(_number: int) -> int:
            refused = 0
            for _ in range(each):
                try:
                    self._one(self.raced, 1)
                except NotEnoughCalls:
                    refused += 1
            return refused

        self.wrong.refused += sum(self.crew.run(share))
        with connection.cursor() as cursor:
            cursor.execute(_WRONG, {"member": self.raced})
            overspent, out_of_turn, not_booked = cursor.fetchone()
        self.wrong.overspent += overspent
        self.wrong.out_of_turn += out_of_turn
        self.wrong.not_booked += not_booked
        return each * self.crew.size

    def count_down(self, *, in_transaction: bool) -> int:
        """The floor, bare or in the transaction a request needs."""
        for number in range(self.size.spends):
            values: list[Any] = [self.member_ids[number % self.size.members], f"bench:{number}", AT]
            if in_transaction:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(_COUNT_DOWN, values)
            else:
                with connection.cursor() as cursor:
                    cursor.execute(_COUNT_DOWN, values)
        return self.size.spends

    def close(self) -> None:
        """Sessions and the floor's tables."""
        self.crew.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_counter, bench_line")

    def _one(self, member_id: int, calls: int) -> None:
        name = f"bench:{next(self.names)}"
        keys = [f"{name}:{number}" for number in range(calls)]
        spend(member_id=member_id, key=name, message_keys=keys, calls_each=1, by=BY, at=AT)

    def _forget(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("TRUNCATE sms_lot, sms_entry, sms_spend CASCADE")

    def _give(self, first: int, last: int, lots: int, calls: int) -> None:
        values: dict[str, Any] = {
            "first": first, "last": last, "lots": lots, "calls": calls, "policy": self.policy, "at": AT,
            "round": next(self.names),
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_LOTS, values)
            cursor.execute("ANALYZE sms_lot, sms_entry")


def prepare(wish: Wish, say: Say) -> Plan:
    """Makes members and starts the sessions."""
    size = SIZES[wish.scale]
    say(f"making {size.members:,} members with {size.lots} lots each")
    fill_members(size.members + 1)
    first = Member.everything.order_by("pk").values_list("pk", flat=True)[0]
    ledger = Ledger(size, first, MileagePolicy.objects.order_by("effective_from")[0].pk, Crew(THREADS))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_counter, bench_line")
        for statement in _COUNTERS:
            cursor.execute(statement)
    methods = [
        Method(FLOOR, partial(ledger.count_down, in_transaction=False)),
        Method(IN_TRANSACTION, partial(ledger.count_down, in_transaction=True)),
        Method(OURS, partial(ledger.spend, 1), IN_TRANSACTION, ledger.earn),
        Method(BULK, partial(ledger.spend, IN_BULK), IN_TRANSACTION, ledger.earn),
        Method(SIDE_BY_SIDE, ledger.spend_side_by_side, IN_TRANSACTION, ledger.earn),
        Method(RACE, ledger.race, IN_TRANSACTION, ledger.earn_for_race),
    ]
    facts = {"accounts": f"{size.members:,} members with {size.lots} lots each"}
    return Plan(methods, _targets(ledger, wish.scale), facts, ledger.close)


def _targets(ledger: Ledger, scale: Scale) -> list[Target]:
    wrong = ledger.wrong

    def counted(name: str) -> Target:
        def value(_results: Results) -> float:
            return getattr(wrong, name)

        return Target(f"L1 {name.replace('_', ' ')}", value, at_most=0)

    exact = [counted(name) for name in ("overspent", "out_of_turn", "not_booked", "refused")]
    if scale is Scale.TINY:
        return exact
    return [
        Target("L1 a spend vs a counter and a line in a transaction", ratio(OURS, IN_TRANSACTION), at_most=2.2),
        Target("L1 a call in bulk vs one by one", ratio(BULK, OURS), at_most=0.1),
        *exact,
    ]
