"""The base of every admin page: roles say who opens it, the person's scope says which rows are in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from portal import clock
from portal.access import Actor, Reach, ScopedModel, scope_of
from portal.audit import trail
from portal.audit.words import name_of
from portal.desk.paging import LongListPaginator
from portal.members.roles import Role
from portal.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Rows that belong to no member have their way to a branch written here.
BRANCH_PATHS = {"members.branch": "pk", "members.user": "member__branch_id"}
# What the admin's own filters append to a field: its key, and a comparison that gives nothing of the row away.
FILTER_SUFFIX = re.compile(r"(__(id|code|year))?(__(exact|isnull|gte|gt|lte|lt))?\Z")


class RoleGate:
    """Who may look, add and type, by role. Nobody deletes.

    The superuser may look at everything and type where somebody may, but holds no deciding role by that alone.
    """

    view_roles: ClassVar[frozenset[Role]] = frozenset()
    add_roles: ClassVar[frozenset[Role]] = frozenset()
    edit_roles: ClassVar[frozenset[Role]] = frozenset()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allowed(request, self.view_roles | self.edit_roles | self.add_roles)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.add_roles) and allowed(request, self.add_roles)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.edit_roles) and allowed(request, self.edit_roles)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ScopedInline(RoleGate, admin.TabularInline):
    """Rows shown below their parent, whose page has already decided that the person may see it."""

    extra = 0
    can_delete = False


class ScopedAdmin(RoleGate, admin.ModelAdmin):
    """Rows outside the person's scope do not exist: not in lists, filters, autocomplete, history or by address."""

    # Rows that mix members of several branches are for those who see all of them.
    head_office_only: ClassVar[bool] = False
    actions = None
    list_per_page = 50
    paginator = LongListPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = visible(self.model, request)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if self.head_office_only and scope_of(request.user).reach is not Reach.EVERYTHING:
            return False
        return super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_add_permission(request)

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", visible(db_field.remote_field.model, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the page's own filters ask: the address bar must not probe hidden numbers or other tables."""
        for entry in self.get_list_filter(request):
            field = entry[0] if isinstance(entry, tuple) else getattr(entry, "parameter_name", entry)
            if lookup.startswith(str(field)) and FILTER_SUFFIX.match(lookup, len(str(field))):
                return True
        return False

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        # The stock answer, a redirect with a message, tells a foreign row from a missing page.
        raise Http404

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = str(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        name = str(self.opts.verbose_name)
        context["title"] = f"{name} 등록" if row is None else name
        context.update(show_save_and_add_another=False, show_save_and_continue=False)
        return super().render_change_form(request, context, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the form could not foresee is told, not thrown; nothing of it was saved."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.record(request, obj, "change" if change else "add", sorted(form.changed_data))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            self.record(request, row, "add", [])
        for row, fields in formset.changed_objects:
            self.record(request, row, "change", sorted(fields))

    def record(self, request: HttpRequest, row: Model, verb: str, fields: list[str]) -> None:
        """Write a typed change into the trail."""
        action = f"{row._meta.model_name}.{verb}"
        by = Actor.of(request, "admin")
        trail.record(action=action, by=by, at=clock.now(), subject=row, detail={"fields": fields})

    def log_addition(self, *args: Any) -> None:  # type: ignore[override]
        """The trail is the log; a second one would only disagree with it."""

    def log_change(self, *args: Any) -> None:  # type: ignore[override]
        """See `log_addition`."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The row's audit trail, for who may see the row."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"이력: {row}",
            "opts": self.opts,
            "object": row,
            "events": timeline(row),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)


class ReadOnlyAdmin(ScopedAdmin):
    """Ledgers, logs and results: to be read, never typed into."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a related row that offers only rows within the person's scope."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[str, str | _StrPromise]]:
        return [(str(row.pk), str(row)) for row in visible(field.remote_field.model, request)]


def allowed(request: HttpRequest, roles: frozenset[Role]) -> bool:
    """Whether the person is active staff and holds one of `roles`, or is the superuser."""
    user = request.user
    if not user.is_authenticated or not user.is_active or not user.is_staff:
        return False
    return user.is_superuser or user.has_role(*roles)


def visible(model: type[Model], request: HttpRequest) -> QuerySet[Any]:
    """The rows of `model` the person behind `request` may see."""
    if issubclass(model, ScopedModel):
        return model.objects.for_user(request.user)
    rows: QuerySet[Any] = model._default_manager.all()
    path, scope = BRANCH_PATHS.get(model._meta.label_lower), scope_of(request.user)
    if path is None or scope.reach is Reach.EVERYTHING:
        return rows
    return rows.filter(**{path: scope.id}) if scope.reach is Reach.BRANCH else rows.none()


def timeline(row: Model) -> list[dict[str, Any]]:
    """The trail of one row for components/timeline.html, oldest first."""
    return [
        {
            "title": name_of(event.action),
            "at": event.at,
            "by": event.actor_name,
            "text": _said(event.detail),
        }
        for event in trail.history(row)
    ]


def _said(detail: dict[str, Any]) -> str:
    """What somebody typed about an event."""
    return str(detail.get("reason") or detail.get("note") or " / ".join(detail.get("items", ())))
