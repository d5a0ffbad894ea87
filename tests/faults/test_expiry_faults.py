"""Planner, beat and worker as real processes, killed and multiplied (faults 6, 7, 12, 19-23, 34).

Whatever happens to them, each guarantee is told to each phone exactly once: the judge counts rows.
"""

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from guarantees.models import DigestLine, ExpiryNotice, ExpiryRun, Guarantee
from portal.access import Actor
from sms.models import Message
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import make_branch, make_guarantee, make_member
from tests.faults.harness import run_python, start_python, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
ENDS = date(2026, 12, 8)  # T Mon 2026-11-23
ALONE, TOGETHER = 20, 5  # companies with one guarantee, and guarantees of one company
BY = Actor.system("시험")

PLAN = """
from datetime import date
from guarantees.actions.expiry import plan_expiry_notices
from portal import clock
from portal.access import Actor
plan_expiry_notices(on=date(2026, 11, 23), by=Actor.system("시험"), at=clock.now())
"""


def at_clock(text: str) -> str:
    """The process lives at this Seoul time; its clock runs on."""
    return f"import time_machine; time_machine.travel('{text}+09:00').start()\n"


# A beat with the portal's own timetable, and one whose tick comes every second.
BEAT = "from portal.celery import app\napp.Beat(loglevel='ERROR', schedule={schedule!r}, max_interval=1).run()\n"
EVERY_SECOND = (
    "from portal.celery import app\n"
    "app.conf.beat_schedule = {{'tick': {{'task': 'guarantees.tasks.run_expiry', 'schedule': 1.0}}}}\n"
    "app.Beat(loglevel='ERROR', schedule={schedule!r}, max_interval=1).run()\n"
)
WORKER = (
    "from portal.celery import app\n"
    "app.worker_main(['worker', '--pool=solo', '--loglevel=ERROR', '-n', {name!r}])\n"
)


@pytest.fixture
def guarantees() -> list[Guarantee]:
    fill_calendar()
    branch = make_branch()
    found = [
        make_guarantee(make_member(branch, representative_mobile=f"01000001{n:03d}"), ends_on=ENDS)
        for n in range(ALONE)
    ]
    crowded = make_member(branch, representative_mobile="01000002000")
    return [*found, *(make_guarantee(crowded, ends_on=ENDS) for _ in range(TOGETHER))]


def planned() -> int:
    return ExpiryNotice.everything.filter(state="planned").count()


def judge() -> None:
    """Each guarantee has its one notice, and each phone exactly one text that covers it."""
    assert planned() == ALONE + TOGETHER
    assert Counter(ExpiryNotice.everything.values_list("guarantee_id")).most_common(1)[0][1] == 1
    alone = Message.everything.filter(reference__startswith="guarantee:")
    digests = Message.everything.filter(reference__startswith="digest:")
    assert (alone.count(), digests.count()) == (ALONE, 1)
    assert alone.values("to").distinct().count() == ALONE
    assert DigestLine.objects.count() == TOGETHER


@contextmanager
def processes(*codes: str, **extra: str) -> Iterator[list["subprocess.Popen[str]"]]:
    """Started together; none outlives the test."""
    running = [start_python(code, **extra) for code in codes]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()


@pytest.mark.parametrize(
    ("_case", "point", "left"),
    [("fault-07 저장 전에 죽음", "plan_before_commit", 0), ("fault-06 저장 뒤에 죽음", "plan_after_commit", 25)],
)
def test_the_planner_is_killed(guarantees: list[Guarantee], _case: str, point: str, left: int) -> None:
    with processes(PLAN, PORTAL_CRASH_AT=f"{point}:1") as (killed,):
        assert killed.wait(timeout=60) == -signal.SIGKILL
    assert (planned(), ExpiryRun.objects.count()) == (left, int(bool(left)))
    run_python(PLAN)
    judge()


