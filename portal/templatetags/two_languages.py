"""Filters of the parts that Korean and English pages share."""

from datetime import date, datetime

from django import template
from django.utils.timezone import localtime

from portal.languages import spoken_day

register = template.Library()
register.filter("spoken_day", spoken_day)


@register.filter
def spoken_date(day: date | None) -> str:
    """A day as the page's language writes it, or an instant with its hour in Seoul; "" for none."""
    if day is None or not isinstance(day, datetime):
        return spoken_day(day) if day else ""
    return f"{spoken_day(day)} {localtime(day):%H:%M}"
