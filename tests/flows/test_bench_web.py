"""`manage.py bench web` at its smallest, and how much a member's pages ask of the database."""

from collections.abc import Iterator

import pytest

from guarantees.bench import web
from portal.bench.measuring import measure
from portal.bench.plan import Plan, Scale, Wish
from portal.members.models import User

pytestmark = pytest.mark.slow


@pytest.fixture
def plan(transactional_db: None) -> Iterator[Plan]:
    made = web.prepare(Wish(Scale.TINY), lambda _line: None)
    yield made
    made.close()


def test_every_page_is_answered(plan: Plan) -> None:
    results = measure(plan, rounds=1, say=lambda _line: None)
    assert {name: found.rows for name, found in results.items()} == dict.fromkeys(
        [web.CONSTANT, web.HOME, web.HOME_ANEW, web.APPLY], 2
    )
    site = web.Site(User.objects.get(username="bench-member"))
    assert web.statements(site.home, 200) == 5 + 4  # four of them a process asks only now and then; tests always
    assert web.statements(site.apply, 302) <= 14
    with pytest.raises(RuntimeError, match="answered 200"):
        web.statements(site.home, 302)
