"""Calls that staff give or take by hand (DOMAIN §6.1 rule 10)."""

from datetime import datetime
from typing import Any, cast

from django.db import connection, transaction

from portal.access import Actor
from portal.audit import trail
from portal.clock import seoul_day
from portal.members.models import Member
from portal.members.roles import DECIDING_ROLES, Role
from portal.refusals import Refusal
from sms.account import balance
from sms.actions.mileage.earning import policy_on
from sms.models import Adjustment, AdjustmentReason, AdjustmentState, Entry, EntryKind, Lot
from sms.models.mileage_desk import MOST_CALLS
from sms.rules.mileage import expires_at, needs_second_person

APPROVERS = frozenset({Role.BRANCH_HEAD, Role.HQ_UNDERWRITER})


class NotForYou(Refusal):
    """Only those who work on members' business adjust their calls; heads and the head office approve."""

    message = "마일리지 조정은 관할 지점과 본부 심사 담당자가 신청하고, 지점장이나 본부 심사 담당자가 승인합니다."


class NoSuchAmount(Refusal):
    """Zero, or more than one adjustment may move."""

    message = f"조정할 콜은 0이 아닌 {MOST_CALLS:,}콜까지의 수로 적어 주세요. 줄일 때는 앞에 -를 붙입니다."


class NoteNeeded(Refusal):
    """An adjustment nobody could explain later."""

    message = "왜 조정하는지 설명을 적어 주세요. 감사와 조합원 문의 때 근거가 됩니다."


class NotEnoughToTake(Refusal):
    """More to take than is left. Nothing was taken."""

    def __init__(self, *, balance: int, calls: int) -> None:
        super().__init__(
            f"남은 마일리지가 {balance:,}콜이라 {calls:,}콜을 뺄 수 없습니다. 잔액은 0보다 작아지지 않습니다. "
            "뺄 콜을 줄여 다시 신청해 주세요."
        )


class AskedByYourself(Refusal):
    """Two people are needed."""

    message = (
        "직접 신청한 조정은 승인하거나 반려할 수 없습니다. 다른 지점장이나 본부 심사 담당자가 결정해야 합니다."
    )


class AlreadyDecided(Refusal):
    """Somebody was faster."""

    message = "이미 결정된 조정입니다. 목록을 새로 고쳐 결과를 확인해 주세요."


@transaction.atomic
def ask_adjustment(
    *, member_id: int, calls: int, reason: AdjustmentReason, note: str, by: Actor, at: datetime
) -> Adjustment:
    """Adjust by up to ten calls more at once; anything else waits for a second person.

    Raises NotForYou, NoSuchAmount, NoteNeeded, NotEnoughToTake; Member.DoesNotExist for one out of sight.
    """
    if not by.roles & DECIDING_ROLES:
        raise NotForYou
    if calls == 0 or abs(calls) > MOST_CALLS:
        raise NoSuchAmount
    if not note.strip():
        raise NoteNeeded
    member = Member.everything.within(by.scope).get(pk=member_id)
    if calls < 0 and (left := balance(member.pk, at)) < -calls:
        raise NotEnoughToTake(balance=left, calls=-calls)
    waits = needs_second_person(calls)
    adjustment = Adjustment.everything.create(
        member=member, calls=calls, reason=reason, note=note.strip(), asked_at=at,
        asked_by_id=cast("int", by.user_id),
        state=AdjustmentState.WAITING if waits else AdjustmentState.BOOKED,
    )  # fmt: skip
    if not waits:
        _book(adjustment, at)
    detail = {"calls": calls, "reason": adjustment.get_reason_display(), "note": adjustment.note}
    trail.record(action="adjustment.ask", by=by, at=at, subject=adjustment, detail=detail)
    return adjustment


@transaction.atomic
def approve_adjustment(*, adjustment_id: int, by: Actor, at: datetime) -> Adjustment:
    """Book what another person asked for. Raises NotForYou, AlreadyDecided, AskedByYourself, NotEnoughToTake."""
    adjustment = _waiting(adjustment_id, by)
    _book(adjustment, at)
    adjustment.state = AdjustmentState.BOOKED
    adjustment.decided_by_id, adjustment.decided_at = by.user_id, at
    adjustment.save(update_fields=["state", "decided_by", "decided_at"])
    trail.record(action="adjustment.approve", by=by, at=at, subject=adjustment)
    return adjustment


