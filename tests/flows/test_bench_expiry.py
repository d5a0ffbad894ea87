"""`manage.py bench expiry` at its smallest: every way writes what the run writes."""

import pytest

from guarantees.bench import expiry
from guarantees.models import ExpiryNotice
from portal.bench.measuring import measure
from portal.bench.plan import Scale, Wish
from sms.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_way_writes_the_same_messages() -> None:
    plan = expiry.prepare(Wish(Scale.TINY), lambda _line: None)
    written: dict[str, set[tuple[str, str, str]]] = {}
    for method in plan.methods:
        method.before()
        assert method.work() > 0, method.name
        written[method.name] = set(Message.everything.values_list("key", "to", "body"))
        assert ExpiryNotice.everything.count() == len({row[0][:56] for row in written[method.name]})
    assert len(written[expiry.OURS]) == 90
    assert written[expiry.OURS] == written[expiry.AGAIN] == written[expiry.FLOOR] == written[expiry.BULK]
    assert len(written[expiry.LOOP]) == 30
    assert written[expiry.LOOP] < written[expiry.OURS]


def test_it_is_measured() -> None:
    plan = expiry.prepare(Wish(Scale.TINY), lambda _line: None)
    results = measure(plan, rounds=1, say=lambda _line: None)
    assert {name: found.rows for name, found in results.items()} == {
        expiry.FLOOR: 90, expiry.OURS: 90, expiry.AGAIN: 90, expiry.BULK: 90, expiry.LOOP: 30,
    }  # fmt: skip
