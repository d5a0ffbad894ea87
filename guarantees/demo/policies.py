"""Dated terms the demo shows beside the opening ones: one in force, one announced, one waiting for its checker."""

from datetime import datetime, timedelta

from guarantees.models import FeeAdjustment, ScreeningPolicy
from portal.clock import seoul_day
from portal.members.models import Member, User

AUTO_SCREENED_UP_TO = 50_000_000  # won


def make_policies(member: Member, at: datetime) -> None:
    """Automatic screening for small amounts, a discount of 5 % for `member`, and a change to come."""
    today = seoul_day(at)
    ScreeningPolicy.objects.create(
        effective_from=today - timedelta(days=60),
        approval_number="데모-2026-01",
        auto_screening_up_to=AUTO_SCREENED_UP_TO,
    )
    ScreeningPolicy.objects.create(
        effective_from=today + timedelta(days=30),
        approval_number="데모-2026-02",
        auto_screening_up_to=AUTO_SCREENED_UP_TO,
        supplement_business_days=15,
        made_by=User.objects.get(username="policy"),
    )
    FeeAdjustment.everything.create(
        member=member,
        effective_from=today - timedelta(days=30),
        approval_number="데모-2026-03",
        disc_bp=500,
        reason="이용 실적 우수 조합원",
    )
