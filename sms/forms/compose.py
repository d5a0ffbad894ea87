"""What is typed to send a message. Numbers are read leniently, rules speak through the actions."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from portal.identifiers import format_mobile
from portal.members.models import Member
from portal.refusals import Refusal
from sms.actions.free_sms import Addressee, Text
from sms.free_service import opt_out_number
from sms.models import Contact, Recipient
from sms.rules.free_sms import Category
from sms.rules.mileage import cost
from sms.rules.phone_lists import numbers
from sms.rules.texts import LMS_BYTES, SMS_BYTES

GONE = "고른 사람이 더 이상 등록되어 있지 않습니다. 다시 골라 주세요."


class ComposeForm(forms.Form):
    """A message, what it is declared to be, and whom it goes to."""

    text = forms.CharField(
        label="내용",
        strip=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "보낼 내용을 적어 주세요."},
    )
    kind = forms.ChoiceField(
        label="길이",
        required=False,
        choices=[
            ("sms", f"단문: {SMS_BYTES}바이트까지, 한 사람에 {cost('sms')}콜"),
            ("lms", f"장문: {LMS_BYTES:,}바이트까지, 한 사람에 {cost('lms')}콜"),
        ],
        initial="sms",
        widget=forms.RadioSelect,
        help_text=f"장문을 골라도 {SMS_BYTES}바이트 안에 들면 단문으로 보내고 {cost('sms')}콜만 씁니다.",
    )
    category = forms.ChoiceField(
        label="종류",
        choices=[
            (Category.INFORMATION.value, "정보성: 현장·계약·업무 연락"),
            (Category.ADVERTISING.value, "광고: 상품·행사를 알리는 글"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "정보성인지 광고인지 골라 주세요."},
    )
    ad_consent = forms.BooleanField(
        label="광고라면: 받는 분 모두 광고 수신에 미리 동의했습니다.",
        required=False,
    )
    groups = forms.MultipleChoiceField(
        label="주소록 그룹",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "고른 그룹이 주소록에 없습니다. 다시 골라 주세요."},
    )
    contacts = forms.MultipleChoiceField(
        label="주소록",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": GONE},
    )
    chosen = forms.MultipleChoiceField(
        label="등록된 사람",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": GONE},
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
        self.book = list(Contact.everything.filter(member=member).order_by("name", "id"))
        self._offer("chosen", [(p.mobile, f"{p.name} {format_mobile(p.mobile)}") for p in self.people])
        self._offer("contacts", [(str(one.public_id), _line(one)) for one in self.book])
        self._offer("groups", [(name, f"{name} ({count}명)") for name, count in self.groups_of_book()])
        if not settings.SMS_FREE_LMS:
            del self.fields["kind"]
        if not opt_out_number():
            del self.fields["ad_consent"]
            self.fields["category"].help_text = "광고는 지금 보낼 수 없습니다. 업무 연락만 정보성으로 보내 주세요."

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - tells mypy what stands above
        field.choices = choices

    def groups_of_book(self) -> list[tuple[str, int]]:
        """The groups of the address book with their sizes, by name."""
        sizes: dict[str, int] = {}
        for contact in self.book:
            if contact.group:
                sizes[contact.group] = sizes.get(contact.group, 0) + 1
        return sorted(sizes.items())

    def clean_numbers(self) -> tuple[str, ...]:
        try:
            return numbers(self.cleaned_data["numbers"])
        except Refusal as refused:
            raise ValidationError(refused.message, code="invalid") from None

    @property
    def writing(self) -> Text:
        """The text of the valid form."""
        return Text(
            words=self.cleaned_data["text"],
            category=Category(self.cleaned_data["category"]),
            wants_long=self.cleaned_data.get("kind") == "lms",
            has_ad_consent=bool(self.cleaned_data.get("ad_consent")),
        )

    @property
    def addressees(self) -> list[Addressee]:
        """Everybody named on the valid form, the ones with a name first; a number may stand twice."""
        picked = self.cleaned_data
        known = [person for person in self.people if person.mobile in picked["chosen"]]
        known += [
            Addressee(one.mobile, one.name)
            for one in self.book
            if str(one.public_id) in picked["contacts"] or one.group in picked["groups"]
        ]
        return known + [Addressee(mobile) for mobile in picked["numbers"]]


def _line(contact: Contact) -> str:
    group = f" · {contact.group}" if contact.group else ""
    return f"{contact.name} {format_mobile(contact.mobile)}{group}"


def people_of(member: Member) -> list[Addressee]:
    """The people of the company a message can be sent to, each number once."""
    people = [
        Addressee(member.representative_mobile, f"{member.representative_name} (대표이사)"),
        Addressee(member.contact_mobile, f"{member.contact_name} (담당자)"),
    ]
    added = Recipient.everything.filter(member=member, is_active=True)
    people += [Addressee(person.mobile, person.name) for person in added]
    return list({person.mobile: person for person in reversed(people) if person.mobile}.values())[::-1]
