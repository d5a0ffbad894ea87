"""What was sent to whom, and what became of it. Nothing here is typed; numbers are shown on demand only."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal import clock
from portal.desk.cells import badge, masked
from portal.desk.reveal import RevealAdmin
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter
from portal.desk.searching import member_ids
from portal.identifiers import format_mobile, normalize_digits
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES
from sms.models import Message, Purpose, Receipt
from sms.models.messages import Result, ResultState
from sms.queries import MessageState, state_of

TONES = {"waiting": "info", "good": "ok", "bad": "danger", "quiet": "done"}
# Codes to prove a number by: whoever reads one could sign in its place.
SECRET = {Purpose.ONE_TIME_CODE}
# The 256 random bits of a link that acts without a login: whoever reads them could answer for its addressee.
SECRET_IN_LINK = re.compile(r"(?<=/)[A-Za-z0-9_-]{43}(?=/|\s|\Z)")
RECENT = timedelta(days=7)


def state_badge(state: MessageState) -> str:
    """The state of a message in words."""
    return badge(state.code, state.label, TONES[state.tone])


def failed(messages: QuerySet[Message], *, since: datetime) -> QuerySet[Message]:
    """Messages the gateway refused, that came too late, or that the handset did not get, since an instant."""
    refused = Result.objects.filter(at__gte=since, state__in=[ResultState.REFUSED, ResultState.EXPIRED])
    lost = Receipt.objects.filter(received_at__gte=since, state="undelivered", message__isnull=False)
    ids = refused.values_list("message_id").union(lost.order_by().values_list("message_id"))
    return messages.filter(pk__in=ids)


class OutcomeFilter(admin.SimpleListFilter):
    title = "결과"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("failed", "발송 실패(최근 7일)")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        return failed(queryset, since=clock.now() - RECENT) if self.value() == "failed" else queryset


@admin.register(Message)
class MessageAdmin(RevealAdmin, ReadOnlyAdmin):
    view_roles = BUSINESS_ROLES
    reveal_roles = DECIDING_ROLES
    list_display = ("created_at", "purpose", "channel", "member", "recipient_name", "address", "outcome")
    list_display_links = ("created_at", "purpose")
    list_select_related = ("member",)
    list_filter = (OutcomeFilter, "channel", "purpose", ("member__branch", ScopedRelatedFilter))
    sortable_by = ()
    search_fields = ("reference",)
    search_help_text = "조합원의 상호나 사업자등록번호, 또는 받는 휴대폰 번호 전체로 찾습니다."
    fields = (
        "created_at", "purpose", "channel", "member", "recipient_name", "address", "sender", "subject", "text",
        "outcome", "outcome_detail", "valid_until",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("html")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The state of every message on the page, by one statement."""
        changelist = super().get_changelist_instance(request)
        rows = changelist.result_list = list(changelist.result_list)
        states = state_of(rows)
        for row in rows:
            row.present = states[row.pk]
        return changelist

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        digits = normalize_digits(text)
        if len(digits) == 11 and digits.isdigit():
            return queryset.filter(to=digits), False
        return queryset.filter(member__in=member_ids(request, text)), False

    def hidden(self, row: Message) -> list[tuple[str, str]]:
        return [("받는 곳", format_mobile(row.to) if row.to.isdigit() else row.to)]

    @admin.display(description="받는 곳")
    def address(self, message: Message) -> str:
        return masked(message.to)

    @admin.display(description="내용")
    def text(self, message: Message) -> str:
        if message.purpose in SECRET:
            return "인증번호는 표시하지 않습니다."
        return SECRET_IN_LINK.sub("…", message.body)

    @admin.display(description="결과")
    def outcome(self, message: Message) -> str:
        return state_badge(self.state(message))

    @admin.display(description="설명")
    def outcome_detail(self, message: Message) -> str:
        return self.state(message).detail or "-"

    def state(self, message: Any) -> MessageState:
        """The present state, asked once for each row."""
        if not hasattr(message, "present"):
            message.present = state_of([message])[message.pk]
        present: MessageState = message.present
        return present
