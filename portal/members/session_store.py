"""Sessions as Django keeps them in the database, each with the person it belongs to beside it."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest

from portal.compiled import Compiled
from portal.members.models import LoginSession

RENEWED_AFTER = 60  # seconds of use

_kept: Compiled[LoginSession] = Compiled(lambda *, key: LoginSession.objects.filter(session_key=key))


class SessionStore(DatabaseStore):
    """Named by SESSION_ENGINE.

    Using a session moves its end, to the minute: only the first page of a minute pays for it with a write.
    """

    _left: int | None = None

    def seconds_left(self) -> int:
        """Until the login ends, if nobody visits meanwhile."""
        return settings.SESSION_COOKIE_AGE if self.modified or self._left is None else self._left

    @classmethod
    def get_model_class(cls) -> type[LoginSession]:
        return LoginSession

    def create_model_instance(self, data: dict[str, Any]) -> LoginSession:
        row = cast("LoginSession", super().create_model_instance(data))
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row

    def _get_session_from_db(self) -> LoginSession | None:
        for row in _kept.rows(key=self.session_key):
            left = self.get_expiry_age(expiry=row.expire_date)
            if left > 0:
                self._left = left
                self.modified = self.modified or left <= settings.SESSION_COOKIE_AGE - RENEWED_AFTER
                return row
        self._session_key = None
        return None


def seconds_left(request: HttpRequest) -> int:
    """Until the login of this visit ends, this page being the last one asked for."""
    return cast("SessionStore", request.session).seconds_left()
