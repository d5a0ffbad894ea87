"""The link of an invitation, and the e-mail that brings it."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.urls import reverse

from portal.letters import letter_from_us, send_due
from portal.members.models import Invitation
from portal.templatetags.portal_ui import korean_datetime

_SALT = "portal.members.invitation"


def token_of(invitation: Invitation) -> str:
    """What stands in the link: which invitation, the how-manieth letter of it, and our signature."""
    return signing.dumps([invitation.pk, invitation.round], salt=_SALT)


def read_token(token: str) -> tuple[int, int] | None:
    """(invitation, round) of a link we made, else None. Whether it still serves is the invitation's matter."""
    try:
        pk, letter_round = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return int(pk), int(letter_round)


def send_invitations(now: Callable[[], datetime]) -> int:
    """Send the letters of open invitations that are due. Returns how many went out. Not inside a transaction."""
    still_open = Invitation.everything.filter(accepted_at=None, withdrawn_at=None)
    return send_due(still_open.select_related("member", "invited_by"), _mail, now)


def _mail(invitation: Invitation) -> EmailMessage:
    url = settings.PUBLIC_URL + reverse("people:join", args=[token_of(invitation)])
    body = (
        f"{invitation.full_name} 님, {settings.COOPERATIVE['name']}입니다.\n\n"
        f"{invitation.member.name}의 {invitation.invited_by} 님이 조합 포털의 사용자로 초대했습니다.\n"
        f"아이디: {invitation.username}\n\n"
        f"아래 주소에서 비밀번호를 정하시면 바로 쓰실 수 있습니다.\n{url}\n\n"
        f"이 주소는 {korean_datetime(invitation.expires_at)}까지 한 번만 쓸 수 있습니다.\n"
        "초대받을 일이 없으시면 이 메일을 지워 주세요. 아무 일도 일어나지 않습니다."
    )
    return letter_from_us(
        to=invitation.email,
        subject=f"{invitation.member.name} 사용자로 초대합니다",
        body=body,
        name=f"invitation-{invitation.pk}-{invitation.round}",
    )
