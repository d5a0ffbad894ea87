"""`manage.py bench document` at its smallest."""

import pytest

from guarantees.bench import document
from portal.bench.measuring import measure
from portal.bench.plan import Scale, Wish


@pytest.mark.django_db
def test_every_way_prints_or_seals() -> None:
    plan = document.prepare(Wish(Scale.TINY), lambda _line: None)
    results = measure(plan, rounds=1, say=lambda _line: None)
    assert {name: found.rows for name, found in results.items()} == {method.name: 1 for method in plan.methods}
    assert "key of 256 bits" in plan.facts["document"]
    plan.close()
