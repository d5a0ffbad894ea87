"""What is sent about a registered certificate that ends, was revoked or rests: to representative and contact.

A text of at most 90 bytes and its twin by e-mail; where both are the same person, once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from certificates.models import BankCertificate
from certificates.notices import Addressee
from portal.clock import seoul_day
from portal.ksx1001 import NotSendable
from portal.members.models import Member
from sms.models import Channel, Purpose
from sms.outbox import Draft
from sms.rules.texts import render


@dataclass(frozen=True)
class _Notice:
    """One thing to tell of `certificate`: `what` keys the messages, `text` names the SMS, `letter` the e-mail."""

    certificate: BankCertificate
    what: str
    text: str
    values: dict[str, str]
    letter: str
    context: dict[str, Any]


def ending(certificate: BankCertificate, days: int, left: int) -> list[Draft]:
    """The warning of `days` before the end; `left` days are left today, 0 on the last one."""
    last_day = seoul_day(certificate.valid_until_at)
    context = {"last_day": last_day, "left": left}
    values = {"d": f"{last_day:%y.%m.%d}"}
    return _drafts(_Notice(certificate, f"ends_in_{days}", "CERT_EXP", values, "certificate_ending", context))


def revoked(certificate: BankCertificate, day: str) -> list[Draft]:
    """The bank revoked it on `day`, YYYY.MM.DD."""
    values = {"d": day[2:]}
    return _drafts(_Notice(certificate, "revoked", "CERT_REVOKED", values, "certificate_revoked", {"day": day}))


def suspended(certificate: BankCertificate, at: datetime) -> list[Draft]:
    """Its effect rests until the bank restores it."""
    what = f"suspended:{seoul_day(at)}"
    return _drafts(_Notice(certificate, what, "CERT_HELD", {}, "certificate_suspended", {"at": at}))


def _drafts(notice: _Notice) -> list[Draft]:
    text = _text(notice)
    drafts = []
    for to in _both(notice.certificate.member):
        if to.mobile and text:
            drafts.append(_draft(notice, to, Channel.SMS, to=to.mobile, body=text))
        if to.email:
            drafts.append(_email(notice, to))
    return drafts


def _both(member: Member) -> Iterator[Addressee]:
    yield Addressee(
        "representative", member.representative_name, member.representative_mobile, member.representative_email
    )
    mobile = "" if member.contact_mobile == member.representative_mobile else member.contact_mobile
    email = "" if member.contact_email == member.representative_email else member.contact_email
    yield Addressee("contact", member.contact_name, mobile, email)


def _email(notice: _Notice, to: Addressee) -> Draft:
    context = {
        "certificate": notice.certificate,
        "member": notice.certificate.member,
        "to": to,
        "cooperative": settings.COOPERATIVE,
        "url": f"{settings.PUBLIC_URL.rstrip('/')}{reverse('certificates:replace')}",
        **notice.context,
    }
    subject, body, html = (
        render_to_string(f"messages/{notice.letter}{ending}", context)
        for ending in (".subject.txt", ".txt", ".html")
    )
    title = " ".join(subject.split())
    return _draft(notice, to, Channel.EMAIL, to=to.email, body=body, html=html, subject=title)


def _draft(
    notice: _Notice, whom: Addressee, channel: Channel, *, to: str, body: str, html: str = "", subject: str = ""
) -> Draft:
    reference = f"bank_certificate:{notice.certificate.pk}"
    return Draft(
        key=f"{reference}:{notice.what}:{whom.role}:{channel.value}",
        member_id=notice.certificate.member_id,
        channel=channel,
        purpose=Purpose.BANK_CERTIFICATE,
        recipient_name=whom.name,
        reference=reference,
        to=to,
        body=body,
        html=html,
        subject=subject,
    )


def _text(notice: _Notice) -> str:
    """Always a text: a name no handset shows becomes 조합원."""
    for company in (notice.certificate.member.sms_name or "조합원", "조합원"):
        try:
            return render(notice.text, {"company": company, **notice.values}, prefix=settings.SMS_PREFIX)
        except NotSendable:
            continue
    return ""
