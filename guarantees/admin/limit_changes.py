"""A change of a member's terms in words: what it was, what it becomes, and what that leaves of the limit."""

import hashlib
from typing import Any

from guarantees.actions.limits import terms_of
from guarantees.limits import limit_policy_on, limit_under, position
from guarantees.models import LimitChange, MemberLimit
from guarantees.models.limits import GRADES
from guarantees.rules.limit import available
from portal import clock
from portal.desk.buttons import Facts
from portal.desk.cells import EMPTY, won

GRADE_LABELS = dict(GRADES)
LABELS = {
    "shares": "출자좌수",
    "grade": "신용등급",
    "special_limit": "특별한도",
    "post_pay_until": "후납 허용 기한",
    "sub_limits": "개별한도",
}


def fingerprint(row: MemberLimit, wanted: dict[str, Any]) -> str:
    """One change as the person was shown it: from what, to what."""
    return hashlib.sha256(repr((row.changed_at, terms_of(row), wanted)).encode()).hexdigest()


def effect(row: MemberLimit, wanted: dict[str, Any]) -> Facts:
    """Before and after, and what it does to the limit."""
    today = clock.today()
    now = position(row, day=today)
    after = limit_under(
        limit_policy_on(today),
        shares=wanted["shares"],
        grade=wanted["grade"],
        special_limit=wanted["special_limit"],
    )
    left = available(after, now.used, now.reserved)
    stands = {name: getattr(row, name) for name in wanted}
    facts = [("조합원", row.member.name)]
    facts += [(LABELS[name], arrow(worded(name, stands[name]), worded(name, wanted[name]))) for name in wanted]
    facts += [("한도", arrow(won(now.limit), won(after))), ("남은 한도", arrow(won(now.available), won(left)))]
    if left < 0:
        facts.append(("주의", "쓴 금액이 한도보다 많아져 새 승인이 막힙니다. 이미 나간 보증은 그대로 유효합니다."))
    return facts


def told(one: LimitChange) -> str:
    """What a change changed, in words; the first one only what it set."""
    parts = []
    for name, label in LABELS.items():
        if name not in one.after or one.before.get(name) == one.after[name]:
            continue
        if name == "sub_limits":
            stood = one.before.get(name) or {}
            parts += [
                f"{code} {label} {arrow(won(stood.get(code)), won(now))}" for code, now in one.after[name].items()
            ]
        else:
            now = worded(name, one.after[name])
            parts.append(f"{label} {arrow(worded(name, one.before[name]), now) if one.before else now}")
    return ", ".join(parts)


def worded(name: str, value: Any) -> str:
    """A term as people read it."""
    match name:
        case "shares":
            return EMPTY if value is None else f"{value:,}좌"
        case "grade":
            return GRADE_LABELS.get(value, EMPTY)
        case "special_limit":
            return won(value)
    return str(value or EMPTY)


def arrow(before: str, after: str) -> str:
    """Both, or one where they are the same."""
    return after if before == after else f"{before} → {after}"
