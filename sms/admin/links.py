"""On a member's page: whether its texts may name web addresses, and of which domains."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.desk.buttons import Button, Facts
from portal.desk.cells import named
from portal.desk.scoped import ScopedInline
from portal.members.models import Member
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES
from sms.actions import links
from sms.free_service import domains_of
from sms.models import LinkPermission


class AllowForm(forms.Form):
    """Which domains, and why."""

    domains = forms.CharField(
        label="도메인",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=(
            f"한 줄에 하나씩 {links.MOST_DOMAINS}개까지. 예: example.co.kr (그 아래 주소도 함께 허용됩니다). "
            "전에 허용한 도메인은 여기에 다시 적지 않으면 빠집니다."
        ),
    )
    reason = forms.CharField(label="사유", max_length=200)


class ForbidForm(forms.Form):
    """Why not any more."""

    reason = forms.CharField(label="사유", max_length=200)


def allow(member: Member, *, domains: str, **answers: Any) -> str:
    row = links.allow(member_id=member.pk, domains=domains.replace(",", "\n").splitlines(), **answers)
    return f"{member}의 문자에 {', '.join(row.domains)} 주소를 허용했습니다."


def forbid(member: Member, **answers: Any) -> str:
    links.forbid(member_id=member.pk, **answers)
    return f"{member}의 문자에 인터넷 주소를 더 허용하지 않습니다."


def links_of(member: Member) -> Facts:
    """What is allowed now, for the page that asks."""
    return [("지금 허용된 도메인", ", ".join(domains_of(member)) or "없음")]


class LinkPermissionInline(ScopedInline):
    """Who allowed what, when and why."""

    model = LinkPermission
    view_roles = BUSINESS_ROLES
    fields = readonly_fields = ("at", "is_allowed", "named_domains", "reason", "entered_by")

    entered_by = named("by", "처리한 사람")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LinkPermission]:
        return super().get_queryset(request).select_related("by")

    @admin.display(description="도메인")
    def named_domains(self, row: LinkPermission) -> str:
        return ", ".join(row.domains) or "-"


LINK_BUTTONS = (
    Button(
        name="allow-links", label="인터넷 주소 허용", roles=DECIDING_ROLES, form=AllowForm, run=allow,
        when=lambda member: member.is_trading,
        question="이 조합원이 보내는 문자에 적은 도메인의 인터넷 주소를 넣을 수 있게 합니다. 사칭에 쓰이지 않을 "
        "주소인지 확인해 주세요.",
    ),
    Button(
        name="forbid-links", label="인터넷 주소 허용 해제", roles=DECIDING_ROLES, form=ForbidForm, run=forbid,
        when=lambda member: bool(domains_of(member)),
        question="이 조합원이 보내는 문자에 인터넷 주소를 더 넣을 수 없게 합니다.",
    ),
)  # fmt: skip
