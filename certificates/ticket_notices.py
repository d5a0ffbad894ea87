"""What is sent about a replacement by telephone and about a certificate that was stopped.

The code goes to the registered representative alone: by text, which names no address on the web (DOMAIN §7.2)
and says where to type it, and by e-mail with the link. Either is enough. The contact of the registry is told
what happened, without the code, so that one of the two notices what nobody of them asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from certificates.models import BankCertificate, ReplacementTicket
from certificates.ticket_code import shown
from portal.clock import SEOUL
from portal.ksx1001 import NotSendable
from portal.members.models import Member
from sms.models import Channel, Purpose
from sms.outbox import Draft
from sms.rules.texts import render


@dataclass(frozen=True)
class _Notice:
    """One event for one addressee: `text` names the SMS, `letter` the e-mail."""

    key: str
    purpose: Purpose
    reference: str
    text: str
    values: Mapping[str, str]
    letter: str
    context: Mapping[str, Any]
    valid_until: datetime | None = None


def approved(ticket: ReplacementTicket, code: str) -> list[Draft]:
    """The code for the representative, the news for the contact."""
    member, at = ticket.member, ticket.approved_at
    if at is None:
        raise ValueError("an open ticket has no code")
    reference = f"replacement_ticket:{ticket.pk}"
    with_code = _Notice(
        key=f"{reference}:code",
        purpose=Purpose.ONE_TIME_CODE,
        reference=reference,
        text="CERT_TICKET",
        values={"code": shown(code)},
        letter="certificate_ticket",
        context={"ticket": ticket, "code": shown(code), "url": _url("certificates:ticket", code)},
        valid_until=ticket.link_until_at,
    )
    news = _Notice(
        key=f"{reference}:news",
        purpose=Purpose.BANK_CERTIFICATE,
        reference=reference,
        text="CERT_PHONE",
        values={"t": _moment(at), "tel": member.branch.phone},
        letter="certificate_ticket_news",
        context={"ticket": ticket, "url": _url("certificates:by_phone")},
    )
    return [*_to_representative(with_code, member), *_to_contact(news, member)]


def stopped(certificate: BankCertificate, *, reason: str, at: datetime) -> list[Draft]:
    """That the registered certificate may not be used any more, to both."""
    member = certificate.member
    reference = f"bank_certificate:{certificate.pk}"
    notice = _Notice(
        key=f"{reference}:stopped",
        purpose=Purpose.BANK_CERTIFICATE,
        reference=reference,
        text="CERT_STOPPED",
        values={"t": _moment(at), "tel": member.branch.phone},
        letter="certificate_stopped",
        context={
            "certificate": certificate,
            "reason": reason,
            "at": at,
            "url": _url("certificates:bank_change"),
        },
    )
    return [*_to_representative(notice, member), *_to_contact(notice, member)]


def _to_representative(notice: _Notice, member: Member) -> list[Draft]:
    mobile, email = member.representative_mobile, member.representative_email
    return _drafts(notice, member, "representative", member.representative_name, mobile, email)


def _to_contact(notice: _Notice, member: Member) -> list[Draft]:
    """Leaving out what the representative reads anyway."""
    mobile = member.contact_mobile if member.contact_mobile != member.representative_mobile else ""
    email = member.contact_email if member.contact_email != member.representative_email else ""
    return _drafts(notice, member, "contact", member.contact_name, mobile, email)


def _drafts(notice: _Notice, member: Member, whom: str, name: str, mobile: str, email: str) -> list[Draft]:
    drafts = []
    if mobile and (text := _text(notice, member)):
        drafts.append(_draft(notice, member, Channel.SMS, whom, recipient_name=name, to=mobile, body=text))
    if email:
        context = {"member": member, "name": name, "cooperative": settings.COOPERATIVE, **notice.context}
        subject, body, html = (
            render_to_string(f"messages/{notice.letter}{ending}", context)
            for ending in (".subject.txt", ".txt", ".html")
        )
        drafts.append(
            _draft(
                notice, member, Channel.EMAIL, whom, recipient_name=name, to=email, body=body, html=html,
                subject=" ".join(subject.split()),
            )
        )  # fmt: skip
    return drafts


def _draft(notice: _Notice, member: Member, channel: Channel, whom: str, **parts: str) -> Draft:
    return Draft(
        key=f"{notice.key}:{whom}:{channel.value}",
        member_id=member.pk,
        channel=channel,
        purpose=notice.purpose,
        reference=notice.reference,
        valid_until=notice.valid_until,
        to=parts["to"],
        body=parts["body"],
        recipient_name=parts["recipient_name"],
        subject=parts.get("subject", ""),
        html=parts.get("html", ""),
    )


def _text(notice: _Notice, member: Member) -> str:
    """The SMS; without a company's name where no handset shows it, so that a code always arrives."""
    for company in (member.sms_name or "조합원", "조합원"):
        try:
            return render(notice.text, {"company": company, **notice.values}, prefix=settings.SMS_PREFIX)
        except NotSendable:
            continue
    return ""


def _url(name: str, *args: object) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(name, args=args)}"


def _moment(at: datetime) -> str:
    """11/22 14:05"""
    here = at.astimezone(SEOUL)
    return f"{here.month}/{here.day} {here:%H:%M}"
