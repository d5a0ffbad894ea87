"""A gateway that accepts late, and one worker too slow for its lease; the gateway's own log is the judge.

What kills do at each point stands in test_crash_points.py, what all of it does together in test_chaos.py.
"""

from collections import Counter

import pytest

from tests.faults.children import Nursery
from tests.faults.crew import Crew
from tests.faults.harness import wait_until
from tests.faults.outbox import Texts, nothing_moves, where_they_are
from tests.gateway_simulator import SimulatorProcess

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]


@pytest.mark.parametrize(("quarantine", "times"), [("0", 2), ("3", 1)])
def test_a_gateway_that_accepts_late_needs_its_quarantine(
    nursery: Nursery, phones: SimulatorProcess, quarantine: str, times: int
) -> None:
    texts = Texts(5)
    crew = Crew(nursery, phones, texts.written_at, QUARANTINE=quarantine)
    phones.control(faults=[{"answer": "lose", "seconds": 1.2, "accept": "late", "late": 2.5}])
    crew.start()
    wait_until(nothing_moves, seconds=30, what=where_they_are())
    wait_until(lambda: texts.times_accepted(phones)[times] == 5, seconds=5, what=f"accepted {times} times")
    assert texts.times_accepted(phones) == Counter({times: 5})
