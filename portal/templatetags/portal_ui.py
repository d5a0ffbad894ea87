"""Filters and tags of the pages: how amounts, dates, numbers and states are written in Korean."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.utils import timezone
from django.utils.safestring import SafeString

from portal.identifiers import format_business_number, format_mobile
from portal.particles import with_particle
from portal.prose import prose as prose_of
from portal.side_menu import MY_MENU, Entry, side_menu
from portal.won import format_won, in_words

register = template.Library()

WEEKDAYS = "월화수목금토일"

# Tone of a state code; a code not listed is neutral. The label always says the state in words too.
TONES = {
    "info": "submitted in_review ready claimed deferred running",
    "ok": "approved signed fee_paid issued active accepted",
    "warn": "supplement expired review unknown suspended",
    "danger": "rejected refused revoked failed expelled",
    "done": "released lapsed withdrawn cancelled done skipped superseded",
}
TONE_OF = {state: tone for tone, states in TONES.items() for state in states.split()}

INPUT_MODES = {
    "won": "numeric",
    "business": "numeric",
    "corporate": "numeric",
    "mobile": "tel",
    "phone": "tel",
}


@register.filter
def won(amount: int | None) -> str:
    """An amount in won: 1,234원. None shows nothing."""
    return "" if amount is None else format_won(amount)


@register.filter
def won_words(amount: int | None) -> str:
    """An amount in words: 금 일억이천만원정. None and 0 show nothing."""
    return in_words(amount) if amount else ""


@register.filter
def korean_date(day: date | None) -> str:
    """A day: 2027. 11. 21.(일). An instant is read as its day in Seoul."""
    if not day:
        return ""
    if isinstance(day, datetime):
        day = _in_seoul(day)
    return f"{day.year}. {day.month}. {day.day}.({WEEKDAYS[day.weekday()]})"


@register.filter
def particle(text: str, pair: str) -> str:
    """The text with the one of 은/는, 이/가, ... that follows it."""
    return with_particle(text, pair)


@register.filter
def korean_datetime(instant: datetime | None) -> str:
    """An instant in Seoul: 2027. 11. 21.(일) 14:05."""
    if not instant:
        return ""
    local = _in_seoul(instant)
    return f"{korean_date(local)} {local:%H:%M}"


@register.filter
def prose(text: str) -> SafeString:
    """Text as staff typed it, with its paragraphs, lists and links."""
    return prose_of(text)


@register.filter
def is_instant(value: object) -> bool:
    """Whether a date also carries a time of day."""
    return isinstance(value, datetime)


@register.filter
def days_with(starts_on: date, ends_on: date) -> int:
    """Days of a period, both ends counted."""
    return (ends_on - starts_on).days + 1


@register.filter
def in_korean(length: timedelta) -> str:
    """A length of time in hours and minutes: 10분, 1시간 30분."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return " ".join([f"{hours}시간"] * bool(hours) + [f"{minutes}분"] * bool(minutes or not hours))


@register.filter
def business_number(digits: str | None) -> str:
    """Ten digits as 901-81-12019; anything else unchanged."""
    text = digits or ""
    return format_business_number(text) if _is_digits(text, 10) else text


@register.filter
def mobile(digits: str | None) -> str:
    """Eleven digits as 010-0000-1000; anything else (a masked number) unchanged."""
    text = digits or ""
    return format_mobile(text) if _is_digits(text, 11) else text


@register.filter
def tone(state: str | None) -> str:
    """Tone of a state code, used by components/badge.html."""
    return TONE_OF.get(str(state or ""), "neutral")


@register.filter
def percent_of(used: int, total: int) -> int:
    """Share in whole percent, cut to 0–100; a total of 0 counts as full."""
    if total <= 0:
        return 100
    return max(0, min(100, used * 100 // total))


@register.filter
def page_numbers(page: Page[Any]) -> list[int | None]:
    """Page numbers around the current page; None stands for a gap."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in numbers]


@register.filter
def zipped(columns: Sequence[object], row: Sequence[object]) -> Iterable[tuple[object, object]]:
    """Each cell of a row with its column."""
    return zip(columns, row, strict=True)


@register.filter
def widget_kind(field: BoundField) -> str:
    """How components/field.html lays the field out: checkbox, group, file, password or plain."""
    kind = field.widget_type
    if kind in ("radioselect", "checkboxselectmultiple"):
        return "group"
    if kind in ("file", "clearablefile"):
        return "file"
    return kind if kind in ("checkbox", "password") else "plain"


@register.simple_tag(takes_context=True)
def my_menu(context: dict[str, Any]) -> list[Entry]:
    """The menu of 마이페이지, beside pages that are not ours; nothing for who serves no member."""
    request = context["request"]
    return side_menu(request, MY_MENU) if getattr(request.user, "member_id", None) else []


@register.simple_tag
def widget(
    field: BoundField,
    *,
    mask: str = "",
    words: bool | str = False,
    size_limit: int | str = "",
    size_most: int | str = "",
    help_text: str = "",
) -> SafeString:
    """The input of a field with the attributes its live formatting and its descriptions need."""
    attrs: dict[str, str | bool] = {}
    if mask:
        attrs |= {
            "data-mask": mask,
            "inputmode": INPUT_MODES[mask],
            "autocomplete": _autocomplete(field, mask),
        }
    if words:
        attrs["data-words"] = f"{field.auto_id}_words"
    if size_limit:
        attrs |= {"data-bytes": str(size_limit), "data-count": f"{field.auto_id}_bytes"}
        attrs |= {"data-bytes-most": str(size_most)} if size_most else {}
    if str(field.field.widget.attrs.get("placeholder")) == str(field.label):
        attrs["placeholder"] = False
    described = [f"{field.auto_id}_helptext"] if help_text or field.help_text else []
    described += [f"{field.auto_id}_error"] if field.errors else []
    if described and not field.use_fieldset:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


def _autocomplete(field: BoundField, mask: str) -> str:
    given = field.field.widget.attrs.get("autocomplete")
    return str(given or ("tel-national" if mask in ("mobile", "phone") else "off"))


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _in_seoul(instant: datetime) -> datetime:
    return timezone.localtime(instant) if timezone.is_aware(instant) else instant