def test_fault_34_six_planners_at_once(guarantees: list[Guarantee]) -> None:
    """Two clerks press 지금 실행 while beat's, cron's and two workers' runs begin."""
    with processes(*[PLAN] * 6) as running:
        for process in running:
            _out, err = process.communicate(timeout=90)
            assert process.returncode == 0, err
    judge()
    assert ExpiryRun.objects.get().ticks == 6


def test_fault_20_beat_never_starts_and_cron_plans(guarantees: list[Guarantee]) -> None:
    cron = "from django.core.management import call_command\ncall_command('expiry_run', '--if-due')\n"
    for when in ("08:50", "09:00", "09:10"):
        run_python(at_clock(f"2026-11-23T{when}:00") + cron)
    judge()
    assert ExpiryRun.objects.get().ticks == 1


def test_fault_19_five_beats(guarantees: list[Guarantee], tmp_path: Path) -> None:
    """Their ticks reach one worker, several a second."""
    now = at_clock("2026-11-23T09:00:00")
    beats = [now + EVERY_SECOND.format(schedule=str(tmp_path / f"beat-{n}")) for n in range(5)]
    with processes(*beats, now + WORKER.format(name="one"), PORTAL_DATA_DIR=str(tmp_path)):
        wait_until(lambda: ExpiryRun.objects.filter(ticks__gte=12).exists(), seconds=120, what="twelve ticks")
    judge()


def test_fault_21_beat_lost_its_schedule_and_its_tick(guarantees: list[Guarantee], tmp_path: Path) -> None:
    """It was down at nine, and comes back with nothing: its next look is five past."""
    now = at_clock("2026-11-23T09:04:40")
    beat = now + BEAT.format(schedule=str(tmp_path / "fresh"))
    # Its worker came up before nine, so that nothing but beat can make up for the tick.
    worker = at_clock("2026-11-23T08:00:00") + WORKER.format(name="one")
    with processes(worker, PORTAL_DATA_DIR=str(tmp_path)):
        wait_until(lambda: (tmp_path / "worker-alive").exists(), seconds=60, what="the worker")
    assert planned() == 0
    worker = at_clock("2026-11-23T09:04:40") + WORKER.format(name="two").replace(
        "app.worker_main", "import celery.signals\ncelery.signals.worker_ready.receivers.clear()\napp.worker_main"
    )
    with processes(worker, beat, PORTAL_DATA_DIR=str(tmp_path)):
        wait_until(lambda: planned() > 0, seconds=90, what="the tick at 09:05")
        wait_until(
            lambda: ExpiryRun.objects.filter(finished_at__isnull=False).exists(), seconds=30, what="its row"
        )
    judge()


def test_fault_23_a_hundred_ticks_at_once(guarantees: list[Guarantee], tmp_path: Path) -> None:
    now = at_clock("2026-11-23T09:00:00")
    ring = "from guarantees.tasks import run_expiry\nfor _ in range(100):\n    run_expiry.delay()\n"
    run_python("from portal.celery import app\napp.finalize()\n" + ring, PORTAL_DATA_DIR=str(tmp_path))
    workers = [now + WORKER.format(name=name) for name in ("one", "two")]
    with processes(*workers, PORTAL_DATA_DIR=str(tmp_path)):
        wait_until(lambda: ExpiryRun.objects.filter(ticks__gte=100).exists(), seconds=180, what="a hundred ticks")
    judge()


def test_fault_12_a_worker_that_comes_back_after_three_days_looks_by_itself(
    guarantees: list[Guarantee], tmp_path: Path
) -> None:
    """No beat at all: Thursday 2026-11-26, three silent days."""
    run_python(PLAN.replace("11, 23", "11, 20"))
    assert planned() == 0
    worker = at_clock("2026-11-26T10:00:00") + WORKER.format(name="one")
    with processes(worker, PORTAL_DATA_DIR=str(tmp_path)):
        wait_until(lambda: planned() > 0, seconds=90, what="the worker's own look")
    judge()
    assert set(ExpiryNotice.everything.values_list("is_late", flat=True)) == {True}
    assert list(ExpiryRun.objects.order_by("run_on").values_list("state", flat=True)) == [
        "done",
        *["missed"] * 5,
        "done",
    ]
