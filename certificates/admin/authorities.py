"""The trust table under four eyes: proposed by one, approved by another who types the SHA-256 again."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from certificates.actions import authorities
from certificates.admin.forms import ApproveAuthorityForm, EndpointsForm, ProposalForm, ReasonForm
from certificates.authority_file import read_authority
from certificates.models import Authority, AuthorityRole
from certificates.refusals import Refused
from certificates.x509.facts import CertificateFacts
from portal import clock
from portal.access import Actor
from portal.desk.buttons import Button, ButtonAdmin, Facts, held_roles
from portal.desk.cells import EMPTY, badge
from portal.desk.scoped import timeline
from portal.members.roles import Role
from portal.particles import as_object
from portal.templatetags.portal_ui import korean_datetime

IT = frozenset({Role.IT_SUPPORT})
WARN_BEFORE = timedelta(days=180)
UNREADABLE = "읽을 수 없는 인증서입니다"


def facts_of(row: Authority) -> CertificateFacts | None:
    """What the stored certificate says of itself; None where the bytes are no certificate."""
    try:
        return read_authority(bytes(row.der))[1]
    except Refused:
        return None


def is_proposed(row: Authority) -> bool:
    return row.approved_at is None and row.retired_at is None


def is_trusted(row: Authority) -> bool:
    return row.approved_at is not None and row.retired_at is None


def ends_soon(row: Authority, at: datetime) -> bool:
    """Whether a trusted authority ends within 180 days: members' certificates end with it."""
    return is_trusted(row) and row.valid_until_at <= at + WARN_BEFORE


def approve(row: Authority, **answers: Any) -> str:
    authorities.approve(authority_id=row.pk, **answers)
    return f"{as_object(row)} 승인했습니다. 지금부터 이 기관의 인증서를 확인합니다."


def take_back(row: Authority, **answers: Any) -> str:
    authorities.take_back(authority_id=row.pk, **answers)
    return f"{row}의 등록 요청을 취소했습니다."


def change_endpoints(row: Authority, **answers: Any) -> str:
    authorities.change_endpoints(authority_id=row.pk, **answers)
    return f"{row}의 서버 주소를 바꿨습니다."


def ask_retirement(row: Authority, **answers: Any) -> str:
    authorities.ask_retirement(authority_id=row.pk, **answers)
    return f"{row}의 사용 중지를 요청했습니다. 다른 담당자가 승인하면 중지됩니다."


def retire(row: Authority, **answers: Any) -> str:
    authorities.retire(authority_id=row.pk, **answers)
    return f"{row}의 사용을 중지했습니다. 이 기관이 발급한 인증서는 이제부터 받지 않습니다."


def keep(row: Authority, **answers: Any) -> str:
    authorities.keep(authority_id=row.pk, **answers)
    return f"{row}의 중지 요청을 반려했습니다. 계속 신뢰합니다."


