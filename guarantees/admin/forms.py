"""What an officer types when deciding."""

from typing import Any

from django import forms

from guarantees.models import PaymentMethod
from guarantees.rules.reasons import RELEASE_REASONS
from guarantees.rules.releasing import EVIDENCE
from guarantees.rules.screening_reasons import REJECTION_REASONS, SUPPLEMENT_REASONS
from portal.fields import WonField

LONGEST_ITEM = 300
REJECTIONS = [(reason.code, reason.label) for reason in REJECTION_REASONS.values()]
LONGEST_REASON = 200
CHOOSE = ("", "골라 주세요")
RECEIVED_BY_BRANCH = (PaymentMethod.COUNTER, PaymentMethod.POST_PAY)


class SupplementForm(forms.Form):
    """What the member has to add: reasons with their standing words, and the officer's own, one thing a line."""

    reason_codes = forms.MultipleChoiceField(
        label="보완 사유", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(reason.code, reason.label) for reason in SUPPLEMENT_REASONS.values()],
        help_text="고르면 무엇이 빠졌고 무엇을 해야 하는지, 예시 서류가 조합원에게 함께 보입니다.",
    )  # fmt: skip
    items = forms.CharField(
        label="덧붙일 내용", required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="한 줄에 하나씩 적습니다. 조합원에게 그대로 보입니다.",
    )  # fmt: skip

    def clean_items(self) -> list[str]:
        items = [line.strip() for line in self.cleaned_data["items"].splitlines() if line.strip()]
        if any(len(item) > LONGEST_ITEM for item in items):
            raise forms.ValidationError(f"한 줄은 {LONGEST_ITEM}자까지입니다. 나누어 적어 주세요.")
        return items

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.cleaned_data["reason_codes"] and not self.cleaned_data["items"]:
            self.add_error("items", "보완 사유를 고르거나 보완할 내용을 적어 주세요.")
        return self.cleaned_data


class ApproveForm(forms.Form):
    """Collateral, where the member gave some: that part the limit does not bear."""

    collateral = WonField(
        label="담보 금액(원)",
        required=False,
        help_text="잡은 담보가 있을 때만 적습니다. 그만큼 한도를 쓰지 않습니다.",
    )
    collateral_note = forms.CharField(
        label="담보 내용", required=False, max_length=LONGEST_REASON, help_text="예: 예금 질권, 근저당 설정 번호"
    )

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("collateral") and not self.cleaned_data.get("collateral_note"):
            self.add_error("collateral_note", "담보가 무엇인지 적어 주세요.")
        return self.cleaned_data


class RejectForm(forms.Form):
    """Why not, as a code for the books and in words for the member."""

    reason_code = forms.ChoiceField(label="사유 구분", choices=[("", "골라 주세요"), *REJECTIONS])
    reason = forms.CharField(
        label="조합원에게 알릴 사유", max_length=1000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="마이페이지와 이메일에 그대로 실립니다. 무엇을 고치면 되는지도 적어 주세요.",
    )  # fmt: skip


class FeeForm(forms.Form):
    """The fee, seen with one's own eyes; the agreement was signed with the certificate."""

    method = forms.ChoiceField(
        label="수납 방법", choices=[(way.value, way.label) for way in RECEIVED_BY_BRANCH],
        help_text="후납은 본부가 허용한 조합원만 고를 수 있습니다.",
    )  # fmt: skip
    fee_confirmed = forms.BooleanField(
        label="수수료 수납을 확인했습니다",
        error_messages={"required": "수수료 수납을 확인한 뒤 체크해 주세요."},
    )


class IssueForm(FeeForm):
    """The fee, and the agreement on paper."""

    agreement_confirmed = forms.BooleanField(
        label="약정서를 받아 확인했습니다",
        error_messages={"required": "약정서를 확인한 뒤 체크해 주세요."},
    )
    field_order = ("agreement_confirmed", "method", "fee_confirmed")


class ConfirmedForm(forms.Form):
    """How the officer made sure."""

    note = forms.CharField(
        label="확인한 내용", max_length=150, help_text="예: 누리청사 준공검사 조서 2026. 11. 19."
    )


class ReleaseForm(ConfirmedForm):
    """What showed that nothing is owed any more."""

    ground = forms.ChoiceField(label="해제 사유", choices=[CHOOSE, *RELEASE_REASONS.items()])
    field_order = ("ground", "note")


class PartForm(ConfirmedForm):
    """What showed that so much less is owed."""

    ground = forms.ChoiceField(
        label="해제 사유", choices=[CHOOSE, *((g, RELEASE_REASONS[g]) for g in EVIDENCE if EVIDENCE[g].partly)]
    )
    amount = WonField(label="해제할 금액", help_text="보증잔액보다 적어야 합니다. 전부이면 ‘해제’를 쓰세요.")
    field_order = ("ground", "amount", "note")


class RefuseReleaseForm(forms.Form):
    """Why the branch does not release it."""

    reason = forms.CharField(
        label="조합원에게 알릴 사유", max_length=300, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="이메일과 보증 화면에 그대로 실립니다. 무엇을 더 내면 되는지도 적어 주세요.",
    )  # fmt: skip
