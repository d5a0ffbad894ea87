"""A process is killed inside the transaction of an issue: nothing of it is left, and the number is given again.

And the worker that issues is one that Celery forked: it prints and seals in the child.
"""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from guarantees.actions import issuing
from guarantees.documents import content_of
from guarantees.models import Application, Guarantee, GuaranteeDocument
from portal.access import Actor
from tests.factories import at
from tests.faults.children import Nursery
from tests.faults.harness import ROOT, environment, run_python, wait_until
from tests.stories import FRIDAY, Cast, admin, approved, make_cast, traces

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
AT = at("2026-11-20 13:00")
# Where the process dies: on entering a function of ours, from the first row written to the last.
POINTS = ["numbers.py next_in", "documents.py make_document", "storage.py _sync_folder",
          "deliveries.py queue_delivery", "issuing.py _earn", "notices.py issued"]  # fmt: skip
ISSUE = """
import os, signal, sys
from guarantees.actions import issuing
from portal.access import Actor
from tests.factories import at
FILE, FUNCTION = {point!r}.split()
def trace(frame, event, argument):
    code = frame.f_code
    if code.co_name == FUNCTION and code.co_filename.endswith("/" + FILE) and "guarantees" in code.co_filename:
        os.kill(os.getpid(), signal.SIGKILL)
sys.settrace(trace)
issuing.issue_paid(application_id={application}, by=Actor.system("시험"), at=at("2026-11-20 13:00"))
"""


def fee_paid(cast: Cast) -> Application:
    application = approved(cast, delivery_channel="email", beneficiary_email="to@example.kr")
    Application.everything.filter(pk=application.pk).update(state="fee_paid", signed_at=FRIDAY, fee_paid_at=FRIDAY)
    return application


@pytest.mark.parametrize("point", POINTS)
def test_killed_inside_the_transaction(nursery: Nursery, point: str) -> None:
    """fault-14: whatever process issues. fault-16: `_sync_folder` stands between the file's name and its row."""
    application = fee_paid(make_cast())
    before = traces()
    process = nursery.start(ISSUE.format(point=point, application=application.pk))
    assert process.wait(60) == -signal.SIGKILL, process.said()
    wait_until(lambda: traces() == before, seconds=5, what="the transaction rolled back")
    guarantee = issuing.issue_paid(application_id=application.pk, by=Actor.system("시험"), at=AT)
    assert guarantee.number == "2026-C1-000001-2"
    assert len(content_of(GuaranteeDocument.everything.get())) > 10_000


def test_killed_after_the_commit_it_is_issued_once(nursery: Nursery) -> None:
    """fault-15: the answer was lost; the next try finds the guarantee."""
    cast = make_cast()
    application = fee_paid(cast)
    code = ISSUE.format(point="nowhere.py nothing", application=application.pk)
    process = nursery.start(f"{code}\nos.kill(os.getpid(), signal.SIGKILL)")
    assert process.wait(60) == -signal.SIGKILL, process.said()
    before = traces()
    again = issuing.issue(
        application_id=application.pk,
        by=admin(cast.officer),
        at=AT,
        agreement_confirmed=False,
        fee_confirmed=False,
    )
    assert (again.number, traces()) == ("2026-C1-000001-2", before)


def test_a_forked_worker_prints_and_seals(tmp_path: Path) -> None:
    fee_paid(make_cast())
    data = tmp_path / "data"
    (data / "static").mkdir(parents=True)
    told = {"PORTAL_DATA_DIR": str(data)}
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "portal", "worker", "-P", "prefork", "-c", "2",
             "--without-gossip", "--without-mingle"],
            cwd=ROOT, env=environment(**told), stdout=log, stderr=log,
        )  # fmt: skip
        try:
            run_python("from guarantees.tasks import issue_paid_applications as issue; issue.delay()", **told)
            wait_until(Guarantee.everything.exists, seconds=90, what=(tmp_path / "log").read_text())
        finally:
            worker.terminate()
            worker.wait(timeout=60)
    document = GuaranteeDocument.everything.get()
    assert (data / "documents" / document.sha256[:2] / document.sha256[2:4] / f"{document.sha256}.pdf").is_file()
