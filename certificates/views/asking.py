"""What a visitor's session knows between typing his number and signing."""

from dataclasses import dataclass

from django.http import HttpRequest

from certificates.actions.challenges import Asked, for_number
from certificates.challenge import Purpose
from certificates.models import ReplacementTicket

_KEY = "certificate_request"


@dataclass(frozen=True)
class Wanted:
    """`purpose` is a name of certificates.challenge.Purpose."""

    purpose: str
    business_number: str
    by_resident_number: bool = False
    ticket_id: int | None = None

    def asked(self, ticket: ReplacementTicket | None = None) -> Asked:
        """What the challenge is to be issued for."""
        purpose = Purpose[self.purpose]
        return for_number(purpose, self.business_number, by_resident_number=self.by_resident_number, ticket=ticket)


def remember(request: HttpRequest, wanted: Wanted) -> None:
    """Into the session, which thereby exists."""
    request.session[_KEY] = [
        wanted.purpose, wanted.business_number, wanted.by_resident_number, wanted.ticket_id,
    ]  # fmt: skip


def wanted_by(request: HttpRequest, purpose: Purpose) -> Wanted | None:
    """What this session asked for, if it was this purpose."""
    kept = request.session.get(_KEY)
    return Wanted(*kept) if kept and kept[0] == purpose.name else None
