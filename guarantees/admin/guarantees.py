"""Issued guarantees: found fast, read, released (S22, S23)."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from guarantees.actions import releasing
from guarantees.admin.details import sent_about
from guarantees.admin.forms import ReleaseForm
from guarantees.admin.notice_words import why
from guarantees.admin.searching import HELP, find
from guarantees.models import Guarantee
from guarantees.rules.reasons import RELEASE_REASONS
from guarantees.rules.states import GuaranteeState
from portal import clock
from portal.businessdays.models import business_calendar
from portal.desk.buttons import Button, ButtonAdmin, Facts
from portal.desk.cells import EMPTY, badge, link, named, won
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, timeline
from portal.identifiers import format_business_number
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES
from portal.templatetags.portal_ui import korean_date
from portal.won import in_words

RELEASABLE = (GuaranteeState.ACTIVE, GuaranteeState.EXPIRED)


def release(guarantee: Guarantee, *, ground: str, note: str, **given: Any) -> str:
    releasing.release(guarantee_id=guarantee.pk, reason=f"{RELEASE_REASONS[ground]}: {note}", **given)
    return f"보증 {guarantee.number}을(를) 해제했습니다. 보증한도가 회복됩니다."


@admin.register(Guarantee)
class GuaranteeAdmin(ButtonAdmin, ReadOnlyAdmin):
    view_roles = BUSINESS_ROLES
    change_form_template = "admin/guarantees/guarantee.html"
    list_display = ("number", "status", "company", "product", "outstanding_amount", "ends_on", "branch")
    list_select_related = ("member__branch", "product")
    list_filter = ("state", ("product", ScopedRelatedFilter), ("member__branch", ScopedRelatedFilter))
    sortable_by = ()
    search_fields = ("number",)
    search_help_text = HELP
    fieldsets = (
        ("보증", {"fields": (
            ("number", "status"), ("company", "branch"), ("product", "fee_won"),
            ("amount_words", "outstanding_amount"), ("starts_on", "ends_on"), ("issued_on", "issued_by_name"),
            ("channel", "applied_as"), "is_imported",
        )}),
        ("계약", {"fields": (
            "contract_name", ("contract_number", "contract_won"), "contracted_on",
            ("beneficiary_name", "beneficiary_number"), "special_terms",
        )}),
        ("해제", {"fields": (("released_at", "release_reason"),)}),
    )  # fmt: skip
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="release", label="해제", roles=DECIDING_ROLES, form=ReleaseForm, run=release, is_dangerous=True,
            when=lambda guarantee: guarantee.state in RELEASABLE,
            question="보증을 해제합니다. 되돌릴 수 없습니다. 무엇으로 확인했는지 적어 주세요.",
        ),
    )  # fmt: skip

    issued_by_name = named("issued_by", "발급자")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Guarantee]:
        return super().get_queryset(request).select_related("member__branch", "product")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return find(request, queryset, search_term, today=clock.today()), False

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
            references = [about, *(f"{about}:{notice.ends_on}" for notice in notices)]
            context.update(
                reasons=why(row, notices, today=clock.today(), calendar=business_calendar()),
                sent=sent_about(request, references),
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
