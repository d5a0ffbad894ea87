"""What this app itself tells members. Nothing is sent here: the drafts go into the action's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from portal.clock import seoul_day
from portal.ksx1001 import NotSendable
from portal.members.models import Member
from sms.models import Channel, LapseReminder, Purpose, ReceptionChange, Recipient
from sms.outbox import Draft
from sms.recipients_sql import Receiver
from sms.rules.phone_codes import LIFE
from sms.rules.texts import render


def opted_out(change: ReceptionChange) -> list[Draft]:
    """To the representative, that his opt-out is done and how to undo it, by every way he can be reached.

    Without a spelling of the company a handset can show, the e-mail stands alone.
    """
    member, drafts = change.member, []
    if member.representative_mobile and (text := _opt_out_text(change)):
        drafts.append(_draft(change, Channel.SMS, to=member.representative_mobile, body=text))
    if member.representative_email:
        context = {
            "member": member,
            "change": change,
            "cooperative": settings.COOPERATIVE,
            "url": f"{settings.PUBLIC_URL.rstrip('/')}{reverse('sms:recipients')}",
        }
        drafts.append(
            _draft(
                change,
                Channel.EMAIL,
                to=member.representative_email,
                subject=render_to_string("messages/opt_out.subject.txt", context).strip(),
                body=render_to_string("messages/opt_out.txt", context),
                html=render_to_string("messages/opt_out.html", context),
            )
        )
    return drafts


def _opt_out_text(change: ReceptionChange) -> str:
    if not change.member.sms_name:
        return ""
    values = {"company": change.member.sms_name, "d": f"{seoul_day(change.at):%y.%m.%d}"}
    try:
        return render("OPTOUT_ACK", values, prefix=settings.SMS_PREFIX)
    except NotSendable:
        return ""


def _draft(change: ReceptionChange, channel: Channel, **parts: str) -> Draft:
    return Draft(
        key=f"opt_out:{change.pk}:{channel.value}",
        member_id=change.member_id,
        channel=channel,
        purpose=Purpose.OPT_OUT,
        recipient_name=change.member.representative_name,
        reference=f"reception:{change.pk}",
        to=parts["to"],
        body=parts["body"],
        subject=parts.get("subject", ""),
        html=parts.get("html", ""),
    )


def recipient_code(person: Recipient, code: str) -> list[Draft]:
    """To the added person, the code that proves the number. Of no use after its three minutes."""
    at = person.code_sent_at
    if at is None:
        raise ValueError("a person without a code")
    return [
        Draft(
            key=f"recipient_code:{person.pk}:{person.code_fingerprint[:16]}",
            member_id=person.member_id,
            channel=Channel.SMS,
            purpose=Purpose.ONE_TIME_CODE,
            recipient_name=person.name,
            reference=f"recipient:{person.pk}",
            to=person.mobile,
            body=_code_text(person, code),
            valid_until=at + LIFE,
        )
    ]


def _code_text(person: Recipient, code: str) -> str:
    """Names the company, unless no handset can show its name."""
    values = {"company": person.member.sms_name, "code": code}
    try:
        return render("RECIPIENT_CODE", values, prefix=settings.SMS_PREFIX)
    except NotSendable:
        return render("RECIPIENT_CODE", {**values, "company": ""}, prefix=settings.SMS_PREFIX)


def calls_lapsing(
    member: Member, reminders: Sequence[LapseReminder], added: Collection[Receiver] = ()
) -> list[Draft]:
    """To the representative, which calls lapse when; all that became due together in one e-mail, earliest first.

    A month before also one text, to him and to the people `added` for it, if the company's name can be shown on a
    handset.
    """
    first, calls = reminders[0], sum(reminder.calls for reminder in reminders)
    drafts = []
    if member.representative_email:
        context = {
            "member": member,
            "reminders": reminders,
            "calls": calls,
            "first": first,
            "cooperative": settings.COOPERATIVE,
            "url": f"{settings.PUBLIC_URL.rstrip('/')}{reverse('sms:compose')}",
        }
        drafts.append(
            _lapse_draft(
                member,
                first,
                Channel.EMAIL,
                to=member.representative_email,
                subject=render_to_string("messages/calls_lapsing.subject.txt", context).strip(),
                body=render_to_string("messages/calls_lapsing.txt", context),
                html=render_to_string("messages/calls_lapsing.html", context),
            )
        )
    if first.kind == LapseReminder.Kind.MONTH and (text := _lapse_text(member, first, calls)):
        drafts += _lapse_texts(member, first, added, text)
    return drafts


def _lapse_texts(member: Member, first: LapseReminder, added: Collection[Receiver], text: str) -> list[Draft]:
    """To each number once; the representative's has the key it always had."""
    whom = Receiver(member.representative_mobile, member.representative_name)
    drafts = [_lapse_draft(member, first, Channel.SMS, to=whom.mobile, body=text)] if whom.mobile else []
    return drafts + [
        replace(
            _lapse_draft(member, first, Channel.SMS, to=person.mobile, body=text),
            key=f"calls_lapsing:{first.pk}:{Channel.SMS.value}:{person.mobile}",
            recipient_name=person.name,
        )
        for person in added
        if person.mobile != whom.mobile
    ]


def _lapse_text(member: Member, first: LapseReminder, calls: int) -> str:
    if not member.sms_name:
        return ""
    values = {"company": member.sms_name, "n": str(calls), "d": f"{first.last_day:%y.%m.%d}"}
    try:
        return render("MILEAGE_EXP", values, prefix=settings.SMS_PREFIX)
    except NotSendable:
        return ""


def _lapse_draft(member: Member, first: LapseReminder, channel: Channel, **parts: str) -> Draft:
    return Draft(
        key=f"calls_lapsing:{first.pk}:{channel.value}",
        member_id=member.pk,
        channel=channel,
        purpose=Purpose.MILEAGE,
        recipient_name=member.representative_name,
        reference=f"mileage:{first.last_day}",
        to=parts["to"],
        body=parts["body"],
        subject=parts.get("subject", ""),
        html=parts.get("html", ""),
    )
