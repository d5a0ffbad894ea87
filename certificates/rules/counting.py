"""How often somebody may try: ten times in ten minutes, for a number, an address or a code (NPKI §5)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
MOST_IN_WINDOW = 10


def minutes_to_wait(times: Sequence[datetime], at: datetime) -> int:
    """Whole minutes until the next try, 0 for at once. `times`: the last `MOST_IN_WINDOW` tries, newest first."""
    if len(times) < MOST_IN_WINDOW:
        return 0
    left = times[MOST_IN_WINDOW - 1] + WINDOW - at
    return max(-(-int(left.total_seconds()) // 60), 1) if left > timedelta(0) else 0
