"""The board: asking, changing one's mind for a while, answering, hiding (S02, S03)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.helpdesk.models import Answer, Attachment, Question
from portal.masking import cover
from portal.members.roles import Role
from portal.refusals import Refusal
from portal.uploads.checking import Upload

EDIT_WINDOW = timedelta(minutes=30)
# The head office: a question belongs to no branch, and a private one is for few eyes.
ANSWERERS = frozenset({Role.WEBMASTER, Role.IT_SUPPORT, Role.HQ_UNDERWRITER})


class NoLongerEditable(Refusal):
    """The window is over, or staff has dealt with the question already."""

    message = (
        f"문의는 쓴 뒤 {int(EDIT_WINDOW.total_seconds() // 60)}분 동안, 답변을 받기 전까지만 고칠 수 있습니다. "
        "덧붙일 말은 새 문의로 남겨 주세요."
    )


class NotAnAnswerer(Refusal):
    """Somebody whose work it is not."""

    message = "문의에 답변할 권한이 없습니다. 홈페이지 관리, 정보시스템부, 본부 심사 담당이 답변할 수 있습니다."


class QuestionHidden(Refusal):
    """Staff has taken the question from the board."""

    message = "가린 문의에는 답변할 수 없습니다. 먼저 다시 보이게 해 주세요."


class HiddenAlready(Refusal):
    """Hidden by somebody else meanwhile."""

    message = "이미 가린 문의입니다. 목록을 새로 고쳐 주세요."


@transaction.atomic
def ask(
    *,
    name: str,
    email: str,
    title: str,
    body: str,
    is_private: bool,
    uploads: Sequence[Upload],
    by: Actor,
    at: datetime,
) -> tuple[Question, tuple[str, ...]]:
    """A new question, personal numbers covered. Also the names of what was covered, for the asker to know."""
    (title, in_title), (body, in_body) = cover(title), cover(body)
    question = Question.objects.create(
        asked_by_id=by.user_id, name=name, email=email, title=title, body=body, is_private=is_private, asked_at=at
    )
    for upload in uploads:
        kept = Attachment(
            question=question,
            filename=upload.filename,
            media_type=upload.media_type,
            size=upload.size,
            sha256=upload.sha256,
        )
        kept.file.save(upload.filename, ContentFile(upload.content), save=False)
        kept.save(force_insert=True)
    covered = tuple(dict.fromkeys(in_title + in_body))
    detail = {"private": is_private, "attachments": len(uploads), "covered": list(covered)}
    trail.record(action="question.ask", by=by, at=at, subject=question, detail=detail)
    return question, covered


@transaction.atomic
def edit(
    *, question_id: int, title: str, body: str, is_private: bool, by: Actor, at: datetime
) -> tuple[Question, tuple[str, ...]]:
    """Change one's own question. The caller has shown that it is his. Raises NoLongerEditable."""
    question = Question.objects.select_for_update().get(pk=question_id)
    if not is_editable(question, at):
        raise NoLongerEditable
    (question.title, in_title), (question.body, in_body) = cover(title), cover(body)
    question.is_private, question.edited_at = is_private, at
    question.save(update_fields=["title", "body", "is_private", "edited_at"])
    trail.record(action="question.edit", by=by, at=at, subject=question, detail={"private": is_private})
    return question, tuple(dict.fromkeys(in_title + in_body))


def is_editable(question: Question, at: datetime) -> bool:
    """Whether its asker may still change it."""
    is_untouched = question.answered_at is None and question.hidden_at is None
    return is_untouched and at < question.asked_at + EDIT_WINDOW


@transaction.atomic
def answer(*, question_id: int, body: str, by: Actor, at: datetime) -> Answer:
    """Answer, or add to an answer; the asker is told by e-mail. Raises NotAnAnswerer, QuestionHidden."""
    if not by.roles & ANSWERERS or by.user_id is None:
        raise NotAnAnswerer
    question = Question.objects.select_for_update().get(pk=question_id)
    if question.hidden_at:
        raise QuestionHidden
    given = Answer.objects.create(
        question=question, body=body, answered_at=at, answered_by_id=by.user_id, mail_after=at
    )
    if question.answered_at is None:
        question.answered_at = at
        question.save(update_fields=["answered_at"])
    trail.record(action="question.answer", by=by, at=at, subject=question, detail={"answer": given.pk})
    return given


@transaction.atomic
def hide(*, question_id: int, reason: str, by: Actor, at: datetime) -> Question:
    """Take a question from the board (advertising, abuse, somebody's data). Raises HiddenAlready."""
    question = Question.objects.select_for_update().get(pk=question_id)
    if question.hidden_at:
        raise HiddenAlready
    question.hidden_at, question.hidden_because = at, reason
    question.save(update_fields=["hidden_at", "hidden_because"])
    trail.record(action="question.hide", by=by, at=at, subject=question, detail={"reason": reason})
    return question


@transaction.atomic
def show_again(*, question_id: int, reason: str, by: Actor, at: datetime) -> Question:
    """Put a hidden question back on the board."""
    question = Question.objects.select_for_update().get(pk=question_id)
    question.hidden_at, question.hidden_because = None, ""
    question.save(update_fields=["hidden_at", "hidden_because"])
    trail.record(action="question.show", by=by, at=at, subject=question, detail={"reason": reason})
    return question
