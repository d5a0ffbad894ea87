"""The queue of applications and the officer's decisions (S10, DOMAIN §2.5)."""

from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from guarantees.actions import issuing
from guarantees.admin import payment_buttons, screening_buttons
from guarantees.admin.details import papers_of, sent_about
from guarantees.admin.forms import FeeForm, IssueForm
from guarantees.admin.searching import HELP, find
from guarantees.differences import since_supplement
from guarantees.limits import effect_on
from guarantees.models import Application
from guarantees.models.labels import APPLICATION_STATES
from guarantees.policies import authority_on, screening_policy_on
from guarantees.queries import OPEN_STATES, alike, facts_of
from guarantees.quotes import quote, requote
from guarantees.rules.completeness import bounds_of, sentence_of
from guarantees.rules.deadlines import supplement_due
from guarantees.rules.screening_reasons import label_of
from guarantees.rules.states import ApplicationState
from portal import clock
from portal.businessdays.models import business_calendar
from portal.desk.buttons import Button, ButtonAdmin, Facts, held_roles
from portal.desk.cells import EMPTY, badge, link, masked, named, waiting, won
from portal.desk.scoped import ReadOnlyAdmin, ScopedRelatedFilter, timeline
from portal.identifiers import format_business_number, format_mobile
from portal.members.roles import BUSINESS_ROLES, DECIDING_ROLES
from portal.particles import as_object
from portal.templatetags.portal_ui import korean_date
from portal.won import in_words

TO_ISSUE = (ApplicationState.APPROVED, ApplicationState.SIGNED, ApplicationState.FEE_PAID)
MOST_ALIKE = 5
SUPPLEMENT_NEAR = timedelta(days=3)


def issue(application: Application, **answers: Any) -> str:
    guarantee = issuing.issue(application_id=application.pk, **answers)
    return f"보증서 {as_object(guarantee.number)} 발급했습니다. 담당자에게 발급을 알립니다."


ISSUE_BUTTONS = (
    Button(
        name="issue", label="발급", question="보증서를 발급합니다. 두 가지를 모두 확인해 주세요.", run=issue,
        roles=DECIDING_ROLES, when=lambda application: application.state == ApplicationState.APPROVED,
        form=IssueForm,
    ),
    Button(
        name="issue_signed", label="발급",
        question="보증서를 발급합니다. 약정은 조합원이 인증서로 서명했습니다. 수납을 확인해 주세요.",
        run=partial(issue, agreement_confirmed=False), roles=DECIDING_ROLES,
        when=lambda application: application.state == ApplicationState.SIGNED, form=FeeForm,
    ),
    Button(
        name="issue_paid", label="발급",
        question="보증서를 발급합니다. 보증료가 이미 납부되어 자동으로 발급되어야 하는 신청입니다.",
        run=partial(issue, agreement_confirmed=False, fee_confirmed=False), roles=DECIDING_ROLES,
        when=lambda application: application.state == ApplicationState.FEE_PAID,
    ),
)  # fmt: skip


class QueueFilter(admin.SimpleListFilter):
    """What is open, unless something else is asked for."""

    title = "상태"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("mine", "내가 심사 중"),
            ("auto", "자동 심사 통과"),
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
        case "auto":
            return Q(state=ApplicationState.IN_REVIEW, reviewer__isnull=True)
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
    buttons: ClassVar[tuple[Button, ...]] = (
        *screening_buttons.BUTTONS,
        *payment_buttons.BUTTONS,
        *ISSUE_BUTTONS,
    )
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
            ("contract_role", "owner_kind", "work_kind"),
            "contract_name", ("contract_number", "contract_won"), ("contracted_on", "completes_on"),
            ("required_won", "advance_won", "payment_cycle_months"), "site_address",
            ("beneficiary_name", "beneficiary_number"), ("delivery_channel", "beneficiary_email"),
        )}),
        ("보증", {"fields": (
            ("amount_words", "allowed"), ("starts_on", "ends_on"), ("fee_won", "adjustment", "collateral_won"),
            "special_terms",
        )}),
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
            today = clock.today()
            days = screening_policy_on(today).supplement_business_days
            due_on = supplement_due(today, business_calendar(), business_days=days)
            facts.append(("보완 기한", f"{korean_date(due_on)} ({days}영업일)"))
        if button.name == "approve":
            facts.extend(self._before_approving(row))
        return facts

    def _before_approving(self, row: Application) -> Facts:
        """What the decision does to limit and fee."""
        today = clock.today()
        effect, fresh = effect_on(row, day=today), requote(row, day=today)
        facts = [] if effect is None else [("보증 후 남는 한도", won(effect.after))]
        if fresh is not None:
            facts.append(("새 요율의 보증료", f"{won(fresh.fee)} (접수 때 {won(row.quoted_fee)})"))
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
                items=[(item, label_of(item.reason_code)) for item in row.supplement_items.all()],
                screened=row.auto_screenings.first(),
                difference=since_supplement(row),
                alike=[(other, link(other)) for other in alike(row)[:MOST_ALIKE]],
                limit_effect=effect_on(row, day=clock.today()),
                quote=quote(row, day=clock.today()),
                sent=sent_about(request, [f"application:{row.public_id}"]),
                events=timeline(row),
            )
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="상태")
    def progress(self, row: Application) -> str:
        shown = badge(row.state, row.get_state_display())
        if row.state == ApplicationState.IN_REVIEW and row.reviewer_id is None:
            return format_html("{} {}", shown, badge("approved", "자동 심사 통과"))
        return shown

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

    @admin.display(description="계약서에서 정한 보증금액")
    def required_won(self, row: Application) -> str:
        return won(row.required_amount)

    @admin.display(description="선급금")
    def advance_won(self, row: Application) -> str:
        return won(row.advance_amount)

    @admin.display(description="담보 금액")
    def collateral_won(self, row: Application) -> str:
        return won(row.collateral) if row.collateral else EMPTY

    @admin.display(description="법정 기준")
    def allowed(self, row: Application) -> str:
        return sentence_of(bounds_of(facts_of(row, day=clock.today()))) or EMPTY

    @admin.display(description="할인·할증")
    def adjustment(self, row: Application) -> str:
        parts = []
        if row.add_ppm:
            parts.append(f"요율 {row.add_ppm:+,}ppm")
        if row.disc_bp:
            parts.append(f"할인 {row.disc_bp / 100:g}%")
        return ", ".join(parts) or EMPTY

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
        authority = authority_on(clock.today())
        second = ", 심사한 사람이 아닌 다른 결정권자" if authority.needs_second_person(row.amount) else ""
        return f"{authority.required_role(row.amount).label} 이상{second}"

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
        return label_of(row.reason_code) or EMPTY

    @admin.display(description="발급된 보증")
    def issued_as(self, row: Application) -> str:
        return link(getattr(row, "guarantee", None))
