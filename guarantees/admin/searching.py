"""Searching applications and guarantees: by number through its index, else by the member, else by the work."""

import re
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from portal.desk.searching import member_ids

FULL_NUMBER = re.compile(r"\d{4}-[A-Z]\d?[A-Z0-9-]*\Z")
SHORT_NUMBER = re.compile(r"[A-Z]\d-\d{1,6}\Z")
APPLICATION_NUMBER = re.compile(r"A\d{2}-\d*\Z")
YEARS_BACK = 10  # how old a guarantee may be that somebody asks for by its short number
HELP = "번호의 앞부분, 조합원의 상호나 사업자등록번호, 공사명의 일부로 찾습니다."


def find(request: HttpRequest, rows: QuerySet[Any], typed: str, *, today: date) -> QuerySet[Any]:
    """The rows meant by what was typed. Ids of members are fetched first: an OR with a subquery costs seconds."""
    text = typed.strip()
    if not text:
        return rows
    upper = text.upper()
    if FULL_NUMBER.match(upper) or APPLICATION_NUMBER.match(upper):
        return rows.filter(number__startswith=upper)
    if SHORT_NUMBER.match(upper):
        return rows.filter(_of_any_year(upper, today))
    if members := member_ids(request, text):
        return rows.filter(member__in=members)
    return rows.filter(contract_name__contains=text)


def _of_any_year(short: str, today: date) -> Q:
    found = Q()
    for year in range(today.year - YEARS_BACK, today.year + 1):
        found |= Q(number__startswith=f"{year}-{short}")
    return found
