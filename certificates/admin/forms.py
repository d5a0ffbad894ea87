"""What is typed about tickets, certificates and authorities: never a member's certificate or key."""

from typing import Any

from django import forms

from certificates.actions.reviewing import LONGEST_NOTE
from certificates.actions.stopping import BY_STAFF
from certificates.actions.tickets import MemberNotTrading, registered_number
from certificates.authority_file import MAX_TEXT
from certificates.models import Authority, CallBackTo, ReplacementTicket, StopReason
from portal.desk.fields import NumberField
from portal.identifiers import format_business_number, parse_business_number
from portal.members.models import Member
from portal.refusals import Refusal

LONGEST_REASON = 200


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="사유", max_length=LONGEST_REASON)


class StopForm(forms.Form):
    """Which kind of stop, which decides what the next registration takes, and why."""

    why = forms.TypedChoiceField(
        label="구분", choices=[(why.value, why.label) for why in BY_STAFF], coerce=StopReason,
        widget=forms.RadioSelect,
        help_text="‘도용·유출 의심’과 ‘조합원이 모르는 등록’이면 다음 인증서는 전화 접수를 거쳐야 등록됩니다.",
    )  # fmt: skip
    reason = forms.CharField(label="사유", max_length=100, help_text="조합원에게 그대로 알립니다.")


class ReviewForm(forms.Form):
    """What the decision stands on."""

    note = forms.CharField(
        label="확인 근거", max_length=LONGEST_NOTE, help_text="예: 등기사항증명서의 대표자, 등록된 번호로 통화"
    )


class TicketForm(forms.ModelForm):
    """A call. The number to call back is chosen among the registered ones; there is no field to type one."""

    business_number = NumberField(
        parse=parse_business_number, show=format_business_number, label="조합원 사업자등록번호"
    )
    call_back_to = forms.ChoiceField(
        label="다시 걸 곳", choices=CallBackTo.choices, widget=forms.RadioSelect,
        initial=CallBackTo.REPRESENTATIVE,
        help_text="조합원 원장에 등록된 번호로만 다시 겁니다. 전화한 사람이 부른 번호는 쓰지 않습니다.",
    )  # fmt: skip
    member: Member

    class Meta:
        model = ReplacementTicket
        fields = ("caller", "call_back_to", "reason")
        help_texts = {"caller": "이름과 직책", "reason": "예: 쓰던 은행의 인증서 비밀번호를 잊음"}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        number = cleaned.get("business_number")
        if not number:
            return cleaned
        member = Member.everything.filter(business_number=number).first()
        if member is None:
            self.add_error("business_number", "이 사업자등록번호의 조합원이 없습니다. 번호를 다시 확인해 주세요.")
            return cleaned
        self.member = member
        if not member.is_trading:
            self.add_error("business_number", MemberNotTrading.message)
        try:
            registered_number(member, CallBackTo(cleaned.get("call_back_to", CallBackTo.REPRESENTATIVE)))
        except Refusal as refusal:
            self.add_error("call_back_to", refusal.message)
        return cleaned


class ApproveTicketForm(forms.Form):
    """That the call was made."""

    called_back = forms.BooleanField(
        label="위 번호로 다시 걸어 본인의 요청임을 확인했습니다",
        error_messages={"required": "등록된 번호로 다시 걸어 확인한 뒤 체크해 주세요."},
    )


class ProposalForm(forms.ModelForm):
    """An authority's certificate as a file or as PEM text, one of the two."""

    file = forms.FileField(label="인증서 파일", required=False, help_text="기관에서 받은 .der, .cer, .pem 파일")
    pem = forms.CharField(
        label="또는 PEM 내용", required=False, widget=forms.Textarea(attrs={"rows": 8}), max_length=MAX_TEXT,
        help_text="-----BEGIN CERTIFICATE----- 로 시작하는 글을 그대로 붙여 넣습니다.",
    )  # fmt: skip
    name = forms.CharField(label="이름", max_length=80, required=False, help_text="비우면 인증서의 이름을 씁니다.")
    note = forms.CharField(
        label="받은 곳", max_length=200, help_text="예: 금융결제원 전자인증 누리집 2026. 11. 20. 내려받음"
    )

    class Meta:
        model = Authority
        fields = ("role", "name", "crl_endpoint", "ocsp_endpoint", "note")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        upload, pem = cleaned.get("file"), (cleaned.get("pem") or "").strip()
        if bool(upload) == bool(pem):
            self.add_error("file", "파일과 PEM 내용 가운데 하나만 넣어 주세요.")
        elif upload and upload.size > MAX_TEXT:
            self.add_error("file", "기관 인증서로 보기에는 너무 큰 파일입니다. 파일을 확인해 주세요.")
        else:
            cleaned["data"] = upload.read() if upload else pem.encode()
        return cleaned

    def validate_unique(self) -> None:
        """The action says it in its own words."""


class ApproveAuthorityForm(forms.Form):
    """The digest, from somewhere else than the file."""

    typed_sha256 = forms.CharField(
        label="SHA-256", max_length=130, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text="요청자의 파일이 아니라 기관에서 따로 확인한 값을 옮겨 적습니다. 띄어쓰기와 콜론은 무시합니다.",
    )  # fmt: skip
    channel = forms.CharField(
        label="확인한 경로", max_length=150, help_text="예: 한국인터넷진흥원 담당자와 통화, 공문 제2026-11호"
    )


class EndpointsForm(forms.Form):
    """Where the authority answers."""

    crl_endpoint = forms.CharField(
        label="폐지목록 서버", max_length=200, required=False, help_text="예: ldap://호스트:389"
    )
    ocsp_endpoint = forms.CharField(
        label="상태확인 서버", max_length=200, required=False, help_text="예: http://호스트:4612"
    )
    reason = forms.CharField(label="사유", max_length=LONGEST_REASON)
