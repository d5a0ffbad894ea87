"""Queries put into SQL once: they answer as the QuerySets they are made of, for everybody and every value."""

from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import DataError, connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guarantees import overview
from guarantees.actions import drafts
from guarantees.models import Application, Guarantee
from guarantees.queries import contact_for
from portal.access import Scope, scope_of
from portal.audit.trail import history
from portal.clock import seoul_day
from portal.compiled import Compiled
from portal.members.login import MemberBackend
from portal.members.models import Member
from portal.members.roles import Role
from portal.members.session_store import SessionStore
from sms.actions.mileage import earn
from tests.factories import at, make_application, make_branch, make_guarantee, make_member, make_user
from tests.stories import BACKEND, Cast, approved, make_cast, submitted, supplemented, web

pytestmark = pytest.mark.django_db
NOON, LATER, YEAR_AGO = at("2026-11-23 12:00"), at("2027-02-01 09:00"), at("2025-12-01 09:00")


@pytest.fixture
def cast() -> Cast:
    """A company with something in each figure of its front page."""
    cast = make_cast()
    make_guarantee(cast.member, contract_name="가온초 급식실 개선공사", amount=20_000_000)
    make_guarantee(cast.member, completes_on=date(2026, 12, 15), ends_on=date(2027, 2, 10))
    make_guarantee(cast.member, "D1", contract_name="가온초 급식실 개선공사", ends_on=date(2028, 1, 2))
    make_application(cast.member)
    submitted(cast)
    approved(cast)
    supplemented(cast)
    earn(member_id=cast.member.pk, source="guarantee:1", label="2026-C1-000001-0", at=YEAR_AGO)
    return cast


def figures(scope: Scope, instant: datetime) -> list[dict[str, object]]:
    """The overview's figures by the ORM alone, written anew."""
    values = {"at": instant, "today": seoul_day(instant), "soon": instant + timedelta(days=30)}
    plain = list(overview._figures(scope, **values).order_by("pk"))
    kept = Compiled(lambda **slots: overview._figures(**slots).order_by("pk"))
    first = kept.rows(scope, **{name: value - timedelta(days=900) for name, value in values.items()})
    assert kept.rows(scope, **values) == plain
    assert len(first) == len(plain)
    return plain


def test_the_figures_are_those_of_the_query_for_whoever_asks_and_whenever(cast: Cast) -> None:
    other = make_user(Role.MEMBER_USER, member=make_member(cast.branch))
    make_user(Role.MEMBER_USER, member=make_member(make_branch()))
    own = [figures(scope_of(cast.user), instant) for instant in (NOON, LATER)]

    assert own[0][0]["calls"] == own[0][0]["lapsing"] == 1
    assert own[1][0]["calls"] == 0
    assert own[0][0]["releasable"] == 1  # a defect guarantee of the same contract took over
    assert own[1][0]["releasable"] == 2  # and one whose work is done by then
    assert figures(scope_of(other), NOON) != own[0]
    assert len(figures(scope_of(cast.officer), NOON)) == 2
    assert len(figures(scope_of(cast.underwriter), NOON)) == Member.everything.count() == 3
    cast.user.is_active = False
    assert figures(scope_of(cast.user), NOON) == []


def test_a_page_made_for_one_member_says_nothing_of_him_to_the_next(cast: Cast) -> None:
    other = make_user(Role.MEMBER_USER, member=make_member(cast.branch))
    make_guarantee(other.member, ends_on=date(2026, 12, 1))
    today = seoul_day(NOON)

    for user, applications, ends in ((cast.user, 4, 1), (other, 0, 1), (cast.user, 4, 1)):
        assert len(overview.open_applications(user)) == applications
        assert {one.member_id for one in overview.open_applications(user)} <= {user.member_id}
        days = [day for week in overview.weeks_ahead(user, today) for day in week]
        assert sum(day.ending for day in days) == ends
        assert overview.overview_of(user, NOON).active == user.member.guarantees.count()
    other.is_active = False
    assert overview.open_applications(other) == []
    with pytest.raises(Member.DoesNotExist):
        overview.overview_of(other, NOON)


def test_the_applications_are_those_of_the_query_with_their_products(cast: Cast) -> None:
    scope = scope_of(cast.user)
    plain = list(overview._open(scope))
    with CaptureQueriesContext(connection) as asked:
        kept = overview.open_applications(cast.user)
        assert [str(one.product) for one in kept] == [str(one.product) for one in plain]
    assert kept == plain
    assert [one.state for one in kept] == ["supplement", "approved", "submitted", "draft"]
    assert len(asked) == 1


