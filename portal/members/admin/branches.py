from django.contrib import admin

from portal.desk.scoped import ScopedAdmin
from portal.members.models import Branch
from portal.members.roles import BUSINESS_ROLES, Role


@admin.register(Branch)
class BranchAdmin(ScopedAdmin):
    """Branch offices. Their telephone number stands in the expiry notices."""

    view_roles = BUSINESS_ROLES | {Role.IT_SUPPORT}
    add_roles = edit_roles = frozenset({Role.POLICY_ADMIN})
    list_display = ("name", "code", "phone", "address", "hours")
    sortable_by = ()
    fields = ("code", "name", "phone", "address", "hours")
