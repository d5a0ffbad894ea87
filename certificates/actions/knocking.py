"""A telephone ticket's code, typed or followed: counted, written down, and answered the same whatever is wrong."""

from datetime import datetime

from django.db import transaction

from certificates.actions import tickets
from certificates.actions.counting import refuse_too_many
from certificates.models import ReplacementTicket, TicketAttempt
from certificates.refusals import Code, Refused
from certificates.ticket_code import digest
from portal.access import Actor
from portal.audit import trail


def knock(*, token: str, by: Actor, at: datetime) -> ReplacementTicket:
    """The ticket whose code was entered, left unused. Counted are wrong codes of an address, entries of one code.

    Raises Refused: RATE_LIMITED; TICKET_EXPIRED for an unknown, wrong, used or ended code alike.
    """
    code_hash = digest(token)
    with transaction.atomic():
        of_code = TicketAttempt.objects.filter(code_hash=code_hash)
        refuse_too_many(of_code, "at", lock=f"code:{code_hash}", at=at)
        wrong = TicketAttempt.objects.filter(address=by.address, was_right=False)
        refuse_too_many(wrong, "at", lock=f"knock:{by.address}", at=at)
        ticket = tickets.find(token=token, at=at)
        attempt = TicketAttempt.objects.create(
            code_hash=code_hash, address=by.address, at=at, was_right=ticket is not None
        )
        # The same rows for each outcome, so that nothing but the answer tells them apart.
        subject, verb = (ticket, "enter") if ticket is not None else (attempt, "miss")
        trail.record(action=f"replacement_ticket.{verb}", by=by, at=at, subject=subject)
    if ticket is None:
        raise Refused(Code.TICKET_EXPIRED, "no such open code")
    return ticket
