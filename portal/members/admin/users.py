"""Accounts: the branch sees and unlocks its members' people, the IT department keeps all of them."""

from typing import Any, ClassVar

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from portal import clock
from portal.access import Actor
from portal.desk.buttons import Button, ButtonAdmin, held_roles
from portal.desk.cells import masked
from portal.desk.scoped import ReadOnlyAdmin, allowed
from portal.desk.searching import member_ids
from portal.desk.worklists import Work, worklist
from portal.members.actions import users
from portal.members.admin.forms import NewUserForm, OwnAccountForm, ReasonForm, UserForm
from portal.members.models import User
from portal.members.roles import DECIDING_ROLES, LABELS, Role

KEEPERS = frozenset({Role.IT_SUPPORT, Role.AUDITOR})


def words_of(user: User) -> str:
    """The roles of a person in words, out of groups fetched before."""
    names = {group.name for group in user.groups.all()}
    return ", ".join(label for role, label in LABELS.items() if role.value in names) or "-"


def is_locked_out(user: User) -> bool:
    """Whether too many failed logins keep the person out."""
    return locked_attempts().filter(username=user.username).exists()


def locked_attempts() -> QuerySet[Any]:
    """Failed logins that lock their account at this moment."""
    since = clock.now() - settings.AXES_COOLOFF_TIME
    return AccessAttempt.objects.filter(
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gt=since
    )


def unlock(user: User, **given: Any) -> str:
    users.unlock_login(user_id=user.pk, **given)
    return f"{user} 님의 로그인 잠금을 풀었습니다. 지금 다시 로그인할 수 있습니다."


def reset_second_factor(user: User, **given: Any) -> str:
    users.reset_second_factor(user_id=user.pk, **given)
    return f"{user} 님의 2단계 인증을 초기화했습니다. 다음 로그인 때 새로 등록합니다."


class SideFilter(admin.SimpleListFilter):
    """Members' people or the cooperative's."""

    title = "구분"
    parameter_name = "side"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("member", "조합원"), ("branch", "지점 직원"), ("head", "본부 직원"), ("locked", "로그인 잠김")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        match self.value():
            case "member":
                return queryset.filter(member__isnull=False)
            case "branch":
                return queryset.filter(is_staff=True, branch__isnull=False)
            case "head":
                return queryset.filter(is_staff=True, branch__isnull=True)
            case "locked":
                return queryset.filter(username__in=locked_attempts().values("username"))
        return queryset


@admin.register(User)
class UserAdmin(ButtonAdmin):
    """Nobody changes his own authority, and a superuser's account only another superuser."""

    view_roles = KEEPERS | DECIDING_ROLES
    add_roles = edit_roles = frozenset({Role.IT_SUPPORT})
    list_display = ("username", "full_name", "side", "held_roles", "is_active", "last_login")
    list_select_related = ("member", "branch")
    list_filter = (SideFilter, "is_active")
    ordering = ("username",)
    sortable_by = ("username",)
    search_fields = ("username",)
    search_help_text = "아이디나 이름의 일부, 조합원의 상호나 사업자등록번호로 찾습니다."
    readonly_fields = ("username", "side", "phone", "held_roles", "last_login", "date_joined", "lock")
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="unlock", label="로그인 잠금 풀기", roles=DECIDING_ROLES | {Role.IT_SUPPORT}, when=is_locked_out,
            question="본인과 통화해 확인하셨습니까? 잠금을 풀면 바로 다시 로그인할 수 있습니다.", run=unlock,
        ),
        Button(
            name="reset-second-factor", label="2단계 인증 초기화", roles=frozenset({Role.IT_SUPPORT}),
            when=lambda user: not user.is_superuser, form=ReasonForm, run=reset_second_factor, is_dangerous=True,
            question="휴대폰을 잃어버린 사용자의 2단계 인증을 지웁니다. 본인을 다시 확인하고 사유를 적어 주세요.",
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = super().get_queryset(request).prefetch_related("groups")
        return people if allowed(request, KEEPERS) else people.filter(member__isnull=False)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not getattr(request.user, "is_superuser", False):
            return False
        return super().has_change_permission(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewUserForm
        else:
            kwargs["form"] = UserForm if self.decides_on(request, obj) else OwnAccountForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("username", "full_name", "email", "business_number", "branch", "roles")
        roles = "roles" if self.decides_on(request, obj) else "held_roles"
        branch, phone = (("branch",), ()) if obj.is_staff else ((), ("phone",))
        return (
            "username", "side", "full_name", "email", *phone, *branch, roles, "is_active", "lock", "last_login",
            "date_joined",
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        own = () if self.decides_on(request, obj) else ("branch", "is_active")
        return (*self.readonly_fields, *own)

    def decides_on(self, request: HttpRequest, obj: User) -> bool:
        """Whether the person may change this account's authority."""
        return self.has_change_permission(request, obj) and obj.pk != request.user.pk

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        people = Q(username__icontains=text) | Q(full_name__icontains=text)
        return queryset.filter(people | Q(member__in=member_ids(request, text))), False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        by, at, typed = Actor.of(request, "admin"), clock.now(), form.cleaned_data
        if change:
            stored = User.objects.get(pk=obj.pk)
            users.change_user(
                user_id=obj.pk, full_name=typed["full_name"], email=typed["email"],
                branch_id=obj.branch_id, is_active=obj.is_active,
                roles=typed.get("roles", stored.roles), by=by, at=at,
            )  # fmt: skip
            return
        common = {name: typed[name] for name in ("username", "full_name", "email", "roles")}
        member = form.member
        if member is not None:
            made = users.create_member_user(member_id=member.pk, **common, by=by, at=at)
        else:
            made = users.create_staff_user(branch_id=obj.branch_id, **common, by=by, at=at)
        obj.pk = made.pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Roles are set by the action; the form has no other relations."""

    @admin.display(description="소속")
    def side(self, user: User) -> str:
        return str(user.member or user.branch or ("본부" if user.is_staff else "-"))

    @admin.display(description="휴대폰")
    def phone(self, user: User) -> str:
        return masked(user.mobile)

    @admin.display(description="역할")
    def held_roles(self, user: User) -> str:
        return words_of(user)

    @admin.display(description="로그인")
    def lock(self, user: User) -> str:
        return "잠김 (비밀번호를 여러 번 틀림)" if is_locked_out(user) else "가능"


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Failed logins as they were counted, for the superuser."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    sortable_by = ("attempt_time",)
    fields = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start")


@worklist(40)
def locked_out(request: HttpRequest, at: Any) -> list[Work]:
    """People who cannot sign in, for those who can help."""
    if not held_roles(request) & {Role.IT_SUPPORT}:
        return []
    url = reverse("admin:members_user_changelist") + "?side=locked"
    return [Work("로그인이 잠긴 사용자", locked_attempts().values("username").distinct().count(), url)]
