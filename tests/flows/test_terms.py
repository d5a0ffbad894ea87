"""Rates take effect by two people: one makes them, another checks them."""

from datetime import date

import pytest

from guarantees.actions.terms import AlreadyChecked, MadeByYourself, NotForYou, check_terms
from guarantees.models import ProductTerms
from guarantees.policies import terms_on
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import User
from portal.members.roles import Role
from tests.factories import at, make_user

pytestmark = pytest.mark.django_db
DAY = date(2027, 1, 4)  # Mon
NOW = at("2026-12-01 10:00")


@pytest.fixture
def maker() -> User:
    return make_user(Role.POLICY_ADMIN)


@pytest.fixture
def terms(maker: User) -> ProductTerms:
    return ProductTerms.objects.create(product_id="C1", effective_from=DAY, base_ppm=7_000, made_by=maker)


def test_unchecked_terms_do_not_count(terms: ProductTerms) -> None:
    assert terms_on("C1", DAY).base_ppm == 6_000


def test_checked_terms_count_from_their_day(terms: ProductTerms) -> None:
    checker = make_user(Role.POLICY_ADMIN)
    check_terms(model=ProductTerms, terms_id=terms.pk, by=Actor.user(checker), at=NOW)
    assert [terms_on("C1", day).base_ppm for day in (date(2027, 1, 3), DAY)] == [6_000, 7_000]
    assert AuditEvent.everything.get(action="productterms.check").actor == checker


def test_who_may_not(terms: ProductTerms, maker: User) -> None:
    with pytest.raises(MadeByYourself):
        check_terms(model=ProductTerms, terms_id=terms.pk, by=Actor.user(maker), at=NOW)
    with pytest.raises(NotForYou):
        check_terms(model=ProductTerms, terms_id=terms.pk, by=Actor.user(make_user(Role.HQ_UNDERWRITER)), at=NOW)
    terms.refresh_from_db()
    assert terms.checked_by is None
    assert not AuditEvent.everything.filter(action="productterms.check").exists()


def test_once_is_enough(terms: ProductTerms) -> None:
    by = Actor.user(make_user(Role.POLICY_ADMIN))
    check_terms(model=ProductTerms, terms_id=terms.pk, by=by, at=NOW)
    with pytest.raises(AlreadyChecked):
        check_terms(model=ProductTerms, terms_id=terms.pk, by=by, at=NOW)
