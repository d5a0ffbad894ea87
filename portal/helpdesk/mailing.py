"""Telling the asker that he was answered, by e-mail."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from portal.helpdesk.links import key_of
from portal.helpdesk.models import Answer
from portal.letters import letter_from_us, send_due


def tell_askers(now: Callable[[], datetime]) -> int:
    """Send the letters that are due. Returns how many went out. Must not be called inside a transaction."""
    return send_due(Answer.objects.select_related("question"), _mail, now)


def _mail(letter: Answer) -> EmailMessage:
    question = letter.question
    path = reverse("helpdesk:question", args=[question.public_id])
    url = f"{settings.PUBLIC_URL}{path}?key={key_of(question)}"
    body = (
        f"{question.name} 님, {settings.COOPERATIVE['name']}입니다.\n\n"
        f"문의하신 '{question.title}'에 답변을 드렸습니다.\n아래 주소에서 보실 수 있습니다.\n{url}\n\n"
        "이 메일은 보내기만 하는 주소에서 왔습니다. 더 물어보실 것은 문의 게시판에 남겨 주세요."
    )
    return letter_from_us(
        to=question.email, subject="문의에 답변을 드렸습니다", body=body, name=f"answer-{letter.pk}"
    )
