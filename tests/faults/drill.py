"""The days before, in and after a loss, each played by a process: `python -m tests.faults.drill DAY`.

What a day found is its last line, as JSON.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - after Django is ready
from django.db import DatabaseError, connection, transaction  # noqa: E402

from guarantees.actions import issuing  # noqa: E402
from guarantees.actions.expiry import plan_expiry_notices  # noqa: E402
from guarantees.models import Application, Guarantee  # noqa: E402
from portal import invariants  # noqa: E402
from portal.access import Actor  # noqa: E402
from portal.audit.sealing import seal  # noqa: E402
from portal.gate import recovery  # noqa: E402
from portal.gate.actions.recovering import approve, ask  # noqa: E402
from portal.gate.actions.watching import watch  # noqa: E402
from portal.gate.door import GateClosed, is_open  # noqa: E402
from portal.gate.models import RecoveryKind  # noqa: E402
from portal.members.models import User  # noqa: E402
from portal.members.roles import Role  # noqa: E402
from sms.delivery.drain import drain  # noqa: E402
from sms.gateways.registry import gateway  # noqa: E402
from sms.models import Batch, Channel, Message, Purpose, Result  # noqa: E402
from sms.outbox import Draft, queue  # noqa: E402
from tests.calendar_2024_2030 import fill_calendar  # noqa: E402
from tests.factories import at, make_guarantee, make_member, make_user  # noqa: E402
from tests.stories import admin, approved, make_cast  # noqa: E402

NOON = at("2026-11-20 12:00")  # a Friday
SYSTEM = Actor.system("훈련")
Report = dict[str, Any]


def before() -> Report:
    """What the backup knows: one guarantee issued and told, three due today, a text waiting, two approvals."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    fill_calendar()
    cast = make_cast()
    applications = [approved(cast, contact_mobile=f"0100000020{n}") for n in range(3)]
    first = issue(applications[0].pk)
    deliver()
    for _ in range(3):
        make_guarantee(make_member(cast.branch), ends_on=date(2026, 12, 5), imported_at=NOON - timedelta(days=9))
    make_user(Role.IT_SUPPORT, username="one")
    make_user(Role.IT_SUPPORT, username="other")
    tell("waiting", "01000000300")
    seal(at=NOON)
    watch(by=SYSTEM, at=NOON)
    return {"first": first.number, "open": is_open(), "sent": ended()}


def lost() -> Report:
    """What no backup knows: notices and the waiting text went out, a second guarantee was issued."""
    plan_expiry_notices(on=NOON.date(), by=SYSTEM, at=NOON)
    second = issue(Application.everything.filter(state="approved").earliest("id").pk)
    deliver()
    watch(by=SYSTEM, at=NOON)
    return {"second": second.number, "sent": ended(), "number": Guarantee.everything.count()}


def after() -> Report:
    """The next morning on the other database: shut, recovered, checked, and at work again."""
    found: Report = {"open_unseen": is_open()}
    gate = watch(by=SYSTEM, at=NOON)
    found |= {"open": gate.is_open, "reason": gate.reason, "taken": deliver(), "issued": may_issue()}
    one, other = (User.objects.get(username=name) for name in ("one", "other"))
    wanted = ask(kind=RecoveryKind.AFTER_LOSS, reason="훈련", by=admin(one), at=NOON)
    approve(recovery_id=wanted.pk, by=admin(other), at=NOON)
    found["lost"] = recovery.carry_out(recovery_id=wanted.pk, by=SYSTEM, at=NOON).done["numbers"][
        "lost_guarantees"
    ]
    watch(by=SYSTEM, at=NOON)
    Batch.objects.filter(state="unknown").update(not_before=NOON - timedelta(days=1))
    deliver()
    number = issue(Application.everything.filter(state="approved").earliest("id").pk).number
    deliver()
    seal(at=NOON)
    left = list(Batch.objects.exclude(state="done").exclude(channel="email").values_list("state", "trouble"))
    wrong = [[each.code, each.count, each.samples] for each in invariants.violations(NOON + timedelta(hours=1))]
    return {**found, "open_again": is_open(), "number": number, "left": left, "wrong": wrong, "texts": ended()}


