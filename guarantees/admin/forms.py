"""What an officer types when deciding."""

from django import forms

from guarantees.rules.reasons import REJECTION_REASONS, RELEASE_REASONS

LONGEST_ITEM = 300
LONGEST_REASON = 200


class SupplementForm(forms.Form):
    """What the member has to add, one thing a line."""

    items = forms.CharField(
        label="보완할 내용", widget=forms.Textarea(attrs={"rows": 6}),
        help_text="한 줄에 하나씩 적습니다. 조합원에게 그대로 보입니다.",
    )  # fmt: skip

    def clean_items(self) -> list[str]:
        items = [line.strip() for line in self.cleaned_data["items"].splitlines() if line.strip()]
        if any(len(item) > LONGEST_ITEM for item in items):
            raise forms.ValidationError(f"한 줄은 {LONGEST_ITEM}자까지입니다. 나누어 적어 주세요.")
        return items


class RejectForm(forms.Form):
    """Why not, as a code for the books and in words for the member."""

    reason_code = forms.ChoiceField(label="사유 구분", choices=[("", "골라 주세요"), *REJECTION_REASONS.items()])
    reason = forms.CharField(
        label="조합원에게 알릴 사유", max_length=1000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="마이페이지와 이메일에 그대로 실립니다. 무엇을 고치면 되는지도 적어 주세요.",
    )  # fmt: skip


class FeeForm(forms.Form):
    """The fee, seen with one's own eyes; the agreement was signed with the certificate."""

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
    field_order = ("agreement_confirmed", "fee_confirmed")


class ReleaseForm(forms.Form):
    """What showed that nothing is owed any more."""

    ground = forms.ChoiceField(label="해제 사유", choices=[("", "골라 주세요"), *RELEASE_REASONS.items()])
    note = forms.CharField(
        label="확인한 내용", max_length=150, help_text="예: 누리청사 준공검사 조서 2026. 11. 19."
    )