@transaction.atomic
def decline_adjustment(*, adjustment_id: int, reason: str, by: Actor, at: datetime) -> Adjustment:
    """Leave the account as it is. Raises NotForYou, AlreadyDecided, AskedByYourself."""
    adjustment = _waiting(adjustment_id, by)
    adjustment.state, adjustment.decline_reason = AdjustmentState.DECLINED, reason
    adjustment.decided_by_id, adjustment.decided_at = by.user_id, at
    adjustment.save(update_fields=["state", "decline_reason", "decided_by", "decided_at"])
    trail.record(action="adjustment.decline", by=by, at=at, subject=adjustment, detail={"reason": reason})
    return adjustment


def _waiting(adjustment_id: int, by: Actor) -> Adjustment:
    if not by.roles & APPROVERS:
        raise NotForYou
    rows = Adjustment.everything.within(by.scope).select_for_update(of=("self",))
    adjustment = rows.get(pk=adjustment_id)
    if adjustment.state != AdjustmentState.WAITING:
        raise AlreadyDecided
    if adjustment.asked_by_id == by.user_id:
        raise AskedByYourself
    return adjustment


def _book(adjustment: Adjustment, at: datetime) -> None:
    """Given calls make a lot with the validity of the day; taken ones go the way of spending."""
    label = f"조정: {adjustment.get_reason_display()}"
    if adjustment.calls < 0:
        return _take(adjustment, label, at)
    day = seoul_day(at)
    policy = policy_on(day)
    lot = Lot.everything.create(
        member_id=adjustment.member_id, source=f"adjustment:{adjustment.pk}", label=label, policy=policy,
        quantity=adjustment.calls, remaining=adjustment.calls, earned_on=day,
        validity_months=policy.validity_months, expires_at=expires_at(day, policy.validity_months),
    )  # fmt: skip
    Entry.everything.create(
        member_id=adjustment.member_id, lot=lot, kind=EntryKind.ADJUST, calls=adjustment.calls, label=label,
        message_key=f"adjustment:{adjustment.pk}", reason=adjustment.reason, at=at,
    )  # fmt: skip
    return None


# As in spending: whoever waits sees what the other left. Nothing is taken when not all of it can be.
TAKE = """
    WITH lots AS (
        SELECT id, remaining, expires_at
          FROM sms_lot
         WHERE member_id = %(member)s AND remaining > 0 AND expires_at > %(at)s
         ORDER BY expires_at, id LIMIT %(need)s
           FOR NO KEY UPDATE
    ), offered AS (
        SELECT id, LEAST(remaining, %(need)s - (sum(remaining) OVER turn - remaining)) AS calls,
               sum(remaining) OVER () AS total
          FROM lots WINDOW turn AS (ORDER BY expires_at, id)
    ), parts AS (
        SELECT id, calls FROM offered WHERE total >= %(need)s AND calls > 0
    ), taken AS (
        UPDATE sms_lot SET remaining = remaining - parts.calls FROM parts WHERE sms_lot.id = parts.id
    )
    INSERT INTO sms_entry (member_id, lot_id, kind, calls, message_key, reason, label, at)
    SELECT %(member)s, id, 'adjust', -calls, %(key)s, %(reason)s, %(label)s, %(at)s FROM parts
"""


def _take(adjustment: Adjustment, label: str, at: datetime) -> None:
    """Raises NotEnoughToTake."""
    given: dict[str, Any] = {
        "member": adjustment.member_id, "need": -adjustment.calls, "at": at, "label": label,
        "key": f"adjustment:{adjustment.pk}", "reason": adjustment.reason,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(TAKE, given)
        if cursor.rowcount == 0:
            left = balance(adjustment.member_id, at)
            raise NotEnoughToTake(balance=left, calls=-adjustment.calls)
