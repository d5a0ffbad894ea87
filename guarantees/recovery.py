"""What the business does after the database lost its last hours: notices are planned anew, numbers jump ahead."""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Min

from guarantees.actions.expiry import plan_expiry_notices
from guarantees.documents import store
from guarantees.models import ExpiryRun, Guarantee, GuaranteeDocument, Product
from guarantees.models.expiry import RunState
from guarantees.rules.numbering import LARGEST_SEQUENCE, InvalidGuaranteeNumber, parse_number
from portal.access import Actor
from portal.clock import seoul_day
from portal.gate.models import Recovery
from portal.gate.recovery import Report, Step, register

log = logging.getLogger(__name__)

# A counter of a series that began in the lost hours is missing here, and would begin at 1 again.
_JUMP = """
    INSERT INTO guarantees_counter (series, last)
    SELECT series, %s FROM unnest(%s::text[]) AS series
    ON CONFLICT (series) DO UPDATE SET last = least(guarantees_counter.last + excluded.last, %s)
    RETURNING series
"""
_RAISE = "UPDATE guarantees_counter SET last = greatest(last, %s) WHERE series = %s"
# A sealed document names itself in its metadata, which PDF/A keeps in plain text.
PRINTED_NUMBER = re.compile(rb"[0-9]{4}-[A-Z][0-9]-[0-9]{6}-[0-9]")


def lost_days(recovery: Recovery, at: datetime) -> list[date]:
    """Days without a run inside the window, and today, whose run may have planned more than is left of it."""
    today = seoul_day(at)
    first = ExpiryRun.objects.aggregate(first=Min("run_on"))["first"] or today
    first = max(first, today - timedelta(days=recovery.days))
    had = ExpiryRun.objects.filter(run_on__gte=first).exclude(state=RunState.MISSED)
    have = set(had.values_list("run_on", flat=True))
    days = [first + timedelta(days=n) for n in range((today - first).days)]
    return [day for day in days if day not in have] + [today]


def plan_notices(*, recovery: Recovery, at: datetime) -> str:
    days = ", ".join(f"{day:%m-%d}" for day in lost_days(recovery, at))
    return f"보증해제대상 안내를 다시 세웁니다({days}). 이미 나간 문자는 중계사에 물어 다시 보내지 않습니다."


def replan(*, recovery: Recovery, by: Actor, at: datetime) -> Report:
    """The notices whose rows were lost, with the same keys. Step `doubt` then asks before any is sent."""
    days = lost_days(recovery, at)
    runs = [plan_expiry_notices(on=day, by=by, at=at) for day in days]
    return {"days": [day.isoformat() for day in days], "planned": sum(run.planned for run in runs)}


def plan_numbers(*, recovery: Recovery, at: datetime) -> str:
    return (
        f"보증서번호와 접수번호 {len(_series(recovery, at))}개 계열을 {recovery.margin:,}만큼 건너뛰고, "
        "자료에 없는 보증서 파일을 찾습니다."
    )


def jump_numbers(*, recovery: Recovery, by: Actor, at: datetime) -> Report:
    """No number of the lost hours is given again. What was printed and has no row is named: it is out there."""
    with connection.cursor() as cursor:
        cursor.execute(_JUMP, [recovery.margin, _series(recovery, at), LARGEST_SEQUENCE])
        series = len(cursor.fetchall())
        lost = lost_numbers()
        for number in lost:
            parts = parse_number(number)
            name = f"guarantee:{parts.year}:{parts.product_code}"
            cursor.execute(_RAISE, [parts.sequence, name])
    if lost:
        log.critical("%s guarantees are on paper and in no row: issued in the lost hours", len(lost))
    return {"series": series, "margin": recovery.margin, "lost_guarantees": lost[:200]}


def lost_numbers() -> list[str]:
    """The numbers on kept documents that no row knows. A file of an issue that failed is among them, unissued."""
    found = set()
    for sha256 in orphaned_files():
        for printed in PRINTED_NUMBER.findall(store().path_of(sha256).read_bytes()):
            with suppress(InvalidGuaranteeNumber):
                parse_number(printed.decode())
                found.add(printed.decode())
    known = Guarantee.everything.filter(number__in=found).values_list("number", flat=True)
    return sorted(found.difference(known))


def orphaned_files() -> Iterator[str]:
    """Hashes of kept files that no row knows."""
    names = {path.stem for path in store().root.glob("??/??/*.pdf")}
    for pair in GuaranteeDocument.everything.values_list("sha256", "sealed_sha256").iterator():
        names.difference_update(pair)
    yield from sorted(names)


def _series(recovery: Recovery, at: datetime) -> list[str]:
    """Every series there is, and every one that may have begun in the window."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT series FROM guarantees_counter")
        known = {row[0] for row in cursor.fetchall()}
    years = {seoul_day(at).year, seoul_day(at - timedelta(days=recovery.days)).year}
    codes = list(Product.objects.values_list("code", flat=True))
    begun = {f"guarantee:{year}:{code}" for year in years for code in codes}
    return sorted(known | begun | {f"application:{year}" for year in years})


register(Step("notices", "보증해제대상 안내", 20, plan_notices, replan))
register(Step("numbers", "보증서번호", 30, plan_numbers, jump_numbers))
