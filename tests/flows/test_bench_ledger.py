"""`manage.py bench ledger` at its smallest, and how many statements a spend takes."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bench.measuring import measure
from portal.bench.plan import Plan, Scale, Wish
from portal.bench.report import verdicts
from sms.actions.mileage import spend
from sms.bench import ledger
from sms.models import Entry, Lot
from tests.factories import make_member

pytestmark = pytest.mark.slow


@pytest.fixture
def plan(transactional_db: None) -> Iterator[Plan]:
    made = ledger.prepare(Wish(Scale.TINY), lambda _line: None)
    yield made
    made.close()


def test_every_way_spends_and_the_race_is_exact(plan: Plan) -> None:
    results = measure(plan, rounds=1, say=lambda _line: None)
    assert {name: found.rows for name, found in results.items()} == {
        ledger.FLOOR: 10, ledger.IN_TRANSACTION: 10, ledger.OURS: 10, ledger.BULK: 50, ledger.SIDE_BY_SIDE: 32,
        ledger.RACE: 32,
    }  # fmt: skip
    assert verdicts(plan, results) == [
        (f"L1 {name}", 0, "<= 0", True) for name in ("overspent", "out of turn", "not booked", "refused")
    ]
    race = next(method for method in plan.methods if method.name == ledger.RACE)
    race.before()
    assert Lot.everything.count() == 32
    race.work()
    assert set(Lot.everything.values_list("remaining", flat=True)) == {0}


@pytest.mark.django_db
def test_a_spend_costs_one_statement_in_its_transaction() -> None:
    """However many messages and lots it takes."""
    member = make_member()
    policy = ledger.MileagePolicy.objects.first()
    for number in range(30):
        lot = Lot.everything.create(
            member=member, source=f"s{number}", policy=policy, quantity=2, remaining=2, earned_on="2026-01-02",
            expires_at="2027-01-02T00:00:00Z",
        )  # fmt: skip
        Entry.everything.create(member=member, lot=lot, kind="earn", calls=2, at=ledger.AT)
    for key, messages in (("first", 1), ("one", 1), ("many", 40)):
        with CaptureQueriesContext(connection) as queries:
            spend(
                member_id=member.pk, key=key, message_keys=[f"{key}{n}" for n in range(messages)], calls_each=1,
                by=ledger.BY, at=ledger.AT,
            )  # fmt: skip
        said = [query["sql"].split()[0] for query in queries]
        if key != "first":  # which may have it prepared: once for each connection
            assert said == ["SAVEPOINT", "EXECUTE", "RELEASE"]
