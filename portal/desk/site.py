"""The admin site itself: only pages that know scope and roles come in, and the front page is today's work."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse

from portal import clock
from portal.desk.scoped import ScopedAdmin
from portal.desk.worklists import works_for

# The desk's sections in the order of the day's work; an app not named comes last.
SECTIONS = ("guarantees", "certificates", "sms", "helpdesk", "members", "businessdays", "audit", "health", "gate")


class Desk(AdminSite):
    """Admin pages that third-party packages bring along know nothing of branches and roles: they stay out."""

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin] | None = None,
        **options: Any,
    ) -> None:
        if admin_class is not None and issubclass(admin_class, ScopedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        works = works_for(request, clock.now())
        return super().index(request, {**(extra_context or {}), "works": works})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        places = {label: place for place, label in enumerate(SECTIONS)}
        return sorted(apps, key=lambda app: places.get(app["app_label"], len(places)))
