"""Issued guarantees: found fast, read, released (S22, S23)."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from guarantees.admin import claims, delivery_buttons, endorsements, release_buttons
from guarantees.admin.bulk_releases import ask_bulk
from guarantees.admin.details import sent_about
from guarantees.admin.documents import files_of
from guarantees.admin.release_filters import EndingFilter, ReleaseFilter
from guarantees.admin.searching import HELP, find
from guarantees.chains import chain_of
from guarantees.expiry_reasons import reasons_of, references_of
from guarantees.models import Guarantee
from portal import clock
from portal.businessdays.models import business_calendar
from portal.desk.buttons import Button, ButtonAdmin, Facts, held_roles
from portal.desk.cells import EMPTY, badge, link, named, won
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, timeline
from portal.identifiers import format_business_number
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES
from portal.templatetags.portal_ui import korean_date
from portal.won import in_words


@admin.register(Guarantee)
class GuaranteeAdmin(ButtonAdmin, ReadOnlyAdmin):
    view_roles = BUSINESS_ROLES
    change_form_template = "admin/guarantees/guarantee.html"
    list_display = ("number", "status", "company", "product", "outstanding_amount", "ends_on", "branch")
    list_select_related = ("member__branch", "product")
    list_filter = (
        "state", EndingFilter, ReleaseFilter, ("product", ScopedRelatedFilter),
        ("member__branch", ScopedRelatedFilter),
    )  # fmt: skip
    actions = ("release_in_bulk",)  # type: ignore[assignment]
    sortable_by = ()
    search_fields = ("number",)
    search_help_text = HELP
    fieldsets = (
        ("보증", {"fields": (
            ("number", "status"), ("company", "branch"), ("product", "fee_won"),
            ("amount_words", "outstanding_amount"), ("starts_on", "ends_on"), ("issued_on", "issued_by_name"),
            ("channel", "applied_as"), ("version", "is_imported"),
        )}),
        ("계약", {"fields": (
            "contract_name", ("contract_number", "contract_won"), "contracted_on",
            ("beneficiary_name", "beneficiary_number"), "special_terms",
        )}),
        ("해제·취소", {"fields": (("released_at", "release_reason"), ("cancelled_at", "cancel_reason"))}),
    )  # fmt: skip
    # Each noun brings its decisions: BUTTONS of guarantees/admin/<noun>_buttons.py.
    buttons: ClassVar[tuple[Button, ...]] = (
        *release_buttons.BUTTONS,
        *endorsements.BUTTONS,
        *claims.BUTTONS,
        *delivery_buttons.BUTTONS,
    )

    issued_by_name = named("issued_by", "발급자")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Guarantee]:
        return super().get_queryset(request).select_related("member__branch", "product")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return find(request, queryset, search_term, today=clock.today()), False

    def has_bulk_permission(self, request: HttpRequest) -> bool:
        """Whether the person may release."""
        return bool(held_roles(request) & DECIDING_ROLES)

    @admin.action(description="일괄 해제", permissions=["bulk"])
    def release_in_bulk(self, request: HttpRequest, queryset: QuerySet[Guarantee]) -> HttpResponse | None:
        """Leads to the page that asks once more."""
        return ask_bulk(self.admin_site, request, list(queryset.values_list("pk", flat=True)))

    def about(self, request: HttpRequest, row: Guarantee, button: Button) -> Facts:
        return [
            ("보증번호", row.number),
            ("조합원", row.member.name),
            ("보증 종류", row.product.name),
            ("보증잔액", won(row.outstanding)),
            ("보증기간", f"{korean_date(row.starts_on)} ~ {korean_date(row.ends_on)}"),
            ("보증채권자", row.beneficiary_name),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            notices = list(row.notices.all())
            about = f"guarantee:{row.public_id}"
            references = [about, *references_of(row, notices)]
            context.update(
                reasons=[
                    one.for_staff for one in reasons_of(row, today=clock.today(), calendar=business_calendar())
                ],
                sent=sent_about(request, references),
                releases=row.releases.order_by("id"),
                release_requests=row.release_requests.order_by("-id"),
                linked=chain_of(row),
                files=files_of(row),
                events=timeline(row),
            )
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="상태")
    def status(self, row: Guarantee) -> str:
        return badge(row.state, row.get_state_display())

    @admin.display(description="조합원")
    def company(self, row: Guarantee) -> str:
        return link(row.member)

    @admin.display(description="관할 지점")
    def branch(self, row: Guarantee) -> str:
        return str(row.member.branch)

    @admin.display(description="보증잔액")
    def outstanding_amount(self, row: Guarantee) -> str:
        return won(row.outstanding)

    @admin.display(description="보증금액")
    def amount_words(self, row: Guarantee) -> str:
        return f"{won(row.amount)} ({in_words(row.amount)})"

    @admin.display(description="계약금액")
    def contract_won(self, row: Guarantee) -> str:
        return won(row.contract_amount)

    @admin.display(description="보증료")
    def fee_won(self, row: Guarantee) -> str:
        return won(row.fee)

    @admin.display(description="보증채권자 사업자등록번호")
    def beneficiary_number(self, row: Guarantee) -> str:
        number = row.beneficiary_business_number
        return format_business_number(number) if number else EMPTY

    @admin.display(description="신청")
    def applied_as(self, row: Guarantee) -> str:
        return link(row.application)
