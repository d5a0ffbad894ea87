"""The process dies at any line of an issue: nothing is left of it, and the next try issues without a gap.

An issue is stopped at every line of its own modules, one line a time; the slow run stops both ways of issuing at
every line of the package, down to print and seal.
The same with processes that are really killed: tests/faults/test_issue_killed.py.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.db import transaction

import guarantees
from guarantees.actions import issuing
from guarantees.models import Application, Guarantee, GuaranteeDocument
from portal.access import Actor
from tests.factories import at
from tests.stories import FRIDAY, Cast, admin, approved, make_cast, traces

PACKAGE = str(Path(guarantees.__file__).parent)
ACTIONS = tuple(f"{PACKAGE}/actions/{name}.py" for name in ("issuing", "documents", "numbers"))
Place = tuple[str, int]
AT = at("2026-11-20 13:00")


class Dead(BaseException):
    """Not an Exception: nothing on the way may catch it."""


@contextmanager
def watching(folder: str | tuple[str, ...], at_line: Callable[[Place], None]) -> Iterator[None]:
    """`at_line` is called before each line that runs in the files beginning with `folder`."""

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(folder):
            return None
        if event == "line":
            at_line((frame.f_code.co_filename, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def dying_at(place: Place) -> Callable[[Place], None]:
    def die(here: Place) -> None:
        if here == place:
            raise Dead

    return die


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast(sms_name="미르누리설비")


def at_the_counter(cast: Cast) -> tuple[Application, Callable[[], Guarantee]]:
    application = approved(cast, delivery_channel="email", beneficiary_email="to@example.kr")
    return application, lambda: issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=AT, agreement_confirmed=True, fee_confirmed=True
    )


def paid_by_bank(cast: Cast) -> tuple[Application, Callable[[], Guarantee]]:
    application = approved(cast, delivery_channel="email", beneficiary_email="to@example.kr")
    Application.everything.filter(pk=application.pk).update(state="fee_paid", signed_at=FRIDAY, fee_paid_at=FRIDAY)
    return application, lambda: issuing.issue_paid(application_id=application.pk, by=Actor.system("시험"), at=AT)


WAYS = [at_the_counter, paid_by_bank]
Way = Callable[[Cast], tuple[Application, Callable[[], Guarantee]]]


def test_a_crash_at_any_line_of_the_issue_leaves_nothing(cast: Cast) -> None:
    assert dies_everywhere(cast, at_the_counter, ACTIONS) == {"issuing.py", "documents.py", "numbers.py"}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", WAYS)
def test_a_crash_at_any_line_leaves_nothing(cast: Cast, way: Way) -> None:
    files = dies_everywhere(cast, way, PACKAGE)
    assert {"issuing.py", "numbers.py", "printing.py", "seal.py", "storage.py", "render.py"} <= files


def dies_everywhere(cast: Cast, way: Way, folder: str | tuple[str, ...]) -> set[str]:
    """Stop at each line once, see that nothing is left, and issue at last. Returns the names of the files."""
    application, issue = way(cast)
    with transaction.atomic():  # what is read or made once for the life of a process is read now
        issue()
        transaction.set_rollback(True)
    places: dict[Place, None] = {}
    with transaction.atomic(), watching(folder, lambda here: places.setdefault(here)):
        issue()
        transaction.set_rollback(True)
    before, survived, wrong = traces(), [], []
    for place in places:
        try:
            with watching(folder, dying_at(place)):
                issue()
        except Dead:
            if traces() != before:
                wrong.append(place)
        else:
            survived.append(place)
    assert (wrong, survived) == ([], [])
    assert len(places) > 40
    guarantee = issue()
    assert guarantee.number == "2026-C1-000001-2"
    assert GuaranteeDocument.everything.get().guarantee_id == guarantee.pk
    application.refresh_from_db()
    assert application.state == "issued"
    return {Path(name).name for name, _line in places}
