"""What happens at the door of the portal, whichever way somebody comes in or goes out."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest

from portal import clock
from portal.access import Actor, client_address
from portal.audit.models import AuditEvent
from portal.members import own_sessions
from portal.members.actions import visits
from portal.members.devices import device_of, mask_address
from portal.members.models import User
from portal.templatetags.portal_ui import korean_datetime

# The proofs a person brings, as he knows them.
PROOFS = {
    "password": "비밀번호",
    "totp": "인증 앱",
    "recovery_codes": "복구 코드",
    "webauthn": "패스키",
    "certificate": "공동인증서",
}


def came_in(request: HttpRequest, user: User, how: Sequence[str]) -> None:
    """A session was begun for `user`: recorded, and he is told of the login before."""
    at = clock.now()
    last = visits.last_visit(user)
    visits.record_begin(user=user, how=how, device=device(request), by=_actor(request, user), at=at)
    own_sessions.note_begin(request, at)
    if last is None:
        return
    text = f"지난 로그인: {place_and_time(last.event)}"
    if last.failures:
        text += f". 그 뒤 로그인이 {last.failures}번 실패했습니다. 본인이 아니면 비밀번호를 바꿔 주세요."
    (messages.warning if last.failures else messages.info)(request, text)


def was_refused(request: HttpRequest, user: User, how: str) -> None:
    """A wrong proof for an account there is."""
    visits.record_failure(user=user, how=how, device=device(request), by=Actor.of(request), at=clock.now())


def goes_out(request: HttpRequest, user: User) -> None:
    """He presses 로그아웃."""
    visits.record_end(user=user, device=device(request), by=Actor.of(request), at=clock.now())


def changed_security(request: HttpRequest, user: User, action: str) -> None:
    """`action`: one of visits.SECURITY."""
    visits.record_security(
        user=user, action=action, device=device(request), by=_actor(request, user), at=clock.now()
    )


def device(request: HttpRequest) -> str:
    """The browser behind a request, in words."""
    return device_of(request.headers.get("User-Agent", ""))


def place_and_time(event: AuditEvent) -> str:
    """When, with what and from where: `2026. 11. 20.(금) 09:00, Windows · Chrome, 121.135.*.*`."""
    parts = (korean_datetime(event.at), event.detail.get("device", ""), mask_address(event.address))
    return ", ".join(part for part in parts if part)


def _actor(request: HttpRequest, user: User) -> Actor:
    """The person himself, also where the request was still a visitor's."""
    return Actor.user(user, address=client_address(request))
