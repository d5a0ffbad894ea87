"""Writing down that a company's data were taken away as a file."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from portal.access import Actor
from portal.audit.trail import record
from portal.members.models import Member


@transaction.atomic
def note_taken(*, member_id: int, rows: Mapping[str, int], form: str, by: Actor, at: datetime) -> None:
    """`rows`: how many of each table, `form`: csv or xlsx."""
    member = Member.everything.within(by.scope).get(pk=member_id)
    record(action="member.export", by=by, at=at, subject=member, detail={"form": form, "rows": dict(rows)})
