"""Searching by the member: first the ids out of the small table, then the large table by its index."""

from django.http import HttpRequest

from portal.desk.scoped import visible
from portal.identifiers import normalize_digits
from portal.members.models import Member

MOST_MEMBERS = 1_000


def member_ids(request: HttpRequest, text: str) -> list[int]:
    """Members in the person's scope by the beginning of the business number, or a part of the name."""
    digits = normalize_digits(text)
    members = visible(Member, request).order_by()
    if digits.isascii() and digits.isdigit():
        members = members.filter(business_number__startswith=digits)
    elif text.upper() == text.lower():  # Korean: to compare the names as they stand takes a third of the time
        members = members.filter(name__contains=text)
    else:
        members = members.filter(name__icontains=text)
    return list(members.values_list("pk", flat=True)[:MOST_MEMBERS])
