"""Limits that fit what each company of the demo has: most have room, one is nearly full, one was cut below use."""

from datetime import date, datetime, timedelta

from django.db.models import Sum

from guarantees.actions.limits import change_limit, set_sub_limit
from guarantees.limits import all_outstanding, limit_policy_on
from guarantees.models import Capital, Guarantee, Product
from guarantees.rules.limit import CAPITAL_TIMES, USING_STATES
from portal.access import Actor
from portal.clock import seoul_day
from portal.members.models import Member, User

GRADES = ("AA", "A", "BBB", "BB", "A", "BBB", "AAA", "B", "none")
# Per cent of the limit in use, company by company; of the first three the second is nearly full, the third cut.
FIRST_USED = (62, 97, 84)
USED = (74, 48, 81, 35, 56)
CUT, CUT_TO = 2, "BB"
COOPERATIVE_USED_PCT = 58


def make_limits(members: list[Member], at: datetime) -> None:
    """Open every member's limit a year ago, then tell the two stories of change."""
    by = Actor.user(User.objects.get(username="hq"))
    today = seoul_day(at)
    unit_limit, pct = limit_policy_on(today).unit_limit, limit_policy_on(today).grade_pct
    using = Guarantee.everything.filter(state__in=USING_STATES).order_by()
    used = dict(using.values_list("member_id").annotate(won=Sum("outstanding")))
    opened_at = at - timedelta(days=320)
    for serial, member in enumerate(members):
        grade = GRADES[serial % len(GRADES)]
        share = FIRST_USED[serial] if serial < len(FIRST_USED) else USED[serial % len(USED)]
        wanted = used.get(member.pk, 0) * 100 // share
        shares = -(-wanted * 100 // (unit_limit * pct[grade]))
        _set(member, shares, grade, "최초 등록: 출자와 신용평가", by, opened_at)
        if serial == CUT:
            _set(member, shares, CUT_TO, "정기 신용평가 등급 하락", by, at - timedelta(days=12))
    set_sub_limit(
        member_id=members[0].pk, product=Product.objects.get(code="P1"), amount=1_500_000_000,
        reason="하도급대금 보증 집중 관리", by=by, at=at - timedelta(days=40),
    )  # fmt: skip
    capital = all_outstanding() * 100 // (COOPERATIVE_USED_PCT * CAPITAL_TIMES)
    Capital.objects.create(
        effective_from=date(today.year, 1, 1),
        amount=max(capital // 1_000_000, 1) * 1_000_000,
        approval_number="결산",
    )


def _set(member: Member, shares: int, grade: str, reason: str, by: Actor, at: datetime) -> None:
    change_limit(
        member_id=member.pk, shares=shares, grade=grade, special_limit=0, post_pay_until=None, reason=reason,
        by=by, at=at,
    )  # fmt: skip
