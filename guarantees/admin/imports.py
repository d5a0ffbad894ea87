"""What was taken over from the older books, file by file (S22)."""

from typing import Any

from django.contrib import admin

from guarantees.models import GuaranteeImport
from portal.audit.trail import history
from portal.desk.cells import EMPTY
from portal.desk.scoped import ReadOnlyAdmin
from portal.members.roles import Role


@admin.register(GuaranteeImport)
class GuaranteeImportAdmin(ReadOnlyAdmin):
    """Taken over by a command on the server, read here. A file mixes members of all branches."""

    view_roles = frozenset({Role.HQ_UNDERWRITER, Role.AUDITOR, Role.IT_SUPPORT})
    head_office_only = True
    list_display = ("at", "taken_by", "file_name", "lines", "added", "unchanged", "digest")
    fields = ("at", "taken_by", "file_name", "sha256", "lines", "added", "unchanged")
    sortable_by = ()

    @admin.display(description="이관한 사람")
    def taken_by(self, row: Any) -> str:
        """Known to the trail alone: the list is short, a file is taken over once."""
        event = history(row).first()
        return event.actor_name if event else EMPTY

    @admin.display(description="SHA-256")
    def digest(self, row: Any) -> str:
        return f"{row.sha256[:12]}…"
