"""사이버영업창구 and its guides (S33-S47). All can be read without a login; a member sees where he stands."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from certificates.forms import TicketCodeForm
from certificates.queries import replacements_of
from certificates.trouble_search import LONGEST_QUESTION, find
from certificates.troubles import PLUG_IN
from certificates.views.guides.standing import standing_for
from certificates.views.links import enter
from certificates.x509.purposes import (
    CORPORATE_BANKING_ONLY,
    CORPORATE_E_TAX,
    DEFAULT_ALLOWED,
    PURPOSES,
    purpose_of,
)
from portal import clock
from portal.members.gate import form_page

GUIDES = (
    ("은행을 바꿀 때", "certificates:bank_change"),
    ("인증서 발급받기", "certificates:issue_guide"),
    ("오류 메시지 찾기", "certificates:errors"),
    ("전화로 갱신", "certificates:by_phone"),
)
# Kinds a bank offers beside the right ones, and forms a browser cannot reach.
OFTEN_ASKED = (CORPORATE_BANKING_ONLY, CORPORATE_E_TAX)
NO_FILE = "금융인증서(클라우드), 휴대폰에만 있는 인증서"


@require_safe
def cyber(request: HttpRequest) -> HttpResponse:
    """The counter: what can be done here, and a member's own replacements."""
    user = request.user
    context = {
        "breadcrumbs": [("사이버영업창구", "")],
        "standing": standing_for(user, clock.now()),
        "replacements": replacements_of(user) if user.is_authenticated and user.member_id else [],
    }
    return render(request, "certificates/guides/cyber.html", context)


@require_safe
def bank_change(request: HttpRequest) -> HttpResponse:
    """Three steps; a member's are ticked by what is registered now."""
    context = guide(request, "은행을 바꿀 때") | {"standing": standing_for(request.user, clock.now())}
    return render(request, "certificates/guides/bank_change.html", context)


@require_safe
def issue_guide(request: HttpRequest) -> HttpResponse:
    """How a bank issues a certificate, in today's words (S42)."""
    context = guide(request, "인증서 발급받기") | {"usable": usable()}
    return render(request, "certificates/guides/issue.html", context)


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """What a message on the screen means. Nothing of what is searched for is kept."""
    question = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUESTION]
    context = guide(request, "오류 메시지 찾기") | {
        "question": question,
        "found": find(question) if question else (),
        "well_known": PLUG_IN,
    }
    return render(request, "certificates/guides/errors.html", context)


@form_page
def by_phone(request: HttpRequest) -> HttpResponse:
    """How a replacement by telephone goes, and where the code of the text message is typed (S40)."""
    form = TicketCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return enter(request, form.cleaned_data["code"])
    return render(request, "certificates/guides/by_phone.html", guide(request, "전화로 갱신") | {"form": form})


def guide(request: HttpRequest, name: str) -> dict[str, Any]:
    """Breadcrumbs and the side menu of one guide."""
    return {
        "breadcrumbs": [("사이버영업창구", reverse("certificates:cyber")), (name, "")],
        "guides": [
            {"name": title, "url": reverse(view), "current": title == name}
            for title, view in (*GUIDES, ("인증서갱신", "certificates:replace"))
        ],
    }


def usable() -> list[tuple[str, str]]:
    """Kinds of certificates and whether they can be used here, by the list that decides it."""
    allowed = frozenset(settings.CERTIFICATE_ALLOWED_POLICIES) or DEFAULT_ALLOWED
    rows = [(purpose_of(oid).name, "쓸 수 있습니다.") for oid in PURPOSES if oid in allowed]
    rows += [
        (purpose_of(oid).name, "쓸 수 없습니다. 위의 것 가운데 하나를 발급받아 주세요.")
        for oid in OFTEN_ASKED
        if oid not in allowed
    ]
    rows.append(("개인 인증서", "회사 업무에는 쓸 수 없습니다. 사업자등록번호로 발급받아 주세요."))
    rows.append((NO_FILE, "파일이 없어 쓸 수 없습니다. PC나 USB에 저장하는 공동인증서로 받아 주세요."))
    return rows
