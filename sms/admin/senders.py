from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from portal.desk.fields import NumberField
from portal.desk.scoped import ScopedAdmin
from portal.identifiers import parse_sender_number
from portal.members.roles import Role
from sms.admin.gateways import registrations
from sms.models import SenderNumber


class SenderNumberForm(forms.ModelForm):
    number = NumberField(
        parse=parse_sender_number, label="발신번호", help_text="통신사에 사전등록된 번호만 쓸 수 있습니다."
    )

    class Meta:
        model = SenderNumber
        fields = ("number", "owner", "proof", "valid_until", "is_default")


@admin.register(SenderNumber)
class SenderNumberAdmin(ScopedAdmin):
    """Numbers the cooperative may send from; nobody can send from another."""

    view_roles = frozenset({Role.HQ_UNDERWRITER, Role.POLICY_ADMIN, Role.AUDITOR})
    add_roles = edit_roles = frozenset({Role.IT_SUPPORT})
    form = SenderNumberForm
    list_display = ("number", "owner", "proof", "valid_until", "is_default", "known_at")
    sortable_by = ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return SenderNumberForm.Meta.fields if obj is None else (*SenderNumberForm.Meta.fields, "known_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("known_at",)

    @admin.display(description="중계사 등록")
    def known_at(self, number: SenderNumber) -> str:
        return registrations(sender=number)
