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
        "user.change_password": "비밀번호 변경",
        "user.add_passkey": "패스키 등록",
        "user.remove_passkey": "패스키 삭제",
        "user.add_second_factor": "인증 앱 등록",
        "user.remove_second_factor": "인증 앱 사용 중지",
        "user.make_recovery_codes": "복구 코드 만들기",
        "user.invite": "사용자 초대",
        "user.invite_again": "초대 다시 보내기",
        "user.withdraw_invitation": "초대 취소",
        "user.join": "초대 수락",
        "user.deactivate": "사용자 중지",
        "user.reactivate": "사용자 중지 해제",
        "login.begin": "로그인",
        "login.fail": "로그인 실패",
        "login.end": "로그아웃",
        "login.end_others": "다른 기기에서 로그아웃",
        "branch.add": "지점 등록",
        "branch.change": "지점 변경",
        "personal.look": "번호 보기",
    }
)
