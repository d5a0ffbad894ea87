"""People and applications at a given point of their way, made through the real actions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db import connection, transaction

from guarantees.actions import drafts, screening, submission
from guarantees.actions.rows import application_step, locked_application
from guarantees.models import (
    Application,
    ApplicationDocument,
    Contract,
    Counter,
    Delivery,
    Guarantee,
    GuaranteeDocument,
    Payment,
    SealCertificate,
    SupplementItem,
)
from guarantees.rules.states import ApplicationEvent
from portal.access import Actor, ScopedModel
from portal.audit.models import AuditEvent
from portal.audit.trail import record
from portal.members.models import Branch, Member, User
from portal.members.roles import Role
from portal.uploads.checking import check
from sms.models import Batch, Entry, Lot, Message
from tests.factories import at, make_application, make_branch, make_member, make_user

FRIDAY = at("2026-11-20 10:00")
BACKEND = "portal.members.login.MemberBackend"  # as at a real login: the company comes with the person
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


@dataclass(frozen=True)
class Cast:
    """A member with its user, and the branch's people."""

    branch: Branch
    member: Member
    user: User
    officer: User
    colleague: User
    head: User
    underwriter: User


def make_cast(**member_fields: object) -> Cast:
    branch = make_branch()
    member = make_member(branch, **member_fields)
    return Cast(
        branch=branch,
        member=member,
        user=make_user(Role.MEMBER_USER, member=member),
        officer=make_user(Role.BRANCH_OFFICER, branch=branch, full_name="박다솜"),
        colleague=make_user(Role.BRANCH_OFFICER, branch=branch, full_name="최라온"),
        head=make_user(Role.BRANCH_HEAD, branch=branch, full_name="정마루"),
        underwriter=make_user(Role.HQ_UNDERWRITER, full_name="강바로"),
    )


def web(user: User) -> Actor:
    return Actor.user(user, channel="web")


def admin(user: User) -> Actor:
    return Actor.user(user, channel="admin")


def filled_draft(cast: Cast, **fields: object) -> Application:
    """A draft with every field and every paper."""
    draft = make_application(cast.member, **fields)
    for paper in draft.product.required_documents.all():
        attach(draft, cast.user, paper.name)
    draft.refresh_from_db()
    return draft


def attach(
    application: Application, user: User, name: str = "계약서 사본", content: bytes = PDF
) -> ApplicationDocument:
    return drafts.attach(
        application_id=application.pk, by=web(user), at=FRIDAY, name=name, upload=check("계약서.pdf", content)
    )


def submitted(cast: Cast, **fields: object) -> Application:
    draft = filled_draft(cast, **fields)
    return submission.submit(application_id=draft.pk, by=web(cast.user), at=FRIDAY)


def in_review(cast: Cast, *, reviewer: User | None = None, **fields: object) -> Application:
    application = submitted(cast, **fields)
    return screening.take(application_id=application.pk, by=admin(reviewer or cast.officer), at=FRIDAY)


def supplemented(cast: Cast, **fields: object) -> Application:
    application = in_review(cast, **fields)
    return screening.request_supplement(
        application_id=application.pk, by=admin(cast.officer), at=FRIDAY, items=["계약서 2쪽이 빠졌습니다."]
    )


def approved(cast: Cast, **fields: object) -> Application:
    application = in_review(cast, **fields)
    return screening.approve(application_id=application.pk, by=admin(cast.officer), at=FRIDAY)


def traces() -> dict[str, object]:
    """Everything an action could leave behind, for showing that a refused one left nothing."""
    return {
        "applications": list(Application.everything.order_by("id").values_list()),
        "items": SupplementItem.everything.count(),
        "documents": list(ApplicationDocument.everything.order_by("id").values_list("id", "is_withdrawn")),
        "guarantees": list(Guarantee.everything.order_by("id").values_list()),
        "sealed": list(GuaranteeDocument.everything.order_by("id").values_list()),
        "seals": SealCertificate.objects.count(),
        "payments": list(Payment.everything.order_by("id").values_list()),
        "deliveries": list(Delivery.everything.order_by("id").values_list()),
        "contracts": Contract.everything.count(),
        "counters": list(Counter.objects.order_by("series").values_list("series", "last")),
        "audit": AuditEvent.everything.count(),
        "messages": Message.everything.count(),
        "batches": Batch.objects.count(),
        "lots": Lot.everything.count(),
        "entries": Entry.everything.count(),
    }


# Whatever a guarantee, its money, its messages or its history is written to.
_TABLES = sorted(
    model._meta.db_table
    for model in apps.get_models()
    if model is Counter
    or (issubclass(model, ScopedModel) and model._meta.app_label in {"guarantees", "sms", "audit"})
)
_FINGERPRINT = "SELECT md5(string_agg(part, ',')) FROM ({}) AS every (part)".format(
    " UNION ALL ".join(
        f"(SELECT md5(string_agg(one::text, E'\\n' ORDER BY one::text)) FROM {table} AS one)" for table in _TABLES
    )
)


def fingerprint() -> str:
    """One hash of every row an action could touch: as `traces`, for where a refusal is tried hundreds of times."""
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT)
        return str(cursor.fetchone()[0])


@transaction.atomic
def sign(*, application_id: int, by: Actor, at: datetime) -> Application:
    """APPROVED to SIGNED as the verified signature of the representative leaves it, without the signature.

    What makes a signature hold is shown by `test_application_signing`. Raises NotFound, NotNow, NotAllowed.
    """
    application = locked_application(application_id, by)
    application.state = application_step(application, ApplicationEvent.SIGN, by)
    application.signed_at = application.changed_at = at
    application.save(update_fields=["state", "signed_at", "changed_at"])
    record(action="application.sign", by=by, at=at, subject=application)
    return application


class Crash(Exception):
    """The process dies here: whatever was not committed is gone."""


@contextmanager
def crashing() -> Iterator[None]:
    """A transaction whose last line is never reached."""
    with pytest.raises(Crash), transaction.atomic():  # noqa: PT012 - the crash is the point
        yield
        raise Crash


def zipped(entries: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return made.getvalue()
