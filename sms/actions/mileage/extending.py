"""More time for lots that live: by a better policy, or by days on which nothing could be spent (rules 8, 9)."""

from datetime import date, datetime, time
from typing import Any

from django.db import connection, transaction

from portal.clock import SEOUL, seoul_day
from sms.models import Lot, MileagePolicy, Suspension
from sms.rules.mileage import expires_at

# The lots of whoever spends are locked in the same order, so that neither waits for the other.
EXTEND = """
    WITH lots AS MATERIALIZED (
        SELECT lot.id, lot.member_id, lot.expires_at AS was, {until} AS until
          FROM sms_lot AS lot {terms}
         WHERE lot.expires_at > %(start)s AND lot.earned_on < %(day)s AND {until} > lot.expires_at
         ORDER BY lot.member_id, lot.expires_at, lot.id
           FOR NO KEY UPDATE OF lot
    ), moved AS (
        UPDATE sms_lot SET expires_at = lots.until, {terms_of_lot} FROM lots WHERE sms_lot.id = lots.id
    )
    INSERT INTO sms_extension (member_id, lot_id, policy_id, suspension_id, old_expires_at, new_expires_at, at)
    SELECT member_id, id, %(policy)s::bigint, %(suspension)s::bigint, was, until, %(at)s FROM lots
"""
BY_POLICY = EXTEND.format(
    terms="JOIN unnest(%(days)s::date[], %(untils)s::timestamptz[]) AS better (day, until) ON day = earned_on",
    until="better.until + make_interval(days => lot.extended_days)",
    terms_of_lot="validity_months = %(months)s",
)
BY_SUSPENSION = EXTEND.format(
    terms="",
    until="lot.expires_at + make_interval(days => %(length)s)",
    terms_of_lot="extended_days = extended_days + %(length)s",
)


def extend_lots(at: datetime) -> int:
    """Give living lots the time that terms in force by `at` owe them, once each. Returns how many were extended.

    A lot lives when it was earned before the terms' day and had not lapsed when that day began. Terms are taken
    in the order of their days; run late, it gives the same.
    """
    today = seoul_day(at)
    due: list[tuple[date, MileagePolicy | Suspension]] = []
    for policy in MileagePolicy.objects.approved().filter(extended_at__isnull=True, effective_from__lte=today):
        due.append((policy.effective_from, policy))
    for suspension in Suspension.objects.approved().filter(extended_at__isnull=True, starts_on__lte=today):
        due.append((suspension.starts_on, suspension))
    return sum(_extend(terms, day, at) for day, terms in sorted(due, key=lambda pair: pair[0]))


@transaction.atomic
def _extend(terms: MileagePolicy | Suspension, day: date, at: datetime) -> int:
    """Under the lock of the terms, which remember that it is done."""
    locked = type(terms).objects.select_for_update(of=("self",)).get(pk=terms.pk)
    if locked.extended_at is not None:
        return 0
    start = datetime.combine(day, time(), tzinfo=SEOUL)
    given: dict[str, Any] = {"day": day, "start": start, "at": at, "policy": None, "suspension": None}
    with connection.cursor() as cursor:
        if isinstance(locked, MileagePolicy):
            cursor.execute(BY_POLICY, {**given, **_better(locked, start)})
        else:
            cursor.execute(BY_SUSPENSION, {**given, "suspension": locked.pk, "length": locked.days})
        extended = cursor.rowcount
    locked.extended_at = at
    locked.save(update_fields=["extended_at"])
    return extended


def _better(policy: MileagePolicy, start: datetime) -> dict[str, Any]:
    """When lots of each day would lapse under this policy; the rule of months stays in one place."""
    living = Lot.everything.filter(expires_at__gt=start, earned_on__lt=policy.effective_from)
    days = list(living.order_by("earned_on").values_list("earned_on", flat=True).distinct())
    untils = [expires_at(day, policy.validity_months) for day in days]
    return {"policy": policy.pk, "months": policy.validity_months, "days": days, "untils": untils}