@admin.register(Authority)
class AuthorityAdmin(ButtonAdmin):
    """Until it is approved its SHA-256 is not shown: the approver must have it from elsewhere."""

    head_office_only = True
    view_roles = frozenset({Role.IT_SUPPORT, Role.AUDITOR})
    add_roles = IT
    change_form_template = "admin/certificates/with_history.html"
    list_display = ("name", "role", "standing", "until", "proposed_by", "approved_by", "crl_endpoint")
    list_select_related = ("proposed_by", "approved_by")
    list_filter = ("role",)
    sortable_by = ()
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="approve", label="승인", roles=IT, when=is_proposed, form=ApproveAuthorityForm, run=approve,
            question="등록을 요청한 사람이 아닌 분이 승인합니다. SHA-256을 파일이 아닌 다른 경로(전화, 공문)로 "
            "기관에 확인해 직접 적어 주세요.",
        ),
        Button(
            name="take-back", label="등록 요청 취소", roles=IT, when=is_proposed, form=ReasonForm,
            run=take_back, is_dangerous=True, question="아직 승인되지 않은 요청을 취소합니다.",
        ),
        Button(
            name="endpoints", label="서버 주소 변경", roles=IT, when=lambda row: row.retired_at is None,
            form=EndpointsForm, run=change_endpoints,
            question="폐지목록과 상태확인을 물어볼 주소입니다. 받은 목록은 기관의 서명으로 확인합니다.",
        ),
        Button(
            name="ask-retirement", label="사용 중지 요청", roles=IT, form=ReasonForm, run=ask_retirement,
            when=lambda row: is_trusted(row) and row.retire_asked_at is None, is_dangerous=True,
            question="중지하면 이 기관이 발급한 인증서를 받지 않습니다. 다른 담당자가 승인해야 중지됩니다.",
        ),
        Button(
            name="retire", label="사용 중지 승인", roles=IT, run=retire, is_dangerous=True,
            when=lambda row: is_trusted(row) and row.retire_asked_at is not None,
            question="중지를 요청한 사람이 아닌 분이 승인합니다. 되돌리려면 새로 등록하고 승인해야 합니다.",
        ),
        Button(
            name="keep", label="중지 요청 반려", roles=IT, form=ReasonForm, run=keep,
            when=lambda row: is_trusted(row) and row.retire_asked_at is not None,
            question="중지 요청을 반려하고 이 기관을 계속 신뢰합니다.",
        ),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request) and bool(held_roles(request) & self.add_roles)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = ProposalForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("role", "file", "pem", "name", "crl_endpoint", "ocsp_endpoint", "note")}),)
        return (
            ("기관", {"fields": (
                "standing", "name", "role", "subject", "issuer", "serial", "validity", "digest",
                "crl_endpoint", "ocsp_endpoint",
            )}),
            ("등록과 승인", {"fields": (
                ("proposed_by", "proposed_at"), "taken_from", ("approved_by", "approved_at"),
            )}),
            ("사용 중지", {"fields": (
                ("retire_asked_by", "retire_asked_at"), "retire_reason", ("retired_by", "retired_at"),
            )}),
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            () if obj is None else ("standing", "subject", "issuer", "serial", "validity", "digest", "taken_from")
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        typed = form.cleaned_data
        made = authorities.propose(
            role=AuthorityRole(typed["role"]),
            data=typed["data"],
            **{name: typed[name] for name in ("name", "crl_endpoint", "ocsp_endpoint", "note")},
            by=Actor.of(request, "admin"),
            at=clock.now(),
        )
        obj.pk, obj.name = made.pk, made.name

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(
            request, f"{obj} 등록을 요청했습니다. 다른 담당자가 SHA-256을 따로 확인해 승인하면 신뢰합니다."
        )
        return redirect(self.address_of(obj))

    def about(self, request: HttpRequest, row: Authority, button: Button) -> Facts:
        return [
            ("이름", row.name),
            ("구분", row.get_role_display()),
            ("주체", self.subject(row)),
            ("유효기간", self.validity(row)),
            ("등록 요청", f"{row.proposed_by or EMPTY} {korean_datetime(row.proposed_at)}"),
            ("받은 곳", row.note or EMPTY),
            *([("중지 사유", row.retire_reason)] if row.retire_reason else []),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            context["events"] = timeline(row)
            if ends_soon(row, clock.now()):
                messages.warning(
                    request,
                    f"이 기관은 {korean_datetime(row.valid_until_at)}에 끝납니다. 다음 세대 기관을 등록해 주세요.",
                )
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="상태")
    def standing(self, row: Authority) -> str:
        now = clock.now()
        if row.retired_at is not None:
            return badge("cancelled", "요청 취소" if row.approved_at is None else "사용 중지")
        if row.approved_at is None:
            return badge("submitted", "승인 대기")
        if row.valid_until_at <= now:
            return badge("expired", "유효기간 끝")
        if row.retire_asked_at is not None:
            return badge("review", "중지 승인 대기")
        return badge("expired", "180일 안에 끝남") if ends_soon(row, now) else badge("active", "신뢰")

    @admin.display(description="유효기간 끝")
    def until(self, row: Authority) -> str:
        return korean_datetime(row.valid_until_at)

    @admin.display(description="주체")
    def subject(self, row: Authority) -> str:
        facts = facts_of(row)
        return facts.subject_dn if facts else UNREADABLE

    @admin.display(description="받은 곳")
    def taken_from(self, row: Authority) -> str:
        return row.note or EMPTY

    @admin.display(description="발급자")
    def issuer(self, row: Authority) -> str:
        facts = facts_of(row)
        return facts.issuer_dn if facts else UNREADABLE

    @admin.display(description="일련번호")
    def serial(self, row: Authority) -> str:
        facts = facts_of(row)
        return facts.serial_hex if facts else UNREADABLE

    @admin.display(description="유효기간")
    def validity(self, row: Authority) -> str:
        facts = facts_of(row)
        if facts is None:
            return UNREADABLE
        return f"{korean_datetime(facts.valid_from_at)} ~ {korean_datetime(facts.valid_until_at)}"

    @admin.display(description="SHA-256")
    def digest(self, row: Authority) -> str:
        if row.approved_at is None:
            return "승인 전에는 보이지 않습니다. 승인자가 따로 확인해 적습니다."
        return " ".join(row.sha256[start : start + 8] for start in range(0, 64, 8))
