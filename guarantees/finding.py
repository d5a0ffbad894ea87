"""What the search finds of a member's own: guarantees and applications by number, work and beneficiary."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from guarantees.models import Application, Guarantee
from portal.search import A_KIND, Found, Hit, search_source


@search_source(10)
def own_business(request: HttpRequest, words: str, at: datetime) -> Iterator[Found]:
    """Nothing for visitors; staff search at their desk."""
    user = request.user
    if not user.is_authenticated or user.member_id is None:
        return
    guarantees = Guarantee.objects.for_user(user).select_related("product").filter(_holding(words)).order_by("-pk")
    hits = tuple(
        Hit(f"{row.number} {row.product.name}", reverse("guarantees:guarantee", args=[row.public_id]), _about(row))
        for row in guarantees[:A_KIND]
    )
    yield Found("보증", hits, reverse("guarantees:guarantees"))
    applications = Application.objects.for_user(user).select_related("product").filter(_holding(words))
    hits = tuple(
        Hit(
            f"{row.number or '작성 중'} {row.product.name}",
            reverse("guarantees:application", args=[row.public_id]),
            _about(row),
        )
        for row in applications.order_by("-pk")[:A_KIND]
    )
    yield Found("신청", hits, reverse("guarantees:applications"))


def _holding(words: str) -> Q:
    """Each typed word stands in the number, the work's name or the beneficiary's."""
    rows = Q()
    for word in words.split()[:5]:
        anywhere = (
            Q(number__icontains=word) | Q(contract_name__icontains=word) | Q(beneficiary_name__icontains=word)
        )
        rows &= anywhere
    return rows


def _about(row: Guarantee | Application) -> str:
    return " · ".join(filter(None, (row.contract_name, row.beneficiary_name, row.get_state_display())))
