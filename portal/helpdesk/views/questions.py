"""Q & A 게시판: ask as a visitor or member, read what was answered (S02, S03)."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock
from portal.access import Actor, client_address
from portal.helpdesk.actions import questions as actions
from portal.helpdesk.forms import QuestionEditForm, QuestionForm
from portal.helpdesk.links import key_of, opens
from portal.helpdesk.models import Attachment, Question
from portal.helpdesk.queries import board
from portal.helpdesk.views.section import section
from portal.helpdesk.views.waiting import too_many
from portal.members.gate import form_page
from portal.members.models import User
from portal.particles import as_object
from portal.prose import prose
from portal.refusals import Refusal
from portal.throttle import Allowance, network_of, seconds_to_wait
from portal.uploads.handing import handed_out

A_PAGE = 20
PER_ADDRESS = Allowance("question-address", most=5, seconds=3600)
BOARD = ("Q & A 게시판", "helpdesk:questions")


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """The board. Of somebody else's private question only that it is there and whether it was answered."""
    user = _user(request)
    page = Paginator(board(user), A_PAGE).get_page(request.GET.get("page"))
    rows = [(question, _may_read(question, request)) for question in page]
    return render(
        request, "helpdesk/questions.html", {"page": page, "rows": rows, **section(request, (BOARD[0], ""))}
    )


@form_page
def ask(request: HttpRequest) -> HttpResponse:
    """The form, a member's name and e-mail filled in."""
    user = _user(request)
    known = {"name": user.full_name, "email": user.email} if user else {}
    form = QuestionForm(request.POST or None, request.FILES or None, initial=known)
    if request.method == "POST" and form.is_valid():
        return _ask(request, form)
    context = {"form": form, **section(request, _board(), ("문의하기", ""))}
    return render(request, "helpdesk/ask.html", context)


def _ask(request: HttpRequest, form: QuestionForm) -> HttpResponse:
    at = clock.now()
    if form.is_by_machine:
        return redirect("helpdesk:questions")
    if seconds := seconds_to_wait(PER_ADDRESS, network_of(client_address(request)), at):
        return too_many(request, seconds)
    given = form.cleaned_data
    question, covered = actions.ask(
        name=given["name"], email=given["email"], title=given["title"], body=given["body"],
        is_private=given["is_private"], uploads=given["attachments"], by=Actor.of(request), at=at,
    )  # fmt: skip
    _say_covered(request, covered)
    messages.success(request, f"문의를 접수했습니다. 답변을 드리면 {question.email} 으로 알려 드립니다.")
    return redirect(_own_address(question))


@require_safe
def question(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One question with its answers. A private one only for its asker: signed in, or by the link in his e-mail."""
    found = _readable(request, public_id)
    is_own = _is_own(found, request)
    context = {
        "question": found,
        "answers": [(answer, prose(answer.body)) for answer in found.answers.select_related("answered_by")],
        "attachments": found.attachments.all() if is_own else [],
        "is_own": is_own,
        "key": request.GET.get("key", "") if is_own else "",
        "is_editable": is_own and actions.is_editable(found, clock.now()),
        **section(request, _board(), (found.title, "")),
    }
    return render(request, "helpdesk/question.html", context)


@form_page
def edit_question(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change one's own question within the window."""
    found = _readable(request, public_id)
    if not _is_own(found, request):
        raise Http404
    initial = {"title": found.title, "body": found.body, "is_private": found.is_private}
    form = QuestionEditForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _changed, covered = actions.edit(
                question_id=found.pk, by=Actor.of(request), at=clock.now(), **form.cleaned_data
            )
        except Refusal as refused:
            form.add_error(None, refused.message)
        else:
            _say_covered(request, covered)
            messages.success(request, "문의를 고쳤습니다.")
            return redirect(_own_address(found))
    context = {"form": form, "back": _own_address(found), **section(request, _board(), ("문의 고치기", ""))}
    return render(request, "helpdesk/edit_question.html", context)


@require_safe
def attachment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A file beside one's own question; staff find theirs on the desk."""
    found = get_object_or_404(Attachment.objects.select_related("question"), public_id=public_id)
    if not _is_own(found.question, request):
        raise Http404
    return handed_out(found)


def _readable(request: HttpRequest, public_id: UUID) -> Question:
    """Raises Http404 alike for a question that is not there, is hidden, or is somebody else's secret."""
    found = Question.objects.filter(public_id=public_id).first()
    if found is None or not _may_read(found, request):
        raise Http404
    return found


def _may_read(found: Question, request: HttpRequest) -> bool:
    return _is_own(found, request) or (found.hidden_at is None and not found.is_private)


def _is_own(found: Question, request: HttpRequest) -> bool:
    user = _user(request)
    if user is not None and found.asked_by_id == user.pk:
        return True
    return opens(found, request.GET.get("key", ""))


def _user(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


def _own_address(found: Question) -> str:
    """Where the asker sees it: by his login, or by his key."""
    url = reverse("helpdesk:question", args=[found.public_id])
    return url if found.asked_by_id else f"{url}?key={key_of(found)}"


def _board() -> tuple[str, str]:
    return (BOARD[0], reverse(BOARD[1]))


def _say_covered(request: HttpRequest, covered: tuple[str, ...]) -> None:
    if covered:
        names = ", ".join(covered)
        messages.warning(
            request, f"글에 있던 {as_object(names)} 가리고 저장했습니다. 번호가 꼭 필요하면 전화로 알려 주세요."
        )
