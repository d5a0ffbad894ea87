"""Asking for a release, taking that back, and saying no (S23, DOMAIN §2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from guarantees import release_notices
from guarantees.actions.releasing import RequestAnswered, refuse_released
from guarantees.actions.rows import (
    NotAllowed,
    NotFound,
    guarantee_step,
    locked_guarantee,
    not_now,
    refuse_open_claim,
)
from guarantees.chains import follow_ups_of
from guarantees.models import Guarantee, ReleasePaper, ReleaseRequest, RequestParty, RequestState
from guarantees.models.releases import stored_as
from guarantees.rules.releasing import LIVE_STATES, Claimed, Lack, lacks
from guarantees.rules.states import MEMBER, OFFICERS, GuaranteeEvent
from portal.access import Actor
from portal.audit.trail import record
from portal.refusals import Refusal
from portal.uploads.checking import Upload
from sms.outbox import queue

MAXIMUM_PAPERS = 10
LONGEST_NOTE = 300
# Whose word stands above whose: the higher one takes the place of an open request of the lower.
RANKS = {RequestParty.SYSTEM: 0, RequestParty.MEMBER: 1, RequestParty.BENEFICIARY: 2}


class AlreadyAsked(Refusal):
    """A request for this guarantee waits for its answer."""

    message = (
        "이미 해제를 요청한 보증입니다. 지점에서 확인하고 있으니 결과를 기다려 주세요. "
        "내용을 바꾸려면 요청을 취하한 뒤 다시 요청해 주세요."
    )


class NotProven(Refusal):
    """What the ground asks for is missing. `lacks` says what, by field."""

    def __init__(self, found: Sequence[Lack]) -> None:
        self.lacks = tuple(found)
        super().__init__(" ".join(lack.message for lack in found))


class TooManyPapers(Refusal):
    """More files than one request takes."""

    message = f"증빙 서류는 한 번에 {MAXIMUM_PAPERS}개까지 올릴 수 있습니다. 한 파일로 묶어 올려 주세요."


class NoRefusalReason(Refusal):
    """A request refused without saying why."""

    message = "반려 사유가 비어 있습니다. 무엇이 부족하고 어떻게 하면 되는지 조합원에게 적어 주세요."


@transaction.atomic
def ask_release(
    *,
    guarantee_id: int,
    party: str,
    ground: str,
    amount: int | None = None,
    note: str = "",
    follow_up_id: int | None = None,
    papers: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
) -> ReleaseRequest:
    """An open request with its evidence. Sent twice, it is asked once. `amount` (won) None asks for all.

    A beneficiary comes by his own link: the caller has checked it and hands in an actor who sees the
    guarantee. Without `follow_up_id` the latest defect guarantee of the contract is taken.
    Raises NotFound, NotAllowed, NotNow, AlreadyReleased, OpenClaim, AlreadyAsked, NotProven, TooManyPapers.
    """
    guarantee = locked_guarantee(guarantee_id, by)
    refuse_released(guarantee)
    _refuse_wrong_step(guarantee, party, by)
    refuse_open_claim(guarantee)
    open_now = guarantee.release_requests.filter(state=RequestState.OPEN).first()
    if open_now is not None and _is_the_same(open_now, party, ground, amount, by):
        return open_now
    if open_now is not None and RANKS[RequestParty(open_now.party)] >= RANKS[RequestParty(party)]:
        raise AlreadyAsked
    follow_up = _follow_up(guarantee, ground, follow_up_id)
    _refuse_unproven(guarantee, party, ground, amount, note, papers, follow_up)
    if open_now is not None:
        _close(open_now, RequestState.WITHDRAWN, by, at)
    request = ReleaseRequest.everything.create(
        guarantee=guarantee,
        party=party,
        ground=ground,
        amount=amount,
        note=note.strip()[:LONGEST_NOTE],
        follow_up=follow_up,
        asked_at=at,
        asked_by_id=by.user_id,
    )
    for upload in papers:
        _keep(request, upload, at)
    detail = {"ground": ground, "amount": amount, "note": request.note, "papers": [p.sha256 for p in papers]}
    record(action="guarantee.request_release", by=by, at=at, subject=guarantee, detail=detail)
    return request


@dataclass(frozen=True)
class Asked:
    """What became of one guarantee among many asked for: the request, or why not."""

    guarantee: Guarantee
    request: ReleaseRequest | None = None
    refusal: str = ""


def ask_each(
    *, guarantees: Sequence[Guarantee], ground: str, note: str, papers: Sequence[Upload], by: Actor, at: datetime
) -> list[Asked]:
    """The member's request for many guarantees on one ground; each stands or falls by itself."""
    outcome: list[Asked] = []
    for guarantee in guarantees:
        try:
            request = ask_release(
                guarantee_id=guarantee.pk, party=RequestParty.MEMBER, ground=ground, note=note, papers=papers,
                by=by, at=at,
            )  # fmt: skip
        except Refusal as refusal:
            outcome.append(Asked(guarantee, refusal=refusal.message))
        else:
            outcome.append(Asked(guarantee, request))
    return outcome


