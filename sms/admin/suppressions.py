"""발송 제외 번호: which numbers get no texts, and the button that lifts one after a call."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal import clock
from portal.access import Actor
from portal.desk.buttons import Button, ButtonAdmin, Facts
from portal.desk.cells import badge, masked, named
from portal.desk.fields import NumberField
from portal.desk.scoped import ScopedRelatedFilter
from portal.desk.searching import member_ids
from portal.identifiers import normalize_digits, parse_mobile
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES, Role
from sms import suppression
from sms.admin.batches import ReasonForm
from sms.models import Suppression


class RequestForm(forms.ModelForm):
    """A stranger on the telephone who gets texts meant for somebody else."""

    mobile = NumberField(parse=parse_mobile, label="휴대폰")
    source = forms.CharField(
        label="요청 내용", max_length=120, help_text="누가 언제 전화하여 무엇을 요청했는지 적습니다."
    )

    class Meta:
        model = Suppression
        fields = ("mobile", "source")

    def clean_mobile(self) -> str:
        mobile: str = self.cleaned_data["mobile"]
        there = Suppression.everything.filter(mobile=mobile, reason="request", lifted_at__isnull=True)
        if there.exists():
            raise forms.ValidationError(suppression.AlreadyThere.message)
        return mobile


def lift(row: Suppression, **given: Any) -> str:
    suppression.lift(suppression_id=row.pk, **given)
    return f"{row} 번호로 다시 보냅니다."


@admin.register(Suppression)
class SuppressionAdmin(ButtonAdmin):
    view_roles = BUSINESS_ROLES
    add_roles = frozenset({Role.HQ_UNDERWRITER})
    form = RequestForm
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="lift", label="다시 보내기", roles=DECIDING_ROLES, form=ReasonForm, run=lift,
            when=lambda row: row.lifted_at is None,
            question="번호 주인에게 확인하셨습니까? 이 번호로 문자가 다시 나갑니다.",
        ),
    )  # fmt: skip
    list_display = ("since", "number", "reason", "member", "state", "source")
    list_select_related = ("member",)
    list_filter = ("reason", ("lifted_at", admin.EmptyFieldListFilter), ("member__branch", ScopedRelatedFilter))
    sortable_by = ()
    search_fields = ("mobile__exact",)
    search_help_text = "조합원의 상호나 사업자등록번호, 또는 휴대폰 번호 전체로 찾습니다."

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("mobile", "source")
        return ("number", "reason", "member", "source", "since", "state", "lifted_at", "lifter", "lift_reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self.get_fields(request, obj)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        digits = normalize_digits(text)
        if len(digits) == 11 and digits.isdigit():
            return queryset.filter(mobile=digits), False
        return (queryset.filter(member__in=member_ids(request, text)) if text else queryset), False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        by = Actor.of(request, "admin")
        row = suppression.add(mobile=obj.mobile, source=obj.source, by=by, at=clock.now())
        obj.pk = row.pk

    def about(self, request: HttpRequest, row: Suppression, button: Button) -> Facts:
        return [("번호", masked(row.mobile)), ("사유", row.get_reason_display()), ("근거", row.source)]

    @admin.display(description="번호")
    def number(self, row: Suppression) -> str:
        return masked(row.mobile)

    @admin.display(description="상태")
    def state(self, row: Suppression) -> str:
        return badge("on", "보내지 않음", "danger") if row.lifted_at is None else badge("off", "해제됨", "done")

    lifter = named("lifted_by", "해제한 사람")
