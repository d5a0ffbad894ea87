"""E-mails, one by one, by Django's mail backend.

SMTP has no question "did you take it?", so an e-mail in doubt is sent again: at least once instead of exactly
once. Both copies carry the same Message-ID, made from the message's key, and most mailboxes show one of them.
Each e-mail is settled by itself, so that a crash doubts one and not the whole batch.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction

from sms.delivery import pauses
from sms.delivery.claim import Claim, Timing
from sms.delivery.crashpoints import crashpoint
from sms.delivery.letters import Letter, open_letters, sift
from sms.delivery.results import Step, append
from sms.delivery.settle import Rest, settle
from sms.models import BatchState, ResultState

log = logging.getLogger(__name__)


_RENEW = """
    UPDATE sms_batch SET lease_until = clock_timestamp() + %s
     WHERE id = %s AND state = 'claimed' AND token = %s
"""


class MailServerTrouble(Exception):
    """Not reached, refused us, or silent in the middle: the next e-mail would fare no better just now."""


def send_mails(claim: Claim, *, now: Callable[[], datetime], timing: Timing, end: float) -> bool:
    """Send what may still leave, until `end` (time.monotonic). False: the server takes nothing just now."""
    letters, ended = sift(claim, open_letters(claim), now())
    if not _note(claim, ended, now(), timing):
        return True
    refused_for_now = False
    for letter in letters:
        if time.monotonic() > end:
            settle(claim, steps=(), rests=[Rest(BatchState.READY, timedelta(0), tried=False)], at=now())
            return True
        try:
            step = _send(letter)
        except MailServerTrouble as error:
            log.error("the mail server takes nothing: %s", error)
            settle(claim, steps=(), rests=[_later(claim, str(error))], at=now())
            return False
        if not _note(claim, [step], now(), timing):
            return True
        refused_for_now |= step.state is ResultState.DEFERRED
    settle(claim, steps=(), rests=[_later(claim, "refused for now")] if refused_for_now else [], at=now())
    return True


def _later(claim: Claim, trouble: str) -> Rest:
    return Rest(BatchState.READY, pauses.backoff(claim.attempt), trouble)


def _note(claim: Claim, steps: list[Step], at: datetime, timing: Timing) -> bool:
    """Write results and renew the lease; False when the batch is no longer ours."""
    values: list[Any] = [timing.mail_lease, claim.batch_id, claim.token]
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_RENEW, values)
        if cursor.rowcount != 1:
            log.warning("batch %s was no longer ours", claim.batch_id)
            return False
        append(steps, gateway=claim.gateway, at=at)
    return True


def _send(letter: Letter) -> Step:
    """Raises MailServerTrouble."""
    crashpoint("before_call")
    try:
        _mail(letter).send()
    except SMTPRecipientsRefused as error:
        return _refused(letter, next(iter(error.recipients.values()))[0])
    except SMTPDataError as error:
        return _refused(letter, error.smtp_code)
    except (SMTPException, OSError) as error:
        raise MailServerTrouble(type(error).__name__) from error
    except ValueError:  # an address or a header that would break the e-mail apart
        log.exception("e-mail %s cannot be written", letter.id)
        return Step(letter.id, ResultState.REFUSED, "content:header")
    crashpoint("after_call")
    return Step(letter.id, ResultState.ACCEPTED)


def _refused(letter: Letter, code: int) -> Step:
    """5xx is for good, 4xx for now (RFC 5321 §4.2.1)."""
    log.warning("e-mail %s refused: %s", letter.id, code)
    if 500 <= code < 600:
        return Step(letter.id, ResultState.REFUSED, f"bad_address:{code}")
    return Step(letter.id, ResultState.DEFERRED, f"temporary:{code}")


def _mail(letter: Letter) -> EmailMultiAlternatives:
    domain = parseaddr(letter.sender)[1].rpartition("@")[2] or "localhost"
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.body,
        from_email=letter.sender,
        to=[letter.to],
        headers={"Message-ID": f"<{letter.gateway_key}@{domain}>"},
    )
    if letter.html:
        mail.attach_alternative(letter.html, "text/html")
    return mail