def _refuse_wrong_step(guarantee: Guarantee, party: str, by: Actor) -> None:
    """A member's user asks by his role; the others by who they are."""
    if party == RequestParty.MEMBER:
        guarantee_step(guarantee, GuaranteeEvent.REQUEST_RELEASE, by)
    elif guarantee.state not in LIVE_STATES:
        raise not_now(guarantee)


def _is_the_same(request: ReleaseRequest, party: str, ground: str, amount: int | None, by: Actor) -> bool:
    return (request.party, request.ground, request.amount, request.asked_by_id) == (
        party, ground, amount, by.user_id,
    )  # fmt: skip


def _follow_up(guarantee: Guarantee, ground: str, follow_up_id: int | None) -> Guarantee | None:
    if ground != "follow_up":
        return None
    found = follow_ups_of(guarantee)
    return (found.filter(pk=follow_up_id) if follow_up_id is not None else found).first()


def _refuse_unproven(
    guarantee: Guarantee,
    party: str,
    ground: str,
    amount: int | None,
    note: str,
    papers: Sequence[Upload],
    follow_up: Guarantee | None,
) -> None:
    if len(papers) > MAXIMUM_PAPERS:
        raise TooManyPapers
    found = lacks(
        Claimed(
            ground=ground,
            family=guarantee.product.family,
            outstanding=guarantee.outstanding,
            amount=amount,
            papers=len(papers),
            has_follow_up=follow_up is not None,
            is_confirmed=party == RequestParty.BENEFICIARY,
            note=note,
        )
    )
    if found:
        raise NotProven(found)


def _keep(request: ReleaseRequest, upload: Upload, at: datetime) -> None:
    """The bytes under their own name, once; a file left by a transaction that was rolled back is found again."""
    paper = ReleasePaper(
        request=request,
        filename=upload.filename,
        media_type=upload.media_type,
        size=upload.size,
        sha256=upload.sha256,
        uploaded_at=at,
    )
    path = stored_as(paper, upload.filename)
    if not (default_storage.exists(path) and default_storage.size(path) == upload.size):
        path = default_storage.save(path, ContentFile(upload.content))
    paper.file.name = path
    paper.save()


@transaction.atomic
def withdraw_release(*, request_id: int, by: Actor, at: datetime) -> ReleaseRequest:
    """The member takes a request back, a proposal of the portal too. Taken back twice, it is taken back once.

    Raises NotFound, NotAllowed, RequestAnswered.
    """
    if not by.roles & MEMBER:
        raise NotAllowed
    request = _locked_request(request_id, by)
    if request.state == RequestState.WITHDRAWN:
        return request
    _refuse_answered(request)
    if request.party == RequestParty.BENEFICIARY:
        raise NotAllowed
    _close(request, RequestState.WITHDRAWN, by, at)
    record(action="guarantee.withdraw_release", by=by, at=at, subject=request.guarantee)
    return request


@transaction.atomic
def refuse_release(*, request_id: int, reason: str, by: Actor, at: datetime) -> ReleaseRequest:
    """The branch says no, and why; the member is told by e-mail. Raises NotFound, NotAllowed, RequestAnswered,
    NoRefusalReason.
    """
    if not by.roles & OFFICERS:
        raise NotAllowed
    request = _locked_request(request_id, by)
    _refuse_answered(request)
    given = reason.strip()[:LONGEST_NOTE]
    if not given:
        raise NoRefusalReason
    request.refusal = given
    _close(request, RequestState.REFUSED, by, at)
    drafts = release_notices.release_refused(request)
    queue(drafts, at=at)
    detail = {"reason": given, "told": [draft.channel for draft in drafts]}
    record(action="guarantee.refuse_release", by=by, at=at, subject=request.guarantee, detail=detail)
    return request


def _locked_request(request_id: int, by: Actor) -> ReleaseRequest:
    """The request, after its guarantee: whoever releases holds the guarantee first."""
    rows = ReleaseRequest.everything.within(by.scope)
    guarantee_id = rows.filter(pk=request_id).values_list("guarantee_id", flat=True).first()
    if guarantee_id is None:
        raise NotFound
    locked_guarantee(guarantee_id, by)
    return rows.select_for_update(of=("self",)).get(pk=request_id)


def _refuse_answered(request: ReleaseRequest) -> None:
    if request.state != RequestState.OPEN:
        raise RequestAnswered(request)


def _close(request: ReleaseRequest, state: RequestState, by: Actor, at: datetime) -> None:
    request.state = state
    request.closed_at = at
    request.closed_by_id = by.user_id
    request.save(update_fields=["state", "closed_at", "closed_by", "refusal"])
