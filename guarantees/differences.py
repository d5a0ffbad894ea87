"""What a member changed since the branch last asked for more: for him before he answers, and for the officer."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from guarantees.models import Application
from portal.audit.models import AuditEvent
from portal.audit.trail import history
from portal.identifiers import format_business_number
from portal.templatetags.portal_ui import korean_date
from portal.won import format_won

ASKED = "application.request_supplement"
WON = frozenset({"contract_amount", "required_amount", "advance_amount", "amount"})
EMPTY = "-"


@dataclass(frozen=True)
class Change:
    """One field in words, before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """Fields and papers changed since the last request; papers as (name of the paper, file name)."""

    fields: tuple[Change, ...]
    added: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.fields or self.added or self.removed)


def since_supplement(application: Application) -> Difference | None:
    """What changed after the last supplement request, told from the audit trail; None if there was none."""
    events = list(history(application))
    asked = [place for place, event in enumerate(events) if event.action == ASKED]
    if not asked:
        return None
    later = events[asked[-1] + 1 :]
    added, removed = _papers(later, "application.attach"), _papers(later, "application.detach")
    return Difference(_fields(later), tuple((added - removed).elements()), tuple((removed - added).elements()))


def _papers(events: list[AuditEvent], action: str) -> Counter[tuple[str, str]]:
    found = (event.detail for event in events if event.action == action)
    return Counter((detail["document"], detail["filename"]) for detail in found)


def _fields(events: list[AuditEvent]) -> tuple[Change, ...]:
    """First and last value of each field, without those that came back to where they were."""
    values: dict[str, list[Any]] = {}
    for event in events:
        if event.action == "application.amend":
            for name, (before, after) in event.detail.items():
                values.setdefault(name, [before, after])[1] = after
    return tuple(
        Change(_label(name), shown(name, before), shown(name, after))
        for name, (before, after) in values.items()
        if before != after
    )


def _label(name: str) -> str:
    return str(Application._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def shown(name: str, value: Any) -> str:
    """A value of the trail as people read it."""
    if value in (None, ""):
        return EMPTY
    field = Application._meta.get_field(name)
    if choices := dict(getattr(field, "choices", None) or ()):
        return str(choices.get(value, value))
    if name in WON:
        return format_won(value)
    if name == "beneficiary_business_number":
        return format_business_number(value)
    if field.get_internal_type() == "DateField":
        return korean_date(date.fromisoformat(value))
    return str(value)
