"""The gallery: every page part once, with invented content, so that a change of look is seen in one place."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

SEOUL = ZoneInfo("Asia/Seoul")
SMS = "[설비공제]미르누리설비(주) 계약보증 C1-000123 26.12.31 종료. 해제·한도문의 02-000-0101"
STEPS = ("유의사항·약관", "계약 정보", "보증 내용", "담당자·서류", "확인·제출")
BADGES = (
    ("submitted", "접수"),
    ("in_review", "심사 중"),
    ("supplement", "보완 요청"),
    ("approved", "승인"),
    ("rejected", "반려"),
    ("issued", "발급 완료"),
    ("expired", "기간 만료"),
    ("released", "해제"),
    ("draft", "작성 중"),
)
COLUMNS: tuple[dict[str, object], ...] = (
    {"label": "접수번호"},
    {"label": "공사명"},
    {"label": "보증금액", "num": True},
    {"label": "접수일"},
)
ROWS = (
    ("A26-104221", "누리초 급식실 환기설비 개선공사", "120,000,000원", "2026. 11. 20.(금)"),
    ("A26-104187", "가상시청 청사 냉난방기 교체공사", "9,999,999원", "2026. 11. 18.(수)"),
    ("A26-104102", "새솔병원(가상) 증축 기계설비공사", "1,284,300,000원", "2026. 11. 12.(목)"),
)
FACTS = (
    ("보증채권자", "한빛도시공사(가상)"),
    ("공사명", "누리초 급식실 환기설비 개선공사"),
    ("계약일", "2026. 11. 16.(월)"),
    ("담당자", "이나래 · 010-0000-1007"),
)
EVENTS: tuple[dict[str, Any], ...] = (
    {"title": "신청서를 접수했습니다", "at": datetime(2026, 11, 20, 10, 12, tzinfo=SEOUL), "by": "이나래"},
    {
        "title": "심사를 시작했습니다",
        "at": datetime(2026, 11, 20, 13, 40, tzinfo=SEOUL),
        "by": "서울중앙지점",
    },
    {
        "title": "보완 서류를 기다리고 있습니다",
        "text": "공사도급계약서 2쪽이 빠졌습니다. 11. 27.(금)까지 올려 주세요.",
        "state": "current",
    },
    {"title": "승인되면 약정과 수수료 납부", "text": "납부하면 보증서가 바로 발급됩니다.", "state": "next"},
)
FILES = (
    {"name": "공사도급계약서.pdf", "url": "#files", "size": 1_482_331, "note": "11. 20.(금) 올림"},
    {"name": "사업자등록증.pdf", "url": "#files", "size": 218_004, "note": "검사 완료"},
)
BUTTONS = (("primary", "다음"), ("secondary", "임시저장"), ("danger", "신청 취소"), ("quiet", "이전"))
VIEWS = (
    ("보통", "?contrast=less"),
    ("입력 오류", "?errors"),
    ("고대비", "?contrast=more"),
    ("고대비, 입력 오류", "?contrast=more&errors"),
)
QUESTION = "문자메시지 마일리지는 무엇인가요?"
ANSWER = "인터넷 보증서 1건을 발급할 때마다 1콜을 적립해 드립니다. 유효기간은 1년입니다."


class GalleryForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="공사명", max_length=60, help_text="계약서에 적힌 이름 그대로 적습니다.")
    amount = forms.CharField(label="보증금액")
    business = forms.CharField(label="사업자등록번호", required=False)
    mobile = forms.CharField(label="담당자 휴대폰", help_text="심사결과를 이 번호로 보냅니다.")
    starts_on = forms.DateField(label="보증 시작일", widget=forms.DateInput(attrs={"type": "date"}))
    product = forms.ChoiceField(label="보증 종류", choices=[("c1", "계약보증"), ("d1", "하자보수보증")])
    side = forms.ChoiceField(
        label="도급구분", choices=[("prime", "원도급"), ("sub", "하도급")], widget=forms.RadioSelect
    )
    notices = forms.MultipleChoiceField(
        label="받을 문자",
        required=False,
        choices=[("result", "심사결과"), ("expiry", "보증해제대상 안내")],
        widget=forms.CheckboxSelectMultiple,
    )
    contract = forms.FileField(label="공사도급계약서", help_text="PDF·HWP·JPG, 10MB까지")
    fixed = forms.CharField(
        label="공제번호", required=False, initial="M-104221", widget=forms.TextInput(attrs={"readonly": True})
    )
    closed = forms.CharField(label="승인 금액", required=False, initial="심사 뒤에 정해집니다.", disabled=True)
    text = forms.CharField(label="보낼 내용", widget=forms.Textarea(attrs={"rows": 4}))
    secret = forms.CharField(label="비밀번호", widget=forms.PasswordInput(attrs={"autocomplete": "off"}))
    agreed = forms.BooleanField(label="개인정보 수집·이용에 동의합니다")


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """All parts on one page; with ?errors the form is shown as refused."""
    form = GalleryForm({} if "errors" in request.GET else None)
    if not form.is_bound:
        form.initial = {"amount": "120000000", "text": SMS, "starts_on": date(2026, 11, 23)}
    page = Paginator(range(240), 10).get_page(request.GET.get("page", 4))
    context = {
        "sample_form": form,
        "steps": STEPS,
        "buttons": BUTTONS,
        "views": VIEWS,
        "badges": BADGES,
        "columns": COLUMNS,
        "rows": ROWS,
        "facts": FACTS,
        "events": EVENTS,
        "files": FILES,
        "page": page,
        "sms": SMS,
        "question": QUESTION,
        "answer": ANSWER,
        "starts_on": date(2026, 11, 23),
        "ends_on": date(2027, 11, 21),
        "instant": datetime(2026, 11, 20, 14, 5, tzinfo=SEOUL),
        "sample_branch": {"name": "서울중앙지점", "phone": "02-000-0101", "hours": "평일 09:00~18:00"},
        "section": [
            {"name": "내 정보", "url": "#nav", "current": False},
            {"name": "SMS 수신자 등록", "url": "#nav", "current": True},
            {"name": "접속 기록", "url": "#nav", "current": False},
        ],
        "crumbs": [("마이페이지", "#nav"), ("SMS 수신자 등록", "")],
    }
    return render(request, "portal/gallery.html", context)
