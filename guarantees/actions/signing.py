"""The member's electronic signature of the agreement (약정): APPROVED to SIGNED by the registered certificate."""

from datetime import datetime

from django.db import transaction

from certificates import outcomes
from certificates.actions import evidence
from certificates.actions.challenges import Asked, Visit, consume, content_of
from certificates.actions.challenges import issue as issue_challenge
from certificates.actions.replacing import Answer, note_refusal
from certificates.challenge import Purpose
from certificates.judging import judge
from certificates.models import Challenge
from certificates.queries import active_of
from certificates.refusals import PARKABLE, Code, Refused
from certificates.x509.receipt import Receipt
from certificates.x509.submission import BusinessClaim
from guarantees.actions.requoting import FeeChanged
from guarantees.actions.rows import application_step, locked_application
from guarantees.actions.submission import ChangedMeanwhile, NotTrading
from guarantees.agreement import document_of, sha256_of, summary_of
from guarantees.models import Application
from guarantees.quotes import requote
from guarantees.rules.states import ApplicationEvent
from portal.access import Actor
from portal.audit.trail import record
from portal.clock import seoul_day
from portal.identifiers import format_business_number
from portal.refusals import Refusal

UNVERIFIABLE = (
    "인증서 상태를 지금 확인할 수 없어 서명을 받지 않았습니다. 잠시 뒤 다시 서명해 주세요. "
    "급하시면 관할 지점에 약정서를 종이로 내실 수 있습니다."
)


class NoCertificate(Refusal):
    """The member has registered no certificate to sign with."""

    message = "조합에 등록된 인증서가 없습니다. 사이버영업창구의 인증서갱신에서 먼저 등록해 주세요."


def reference_of(application: Application) -> str:
    """How challenges and evidence name the application."""
    return f"application:{application.public_id}"


@transaction.atomic
def ask(*, application_id: int, shown_sha256: str, visit: Visit, by: Actor, at: datetime) -> Challenge:
    """A text to sign that names the document the member has before his eyes.

    Raises NotFound, NotNow, NotAllowed, NotTrading, NoCertificate, FeeChanged, ChangedMeanwhile,
    Refused(RATE_LIMITED).
    """
    application = locked_application(application_id, by)
    application_step(application, ApplicationEvent.SIGN, by)
    member = application.member
    if not member.is_trading:
        raise NotTrading
    if active_of(member.pk) is None:
        raise NoCertificate
    if requote(application, day=seoul_day(at)) is not None:
        raise FeeChanged
    digest = sha256_of(document_of(application))
    if digest != shown_sha256:
        raise ChangedMeanwhile
    asked = Asked(
        purpose=Purpose.APPLY,
        business_number=format_business_number(member.business_number),
        member_name=member.name,
        reference=reference_of(application),
        extra={"document_sha256": digest, **{f"약정 {name}": value for name, value in summary_of(application)}},
    )
    return issue_challenge(asked=asked, member=member, visit=visit, at=at)


def sign(*, application_id: int, answer: Answer, by: Actor, at: datetime) -> Application:
    """APPROVED to SIGNED, with the document and its signature kept as evidence.

    Raises NotFound, NotNow, NotAllowed, NotTrading, ChangedMeanwhile, Refused: as the verifier, NOT_REGISTERED,
    CHALLENGE_UNKNOWN for another application's challenge. Missing revocation data refuses: nothing is parked.
    """
    challenge = consume(challenge_id=answer.challenge_id, purpose=Purpose.APPLY, visit=answer.visit, at=at)
    try:
        if challenge.member is None:
            raise Refused(Code.CHALLENGE_UNKNOWN, "no member")
        claim = BusinessClaim(challenge.member.business_number)
        judged = judge(submission=answer.submission, challenge=challenge, claim=claim, at=at)
        with transaction.atomic():
            return _sign(application_id, challenge, answer, judged.receipt, by, at)
    except Refused as refused:
        if refused.code in PARKABLE:
            refused.message = UNVERIFIABLE
        note_refusal(challenge=challenge, refused=refused, by=by, at=at)
        raise


def _sign(
    application_id: int, challenge: Challenge, answer: Answer, receipt: Receipt, by: Actor, at: datetime
) -> Application:
    application = locked_application(application_id, by)
    state = application_step(application, ApplicationEvent.SIGN, by)
    member = application.member
    if challenge.reference != reference_of(application) or challenge.member_id != member.pk:
        raise Refused(Code.CHALLENGE_UNKNOWN, "challenge of another application", passed=receipt.checks)
    if not member.is_trading:
        raise NotTrading
    active = active_of(member.pk)
    if active is None or active.cert_sha256 != receipt.certificate.cert_sha256:
        raise Refused(Code.NOT_REGISTERED, "not the active certificate", passed=receipt.checks)
    document = document_of(application)
    digest = sha256_of(document)
    if content_of(challenge).get("document_sha256") != digest:
        raise ChangedMeanwhile
    kept = evidence.keep(
        challenge=challenge,
        member=member,
        certificate=receipt.certificate,
        signature=answer.submission.signature,
        receipt=receipt.as_json(),
        by=by,
        at=at,
        reference=reference_of(application),
        document=document,
        document_sha256=digest,
    )
    application.state = state
    application.signed_at = application.changed_at = at
    application.save(update_fields=["state", "signed_at", "changed_at"])
    outcomes.keep(challenge, outcomes.shown(receipt.checks, state=outcomes.DONE, at=at))
    detail = {"evidence": kept.pk, "document_sha256": digest, "certificate": receipt.certificate.serial_hex}
    record(action="application.sign", by=by, at=at, subject=application, detail=detail)
    return application
