"""Login with the certificate: the registered one, by whoever holds its key."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from certificates import outcomes
from certificates.actions import evidence
from certificates.actions.challenges import consume
from certificates.actions.replacing import Answer, note_refusal
from certificates.challenge import Purpose
from certificates.judging import STALE_FOR_LOGIN, Judgement, claim_of, judge
from certificates.models import BankCertificate, Challenge
from certificates.queries import active_of, representatives_of
from certificates.refusals import PARKABLE, Code, Refused
from portal.access import Actor
from portal.audit.trail import record
from portal.members.models import User

BY_ANOTHER_WAY = (
    "인증서 상태를 지금 확인할 수 없습니다. 잠시 뒤 다시 시도하시거나 아이디와 비밀번호로 로그인해 주세요."
)


@dataclass(frozen=True)
class Proof:
    """The member whose key signed, and its representatives' accounts. `is_stale`: see Judgement."""

    member_id: int
    certificate_id: int
    people: tuple[User, ...]
    is_stale: bool


def prove(*, answer: Answer, by: Actor, at: datetime) -> Proof:
    """Who may be signed in for an answered challenge. A list up to a day late still serves.

    Raises Refused, after keeping what passed: as the verifier, MEMBER_NOT_FOUND, NOT_REGISTERED,
    NO_REPRESENTATIVE.
    """
    challenge = consume(challenge_id=answer.challenge_id, purpose=Purpose.LOGIN, visit=answer.visit, at=at)
    try:
        judged = judge(
            submission=answer.submission,
            challenge=challenge,
            claim=claim_of(challenge, challenge.member),
            at=at,
            grace=STALE_FOR_LOGIN,
        )
        active, people = _whose(challenge, judged)
    except Refused as refused:
        if refused.code in PARKABLE:
            refused.message = BY_ANOTHER_WAY
        note_refusal(challenge=challenge, refused=refused, by=by, at=at)
        raise
    with transaction.atomic():
        kept = evidence.keep(
            challenge=challenge,
            member=active.member,
            certificate=judged.receipt.certificate,
            signature=answer.submission.signature,
            receipt=judged.receipt.as_json(),
            by=by,
            at=at,
            reference=str(challenge.pk),
        )
        outcomes.keep(challenge, outcomes.shown(judged.receipt.checks, state=outcomes.DONE, at=at))
        detail = {"serial": judged.receipt.certificate.serial_hex, "late_list": judged.is_stale}
        record(action="bank_certificate.prove_login", by=by, at=at, subject=kept, detail=detail)
    return Proof(active.member_id, active.pk, people, judged.is_stale)


def _whose(challenge: Challenge, judged: Judgement) -> tuple[BankCertificate, tuple[User, ...]]:
    """The member's certificate and those who sign in for it. Raises Refused."""
    passed = judged.receipt.checks
    member = challenge.member
    if member is None:
        raise Refused(Code.MEMBER_NOT_FOUND, "unknown number", passed=passed)
    if not member.is_trading:
        raise Refused(Code.MEMBER_INACTIVE, member.status, passed=passed)
    active = active_of(member.pk)
    if active is None or active.cert_sha256 != judged.receipt.certificate.cert_sha256:
        raise Refused(Code.NOT_REGISTERED, "not the active certificate", passed=passed)
    people = tuple(representatives_of(member.pk))
    if not people:
        raise Refused(Code.NO_REPRESENTATIVE, "no account", passed=passed)
    return active, people
