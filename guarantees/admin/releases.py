"""해제 요청: who asks for a release and with what evidence, and the officer's answer (S23)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from guarantees.admin.bulk_releases import ask_bulk
from guarantees.admin.release_buttons import REQUEST_BUTTONS
from guarantees.models import ReleaseRequest, RequestState
from portal import clock
from portal.audit import words
from portal.desk.buttons import Button, ButtonAdmin, Facts, held_roles
from portal.desk.cells import EMPTY, badge, link, named, waiting, won
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, timeline, visible
from portal.desk.worklists import Work, worklist
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES
from portal.particles import as_means, as_topic
from portal.templatetags.portal_ui import korean_date

TONES = {RequestState.OPEN: "info", RequestState.DONE: "ok", RequestState.REFUSED: "danger"}

words.register(
    {
        "guarantee.request_release": "해제 요청",
        "guarantee.withdraw_release": "해제 요청 취하",
        "guarantee.refuse_release": "해제 요청 반려",
        "guarantee.release_partly": "일부 해제",
        "application.start_from": "같은 계약으로 신청서 작성",
        "release_paper.read": "해제 증빙 내려받기",
    }
)


class StateFilter(admin.SimpleListFilter):
    """What waits, unless something else is asked for."""

    title = "상태"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            *((code, label) for code, label in RequestState.choices if code != RequestState.OPEN),
            ("all", "전체"),
        ]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": RequestState.OPEN.label}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value() or RequestState.OPEN
        return queryset if wanted == "all" else queryset.filter(state=wanted)


@admin.register(ReleaseRequest)
class ReleaseRequestAdmin(ButtonAdmin, ReadOnlyAdmin):
    """Oldest first: who waits longest stands on top."""

    view_roles = BUSINESS_ROLES
    change_form_template = "admin/guarantees/release_request.html"
    buttons: ClassVar[tuple[Button, ...]] = REQUEST_BUTTONS
    actions = ("release_in_bulk",)  # type: ignore[assignment]
    list_display = ("number", "progress", "company", "product", "party", "ground", "asked_won", "waits", "branch")
    list_select_related = ("guarantee__member__branch", "guarantee__product")
    list_filter = (StateFilter, "party", "ground", ("guarantee__member__branch", ScopedRelatedFilter))
    ordering = ("asked_at", "id")
    sortable_by = ()
    search_fields = ("guarantee__number",)
    search_help_text = "보증번호의 앞부분으로 찾습니다."
    fieldsets = (
        ("요청", {"fields": (
            ("party", "progress"), ("ground", "asked_won"), "note", "follow_up_link",
            ("asked_at", "asked_by_name"),
        )}),
        ("보증", {"fields": (
            ("guarantee_link", "guarantee_state"), ("company", "branch"), ("product", "outstanding"),
            ("period", "completes"), "beneficiary",
        )}),
        ("결과", {"fields": (("closed_at", "closed_by_name"), "refusal")}),
    )  # fmt: skip

    asked_by_name = named("asked_by", "요청한 사람")
    closed_by_name = named("closed_by", "처리한 사람")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReleaseRequest]:
        return super().get_queryset(request).select_related("guarantee__member__branch", "guarantee__product")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return queryset.filter(guarantee__number__startswith=search_term.strip().upper()), False

    def has_bulk_permission(self, request: HttpRequest) -> bool:
        """Whether the person may release."""
        return bool(held_roles(request) & DECIDING_ROLES)

    @admin.action(description="일괄 해제", permissions=["bulk"])
    def release_in_bulk(self, request: HttpRequest, queryset: QuerySet[ReleaseRequest]) -> HttpResponse | None:
        """For requests that wait and ask for all of it; a part is released one by one."""
        wanted = queryset.filter(state=RequestState.OPEN, amount__isnull=True)
        return ask_bulk(self.admin_site, request, list(wanted.values_list("guarantee_id", flat=True)))

    def about(self, request: HttpRequest, row: ReleaseRequest, button: Button) -> Facts:
        guarantee = row.guarantee
        facts = [
            ("보증번호", guarantee.number),
            ("조합원", guarantee.member.name),
            ("보증 종류", guarantee.product.name),
            ("보증잔액", won(guarantee.outstanding)),
            ("요청", f"{row.get_party_display()}, {row.get_ground_display()}"),
            ("요청 금액", self.asked_won(row)),
        ]
        if row.note:
            facts.append(("설명", row.note))
        papers = row.papers.count()
        return [*facts, ("증빙 서류", f"{papers}건" if papers else "없음")]

    def why_gone(self, row: ReleaseRequest, button: Button) -> str:
        if row.state != RequestState.OPEN:
            who = f" {row.closed_by}님이" if row.closed_by else ""
            return f"{as_topic(row)}{who} 이미 {as_means(f'‘{row.get_state_display()}’')} 처리했습니다."
        return super().why_gone(row, button)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            others = row.guarantee.release_requests.exclude(pk=row.pk).order_by("-id")
            context.update(
                files=[
                    {
                        "name": paper.filename,
                        "url": reverse("guarantees:release_paper", args=[paper.public_id]),
                        "size": paper.size,
                    }
                    for paper in row.papers.all()
                ],
                others=others,
                releases=row.guarantee.releases.order_by("id"),
                events=timeline(row.guarantee),
            )
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="보증번호")
    def number(self, row: ReleaseRequest) -> str:
        return row.guarantee.number

    @admin.display(description="보증")
    def guarantee_link(self, row: ReleaseRequest) -> str:
        return link(row.guarantee)

    @admin.display(description="후속 보증")
    def follow_up_link(self, row: ReleaseRequest) -> str:
        return link(row.follow_up)

    @admin.display(description="상태")
    def progress(self, row: ReleaseRequest) -> str:
        return badge(row.state, row.get_state_display(), TONES.get(RequestState(row.state), "done"))

    @admin.display(description="보증 상태")
    def guarantee_state(self, row: ReleaseRequest) -> str:
        return badge(row.guarantee.state, row.guarantee.get_state_display())

    @admin.display(description="조합원")
    def company(self, row: ReleaseRequest) -> str:
        return link(row.guarantee.member)

    @admin.display(description="관할 지점")
    def branch(self, row: ReleaseRequest) -> str:
        return str(row.guarantee.member.branch)

    @admin.display(description="보증 종류")
    def product(self, row: ReleaseRequest) -> str:
        return row.guarantee.product.name

    @admin.display(description="요청 금액")
    def asked_won(self, row: ReleaseRequest) -> str:
        return won(row.amount) if row.amount else f"전부 ({won(row.guarantee.outstanding)})"

    @admin.display(description="보증잔액")
    def outstanding(self, row: ReleaseRequest) -> str:
        return won(row.guarantee.outstanding)

    @admin.display(description="보증기간")
    def period(self, row: ReleaseRequest) -> str:
        return f"{korean_date(row.guarantee.starts_on)} ~ {korean_date(row.guarantee.ends_on)}"

    @admin.display(description="준공(예정)일")
    def completes(self, row: ReleaseRequest) -> str:
        return korean_date(row.guarantee.completes_on) or EMPTY

    @admin.display(description="보증채권자")
    def beneficiary(self, row: ReleaseRequest) -> str:
        return row.guarantee.beneficiary_name

    @admin.display(description="대기")
    def waits(self, row: ReleaseRequest) -> str:
        return EMPTY if row.closed_at else waiting(row.asked_at, clock.now())


@worklist(15)
def release_requests(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """Requests nobody has answered yet."""
    if held_roles(request) & BUSINESS_ROLES:
        count = visible(ReleaseRequest, request).order_by().filter(state=RequestState.OPEN).count()
        yield Work("해제 요청 확인", count, reverse("admin:guarantees_releaserequest_changelist"))
