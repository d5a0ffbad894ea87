"""마일리지 정책과 서비스 중지: one person announces and adds them, another approves (S19, S20)."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, URLField
from django.http import HttpRequest
from django.urls import reverse

from portal import clock
from portal.desk.buttons import Button, ButtonAdmin, Facts
from portal.desk.cells import badge, named
from portal.helpdesk.queries import notices as published
from portal.members.roles import BUSINESS_ROLES, Role
from portal.particles import as_object
from sms.actions.mileage.terms import approve_terms, discard_terms
from sms.models import MileagePolicy, Suspension

POLICY = frozenset({Role.POLICY_ADMIN})


class LegalNoticeField(forms.ModelChoiceField):
    """Notices by day and title."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{clock.seoul_day(obj.publish_at):%Y-%m-%d} {obj.title}"


class AnnouncedForm(forms.ModelForm):
    """The notice, from whose day the thirty count: one of our own board, or day, title and address of another."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "legal_notice" not in self.fields:  # only to be read
            return
        self.fields["published_at"].required = False
        # One that is out stays as it is; its day counts.
        legal = published(clock.now()).filter(is_legal=True).order_by("-publish_at")
        self.fields["legal_notice"] = LegalNoticeField(
            queryset=legal, required=False, label="제도 공지", help_text=self.fields["legal_notice"].help_text
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        notice = given.get("legal_notice")
        if notice is not None:
            given |= {"published_at": notice.publish_at, "notice": notice.title, "notice_url": ""}
            return given
        for name in ("published_at", "notice", "notice_url"):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, "제도 공지를 고르거나 공고한 날과 제목, 주소를 모두 입력해 주세요.")
        return given


class DiscardForm(forms.Form):
    reason = forms.CharField(label="지우는 이유", max_length=200)


def approve(row: Any, **answers: Any) -> str:
    approve_terms(model=type(row), terms_id=row.pk, **answers)
    return f"{row} {as_object(row._meta.verbose_name)} 승인했습니다. 그날부터 적용됩니다."


def discard(row: Any, **answers: Any) -> str:
    discard_terms(model=type(row), terms_id=row.pk, **answers)
    return f"{row} {as_object(row._meta.verbose_name)} 지웠습니다."


def is_draft(row: Any) -> bool:
    """Made by a person and not approved yet."""
    return row.made_by_id is not None and row.checked_by_id is None


class AnnouncedAdmin(ButtonAdmin):
    """Rows are added, approved or discarded, never changed."""

    view_roles = BUSINESS_ROLES | POLICY
    add_roles = POLICY
    form = AnnouncedForm
    values: ClassVar[tuple[str, ...]] = ()
    formfield_overrides: ClassVar[dict[Any, Any]] = {URLField: {"assume_scheme": "https"}}
    evidence: ClassVar[tuple[str, ...]] = ("legal_notice", "published_at", "notice", "notice_url")
    sortable_by = ()
    readonly_fields: ClassVar[tuple[str, ...]] = ("maker", "checker", "checked_at", "extended_at")
    list_select_related: ClassVar[tuple[str, ...]] = ("made_by", "checked_by")
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="approve", label="승인", roles=POLICY, run=approve, when=is_draft,
            question="공고가 실제로 나갔고 공고한 날이 맞습니까? 승인하면 바꾸거나 지울 수 없습니다.",
        ),
        Button(
            name="discard", label="지우기", roles=POLICY, run=discard, when=is_draft, form=DiscardForm,
            is_dangerous=True, question="승인하지 않은 등록을 지웁니다. 기록에는 남습니다.",
        ),
    )  # fmt: skip

    maker = named("made_by", "입안")
    checker = named("checked_by", "승인")

    @admin.display(description="상태")
    def standing(self, row: Any) -> str:
        if is_draft(row):
            return badge("submitted", "승인 대기")
        day = row.effective_from if isinstance(row, MileagePolicy) else row.starts_on
        if day > clock.today():
            return badge("ready", "시행 예정")
        over = isinstance(row, Suspension) and row.ends_on < clock.today()
        return badge("done", "종료" if over else "시행")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (self.values[0], "standing", *self.values[1:], "published_at", "maker", "checker")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        typed = (*self.values, *self.evidence)
        return typed if obj is None else (*typed, *self.readonly_fields)

    def about(self, request: HttpRequest, row: Any, button: Button) -> Facts:
        facts = [(str(row._meta.get_field(name).verbose_name), str(getattr(row, name))) for name in self.values]
        published = f"{clock.seoul_day(row.published_at):%Y-%m-%d}"
        return [*facts, ("공고한 날", published), ("공고", row.notice), ("공고 주소", row.notice_address)]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.made_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    def address_of(self, row: Model) -> str:
        """A discarded row leads back to the list."""
        if type(row)._default_manager.filter(pk=row.pk).exists():
            return super().address_of(row)
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


@admin.register(MileagePolicy)
class MileagePolicyAdmin(AnnouncedAdmin):
    """What an internet issue earns and how long it lives."""

    values = ("effective_from", "earn_per_issue", "validity_months")


@admin.register(Suspension)
class SuspensionAdmin(AnnouncedAdmin):
    """Days without service."""

    values = ("starts_on", "ends_on", "reason")
