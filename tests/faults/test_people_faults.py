"""What people change while a worker holds the message: an opt-out, a release, a new end date (I11)."""

import signal
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from guarantees.models import Guarantee
from portal import clock
from portal.access import Actor
from portal.clock import SEOUL
from portal.members.roles import Role
from sms.actions.recipients import Way, opt_out
from sms.models import Channel, Message, Purpose, Result
from sms.outbox import Draft, queue
from tests.factories import make_guarantee, make_member, make_user
from tests.faults.children import Nursery
from tests.faults.crew import Crew
from tests.faults.harness import wait_until
from tests.faults.servers import is_stopped
from tests.gateway_simulator import SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]
ENDS_ON = date(2030, 12, 31)

# Stops itself between the claim and the reading of what may still leave.
FREEZE = """
import os, signal
from sms.delivery import drain
from tests.faults import delivery_worker
frozen = []
def freeze(name):
    if name == "after_claim" and not frozen:
        frozen.append(name)
        os.kill(os.getpid(), signal.SIGSTOP)
drain.crashpoint = freeze
delivery_worker.main()
"""


def opted_out(guarantee: Guarantee) -> None:
    by = Actor.user(make_user(Role.MEMBER_REP, member=guarantee.member))
    opt_out(member_id=guarantee.member_id, by=by, at=clock.now(), way=Way.WEB)


def released(guarantee: Guarantee) -> None:
    at = clock.now()
    Guarantee.everything.filter(pk=guarantee.pk).update(state="released", released_at=at, outstanding=0)


def extended(guarantee: Guarantee) -> None:
    Guarantee.everything.filter(pk=guarantee.pk).update(ends_on=ENDS_ON + timedelta(days=90))


CHANGES = [
    ("fault-90 수신거부", opted_out, "not_a_recipient"),
    ("fault-89 해제", released, "released"),
    ("fault-89 연장", extended, "end_date_changed"),
]


@pytest.mark.parametrize(("change", "reason"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_changed_between_the_claim_and_the_call(
    nursery: Nursery, phones: SimulatorProcess, change: Callable[[Guarantee], Any], reason: str
) -> None:
    """The claim is no permission: what is committed before the call is heeded."""
    guarantee = make_guarantee(make_member(), ends_on=ENDS_ON)
    tomorrow = datetime.combine(clock.today() + timedelta(days=1), datetime.min.time(), tzinfo=SEOUL)
    ahead = (tomorrow + timedelta(hours=10) - clock.now()) / timedelta(days=1)
    with transaction.atomic():
        queue([a_notice(guarantee)], at=clock.now())
    message = Message.everything.get(key__startswith=f"notice:{guarantee.pk}")
    crew = Crew(nursery, phones, clock.now(), DAYS_AHEAD=str(ahead), LEASE="60")
    worker = nursery.start(FREEZE, **crew.told)
    wait_until(lambda: is_stopped(worker.pid), seconds=20, what="it holds the notice")
    change(guarantee)
    worker.send_signal(signal.SIGCONT)
    ends = Result.objects.filter(message=message, number=Result.LAST)
    wait_until(ends.exists, seconds=20, what=worker.said())
    assert list(ends.values_list("state", "reason")) == [("skipped", reason)]
    assert message.gateway_key not in phones.accepted_counts()


def a_notice(guarantee: Guarantee) -> Draft:
    return Draft(
        key=f"notice:{guarantee.pk}", member_id=guarantee.member_id, channel=Channel.SMS,
        purpose=Purpose.EXPIRY_NOTICE, to=guarantee.member.representative_mobile, body="보증해제대상 안내",
        reference=f"expiry:{guarantee.public_id}:{guarantee.ends_on}",
    )  # fmt: skip
