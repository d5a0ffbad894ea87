import pytest

from guarantees.rules.authority import may_decide, needs_second_person, required_role
from portal.members.roles import Role

OFFICER, HEAD, HQ = Role.BRANCH_OFFICER, Role.BRANCH_HEAD, Role.HQ_UNDERWRITER


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
    assert required_role(amount) is role
    assert needs_second_person(amount) is second_person


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
    assert {role for role in Role if may_decide(role, amount)} == deciders
