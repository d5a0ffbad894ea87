"""What a beneficiary fills in on the page of his link."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.fields import DayField, WonField


class NameField(forms.CharField):
    """Who answers: his office and his name."""

    def __init__(self) -> None:
        super().__init__(
            label=_("확인하시는 분 이름"),
            max_length=40,
            help_text=_("소속과 이름을 적어 주세요. 예: 시설과 이나래"),
        )


class AcceptForm(forms.Form):
    """접수 확인."""

    name = NameField()


class ReturnForm(forms.Form):
    """반려."""

    name = NameField()
    reason = forms.CharField(
        label=_("반려 사유"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("어디를 고쳐야 하는지 적어 주시면 조합원과 조합에 바로 전합니다."),
    )


class CompleteForm(forms.Form):
    """이행 완료 확인."""

    name = NameField()
    completed_on = DayField(label=_("이행 완료일(준공일)"))
    amount = WonField(
        label=_("일부만 끝났으면 해제할 금액"),
        required=False,
        help_text=_("보증금액 가운데 이제 보증이 필요 없는 금액입니다. 모두 끝났으면 비워 두세요."),
    )
    remark = forms.CharField(label=_("전할 말"), max_length=120, required=False)
