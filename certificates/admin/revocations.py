"""Revocation lists as they stand, partition by partition, and every attempt to get one."""

from django.contrib import admin

from certificates.models import RevocationFetch, RevocationList
from certificates.rules.ending import is_list_ending
from portal import clock
from portal.desk.cells import badge, waiting
from portal.desk.scoped import ReadOnlyAdmin
from portal.members.roles import Role

MACHINE_ROOM = frozenset({Role.IT_SUPPORT, Role.HQ_UNDERWRITER, Role.AUDITOR})


@admin.register(RevocationList)
class RevocationListAdmin(ReadOnlyAdmin):
    """One row a partition; a lower number than the one here is never taken."""

    head_office_only = True
    view_roles = MACHINE_ROOM
    list_display = ("point", "standing", "number", "entries", "this_update_at", "next_update_at", "fetched_at")
    list_filter = ("source",)
    sortable_by = ()
    search_fields = ("point",)
    search_help_text = "구역 이름의 일부로 찾습니다."
    fields = (
        "point", "standing", "number", "entries", "this_update_at", "next_update_at", "fetched_at", "source",
        "issuer_sha256", "sha256",
    )  # fmt: skip

    @admin.display(description="상태")
    def standing(self, row: RevocationList) -> str:
        now = clock.now()
        if row.next_update_at > now:
            if is_list_ending(row.this_update_at, row.next_update_at, now):
                return badge("waiting", "곧 기한", "warn")
            return badge("active", "최신")
        return badge("failed", f"기한 지남 {waiting(row.next_update_at, now)}")


@admin.register(RevocationFetch)
class RevocationFetchAdmin(ReadOnlyAdmin):
    """Why data is old: each attempt with its outcome."""

    head_office_only = True
    view_roles = MACHINE_ROOM
    list_display = ("at", "point", "source", "outcome")
    list_filter = ("source", "outcome")
    sortable_by = ()
    fields = ("at", "point", "source", "outcome")
