"""What the portal does about people by itself. Each task may be lost or doubled without harm."""

from datetime import timedelta

from celery import shared_task
from django.db.models import Q

from portal import clock
from portal.members.invitations import send_invitations
from portal.members.models import LoginSession

# An ended session says for a while whose unsent form it was.
KEEP_ENDED = timedelta(days=1)


@shared_task
def mail_invitations() -> int:
    """Send invitations that are due. Returns how many e-mails left."""
    return send_invitations(clock.now)


@shared_task
def clear_sessions() -> int:
    """Delete sessions that ended: visitors' at once, with what was typed in them. Returns how many."""
    now = clock.now()
    ended = LoginSession.objects.filter(expire_date__lt=now)
    return int(ended.filter(Q(user__isnull=True) | Q(expire_date__lt=now - KEEP_ENDED)).delete()[0])
