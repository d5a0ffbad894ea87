"""The gate on the desk of the IT department: shut it, and with two people open it again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from portal import clock
from portal.access import Actor
from portal.audit import words
from portal.desk.buttons import Button, ButtonAdmin, Facts
from portal.desk.scoped import ReadOnlyAdmin
from portal.gate import recovery
from portal.gate.actions.recovering import RECOVERERS, approve, ask, withdraw
from portal.gate.actions.watching import close
from portal.gate.models import ClosedBecause, Gate, InvariantRun, Recovery, RecoveryKind
from portal.members.roles import Role

LOOKED_AT_BY = RECOVERERS | {Role.HQ_UNDERWRITER, Role.AUDITOR}

words.register(
    {
        "gate.close": "발송·발급 차단",
        "gate.open": "발송·발급 재개",
        "recovery.ask": "복구 요청",
        "recovery.approve": "복구 승인",
        "recovery.withdraw": "복구 요청 철회",
        "recovery.step": "복구 단계 실행",
        "recovery.finish": "복구 완료",
    }
)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="사유", max_length=200)


class RecoveryForm(ReasonForm):
    days = forms.IntegerField(
        label="잃었을 수 있는 기간(일)",
        min_value=1,
        max_value=60,
        initial=7,
        help_text="백업 시점부터 지금까지의 날수보다 넉넉하게 적습니다.",
    )
    margin = forms.IntegerField(
        label="건너뛸 번호 수",
        min_value=1,
        max_value=100_000,
        initial=1_000,
        help_text="그사이 발급했을 수 있는 보증보다 넉넉하게 적습니다.",
    )


def _close(row: Gate, *, by: Actor, at: Any, reason: str) -> str:
    close(reason=ClosedBecause.BY_STAFF, note=reason, by=by, at=at)
    return "발송과 발급을 멈췄습니다."


def _ask(row: Gate, *, by: Actor, at: Any, reason: str, days: int, margin: int) -> str:
    ask(kind=RecoveryKind.AFTER_LOSS, reason=reason, days=days, margin=margin, by=by, at=at)
    return "복구를 요청했습니다. 정보시스템부의 다른 직원이 '복구'에서 승인하면 1분 안에 시작합니다."


def _ask_reopen(row: Gate, *, by: Actor, at: Any, reason: str) -> str:
    ask(kind=RecoveryKind.REOPEN, reason=reason, by=by, at=at)
    return "다시 열기를 요청했습니다. 정보시스템부의 다른 직원이 '복구'에서 승인하면 1분 안에 열립니다."


def _approve(row: Recovery, *, by: Actor, at: Any) -> str:
    approve(recovery_id=row.pk, by=by, at=at)
    return "승인했습니다. 1분 안에 시작합니다. 바로 하려면 서버에서 ./run manage recover를 실행합니다."


def _withdraw(row: Recovery, *, by: Actor, at: Any, reason: str) -> str:
    withdraw(recovery_id=row.pk, by=by, at=at, reason=reason)
    return "복구 요청을 철회했습니다. 차단기는 닫힌 채로 있습니다."


@admin.register(Gate)
class GateAdmin(ButtonAdmin, ReadOnlyAdmin):
    view_roles = LOOKED_AT_BY
    list_display = ("__str__", "since", "note")
    sortable_by = ()
    fields = ("is_open", "reason", "note", "since", "opened_at", "cluster")
    buttons = (
        Button("close", "발송·발급 멈추기", "문자 발송과 보증서 발급, 접수를 모두 멈출까요? 조회는 계속됩니다.",
               _close, RECOVERERS, lambda row: row.is_open, ReasonForm, is_dangerous=True),
        Button("recover", "복원 뒤 복구 요청", "백업을 복원했거나 예비 서버로 넘어간 뒤의 복구를 요청할까요? "
               "요청하면 발송과 발급이 멈추고, 다른 직원이 승인해야 시작합니다.", _ask,
               RECOVERERS, lambda row: True, RecoveryForm, is_dangerous=True),
        Button("reopen", "다시 열기 요청",
               "직원이 닫은 차단기를 다시 열도록 요청할까요? 다른 직원이 승인해야 열립니다.",
               _ask_reopen, RECOVERERS, lambda row: row.reason == ClosedBecause.BY_STAFF, ReasonForm),
    )  # fmt: skip


@admin.register(Recovery)
class RecoveryAdmin(ButtonAdmin, ReadOnlyAdmin):
    view_roles = LOOKED_AT_BY
    list_display = ("__str__", "reason", "asked_by", "approved_by", "finished_at")
    list_select_related = ("asked_by", "approved_by")
    sortable_by = ()
    fields = (
        "kind", "reason", ("days", "margin"), ("asked_by_name", "asked_at"), ("approved_by_name", "approved_at"),
        "withdrawn_at", "finished_at", "report",
    )  # fmt: skip
    buttons = (
        Button("approve", "복구 승인", "이 복구를 승인할까요? 복구가 끝나면 발송과 발급이 다시 열립니다.",
               _approve, RECOVERERS, lambda row: not (row.approved_at or row.withdrawn_at)),
        Button("withdraw", "요청 철회", "이 복구 요청을 철회할까요? 차단기는 닫힌 채로 있습니다.", _withdraw,
               RECOVERERS, lambda row: not (row.approved_at or row.withdrawn_at), ReasonForm),
    )  # fmt: skip

    def about(self, request: HttpRequest, row: Recovery, button: Button) -> Facts:
        """What approving would do, step by step."""
        return recovery.plan(recovery=row, at=clock.now()) if button.name == "approve" else []

    @admin.display(description="요청")
    def asked_by_name(self, row: Recovery) -> str:
        return str(row.asked_by)

    @admin.display(description="승인")
    def approved_by_name(self, row: Recovery) -> str:
        return str(row.approved_by or "-")

    @admin.display(description="한 일")
    def report(self, row: Recovery) -> str:
        lines = [
            (name, ", ".join(f"{key} {value}" for key, value in done.items())) for name, done in row.done.items()
        ]
        return format_html_join("", "<div>{}: {}</div>", lines) or "-"


@admin.register(InvariantRun)
class InvariantRunAdmin(ReadOnlyAdmin):
    view_roles = LOOKED_AT_BY
    list_display = ("at", "verdict", "checks", "seconds")
    sortable_by = ()
    fields = ("at", "verdict", "checks", "seconds", "details")

    @admin.display(description="결과")
    def verdict(self, row: InvariantRun) -> str:
        return "이상 없음" if not row.violations else f"{len(row.violations)}개 항목 어긋남"

    @admin.display(description="어긋난 항목")
    def details(self, row: InvariantRun) -> str:
        lines = [
            (each["code"], each["sentence"], each["count"], ", ".join(each["samples"])) for each in row.violations
        ]
        return format_html_join("", "<div>{} {} {}건: {}</div>", lines) or "없음"
