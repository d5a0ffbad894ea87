"""What happened to an application or guarantee, told from the audit trail for the member's eyes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from portal.audit.models import AuditEvent
from portal.audit.trail import history
from portal.members.models import Branch

TITLES = {
    "application.start": "신청서 작성을 시작했습니다",
    "application.submit": "신청을 접수했습니다",
    "application.take": "지점에서 심사를 시작했습니다",
    "application.requote": "요율이 바뀌어 보증료를 다시 계산했습니다",
    "application.request_supplement": "보완을 요청했습니다",
    "application.amend": "신청 내용을 고쳤습니다",
    "application.resubmit": "보완한 내용을 제출했습니다",
    "application.approve": "심사가 승인되었습니다",
    "application.reject": "심사에서 반려되었습니다",
    "application.sign": "공동인증서로 약정에 서명했습니다",
    "application.pay": "보증료를 납부했습니다",
    "application.issue": "약정과 보증료를 확인하고 보증서를 발급했습니다",
    "application.withdraw": "신청을 취하했습니다",
    "application.change_contact": "담당자를 바꾸었습니다",
    "application.lapse": "기한이 지나 신청이 종료되었습니다",
    "guarantee.issue": "보증서를 발급했습니다",
    "guarantee.expire": "보증기간이 끝났습니다",
    "guarantee.release": "보증을 해제했습니다",
    "guarantee.release_partly": "보증을 일부 해제했습니다",
    "guarantee.request_release": "해제를 요청했습니다",
    "guarantee.withdraw_release": "해제 요청을 취하했습니다",
    "delivery.send": "보증채권자에게 보증서를 보냈습니다",
    "delivery.accept": "보증채권자가 보증서를 접수했습니다",
    "delivery.return": "보증채권자가 보증서를 반려했습니다",
    "delivery.fail": "보증서를 보내지 못했습니다",
    "guarantee.refuse_release": "해제 요청을 반려했습니다",
}


@dataclass(frozen=True)
class Happening:
    """One line of the time line."""

    title: str
    at: datetime | None
    by: str
    text: str = ""
    state: str = "done"


def story_of(subject: models.Model, branch: Branch) -> list[Happening]:
    """The events a member cares about, oldest first. Staff appear as their branch, the portal as itself."""
    return [
        Happening(TITLES[event.action], event.at, _who(event, branch), _text(event.action, event.detail))
        for event in history(subject)
        if event.action in TITLES
    ]


def _who(event: AuditEvent, branch: Branch) -> str:
    if event.channel == "system":
        return "자동 처리"
    return event.actor_name if event.channel in ("web", "link") else branch.name


def _text(action: str, detail: dict[str, Any]) -> str:
    if action == "application.request_supplement":
        return " / ".join(detail.get("items", []))
    if action in (
        "application.reject",
        "guarantee.release",
        "guarantee.release_partly",
        "guarantee.refuse_release",
    ):
        return str(detail.get("reason", ""))
    return ""
