"""What a company types about its own people, and they about themselves."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.contrib.auth.validators import ASCIIUsernameValidator

from portal.fields import MobileField
from portal.members.models import User
from portal.members.roles import Role

ROLES = (
    (Role.MEMBER_USER.value, "조합원 담당자: 보증 신청과 조회, 문자메시지서비스"),
    (Role.MEMBER_REP.value, "조합원 대표: 담당자의 일에 더해 전자서명, 수신 설정, 회사 사용자 관리"),
)
NAME = {"required": "이름을 입력해 주세요."}
EMAIL = {
    "required": "이메일 주소를 입력해 주세요.",
    "invalid": "이메일 주소를 다시 확인해 주세요. 예: nare@example.kr",
}


def role_field(**options: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label="역할", choices=ROLES, coerce=Role, widget=forms.RadioSelect,
        error_messages={"required": "역할을 골라 주세요."}, **options,
    )  # fmt: skip


class InviteForm(forms.Form):
    """Somebody of the company. Without a name of its own the e-mail address is the name to sign in with."""

    full_name = forms.CharField(label="이름", max_length=60, error_messages=NAME)
    email = forms.EmailField(
        label="이메일", max_length=150, help_text="이 주소로 초대 링크를 보냅니다.", error_messages=EMAIL
    )
    username = forms.CharField(
        label="아이디", min_length=4, max_length=30, required=False, validators=[ASCIIUsernameValidator()],
        help_text="영문과 숫자로 4~30자입니다. 비워 두면 이메일 주소가 아이디가 됩니다.",
        error_messages={"min_length": "아이디를 4자 이상 입력해 주세요."},
    )  # fmt: skip
    mobile = MobileField(label="휴대폰 번호", required=False)
    role = role_field(initial=Role.MEMBER_USER.value)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "username" in cleaned and not cleaned["username"]:
            cleaned["username"] = cleaned.get("email", "")
        return cleaned


class RoleForm(forms.Form):
    """What a colleague may do."""

    role = role_field()


class ReasonForm(forms.Form):
    """Why somebody is shut out or let in again; it stays in the trail."""

    reason = forms.CharField(
        label="사유", max_length=200, help_text="기록에 남습니다. 예: 퇴사",
        error_messages={"required": "사유를 입력해 주세요."},
    )  # fmt: skip


class JoinForm(forms.Form):
    """The password of a new account, twice."""

    password = forms.CharField(
        label="비밀번호", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False,
        error_messages={"required": "비밀번호를 입력해 주세요."},
    )  # fmt: skip
    again = forms.CharField(
        label="비밀번호 확인", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False,
        error_messages={"required": "같은 비밀번호를 한 번 더 입력해 주세요."},
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.rules = password_validators_help_texts()

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "password" in cleaned and "again" in cleaned and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "비밀번호가 서로 다릅니다. 다시 입력해 주세요.")
        return cleaned
