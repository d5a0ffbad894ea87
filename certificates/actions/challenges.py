"""A text to sign: given out to one session for one purpose, counted, and taken back once."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from certificates.actions.counting import refuse_too_many
from certificates.challenge import LIFETIME, NONCE_LENGTH, Purpose, challenge_text
from certificates.models import Challenge, ReplacementTicket
from certificates.refusals import Code, Refused
from portal.clock import SEOUL
from portal.identifiers import format_business_number
from portal.members.models import Member


@dataclass(frozen=True)
class Visit:
    """Where a challenge is given and answered. `session_key` is hashed before it is kept."""

    session_key: str
    address: str | None
    origin: str

    @property
    def session_hash(self) -> str:
        return hashlib.sha256(self.session_key.encode()).hexdigest()


@dataclass(frozen=True)
class Asked:
    """What a challenge is for. `reference` is what it is counted by: the number, or the application."""

    purpose: Purpose
    business_number: str
    member_name: str
    reference: str
    extra: Mapping[str, str] | None = None
    by_resident_number: bool = False
    ticket: ReplacementTicket | None = None


def for_number(
    purpose: Purpose,
    business_number: str,
    *,
    by_resident_number: bool = False,
    ticket: ReplacementTicket | None = None,
) -> Asked:
    """A visitor who only said a number. The text repeats it and tells no name, as if nobody had it."""
    return Asked(
        purpose=purpose,
        business_number=format_business_number(business_number),
        member_name=format_business_number(business_number),
        reference=business_number,
        extra={"identity": "대표자 주민등록번호"} if by_resident_number else None,
        by_resident_number=by_resident_number,
        ticket=ticket,
    )


@transaction.atomic
def issue(*, asked: Asked, member: Member | None, visit: Visit, at: datetime) -> Challenge:
    """A new challenge, good for three minutes. Raises Refused: RATE_LIMITED, CHALLENGE_UNKNOWN (no session)."""
    if not visit.session_key:
        raise Refused(Code.CHALLENGE_UNKNOWN, "no session")
    of_reference = Challenge.objects.filter(reference=asked.reference)
    refuse_too_many(of_reference, "issued_at", lock=f"reference:{asked.reference}", at=at)
    if visit.address:
        of_address = Challenge.objects.filter(address=visit.address)
        refuse_too_many(of_address, "issued_at", lock=f"address:{visit.address}", at=at)
    nonce = secrets.token_bytes(NONCE_LENGTH)
    text = challenge_text(
        purpose=asked.purpose,
        origin=visit.origin,
        member_name=asked.member_name,
        business_number=asked.business_number,
        nonce=nonce,
        issued_at=at.astimezone(SEOUL),
        extra=asked.extra,
    )
    return Challenge.objects.create(
        purpose=asked.purpose.name.lower(),
        member=member,
        ticket=asked.ticket,
        reference=asked.reference,
        by_resident_number=asked.by_resident_number,
        text=text,
        nonce_sha256=hashlib.sha256(nonce).hexdigest(),
        session_hash=visit.session_hash,
        address=visit.address,
        issued_at=at,
        expires_at=at + LIFETIME,
    )


def consume(*, challenge_id: UUID, purpose: Purpose, visit: Visit, at: datetime) -> Challenge:
    """Take the challenge back, before anything of the answer is looked at; only one caller succeeds.

    Raises Refused: CHALLENGE_UNKNOWN (also of another session, purpose or site), CHALLENGE_REPLAYED,
    CHALLENGE_EXPIRED.
    """
    mine = Challenge.objects.filter(pk=challenge_id, purpose=purpose.name.lower(), session_hash=visit.session_hash)
    taken = mine.filter(used_at__isnull=True, expires_at__gt=at).update(used_at=at)
    challenge = mine.select_related("member", "ticket").first()
    if challenge is None:
        raise Refused(Code.CHALLENGE_UNKNOWN, "not given to this session for this purpose")
    if not taken:
        used = challenge.used_at is not None
        raise Refused(Code.CHALLENGE_REPLAYED if used else Code.CHALLENGE_EXPIRED, str(challenge_id))
    if content_of(challenge).get("origin") != visit.origin:
        raise Refused(Code.CHALLENGE_UNKNOWN, "answered on another site")
    return challenge


def content_of(challenge: Challenge) -> dict[str, Any]:
    """The JSON below the first line of the text."""
    content: dict[str, Any] = json.loads(challenge.text.split("\n", 1)[1])
    return content
