from django.contrib import admin

from portal.desk.scoped import ReadOnlyAdmin
from portal.health.models import Heartbeat
from portal.members.roles import Role


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """Whether the scheduled tasks still go the whole way; what an old one means stands in /readyz."""

    view_roles = frozenset({Role.IT_SUPPORT, Role.AUDITOR})
    list_display = ("name", "at")
    sortable_by = ()
    fields = ("name", "at")
