"""The front page: what the portal is for, or, for a member, what needs him today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from allauth.account.forms import LoginForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from guarantees.forms.verification import NumberForm
from guarantees.models import Application
from guarantees.overview import SOON, Overview, open_applications, overview_of, weeks_ahead
from guarantees.rules.ending_weeks import Day
from guarantees.rules.states import ApplicationState
from portal import clock
from portal.glance import Glance
from portal.helpdesk.queries import notices
from portal.members.models import Member, User
from portal.templatetags.portal_ui import korean_date

NEWS = 4
SHOWN = 5
MOST_STEPS = 8
NEAR = timedelta(days=3)

TASKS = (
    (
        "인터넷 보증 신청",
        "방문하지 않고 신청하고, 심사결과를 이메일과 휴대폰 문자로 바로 받아 봅니다.",
        "guarantees:apply",
    ),
    (
        "보증해제대상 안내",
        "보증기간이 끝나기 15일 전에 대표이사와 수신 담당자에게 문자로 알려 드립니다.",
        "guarantees:guarantees",
    ),
    (
        "문자메시지서비스",
        "인터넷 보증서가 발급될 때마다 문자 1콜이 쌓이고, 쌓인 콜로 무료로 문자를 보냅니다.",
        "sms:compose",
    ),
)
# The way of an application as a member walks it, and how far each state has come.
WAY = ("접수", "심사", "약정", "납부", "발급")
REACHED = {
    ApplicationState.DRAFT: 0,
    ApplicationState.SUBMITTED: 1,
    ApplicationState.IN_REVIEW: 2,
    ApplicationState.SUPPLEMENT: 2,
    ApplicationState.APPROVED: 3,
    ApplicationState.SIGNED: 4,
    ApplicationState.FEE_PAID: 5,
}


@dataclass(frozen=True)
class NextStep:
    """One thing that waits for the member. `due`: how long he has, in words, or empty."""

    title: str
    text: str
    url: str
    link: str
    due: str = ""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Visitors see what the portal does, members their business, staff go on to their desk."""
    user, at = request.user, clock.now()
    if not user.is_authenticated:
        tasks = [{"title": title, "text": text, "url": reverse(view)} for title, text, view in TASKS]
        context = {"tasks": tasks, "verify_form": NumberForm(), "login_form": LoginForm(), **_news(at)}
        return render(request, "portal/home.html", context)
    if user.member is None:
        return redirect("admin:index")
    return render(request, "portal/home.html", member_home(user, user.member, at))


def member_home(user: User, member: Member, at: datetime) -> dict[str, Any]:
    """What the member's front page shows."""
    today = clock.seoul_day(at)
    overview, applications, weeks = overview_of(user, at), open_applications(user), weeks_ahead(user, today)
    submitted = [one for one in applications if one.state != ApplicationState.DRAFT]
    days = [day for week in weeks for day in week]
    return {
        "today": today,
        "next_steps": [
            *_first(list(_of_applications(applications, today))),
            *_of_company(overview, member, today),
        ],
        "stats": _stats(overview, len(submitted), days, today),
        "limit": overview.gauge,
        "applications": [_row(application) for application in applications[:SHOWN]],
        "weeks": [[_cell(day) for day in week] for week in weeks],
        "ending_days": [day for day in days if day.ending],
        **_news(at),
    }


@lru_cache(maxsize=1024)
def _cell(day: Day) -> SafeString:
    """A day of the calendar, rendered. Few days differ between members, so most are ready."""
    return render_to_string("portal/home_day.html", {"day": day})


def _published(at: datetime) -> list[dict[str, Any]]:
    return [
        {"title": title, "on": clock.seoul_day(since), "url": reverse("helpdesk:notice", args=[number])}
        for number, title, since in notices(at).values_list("pk", "title", "publish_at")[:NEWS]
    ]


_latest_news = Glance(_published)


def _news(at: datetime) -> dict[str, Any]:
    return {"notices": _latest_news.look(at), "notices_url": reverse("helpdesk:notices")}


def _first(steps: list[NextStep]) -> Iterator[NextStep]:
    """As many as can be read at a glance, and where the others are."""
    yield from steps[:MOST_STEPS]
    if len(steps) > MOST_STEPS:
        title = f"하실 일이 있는 신청이 {len(steps) - MOST_STEPS}건 더 있습니다"
        url = f"{reverse('guarantees:applications')}?state=open"
        yield NextStep(title, "신청현황에서 모두 볼 수 있습니다.", url, "신청현황 보기")


