"""One look at every invariant, written down for the desk."""

import time
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from portal import invariants
from portal.gate.models import InvariantRun


def verify(*, at: datetime) -> InvariantRun:
    """Look, and keep what was found. Changes nothing else and mends nothing."""
    began = time.monotonic()
    found = [asdict(each) for each in invariants.violations(at)]
    took = Decimal(f"{time.monotonic() - began:.3f}")
    return InvariantRun.objects.create(at=at, seconds=took, checks=len(invariants.registered()), violations=found)
