"""인증서갱신: the member's new certificate takes the place of the old one, or waits for revocation data."""

import hashlib
import logging
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from certificates import notices, outcomes
from certificates.actions import evidence, tickets
from certificates.actions.challenges import Visit, consume
from certificates.actions.registering import locked_active, refuse_unusable, register, standing_now, standing_of
from certificates.challenge import Purpose
from certificates.judging import claim_of, judge
from certificates.models import (
    BankCertificate,
    Challenge,
    Method,
    Replacement,
    ReplacementState,
    SignatureEvidence,
)
from certificates.refusals import PARKABLE, Code, Refused, sentence
from certificates.rules.replacing import FREEZABLE_FOR, HELD_FOR, PARKED_FOR, OldStanding, Verdict, verdict_of
from certificates.x509.facts import CertificateFacts, load, read_certificate
from certificates.x509.path import check_validity
from certificates.x509.proof import check_signature
from certificates.x509.receipt import Receipt, shown_time
from certificates.x509.strength import strong_key
from certificates.x509.submission import Submission
from portal.access import Actor
from portal.audit.trail import record
from portal.members.models import Member
from sms.outbox import queue

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OldKey:
    """A second signature over the same challenge, by the certificate registered so far."""

    certificate: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What a page sends back: who answers from where, the new certificate's proof, perhaps the old one's."""

    challenge_id: UUID
    visit: Visit
    submission: Submission
    old_key: OldKey | None = None


def replace(*, answer: Answer, by: Actor, at: datetime) -> Challenge:
    """Judge the answer to a challenge and replace or park. The challenge is spent whatever comes of it.

    Returns the challenge with the outcome its visitor is shown. Raises Refused, after keeping what passed.
    """
    challenge = consume(challenge_id=answer.challenge_id, purpose=Purpose.REPLACE, visit=answer.visit, at=at)
    try:
        claim = claim_of(challenge, challenge.member)
        judged = judge(submission=answer.submission, challenge=challenge, claim=claim, at=at, park=True)
        with transaction.atomic():
            return _settle(challenge, answer, judged.receipt, by, at)
    except Refused as refused:
        note_refusal(challenge=challenge, refused=refused, by=by, at=at)
        raise


def note_refusal(*, challenge: Challenge, refused: Refused, by: Actor, at: datetime) -> None:
    """What the visitor is shown, and what staff see of the true cause."""
    log.info("%s refused: %s", challenge.purpose, refused)
    with transaction.atomic():
        outcomes.keep_refusal(challenge, refused, at)
        detail = {"code": refused.code, "cause": refused.detail, "challenge": str(challenge.pk)}
        subject = challenge.member or challenge
        record(action=f"bank_certificate.refuse_{challenge.purpose}", by=by, at=at, subject=subject, detail=detail)


def _settle(challenge: Challenge, answer: Answer, receipt: Receipt, by: Actor, at: datetime) -> Challenge:
    """What the rows decide, with the member's row locked."""
    has_ticket = challenge.ticket_id is not None
    try:
        member = _locked_member(challenge)
        old = locked_active(member.pk)
        refuse_unusable(member.pk, receipt.certificate, old, has_ticket=has_ticket)
        signed = _signed_by_old(old, answer.old_key, challenge)
        standing = standing_of(old, at)
        verdict = _verdict(standing, old, signed=signed, has_ticket=has_ticket)
        if challenge.ticket_id is not None:
            tickets.use(ticket_id=challenge.ticket_id, at=at)
        replacement = Replacement(
            member=member,
            old=old,
            evidence=_keep_evidence(challenge, member, answer, receipt, old if signed else None, by, at),
            challenge=challenge,
            ticket_id=challenge.ticket_id,
            old_key_signed=signed,
            needs_review=challenge.by_resident_number,
            requested_at=at,
        )
        _end_parked(member.pk, at)
        pending = receipt.pending or (Code.REVOCATION_UNAVAILABLE if verdict is Verdict.PARK else None)
        if pending is None:
            _finish(replacement, receipt.certificate, verdict, by, at)
        else:
            _park(replacement, pending, by, at)
    except Refused as refused:
        refused.passed = receipt.checks
        raise
    outcome = outcomes.shown(receipt.checks, state=replacement.state, at=at, code=str(pending or ""))
    outcome["checks"].append(_about_old(standing, signed=signed, has_ticket=has_ticket))
    if pending is not None:
        outcome["message"] = sentence(pending, reference=receipt_number(challenge))
    outcomes.keep(challenge, outcome)
    return challenge


def receipt_number(challenge: Challenge) -> str:
    """What a member tells on the telephone."""
    return str(challenge.pk)[:8].upper()


