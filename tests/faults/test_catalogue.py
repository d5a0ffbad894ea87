"""Every fault of the catalogue is shown by a test, and no test speaks of a fault that is none."""

from tests.faults.catalogue import NAMES, shown


def test_every_fault_is_shown() -> None:
    assert set(NAMES) - {one.fault for one in shown()} == set()


def test_the_catalogue_is_whole() -> None:
    assert list(NAMES) == list(range(1, 95))
    assert {one.fault for one in shown()} <= set(NAMES)
