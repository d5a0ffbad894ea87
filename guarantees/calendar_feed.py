"""What a calendar programme reads by a person's secret address: ends, notices and supplements as whole days.

iCalendar, RFC 5545. Of a guarantee it says kind, number and contract; no amount, no name of a person, no number of
a person or a company, for the address may end up in other people's calendars.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event

from guarantees.deliveries import hash_of
from guarantees.models import Application, CalendarFeed, Guarantee
from guarantees.rules.expiry import qualifies, send_date
from guarantees.rules.states import ApplicationState, GuaranteeState
from portal.businessdays.rules import BusinessCalendar
from portal.members.models import MemberStatus, User

MOST_GUARANTEES = 2_000  # those that end first; a programme that reads more than half a megabyte gives up
READ_AGAIN = timedelta(hours=12)


def reader_of(secret: str) -> User | None:
    """Whose calendar a secret opens; None for one unknown or revoked, or whose owner may not sign in any more."""
    rows = CalendarFeed.everything.filter(
        secret_hash=hash_of(secret), user__is_active=True, user__member__status=MemberStatus.ACTIVE
    )
    feed = rows.select_related("user").first()
    return None if feed is None else feed.user


def calendar_of(user: User, *, calendar: BusinessCalendar) -> bytes:
    """The person's calendar. The same rows give the same bytes, so that programmes are told "not modified"."""
    made = Calendar()
    made.add("prodid", "-//guarantee portal//calendar//KO")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"{settings.COOPERATIVE['name']} 보증 일정")
    made.add("x-wr-timezone", settings.TIME_ZONE)
    made.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    for event in [*_guarantees(user, calendar), *_supplements(user)]:
        made.add_component(event)
    return made.to_ical()


def _guarantees(user: User, calendar: BusinessCalendar) -> Iterator[Event]:
    rows = Guarantee.objects.for_user(user).filter(state=GuaranteeState.ACTIVE).select_related("product")
    for row in rows.order_by("ends_on", "id")[:MOST_GUARANTEES]:
        url = reverse("guarantees:guarantee", args=[row.public_id])
        since = datetime.combine(row.issued_on, time(), tzinfo=UTC)
        name = f"{row.product} {row.number}"
        yield _event(f"ends-{row.public_id}", row.ends_on, f"[보증 종료] {name}", row.contract_name, url, since)
        if qualifies(expiry_sms=row.product.expiry_sms, outstanding=row.outstanding):
            told_on, ends = send_date(row.ends_on, calendar), f"{row.ends_on:%-m월 %-d일} 종료"
            text = f"{row.contract_name} ({ends})"
            yield _event(f"told-{row.public_id}", told_on, f"[해제대상 안내 문자] {name}", text, url, since)


def _supplements(user: User) -> Iterator[Event]:
    rows = Application.objects.for_user(user).filter(state=ApplicationState.SUPPLEMENT).select_related("product")
    for row in rows.order_by("supplement_due_on", "id"):
        url = reverse("guarantees:application", args=[row.public_id])
        title = f"[보완 기한] {row.product} {row.number}"
        yield _event(
            f"supplement-{row.public_id}", row.supplement_due_on, title, row.contract_name, url, row.changed_at
        )


def _event(uid: str, on: date, title: str, text: str, path: str, since: datetime) -> Event:
    """A whole day that takes nobody's time."""
    event = Event()
    event.add("uid", f"{uid}@guarantee-portal")
    event.add("dtstamp", since.replace(microsecond=0))
    event.add("dtstart", on)
    event.add("dtend", on + timedelta(days=1))
    event.add("summary", title)
    event.add("description", text)
    event.add("url", settings.PUBLIC_URL + path)
    event.add("transp", "TRANSPARENT")
    return event
