"""What people type on the helpdesk's pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from portal.uploads.checking import MAXIMUM_BYTES, Upload, UploadRefused, check

MOST_FILES = 3


class SeveralFilesInput(forms.ClearableFileInput):
    """A file input that takes more than one."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class SeveralFilesField(forms.FileField):
    """Up to MOST_FILES files, each checked by its content. Gives a list of Upload."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        sent = data if isinstance(data, list) else [data] if data else []
        if len(sent) > MOST_FILES:
            raise ValidationError(
                f"파일은 {MOST_FILES}개까지 붙일 수 있습니다. 줄여서 다시 골라 주세요.", code="invalid"
            )
        uploads: list[Upload] = []
        for file in sent:
            try:
                uploads.append(checked(file))
            except UploadRefused as refused:
                raise ValidationError(refused.message, code="invalid") from None
        return uploads


def checked(file: UploadedFile) -> Upload:
    """A sent file as it may be kept; one byte more than allowed is read at most. Raises UploadRefused."""
    return check(file.name or "", file.read(MAXIMUM_BYTES + 1))


class QuestionEditForm(forms.Form):
    """The words of a question."""

    title = forms.CharField(
        label="제목", max_length=100, error_messages={"required": "무엇에 대한 문의인지 제목을 적어 주세요."}
    )
    body = forms.CharField(
        label="내용",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="주민등록번호, 사업자등록번호, 휴대폰번호는 저장하기 전에 자동으로 가립니다.",
        error_messages={"required": "문의하실 내용을 적어 주세요."},
    )
    is_private = forms.BooleanField(
        label="비밀글로 남기기", required=False, initial=True, help_text="쓴 사람과 조합 직원만 볼 수 있습니다."
    )


class QuestionForm(QuestionEditForm):
    """A new question. `website` is filled in only by machines."""

    name = forms.CharField(label="이름", max_length=30, error_messages={"required": "이름을 적어 주세요."})
    email = forms.EmailField(
        label="이메일",
        help_text="답변을 드리면 이 주소로 알려 드립니다. 게시판에는 보이지 않습니다.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "답변을 받으실 이메일을 적어 주세요.",
            "invalid": "이메일 주소가 맞는지 확인해 주세요. 예: name@example.kr",
        },
    )
    attachments = SeveralFilesField(
        label="첨부 파일",
        required=False,
        help_text=f"PDF, 그림, 한글, 엑셀, 워드 파일을 {MOST_FILES}개까지, 하나에 10MB까지",
    )
    website = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    field_order = ("name", "email", "title", "body", "is_private", "attachments", "website")

    @property
    def is_by_machine(self) -> bool:
        """Whether the field no person sees was filled in."""
        return bool(self.cleaned_data.get("website"))