def _locked_member(challenge: Challenge) -> Member:
    """The member the challenge was given for, still as it was when the answer was judged."""
    if challenge.member is None:
        raise Refused(Code.MEMBER_NOT_FOUND, "unknown number")
    rows = Member.everything.select_for_update(of=("self",), no_key=True).select_related("branch")
    member = rows.get(pk=challenge.member.pk)
    if not member.is_trading:
        raise Refused(Code.MEMBER_INACTIVE, member.status)
    judged_as = (challenge.reference, challenge.member.representative_name)
    if (member.business_number, member.representative_name) != judged_as:
        raise Refused(Code.MEMBER_NOT_FOUND, "the registry changed meanwhile")
    return member


def _signed_by_old(old: BankCertificate | None, key: OldKey | None, challenge: Challenge) -> bool:
    """Whether the registered certificate signed the same text. A wrong second signature is refused."""
    if key is None or old is None:
        return False
    if key.certificate != bytes(old.der):
        raise Refused(Code.OLD_CERT_STILL_VALID, "second signature by another certificate", bank=bank_of(old))
    check_signature(strong_key(load(bytes(old.der))), key.signature, challenge.text.encode("utf-8"))
    return True


def _verdict(standing: OldStanding, old: BankCertificate | None, *, signed: bool, has_ticket: bool) -> Verdict:
    """The rule's verdict; REFUSE becomes Refused(OLD_CERT_STILL_VALID)."""
    is_lenient = settings.CERTIFICATE_REPLACE_MODE == "lenient"
    verdict = verdict_of(standing, old_key_signed=signed, has_ticket=has_ticket, is_lenient=is_lenient)
    if verdict is Verdict.REFUSE and old is not None:
        raise Refused(Code.OLD_CERT_STILL_VALID, "strict", bank=bank_of(old))
    return verdict


def bank_of(certificate: BankCertificate) -> str:
    """How the certificate is called in a sentence."""
    return certificate.bank_name or "등록된"


def _keep_evidence(
    challenge: Challenge,
    member: Member,
    answer: Answer,
    receipt: Receipt,
    signed_old: BankCertificate | None,
    by: Actor,
    at: datetime,
) -> SignatureEvidence:
    """The new certificate's signature, and the old one's where it signed too."""
    shared: dict[str, Any] = {
        "challenge": challenge, "member": member, "by": by, "at": at, "reference": str(challenge.pk),
    }  # fmt: skip
    if signed_old is not None and answer.old_key is not None:
        evidence.keep(
            certificate=read_certificate(bytes(signed_old.der)),
            signature=answer.old_key.signature,
            receipt={"role": "old", "challenge_sha256": receipt.challenge_sha256, "verified_at": at.isoformat()},
            **shared,
        )
    return evidence.keep(
        certificate=receipt.certificate, signature=answer.submission.signature, receipt=receipt.as_json(), **shared
    )


def _about_old(standing: OldStanding, *, signed: bool, has_ticket: bool) -> dict[str, Any]:
    how = "전화 접수 승인" if has_ticket else "기존 인증서로도 서명" if signed else "기존 인증서의 상태"
    return outcomes.line("기존 인증서를 내려도 되는지", passed=True, 기존_인증서=STANDINGS[standing], 근거=how)


STANDINGS = {
    OldStanding.NONE: "없음",
    OldStanding.EXPIRED: "유효기간 끝남",
    OldStanding.REVOKED: "폐지됨",
    OldStanding.SUSPENDED: "효력정지",
    OldStanding.UNTRUSTED: "더 이상 받지 않는 발급기관",
    OldStanding.GOOD: "유효",
    OldStanding.UNKNOWN: "지금 확인할 수 없음",
}


def _park(replacement: Replacement, pending: Code, by: Actor, at: datetime) -> None:
    replacement.state = ReplacementState.PARKED
    replacement.code = pending
    replacement.deadline_at = at + PARKED_FOR
    replacement.save()
    _record("park", replacement, by, at)


def _end_parked(member_id: int, at: datetime) -> None:
    """A newer request takes the place of one that still waits."""
    Replacement.everything.filter(member_id=member_id, state=ReplacementState.PARKED).update(
        state=ReplacementState.REFUSED, code="NEWER_REQUEST", finished_at=at
    )


