"""What becomes of a proven request: exchanged, left waiting for revocation data, or for a second person.

Shared by the answer on the page, the requests that waited and the review. In the caller's transaction, the
member's row locked; nothing here asks the network.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from certificates import notices
from certificates.actions.registering import locked_active, refuse_unusable, register, standing_of
from certificates.models import WAITING, BankCertificate, Method, Replacement, ReplacementState, Status
from certificates.queries import trust_table
from certificates.refusals import Code, Refused
from certificates.revocation.responders import Answers, Responders
from certificates.rules.replacing import FREEZABLE_FOR, HELD_FOR, PARKED_FOR, OldStanding, Verdict, verdict_of
from certificates.x509.facts import CertificateFacts
from portal.access import Actor
from portal.audit.trail import record
from portal.members.models import Member
from sms.outbox import queue


@dataclass(frozen=True)
class Ruling:
    """What the rule says of the certificate registered so far. `signed`: it signed the same text."""

    old: BankCertificate | None
    standing: OldStanding
    signed: bool
    verdict: Verdict


def asked_before(
    certificates: Iterable[bytes], member_id: int, responders: Responders, *, at: datetime
) -> Answers:
    """What responders say of those certificates and of the member's registered one, before a transaction."""
    active = BankCertificate.everything.filter(member_id=member_id, status=Status.ACTIVE).values_list(
        "der", flat=True
    )
    whole = [*certificates, *(bytes(data) for data in active)]
    return responders.ask_about(whole, trust_table(), at=at)


def rule(old: BankCertificate | None, *, signed: bool, has_ticket: bool, answers: Answers, at: datetime) -> Ruling:
    """Raises Refused(OLD_CERT_STILL_VALID) where the rule refuses."""
    standing = standing_of(old, at, answers)
    is_lenient = settings.CERTIFICATE_REPLACE_MODE == "lenient"
    verdict = verdict_of(standing, old_key_signed=signed, has_ticket=has_ticket, is_lenient=is_lenient)
    if verdict is Verdict.REFUSE and old is not None:
        raise Refused(Code.OLD_CERT_STILL_VALID, "strict", bank=bank_of(old))
    return Ruling(old, standing, signed, verdict)


def rule_again(replacement: Replacement, new: CertificateFacts, answers: Answers, at: datetime) -> Ruling:
    """For a request that waited: the member's certificate may be another one today. Raises Refused."""
    old = locked_active(replacement.member_id)
    has_ticket = replacement.ticket_id is not None
    refuse_unusable(replacement.member_id, new, old, has_ticket=has_ticket)
    same_old = old is not None and old.pk == replacement.old_id
    signed = replacement.old_key_signed and same_old
    ruling = rule(old, signed=signed, has_ticket=has_ticket, answers=answers, at=at)
    if ruling.verdict is Verdict.PARK:
        raise Refused(Code.REVOCATION_UNAVAILABLE, "old certificate unknown")
    return ruling


def bank_of(certificate: BankCertificate) -> str:
    """How the certificate is called in a sentence."""
    return certificate.bank_name or "등록된"


def locked_request(replacement_id: int) -> tuple[Member, Replacement]:
    """The request behind its member's row, both locked until the transaction ends."""
    member_id = Replacement.everything.values_list("member_id", flat=True).get(pk=replacement_id)
    members = Member.everything.select_for_update(of=("self",), no_key=True).select_related("branch")
    member = members.get(pk=member_id)
    rows = Replacement.everything.select_for_update(of=("self",)).select_related("evidence", "challenge", "new")
    replacement = rows.get(pk=replacement_id)
    replacement.member = member
    return member, replacement


def end_waiting(member_id: int, *, by: Actor, at: datetime) -> None:
    """A newer request takes the place of one that still waits."""
    waiting = Replacement.everything.filter(member_id=member_id, state__in=WAITING).first()
    if waiting is None:
        return
    waiting.state, waiting.code, waiting.finished_at = ReplacementState.REFUSED, "NEWER_REQUEST", at
    waiting.save(update_fields=["state", "code", "finished_at"])
    write_down("give_way", waiting, by, at)


def park(replacement: Replacement, pending: Code, *, by: Actor, at: datetime) -> None:
    """It waits for revocation data, a day at most."""
    replacement.state, replacement.code = ReplacementState.PARKED, pending
    replacement.deadline_at = at + PARKED_FOR
    replacement.save()
    write_down("park", replacement, by, at)


def leave_for_review(replacement: Replacement, *, by: Actor, at: datetime) -> None:
    """It waits for a second person; until then the new certificate is good for nothing (NPKI §6.1)."""
    replacement.state, replacement.code = ReplacementState.REVIEW, ""
    replacement.deadline_at = None
    replacement.save()
    write_down("await_review", replacement, by, at)


def finish(replacement: Replacement, new: CertificateFacts, ruling: Ruling, *, by: Actor, at: datetime) -> None:
    """Exchange the certificates and tell the representative and the contact, with the way to stop it."""
    token = secrets.token_urlsafe(32)
    replacement.old = ruling.old
    replacement.new = register(
        member_id=replacement.member_id,
        new=new,
        old=ruling.old,
        method=Method.TICKET if replacement.ticket_id else Method.SELF,
        user_id=replacement.requested_by_id,
        at=at,
        because=ruling.standing,
    )
    replacement.state, replacement.code, replacement.finished_at = ReplacementState.DONE, "", at
    # What a second person confirmed beforehand needs no look afterwards.
    replacement.needs_review = ruling.verdict is Verdict.REPLACE_AND_REVIEW and replacement.reviewed_at is None
    replacement.freeze_hash = freeze_hash_of(token)
    replacement.freeze_until_at = at + FREEZABLE_FOR
    if ruling.verdict is Verdict.REPLACE_AND_HOLD:
        replacement.hold_until_at = at + HELD_FOR
    replacement.save()
    queue(notices.replaced(replacement, token), at=at)
    write_down("replace", replacement, by, at)


def freeze_hash_of(token: str) -> str:
    """What is kept of a freeze link."""
    return hashlib.sha256(token.encode()).hexdigest()


def write_down(verb: str, replacement: Replacement, by: Actor, at: datetime, **said: str) -> None:
    """One event of the request into the trail."""
    detail = {
        "state": replacement.state,
        "code": str(replacement.code),
        "old": replacement.old.serial_hex if replacement.old else "",
        "new": replacement.new.serial_hex if replacement.new else "",
        "cert_sha256": replacement.evidence.cert_sha256,
        "old_key_signed": replacement.old_key_signed,
        **said,
    }
    record(action=f"bank_certificate.{verb}", by=by, at=at, subject=replacement, detail=detail)
