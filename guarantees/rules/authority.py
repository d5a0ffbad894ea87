"""Who may decide on what amount (DOMAIN §2.5, §2.6). The amounts are the day's policy, handed in."""

from dataclasses import dataclass

from portal.members.roles import Role

RISING = (Role.BRANCH_OFFICER, Role.BRANCH_HEAD, Role.HQ_UNDERWRITER)


@dataclass(frozen=True)
class Authority:
    """How far each role decides, in won, inclusive; above `second_person_above` two people decide."""

    officer_up_to: int
    head_up_to: int
    second_person_above: int

    def required_role(self, amount: int) -> Role:
        """The lowest role that may approve or reject an application over `amount` won."""
        if amount <= self.officer_up_to:
            return Role.BRANCH_OFFICER
        if amount <= self.head_up_to:
            return Role.BRANCH_HEAD
        return Role.HQ_UNDERWRITER

    def may_decide(self, role: Role, amount: int) -> bool:
        """Whether `role` reaches what `amount` won asks for; a higher role may what a lower one may."""
        return role in RISING[RISING.index(self.required_role(amount)) :]

    def needs_second_person(self, amount: int) -> bool:
        """Whether the approver must be someone other than the reviewer."""
        return amount > self.second_person_above
