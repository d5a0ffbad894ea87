"""Places where a test may kill the process, as a power cut would. Elsewhere they do nothing."""

import os
import signal
from collections import Counter

from django.conf import settings

_hits: Counter[str] = Counter()


def crashpoint(name: str) -> None:
    """SIGKILL ourselves at the n-th pass, where PORTAL_CRASH_AT is "name:n" and the stage is `test`."""
    wanted = os.environ.get("PORTAL_CRASH_AT")
    if not wanted or settings.STAGE != "test":
        return
    _hits[name] += 1
    if wanted == f"{name}:{_hits[name]}":
        os.kill(os.getpid(), signal.SIGKILL)
