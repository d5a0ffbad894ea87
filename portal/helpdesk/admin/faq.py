"""자주 하는 질문: staff write, nothing written is lost (S01)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from portal import clock
from portal.access import Actor
from portal.audit import words
from portal.desk.scoped import ScopedAdmin, ScopedInline
from portal.helpdesk.actions.faq import write_version
from portal.helpdesk.models import FaqCategory, FaqEntry, FaqVersion
from portal.members.roles import HEAD_OFFICE_ROLES, Role

EDITORS = frozenset({Role.WEBMASTER, Role.IT_SUPPORT})

words.register({"faq.write": "답 고침", "faqentry.add": "질문 등록", "faqentry.change": "질문 고침"})


class VersionsInline(ScopedInline):
    """What it said before, newest first."""

    model = FaqVersion
    view_roles = HEAD_OFFICE_ROLES
    fields = readonly_fields = ("number", "question", "answer", "reason", "made_at", "made_by")
    verbose_name_plural = "지난 판"


class FaqForm(forms.ModelForm):
    """The entry and, beside it, what it shall say from now on."""

    question = forms.CharField(label="질문", max_length=200)
    answer = forms.CharField(
        label="답",
        widget=forms.Textarea(attrs={"rows": 14, "cols": 90}),
        help_text="빈 줄로 문단을, ‘1. ’이나 ‘- ’로 목록을 나눕니다. 링크는 [보이는 말](주소)로 적습니다.",
    )
    reason = forms.CharField(label="고친 이유", max_length=200, required=False)

    class Meta:
        model = FaqEntry
        fields = ("category", "anchor", "position", "is_shown")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = self.instance.versions.first() if self.instance.pk else None
        if latest:
            self.initial.update({"question": latest.question, "answer": latest.answer})


@admin.register(FaqEntry)
class FaqEntryAdmin(ScopedAdmin):
    """One page an entry: its place, its words, its past."""

    view_roles = HEAD_OFFICE_ROLES
    add_roles = edit_roles = EDITORS
    form = FaqForm
    inlines = (VersionsInline,)
    list_display = ("question", "category", "position", "is_shown", "helpful", "unhelpful")
    list_select_related = ("category",)
    list_filter = ("category", "is_shown")
    sortable_by = ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not self.has_change_permission(request, obj):
            return ("category", "anchor", "position", "is_shown")
        return ("category", "anchor", "position", "is_shown", "question", "answer", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        latest = FaqVersion.objects.filter(entry=OuterRef("pk")).order_by("-number")
        opinions = Count("versions__opinions", filter=Q(versions__opinions__is_helpful=True), distinct=True)
        against = Count("versions__opinions", filter=Q(versions__opinions__is_helpful=False), distinct=True)
        return (
            super()
            .get_queryset(request)
            .annotate(words=Subquery(latest.values("question")[:1]), yes=opinions, no=against)
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        said = {name: form.cleaned_data[name] for name in ("question", "answer", "reason")}
        write_version(entry_id=obj.pk, by=Actor.of(request, "admin"), at=clock.now(), **said)

    @admin.display(description="질문")
    def question(self, row: Any) -> str:
        return row.words or row.anchor

    @admin.display(description="도움이 됨")
    def helpful(self, row: Any) -> int:
        return row.yes

    @admin.display(description="도움이 안 됨")
    def unhelpful(self, row: Any) -> int:
        return row.no


@admin.register(FaqCategory)
class FaqCategoryAdmin(ScopedAdmin):
    """Headings of the page."""

    view_roles = HEAD_OFFICE_ROLES
    add_roles = edit_roles = EDITORS
    fields = ("name", "position")
    list_display = ("name", "position")
    sortable_by = ()