def _of_applications(applications: list[Application], today: date) -> Iterator[NextStep]:
    """What the member himself has to do for them."""
    for application in applications:
        if application.state == ApplicationState.SUPPLEMENT and application.supplement_due_on:
            due = application.supplement_due_on
            text = f"{_name(application)}: {korean_date(due)}까지 보완해 주세요."
            yield NextStep("보완 요청이 있습니다", text, _page(application), "보완하기", _left(due, today))
        elif application.state == ApplicationState.APPROVED:
            text = f"{_name(application)}: 약정 내용을 확인하고 서명해 주세요."
            yield NextStep("심사가 승인되었습니다", text, _page(application), "약정하기")
        elif application.state == ApplicationState.SIGNED:
            text = f"{_name(application)}: 보증료가 납부되면 보증서를 발급합니다."
            url = reverse("guarantees:pay", args=[application.public_id])
            yield NextStep("보증료를 납부해 주세요", text, url, "납부하기")


def _name(application: Application) -> str:
    return f"{application.product} {application.number}"


def _page(application: Application) -> str:
    return reverse("guarantees:application", args=[application.public_id])


def _of_company(overview: Overview, member: Member, today: date) -> Iterator[NextStep]:
    if overview.change_to_pay:
        url = reverse("guarantees:pay_endorsement", args=[overview.change_to_pay])
        text = "변경 보증료가 납부되면 바뀐 보증서를 발급합니다."
        yield NextStep("변경 보증료를 납부해 주세요", text, url, "납부하기")
    if overview.releasable:
        text = "해제하기 전까지는 보증한도를 차지합니다. 해제를 요청해 주세요."
        url = reverse("guarantees:releasable")
        yield NextStep(f"풀 수 있는 보증이 {overview.releasable}건 있습니다", text, url, "풀 수 있는 보증 보기")
    if overview.certificate_until and overview.certificate_until - today <= SOON:
        yield _certificate(overview.certificate_until, today)
    if overview.lapses_on:
        first = korean_date(overview.lapses_on)
        text = f"30일 안에 {overview.lapsing}콜이 소멸합니다. 가장 이른 것은 {first}까지입니다."
        url, left = reverse("sms:compose"), _left(overview.lapses_on, today)
        yield NextStep("곧 소멸하는 문자 마일리지가 있습니다", text, url, "문자 보내기", left)
    if not member.representative_mobile:
        text = "대표이사 휴대폰 번호가 없어 보증해제대상 안내 문자를 보내지 못합니다. 관할 지점에 알려 주세요."
        yield NextStep("대표이사 휴대폰 번호를 등록해 주세요", text, reverse("sms:recipients"), "SMS 수신자 등록")


def _certificate(until: date, today: date) -> NextStep:
    url = reverse("certificates:replace")
    if until < today:
        text = f"{korean_date(until)}에 끝났습니다. 은행에서 새로 받은 인증서를 등록해 주세요."
        return NextStep("공동인증서 기간이 끝났습니다", text, url, "인증서갱신")
    text = f"{korean_date(until)}까지 쓸 수 있습니다. 은행에서 갱신한 뒤 새 인증서를 등록해 주세요."
    return NextStep("공동인증서가 곧 끝납니다", text, url, "인증서갱신", _left(until, today))


def _left(due: date, today: date) -> str:
    """Said only when it presses: today, or in three days at most."""
    if due < today or due - today > NEAR:
        return ""
    return "오늘까지" if due == today else f"{(due - today).days}일 남음"


def _stats(overview: Overview, under_way: int, days: list[Day], today: date) -> list[dict[str, Any]]:
    rows = reverse("guarantees:guarantees")
    ending = sum(day.ending for day in days if day.on <= today + SOON)
    return [
        {"label": "진행 중인 신청", "value": under_way, "unit": "건",
         "url": f"{reverse('guarantees:applications')}?state=open"},
        {"label": "유효한 보증", "value": overview.active, "unit": "건", "url": f"{rows}?state=active"},
        {"label": "30일 안에 끝나는 보증", "value": ending, "unit": "건",
         "url": f"{rows}?state=active&order=ends"},
        {"label": "문자 마일리지", "value": overview.calls, "unit": "콜", "url": reverse("sms:statement")},
    ]  # fmt: skip


def _row(application: Application) -> dict[str, Any]:
    reached = REACHED[ApplicationState(application.state)]
    return {
        "number": application.number or "작성 중",
        "url": _page(application),
        "product": application.product,
        "amount": application.amount,
        "state": application.state,
        "state_label": application.get_state_display(),
        "reached": reached,
        "step": WAY[reached - 1] if reached else "",
        "way": [number < reached for number in range(len(WAY))],
    }
