"""What a change (배서) of a living guarantee may be (DOMAIN §2.4, §2.5). Amounts in whole won."""

from dataclasses import dataclass
from datetime import date

from portal.won import format_won


@dataclass(frozen=True)
class Terms:
    """What a change can change. Both days are inclusive."""

    amount: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Finding:
    """One thing to correct. `field` is a field of the form."""

    field: str
    message: str


def findings(
    old: Terms, new: Terms, *, outstanding: int, contract_amount: int | None, today: date
) -> list[Finding]:
    """Everything that keeps the change from being asked for, in the order of the form."""
    found = []
    if new == old:
        found.append(Finding("amount", "바뀐 내용이 없습니다. 보증금액이나 보증기간을 고쳐 주세요."))
    if outstanding_after(old, new, outstanding) <= 0:
        released = format_won(old.amount - outstanding)
        found.append(
            Finding(
                "amount", f"이미 {released}이 해제된 보증입니다. 그보다 큰 금액으로 고치거나 해제를 요청해 주세요."
            )
        )
    if contract_amount and new.amount > max(contract_amount, old.amount):
        limit = format_won(contract_amount)
        found.append(Finding("amount", f"보증금액이 계약금액 {limit}보다 큽니다. 계약금액 이하로 고쳐 주세요."))
    if new.ends_on < new.starts_on:
        found.append(Finding("ends_on", "보증 종료일이 시작일보다 빠릅니다. 두 날짜를 다시 확인해 주세요."))
    elif new.ends_on <= today:
        found.append(Finding("ends_on", "보증 종료일이 이미 지났거나 오늘입니다. 내일 이후의 날짜로 고쳐 주세요."))
    return found


def outstanding_after(old: Terms, new: Terms, outstanding: int) -> int:
    """What is outstanding under the new amount: what was released before stays released."""
    return outstanding + new.amount - old.amount


def deciding_amount(old: Terms, new: Terms) -> int:
    """The amount that says who may decide: the larger of the two."""
    return max(old.amount, new.amount)
