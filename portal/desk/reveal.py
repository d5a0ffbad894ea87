"""Hidden numbers: masked on every page, and shown on demand after the look has been written down."""

from typing import Any, ClassVar

from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern

from portal import clock
from portal.access import Actor
from portal.audit import trail
from portal.desk.scoped import ScopedAdmin, allowed
from portal.members.roles import Role


class RevealAdmin(ScopedAdmin):
    """A page whose numbers are masked until `reveal_roles` ask, each time leaving a row in the trail."""

    reveal_roles: ClassVar[frozenset[Role]] = frozenset()
    change_form_template = "admin/with_reveal.html"

    def hidden(self, row: Any) -> list[tuple[str, str]]:
        """Labels and whole values of what the page masks."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<path:object_id>/reveal/",
                self.admin_site.admin_view(self.reveal_view),
                name=f"{self.opts.app_label}_{self.opts.model_name}_reveal",
            ),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context["may_reveal"] = allowed(request, self.reveal_roles)
        return super().render_change_form(request, context, *args, **kwargs)

    def reveal_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST only: looking is an act, and it is recorded before anything is shown."""
        if not self.has_view_permission(request) or not allowed(request, self.reveal_roles):
            raise Http404
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        values = self.hidden(row)
        by, at = Actor.of(request, "admin"), clock.now()
        fields = [label for label, _value in values]
        trail.record(action="personal.look", by=by, at=at, subject=row, detail={"fields": fields})
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": "번호 보기",
            "facts": values,
            "back": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk]),
        }
        return TemplateResponse(request, "admin/revealed.html", context)
