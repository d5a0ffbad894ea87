"""What is sent about a replacement by telephone and about a certificate that was stopped.

The code goes to the registered representative alone: by text, which says where to type it, and by e-mail with
the link. Either is enough. The contact of the registry is told what happened, without the code, so that one of
the two notices what nobody of them asked for.
"""

from datetime import datetime

from certificates.letters import Letter, contact_of, moment, representative_of, to_both, to_one, url_of
from certificates.models import BankCertificate, ReplacementTicket
from certificates.rules.replacing import needs_ticket
from certificates.ticket_code import shown
from sms.models import Purpose
from sms.outbox import Draft


def approved(ticket: ReplacementTicket, code: str) -> list[Draft]:
    """The code for the representative, the news for the contact."""
    member, at = ticket.member, ticket.approved_at
    if at is None:
        raise ValueError("an open ticket has no code")
    reference = f"replacement_ticket:{ticket.pk}"
    with_code = Letter(
        key=f"{reference}:code",
        reference=reference,
        letter="certificate_ticket",
        text="CERT_TICKET",
        values={"code": shown(code)},
        context={"ticket": ticket, "code": shown(code), "url": url_of("certificates:ticket", code)},
        purpose=Purpose.ONE_TIME_CODE,
        valid_until=ticket.link_until_at,
    )
    news = Letter(
        key=f"{reference}:news",
        reference=reference,
        letter="certificate_ticket_news",
        text="CERT_PHONE",
        values={"t": moment(at), "tel": member.branch.phone},
        context={"ticket": ticket, "url": url_of("certificates:by_phone")},
    )
    return [*to_one(with_code, member, representative_of(member)), *to_one(news, member, contact_of(member))]


def stopped(certificate: BankCertificate, *, reason: str, at: datetime) -> list[Draft]:
    """That the registered certificate may not be used any more, and how to register the next, to both."""
    member = certificate.member
    reference = f"bank_certificate:{certificate.pk}"
    by_phone = needs_ticket(certificate.stopped_for)
    letter = Letter(
        key=f"{reference}:stopped",
        reference=reference,
        letter="certificate_stopped",
        text="CERT_STOPPED",
        values={"t": moment(at), "tel": member.branch.phone},
        context={
            "certificate": certificate,
            "reason": reason,
            "at": at,
            "by_phone": by_phone,
            "url": url_of("certificates:by_phone" if by_phone else "certificates:bank_change"),
        },
    )
    return to_both(letter, member)