def _finish(replacement: Replacement, new: CertificateFacts, verdict: Verdict, by: Actor, at: datetime) -> None:
    """Exchange the certificates and tell the representative and the contact, with the way to stop it."""
    token = secrets.token_urlsafe(32)
    replacement.new = register(
        member_id=replacement.member_id,
        new=new,
        old=replacement.old,
        method=Method.TICKET if replacement.ticket_id else Method.SELF,
        user_id=by.user_id,
        at=at,
    )
    replacement.state = ReplacementState.DONE
    replacement.code = ""
    replacement.finished_at = at
    replacement.needs_review |= verdict is Verdict.REPLACE_AND_REVIEW
    replacement.freeze_hash = freeze_hash_of(token)
    replacement.freeze_until_at = at + FREEZABLE_FOR
    if verdict is Verdict.REPLACE_AND_HOLD:
        replacement.hold_until_at = at + HELD_FOR
    replacement.save()
    queue(notices.replaced(replacement, token), at=at)
    _record("replace", replacement, by, at)


def freeze_hash_of(token: str) -> str:
    """What is kept of a freeze link."""
    return hashlib.sha256(token.encode()).hexdigest()


def _record(verb: str, replacement: Replacement, by: Actor, at: datetime, **said: str) -> None:
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


def finish_parked(*, replacement_id: int, by: Actor, at: datetime) -> Replacement | None:
    """Try a parked request again: replaced, refused, or left waiting until its deadline.

    Returns the request, or None when it is parked no more. Run twice or at once, it is finished once.
    """
    member_id = Replacement.everything.values_list("member_id", flat=True).get(pk=replacement_id)
    with transaction.atomic():
        member = Member.everything.select_for_update(of=("self",), no_key=True).get(pk=member_id)
        rows = Replacement.everything.select_for_update(of=("self",)).select_related("member__branch", "evidence")
        replacement = rows.filter(pk=replacement_id, state=ReplacementState.PARKED).first()
        if replacement is None:
            return None
        try:
            with transaction.atomic():
                _finish_now(replacement, member, by, at)
        except Refused as refused:
            waits = refused.code in PARKABLE and replacement.deadline_at is not None
            if waits and replacement.deadline_at and at < replacement.deadline_at:
                return replacement
            _give_up(replacement, refused, by, at)
    return replacement


def _finish_now(replacement: Replacement, member: Member, by: Actor, at: datetime) -> None:
    """The checks that time may have changed, then the exchange. Raises Refused."""
    new = read_certificate(bytes(replacement.evidence.certificate_der))
    check_validity(new, at=at)
    if not member.is_trading:
        raise Refused(Code.MEMBER_INACTIVE, member.status)
    found = standing_now(new.der, at)
    old = locked_active(member.pk)
    has_ticket = replacement.ticket_id is not None
    refuse_unusable(member.pk, new, old, has_ticket=has_ticket)
    same_old = old is not None and old.pk == replacement.old_id
    signed = replacement.old_key_signed and same_old
    verdict = _verdict(standing_of(old, at), old, signed=signed, has_ticket=has_ticket)
    if verdict is Verdict.PARK:
        raise Refused(Code.REVOCATION_UNAVAILABLE, "old certificate unknown")
    replacement.old = old
    lines = {line.label.replace(" ", "_"): line.value for line in found.evidence}
    _record("recheck", replacement, by, at, **lines)
    _finish(replacement, new, verdict, by, at)
    check = outcomes.line("폐지·효력정지 여부(다시 확인)", passed=True, **lines)
    _tell_visitor(replacement, {"state": outcomes.DONE, "code": "", "message": ""}, check, at)


def _give_up(replacement: Replacement, refused: Refused, by: Actor, at: datetime) -> None:
    replacement.state = ReplacementState.REFUSED
    replacement.code = refused.code
    replacement.finished_at = at
    replacement.save(update_fields=["state", "code", "finished_at"])
    queue(notices.not_replaced(replacement, refused.message), at=at)
    _record("refuse_parked", replacement, by, at, cause=refused.detail)
    message = LATE if refused.code in PARKABLE else refused.message
    check = outcomes.line("폐지·효력정지 여부(다시 확인)", passed=False, 확인_시각=shown_time(at))
    changed = {"state": outcomes.REFUSED, "code": outcomes.public_code(refused), "message": message}
    _tell_visitor(replacement, changed, check, at)


LATE = (
    "하루 안에 인증서 상태를 확인하지 못해 교체하지 않았습니다. 기존 인증서는 그대로입니다. "
    "사이버영업창구의 인증서갱신에서 다시 신청해 주세요."
)


def _tell_visitor(replacement: Replacement, changed: dict[str, str], check: dict[str, Any], at: datetime) -> None:
    challenge = replacement.challenge
    if challenge is None or challenge.outcome is None:
        return
    checks = [*challenge.outcome["checks"], check]
    outcomes.keep(challenge, {**challenge.outcome, **changed, "checks": checks, "at": shown_time(at)})
