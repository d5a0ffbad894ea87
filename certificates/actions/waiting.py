"""Requests that wait: looked at again with what is known now, and finished, refused or left waiting."""

from datetime import datetime
from typing import Any

from django.db import transaction

from certificates import notices, outcomes
from certificates.actions.exchanging import (
    asked_before,
    finish,
    leave_for_review,
    locked_request,
    rule_again,
    write_down,
)
from certificates.actions.registering import standing_now
from certificates.models import Replacement, ReplacementState
from certificates.refusals import PARKABLE, Code, Refused
from certificates.revocation.responders import Answers, Responders
from certificates.x509.facts import CertificateFacts, read_certificate
from certificates.x509.path import check_validity
from certificates.x509.receipt import shown_time
from portal.access import Actor
from portal.members.models import Member
from sms.outbox import queue

LATE = (
    "하루 안에 인증서 상태를 확인하지 못해 교체하지 않았습니다. 기존 인증서는 그대로입니다. "
    "사이버영업창구의 인증서갱신에서 다시 신청해 주세요."
)
AGAIN = "폐지·효력정지 여부(다시 확인)"


def finish_parked(
    *, replacement_id: int, by: Actor, at: datetime, responders: Responders | None = None
) -> Replacement | None:
    """Try a parked request again: replaced, sent to the review, refused, or left waiting until its deadline.

    What no list judges is asked of the responders first, before the transaction. Returns the request, or None
    when it is parked no more. Run twice or at once, it is finished once.
    """
    answers = answers_for(replacement_id, responders or Responders(), at=at)
    with transaction.atomic():
        member, replacement = locked_request(replacement_id)
        if replacement.state != ReplacementState.PARKED:
            return None
        try:
            with transaction.atomic():
                look_again(replacement, member, answers, by=by, at=at)
        except Refused as refused:
            waits = refused.code in PARKABLE and replacement.deadline_at is not None
            if waits and replacement.deadline_at and at < replacement.deadline_at:
                return replacement
            give_up(replacement, refused, by=by, at=at)
    return replacement


def answers_for(replacement_id: int, responders: Responders, *, at: datetime) -> Answers:
    """What responders say of a waiting request's certificate and of the one it is to replace."""
    row = Replacement.everything.values_list("evidence__certificate_der", "member_id").get(pk=replacement_id)
    return asked_before([bytes(row[0])], row[1], responders, at=at)


def look_again(replacement: Replacement, member: Member, answers: Answers, *, by: Actor, at: datetime) -> None:
    """The checks that time may have changed, then the exchange, or the review where one is due.

    Raises Refused, and then the caller's savepoint takes everything back.
    """
    new = read_certificate(bytes(replacement.evidence.certificate_der))
    check_validity(new, at=at)
    _refuse_changed(replacement, member, new)
    found = standing_now(new.der, at, answers)
    ruling = rule_again(replacement, new, answers, at)
    lines = {line.label.replace(" ", "_"): line.value for line in found.evidence}
    write_down("recheck", replacement, by, at, **lines)
    if replacement.needs_review and replacement.reviewed_at is None:
        leave_for_review(replacement, by=by, at=at)
        state = outcomes.REVIEW
    else:
        finish(replacement, new, ruling, by=by, at=at)
        state = outcomes.DONE
    check = outcomes.line(AGAIN, passed=True, **lines)
    tell_visitor(replacement, {"state": state, "code": "", "message": ""}, check, at=at)


def _refuse_changed(replacement: Replacement, member: Member, new: CertificateFacts) -> None:
    """The registry must still say what the proof was made against. Raises Refused."""
    if not member.is_trading:
        raise Refused(Code.MEMBER_INACTIVE, member.status)
    challenge = replacement.challenge
    if challenge is not None and challenge.reference != member.business_number:
        raise Refused(Code.VID_MISMATCH, "another business number meanwhile")
    if replacement.needs_review and new.real_name != member.representative_name:
        raise Refused(Code.HOLDER_MISMATCH, "another representative meanwhile")


def give_up(replacement: Replacement, refused: Refused, *, by: Actor, at: datetime) -> None:
    """It ends without a replacement, and the member is told why."""
    replacement.state, replacement.code, replacement.finished_at = ReplacementState.REFUSED, refused.code, at
    replacement.save(update_fields=["state", "code", "finished_at"])
    queue(notices.not_replaced(replacement, refused.message), at=at)
    write_down("refuse_parked", replacement, by, at, cause=refused.detail)
    message = LATE if refused.code in PARKABLE else refused.message
    check = outcomes.line(AGAIN, passed=False, 확인_시각=shown_time(at))
    changed = {"state": outcomes.REFUSED, "code": outcomes.public_code(refused), "message": message}
    tell_visitor(replacement, changed, check, at=at)


def tell_visitor(
    replacement: Replacement, changed: dict[str, str], check: dict[str, Any], *, at: datetime
) -> None:
    """What his receipt says now."""
    challenge = replacement.challenge
    if challenge is None or challenge.outcome is None:
        return
    checks = [*challenge.outcome["checks"], check]
    outcomes.keep(challenge, {**challenge.outcome, **changed, "checks": checks, "at": shown_time(at)})
