"""인증서갱신: the member's new certificate takes the place of the old one, or waits (`exchanging`, `waiting`)."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from certificates import outcomes
from certificates.actions import evidence, exchanging, tickets
from certificates.actions.challenges import Visit, consume
from certificates.actions.registering import locked_active, refuse_unusable
from certificates.challenge import Purpose
from certificates.judging import claim_of, judge
from certificates.models import BankCertificate, Challenge, Replacement, ReplacementState, SignatureEvidence
from certificates.refusals import Code, Refused, sentence
from certificates.revocation.responders import NO_ANSWERS, Answers, Responders
from certificates.rules.replacing import OldStanding, Verdict
from certificates.x509.facts import load, read_certificate
from certificates.x509.proof import check_signature
from certificates.x509.receipt import Receipt
from certificates.x509.strength import strong_key
from certificates.x509.submission import Submission
from portal.access import Actor
from portal.audit.trail import record
from portal.members.models import Member

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
        answers = _answers(challenge, at)
        with transaction.atomic():
            return _settle(challenge, answer, judged.receipt, answers, by, at)
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


def _answers(challenge: Challenge, at: datetime) -> Answers:
    """What the old certificate's responder says, where no list judges it; asked before the transaction."""
    if challenge.member_id is None:
        return NO_ANSWERS
    return exchanging.asked_before([], challenge.member_id, Responders(), at=at)


def _settle(
    challenge: Challenge, answer: Answer, receipt: Receipt, answers: Answers, by: Actor, at: datetime
) -> Challenge:
    """What the rows decide, with the member's row locked."""
    has_ticket = challenge.ticket_id is not None
    try:
        member = _locked_member(challenge)
        old = locked_active(member.pk)
        refuse_unusable(member.pk, receipt.certificate, old, has_ticket=has_ticket)
        signed = _signed_by_old(old, answer.old_key, challenge)
        ruling = exchanging.rule(old, signed=signed, has_ticket=has_ticket, answers=answers, at=at)
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
            requested_by_id=by.user_id,
            requested_at=at,
        )
        exchanging.end_waiting(member.pk, by=by, at=at)
        pending = receipt.pending or (Code.REVOCATION_UNAVAILABLE if ruling.verdict is Verdict.PARK else None)
        if pending is not None:
            exchanging.park(replacement, pending, by=by, at=at)
        elif replacement.needs_review:
            exchanging.leave_for_review(replacement, by=by, at=at)
        else:
            exchanging.finish(replacement, receipt.certificate, ruling, by=by, at=at)
    except Refused as refused:
        refused.passed = receipt.checks
        raise
    outcomes.keep(challenge, _shown(challenge, receipt, ruling, ReplacementState(replacement.state), pending, at))
    return challenge


def _shown(
    challenge: Challenge,
    receipt: Receipt,
    ruling: exchanging.Ruling,
    state: ReplacementState,
    pending: Code | None,
    at: datetime,
) -> dict[str, Any]:
    """The visitor's receipt."""
    outcome = outcomes.shown(receipt.checks, state=state, at=at, code=str(pending or ""))
    outcome["checks"].append(_about_old(ruling, has_ticket=challenge.ticket_id is not None))
    if pending is not None:
        outcome["message"] = sentence(pending, reference=receipt_number(challenge))
    return outcome


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
        raise Refused(
            Code.OLD_CERT_STILL_VALID, "second signature by another certificate", bank=exchanging.bank_of(old)
        )
    check_signature(strong_key(load(bytes(old.der))), key.signature, challenge.text.encode("utf-8"))
    return True


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


def _about_old(ruling: exchanging.Ruling, *, has_ticket: bool) -> dict[str, Any]:
    how = "전화 접수 승인" if has_ticket else "기존 인증서로도 서명" if ruling.signed else "기존 인증서의 상태"
    standing = STANDINGS[ruling.standing]
    return outcomes.line("기존 인증서를 내려도 되는지", passed=True, 기존_인증서=standing, 근거=how)


STANDINGS = {
    OldStanding.NONE: "없음",
    OldStanding.EXPIRED: "유효기간 끝남",
    OldStanding.REVOKED: "폐지됨",
    OldStanding.SUSPENDED: "효력정지",
    OldStanding.UNTRUSTED: "더 이상 받지 않는 발급기관",
    OldStanding.GOOD: "유효",
    OldStanding.UNKNOWN: "지금 확인할 수 없음",
}