def test_the_sql_is_written_once() -> None:
    built: list[str] = []

    def named(*, number: str) -> object:
        built.append("once")
        return Guarantee.everything.filter(number=number).annotate(twice=F("amount") * 2).order_by("pk")

    kept: Compiled[Guarantee] = Compiled(named)
    first, second = make_guarantee(make_member(), amount=3), make_guarantee(make_member(), amount=4)
    assert [(one, one.twice) for one in kept.rows(number=first.number)] == [(first, 6)]
    assert [(one, one.twice) for one in kept.rows(number=second.number)] == [(second, 8)]
    assert kept.rows(number="' OR 1=1 --") == []
    assert built == ["once"]


def test_the_person_of_a_session_comes_with_company_branch_and_roles(cast: Cast) -> None:
    backend = MemberBackend()
    for person in (cast.user, cast.officer, cast.user):
        found = backend.get_user(person.pk)
        assert found == person
        with CaptureQueriesContext(connection) as asked:
            told = found.branch, found.member and found.member.branch, found.roles
        assert len(asked) == 0
        assert told == (person.branch, person.member and cast.branch, person.roles)
    assert backend.get_user(0) is None


def test_the_contact_is_the_last_one_named_else_the_members_own() -> None:
    member = make_member(contact_name="박담당", contact_mobile="01000001111", contact_email="own@example.kr")
    user = make_user(Role.MEMBER_USER, member=member)
    own = {"contact_name": "박담당", "contact_mobile": "01000001111", "contact_email": "own@example.kr"}
    assert contact_for(member.pk) == own

    for name, mobile in (("이첫째", "01000002222"), ("최둘째", "01000003333"), ("빈번호", "")):
        make_application(member, contact_name=name, contact_mobile=mobile, contact_email="")
    last = {"contact_name": "최둘째", "contact_mobile": "01000003333", "contact_email": ""}
    assert contact_for(member.pk) == last
    assert contact_for(make_member().pk)["contact_name"] == ""

    draft = drafts.start(product_code="C1", form_key=uuid4(), by=web(user), at=NOON)
    assert {name: getattr(draft, name) for name in last} == last


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_are_one_draft_with_one_line_in_the_trail() -> None:
    user, key, gate, found = make_user(Role.MEMBER_USER, member=make_member()), uuid4(), Barrier(4), []

    def press() -> None:
        gate.wait(10)
        try:
            found.append(drafts.start(product_code="C1", form_key=key, by=web(user), at=NOON).pk)
        finally:
            connection.close()

    presses = [Thread(target=press) for _ in range(4)]
    for one in presses:
        one.start()
    for one in presses:
        one.join(30)
    draft = Application.everything.get(form_key=key)
    assert found == [draft.pk] * 4
    assert [event.action for event in history(draft)] == ["application.start"]


@pytest.mark.django_db(transaction=True)
def test_each_connection_learns_a_statement_once() -> None:
    """One that ended takes along what it had learnt."""
    kept: Compiled[Member] = Compiled(lambda *, name: Member.everything.filter(name=name).order_by("pk"))
    member = make_member()
    for _connection in range(2):
        assert kept.rows(name=member.name) == kept.rows(name=member.name) == [member]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'PREPARE compiled_%%'"
                " AND statement LIKE %s", ['%"members_member"."name" = $1%'],
            )  # fmt: skip
            assert cursor.fetchone() == (1,)
        connection.close()


def test_what_the_database_does_not_understand_is_refused_as_djangos_own() -> None:
    kept: Compiled[Member] = Compiled(lambda *, pk: Member.everything.filter(pk=pk))
    assert kept.rows(pk=0) == []
    with pytest.raises(DataError), transaction.atomic():
        kept.rows(pk="no number")
    assert kept.rows(pk=0) == []


def test_a_session_lasts_to_its_last_second_and_no_further(cast: Cast) -> None:
    client, page = Client(), reverse("guarantees:limit")
    with time_machine.travel(NOON, tick=False) as moment:
        client.force_login(cast.user, backend=BACKEND)
        moment.shift(settings.SESSION_COOKIE_AGE - 1)
        assert client.get(page).status_code == 200  # which moves its end
        moment.shift(settings.SESSION_COOKIE_AGE)
        assert client.get(page).status_code == 302
    assert SessionStore(None).load() == {}
