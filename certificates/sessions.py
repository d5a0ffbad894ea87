"""Sessions begun with a certificate: they remember which, and end at their next request once it is stopped.

The memory is in the session itself and not in a table beside it, so that a new session key, which a change of
the password brings, does not lose it.
"""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from certificates.models import BankCertificate
from certificates.queries import ends_sessions
from portal import clock
from portal.access import Actor
from portal.audit.trail import record

Answer = Callable[[HttpRequest], HttpResponse]
_KEY = "signed_in_by_certificate"
ENDED = (
    "로그인에 쓰신 인증서가 중지되어 로그아웃했습니다. 아이디와 비밀번호로 다시 로그인하시거나 "
    "정보시스템부로 문의해 주세요."
)


def remember(request: HttpRequest, certificate_id: int) -> None:
    """This session was begun with that certificate."""
    request.session[_KEY] = certificate_id


def end_with_certificate(get_response: Answer) -> Answer:
    """Middleware, behind those of sessions, users and messages."""

    def middleware(request: HttpRequest) -> HttpResponse:
        certificate_id = request.session.get(_KEY)
        if certificate_id is not None and (stopped := ends_sessions(certificate_id)) is not None:
            _end(request, stopped)
        return get_response(request)

    return middleware


def _end(request: HttpRequest, certificate: BankCertificate) -> None:
    record(action="bank_certificate.end_session", by=Actor.of(request), at=clock.now(), subject=certificate)
    logout(request)
    messages.warning(request, ENDED)
