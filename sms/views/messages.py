"""What was sent to whom, and what became of it."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.identifiers import mask_mobile
from portal.members.gate import member_page
from sms.models import Channel, Message, Purpose
from sms.queries import MessageState, state_of
from sms.views.own import SMS_MENU, own_member, side_menu, trail_to

ON_A_PAGE = 20
TONES = {"waiting": "info", "good": "ok", "bad": "danger", "quiet": "done"}


@dataclass(frozen=True)
class Row:
    """A message and its present state."""

    message: Message
    state: MessageState

    @property
    def tone(self) -> str:
        """Tone of the badge."""
        return TONES[self.state.tone]

    @property
    def to(self) -> str:
        """Enough of the number to know whose it is; of an e-mail address all of it."""
        to = self.message.to
        return to if self.message.channel == Channel.EMAIL else mask_mobile(to)


@member_page
@require_safe
def sent_messages(request: HttpRequest) -> HttpResponse:
    """The member's own messages, or with ?kind=notices those the cooperative sent about its business."""
    own_member(request)
    kind = "notices" if request.GET.get("kind") == "notices" else "free"
    page = Paginator(_of_kind(request, kind), ON_A_PAGE).get_page(request.GET.get("page"))
    states = state_of(page.object_list)
    context = {
        "kind": kind,
        "page": page,
        "rows": [Row(message, states[message.pk]) for message in page.object_list],
        "menu_items": side_menu(request, SMS_MENU),
        "breadcrumbs": trail_to(("문자메시지서비스", "sms:compose"), ("보낸 문자", "sms:messages")),
    }
    return render(request, "sms/messages.html", context)


def _of_kind(request: HttpRequest, kind: str) -> QuerySet[Message]:
    everything = Message.objects.for_user(request.user).order_by("-id")
    if kind == "free":
        return everything.filter(purpose=Purpose.FREE_SMS)
    # A one-time code is nobody's business but the reader's.
    return everything.exclude(purpose__in=[Purpose.FREE_SMS, Purpose.ONE_TIME_CODE])
