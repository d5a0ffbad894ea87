"""One event about a bank certificate, told to the representative and to the contact of the registry.

Each is reached by a text of at most 90 bytes, which names no address on the web (DOMAIN §7.2), and by an e-mail.
Where both are the same person, he is told once. What is told stands in `notices`, `ticket_notices` and
`watch_notices`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from portal.clock import SEOUL
from portal.ksx1001 import NotSendable
from portal.members.models import Member
from sms.models import Channel, Purpose
from sms.outbox import Draft
from sms.rules.texts import render


@dataclass(frozen=True)
class Addressee:
    """`role` tells the messages of one event apart; `mobile` and `email` may be empty."""

    role: str
    name: str
    mobile: str
    email: str


@dataclass(frozen=True)
class Letter:
    """One event: `key` begins the messages' keys, `text` names the SMS, `letter` the e-mail's templates.

    `values` fill the text, `context` the e-mail. Without `text` no SMS is written. `valid_until`: not sent later.
    """

    key: str
    reference: str
    letter: str
    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    purpose: Purpose = Purpose.BANK_CERTIFICATE
    valid_until: datetime | None = None


def representative_of(member: Member) -> Addressee:
    """As the registry has him."""
    return Addressee(
        "representative", member.representative_name, member.representative_mobile, member.representative_email
    )


def contact_of(member: Member) -> Addressee:
    """The contact, as far as he is reached elsewhere than the representative."""
    mobile = "" if member.contact_mobile == member.representative_mobile else member.contact_mobile
    email = "" if member.contact_email == member.representative_email else member.contact_email
    return Addressee("contact", member.contact_name, mobile, email)


def to_both(letter: Letter, member: Member) -> list[Draft]:
    """The same to the representative and to the contact."""
    return [*to_one(letter, member, representative_of(member)), *to_one(letter, member, contact_of(member))]


def to_one(letter: Letter, member: Member, to: Addressee) -> list[Draft]:
    """A text and an e-mail, as far as there is a number and an address."""
    drafts = []
    if letter.text and to.mobile and (body := _text(letter, member)):
        drafts.append(_draft(letter, member, to, Channel.SMS, to=to.mobile, body=body))
    if to.email:
        drafts.append(_email(letter, member, to))
    return drafts


def url_of(name: str, *args: object) -> str:
    """The public address of a page."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(name, args=args)}"


def moment(at: datetime) -> str:
    """11/22 14:05, in Korean time."""
    here = at.astimezone(SEOUL)
    return f"{here.month}/{here.day} {here:%H:%M}"


def _email(letter: Letter, member: Member, to: Addressee) -> Draft:
    context = {"member": member, "to": to, "cooperative": settings.COOPERATIVE, **letter.context}
    subject, body, html = (
        render_to_string(f"messages/{letter.letter}{ending}", context)
        for ending in (".subject.txt", ".txt", ".html")
    )
    title = " ".join(subject.split())
    return _draft(letter, member, to, Channel.EMAIL, to=to.email, body=body, html=html, subject=title)


def _draft(letter: Letter, member: Member, whom: Addressee, channel: Channel, **parts: str) -> Draft:
    return Draft(
        key=f"{letter.key}:{whom.role}:{channel.value}",
        member_id=member.pk,
        channel=channel,
        purpose=letter.purpose,
        recipient_name=whom.name,
        reference=letter.reference,
        valid_until=letter.valid_until,
        **parts,
    )


def _text(letter: Letter, member: Member) -> str:
    """The SMS; the company is called 조합원 where no handset shows its name, so that a text always arrives."""
    for company in (member.sms_name or "조합원", "조합원"):
        try:
            return render(letter.text, {"company": company, **letter.values}, prefix=settings.SMS_PREFIX)
        except NotSendable:
            continue
    return ""