def naive() -> Report:
    """The control: somebody opens the gate and goes on as if nothing had happened."""
    one, other = (User.objects.get(username=name) for name in ("one", "other"))
    wanted = ask(kind=RecoveryKind.AFTER_LOSS, reason="훈련", by=admin(one), at=NOON)
    approve(recovery_id=wanted.pk, by=admin(other), at=NOON)
    recovery._steps.clear()
    recovery.carry_out(recovery_id=wanted.pk, by=SYSTEM, at=NOON)
    plan_expiry_notices(on=NOON.date(), by=SYSTEM, at=NOON)
    deliver()
    return {"number": issue(Application.everything.filter(state="approved").earliest("id").pk).number}


def on_standby() -> Report:
    """Reading works; a claim and a number are refused by the server itself."""
    found: Report = {"guarantees": Guarantee.everything.filter(is_imported=False).count()}
    for name, act in (("issued", may_issue), ("taken", deliver)):
        try:
            found[name] = act()
        except DatabaseError:
            found[name] = "refused"
    return found


def on_full_disk() -> Report:
    """The table of results cannot grow any more; then a worker sends what waits."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        with suppress(DatabaseError):
            while True:
                cursor.execute(
                    """INSERT INTO sms_result (message_id, number, state, reason, gateway, provider_ref, at)
                       SELECT -nextval('sms_message_id_seq'), 1, 'deferred', '', '', '', now()
                         FROM generate_series(1, 500)"""
                )
        cursor.execute("SET session_replication_role = origin")
    drafts = [
        Draft(
            key=f"full:{n}", member_id=Guarantee.everything.latest("id").member_id, channel=Channel.SMS,
            purpose=Purpose.ISSUED, to=f"0100000{n:04d}", body="[설비공제]발급",
        )
        for n in range(400)
    ]  # fmt: skip
    with transaction.atomic():
        queue(drafts, at=NOON)
    failed = False
    try:
        deliver()
    except DatabaseError:
        failed = True
    texts = Message.everything.exclude(channel="email").count()
    return {"failed": failed, "accepted": ended(), "texts": texts - ended()}


def room_again() -> Report:
    """The lease of the worker that could not write runs out; what it sent is asked for."""
    Batch.objects.filter(state="claimed").update(lease_until=NOON - timedelta(days=1))
    for _ in range(3):
        deliver()
        Batch.objects.filter(state="unknown").update(not_before=NOON - timedelta(days=1))
    texts = Batch.objects.exclude(channel="email").values_list("state")
    return {"states": sorted(Counter(state for (state,) in texts).items()), "accepted": ended()}


def issue(application_id: int) -> Guarantee:
    officer = User.objects.get(full_name="박다솜")
    return issuing.issue(
        application_id=application_id, by=admin(officer), at=NOON, agreement_confirmed=True, fee_confirmed=True
    )


def may_issue() -> bool:
    try:
        with transaction.atomic():
            issue(Application.everything.filter(state="approved").earliest("id").pk)
    except GateClosed:
        return False
    return True


def tell(key: str, to: str) -> None:
    member = make_member()
    draft = Draft(
        key=key, member_id=member.pk, channel=Channel.SMS, purpose=Purpose.ISSUED, to=to, body="[설비공제]발급"
    )
    with transaction.atomic():
        queue([draft], at=NOON)


def deliver() -> int:
    """Several rounds, an hour apart, as the day goes on."""
    return sum(drain(now=lambda h=hours: NOON + timedelta(hours=h), gateway=gateway()) for hours in (0, 1, 2, 3))


def ended() -> int:
    """Texts that were accepted, by our own books."""
    texts = Message.everything.exclude(channel="email").values_list("id", flat=True)
    return Result.objects.filter(number=Result.LAST, state="accepted", message_id__in=texts).count()


DAYS: dict[str, Callable[[], Report]] = {
    day.__name__: day for day in (before, lost, after, naive, on_standby, on_full_disk, room_again)
}

if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(DAYS[sys.argv[1]]())}\n")
