"""The officer's decisions on an application: taking it up, asking for more, approving, rejecting."""

from typing import Any

from guarantees.actions import screening
from guarantees.admin.forms import ApproveForm, RejectForm, SupplementForm
from guarantees.models import Application
from guarantees.rules.states import ApplicationState
from portal.desk.buttons import Button
from portal.members.roles import DECIDING_ROLES
from portal.templatetags.portal_ui import korean_date


def take(application: Application, **given: Any) -> str:
    screening.take(application_id=application.pk, **given)
    return f"{application} 심사를 시작했습니다. 서류를 확인하고 결정해 주세요."


def request_supplement(application: Application, **answers: Any) -> str:
    done = screening.request_supplement(application_id=application.pk, **answers)
    return (
        f"{application} 보완을 요청했습니다. 조합원은 {korean_date(done.supplement_due_on)}까지 답할 수 있습니다."
    )


def approve(application: Application, **answers: Any) -> str:
    done = screening.approve(application_id=application.pk, **answers)
    told = f"{application} 신청을 승인했습니다. 담당자에게 결과를 알립니다."
    if done.quoted_fee != application.quoted_fee:
        told += f" 요율이 바뀌어 보증료가 {application.quoted_fee:,}원에서 {done.quoted_fee:,}원으로 달라졌습니다."
    return told


def reject(application: Application, **answers: Any) -> str:
    screening.reject(application_id=application.pk, **answers)
    return f"{application} 신청을 반려했습니다. 담당자에게 사유를 알립니다."


def in_review(application: Application) -> bool:
    return application.state == ApplicationState.IN_REVIEW


def to_be_taken(application: Application) -> bool:
    """Handed in, or screened by the rules with nobody reviewing it yet."""
    return application.state == ApplicationState.SUBMITTED or (
        in_review(application) and application.reviewer_id is None
    )


BUTTONS = (
    Button(
        name="take", label="심사 시작", question="이 신청의 심사를 맡습니다.", run=take, roles=DECIDING_ROLES,
        when=to_be_taken,
    ),
    Button(
        name="approve", label="승인", question="이 신청을 승인합니다. 결과는 바로 담당자에게 나갑니다.",
        run=approve, roles=DECIDING_ROLES, when=in_review, form=ApproveForm,
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
)  # fmt: skip
