"""What stands below the fields of an application or a guarantee: papers, and what was sent."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from guarantees.models import Application
from guarantees.queries import documents_of, missing_documents
from portal.desk.cells import badge, masked
from portal.desk.scoped import visible
from sms.admin.messages import TONES
from sms.models import Message
from sms.queries import state_of

MOST_SENT = 30


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
