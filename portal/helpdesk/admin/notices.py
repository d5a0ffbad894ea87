"""공지: written, shown from an instant on, and for the legal ones from then on unchanged (S19, S51)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from portal import clock
from portal.access import Actor
from portal.audit import words
from portal.desk.cells import badge
from portal.desk.scoped import ScopedAdmin, ScopedInline
from portal.helpdesk.actions.notices import write_version
from portal.helpdesk.models import Notice, NoticeVersion
from portal.members.roles import HEAD_OFFICE_ROLES, Role

EDITORS = frozenset({Role.WEBMASTER, Role.POLICY_ADMIN})

words.register({"notice.write": "공지 내용 고침", "notice.add": "공지 등록", "notice.change": "공지 고침"})


class VersionsInline(ScopedInline):
    """What it said before, newest first."""

    model = NoticeVersion
    view_roles = HEAD_OFFICE_ROLES
    fields = readonly_fields = ("number", "title", "body", "reason", "made_at", "made_by")
    verbose_name_plural = "지난 판"


class NoticeForm(forms.ModelForm):
    """When it is shown, and what it says."""

    title = forms.CharField(label="제목", max_length=120)
    body = forms.CharField(label="내용", widget=forms.Textarea(attrs={"rows": 14, "cols": 90}))
    reason = forms.CharField(label="고친 이유", max_length=200, required=False)

    class Meta:
        model = Notice
        fields = ("publish_at", "hide_at", "is_pinned", "is_legal")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = self.instance.versions.first() if self.instance.pk else None
        if latest:
            self.initial.update({"title": latest.title, "body": latest.body})


@admin.register(Notice)
class NoticeAdmin(ScopedAdmin):
    """One page a notice."""

    view_roles = HEAD_OFFICE_ROLES
    add_roles = edit_roles = EDITORS
    form = NoticeForm
    inlines = (VersionsInline,)
    list_display = ("headline", "standing", "publish_at", "is_pinned", "is_legal")
    list_filter = ("is_legal",)
    sortable_by = ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A legal notice that is out is read, not changed."""
        return super().has_change_permission(request, obj) and not (obj is not None and _stands(obj))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = ("publish_at", "hide_at", "is_pinned", "is_legal")
        return (*fields, "title", "body", "reason") if self.has_change_permission(request, obj) else fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"publish_at": clock.now(), **super().get_changeform_initial_data(request)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        latest = NoticeVersion.objects.filter(notice=OuterRef("pk")).order_by("-number")
        return super().get_queryset(request).annotate(words=Subquery(latest.values("title")[:1]))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        said = {name: form.cleaned_data[name] for name in ("title", "body", "reason")}
        write_version(notice_id=obj.pk, by=Actor.of(request, "admin"), at=clock.now(), **said)

    @admin.display(description="제목")
    def headline(self, row: Any) -> str:
        return row.words or str(row)

    @admin.display(description="상태")
    def standing(self, row: Any) -> str:
        now = clock.now()
        if row.publish_at > now:
            return badge("ready", "게시 예정")
        return badge("done", "게시 종료") if row.hide_at and row.hide_at <= now else badge("active", "게시 중")


def _stands(notice: Notice) -> bool:
    """Whether the stored notice is legal and out: what the form says of it does not count."""
    stored = Notice.objects.filter(pk=notice.pk, is_legal=True, publish_at__lte=clock.now())
    return stored.exists() and notice.versions.exists()
