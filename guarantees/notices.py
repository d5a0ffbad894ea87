"""What the contact is told: a text of at most 90 bytes and its full twin by e-mail (S09-S13, DOMAIN §7.2).

Nothing is sent here: the drafts go into the outbox of the action's transaction. Without a spelling of the
company a handset can show, or without a number, the e-mail stands alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from guarantees.limits import position_of
from guarantees.models import Application, Guarantee
from guarantees.quotes import FeeChange
from guarantees.rules.screening_reasons import REJECTION_REASONS
from portal.clock import seoul_day
from portal.identifiers import mask_business_number
from portal.ksx1001 import NotSendable
from portal.members.models import Member
from sms.models import Channel, Lot, NoticeKind, Purpose
from sms.outbox import Draft
from sms.recipients_sql import added_receivers
from sms.rules.texts import render


@dataclass(frozen=True)
class Addressee:
    """Whoever is told: digits of a mobile and an e-mail address, either may be empty."""

    name: str
    mobile: str
    email: str


@dataclass(frozen=True)
class Notice:
    """One event to tell of: `template` names the e-mail, `text` the SMS."""

    key: str
    purpose: Purpose
    reference: str
    template: str
    text: str
    values: Mapping[str, str]
    context: Mapping[str, Any]


def approved(application: Application, *, due_on: date, fee_change: FeeChange | None) -> list[Draft]:
    """What remains before the guarantee is issued, until when, and a fee that changed since it was quoted."""
    context = {"due_on": due_on, "fee_change": fee_change}
    notice = of_application(application, "approved", "SCREEN_OK", {}, context)
    return drafts_of_result(notice, application)


def supplement(application: Application, items: Sequence[str]) -> list[Draft]:
    """What is missing, and until when."""
    due_on = application.supplement_due_on
    due = f"{due_on.month}/{due_on.day}" if due_on else ""
    notice = of_application(application, "supplement", "SCREEN_SUPP", {"due": due}, {"items": items})
    return drafts_of_result(notice, application)


def rejected(application: Application) -> list[Draft]:
    """Why not, and whom to ask."""
    context = {"reason": REJECTION_REASONS.get(application.reason_code)}
    notice = of_application(application, "rejected", "SCREEN_REJ", {}, context)
    return drafts_of_result(notice, application)


def lapsed(application: Application, *, due_on: date, was_supplement: bool) -> list[Draft]:
    """That the time to act is over. By e-mail alone: the SMS with the date went out before."""
    context = {"due_on": due_on, "was_supplement": was_supplement}
    notice = of_application(application, "lapsed", "", {}, context)
    return drafts_of(notice, application.member, contact_of(application))


def issued(application: Application, guarantee: Guarantee, lot: Lot | None) -> list[Draft]:
    """The number, and the call earned where one was."""
    values = {"end": short_day(guarantee.ends_on), "n": str(lot.quantity) if lot else ""}
    context: dict[str, Any] = {"application": application, "lot": lot}
    if lot is not None:
        context["usable_until"] = seoul_day(lot.expires_at - timedelta(microseconds=1))
    text = "ISSUED" if lot else "ISSUED_BRANCH"
    notice = of_guarantee(guarantee, "issued", Purpose.ISSUED, text, values, context)
    return drafts_of_result(notice, application)


def released(guarantee: Guarantee) -> list[Draft]:
    """That it is over, and what is left of the limit, or where to ask while the member has none.

    Goes to who applied for it, and for a guarantee of the older books to the representative.
    Not to the recipients of expiry notices: they asked for those, not for this.
    """
    to = addressee_of(guarantee)
    at = guarantee.released_at
    limit = position_of(guarantee.member_id, day=seoul_day(at)) if at else None
    text = "RELEASED_BRIEF" if limit is None else "RELEASED"
    values = {
        "tel": guarantee.member.branch.phone,
        "lim": f"{max(0, limit.available) // 10_000:,}" if limit else "",
    }
    notice = of_guarantee(guarantee, "released", Purpose.RELEASED, text, values, {"limit": limit})
    return drafts_of(notice, guarantee.member, to)


def contact_of(application: Application) -> Addressee:
    """The 담당자 as he stands on the application now (S12)."""
    return Addressee(application.contact_name, application.contact_mobile, application.contact_email)


def addressee_of(guarantee: Guarantee) -> Addressee:
    """Who applied for it; for a guarantee of the older books the representative."""
    application = guarantee.application
    return contact_of(application) if application else representative_of(guarantee.member)


def representative_of(member: Member) -> Addressee:
    """The 대표이사."""
    return Addressee(member.representative_name, member.representative_mobile, member.representative_email)


def of_application(
    application: Application, template: str, text: str, values: Mapping[str, str], context: Mapping[str, Any]
) -> Notice:
    """One decision on an application, told apart by its count."""
    name = "screening" if text else "lapsed"
    return Notice(
        key=f"{name}:{application.public_id}:{application.decision_count}",
        purpose=Purpose.SCREENING_RESULT,
        reference=f"application:{application.public_id}",
        template=template,
        text=text,
        values={"kind": application.product.sms_label, "app": application.number or "", **values},
        context={
            "application": application,
            "url": _url("guarantees:application", application.public_id),
            **context,
        },
    )


def of_guarantee(
    guarantee: Guarantee,
    template: str,
    purpose: Purpose,
    text: str,
    values: Mapping[str, str],
    context: Mapping[str, Any],
    occasion: object = "",
) -> Notice:
    """One event of a guarantee; `occasion` tells events of the same kind apart."""
    return Notice(
        key=f"{template}:{guarantee.public_id}" + (f":{occasion}" if occasion != "" else ""),
        purpose=purpose,
        reference=f"guarantee:{guarantee.public_id}",
        template=template,
        text=text,
        values={"kind": guarantee.product.sms_label, "no": guarantee.sms_number, **values},
        context={
            "guarantee": guarantee,
            "url": _url("guarantees:guarantee", guarantee.public_id),
            **context,
        },
    )


def drafts_of_result(notice: Notice, application: Application) -> list[Draft]:
    """To the contact, and the same text to the people the company added for results (S32), each number once."""
    member, contact = application.member, contact_of(application)
    added = added_receivers([member.pk], NoticeKind.RESULTS).get(member.pk, [])
    text = _text(notice, member) if added else ""
    copies = [
        replace(
            _sms(notice, member, Addressee(one.name, one.mobile, ""), text), key=f"{notice.key}:sms:{one.mobile}"
        )
        for one in added
        if text and one.mobile != contact.mobile
    ]
    return [*drafts_of(notice, member, contact), *copies]


def drafts_of(notice: Notice, member: Member, to: Addressee) -> list[Draft]:
    """The SMS, where a handset can show it, and the e-mail; fewer where an address is missing."""
    text = _text(notice, member)
    found = [_sms(notice, member, to, text)] if text and to.mobile else []
    return [*found, _email(notice, member, to)] if to.email else found


def _sms(notice: Notice, member: Member, to: Addressee, text: str) -> Draft:
    return Draft(
        key=f"{notice.key}:sms",
        member_id=member.pk,
        channel=Channel.SMS,
        purpose=notice.purpose,
        to=to.mobile,
        recipient_name=to.name,
        body=text,
        reference=notice.reference,
    )


def _email(notice: Notice, member: Member, to: Addressee) -> Draft:
    context = {
        "member": member,
        "to": to,
        "cooperative": settings.COOPERATIVE,
        "business_number": mask_business_number(member.business_number),
        **notice.context,
    }
    subject, body, html = (
        render_to_string(f"messages/{notice.template}{ending}", context)
        for ending in (".subject.txt", ".txt", ".html")
    )
    return Draft(
        key=f"{notice.key}:email",
        member_id=member.pk,
        channel=Channel.EMAIL,
        purpose=notice.purpose,
        to=to.email,
        recipient_name=to.name,
        subject=" ".join(subject.split()),
        body=body,
        html=html,
        reference=notice.reference,
    )


def _text(notice: Notice, member: Member) -> str:
    """The SMS, or "" when there is none or no handset could show it."""
    if not notice.text or not member.sms_name:
        return ""
    try:
        return render(notice.text, {"company": member.sms_name, **notice.values}, prefix=settings.SMS_PREFIX)
    except NotSendable:
        return ""


def _url(name: str, public_id: object) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(name, args=[public_id])}"


def short_day(day: date) -> str:
    """26.12.31: a date, so that a late text stays true."""
    return f"{day:%y.%m.%d}"
