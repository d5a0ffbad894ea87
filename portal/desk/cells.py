"""How lists and details write a state, an amount, a number."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.identifiers import mask_email, mask_mobile
from portal.templatetags.portal_ui import TONE_OF
from portal.won import format_won

EMPTY = "-"


def badge(state: str, label: str, tone: str = "") -> SafeString:
    """A state in words, with a tone for the eye."""
    return format_html('<span class="badge {}">{}</span>', tone or TONE_OF.get(state, ""), label)


def won(amount: int | None) -> str:
    """1,234원, or a dash."""
    return EMPTY if amount is None else format_won(amount)


def masked(address: str) -> str:
    """A mobile number or an e-mail address with its middle hidden; empty as a dash."""
    if "@" in address:
        return mask_email(address)
    return mask_mobile(address) if len(address) == 11 else (EMPTY if not address else "***")


def waiting(since: datetime | None, now: datetime) -> str:
    """How long something has waited, in its largest units: 3일 4시간, 25분."""
    if since is None:
        return EMPTY
    length = max(now - since, timedelta())
    hours, minutes = length.seconds // 3600, length.seconds % 3600 // 60
    if length.days:
        return f"{length.days}일 {hours}시간"
    return f"{hours}시간 {minutes}분" if hours else f"{minutes}분"


def named(field: str, label: str) -> Callable[[Any, Any], str]:
    """A column with the name of a related person, and no link to an account page the reader may not open."""

    @admin.display(description=label)
    def cell(page: Any, row: Any) -> str:
        return str(getattr(row, field) or EMPTY)

    return cell


def link(row: Model | None, label: str = "") -> SafeString | str:
    """A row by name, leading to its own admin page."""
    if row is None:
        return EMPTY
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', url, label or str(row))
