"""E-mails that a row waits for: sent at least once, whatever dies in between.

A letter is claimed for a while, sent, and noted. Whoever dies after sending lets it go out again; somebody told
twice is better than one not told.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any, TypeVar

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
FIRST_PAUSE = timedelta(minutes=1)
MOST_TRIES = 8  # the last pause is two hours: a mail server down for a morning is waited out


class MailState(models.TextChoices):
    DUE = "due", "보낼 차례"
    SENT = "sent", "보냄"
    FAILED = "failed", "보내지 못함"


class Letter(models.Model):
    """A row that somebody is told of by e-mail."""

    mail = models.CharField("이메일 안내", max_length=6, choices=MailState.choices, default=MailState.DUE)
    mail_after = models.DateTimeField("다음 발송 시각")
    mail_tries = models.PositiveSmallIntegerField("발송 시도", default=0)

    class Meta:
        abstract = True


L = TypeVar("L", bound=Letter)
Compose = Callable[[L], EmailMessage]


def send_due(
    letters: models.QuerySet[L], compose: Compose[L], now: Callable[[], datetime], most: int = 100
) -> int:
    """Send those of `letters` that are due. Returns how many went out. Must not be called inside a transaction."""
    sent = 0
    for _ in range(most):
        letter = _claim(letters, now())
        if letter is None:
            break
        sent += _send(letter, compose)
    return sent


def letter_from_us(*, to: str, subject: str, body: str, name: str) -> EmailMessage:
    """An e-mail of the cooperative. `name` is unique to what it tells, the same at every try."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return EmailMessage(
        subject=f"[{settings.COOPERATIVE['name']}] {subject}",
        body=body,
        to=[to],
        headers={"Message-ID": f"<{name}@{domain}>"},
    )


def _claim(letters: models.QuerySet[L], at: datetime) -> L | None:
    with transaction.atomic(durable=True):
        due = letters.select_for_update(skip_locked=True, of=("self",))
        letter = due.filter(mail=MailState.DUE, mail_after__lte=at).order_by("mail_after", "id").first()
        if letter is not None:
            pause = max(LEASE, FIRST_PAUSE * 2**letter.mail_tries)
            letter.mail_after, letter.mail_tries = at + pause, letter.mail_tries + 1
            letter.save(update_fields=["mail_after", "mail_tries"])
    return letter


def _send(letter: Any, compose: Compose[Any]) -> int:
    rows = type(letter)._default_manager.filter(pk=letter.pk)
    try:
        compose(letter).send()
    except Exception as error:  # whatever the mail library says no with: the letter waits or is given up
        log.warning("%s %s could not be mailed: %s", letter._meta.label, letter.pk, type(error).__name__)
        if letter.mail_tries >= MOST_TRIES:
            rows.update(mail=MailState.FAILED)
        return 0
    # Written anew meanwhile, as an invitation sent again is, it is due once more.
    rows.filter(mail_tries=letter.mail_tries).update(mail=MailState.SENT)
    return 1
