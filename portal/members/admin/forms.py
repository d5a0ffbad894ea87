"""What is typed about members and accounts."""

from typing import Any

from django import forms
from django.contrib.auth.validators import ASCIIUsernameValidator

from portal.desk.fields import NumberField
from portal.identifiers import (
    format_business_number,
    format_mobile,
    parse_business_number,
    parse_corporate_number,
    parse_mobile,
)
from portal.ksx1001 import NotSendable, byte_size, sanitise
from portal.members.actions.users import MEMBER_ROLES, fitting_roles
from portal.members.models import Branch, Member, User
from portal.members.roles import BRANCH_ROLES, HEAD_OFFICE_ROLES, Role
from portal.members.sms_name import ROOM


def mobile_field(label: str, *, required: bool = False, help_text: str = "") -> NumberField:
    return NumberField(parse=parse_mobile, show=format_mobile, label=label, required=required, help_text=help_text)


def role_choices(roles: frozenset[Role]) -> list[tuple[str, str]]:
    """Roles in the order of the table, with their Korean names."""
    return [(role.value, role.label) for role in Role if role in roles]


class RolesField(forms.TypedMultipleChoiceField):
    """Roles as boxes to tick."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, roles: frozenset[Role] = frozenset(Role), **options: Any) -> None:
        super().__init__(choices=role_choices(roles), coerce=Role, label="역할", **options)


class MemberForm(forms.ModelForm):
    """Master data of a member. The check digit of a business number must fit, that of a corporate one need not."""

    business_number = NumberField(parse=parse_business_number, show=format_business_number, label="사업자등록번호")
    corporate_number = NumberField(parse=parse_corporate_number, label="법인등록번호", required=False)
    representative_mobile = mobile_field("대표이사 휴대폰", help_text="보증해제대상 안내 문자를 받는 번호입니다.")
    contact_mobile = mobile_field("담당자 휴대폰")

    class Meta:
        model = Member
        fields = (
            "name", "sms_name", "business_number", "corporate_number", "representative_name",
            "representative_mobile", "representative_email", "contact_name", "contact_mobile", "contact_email",
            "address", "branch", "status", "joined_on",
        )  # fmt: skip

    def clean_sms_name(self) -> str:
        text = sanitise(self.cleaned_data["sms_name"]).strip()
        try:
            size = byte_size(text)
        except NotSendable as refused:
            raise forms.ValidationError(refused.message) from None
        if size > ROOM:
            raise forms.ValidationError(f"{size}바이트입니다. {ROOM}바이트(한글 16자) 이하로 줄여 주세요.")
        return text


class RepresentativeForm(forms.Form):
    """A new representative."""

    name = forms.CharField(label="새 대표이사", max_length=60)
    mobile = mobile_field("휴대폰", help_text="비워 두면 안내 문자를 보낼 수 없습니다.")
    email = forms.EmailField(label="이메일", required=False)
    evidence = forms.CharField(
        label="확인한 서류", max_length=200, help_text="예: 등기사항증명서 2026. 11. 20. 발급"
    )


class AccountForm(forms.Form):
    """A person of a member company."""

    username = forms.CharField(
        label="아이디", min_length=4, max_length=30, validators=[ASCIIUsernameValidator()],
        help_text="영문, 숫자로 4~30자",
    )  # fmt: skip
    full_name = forms.CharField(label="이름", max_length=60)
    email = forms.EmailField(label="이메일", help_text="이 주소로 받은 안내에서 본인이 비밀번호를 정합니다.")
    roles = RolesField(MEMBER_ROLES)

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError("이미 쓰고 있는 아이디입니다. 다른 아이디를 정해 주세요.")
        return username


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="사유", max_length=200)


class NewUserForm(forms.ModelForm):
    """A new account: of the member whose business number is typed, else of the branch, else of the head office."""

    business_number = NumberField(
        parse=parse_business_number, show=format_business_number, label="조합원 사업자등록번호", required=False,
        help_text="조합원 계정일 때만 적습니다. 비우면 직원 계정입니다.",
    )  # fmt: skip
    full_name = forms.CharField(label="이름", max_length=60)
    email = forms.EmailField(label="이메일", help_text="이 주소로 받은 안내에서 본인이 비밀번호를 정합니다.")
    roles = RolesField()
    member: Member | None = None

    class Meta:
        model = User
        fields = ("username", "full_name", "email", "branch")
        labels = {"username": "아이디"}

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError("이미 쓰고 있는 아이디입니다. 다른 아이디를 정해 주세요.")
        return username

    def clean_business_number(self) -> str:
        number: str = self.cleaned_data["business_number"]
        if number:
            self.member = Member.everything.filter(business_number=number).first()
            if self.member is None:
                raise forms.ValidationError("이 사업자등록번호의 조합원이 없습니다. 번호를 다시 확인해 주세요.")
        return number

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        branch: Branch | None = cleaned.get("branch")
        if self.member is not None and branch is not None:
            self.add_error("branch", "조합원 계정에는 소속 지점을 고르지 않습니다.")
        check_roles(self, cleaned, is_staff=self.member is None, has_branch=branch is not None)
        return cleaned


class OwnAccountForm(forms.ModelForm):
    """What a person of the IT department may change on his own account."""

    class Meta:
        model = User
        fields = ("full_name", "email")


class UserForm(forms.ModelForm):
    """What may be changed on another's account."""

    roles = RolesField()

    class Meta:
        model = User
        fields = ("full_name", "email", "branch", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("roles", [role.value for role in self.instance.roles])
        offered = BRANCH_ROLES | HEAD_OFFICE_ROLES if self.instance.is_staff else MEMBER_ROLES
        self.fields["roles"].choices = role_choices(offered)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        has_branch = cleaned.get("branch") is not None
        check_roles(self, cleaned, is_staff=self.instance.is_staff, has_branch=has_branch)
        return cleaned


def check_roles(form: forms.ModelForm, cleaned: dict[str, Any], *, is_staff: bool, has_branch: bool) -> None:
    """Say which roles fit the person's side when others are ticked."""
    fitting = fitting_roles(is_staff=is_staff, has_branch=has_branch)
    if cleaned.get("roles") and not set(cleaned["roles"]) <= fitting:
        names = ", ".join(label for _code, label in role_choices(fitting))
        form.add_error("roles", f"이 소속에 맞는 역할을 골라 주세요: {names}.")
