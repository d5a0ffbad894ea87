"""보증서 송부: where each document is on its way, and sending it again."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from guarantees.admin.delivery_buttons import DELIVERY_BUTTONS
from guarantees.admin.details import OfGuarantee
from guarantees.deliveries import needing_a_person
from guarantees.delivery_words import EVENTS
from guarantees.models import Delivery
from portal.audit import words
from portal.desk.buttons import Button, ButtonAdmin, Facts, held_roles
from portal.desk.cells import EMPTY, badge, masked
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, visible
from portal.desk.worklists import Work, worklist
from portal.members.roles import BUSINESS_ROLES
from portal.templatetags.portal_ui import korean_datetime

TONES = {"queued": "info", "sent": "info", "accepted": "ok", "returned": "danger", "failed": "danger"}

words.register(
    {
        "delivery.queue": "송부 요청",
        "delivery.send": "송부",
        "delivery.fail": "송부 실패",
        "delivery.stop": "송부 중지",
        "delivery.accept": "보증채권자 접수",
        "delivery.return": "보증채권자 반려",
        "delivery.renew_link": "송부 링크 다시 보냄",
        "delivery.revoke_link": "송부 링크 폐기",
        "verification.ask": "진위확인 조회",
    }
)


class AttentionFilter(admin.SimpleListFilter):
    """What came back or never left, and nobody has dealt with."""

    title = "처리"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "처리할 것")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        return needing_a_person(queryset) if self.value() == "yes" else queryset


@admin.register(Delivery)
class DeliveryAdmin(OfGuarantee, ButtonAdmin, ReadOnlyAdmin):
    view_roles = BUSINESS_ROLES
    list_display = ("queued_at", "number", "company", "channel", "status", "to", "answered_at")
    list_select_related = ("guarantee__member", "document")
    list_filter = ("state", "channel", AttentionFilter, ("guarantee__member__branch", ScopedRelatedFilter))
    sortable_by = ()
    change_form_template = "admin/guarantees/delivery.html"
    fields = (
        ("number", "company"), ("channel", "status"), ("to", "token_until"), ("queued_at", "sent_at"),
        ("answered_at", "answered_by"), "return_reason", "failure", ("attempts", "next_at"), "provider_reference",
    )  # fmt: skip
    buttons: ClassVar[tuple[Button, ...]] = DELIVERY_BUTTONS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).select_related("guarantee__member", "guarantee__product", "document")

    def about(self, request: HttpRequest, row: Delivery, button: Button) -> Facts:
        return [
            ("보증번호", row.guarantee.number),
            ("조합원", row.guarantee.member.name),
            ("보증채권자", row.guarantee.beneficiary_name),
            ("지금 보내는 방법", row.get_channel_display()),
            ("지금 받는 주소", row.to_email or EMPTY),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            context["events"] = [
                {
                    "title": EVENTS.get(event.kind, event.kind),
                    "at": event.at,
                    "by": event.address,
                    "text": event.note,
                }
                for event in row.events.all()
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="상태")
    def status(self, row: Delivery) -> str:
        return badge(row.state, row.get_state_display(), TONES[row.state])

    @admin.display(description="받는 곳")
    def to(self, row: Delivery) -> str:
        return masked(row.to_email) if row.to_email else EMPTY


@worklist(15)
def deliveries(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """Documents that came back or could not be sent."""
    if not held_roles(request) & BUSINESS_ROLES:
        return
    rows = needing_a_person(visible(Delivery, request).order_by())
    oldest = rows.order_by("queued_at").values_list("queued_at", flat=True).first()
    url = f"{reverse('admin:guarantees_delivery_changelist')}?attention=yes"
    note = f"가장 오래된 것 {korean_datetime(oldest)}" if oldest else ""
    yield Work("반려·실패한 송부", rows.count(), url, note, is_urgent=True)
