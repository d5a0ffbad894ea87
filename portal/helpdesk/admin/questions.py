"""문의: what waits for an answer, answering, hiding (S03)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from portal.audit import words
from portal.desk.buttons import Button, ButtonAdmin, held_roles
from portal.desk.cells import badge, named
from portal.desk.scoped import ReadOnlyAdmin, ScopedInline
from portal.desk.worklists import Work, worklist
from portal.helpdesk.actions import questions as actions
from portal.helpdesk.models import Answer, Question
from portal.letters import MailState
from portal.members.roles import Role

LOOKERS = actions.ANSWERERS | {Role.AUDITOR}

words.register(
    {
        "question.ask": "문의 작성",
        "question.edit": "문의 고침",
        "question.answer": "답변",
        "question.hide": "문의 가림",
        "question.show": "문의 다시 보임",
    }
)


class AnswerForm(forms.Form):
    """What the cooperative says."""

    body = forms.CharField(
        label="답변",
        widget=forms.Textarea(attrs={"rows": 12, "cols": 90}),
        help_text="빈 줄로 문단을 나눕니다. 문의한 분께 이메일로 알립니다.",
    )


class WhyForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="이유", max_length=200)


def answer(row: Question, **answers: Any) -> str:
    actions.answer(question_id=row.pk, **answers)
    return "답변을 올렸습니다. 문의한 분께 이메일로 알립니다."


def hide(row: Question, **answers: Any) -> str:
    actions.hide(question_id=row.pk, **answers)
    return "게시판에서 가렸습니다. 쓴 분에게는 이유와 함께 보입니다."


def show_again(row: Question, **answers: Any) -> str:
    actions.show_again(question_id=row.pk, **answers)
    return "게시판에 다시 보입니다."


BUTTONS = (
    Button(
        name="answer", label="답변하기", roles=actions.ANSWERERS, run=answer, form=AnswerForm,
        when=lambda row: row.hidden_at is None,
        question="답변을 올립니다. 올린 답변은 고칠 수 없고 덧붙일 수 있습니다.",
    ),
    Button(
        name="hide", label="가리기", roles=actions.ANSWERERS, run=hide, form=WhyForm, is_dangerous=True,
        when=lambda row: row.hidden_at is None, question="광고나 개인정보가 있는 글을 게시판에서 가립니다.",
    ),
    Button(
        name="show", label="다시 보이기", roles=actions.ANSWERERS, run=show_again, form=WhyForm,
        when=lambda row: row.hidden_at is not None, question="가린 글을 게시판에 다시 보이게 합니다.",
    ),
)  # fmt: skip


class AnswersInline(ScopedInline):
    """What was said, and whether the asker was told."""

    model = Answer
    view_roles = LOOKERS
    fields = readonly_fields = ("body", "answered_at", "answered_by", "mail", "mail_tries")


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin, ButtonAdmin):
    """Read and answered here, never changed."""

    view_roles = LOOKERS
    buttons: ClassVar[tuple[Button, ...]] = BUTTONS
    inlines = (AnswersInline,)
    list_display = ("title", "standing", "is_private", "asked_at")
    list_filter = ("is_private",)
    search_fields = ("title",)
    sortable_by = ()
    fields = readonly_fields = (
        "title", "body", "name", "email", "asker", "is_private", "asked_at", "edited_at", "answered_at",
        "hidden_at", "hidden_because",
    )  # fmt: skip

    asker = named("asked_by", "작성한 조합원")

    @admin.display(description="상태")
    def standing(self, row: Question) -> str:
        if row.hidden_at:
            return badge("withdrawn", "가림")
        return badge("done" if row.answered_at else "submitted", row.standing)


@worklist(60)
def waiting_questions(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """Questions without an answer, and answers that no mail server took."""
    if not held_roles(request) & actions.ANSWERERS:
        return
    url = reverse("admin:helpdesk_question_changelist")
    waiting = Question.objects.filter(answered_at=None, hidden_at=None).count()
    yield Work("답변을 기다리는 문의", waiting, url)
    if failed := Answer.objects.filter(mail=MailState.FAILED).count():
        yield Work(
            "이메일로 알리지 못한 답변", failed, url, "메일 주소를 확인하고 전화로 알려 주세요.", is_urgent=True
        )
