"""What is typed about people who receive the cooperative's notices."""

from django import forms

from portal.fields import MobileField
from sms.models import NoticeKind
from sms.models.recipients import usual_kinds

EXPLAINED = (
    (NoticeKind.EXPIRY.value, "보증해제대상 안내: 보증이 끝나기 15일 전"),
    (NoticeKind.RESULTS.value, "신청 결과: 승인, 보완 요청, 반려, 발급"),
    (NoticeKind.MILEAGE.value, "마일리지 소멸 안내: 소멸하기 한 달 전"),
)


class RecipientForm(forms.Form):
    """An additional person who will receive notices (S32)."""

    name = forms.CharField(
        label="이름", max_length=60, error_messages={"required": "받는 분의 이름을 입력해 주세요."}
    )
    role = forms.CharField(label="직위·업무", max_length=60, required=False, help_text="예: 공무팀장")
    mobile = MobileField(
        label="휴대폰 번호", error_messages={"required": "받는 분의 휴대폰 번호를 입력해 주세요."}
    )
    kinds = forms.MultipleChoiceField(
        label="받는 안내",
        choices=EXPLAINED,
        initial=usual_kinds,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "받을 안내를 하나 이상 골라 주세요."},
    )
    consented = forms.BooleanField(
        label="받는 분에게 안내 문자 수신 동의를 받았습니다.",
        error_messages={"required": "받는 분의 동의를 확인해 주세요."},
    )
