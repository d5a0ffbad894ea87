"""Asking for a release: on what ground, how much of it, and what shows it."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from guarantees.actions.release_requests import MAXIMUM_PAPERS, NotProven
from guarantees.forms.documents import Slot, receive
from guarantees.models import Guarantee
from guarantees.rules.reasons import RELEASE_REASONS
from guarantees.rules.releasing import EVIDENCE, grounds_for
from portal.fields import WonField
from portal.uploads.checking import Upload

PAPERS = Slot(
    "papers", "증빙 서류", f"PDF·사진·한글 파일, 하나에 10MB까지, 모두 {MAXIMUM_PAPERS}개까지", False, ()
)
CHOOSE = ("", "골라 주세요")


class ReleaseForm(forms.Form):
    """Ground, explanation and papers. Whether the papers suffice is told by the action, under its lock."""

    ground = forms.ChoiceField(label="해제 사유", choices=[CHOOSE, *RELEASE_REASONS.items()])
    note = forms.CharField(
        label="설명", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="언제 무엇으로 이행이 끝났는지 적으면 확인이 빨라집니다.",
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, files: "MultiValueDict[str, Any] | None") -> None:
        super().__init__(data)
        self.uploads: tuple[Upload, ...] = ()
        self.sent = files
        self.fields["ground"].error_messages["required"] = "해제 사유를 골라 주세요."

    def clean(self) -> dict[str, Any]:
        if self.sent is not None:
            received = receive([PAPERS], self.sent)
            self.uploads = tuple(upload for _slot, upload in received.accepted)
            for _slot, refusal in received.refused:
                self.add_error(None, refusal.message)
        return self.cleaned_data

    def tell(self, refusal: NotProven) -> None:
        """Put each lack beside its field."""
        for lack in refusal.lacks:
            self.add_error(lack.field if lack.field in self.fields else None, lack.message)

    @property
    def needs(self) -> list[tuple[str, str]]:
        """Each ground that can be chosen here, and what it needs."""
        codes = [code for code, _label in self.fields["ground"].choices if code]  # type: ignore[attr-defined]
        return [(RELEASE_REASONS[code], EVIDENCE[code].hint) for code in codes]


class OneReleaseForm(ReleaseForm):
    """The same for one guarantee: a part may be named, and only grounds that fit are offered."""

    amount = WonField(
        label="일부만 해제할 금액", required=False, help_text="비워 두면 보증잔액 전부를 해제해 달라는 요청입니다."
    )
    field_order = ("ground", "amount", "note")

    def __init__(
        self, data: QueryDict | None, files: "MultiValueDict[str, Any] | None", *, guarantee: Guarantee
    ) -> None:
        super().__init__(data, files)
        grounds = grounds_for(guarantee.product.family)
        self.fields["ground"].choices = [CHOOSE, *grounds.items()]  # type: ignore[attr-defined]
