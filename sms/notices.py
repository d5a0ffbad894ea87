"""What this app itself tells members. Nothing is sent here: the drafts go into the action's transaction."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from portal.clock import seoul_day
from portal.ksx1001 import NotSendable
from sms.models import Channel, Purpose, ReceptionChange
from sms.outbox import Draft
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
