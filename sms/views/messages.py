"""What was sent to whom, and what became of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from portal.glance import Glance
from portal.identifiers import normalize_digits
from portal.members.gate import member_page
from portal.side_menu import side_menu, trail_to
from sms.free_service import is_switched_off
from sms.models import Entry, EntryKind, Message, Purpose, Receipt, Result, ResultState, SendRequest
from sms.queries import state_of
from sms.views.own import SMS_MENU, own_member
from sms.views.sent_rows import Row

ON_A_PAGE = 20
_is_off = Glance(is_switched_off)
STATES = {"arrived": "도착함", "waiting": "보내는 중", "failed": "도착하지 않음"}


@dataclass(frozen=True)
class Sent:
    """A request with what became of its messages."""

    request: SendRequest
    rows: tuple[Row, ...]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """(outcome, its Korean word, how many), without those of which there are none."""
        found = Counter(row.outcome for row in self.rows)
        return [(code, label, found[code]) for code, label in STATES.items() if found[code]]

    @property
    def calls_each(self) -> int:
        """Calls one message cost."""
        return self.request.spend.calls // self.request.recipients

    @property
    def refunded(self) -> int:
        """Calls that came back."""
        return sum(row.refunded for row in self.rows)

    @property
    def has_failed(self) -> bool:
        """Whether anybody was not reached."""
        return any(row.outcome == "failed" for row in self.rows)

    @property
    def body(self) -> str:
        """The message as it arrived."""
        return self.rows[0].message.body if self.rows else self.request.text


@member_page
@require_safe
def sent_messages(request: HttpRequest) -> HttpResponse:
    """The member's own requests.

    ?state=failed leaves only requests that did not reach everybody; ?q= looks in texts, names and whole numbers.
    """
    own_member(request)
    page = Paginator(_requests(request), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "sent": _sent(request, list(page.object_list)),
        "q": request.GET.get("q", ""),
        "only_failed": request.GET.get("state") == "failed",
        "is_searching": bool(request.GET.get("q") or request.GET.get("state")),
        **_frame(request),
    }
    return render(request, "sms/messages.html", context)


@member_page
@require_safe
def sent_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request: each recipient with the state in words; ?state= leaves one kind of them."""
    own_member(request)
    requests = SendRequest.objects.for_user(request.user).select_related("spend", "by")
    sent = _sent(request, [get_object_or_404(requests, public_id=request_id)])[0]
    chosen = request.GET.get("state") if request.GET.get("state") in STATES else ""
    context = {
        "sent": sent,
        "rows": [row for row in sent.rows if not chosen or row.outcome == chosen],
        "chosen": chosen,
        **_frame(request),
    }
    return render(request, "sms/sent.html", context)


def _frame(request: HttpRequest) -> dict[str, Any]:
    return {
        "menu_items": side_menu(request, SMS_MENU),
        "breadcrumbs": trail_to(("문자메시지서비스", "sms:compose"), ("보낸 문자", "sms:messages")),
    }


def _requests(request: HttpRequest) -> QuerySet[SendRequest]:
    found: QuerySet[SendRequest] = SendRequest.objects.for_user(request.user).select_related("spend", "by")
    found = found.order_by("-id")
    texts = Message.objects.for_user(request.user).filter(purpose=Purpose.FREE_SMS)
    if words := " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]:
        found = _of(found, _holding(texts, words))
    if request.GET.get("state") == "failed":
        found = _of(found, _failed(texts))
    return found


def _of(requests: QuerySet[SendRequest], texts: QuerySet[Message]) -> QuerySet[SendRequest]:
    """Requests with at least one of these messages."""
    named = requests.annotate(message_reference=Concat(Value("free:"), "spend__key"))
    return named.filter(message_reference__in=texts.values("reference"))


def _holding(texts: QuerySet[Message], words: str) -> QuerySet[Message]:
    digits = normalize_digits(words)
    if len(digits) == 11 and digits.isdigit():
        return texts.filter(to=digits)
    return texts.filter(Q(body__icontains=words) | Q(recipient_name__icontains=words))


def _failed(texts: QuerySet[Message]) -> QuerySet[Message]:
    ended = [ResultState.REFUSED, ResultState.SKIPPED, ResultState.EXPIRED]
    refused = Result.objects.filter(message_id=OuterRef("pk"), number=Result.LAST, state__in=ended)
    receipts = Receipt.objects.filter(message_id=OuterRef("pk"))
    lost = Exists(receipts.filter(state="undelivered")) & ~Exists(receipts.filter(state="delivered"))
    return texts.filter(Exists(refused) | lost)


def _sent(request: HttpRequest, requests: Iterable[SendRequest]) -> list[Sent]:
    """Each request with its messages; a constant number of statements."""
    references = [one.reference for one in requests]
    found = Message.objects.for_user(request.user).filter(reference__in=references).order_by("id")
    texts = list(found.defer("html"))
    states, refunds = state_of(texts), _refunds(request, texts)
    is_off = _is_off.look()
    rows: dict[str, list[Row]] = {}
    for text in texts:
        is_held = is_off and states[text.pk].code == "ready"
        rows.setdefault(text.reference, []).append(
            Row(text, states[text.pk], is_held=is_held, refunded=refunds.get(text.key, 0))
        )
    return [Sent(one, tuple(rows.get(one.reference, ()))) for one in requests]


def _refunds(request: HttpRequest, texts: Iterable[Message]) -> dict[str, int]:
    """Calls that came back, by message key."""
    entries = Entry.objects.for_user(request.user).filter(
        kind=EntryKind.REFUND, message_key__in=[text.key for text in texts]
    )
    return dict(entries.values_list("message_key").annotate(calls=Sum("calls")).order_by())
