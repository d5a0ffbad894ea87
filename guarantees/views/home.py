"""The front page: what the portal is for, or, for a member, what needs him today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from guarantees.models import Application, Guarantee
from guarantees.queries import OPEN_STATES, applications_of
from guarantees.rules.states import ApplicationState, GuaranteeState
from portal import clock
from portal.members.models import Member, User
from sms.account import balance, next_lapse

ENDS_SOON = timedelta(days=30)
LAPSES_SOON = timedelta(days=30)
RECENT = 5

TASKS = (
    ("인터넷 보증 신청", "방문하지 않고 신청하고, 심사결과를 이메일과 휴대폰 문자로 바로 받아 봅니다."),
    ("보증해제대상 안내", "보증기간이 끝나기 15일 전에 대표이사와 수신 담당자에게 문자로 알려 드립니다."),
    ("문자메시지서비스", "인터넷 보증서가 발급될 때마다 문자 1콜이 쌓이고, 쌓인 콜로 무료로 문자를 보냅니다."),
)


@dataclass(frozen=True)
class NextStep:
    """One thing that waits for the member."""

    title: str
    text: str
    url: str
    link: str


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Visitors see what the portal does, members their business, staff go on to their desk."""
    user = request.user
    if not user.is_authenticated:
        login = reverse("account_login")
        tasks = [{"title": title, "text": text, "url": login} for title, text in TASKS]
        return render(request, "portal/home.html", {"tasks": tasks})
    if user.member is None:
        return redirect("admin:index")
    return render(request, "portal/home.html", member_home(user, user.member, clock.now()))


def member_home(user: User, member: Member, at: datetime) -> dict[str, Any]:
    """What the member's front page shows."""
    today = clock.seoul_day(at)
    guarantees = Guarantee.objects.for_user(user).aggregate(
        live=Count("pk", filter=Q(state=GuaranteeState.ACTIVE)),
        ending=Count("pk", filter=Q(state=GuaranteeState.ACTIVE, ends_on__lte=today + ENDS_SOON)),
        over=Count("pk", filter=Q(state=GuaranteeState.EXPIRED)),
    )
    recent = list(applications_of(user, "").exclude(state=ApplicationState.DRAFT)[:RECENT])
    return {
        "next_steps": list(_next_steps(user, member, guarantees["over"], at, today)),
        "stats": _stats(user, guarantees, balance(member.pk, at)),
        "applications": [_row(application) for application in recent],
        "applications_url": reverse("guarantees:applications"),
        "apply_url": reverse("guarantees:apply"),
    }


def _next_steps(user: User, member: Member, over: int, at: datetime, today: date) -> Iterator[NextStep]:
    waiting = applications_of(user, "").filter(state__in=[ApplicationState.SUPPLEMENT, ApplicationState.APPROVED])
    for application in waiting[:RECENT]:
        yield _waiting(application)
    if over:
        text = "보증기간이 끝났어도 해제하기 전까지는 보증한도를 차지합니다. 관할 지점에 해제를 신청해 주세요."
        url = f"{reverse('guarantees:guarantees')}?state=expired"
        yield NextStep(f"해제할 보증이 {over}건 있습니다", text, url, "해제할 보증 보기")
    lapse = next_lapse(member.pk, at)
    if lapse and lapse.last_day - today <= LAPSES_SOON:
        text = f"{lapse.last_day:%Y. %-m. %-d.}까지 쓰지 않으면 {lapse.calls}콜이 소멸합니다."
        yield NextStep("곧 소멸하는 문자 마일리지가 있습니다", text, reverse("sms:compose"), "문자 보내기")
    if not member.representative_mobile:
        text = "대표이사 휴대폰 번호가 없어 보증해제대상 안내 문자를 보내지 못합니다. 관할 지점에 알려 주세요."
        yield NextStep("대표이사 휴대폰 번호를 등록해 주세요", text, reverse("sms:recipients"), "SMS 수신자 등록")


def _waiting(application: Application) -> NextStep:
    url = reverse("guarantees:application", args=[application.public_id])
    if application.state == ApplicationState.SUPPLEMENT:
        due = application.supplement_due_on
        text = f"{application.product} {application.number}: {due:%-m월 %-d일}까지 보완해 주세요."
        return NextStep("보완 요청이 있습니다", text, url, "보완하기")
    text = f"{application.product} {application.number}: 약정과 수수료 납부가 끝나면 발급됩니다."
    return NextStep("심사가 승인되었습니다", text, url, "할 일 보기")


def _stats(user: User, guarantees: dict[str, int], calls: int) -> list[dict[str, Any]]:
    rows = reverse("guarantees:guarantees")
    in_progress = Application.objects.for_user(user).filter(state__in=OPEN_STATES).count()
    return [
        {"label": "진행 중인 신청", "value": in_progress, "unit": "건",
         "url": f"{reverse('guarantees:applications')}?state=open"},
        {"label": "유효한 보증", "value": guarantees["live"], "unit": "건", "url": f"{rows}?state=active"},
        {"label": "30일 안에 끝나는 보증", "value": guarantees["ending"], "unit": "건",
         "url": f"{rows}?state=active&order=ends"},
        {"label": "문자 마일리지", "value": calls, "unit": "콜", "url": reverse("sms:compose")},
    ]  # fmt: skip


def _row(application: Application) -> dict[str, Any]:
    return {
        "number": application.number,
        "url": reverse("guarantees:application", args=[application.public_id]),
        "product": application.product,
        "amount": application.amount,
        "state": application.state,
        "state_label": application.get_state_display(),
    }
