"""What is typed into the address book: one person, or a list pasted or carried in as a CSV file."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from portal.fields import MobileField
from portal.refusals import Refusal
from sms.rules.phone_lists import GROUP_MOST, MEMO_MOST, NAME_MOST, Entry, entries, table_entries

MOST_BYTES = 300_000
CONSENT = "넣는 분에게서 연락처를 문자 발송에 쓰는 데 동의를 받았습니다."
MISSING = {"required": "등록하는 분의 동의를 확인해 주세요."}


class ContactForm(forms.Form):
    """One person."""

    name = forms.CharField(
        label="이름", max_length=NAME_MOST, error_messages={"required": "이름을 입력해 주세요."}
    )
    mobile = MobileField(label="휴대폰 번호", error_messages={"required": "휴대폰 번호를 입력해 주세요."})
    group = forms.CharField(
        label="그룹",
        max_length=GROUP_MOST,
        required=False,
        help_text="예: 현장소장, 협력업체. 그룹째 보낼 수 있습니다.",
    )
    memo = forms.CharField(
        label="메모", max_length=MEMO_MOST, required=False, help_text="예: 3공구 환기설비. 회사 안에서만 봅니다."
    )

    @property
    def entry(self) -> Entry:
        """The person of the valid form, blanks folded."""
        return Entry(**{name: " ".join(self.cleaned_data[name].split()) for name in self.fields if name in ENTRY})


class NewContactForm(ContactForm):
    """One person who has agreed."""

    consented = forms.BooleanField(label=CONSENT, error_messages=MISSING)


class ManyContactsForm(forms.Form):
    """A list of people, all of whom have agreed."""

    lines = forms.CharField(
        label="이름과 번호",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=(
            "한 줄에 한 분씩 ‘이름 번호’로 적거나 엑셀에서 복사해 붙여 넣습니다. 쉼표나 탭으로 나누면 이름, 번호, "
            "그룹, 메모를 함께 넣을 수 있습니다."
        ),
    )
    file = forms.FileField(
        label="CSV 파일", required=False, help_text="이름, 휴대폰, 그룹, 메모 순서의 파일을 300KB까지 읽습니다."
    )
    group = forms.CharField(label="그룹이 적혀 있지 않은 분의 그룹", max_length=GROUP_MOST, required=False)
    consented = forms.BooleanField(label=CONSENT, error_messages=MISSING)

    def clean_lines(self) -> tuple[Entry, ...]:
        return _read(entries, self.cleaned_data["lines"])

    def clean_file(self) -> tuple[Entry, ...]:
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is None:
            return ()
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError("파일이 300KB를 넘습니다. 나누어 올려 주세요.", code="invalid")
        return _read(table_entries, _decoded(file.read()))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data["lines"] and not data["file"]:
            self.add_error("lines", "넣을 사람이 없습니다. 이름과 번호를 적거나 파일을 골라 주세요.")
        return data

    @property
    def entries(self) -> list[Entry]:
        """Everybody on the valid form; who has no group gets the one typed for all."""
        group = " ".join(self.cleaned_data["group"].split())
        found = [*self.cleaned_data["lines"], *self.cleaned_data["file"]]
        return [Entry(one.name, one.mobile, one.group or group, one.memo) for one in found]


ENTRY = frozenset({"name", "mobile", "group", "memo"})


def _read(reader: Any, text: str) -> tuple[Entry, ...]:
    try:
        return tuple(reader(text))
    except Refusal as refused:
        raise ValidationError(refused.message, code="invalid") from None


def _decoded(content: bytes) -> str:
    """A file as Excel writes it: UTF-8, or CP949 where it is older."""
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(unicodedata.category(ch) == "Cc" for ch in text if ch not in "\r\n\t"):
            return text
    raise ValidationError(
        "읽을 수 없는 파일입니다. 엑셀에서 ‘CSV UTF-8’로 저장해 다시 올려 주세요.", code="invalid"
    )
