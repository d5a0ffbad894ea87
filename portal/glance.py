"""What is the same for everybody and changes seldom: asked of the database now and then, not for each page."""

import time
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

from django.conf import settings

P = ParamSpec("P")
T = TypeVar("T")


class Glance(Generic[P, T]):
    """The answer of `ask`, kept by this process for GLANCE_SECONDS. For showing; what counts asks for itself."""

    def __init__(self, ask: Callable[P, T]) -> None:
        self._ask = ask
        self._kept: tuple[float, T] | None = None

    def look(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """The last answer, or a new one with what is given now."""
        now = time.monotonic()
        if self._kept is not None and now - self._kept[0] < settings.GLANCE_SECONDS:
            return self._kept[1]
        answer = self._ask(*args, **kwargs)
        self._kept = (now, answer)
        return answer
