"""자료실: posts and the versions of their files (S45)."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from portal import clock
from portal.access import Actor
from portal.audit import words
from portal.desk.scoped import ScopedAdmin, ScopedInline
from portal.helpdesk.actions.downloads import add_file
from portal.helpdesk.forms import checked
from portal.helpdesk.models import Download, DownloadFile
from portal.members.roles import HEAD_OFFICE_ROLES, Role
from portal.uploads.checking import KINDS_IN_WORDS, Upload, UploadRefused

EDITORS = frozenset({Role.WEBMASTER, Role.IT_SUPPORT})

words.register(
    {
        "download.add": "자료 등록",
        "download.change": "자료 고침",
        "download.file": "파일 올림",
        "download.scan": "악성코드 검사",
    }
)


class FilesInline(ScopedInline):
    """Every version; the newest is handed out."""

    model = DownloadFile
    view_roles = HEAD_OFFICE_ROLES
    fields = readonly_fields = ("number", "filename", "size", "sha256", "scan", "note", "made_at", "made_by")
    verbose_name_plural = "파일의 판"


class DownloadForm(forms.ModelForm):
    """The post and, where there is one, its next file."""

    upload = forms.FileField(
        label="새 파일",
        required=False,
        help_text=f"{KINDS_IN_WORDS} 파일을 10MB까지 올립니다. 실행 파일은 받지 않습니다. 앞의 판은 남습니다.",
    )
    note = forms.CharField(label="바뀐 점", max_length=200, required=False)

    class Meta:
        model = Download
        fields = ("section", "title", "body", "is_retired")

    def clean_upload(self) -> Upload | None:
        sent = self.cleaned_data["upload"]
        try:
            return checked(sent) if sent else None
        except UploadRefused as refused:
            raise ValidationError(refused.message, code="invalid") from None


@admin.register(Download)
class DownloadAdmin(ScopedAdmin):
    """One page a post."""

    view_roles = HEAD_OFFICE_ROLES
    add_roles = edit_roles = EDITORS
    form = DownloadForm
    inlines = (FilesInline,)
    list_display = ("title", "section", "is_retired", "fetched", "made_at")
    list_filter = ("section", "is_retired")
    search_fields = ("title",)
    readonly_fields = ("fetched", "made_at")
    sortable_by = ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = ("section", "title", "body", "is_retired")
        shown = (*fields, "fetched", "made_at") if obj else fields
        return (*shown, "upload", "note") if self.has_change_permission(request, obj) else shown

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.made_at = clock.now()
        super().save_model(request, obj, form, change)
        if upload := form.cleaned_data["upload"]:
            add_file(
                download_id=obj.pk, upload=upload, note=form.cleaned_data["note"],
                will_be_scanned=bool(settings.UPLOAD_SCANNER), by=Actor.of(request, "admin"), at=clock.now(),
            )  # fmt: skip
