import pytest

from guarantees.rules.authority import Authority
from portal.members.roles import Role

OFFICER, HEAD, HQ = Role.BRANCH_OFFICER, Role.BRANCH_HEAD, Role.HQ_UNDERWRITER
OPENING = Authority(officer_up_to=100_000_000, head_up_to=1_000_000_000, second_person_above=100_000_000)


@pytest.mark.parametrize(
    ("_case", "amount", "role", "second_person"),
    [
        ("1원", 1, OFFICER, False),
        ("1억원", 100_000_000, OFFICER, False),
        ("1억원에서 1원 넘침", 100_000_001, HEAD, True),
        ("10억원", 1_000_000_000, HEAD, True),
        ("10억원에서 1원 넘침", 1_000_000_001, HQ, True),
    ],
)
def test_required_role(_case: str, amount: int, role: Role, second_person: bool) -> None:
    assert OPENING.required_role(amount) is role
    assert OPENING.needs_second_person(amount) is second_person


@pytest.mark.parametrize(
    ("amount", "deciders"),
    [
        (100_000_000, {OFFICER, HEAD, HQ}),
        (100_000_001, {HEAD, HQ}),
        (1_000_000_000, {HEAD, HQ}),
        (1_000_000_001, {HQ}),
    ],
)
def test_may_decide(amount: int, deciders: set[Role]) -> None:
    assert {role for role in Role if OPENING.may_decide(role, amount)} == deciders


def test_the_second_person_has_a_limit_of_his_own() -> None:
    """전결 5천만원, 두 사람은 3천만원 초과부터."""
    strict = Authority(officer_up_to=50_000_000, head_up_to=500_000_000, second_person_above=30_000_000)
    assert [strict.needs_second_person(won) for won in (30_000_000, 30_000_001)] == [False, True]
    assert [strict.required_role(won) for won in (50_000_000, 50_000_001)] == [OFFICER, HEAD]
