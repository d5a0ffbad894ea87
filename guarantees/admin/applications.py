"""The queue of applications and the officer's decisions (S10, DOMAIN §2.5)."""

from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from guarantees.actions import issuing, screening
from guarantees.admin.details import papers_of, sent_about
from guarantees.admin.forms import FeeForm, IssueForm, RejectForm, SupplementForm
from guarantees.admin.searching import HELP, find
from guarantees.models import Application
from guarantees.models.labels import APPLICATION_STATES
from guarantees.queries import OPEN_STATES
from guarantees.quotes import quote
from guarantees.rules.authority import needs_second_person, required_role
from guarantees.rules.deadlines import supplement_due
from guarantees.rules.reasons import REJECTION_REASONS
from guarantees.rules.states import ApplicationState
from portal import clock
from portal.businessdays.models import business_calendar
from portal.clock import seoul_day
from portal.desk.buttons import Button, ButtonAdmin, Facts, held_roles
from portal.desk.cells import EMPTY, badge, link, masked, named, waiting, won
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, timeline
from portal.identifiers import format_business_number, format_mobile
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES
from portal.templatetags.portal_ui import korean_date
from portal.won import in_words

TO_ISSUE = (ApplicationState.APPROVED, ApplicationState.SIGNED, ApplicationState.FEE_PAID)
SUPPLEMENT_NEAR = timedelta(days=3)


def take(application: Application, **given: Any) -> str:
    screening.take(application_id=application.pk, **given)
    return f"{application} 심사를 시작했습니다. 서류를 확인하고 결정해 주세요."


def request_supplement(application: Application, **answers: Any) -> str:
    done = screening.request_supplement(application_id=application.pk, **answers)
    return (
        f"{application} 보완을 요청했습니다. 조합원은 {korean_date(done.supplement_due_on)}까지 답할 수 있습니다."
    )


def approve(application: Application, **given: Any) -> str:
    screening.approve(application_id=application.pk, **given)
    return f"{application} 신청을 승인했습니다. 담당자에게 결과를 알립니다."


def reject(application: Application, **answers: Any) -> str:
    screening.reject(application_id=application.pk, **answers)
    return f"{application} 신청을 반려했습니다. 담당자에게 사유를 알립니다."


def issue(application: Application, **answers: Any) -> str:
    guarantee = issuing.issue(application_id=application.pk, **answers)
    return f"보증서 {guarantee.number}을(를) 발급했습니다. 담당자에게 발급을 알립니다."


def in_review(application: Application) -> bool:
    return application.state == ApplicationState.IN_REVIEW


BUTTONS = (
    Button(
        name="take", label="심사 시작", question="이 신청의 심사를 맡습니다.", run=take, roles=DECIDING_ROLES,
        when=lambda application: application.state == ApplicationState.SUBMITTED,
    ),
    Button(
        name="approve", label="승인", question="이 신청을 승인합니다. 결과는 바로 담당자에게 나갑니다.",
        run=approve,
        roles=DECIDING_ROLES, when=in_review,
    ),
    Button(
        name="supplement", label="보완 요청", question="무엇을 보완해야 하는지 조합원에게 알립니다.",
        run=request_supplement, roles=DECIDING_ROLES, when=in_review, form=SupplementForm,
    ),
    Button(
        name="reject", label="반려",
        question="이 신청을 반려합니다. 되돌릴 수 없으며 결과는 바로 담당자에게 나갑니다.",
        run=reject, roles=DECIDING_ROLES, when=in_review, form=RejectForm, is_dangerous=True,
    ),
    Button(
        name="issue", label="발급", question="보증서를 발급합니다. 두 가지를 모두 확인해 주세요.", run=issue,
        roles=DECIDING_ROLES, when=lambda application: application.state == ApplicationState.APPROVED,
        form=IssueForm,
    ),
    Button(
        name="issue_signed", label="발급",
        question="보증서를 발급합니다. 약정은 조합원이 인증서로 서명했습니다. 수납을 확인해 주세요.",
        run=partial(issue, agreement_confirmed=False), roles=DECIDING_ROLES,
        when=lambda application: application.state in (ApplicationState.SIGNED, ApplicationState.FEE_PAID),
        form=FeeForm,
    ),
)  # fmt: skip


class QueueFilter(admin.SimpleListFilter):
    """What is open, unless something else is asked for."""

    title = "상태"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("mine", "내가 심사 중"),
            ("due", "보완 기한 임박"),
            ("issue", "발급 대기"),
            *[(code, label) for code, label in APPLICATION_STATES if code != ApplicationState.DRAFT],
            ("all", "전체"),
        ]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": "진행 중"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Application]) -> QuerySet[Application]:
        wanted = self.value()
        if wanted == "all":
            return queryset
        if wanted in dict(APPLICATION_STATES):
            return queryset.filter(state=wanted)
        return queryset.filter(queue(wanted, request))


def queue(name: str | None, request: HttpRequest) -> Q:
    """The conditions of a queue, for the list and for the count on the front page."""
    match name:
        case "submitted":
            return Q(state=ApplicationState.SUBMITTED)
        case "mine":
            return Q(state=ApplicationState.IN_REVIEW, reviewer_id=request.user.pk)
        case "due":
            near = clock.today() + SUPPLEMENT_NEAR
            return Q(state=ApplicationState.SUPPLEMENT, supplement_due_on__lte=near)
        case "issue":
            return Q(state__in=TO_ISSUE)
    return Q(state__in=OPEN_STATES)


