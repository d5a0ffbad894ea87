"""What the guarantee business has to do today."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from guarantees.actions.expiry import preview
from guarantees.actions.expiry_watch import has_run
from guarantees.admin.applications import queue
from guarantees.models import Application, ExpiryNotice, Guarantee
from guarantees.models.expiry import NoticeState
from guarantees.queries import OPEN_STATES
from portal.access import Reach, scope_of
from portal.businessdays.models import business_calendar
from portal.clock import seoul_day
from portal.desk.buttons import held_roles
from portal.desk.scoped import visible
from portal.desk.worklists import Work, worklist
from portal.members.roles import BUSINESS_ROLES
from portal.templatetags.portal_ui import korean_date

MISSED_WITHIN = timedelta(days=30)
QUEUES = {"submitted": "심사 대기", "mine": "내가 심사 중", "due": "보완 기한 임박", "issue": "승인 후 발급 대기"}


@worklist(10)
def applications(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """The queues, counted in one pass over what is open."""
    if not held_roles(request) & BUSINESS_ROLES:
        return
    rows = visible(Application, request).order_by().filter(state__in=OPEN_STATES)
    counts = rows.aggregate(**{name: Count("pk", filter=queue(name, request)) for name in QUEUES})
    url = reverse("admin:guarantees_application_changelist")
    for name, label in QUEUES.items():
        yield Work(label, counts[name], f"{url}?queue={name}", is_urgent=name == "due")


@worklist(20)
def expiry(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """The notices of the next business day, those that came too late, and a run that did not happen."""
    if not held_roles(request) & BUSINESS_ROLES:
        return
    calendar, today = business_calendar(), seoul_day(at)
    day = calendar.next_after(today)
    numbers = [notice.guarantee for notice in preview(on=day).planned]
    sees_all = scope_of(request.user).reach is Reach.EVERYTHING
    count = len(numbers)
    if count and not sees_all:
        count = visible(Guarantee, request).order_by().filter(number__in=numbers).count()
    url = reverse("admin:guarantees_expiryrun_preview")
    yield Work("나갈 만료 문자", count, f"{url}?date={day:%Y-%m-%d}", f"다음 영업일 {korean_date(day)}")
    notices = visible(ExpiryNotice, request).order_by()
    since = today - MISSED_WITHIN
    missed = notices.filter(state=NoticeState.MISSED, ends_on__gte=since).count()
    url = reverse("admin:guarantees_expirynotice_changelist")
    yield Work(
        "기한 지난 안내",
        missed,
        f"{url}?state__exact=missed&ends_on__gte={since}",
        "최근 30일에 끝난 보증",
        is_urgent=True,
    )
    if sees_all:
        yesterday = today - timedelta(days=1)
        is_missing = not has_run(yesterday)
        url = reverse("admin:guarantees_expiryrun_changelist")
        yield Work("기록 없는 실행", int(is_missing), url, f"어제 {korean_date(yesterday)}", is_urgent=True)
