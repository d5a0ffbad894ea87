"""Terms of the mileage as tests need them: approved by two people, announced in time."""

from datetime import date, timedelta

from portal.members.models import User
from portal.members.roles import Role
from sms.models import MileagePolicy, Suspension
from tests.factories import at, make_user


def policy_from(day: str, *, notice_days: int = 31, **terms: object) -> MileagePolicy:
    """An approved policy in force from `day`, announced `notice_days` before."""
    return MileagePolicy.objects.create(
        **{**_announced(day, notice_days), "effective_from": date.fromisoformat(day), **terms}
    )


def suspension_of(first: str, last: str, *, notice_days: int = 31) -> Suspension:
    """An approved suspension from `first` to `last`, both included."""
    return Suspension.objects.create(
        **_announced(first, notice_days), starts_on=date.fromisoformat(first), ends_on=date.fromisoformat(last),
        reason="설비 점검",
    )  # fmt: skip


def policy_admin() -> User:
    """Someone of the policy department."""
    return make_user(Role.POLICY_ADMIN)


def _announced(day: str, notice_days: int) -> dict[str, object]:
    published = at(f"{day} 09:00") - timedelta(days=notice_days)
    return {
        "published_at": published, "notice": "마일리지 안내", "notice_url": "https://example.kr/notice/1",
        "made_by": policy_admin(), "checked_by": policy_admin(), "checked_at": published + timedelta(days=1),
    }  # fmt: skip
