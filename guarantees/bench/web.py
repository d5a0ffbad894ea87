"""`manage.py bench web`: a member's front page and the start of an application (targets W1, W2).

Requests go into the WSGI application of this process, session and middleware and all, so that neither a server nor
the way to it is measured. The floor is a Django view that answers one word.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext, override_settings

from guarantees.bench.portfolio import AT, fill, size_of
from guarantees.models import MemberLimit
from guarantees.overview import MOST_APPLICATIONS
from portal.bench.plan import Method, Plan, Results, Say, Scale, Target, Wish, ratio
from portal.members.models import Member, User
from portal.members.roles import Role
from portal.members.session_store import SessionStore

MOST = {"front page": 7, "application": 7}  # statements
REPEATED = {Scale.TINY: 2, Scale.SMALL: 200, Scale.FULL: 500}
CSRF = "b" * 32
KEPT_SECONDS = 300  # as settings.py keeps a connection

CONSTANT = "web: one word"
HOME, HOME_ANEW = "web: front page", "web: front page, a connection for each request"
APPLY = "web: an application begun"
_FORGET = """
    DELETE FROM guarantees_application
     WHERE state = 'draft' AND id NOT IN (SELECT id FROM guarantees_application ORDER BY id DESC LIMIT %s)
"""
TRANSACTION_WORDS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


class Site:
    """The application as a server calls it, with one member signed in."""

    def __init__(self, user: User) -> None:
        self._handler = WSGIHandler()
        with override_settings(MIDDLEWARE=[]):
            self._bare = WSGIHandler()
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "portal.members.login.MemberBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        self._cookies = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={CSRF}"

    def constant(self) -> int:
        """The word's status."""
        with override_settings(ROOT_URLCONF="portal.bench.constant"):
            return self._ask(self._bare, RequestFactory().get("/").environ)

    def home(self) -> int:
        """The front page's status."""
        return self._ask(self._handler, RequestFactory().get("/", headers={"Cookie": self._cookies}).environ)

    def apply(self) -> int:
        """The status of an application begun, a new one each time; 200 where it was refused."""
        body = urlencode({"product": "C1", "form_key": str(uuid4()), "csrfmiddlewaretoken": CSRF}).encode()
        kind = "application/x-www-form-urlencoded"
        factory = RequestFactory()
        request = factory.generic(
            "POST",
            "/guarantees/apply/",
            body,
            kind,
            headers={"Cookie": self._cookies, "Origin": "http://testserver"},
        )
        return self._ask(self._handler, {**request.environ, "wsgi.input": BytesIO(body)})

    def _ask(self, handler: WSGIHandler, asked: dict[str, Any]) -> int:
        told: list[tuple[str, dict[str, str]]] = []

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None, /) -> Callable[[bytes], object]:
            told.append((status, dict(headers)))
            return lambda _piece: None

        answer = handler(asked, start)
        for _piece in answer:
            pass
        answer.close()  # the request is over: connections are looked after
        status, headers = told[0]
        return 200 if headers.get("Location") == asked["PATH_INFO"] else int(status.split()[0])


def prepare(wish: Wish, say: Say) -> Plan:
    """Fills the portfolio and signs one member in."""
    fill(size_of(wish), say)
    member = Member.everything.order_by("pk")[0]
    MemberLimit.everything.get_or_create(
        member=member, defaults={"shares": 100_000, "grade": "BBB", "changed_at": AT}
    )
    user, _ = User.objects.get_or_create(username="bench-member", defaults={"member": member})
    user.groups.set(Group.objects.filter(name=Role.MEMBER_REP.value))
    site, times = Site(user), REPEATED[wish.scale]
    asked = {"front page": statements(site.home, 200), "application": statements(site.apply, 302)}
    methods = [
        Method(CONSTANT, _repeated(site.constant, 200, times), before=lambda: _make_ready(KEPT_SECONDS)),
        Method(HOME, _repeated(site.home, 200, times), CONSTANT, lambda: _make_ready(KEPT_SECONDS)),
        Method(HOME_ANEW, _repeated(site.home, 200, times), CONSTANT, lambda: _make_ready(0), ends_sessions=True),
        Method(APPLY, _repeated(site.apply, 302, times), CONSTANT, lambda: _make_ready(KEPT_SECONDS)),
    ]
    facts = {f"statements of the {name}": str(count) for name, count in asked.items()}
    return Plan(methods, _targets(wish.scale, asked), facts, lambda: _make_ready(KEPT_SECONDS))


def _targets(scale: Scale, asked: dict[str, int]) -> list[Target]:
    def counted(name: str) -> Callable[[Results], int]:
        return lambda _results: asked[name]

    counts = [Target(f"statements of the {name}", counted(name), at_most=most) for name, most in MOST.items()]
    if scale is Scale.TINY:
        return counts
    return [
        Target("W1 front page vs one word", ratio(HOME, CONSTANT), at_most=60),
        Target("W1 a connection for each request vs kept", ratio(HOME_ANEW, HOME), at_least=2),
        Target("W2 an application begun vs one word", ratio(APPLY, CONSTANT), at_most=30),
        *counts,
    ]


def statements(ask: Callable[[], int], status: int) -> int:
    """Statements of one request without those of the transaction. Raises RuntimeError for another answer."""
    _repeated(ask, status, 1)()
    with CaptureQueriesContext(connection) as queries:
        ask()
    return sum(not query["sql"].startswith(TRANSACTION_WORDS) for query in queries)


def _repeated(ask: Callable[[], int], status: int, times: int) -> Callable[[], int]:
    def work() -> int:
        for _ in range(times):
            if (answered := ask()) != status:
                raise RuntimeError(f"answered {answered}")
        return times

    return work


def _make_ready(kept_seconds: int) -> None:
    """From now on a connection is kept so long. Of what was begun before, no more is left than a page shows."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [MOST_APPLICATIONS])
        cursor.execute("VACUUM ANALYZE guarantees_application")
    connection.settings_dict["CONN_MAX_AGE"] = kept_seconds
    connection.close()
