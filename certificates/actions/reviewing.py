"""The second pair of eyes on a replacement (NPKI §6.1, §6.4): confirmed or refused, by another person.

Held beforehand is what was proven by resident number: the registry must know the representative as the person
who signed. Looked at afterwards is what took the place of a suspended certificate or of one whose authority is
accepted no more, and what the representative stopped.
"""

from datetime import datetime

from django.db import transaction

from certificates import notices, outcomes, ticket_notices
from certificates.actions.exchanging import locked_request, write_down
from certificates.actions.registering import locked_active
from certificates.actions.stopping import stop
from certificates.actions.waiting import answers_for, give_up, look_again, tell_visitor
from certificates.models import Replacement, ReplacementState, StopReason
from certificates.refusals import PARKABLE, Code, Refused
from certificates.revocation.responders import Responders
from certificates.rules.replacing import REVIEW_REFUSED
from certificates.x509.receipt import shown_time
from portal.access import Actor
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.outbox import queue

LONGEST_NOTE = 200
REVIEW = "담당 직원의 확인"
REFUSED = (
    "담당 직원이 등록된 대표자의 신청인지 확인하지 못해 새 인증서를 등록하지 않았습니다. "
    "관할 지점이나 정보시스템부로 전화해 주세요."
)
STOPPED = "담당 직원이 교체를 확인하지 못해 중지"


class NotTheirReview(Refusal):
    """Somebody outside the IT department."""

    message = "인증서 교체 확인은 정보시스템부에서 처리합니다. 정보시스템부에 요청해 주세요."


class EvidenceMissing(Refusal):
    """A decision without its grounds."""

    message = "무엇을 보고 판단했는지 적어 주세요. 예: 등기사항증명서, 등록된 번호로 통화."


class NothingToReview(Refusal):
    """A request that nobody has to look at, or somebody has looked at already."""

    message = "확인할 것이 없는 신청입니다. 이미 처리되었는지 이력을 봐 주세요."


class StatusUnknownNow(Refusal):
    """No revocation data at the moment of the review."""

    message = (
        "인증서 상태를 지금 확인할 수 없어 확인을 마치지 못했습니다. 신청은 그대로 기다립니다. "
        "폐지목록이 들어온 뒤 다시 확인해 주세요."
    )


def confirm(*, replacement_id: int, note: str, by: Actor, at: datetime) -> Replacement:
    """A held request is checked again and carried out; one that was done is looked at no more.

    Returns the request, REFUSED where a check has failed meanwhile. Raises NotTheirReview, EvidenceMissing,
    NothingToReview, StatusUnknownNow, Refused(STAFF_SAME_PERSON), Replacement.DoesNotExist (out of sight).
    """
    _refuse_unfit(replacement_id, note, by)
    answers = answers_for(replacement_id, Responders(), at=at)
    with transaction.atomic():
        member, replacement = locked_request(replacement_id)
        _refuse_settled(replacement, by)
        _note(replacement, note, by, at)
        if replacement.state == ReplacementState.REVIEW:
            try:
                with transaction.atomic():
                    look_again(replacement, member, answers, by=by, at=at)
            except Refused as refused:
                if refused.code in PARKABLE:
                    raise StatusUnknownNow from None
                give_up(replacement, refused, by=by, at=at)
        replacement.needs_review = False
        replacement.save(update_fields=["needs_review", "reviewed_by", "reviewed_at", "review_note"])
        write_down("confirm", replacement, by, at, note=note.strip())
    return replacement


@transaction.atomic
def refuse(*, replacement_id: int, note: str, by: Actor, at: datetime) -> Replacement:
    """A held request ends; of one that was done the new certificate is stopped. Both people are told.

    The certificate does not come back. Raises as `confirm`, and NothingToReview for one stopped already.
    """
    _refuse_unfit(replacement_id, note, by)
    _, replacement = locked_request(replacement_id)
    _refuse_settled(replacement, by)
    if replacement.state == ReplacementState.FROZEN:
        raise NothingToReview
    _note(replacement, note, by, at)
    if replacement.state == ReplacementState.REVIEW:
        _turn_down(replacement, at)
    else:
        _undo(replacement, at)
    replacement.needs_review = False
    replacement.save()
    write_down("refuse_review", replacement, by, at, note=note.strip())
    return replacement


def _turn_down(replacement: Replacement, at: datetime) -> None:
    replacement.state, replacement.code, replacement.finished_at = ReplacementState.REFUSED, REVIEW_REFUSED, at
    queue(notices.not_replaced(replacement, REFUSED), at=at)
    check = outcomes.line(REVIEW, passed=False, 확인_시각=shown_time(at))
    tell_visitor(
        replacement, {"state": outcomes.REFUSED, "code": REVIEW_REFUSED, "message": REFUSED}, check, at=at
    )


def _undo(replacement: Replacement, at: datetime) -> None:
    """Unless a later replacement has ended the certificate already."""
    replacement.state = ReplacementState.FROZEN
    active = locked_active(replacement.member_id)
    if active is None or active.pk != replacement.new_id:
        return
    active.member = replacement.member
    stop(active, StopReason.REVIEW, because=STOPPED, at=at)
    queue(ticket_notices.stopped(active, reason=STOPPED, at=at), at=at)


def _refuse_unfit(replacement_id: int, note: str, by: Actor) -> None:
    if by.user_id is None or Role.IT_SUPPORT not in by.roles:
        raise NotTheirReview
    if not note.strip():
        raise EvidenceMissing
    Replacement.everything.within(by.scope).values_list("pk").get(pk=replacement_id)


def _refuse_settled(replacement: Replacement, by: Actor) -> None:
    """Whoever asked for the replacement is not the one who confirms it; the database holds that too."""
    is_ready = replacement.state in (ReplacementState.REVIEW, ReplacementState.DONE, ReplacementState.FROZEN)
    if not is_ready or replacement.reviewed_at is not None or not replacement.needs_review:
        raise NothingToReview
    if replacement.requested_by_id is not None and replacement.requested_by_id == by.user_id:
        raise Refused(Code.STAFF_SAME_PERSON)


def _note(replacement: Replacement, note: str, by: Actor, at: datetime) -> None:
    replacement.reviewed_by_id, replacement.reviewed_at = by.user_id, at
    replacement.review_note = note.strip()[:LONGEST_NOTE]
