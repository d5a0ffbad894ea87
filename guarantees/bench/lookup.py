"""`manage.py bench lookup`: one guarantee among very many, for the public and for the desk (targets V1, A1).

Of the desk's pages the view itself is measured, the page rendered, as the superuser sees it; beside it Django's
ModelAdmin with the same columns, filters and search fields, as one would write it first.
"""

from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.db import connection
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from guarantees.admin.guarantees import GuaranteeAdmin
from guarantees.bench.portfolio import AT, fill, size_of
from guarantees.models import Guarantee
from guarantees.rules.verification import Contents, Verdict
from guarantees.verification import by_date
from portal.bench.plan import Method, Plan, Say, Scale, Target, Wish, wall_ms, wall_ratio
from portal.members.models import User
from portal.members.session_store import SessionStore

REPEATED = {Scale.TINY: 3, Scale.SMALL: 2_000, Scale.FULL: 5_000}  # lookups in a sample
PAGES = {Scale.TINY: 1, Scale.SMALL: 20, Scale.FULL: 20}  # pages in a sample
PLAIN_PAGES = {Scale.TINY: 1, Scale.SMALL: 5, Scale.FULL: 3}

SELECT_ONE = "lookup: SELECT 1"
BY_NUMBER, BY_NUMBER_OF_FEW = "lookup: by number", "lookup: by number, a tenth of the rows"
VERIFY = "lookup: number and day verified"
LIST, LIST_PLAIN = "desk: list", "desk: list, plain ModelAdmin"
FOUND, FOUND_PLAIN = "desk: search by number", "desk: search by number, plain ModelAdmin"
WORD, WORD_PLAIN = "desk: search by a word", "desk: search by a word, plain ModelAdmin"

PATH = "/admin/guarantees/guarantee/"
_NUMBER = "SELECT id, state, issued_on FROM {table} WHERE number = %s"
_TENTH = (
    "DROP TABLE IF EXISTS bench_tenth",
    "CREATE TABLE bench_tenth (LIKE guarantees_guarantee INCLUDING INDEXES)",
    "INSERT INTO bench_tenth SELECT * FROM guarantees_guarantee WHERE id % 10 = 0",
    "ANALYZE bench_tenth",
)


class PlainAdmin(admin.ModelAdmin):
    """As it is written first."""

    list_display = ("number", "state", "member", "product", "outstanding", "ends_on")
    list_filter = ("state", "product", "member__branch")
    search_fields: ClassVar[tuple[str, ...]] = ("number", "contract_name", "beneficiary_name", "member__name")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Every row: the superuser's."""
        return Guarantee.everything.order_by("-id")


def prepare(wish: Wish, say: Say) -> Plan:
    """Fills the portfolio, and a tenth of it into a table of the same shape."""
    size = size_of(wish)
    fill(size, say)
    with connection.cursor() as cursor:
        for statement in _TENTH:
            cursor.execute(statement)
    numbers = _some("guarantees_guarantee", REPEATED[wish.scale])
    few = _some("bench_tenth", REPEATED[wish.scale])
    desk = Desk()
    ours, plain, searched = GuaranteeAdmin(Guarantee, admin.site), PlainAdmin(Guarantee, admin.site), numbers[0][0]
    pages, plain_pages = PAGES[wish.scale], PLAIN_PAGES[wish.scale]
    methods = [
        Method(SELECT_ONE, lambda: _select_one(len(numbers))),
        Method(BY_NUMBER, lambda: _by_number("guarantees_guarantee", numbers), SELECT_ONE),
        Method(BY_NUMBER_OF_FEW, lambda: _by_number("bench_tenth", few), SELECT_ONE),
        Method(VERIFY, lambda: _verify(numbers), SELECT_ONE),
        Method(LIST, desk.opens(ours, pages)),
        Method(LIST_PLAIN, desk.opens(plain, plain_pages), LIST),
        Method(FOUND, desk.opens(ours, pages, q=searched)),
        Method(FOUND_PLAIN, desk.opens(plain, plain_pages, q=searched), FOUND),
        Method(WORD, desk.opens(ours, pages, q="급식실")),
        Method(WORD_PLAIN, desk.opens(plain, plain_pages, q="급식실"), WORD),
    ]
    asked = {name: desk.statements(model_admin) for name, model_admin in (("desk", ours), ("plain", plain))}
    facts = {
        "guarantees": f"{size.guarantees:,}",
        "statements of the list": f"{asked['desk']} (plain ModelAdmin {asked['plain']})",
    }
    return Plan(methods, _targets(wish.scale, asked["desk"]), facts, _drop)


