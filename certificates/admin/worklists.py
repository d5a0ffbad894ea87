"""What the bank certificate leaves to do today."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from certificates.admin.authorities import WARN_BEFORE
from certificates.alarms import Trouble, list_alarms
from certificates.models import Authority, Replacement, ReplacementState, ReplacementTicket
from portal.desk.buttons import held_roles
from portal.desk.worklists import Work, worklist
from portal.members.roles import Role


@worklist(35)
def certificates_to_look_after(request: HttpRequest, at: datetime) -> Iterator[Work]:
    """What waits for a second person, authorities that end, lists in trouble."""
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
    yield from _list_alarms(at)
    held = Replacement.objects.for_user(request.user).filter(needs_review=True, reviewed_at=None)
    requests = reverse("admin:certificates_replacement_changelist")
    before = held.filter(state=ReplacementState.REVIEW).count()
    yield Work("직원 확인을 기다리는 인증서갱신", before, f"{requests}?state__exact=review", is_urgent=True)
    after = held.filter(state__in=[ReplacementState.DONE, ReplacementState.FROZEN]).count()
    yield Work("교체된 뒤 확인할 인증서", after, f"{requests}?needs_review__exact=1")


def _list_alarms(at: datetime) -> Iterator[Work]:
    """Revocation data in trouble, each kind with the page that shows why."""
    counted = Counter(alarm.trouble for alarm in list_alarms(at))
    lists = reverse("admin:certificates_revocationlist_changelist")
    attempts = reverse("admin:certificates_revocationfetch_changelist")
    yield Work(
        "기한이 지나거나 없는 폐지목록", counted[Trouble.OVER] + counted[Trouble.MISSING], lists,
        "이 구역의 인증서는 갱신과 서명이 기다립니다. 수집 기록을 확인해 주세요.", is_urgent=True,
    )  # fmt: skip
    yield Work(
        "받지 못한 폐지목록",
        counted[Trouble.FAILED],
        attempts,
        "폐지목록 서버 연결을 확인해 주세요.",
        is_urgent=True,
    )
    yield Work("기한이 4분의 1도 남지 않은 폐지목록", counted[Trouble.ENDING], lists, is_urgent=True)