@admin.register(Application)
class ApplicationAdmin(ButtonAdmin, ReadOnlyAdmin):
    """Oldest first: who waits longest stands on top. Drafts are the member's own and not here."""

    view_roles = BUSINESS_ROLES
    change_form_template = "admin/guarantees/application.html"
    buttons: ClassVar[tuple[Button, ...]] = BUTTONS
    list_display = (
        "number", "progress", "company", "product", "amount_won", "waits", "contact_name", "reviewer", "branch",
    )  # fmt: skip
    list_select_related = ("member__branch", "product", "reviewer")
    list_filter = (QueueFilter, ("product", ScopedRelatedFilter), ("member__branch", ScopedRelatedFilter))
    ordering = ("submitted_at", "id")
    sortable_by = ()
    search_fields = ("number",)
    search_help_text = HELP
    fieldsets = (
        ("신청", {"fields": (
            ("number", "progress"), ("company", "branch"), ("product", "channel"), ("submitted_at", "waits"),
            ("reviewed_by", "authority"), "supplement_due_on",
        )}),
        ("계약", {"fields": (
            "contract_name", ("contract_number", "contract_won"), ("contracted_on", "completes_on"),
            ("beneficiary_name", "beneficiary_number"),
        )}),
        ("보증", {"fields": (("amount_words", "fee_won"), ("starts_on", "ends_on"), "special_terms")}),
        ("담당자", {"fields": ("contact_name", ("contact_number", "contact_address"))}),
        ("결과", {"fields": (
            ("decision", "decided_by_name"), ("decided_at", "closed_at"), ("reason_words", "reason"),
            ("signed_at", "fee_paid_at"), "issued_as",
        )}),
    )  # fmt: skip

    reviewed_by = named("reviewer", "심사 담당")
    decided_by_name = named("decided_by", "결정자")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        return super().get_queryset(request).exclude(number__isnull=True)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return find(request, queryset, search_term, today=clock.today()), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Officers call the contact; who only reads sees no whole number. The result stands once there is one."""
        parts = dict(self.fieldsets)
        if not held_roles(request) & DECIDING_ROLES:
            parts["담당자"] = {"fields": ("contact_name", "contact_masked")}
        if obj is not None and not obj.decision and obj.closed_at is None:
            del parts["결과"]
        return tuple(parts.items())

    def about(self, request: HttpRequest, row: Application, button: Button) -> Facts:
        facts = [
            ("접수번호", str(row)),
            ("조합원", row.member.name),
            ("보증 종류", row.product.name),
            ("보증금액", f"{won(row.amount)} ({in_words(row.amount or 0)})"),
            ("보증기간", f"{korean_date(row.starts_on)} ~ {korean_date(row.ends_on)}"),
            ("보증료", won(row.quoted_fee)),
            ("결과를 받는 담당자", f"{row.contact_name} {masked(row.contact_mobile)} {masked(row.contact_email)}"),
        ]
        if button.name == "supplement":
            due_on = supplement_due(seoul_day(clock.now()), business_calendar())
            facts.append(("보완 기한", f"{korean_date(due_on)} (10영업일)"))
        return facts

    def why_gone(self, row: Application, button: Button) -> str:
        if row.decision and row.decided_by is not None:
            return f"{row} 신청은 {row.decided_by}님이 이미 {row.get_decision_display()}했습니다."
        if button.name == "take" and row.reviewer is not None:
            return f"{row} 신청은 {row.reviewer}님이 이미 심사하고 있습니다."
        return super().why_gone(row, button)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            context.update(
                papers=papers_of(row),
                items=row.supplement_items.all(),
                quote=quote(row, day=clock.today()),
                sent=sent_about(request, [f"application:{row.public_id}"]),
                events=timeline(row),
            )
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="상태")
    def progress(self, row: Application) -> str:
        return badge(row.state, row.get_state_display())

    @admin.display(description="조합원")
    def company(self, row: Application) -> str:
        return link(row.member)

    @admin.display(description="관할 지점")
    def branch(self, row: Application) -> str:
        return str(row.member.branch)

    @admin.display(description="보증금액")
    def amount_won(self, row: Application) -> str:
        return won(row.amount)

    @admin.display(description="보증금액")
    def amount_words(self, row: Application) -> str:
        return f"{won(row.amount)} ({in_words(row.amount)})" if row.amount else EMPTY

    @admin.display(description="계약금액")
    def contract_won(self, row: Application) -> str:
        return won(row.contract_amount)

    @admin.display(description="예상 보증료")
    def fee_won(self, row: Application) -> str:
        return won(row.quoted_fee)

    @admin.display(description="대기")
    def waits(self, row: Application) -> str:
        return EMPTY if row.closed_at else waiting(row.submitted_at, clock.now())

    @admin.display(description="결정 권한")
    def authority(self, row: Application) -> str:
        if row.amount is None:
            return EMPTY
        second = ", 심사한 사람이 아닌 다른 결정권자" if needs_second_person(row.amount) else ""
        return f"{required_role(row.amount).label} 이상{second}"

    @admin.display(description="보증채권자 사업자등록번호")
    def beneficiary_number(self, row: Application) -> str:
        number = row.beneficiary_business_number
        return format_business_number(number) if number else EMPTY

    @admin.display(description="담당자 휴대폰")
    def contact_number(self, row: Application) -> str:
        return format_mobile(row.contact_mobile) if row.contact_mobile else EMPTY

    @admin.display(description="담당자 이메일")
    def contact_address(self, row: Application) -> str:
        return row.contact_email or EMPTY

    @admin.display(description="담당자 연락처")
    def contact_masked(self, row: Application) -> str:
        return f"{masked(row.contact_mobile)} {masked(row.contact_email)}"

    @admin.display(description="사유 구분")
    def reason_words(self, row: Application) -> str:
        return REJECTION_REASONS.get(row.reason_code, EMPTY)

    @admin.display(description="발급된 보증")
    def issued_as(self, row: Application) -> str:
        return link(getattr(row, "guarantee", None))
