"""What the desk has to look at about limits today."""

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from guarantees.limits import all_outstanding, ceiling_on, members_without_limit, near_the_limit, with_totals
from guarantees.models import MemberLimit
from guarantees.rules.limit import CAPITAL_TIMES, is_near
from portal.clock import seoul_day
from portal.desk.buttons import held_roles
from portal.desk.scoped import visible
from portal.desk.worklists import Work, worklist
from portal.members.models import Member
from portal.members.roles import BUSINESS_ROLES, Role

UNDERWRITERS = frozenset({Role.HQ_UNDERWRITER})
SEES_THE_WHOLE = frozenset({Role.HQ_UNDERWRITER, Role.POLICY_ADMIN, Role.AUDITOR})


@worklist(15)
def limit_works(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """The cooperative against its legal ceiling, and the members who are near theirs."""
    roles, today = held_roles(request), seoul_day(at)
    if roles & SEES_THE_WHOLE:
        ceiling, outstanding = ceiling_on(today), all_outstanding()
        url = reverse("admin:guarantees_capital_changelist")
        if ceiling is None:
            yield Work("조합 자본 미등록", 1, url, "조합 전체 보증한도를 계산할 수 없습니다.", is_urgent=True)
        else:
            note = f"출자금과 적립금의 {CAPITAL_TIMES}배까지 (담보로 보전된 금액 제외)"
            is_high = is_near(ceiling, outstanding)
            yield Work("조합 전체 보증 잔액", outstanding, url, note, is_urgent=is_high, ceiling=ceiling)
    if roles & BUSINESS_ROLES:
        near = near_the_limit(with_totals(visible(MemberLimit, request).order_by(), day=today)).count()
        url = reverse("admin:guarantees_memberlimit_changelist")
        yield Work("한도를 90% 넘게 쓴 조합원", near, f"{url}?queue=near", "모자란 조합원도 들어갑니다.")
    if roles & UNDERWRITERS:
        url = reverse("admin:guarantees_memberlimit_add")
        without = members_without_limit(visible(Member, request)).order_by().count()
        yield Work("한도 미등록 조합원", without, url, "등록해야 승인할 수 있습니다.")
