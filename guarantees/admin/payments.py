"""Orders to pay, what the bank told of them, and refunds (S07)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from guarantees.actions.refunds import waits_for_a_person
from guarantees.admin.payment_buttons import PAYMENT_BUTTONS, REFUND_BUTTONS
from guarantees.models import EventOutcome, Payment, PaymentEvent, PaymentState, Refund
from guarantees.payables import bank_name
from portal.audit import words
from portal.desk.buttons import Button, ButtonAdmin, Facts, held_roles
from portal.desk.cells import EMPTY, badge, link, named, won
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, visible
from portal.desk.searching import member_ids
from portal.desk.worklists import Work, worklist
from portal.members.roles import BUSINESS_ROLES

HELP = "주문번호의 앞부분(접수번호로 시작), 조합원의 상호나 사업자등록번호로 찾습니다."
TONES = {"paid": "ok", "done": "ok", "failed": "danger", "open": "warn", "asked": "warn", "queued": "warn"}

words.register(
    {
        "payment.ask": "납부 요청",
        "payment.open": "납부 계좌·화면 개설",
        "payment.cancel": "납부 요청 취소",
        "payment.receive": "지점 수납",
        "payment.paid": "납부 확인",
        "payment.fail": "납부 실패",
        "payment.send_back": "입금 반환 결정",
        "payment.refund_account": "환급 계좌 변경",
        "application.pay": "보증료 납부",
        "refund.decide": "환급 결정",
        "refund.done": "환급 완료",
        "refund.fail": "환급 실패",
        "refund.resend": "환급 다시 보내기",
    }
)


def _toned(row: Payment | Refund) -> str:
    return badge(row.state, row.get_state_display(), TONES.get(row.state, "done"))


def _account(code: str, number: str, holder: str) -> str:
    return f"{bank_name(code)} {number} {holder}" if number else EMPTY


def _searched(request: HttpRequest, rows: QuerySet[Any], typed: str, order: str, member: str) -> QuerySet[Any]:
    """By order number through its index, else by the member."""
    text = typed.strip()
    if not text:
        return rows
    if members := member_ids(request, text):
        return rows.filter(**{f"{member}__in": members})
    return rows.filter(**{f"{order}__startswith": text})


@admin.register(Payment)
class PaymentAdmin(ButtonAdmin, ReadOnlyAdmin):
    view_roles = BUSINESS_ROLES
    buttons: ClassVar[tuple[Button, ...]] = PAYMENT_BUTTONS
    list_display = ("order_id", "progress", "company", "way", "amount_won", "asked_at", "paid_at", "branch")
    list_select_related = ("member__branch",)
    list_filter = ("state", "method", ("member__branch", ScopedRelatedFilter))
    sortable_by = ()
    search_fields = ("order_id",)
    search_help_text = HELP
    fieldsets = (
        ("납부", {"fields": (
            ("order_id", "progress"), ("company", "branch"), ("what", "amount_won"), ("way", "provider"),
            ("account", "payable_until"), ("asked_at", "asked_by_name"), ("paid_at", "closed_at"), "failure",
        )}),
        ("환급 계좌", {"fields": ("back_to",)}),
        ("통지와 환급", {"fields": ("told", "given_back")}),
    )  # fmt: skip

    asked_by_name = named("asked_by", "요청자")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).select_related("member__branch")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return _searched(request, queryset, search_term, "order_id", "member"), False

    def about(self, request: HttpRequest, row: Payment, button: Button) -> Facts:
        return [("주문번호", row.order_id), ("조합원", row.member.name), ("금액", won(row.amount))]

    @admin.display(description="상태")
    def progress(self, row: Payment) -> str:
        return _toned(row)

    @admin.display(description="조합원")
    def company(self, row: Payment) -> str:
        return link(row.member)

    @admin.display(description="관할 지점")
    def branch(self, row: Payment) -> str:
        return str(row.member.branch)

    @admin.display(description="방법")
    def way(self, row: Payment) -> str:
        return row.get_method_display()

    @admin.display(description="금액")
    def amount_won(self, row: Payment) -> str:
        return won(row.amount)

    @admin.display(description="대상")
    def what(self, row: Payment) -> str:
        if row.application is not None:
            return link(row.application)
        return link(row.endorsement.guarantee, f"변경 {row.endorsement.guarantee}") if row.endorsement else EMPTY

    @admin.display(description="입금 계좌")
    def account(self, row: Payment) -> str:
        return _account(row.bank, row.account_number, row.account_holder)

    @admin.display(description="환급 계좌")
    def back_to(self, row: Payment) -> str:
        return _account(row.refund_bank, row.refund_account, row.refund_holder)

    @admin.display(description="통지")
    def told(self, row: Payment) -> str:
        events = row.events.order_by("id")
        return ", ".join(f"{event.get_outcome_display()} {won(event.amount)}" for event in events) or EMPTY

    @admin.display(description="환급")
    def given_back(self, row: Payment) -> str:
        refunds = row.refunds.order_by("id")
        return (
            ", ".join(f"{r.get_ground_display()} {won(r.amount)} {r.get_state_display()}" for r in refunds)
            or EMPTY
        )


@admin.register(PaymentEvent)
class PaymentEventAdmin(ReadOnlyAdmin):
    view_roles = BUSINESS_ROLES
    list_display = ("at", "order_id", "company", "outcome", "amount_won")
    list_display_links = ("at", "order_id")
    list_select_related = ("payment__member",)
    list_filter = ("outcome",)
    sortable_by = ()
    search_fields = ("order_id",)
    search_help_text = HELP
    fields = ("at", "order_id", "order", "company", "outcome", "amount_won", "kind", "provider")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return _searched(request, queryset, search_term, "order_id", "payment__member"), False

    @admin.display(description="납부")
    def order(self, row: PaymentEvent) -> str:
        return link(row.payment)

    @admin.display(description="조합원")
    def company(self, row: PaymentEvent) -> str:
        return link(row.payment.member) if row.payment else EMPTY

    @admin.display(description="금액")
    def amount_won(self, row: PaymentEvent) -> str:
        return won(row.amount)


class RefundFilter(admin.SimpleListFilter):
    """What waits for a person, beside the states."""

    title = "처리"
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("person", "담당자 처리 필요")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Refund]) -> QuerySet[Refund]:
        return queryset.filter(waits_for_a_person()) if self.value() == "person" else queryset


@admin.register(Refund)
class RefundAdmin(ButtonAdmin, ReadOnlyAdmin):
    view_roles = BUSINESS_ROLES
    buttons: ClassVar[tuple[Button, ...]] = REFUND_BUTTONS
    list_display = ("asked_at", "order", "progress", "company", "ground", "amount_won", "done_at")
    list_display_links = ("asked_at", "order")
    list_select_related = ("payment__member",)
    list_filter = (RefundFilter, "state", "ground", ("payment__member__branch", ScopedRelatedFilter))
    sortable_by = ()
    search_fields = ("payment__order_id",)
    search_help_text = HELP
    fields = (
        "order_link", "progress", "company", "ground", "amount_won", "back_to", "asked_at", "asked_by_name",
        "attempts", "next_at", "done_at", "note",
    )  # fmt: skip

    asked_by_name = named("asked_by", "결정자")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return _searched(request, queryset, search_term, "payment__order_id", "payment__member"), False

    def about(self, request: HttpRequest, row: Refund, button: Button) -> Facts:
        return [
            ("주문번호", row.payment.order_id),
            ("조합원", row.payment.member.name),
            ("환급액", won(row.amount)),
            ("환급 계좌", self.back_to(row)),
            ("메모", row.note or EMPTY),
        ]

    @admin.display(description="주문번호")
    def order(self, row: Refund) -> str:
        return row.payment.order_id

    @admin.display(description="납부")
    def order_link(self, row: Refund) -> str:
        return link(row.payment)

    @admin.display(description="상태")
    def progress(self, row: Refund) -> str:
        return _toned(row)

    @admin.display(description="조합원")
    def company(self, row: Refund) -> str:
        return link(row.payment.member)

    @admin.display(description="환급액")
    def amount_won(self, row: Refund) -> str:
        return won(row.amount)

    @admin.display(description="환급 계좌")
    def back_to(self, row: Refund) -> str:
        payment = row.payment
        return _account(payment.refund_bank, payment.refund_account, payment.refund_holder)


@worklist(12)
def money(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """Refunds a person has to look at, money nobody can place, and orders whose bank does not answer."""
    if not held_roles(request) & BUSINESS_ROLES:
        return
    refunds = visible(Refund, request).order_by().filter(waits_for_a_person()).count()
    url = reverse("admin:guarantees_refund_changelist")
    yield Work("환급 처리 필요", refunds, f"{url}?todo=person", is_urgent=True)
    unknown = visible(PaymentEvent, request).order_by().filter(_unowned()).count()
    if unknown:
        url = reverse("admin:guarantees_paymentevent_changelist")
        yield Work("모르는 주문의 입금", unknown, f"{url}?outcome={EventOutcome.UNKNOWN}", is_urgent=True)
    overdue = visible(Payment, request).order_by().filter(state=PaymentState.OPEN, payable_until__lt=at).count()
    if overdue:
        url = reverse("admin:guarantees_payment_changelist")
        yield Work("기한이 지났으나 은행 확인이 안 된 납부", overdue, f"{url}?state={PaymentState.OPEN}")


def _unowned() -> Q:
    return Q(outcome=EventOutcome.UNKNOWN, payment__isnull=True)
