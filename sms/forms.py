"""What people type on the messaging pages. Numbers are read leniently, rules speak through the actions."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.fields import MobileField
from portal.identifiers import format_mobile
from portal.members.models import Member
from portal.refusals import Refusal
from sms.actions.free_sms import Addressee
from sms.models import Recipient
from sms.rules.free_sms import numbers


class ComposeForm(forms.Form):
    """A message and whom it goes to: people the company has registered, and pasted numbers."""

    text = forms.CharField(
        label="내용",
        strip=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "보낼 내용을 적어 주세요."},
    )
    chosen = forms.MultipleChoiceField(
        label="등록된 사람",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "고른 사람이 더 이상 등록되어 있지 않습니다. 다시 골라 주세요."},
    )
    numbers = forms.CharField(
        label="휴대폰 번호",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "inputmode": "tel"}),
        help_text="여러 명이면 쉼표나 줄바꿈으로 나누어 적습니다. 같은 번호는 한 번만 보냅니다.",
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people_of(member)
        chosen = self.fields["chosen"]
        assert isinstance(chosen, forms.MultipleChoiceField)  # noqa: S101 - tells mypy what stands above
        chosen.choices = [(p.mobile, f"{p.name} {format_mobile(p.mobile)}") for p in self.people]

    def clean_numbers(self) -> tuple[str, ...]:
        try:
            return numbers(self.cleaned_data["numbers"])
        except Refusal as refused:
            raise ValidationError(refused.message, code="invalid") from None

    @property
    def addressees(self) -> list[Addressee]:
        """Everybody named on the valid form, the registered ones first; a number may stand twice."""
        chosen = self.cleaned_data["chosen"]
        known = [person for person in self.people if person.mobile in chosen]
        return known + [Addressee(mobile) for mobile in self.cleaned_data["numbers"]]


def people_of(member: Member) -> list[Addressee]:
    """The people of the company a message can be sent to, each number once."""
    people = [
        Addressee(member.representative_mobile, f"{member.representative_name} (대표이사)"),
        Addressee(member.contact_mobile, f"{member.contact_name} (담당자)"),
    ]
    added = Recipient.everything.filter(member=member, is_active=True)
    people += [Addressee(person.mobile, person.name) for person in added]
    return list({person.mobile: person for person in reversed(people) if person.mobile}.values())[::-1]


class RecipientForm(forms.Form):
    """An additional person who will receive the expiry notices (S32)."""

    name = forms.CharField(
        label="이름", max_length=60, error_messages={"required": "받는 분의 이름을 입력해 주세요."}
    )
    role = forms.CharField(label="직위·업무", max_length=60, required=False, help_text="예: 공무팀장")
    mobile = MobileField(
        label="휴대폰 번호", error_messages={"required": "받는 분의 휴대폰 번호를 입력해 주세요."}
    )
    consented = forms.BooleanField(
        label="받는 분에게 안내 문자 수신 동의를 받았습니다.",
        error_messages={"required": "받는 분의 동의를 확인해 주세요."},
    )
