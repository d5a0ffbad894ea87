"""보증한도 on the desk: what each member may take, who is near the end of it, and the terms behind it (S23)."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from guarantees.actions import limits
from guarantees.admin.limit_changes import effect, fingerprint, told
from guarantees.forms.limits import LONGEST_REASON, LimitForm, SubLimitForm
from guarantees.limits import limit_policy_on, members_without_limit, near_the_limit, position, with_totals
from guarantees.models import LimitChange, MemberLimit, SubLimit
from guarantees.rules.limit import available, is_near
from portal import clock
from portal.access import Actor
from portal.desk.buttons import Button, ButtonAdmin, Facts
from portal.desk.cells import badge, link, won
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, visible
from portal.desk.searching import member_ids
from portal.members.models import Member
from portal.members.roles import BUSINESS_ROLES, Role
from portal.particles import as_object
from portal.templatetags.portal_ui import korean_date, percent_of

UNDERWRITERS = frozenset({Role.HQ_UNDERWRITER})


def change(row: MemberLimit, **answers: Any) -> str:
    limits.change_limit(member_id=row.member_id, **answers)
    return f"{as_object(row)} 변경했습니다."


def set_sub_limit(row: MemberLimit, **answers: Any) -> str:
    limits.set_sub_limit(member_id=row.member_id, **answers)
    return f"{row.member}의 개별한도를 변경했습니다."


BUTTONS = (
    Button(
        name="change", label="변경", run=change, roles=UNDERWRITERS, when=lambda row: True, form=LimitForm,
        question="거래 조건을 바꿉니다. 먼저 바뀌는 내용과 남는 한도를 보여 드리고, 한 번 더 누르면 저장합니다.",
    ),
    Button(
        name="sub_limit", label="개별한도", run=set_sub_limit, roles=UNDERWRITERS, when=lambda row: True,
        form=SubLimitForm, question="통합한도 안에서 보증 종류 하나에 쓸 수 있는 가장 큰 금액을 정합니다.",
    ),
)  # fmt: skip


class NewLimitForm(forms.ModelForm):
    """The first limit of a member who has none."""

    reason = forms.CharField(label="등록 사유", max_length=LONGEST_REASON, help_text="예: 신규 출자, 결재 번호")

    class Meta:
        model = MemberLimit
        fields = ("member", "shares", "grade", "special_limit", "post_pay_until")


class NearFilter(admin.SimpleListFilter):
    """Those the head office should look at."""

    title = "한도 사용"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("near", "90% 넘게 씀")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[MemberLimit]) -> QuerySet[MemberLimit]:
        return near_the_limit(queryset) if self.value() == "near" else queryset


@admin.register(MemberLimit)
class MemberLimitAdmin(ButtonAdmin):
    """Terms are changed by buttons with a reason; the figures beside them are summed when looked at."""

    view_roles = BUSINESS_ROLES
    add_roles = UNDERWRITERS
    change_form_template = "admin/guarantees/limit.html"
    buttons: ClassVar[tuple[Button, ...]] = BUTTONS
    list_display = ("company", "branch", "grade", "limit", "used", "reserved", "left", "share")
    list_display_links = ("company",)
    list_select_related = ("member__branch",)
    list_filter = (NearFilter, "grade", ("member__branch", ScopedRelatedFilter))
    ordering = ("member__name", "id")
    sortable_by = ()
    search_fields = ("member__name",)
    search_help_text = "조합원의 상호나 사업자등록번호로 찾습니다."

    def get_queryset(self, request: HttpRequest) -> QuerySet[MemberLimit]:
        return with_totals(super().get_queryset(request), day=clock.today())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (queryset.filter(member__in=member_ids(request, text)) if text else queryset), False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs | ({"form": NewLimitForm} if obj is None else {}))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            names = ("member", "shares", "grade", "special_limit", "post_pay_until", "reason")
            return ((None, {"fields": names}),)
        return (
            ("한도", {"fields": (("company_link", "branch"), ("limit", "left"), ("used", "reserved"))}),
            ("거래 조건", {"fields": (
                ("shares", "grade"), ("special_won", "post_pay_until"), ("formula", "changed_at"),
            )}),
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        cells = ("company_link", "branch", "limit", "left", "used", "reserved", "special_won", "formula")
        return cells if obj is not None else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = members_without_limit(visible(Member, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The first limit goes through the same action as every change, which writes the trail."""
        row = limits.change_limit(
            member_id=obj.member_id, shares=obj.shares, grade=obj.grade, special_limit=obj.special_limit,
            post_pay_until=obj.post_pay_until, reason=form.cleaned_data["reason"],
            by=Actor.of(request, "admin"), at=clock.now(),
        )  # fmt: skip
        obj.pk = row.pk

    def about(self, request: HttpRequest, row: MemberLimit, button: Button) -> Facts:
        now = position(row, day=clock.today())
        facts = [
            ("조합원", row.member.name),
            ("한도", won(now.limit)),
            ("사용과 예약", won(now.taken)),
            ("남은 한도", won(now.available)),
        ]
        if button.name == "sub_limit":
            facts += [
                (f"{one.product} 개별한도", f"{won(one.sub_limit)} (사용과 예약 {won(one.used + one.reserved)})")
                for one in now.per_product
                if one.sub_limit is not None
            ]
        return facts

    def ask(self, request: HttpRequest, row: Any, button: Button, form: forms.Form) -> HttpResponse:
        """The form of a change begins with the terms as they are."""
        if isinstance(form, LimitForm) and not form.is_bound:
            form.initial = limits.terms_of(row) | {"special_limit": row.special_limit or None}
        return super().ask(request, row, button, form)

    def answer(self, request: HttpRequest, row: Any, button: Button, form: forms.Form) -> HttpResponse:
        """A change of terms is shown with its effect before it is made, and again if the row moved meanwhile."""
        if not isinstance(form, LimitForm) or not form.is_valid():
            return super().answer(request, row, button, form)
        wanted = {name: form.cleaned_data[name] for name in limits.terms_of(row)}
        to_see = fingerprint(row, wanted)
        if form.cleaned_data.pop("seen") == to_see:
            return super().answer(request, row, button, form)
        form.data = {**form.data.dict(), "seen": to_see}  # type: ignore[attr-defined] # what a browser posts
        response = self.ask(request, row, button, form)
        response.context_data["facts"] = effect(row, wanted)  # type: ignore[attr-defined]
        return response

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            context.update(
                position=position(row, day=clock.today()),
                changes=[(one, told(one)) for one in LimitChange.everything.filter(member_id=row.member_id)],
            )
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="조합원", ordering="member__name")
    def company(self, row: MemberLimit) -> str:
        return row.member.name

    @admin.display(description="조합원")
    def company_link(self, row: MemberLimit) -> str:
        return link(row.member)

    @admin.display(description="관할 지점")
    def branch(self, row: MemberLimit) -> str:
        return str(row.member.branch)

    @admin.display(description="한도")
    def limit(self, row: Any) -> str:
        return won(row.limit_won)

    @admin.display(description="사용")
    def used(self, row: Any) -> str:
        return won(row.used_won)

    @admin.display(description="예약")
    def reserved(self, row: Any) -> str:
        return won(row.reserved_won)

    @admin.display(description="남은 한도")
    def left(self, row: Any) -> str:
        left = available(row.limit_won, row.used_won, row.reserved_won)
        return badge("", won(left), "danger") if left < 0 else won(left)

    @admin.display(description="사용률")
    def share(self, row: Any) -> str:
        taken = row.used_won + row.reserved_won
        text = f"{percent_of(taken, row.limit_won)}%" if taken <= row.limit_won else "한도 넘음"
        return badge("", text, "warn") if is_near(row.limit_won, taken) else text

    @admin.display(description="특별한도")
    def special_won(self, row: MemberLimit) -> str:
        return won(row.special_limit)

    @admin.display(description="산식")
    def formula(self, row: MemberLimit) -> str:
        policy = limit_policy_on(clock.today())
        return (
            f"{row.shares:,}좌 × {won(policy.unit_limit)} × {policy.grade_pct[row.grade]}% "
            f"+ {won(row.special_limit)} ({korean_date(policy.effective_from)} 시행 기준)"
        )


@admin.register(SubLimit)
class SubLimitAdmin(ReadOnlyAdmin):
    """All sub-limits; they are changed on the page of the member's limit."""

    view_roles = BUSINESS_ROLES
    list_display = ("member", "product", "amount_won")
    list_select_related = ("member", "product")
    list_filter = (("product", ScopedRelatedFilter),)
    ordering = ("member__name", "product")
    sortable_by = ()
    fields = ("member", "product", "amount_won")

    @admin.display(description="개별한도")
    def amount_won(self, row: SubLimit) -> str:
        return won(row.amount)
