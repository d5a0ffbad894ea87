"""Admin pages of members, branches and accounts. The page of a member itself is completed in `sms.admin`."""

from portal.audit import words
from portal.members.admin import branches, users

__all__ = ["branches", "users"]

words.register(
    {
        "member.add": "조합원 등록",
        "member.change": "조합원 정보 변경",
        "member.change_representative": "대표이사 변경",
        "user.add": "계정 등록",
        "user.change": "계정 변경",
        "user.change_roles": "역할 변경",
        "user.unlock": "로그인 잠금 풀기",
        "user.reset_second_factor": "2단계 인증 초기화",
        "branch.add": "지점 등록",
        "branch.change": "지점 변경",
        "personal.look": "번호 보기",
    }
)
