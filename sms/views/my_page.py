"""마이페이지: the company as the cooperative knows it, and where to go from here (S31, S52)."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock
from portal.clock import seoul_day
from portal.identifiers import format_business_number, format_mobile
from portal.members.gate import member_page
from portal.members.models import Member
from portal.side_menu import MY_MENU, side_menu, trail_to
from sms.account import balance, coming_suspension, next_lapse
from sms.recipients_sql import receivers_of
from sms.views.own import own_member

LAPSES_SOON = timedelta(days=30)


@member_page
@require_safe
def my_page(request: HttpRequest) -> HttpResponse:
    """The company's data, its calls and who receives its expiry notices."""
    member, now = own_member(request), clock.now()
    lapse = next_lapse(member.pk, now)
    context = {
        "member": member,
        "lapse": lapse if lapse and lapse.last_day - seoul_day(now) <= LAPSES_SOON else None,
        "lapse_calls": f"{lapse.calls:,}" if lapse else "",
        "suspension": coming_suspension(now),
        "company": _company(member),
        "people": _people(member),
        "balance": balance(member.pk, now),
        "receivers": len(receivers_of(member.pk)),
        "menu_items": side_menu(request, MY_MENU),
        "breadcrumbs": trail_to(("마이페이지", "sms:my_page")),
        "compose_url": reverse("sms:compose"),
        "recipients_url": reverse("sms:recipients"),
    }
    return render(request, "sms/my_page.html", context)


def _company(member: Member) -> list[tuple[str, str]]:
    return [
        ("상호", member.name),
        ("사업자등록번호", format_business_number(member.business_number)),
        ("주소", member.address or "등록되지 않음"),
        ("문자용 상호", member.sms_name or "등록되지 않음 (문자 대신 이메일로 알립니다)"),
        ("가입일", f"{member.joined_on:%Y. %-m. %-d.}"),
    ]


def _people(member: Member) -> list[tuple[str, str]]:
    return [
        (
            "대표이사",
            _reached_by(member.representative_name, member.representative_mobile, member.representative_email),
        ),
        ("담당자", _reached_by(member.contact_name, member.contact_mobile, member.contact_email)),
    ]


def _reached_by(name: str, mobile: str, email: str) -> str:
    ways = (name, format_mobile(mobile) if mobile else "", email)
    return " · ".join(way for way in ways if way) or "등록되지 않음"
