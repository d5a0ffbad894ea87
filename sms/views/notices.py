"""마이페이지 › 알림함: every notice the cooperative wrote to people of the company, and what became of it."""

from datetime import datetime, time

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.clock import SEOUL
from portal.members.gate import member_page
from portal.members.models import User
from portal.side_menu import MY_MENU, side_menu, trail_to
from sms.forms.notices import NoticeFilterForm
from sms.models import Channel, Message, Purpose
from sms.obstacles import obstacles_of
from sms.queries import state_of
from sms.views.own import own_member
from sms.views.sent_rows import Row

ON_A_PAGE = 20


@member_page
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Newest first, narrowed by ?kind=, ?channel= (text, email), ?from= and ?to= as far as they are values."""
    member = own_member(request)
    form = NoticeFilterForm(request.GET)
    form.is_valid()
    page = Paginator(_narrowed(_notices(request), form), ON_A_PAGE).get_page(request.GET.get("page"))
    states = state_of(page.object_list)
    context = {
        "form": form,
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
        "page": page,
        "rows": [Row(message, states[message.pk]) for message in page.object_list],
        "obstacles": obstacles_of(member),
        "menu_items": side_menu(request, MY_MENU),
        "breadcrumbs": trail_to(("마이페이지", "sms:my_page"), ("알림함", "sms:notices")),
    }
    return render(request, "sms/notices.html", context)


def _notices(request: HttpRequest) -> QuerySet[Message]:
    """Without what the company wrote itself, which has a page of its own, and what told our own staff of it."""
    everything: QuerySet[Message] = Message.objects.for_user(request.user)
    staff = User.objects.filter(is_staff=True).exclude(email="")
    ours = everything.exclude(purpose=Purpose.FREE_SMS).exclude(to__in=staff.values("email"))
    return ours.defer("html").order_by("-id")


def _narrowed(messages: QuerySet[Message], form: NoticeFilterForm) -> QuerySet[Message]:
    chosen = form.cleaned_data
    if kind := chosen.get("kind"):
        messages = messages.filter(purpose=kind)
    match chosen.get("channel"):
        case Channel.EMAIL.value:
            messages = messages.filter(channel=Channel.EMAIL)
        case "text":
            messages = messages.exclude(channel=Channel.EMAIL)
    if first := chosen.get("from"):
        messages = messages.filter(created_at__gte=datetime.combine(first, time.min, tzinfo=SEOUL))
    if last := chosen.get("to"):
        messages = messages.filter(created_at__lte=datetime.combine(last, time.max, tzinfo=SEOUL))
    return messages
