"""Taking from a member's limit, and changing the terms it rests on (S23, DOMAIN §2.4)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from guarantees.actions.rows import NotAllowed, NotFound
from guarantees.limits import Effect, LimitPosition, ProductPosition, effect_of, position
from guarantees.models import LimitChange, MemberLimit, Product, SubLimit
from portal.access import Actor
from portal.audit.trail import record
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from portal.won import format_won


class NoLimit(Refusal):
    """Nobody has set a limit for the member yet."""

    message = "이 조합원은 보증한도가 아직 등록되지 않았습니다. 본부 심사에 한도 등록을 요청해 주세요."


class LimitExceeded(Refusal):
    """It would take more than the limit, or the product's share of it, leaves. The sentence names every amount."""

    def __init__(self, effect: Effect) -> None:
        stands: LimitPosition | ProductPosition = effect.position
        words, total = "보증한도", effect.position.limit
        if effect.after >= 0:
            stands = own = effect.position.of(effect.product)
            words, total = f"{effect.product.name} 개별한도", own.sub_limit or 0
        super().__init__(
            f"{words}가 {format_won(effect.short)} 모자랍니다. 한도 {format_won(total)} 가운데 "
            f"{format_won(stands.used)}을 쓰고 {format_won(stands.reserved)}은 승인한 신청에 잡혀 있는데, "
            f"이 보증에는 {format_won(effect.needed)}이 필요합니다. 끝난 보증을 먼저 해제하거나 본부 심사에 "
            "한도 조정을 요청해 주세요."
        )


class NoReason(Refusal):
    """A change nobody could explain later."""

    message = "변경 사유가 비어 있습니다. 결재 번호나 평가 결과처럼 무엇에 따른 변경인지 적어 주세요."


class NothingChanges(Refusal):
    """The terms are those the member already has."""

    message = "지금과 다른 값이 없습니다. 바꿀 값을 고친 뒤 다시 저장해 주세요."


def lock_limit(member_id: int) -> MemberLimit:
    """The member's limit, locked until the transaction ends, so that nobody else takes from it meanwhile.

    To be locked after the row of the application or guarantee, before a counter. Raises NoLimit.
    """
    try:
        return MemberLimit.everything.select_for_update(of=("self",)).get(member_id=member_id)
    except MemberLimit.DoesNotExist:
        raise NoLimit from None


def require_available(
    *, limit: MemberLimit, product: Product, amount: int, day: date, leaving_out_application: int | None = None
) -> None:
    """Refuse what the limit, or the product's share of it, does not leave. The caller holds `limit` locked.

    `amount` in won is what is added, without the part that collateral covers; `leaving_out_application` is
    one whose own reservation does not count. Raises LimitExceeded.
    """
    now = position(limit, day=day, leaving_out=leaving_out_application)
    effect = effect_of(now, product=product, amount=amount)
    if not effect.fits:
        raise LimitExceeded(effect)


def terms_of(row: MemberLimit) -> dict[str, Any]:
    """The 거래 조건 as they are written down before and after a change."""
    return {
        "shares": row.shares,
        "grade": row.grade,
        "special_limit": row.special_limit,
        "post_pay_until": row.post_pay_until.isoformat() if row.post_pay_until else None,
    }


@transaction.atomic
def change_limit(
    *,
    member_id: int,
    shares: int,
    grade: str,
    special_limit: int,
    post_pay_until: date | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> MemberLimit:
    """Set a member's shares, grade, special limit and post-pay day; the first time this opens the limit.

    A limit below what is used blocks new approvals and touches nothing that stands.
    Raises NotAllowed, NotFound, NoReason, NothingChanges.
    """
    _require_reason(reason, by)
    if not Member.everything.within(by.scope).filter(pk=member_id).exists():
        raise NotFound
    defaults = {"changed_at": at}
    _row, is_new = MemberLimit.everything.get_or_create(member_id=member_id, defaults=defaults)
    row = lock_limit(member_id)
    before = {} if is_new else terms_of(row)
    row.shares, row.grade, row.special_limit, row.post_pay_until = shares, grade, special_limit, post_pay_until
    after = terms_of(row)
    if before == after:
        raise NothingChanges
    row.changed_at = at
    row.save(update_fields=["shares", "grade", "special_limit", "post_pay_until", "changed_at"])
    _write(row, before, after, reason, by, at)
    return row


@transaction.atomic
def set_sub_limit(
    *, member_id: int, product: Product, amount: int | None, reason: str, by: Actor, at: datetime
) -> MemberLimit:
    """Set the most a member may have of one product, or lift it (None).

    Raises NotAllowed, NoLimit, NoReason, NothingChanges.
    """
    _require_reason(reason, by)
    row = lock_limit(member_id)
    mine = SubLimit.everything.filter(member_id=member_id, product=product)
    stood = mine.values_list("amount", flat=True).first()
    if amount == stood:
        raise NothingChanges
    if amount is None:
        mine.delete()
    else:
        SubLimit.everything.update_or_create(member_id=member_id, product=product, defaults={"amount": amount})
    row.changed_at = at
    row.save(update_fields=["changed_at"])
    before, after = ({"sub_limits": {product.pk: value}} for value in (stood, amount))
    _write(row, before, after, reason, by, at)
    return row


def _require_reason(reason: str, by: Actor) -> None:
    if Role.HQ_UNDERWRITER not in by.roles:
        raise NotAllowed
    if not reason.strip():
        raise NoReason


def _write(
    row: MemberLimit, before: Mapping[str, Any], after: Mapping[str, Any], reason: str, by: Actor, at: datetime
) -> None:
    given = reason.strip()
    LimitChange.everything.create(
        member_id=row.member_id, before=before, after=after, reason=given, at=at, by_id=by.user_id
    )
    detail = {"before": before, "after": after, "reason": given}
    record(action="memberlimit.change", by=by, at=at, subject=row, detail=detail)