def _targets(scale: Scale, statements: int) -> list[Target]:
    targets = [Target("A1 statements of the list", lambda _results: statements, at_most=4)]
    if scale is Scale.TINY:
        return targets
    return [
        Target("V1 by number vs SELECT 1, waited", wall_ratio(BY_NUMBER, SELECT_ONE), at_most=1.6),
        Target("V1 by number, all vs a tenth, waited", wall_ratio(BY_NUMBER, BY_NUMBER_OF_FEW), at_most=1.3),
        Target("A1 list, ms", wall_ms(LIST), at_most=50),
        Target("A1 search by number, ms", wall_ms(FOUND), at_most=50),
        Target("A1 search by a word, ms", wall_ms(WORD), at_most=50),
        *targets,
    ]


class Desk:
    """The superuser's requests, without the way to the view: no session, no middleware."""

    def __init__(self) -> None:
        given = {"is_staff": True, "is_superuser": True}
        self._user, _ = User.objects.get_or_create(username="bench-desk", defaults=given)

    def opens(self, model_admin: admin.ModelAdmin, times: int, **query: str) -> Callable[[], int]:
        """Opens the list so often, its page rendered each time."""

        def work() -> int:
            for _ in range(times):
                self.page(model_admin, **query)
            return times

        return work

    def page(self, model_admin: admin.ModelAdmin, **query: str) -> TemplateResponse:
        """The list's answer. Raises RuntimeError where it is none."""
        request = RequestFactory().get(f"{PATH}?{urlencode(query)}")
        request.user, request.session = self._user, SessionStore()
        answer = model_admin.changelist_view(request)
        if not isinstance(answer, TemplateResponse):
            raise RuntimeError(f"the list answers {answer.status_code}")
        answer.render()
        return answer

    def statements(self, model_admin: admin.ModelAdmin) -> int:
        """Statements of one list page, the person's roles known."""
        self.page(model_admin)
        with CaptureQueriesContext(connection) as queries:
            self.page(model_admin)
        return len(queries)


def _some(table: str, count: int) -> list[tuple[str, Any]]:
    """Numbers with their days of issue, from all over the table; fewer are asked for more than once."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number, issued_on FROM {table} ORDER BY md5(number) LIMIT %s", [count])  # noqa: S608
        found: list[tuple[str, Any]] = cursor.fetchall()
    return (found * (count // len(found) + 1))[:count]


def _select_one(times: int) -> int:
    with connection.cursor() as cursor:
        for _ in range(times):
            cursor.execute("SELECT 1")
            cursor.fetchone()
    return times


def _by_number(table: str, numbers: list[tuple[str, Any]]) -> int:
    statement = _NUMBER.format(table=table)
    with connection.cursor() as cursor:
        for number, _day in numbers:
            cursor.execute(statement, [number])
            cursor.fetchone()
    return len(numbers)


def _verify(numbers: list[tuple[str, Any]]) -> int:
    for number, day in numbers:
        answer = by_date(number=number, typed=Contents(issued_on=day), at=AT)
        if answer.verdict is Verdict.UNKNOWN:
            raise RuntimeError(f"{number} was not found")
    return len(numbers)


def _drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_tenth")
