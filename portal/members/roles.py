"""Roles as Django groups, made by migration. A role is looked up by its code, never by a label."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """Who may do what; the codes are the names of the groups."""

    MEMBER_USER = "member_user"
    MEMBER_REP = "member_rep"
    BRANCH_OFFICER = "branch_officer"
    BRANCH_HEAD = "branch_head"
    HQ_UNDERWRITER = "hq_underwriter"
    POLICY_ADMIN = "policy_admin"
    IT_SUPPORT = "it_support"
    WEBMASTER = "webmaster"
    AUDITOR = "auditor"

    @property
    def label(self) -> str:
        """The Korean name shown to people."""
        return LABELS[self]


LABELS = {
    Role.MEMBER_USER: "조합원 담당자",
    Role.MEMBER_REP: "조합원 대표",
    Role.BRANCH_OFFICER: "지점 담당",
    Role.BRANCH_HEAD: "지점장",
    Role.HQ_UNDERWRITER: "본부 심사",
    Role.POLICY_ADMIN: "제도 관리",
    Role.IT_SUPPORT: "정보시스템부",
    Role.WEBMASTER: "홈페이지 관리",
    Role.AUDITOR: "감사",
}

BRANCH_ROLES = frozenset({Role.BRANCH_OFFICER, Role.BRANCH_HEAD})
HEAD_OFFICE_ROLES = frozenset(
    {Role.HQ_UNDERWRITER, Role.POLICY_ADMIN, Role.IT_SUPPORT, Role.WEBMASTER, Role.AUDITOR}
)
# Those who work on guarantees. IT support and webmasters see no member's business (S48).
BUSINESS_ROLES = BRANCH_ROLES | {Role.HQ_UNDERWRITER, Role.AUDITOR}
DECIDING_ROLES = BRANCH_ROLES | {Role.HQ_UNDERWRITER}


def roles_named(groups: Iterable[str]) -> frozenset[Role]:
    """The roles among names of groups; other groups are none."""
    known = {role.value for role in Role}
    return frozenset(Role(name) for name in groups if name in known)
