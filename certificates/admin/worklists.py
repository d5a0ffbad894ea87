"""What the bank certificate leaves to do today."""

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from certificates.admin.authorities import WARN_BEFORE
from certificates.models import Authority, ReplacementTicket, RevocationList
from portal.desk.buttons import held_roles
from portal.desk.worklists import Work, worklist
from portal.members.roles import Role


@worklist(35)
def certificates_to_look_after(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """Calls and authorities that wait for a second person, authorities that end, lists that are old."""
    if Role.IT_SUPPORT not in held_roles(request):
        return
    waiting = ReplacementTicket.objects.for_user(request.user).filter(approved_at=None, refused_at=None)
    calls = reverse("admin:certificates_replacementticket_changelist")
    yield Work("승인을 기다리는 전화 갱신", waiting.count(), calls)
    table = reverse("admin:certificates_authority_changelist")
    rows = Authority.objects.filter(retired_at=None)
    second = rows.filter(approved_at=None) | rows.filter(retire_asked_at__isnull=False)
    yield Work("두 번째 확인을 기다리는 신뢰 기관", second.count(), table)
    ending = rows.filter(approved_at__isnull=False, valid_until_at__lte=at + WARN_BEFORE).count()
    yield Work("180일 안에 끝나는 신뢰 기관", ending, table, "다음 세대 기관을 등록해 주세요.", is_urgent=True)
    old = RevocationList.objects.filter(next_update_at__lte=at).count()
    yield Work(
        "기한이 지난 폐지목록", old, reverse("admin:certificates_revocationlist_changelist"), is_urgent=True
    )
