"""What pages around an application or a guarantee share: columns, papers, and what was sent."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from guarantees.models import Application
from guarantees.queries import documents_of, missing_documents
from portal.desk.cells import badge, link, masked
from portal.desk.scoped import visible
from sms.admin.messages import TONES
from sms.models import Message
from sms.queries import state_of

MOST_SENT = 30


class OfGuarantee:
    """Columns of a page whose rows hang on a guarantee and have a state. The number is a link of its own, so that
    where it stands first, `list_display_links` names another column."""

    @admin.display(description="보증번호")
    def number(self, row: Any) -> str:
        return link(row.guarantee)

    @admin.display(description="조합원")
    def company(self, row: Any) -> str:
        return link(row.guarantee.member)

    @admin.display(description="상태")
    def status(self, row: Any) -> str:
        return badge(row.state, row.get_state_display())


def papers_of(application: Application) -> dict[str, Any]:
    """The files as components/file_list.html shows them, and the names of those still missing."""
    attached = list(documents_of(application))
    files = [
        {
            "name": document.filename,
            "url": reverse("guarantees:document", args=[document.public_id]),
            "size": document.size,
            "note": document.name,
        }
        for document in attached
    ]
    return {"files": files, "missing": missing_documents(application, attached)}


def sent_about(request: HttpRequest, references: Sequence[str]) -> list[dict[str, Any]]:
    """The latest messages that rest on these references, with what became of them."""
    rows = visible(Message, request).filter(reference__in=references).defer("html", "body").order_by("-id")
    messages = list(rows[:MOST_SENT])
    states = state_of(messages)
    return [
        {
            "url": reverse("admin:sms_message_change", args=[message.pk]),
            "at": message.created_at,
            "purpose": message.get_purpose_display(),
            "channel": message.get_channel_display(),
            "to": f"{message.recipient_name} {masked(message.to)}",
            "state": badge(states[message.pk].code, states[message.pk].label, TONES[states[message.pk].tone]),
            "detail": states[message.pk].detail,
        }
        for message in messages
    ]
