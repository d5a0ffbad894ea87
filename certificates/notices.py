"""What is sent about a replacement: to the representative and to the contact there was before (§7.2, S36).

A text of at most 90 bytes, which names no address, and an e-mail. Of a replacement both e-mails carry the link
that stops it: whoever of the two did not expect it can act without waiting for anybody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from certificates.models import Replacement
from portal.clock import SEOUL
from portal.ksx1001 import NotSendable
from portal.members.models import Member, User
from portal.members.roles import Role
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


def replaced(replacement: Replacement, token: str) -> list[Draft]:
    """That the certificate was replaced, when, and how to stop it."""
    at = replacement.finished_at or replacement.requested_at
    values = {"t": _moment(at), "tel": replacement.member.branch.phone}
    freeze = _url("certificates:freeze", token)
    return _drafts(replacement, "replaced", "CERT_DONE", values, {"url": freeze, "at": at})


def not_replaced(replacement: Replacement, message: str) -> list[Draft]:
    """That a request which waited ended without a replacement, and why."""
    values = {"tel": replacement.member.branch.phone}
    context = {"url": _url("certificates:replace"), "message": message}
    return _drafts(replacement, "not_replaced", "CERT_NOT_DONE", values, context)


def frozen(replacement: Replacement) -> list[Draft]:
    """To the IT department: somebody says that this was not he."""
    people = User.objects.filter(groups__name=Role.IT_SUPPORT, is_active=True, is_staff=True).exclude(email="")
    addresses = sorted(set(people.values_list("email", flat=True))) or [settings.COOPERATIVE["email"]]
    context = {"url": f"{settings.PUBLIC_URL.rstrip('/')}{reverse('admin:index')}"}
    return [
        _email(replacement, "frozen", Addressee(f"it{n}", "정보시스템부", "", address), context)
        for n, address in enumerate(addresses)
    ]


def _drafts(
    replacement: Replacement, event: str, key: str, values: Mapping[str, str], context: Mapping[str, Any]
) -> list[Draft]:
    drafts = []
    text = _text(key, replacement.member, values)
    for to in _both(replacement.member):
        if text and to.mobile:
            drafts.append(_sms(replacement, event, to, text))
        if to.email:
            drafts.append(_email(replacement, event, to, context))
    return drafts


def _both(member: Member) -> Iterator[Addressee]:
    """The representative, and the contact as far as he is reached elsewhere."""
    yield Addressee(
        "representative", member.representative_name, member.representative_mobile, member.representative_email
    )
    mobile = "" if member.contact_mobile == member.representative_mobile else member.contact_mobile
    email = "" if member.contact_email == member.representative_email else member.contact_email
    yield Addressee("contact", member.contact_name, mobile, email)


def _sms(replacement: Replacement, event: str, to: Addressee, text: str) -> Draft:
    return Draft(
        key=f"certificate:{replacement.public_id}:{event}:{to.role}:sms",
        member_id=replacement.member_id,
        channel=Channel.SMS,
        purpose=Purpose.BANK_CERTIFICATE,
        to=to.mobile,
        recipient_name=to.name,
        body=text,
        reference=f"replacement:{replacement.public_id}",
    )


def _email(replacement: Replacement, event: str, to: Addressee, context: Mapping[str, Any]) -> Draft:
    given = {
        "replacement": replacement,
        "member": replacement.member,
        "to": to,
        "cooperative": settings.COOPERATIVE,
        **context,
    }
    subject, body, html = (
        render_to_string(f"messages/certificate_{event}{ending}", given)
        for ending in (".subject.txt", ".txt", ".html")
    )
    return Draft(
        key=f"certificate:{replacement.public_id}:{event}:{to.role}:email",
        member_id=replacement.member_id,
        channel=Channel.EMAIL,
        purpose=Purpose.BANK_CERTIFICATE,
        to=to.email,
        recipient_name=to.name,
        subject=" ".join(subject.split()),
        body=body,
        html=html,
        reference=f"replacement:{replacement.public_id}",
    )


def _text(key: str, member: Member, values: Mapping[str, str]) -> str:
    """Always a text: without a name a handset can show, the company is called 조합원."""
    for company in (member.sms_name or "조합원", "조합원"):
        try:
            return render(key, {"company": company, **values}, prefix=settings.SMS_PREFIX)
        except NotSendable:
            continue
    return ""


def _url(name: str, *args: object) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(name, args=args)}"


def _moment(at: datetime) -> str:
    here = at.astimezone(SEOUL)
    return f"{here.month}/{here.day} {here:%H:%M}"
