"""Decision buttons on an admin page: each is a page of its own that asks, then calls one action.

A state is never a field in a form. The row is read again in the person's scope, the action locks it and
checks the step, and a refusal is told in its own words with the typed text kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern

from portal import clock
from portal.access import Actor
from portal.desk.scoped import ScopedAdmin
from portal.members.roles import Role
from portal.particles import as_object
from portal.refusals import Refusal

Facts = list[tuple[str, str]]


class NothingToAsk(forms.Form):
    """A button that needs only the person's yes."""


@dataclass(frozen=True)
class Button:
    """One decision. `run` gets the row, `by`, `at` and the cleaned answers, and returns the sentence to show.

    `when` says whether the row's state offers it; the last word is the action's, under its lock.
    """

    name: str
    label: str
    question: str
    run: Callable[..., str]
    roles: frozenset[Role]
    when: Callable[[Any], bool]
    form: type[forms.Form] = NothingToAsk
    is_dangerous: bool = False


class ButtonAdmin(ScopedAdmin):
    """An admin page with decision buttons above the row."""

    buttons: ClassVar[tuple[Button, ...]] = ()
    change_form_template = "admin/with_buttons.html"

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<path:object_id>/do/<slug:button_name>/",
                self.admin_site.admin_view(self.button_view),
                name=f"{self.opts.app_label}_{self.opts.model_name}_do",
            ),
            *super().get_urls(),
        ]

    def buttons_for(self, request: HttpRequest, row: Model) -> list[Button]:
        """The buttons this person may press on this row now."""
        held = held_roles(request)
        return [button for button in self.buttons if held & button.roles and button.when(row)]

    def about(self, request: HttpRequest, row: Any, button: Button) -> Facts:
        """What the person should see once more before he decides."""
        return []

    def why_gone(self, row: Any, button: Button) -> str:
        """Why a button he followed is no longer there."""
        what = as_object(f"'{button.label}'")
        return f"'{row}'의 상태가 그사이 바뀌어 {what} 할 수 없습니다. 지금 상태를 확인해 주세요."

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        context["object_buttons"] = [] if row is None else self.buttons_for(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def button_view(self, request: HttpRequest, object_id: str, button_name: str) -> HttpResponse:
        """GET asks, POST does. A button that is no longer there tells why instead of a bare 404."""
        button = next((button for button in self.buttons if button.name == button_name), None)
        if button is None or not self.has_view_permission(request) or not held_roles(request) & button.roles:
            raise Http404
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if request.method != "POST":
            if button.when(row):
                return self.ask(request, row, button, button.form())
            messages.warning(request, self.why_gone(row, button))
            return redirect(self.address_of(row))
        return self.answer(request, row, button, button.form(request.POST))

    def answer(self, request: HttpRequest, row: Model, button: Button, form: forms.Form) -> HttpResponse:
        """Call the action. It looks at the row itself, so that a state changed meanwhile is told by whom."""
        if form.is_valid():
            try:
                done = button.run(row, by=Actor.of(request, "admin"), at=clock.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, done)
                return redirect(self.address_of(row))
        return self.ask(request, row, button, form)

    def ask(self, request: HttpRequest, row: Model, button: Button, form: forms.Form) -> HttpResponse:
        """The page that says what will happen and asks for what the action needs."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": button.label,
            "button": button,
            "form": form,
            "facts": self.about(request, row, button),
            "back": self.address_of(row),
        }
        status = 409 if form.non_field_errors() else 200
        return TemplateResponse(request, "admin/ask.html", context, status=status)

    def address_of(self, row: Model) -> str:
        """The change page of `row`."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])


def held_roles(request: HttpRequest) -> frozenset[Role]:
    """The roles of the person behind a request; a visitor has none."""
    return request.user.roles if request.user.is_authenticated else frozenset()
