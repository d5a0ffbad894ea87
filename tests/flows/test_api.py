"""/api/v1/: a member's own rows as JSON, read only; authorisation is the query."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guarantees.models import Guarantee
from portal.members.models import User
from portal.members.roles import Role
from tests.factories import make_application, make_branch, make_guarantee, make_member, make_user
from tests.pages.actors import new_browser

pytestmark = pytest.mark.django_db
APPLICATIONS, GUARANTEES = "/api/v1/applications/", "/api/v1/guarantees/"
FIELDS = {
    APPLICATIONS: {
        "id", "number", "product", "state", "contract_name", "beneficiary_name", "amount", "starts_on", "ends_on",
        "quoted_fee", "submitted_at", "supplement_due_on", "reason",
    },
    GUARANTEES: {
        "id", "number", "product", "state", "channel", "contract_name", "beneficiary_name", "amount",
        "outstanding", "starts_on", "ends_on", "issued_on", "released_at",
    },
}  # fmt: skip
# The session, the person with company and roles, the rows.
STATEMENTS = 3


def browser(user: User) -> Client:
    client = new_browser()
    client.force_login(user, "portal.members.login.MemberBackend")
    return client


def listed(user: User, url: str) -> list[dict[str, Any]]:
    return browser(user).get(url).json()["results"]


@pytest.fixture
def two_members() -> tuple[User, User]:
    """Each with an application and a guarantee, in branches of their own."""
    users = [make_user(Role.MEMBER_USER, member=make_member()) for _ in range(2)]
    for user in users:
        make_application(user.member)
        make_guarantee(user.member)
    return users[0], users[1]


@pytest.mark.parametrize("url", [APPLICATIONS, GUARANTEES])
def test_a_member_reads_his_own_rows_and_no_other_s(two_members: tuple[User, User], url: str) -> None:
    ours, theirs = two_members
    mine, others = listed(ours, url), listed(theirs, url)
    assert (len(mine), len(others)) == (1, 1)
    assert browser(ours).get(f"{url}{mine[0]['id']}/").json() == mine[0]
    assert browser(ours).get(f"{url}{others[0]['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("_case", "role", "in_branch", "then"),
    [
        ("관할 지점", Role.BRANCH_OFFICER, "own", 1),
        ("다른 지점", Role.BRANCH_OFFICER, "other", 0),
        ("본부 심사", Role.HQ_UNDERWRITER, "", 2),
        ("감사", Role.AUDITOR, "", 2),
        ("정보시스템부", Role.IT_SUPPORT, "", 0),
        ("홈페이지 관리", Role.WEBMASTER, "", 0),
        ("제도 관리", Role.POLICY_ADMIN, "", 0),
    ],
)
@pytest.mark.parametrize("url", [APPLICATIONS, GUARANTEES])
def test_staff_read_within_their_reach(
    two_members: tuple[User, User], url: str, _case: str, role: Role, in_branch: str, then: int
) -> None:
    branch = {"own": two_members[0].member.branch, "other": make_branch(), "": None}[in_branch]
    assert len(listed(make_user(role, branch=branch), url)) == then


def test_a_person_without_a_role_reads_nothing(two_members: tuple[User, User]) -> None:
    assert listed(make_user(member=two_members[0].member), GUARANTEES) == []


@pytest.mark.parametrize("url", [APPLICATIONS, GUARANTEES])
def test_the_fields_are_these_and_no_more(two_members: tuple[User, User], url: str) -> None:
    """No inner ids, no names of people, no numbers of theirs."""
    assert set(listed(two_members[0], url)[0]) == FIELDS[url]


def test_amounts_are_whole_and_dates_plain(two_members: tuple[User, User]) -> None:
    row = listed(two_members[0], GUARANTEES)[0]
    assert (row["amount"], row["outstanding"], row["ends_on"]) == (50_000_000, 50_000_000, "2026-12-31")


@pytest.mark.parametrize("url", [APPLICATIONS, GUARANTEES])
def test_without_a_login_403(two_members: tuple[User, User], url: str) -> None:
    row = listed(two_members[0], url)[0]
    assert [new_browser().get(path).status_code for path in (url, f"{url}{row['id']}/")] == [403, 403]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("url", [APPLICATIONS, GUARANTEES])
def test_nothing_can_be_written(two_members: tuple[User, User], url: str, method: str) -> None:
    row = listed(two_members[0], url)[0]
    before = list(Guarantee.everything.order_by("id").values_list())
    send = getattr(browser(two_members[0]), method)
    data = {"amount": 1, "state": "released"}
    answers = [send(path, data, content_type="application/json") for path in (url, f"{url}{row['id']}/")]
    assert [answer.status_code for answer in answers] == [405, 405]
    assert list(Guarantee.everything.order_by("id").values_list()) == before


@pytest.mark.parametrize(
    "query",
    ["?member=1", "?member__business_number=9", "?format=api", "?ordering=member__name", "?cursor=x", "?limit=99"],
)
def test_the_query_string_reaches_no_further(two_members: tuple[User, User], query: str) -> None:
    response = browser(two_members[0]).get(GUARANTEES + query)
    assert response.status_code in (200, 404)
    assert response["Content-Type"] == "application/json"
    numbers = {row["number"] for row in response.json().get("results", [])}
    assert numbers <= {guarantee.number for guarantee in two_members[0].member.guarantees.all()}


@pytest.mark.parametrize("wrong", ["1", "0", "abc", "00000000-0000-4000-8000-000000000000", "%00", "../admin"])
def test_only_a_known_public_id_finds_a_row(two_members: tuple[User, User], wrong: str) -> None:
    assert browser(two_members[0]).get(f"{GUARANTEES}{wrong}/").status_code == 404


@pytest.mark.parametrize("url", [APPLICATIONS, GUARANTEES])
@pytest.mark.parametrize("rows", [1, 60])
def test_statements_do_not_grow_with_the_rows(url: str, rows: int) -> None:
    member = make_member()
    user = make_user(Role.MEMBER_USER, member=member)
    for _ in range(rows):
        make_application(member)
        make_guarantee(member)
    client = browser(user)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(url).json()
    assert len(page["results"]) == min(rows, 50)
    assert (page["next"] is not None) is (rows > 50)
    assert len([query for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]) == STATEMENTS


def test_pages_follow_without_gap_or_double() -> None:
    member = make_member()
    user = make_user(Role.MEMBER_USER, member=member)
    made = {make_guarantee(member).number for _ in range(120)}
    client, url, seen = browser(user), GUARANTEES, []
    while url:
        page = client.get(url).json()
        seen += [row["number"] for row in page["results"]]
        url = page["next"]
    assert (len(seen), set(seen)) == (120, made)
