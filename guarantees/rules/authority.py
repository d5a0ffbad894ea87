"""Who may decide on what amount (DOMAIN §2.5, §2.6)."""

from portal.members.roles import Role

OFFICER_UP_TO = 100_000_000  # won, inclusive
HEAD_UP_TO = 1_000_000_000  # won, inclusive
RISING = (Role.BRANCH_OFFICER, Role.BRANCH_HEAD, Role.HQ_UNDERWRITER)


def required_role(amount: int) -> Role:
    """The lowest role that may approve or reject an application over `amount` won."""
    if amount <= OFFICER_UP_TO:
        return Role.BRANCH_OFFICER
    if amount <= HEAD_UP_TO:
        return Role.BRANCH_HEAD
    return Role.HQ_UNDERWRITER


def may_decide(role: Role, amount: int) -> bool:
    """Whether `role` reaches the authority `amount` won asks for; a higher role may what a lower one may."""
    return role in RISING[RISING.index(required_role(amount)) :]


def needs_second_person(amount: int) -> bool:
    """Whether the approver must be someone other than the reviewer."""
    return amount > OFFICER_UP_TO
