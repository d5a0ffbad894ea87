"""What readers are shown, newest words first."""

from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from portal.helpdesk.models import (
    Download,
    FaqCategory,
    FaqEntry,
    FaqVersion,
    Notice,
    NoticeVersion,
    Question,
    ScanState,
)
from portal.members.models import User

READY = (ScanState.CLEAN, ScanState.NOT_SCANNED)


def faq_entries() -> QuerySet[FaqEntry]:
    """Entries on the page, each with `question`, `answer`, `version_id` and `changed_at` of its latest version."""
    latest = FaqVersion.objects.filter(entry=OuterRef("pk")).order_by("-number")
    return (
        FaqEntry.objects.filter(is_shown=True, versions__number=1)
        .select_related("category")
        .annotate(
            question=Subquery(latest.values("question")[:1]),
            answer=Subquery(latest.values("answer")[:1]),
            version_id=Subquery(latest.values("pk")[:1]),
            changed_at=Subquery(latest.values("made_at")[:1]),
        )
    )


def faq_by_category(words: str = "") -> list[tuple[FaqCategory, list[FaqEntry]]]:
    """The page: categories in order with their entries; with `words` only entries that hold them all."""
    found: dict[FaqCategory, list[FaqEntry]] = {}
    for entry in matching(faq_entries(), words, "question", "answer"):
        found.setdefault(entry.category, []).append(entry)
    return list(found.items())


def notices(at: datetime) -> QuerySet[Any]:
    """Notices everybody may read now with `title` and `body`, pinned ones first."""
    latest = NoticeVersion.objects.filter(notice=OuterRef("pk")).order_by("-number")
    return (
        Notice.objects.published(at)
        .filter(versions__number=1)
        .annotate(title=Subquery(latest.values("title")[:1]), body=Subquery(latest.values("body")[:1]))
        .order_by("-is_pinned", "-publish_at", "-id")
    )


def downloads(section: str = "") -> QuerySet[Download]:
    """Posts of the library that have a file to hand out."""
    rows = Download.objects.filter(is_retired=False, files__scan__in=READY).distinct()
    return rows.filter(section=section) if section else rows


def board(user: User | None) -> QuerySet[Question]:
    """What the board lists for a reader. A private question is listed, but only its asker sees what it says."""
    shown = Question.objects.filter(hidden_at=None)
    if user is None:
        return shown
    return Question.objects.filter(Q(hidden_at=None) | Q(asked_by=user))


def matching(rows: QuerySet, words: str, *fields: str) -> QuerySet:
    """Rows in which each of the typed words stands somewhere in `fields`; all rows without words."""
    for word in words.split()[:5]:
        somewhere = Q()
        for field in fields:
            somewhere |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(somewhere)
    return rows
