"""A member's page: master data and people. `sms.admin` adds who receives its notices, and registers it."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from portal import clock
from portal.access import Actor
from portal.desk.buttons import Button, ButtonAdmin, held_roles
from portal.desk.cells import badge, masked
from portal.desk.scoped import ScopedInline, ScopedRelatedFilter
from portal.desk.searching import member_ids
from portal.identifiers import corporate_number_warning, format_business_number
from portal.members.actions import members, users
from portal.members.admin.forms import AccountForm, MemberForm, RepresentativeForm
from portal.members.admin.users import words_of
from portal.members.models import Member, User
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES, Role

HEADS = DECIDING_ROLES - {Role.BRANCH_OFFICER}


class UserInline(ScopedInline):
    """People who sign in for the member."""

    model = User
    view_roles = BUSINESS_ROLES
    fields = readonly_fields = ("username", "full_name", "held_roles", "is_active", "last_login")
    show_change_link = True
    verbose_name_plural = "사용자"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="역할")
    def held_roles(self, user: User) -> str:
        return words_of(user)


def change_representative(member: Member, **answers: Any) -> str:
    changed = members.change_representative(member_id=member.pk, **answers)
    name = changed.representative_name
    return f"{changed}의 대표이사를 {name}님으로 바꿨습니다. 이전 대표이사의 로그인 계정도 확인해 주세요."


def add_user(member: Member, **answers: Any) -> str:
    user = users.create_member_user(member_id=member.pk, **answers)
    how = "로그인 화면의 ‘비밀번호 재설정’에서 본인이 비밀번호를 정하도록 안내해 주세요."
    return f"{user} 계정을 만들었습니다. {how}"


class MemberAdmin(ButtonAdmin):
    """Members of the person's branch. Officers keep the data; the head decides on the standing."""

    view_roles = BUSINESS_ROLES
    add_roles = edit_roles = DECIDING_ROLES
    form = MemberForm
    list_display: Any = ("name", "number", "representative_name", "mobile", "branch", "standing")
    list_select_related: ClassVar[Any] = ("branch",)
    list_filter: ClassVar[Any] = ("status", ("branch", ScopedRelatedFilter))
    sortable_by = ("name",)
    search_fields = ("name",)
    search_help_text = "상호의 일부나 사업자등록번호의 앞자리로 찾습니다."
    readonly_fields: ClassVar[Any] = ("number", "mobile", "contact_number")
    inlines: ClassVar[Any] = (UserInline,)
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="representative", label="대표이사 변경", roles=DECIDING_ROLES, when=lambda member: True,
            question="새 대표이사가 앞으로 보증해제대상 안내 문자를 받습니다. 서류를 확인하고 적어 주세요.",
            form=RepresentativeForm, run=change_representative,
        ),
        Button(
            name="add-user", label="사용자 추가", roles=DECIDING_ROLES, when=lambda member: member.is_trading,
            question="이 조합원의 새 로그인 계정을 만듭니다.", form=AccountForm, run=add_user,
        ),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request) and bool(held_roles(request) & self.add_roles)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and bool(held_roles(request) & self.edit_roles)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who only looks sees no whole number of a person."""
        edits = obj is None or self.has_change_permission(request, obj)
        company = ("name", "sms_name", "business_number" if edits else "number", "corporate_number")
        return (
            ("회사", {"fields": (*company, "address", "branch", "status", "joined_on")}),
            ("대표이사", {"fields": (
                "representative_name", "representative_mobile" if edits else "mobile", "representative_email",
                *self.reception_fields(obj),
            )}),
            ("담당자", {"fields": (
                "contact_name", "contact_mobile" if edits else "contact_number", "contact_email",
            )}),
        )  # fmt: skip

    def reception_fields(self, obj: Any) -> tuple[str, ...]:
        """What the messaging app knows about the representative."""
        return ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            fields.append("representative_name")
        if not held_roles(request) & HEADS:
            fields.append("status")
        return fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (queryset.filter(pk__in=member_ids(request, text)) if text else queryset), False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        by, at = Actor.of(request, "admin"), clock.now()
        if change:
            typed = {name: form.cleaned_data[name] for name in form.changed_data}
            members.change_member(member_id=obj.pk, changes=typed, by=by, at=at)
        else:
            obj.pk = members.create_member(values=form.cleaned_data, by=by, at=at).pk
        warning = corporate_number_warning(obj.corporate_number) if obj.corporate_number else ""
        if warning and "corporate_number" in form.changed_data:
            messages.warning(request, warning)

    @admin.display(description="사업자등록번호", ordering="business_number")
    def number(self, member: Member) -> str:
        return format_business_number(member.business_number)

    @admin.display(description="대표이사 휴대폰")
    def mobile(self, member: Member) -> str:
        return masked(member.representative_mobile)

    @admin.display(description="담당자 휴대폰")
    def contact_number(self, member: Member) -> str:
        return masked(member.contact_mobile)

    @admin.display(description="상태")
    def standing(self, member: Member) -> str:
        return badge(member.status, member.get_status_display(), "ok" if member.is_trading else "")
