"""Replacement by telephone: the IT department takes and approves, the auditor reads (S40)."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from certificates.actions import tickets
from certificates.admin.forms import ApproveTicketForm, ReasonForm, TicketForm
from certificates.models import CallBackTo, ReplacementTicket
from certificates.queries import active_of
from portal import clock
from portal.access import Actor
from portal.desk.buttons import Button, ButtonAdmin, Facts, held_roles
from portal.desk.cells import EMPTY, badge, masked
from portal.desk.scoped import timeline
from portal.desk.searching import member_ids
from portal.identifiers import format_business_number, format_mobile
from portal.members.roles import Role
from portal.templatetags.portal_ui import korean_datetime

IT = frozenset({Role.IT_SUPPORT})


def is_open(ticket: ReplacementTicket) -> bool:
    return ticket.approved_at is None and ticket.refused_at is None


def state_of(ticket: ReplacementTicket) -> tuple[str, str]:
    """Code and label of where the ticket stands now."""
    if ticket.refused_at is not None:
        return "rejected", "거절"
    if ticket.approved_at is None or ticket.link_until_at is None:
        return "submitted", "승인 대기"
    if ticket.used_at is not None:
        return "done", "갱신 완료"
    if clock.now() >= ticket.link_until_at:
        return "lapsed", "코드 기한 지남"
    return "approved", "코드 발송"


def approve(ticket: ReplacementTicket, **answers: Any) -> str:
    tickets.approve_ticket(ticket_id=ticket.pk, **answers)
    return (
        f"{ticket.member}의 기존 인증서를 중지하고 대표이사에게 접수코드를 보냈습니다. "
        "24시간 안에 조합원이 새 인증서로 직접 서명하면 끝납니다."
    )


def refuse(ticket: ReplacementTicket, **answers: Any) -> str:
    tickets.refuse_ticket(ticket_id=ticket.pk, **answers)
    return f"{ticket.member}의 접수를 거절했습니다. 등록된 인증서는 그대로입니다."


@admin.register(ReplacementTicket)
class ReplacementTicketAdmin(ButtonAdmin):
    """A call is written down once; from then on only the buttons move it."""

    view_roles = frozenset({Role.IT_SUPPORT, Role.AUDITOR})
    add_roles = IT
    change_form_template = "admin/certificates/with_history.html"
    list_display = ("opened_at", "company", "standing", "caller", "opened_by", "approved_by", "used_at")
    list_display_links = ("opened_at", "company")
    list_select_related = ("member", "opened_by", "approved_by")
    sortable_by = ()
    search_fields = ("caller",)
    search_help_text = "조합원의 상호나 사업자등록번호로 찾습니다."
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="approve", label="승인", roles=IT, when=is_open, form=ApproveTicketForm, run=approve,
            question="접수한 사람이 아닌 분이 등록된 번호로 다시 걸어 확인합니다. 승인하면 기존 인증서를 바로 "
            "쓸 수 없고, 대표이사에게 24시간 동안 한 번 쓸 수 있는 접수코드가 갑니다.",
        ),
        Button(
            name="refuse", label="거절", roles=IT, when=is_open, form=ReasonForm, run=refuse, is_dangerous=True,
            question="이 접수를 거절합니다. 등록된 인증서는 그대로 둡니다.",
        ),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request) and bool(held_roles(request) & self.add_roles)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = TicketForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("business_number", "caller", "call_back_to", "reason")}),)
        return (
            ("접수", {"fields": (
                "standing", "company", "caller", "call_back_to", "number", "reason", "opened_by", "opened_at",
            )}),
            ("처리", {"fields": (
                "approved_by", "approved_at", "refused_at", "link_until_at", "used_at", "certificate_now",
            )}),
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("standing", "company", "number", "certificate_now")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReplacementTicket]:
        return super().get_queryset(request).select_related("member", "opened_by", "approved_by")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (queryset.filter(member__in=member_ids(request, text)) if text else queryset), False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        ticket = tickets.open_ticket(
            member_id=form.member.pk,
            caller=form.cleaned_data["caller"],
            call_back_to=CallBackTo(form.cleaned_data["call_back_to"]),
            reason=form.cleaned_data["reason"],
            by=Actor.of(request, "admin"),
            at=clock.now(),
        )
        obj.pk, obj.member = ticket.pk, ticket.member

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(
            request, "접수했습니다. 다른 담당자가 등록된 번호로 다시 걸어 확인한 뒤 승인하면 처리됩니다."
        )
        return redirect(self.address_of(obj))

    def about(self, request: HttpRequest, row: ReplacementTicket, button: Button) -> Facts:
        certificate = active_of(row.member_id)
        return [
            ("조합원", f"{row.member.name} ({format_business_number(row.member.business_number)})"),
            ("대표이사", row.member.representative_name),
            ("다시 걸 번호", f"{format_mobile(row.call_back_number)} ({row.get_call_back_to_display()})"),
            ("전화한 사람", row.caller),
            ("사유", row.reason),
            ("접수", f"{row.opened_by} {korean_datetime(row.opened_at)}"),
            ("지금 등록된 인증서", str(certificate) if certificate else "없음"),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        context["events"] = [] if row is None else timeline(row)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="조합원")
    def company(self, ticket: ReplacementTicket) -> str:
        return ticket.member.name

    @admin.display(description="상태")
    def standing(self, ticket: ReplacementTicket) -> str:
        return badge(*state_of(ticket))

    @admin.display(description="다시 걸 번호", empty_value=EMPTY)
    def number(self, ticket: ReplacementTicket) -> str:
        return f"{masked(ticket.call_back_number)} (전체 번호는 승인 화면에서 보입니다)"

    @admin.display(description="지금 등록된 인증서")
    def certificate_now(self, ticket: ReplacementTicket) -> str:
        certificate = active_of(ticket.member_id)
        return str(certificate) if certificate else "없음"
