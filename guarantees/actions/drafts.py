"""Filling in an application: started once per form, kept after every step, open again for a supplement."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from guarantees.actions.rows import NotAllowed, NotFound, locked_application
from guarantees.models import Application, ApplicationDocument, Channel, Product
from guarantees.models.applications import stored_as
from guarantees.queries import contact_for, documents_of
from guarantees.rules.asking import ASKED_OF, is_asked
from guarantees.rules.states import MEMBER, ApplicationState
from portal.access import Actor, Reach
from portal.audit.trail import record
from portal.compiled import Compiled
from portal.identifiers import mask_mobile
from portal.refusals import Refusal
from portal.uploads.checking import Upload

EDITABLE = frozenset({ApplicationState.DRAFT, ApplicationState.SUPPLEMENT})
FIELDS = frozenset(
    {
        "contract_role", "owner_kind", "work_kind", "contract_name", "contract_number", "contract_amount",
        "contracted_on", "completes_on", "site_address", "required_amount", "advance_amount",
        "payment_cycle_months", "beneficiary_name", "beneficiary_business_number", "delivery_channel",
        "beneficiary_email", "amount", "starts_on", "ends_on", "special_terms",
        "contact_name", "contact_mobile", "contact_email",
    }
)  # fmt: skip
NEEDED_ONCE_SUBMITTED = frozenset({"amount", "starts_on", "ends_on"})
_offered: Compiled[Product] = Compiled(lambda *, code: Product.objects.filter(pk=code, is_offered=True))
_begun: Compiled[Application] = Compiled(
    lambda *, member, form_key: Application.everything.filter(member_id=member, form_key=form_key)
)
MAXIMUM_FILES = 20
MAXIMUM_FILES_A_DAY = 100


class NotEditable(Refusal):
    """The application is with the branch, or closed."""

    def __init__(self, application: Application) -> None:
        super().__init__(
            f"이 신청은 ‘{application.get_state_display()}’ 단계라 내용을 고칠 수 없습니다. "
            "고칠 것이 있으면 관할 지점에 연락해 주세요."
        )


class NotOffered(Refusal):
    """The product is not sold on-line."""

    message = "온라인으로 신청할 수 없는 보증입니다. 다른 보증을 고르시거나 관할 지점에 문의해 주세요."


class FormUsed(Refusal):
    """The form's key belongs to an application that is no draft any more."""

    message = "이 화면으로 이미 신청하셨습니다. 새로 신청하려면 보증신청 화면을 다시 열어 주세요."


class TooManyFiles(Refusal):
    """The application, or the company for the day, holds as many files as it may."""

    def __init__(self, limit: str) -> None:
        super().__init__(f"{limit} 올릴 수 있습니다. 필요 없는 파일을 지우거나 한 파일로 묶어 올려 주세요.")


class ChangedElsewhere(Refusal):
    """Another window has stored something else in the same fields since this one was opened."""

    message = (
        "이 신청서를 다른 창에서 먼저 고쳐, 이 창에서 입력한 내용은 아직 저장하지 않았습니다. "
        "이 창의 내용이 맞으면 ‘다음’을 눌러 저장하시고, 아니면 저장된 내용을 불러오세요."
    )


@dataclass(frozen=True)
class Seen:
    """What a page was made from: the names of its fields, and 16 hex digits that stand for their values."""

    names: frozenset[str]
    mark: str

    @classmethod
    def of(cls, application: Application, names: Iterable[str]) -> "Seen":
        """As the fields are stored now."""
        named = sorted(names)
        values = "\n".join(f"{name}={getattr(application, name)!s}" for name in named)
        return cls(frozenset(named), sha256(values.encode()).hexdigest()[:16])


@transaction.atomic
def start(*, product_code: str, form_key: UUID, by: Actor, at: datetime) -> Application:
    """A new draft with the contact filled in; the same form sent again is the same draft.

    Raises NotAllowed, NotOffered, FormUsed.
    """
    member_id = _member_of(by)
    offered = _offered.rows(code=product_code)
    if not offered:
        raise NotOffered
    product = offered[0]
    draft, is_new = _begun_once(member_id, form_key, product, by, at)
    if is_new:
        record(action="application.start", by=by, at=at, subject=draft, detail={"product": product.code})
    elif draft.product_id != product.code:
        _change_product(draft.pk, product, by, at)
    return draft


def _begun_once(
    member_id: int, form_key: UUID, product: Product, by: Actor, at: datetime
) -> tuple[Application, bool]:
    """The form's draft, and whether it is new. Of two presses at once the constraint lets one through, and the
    other waits for it and finds its draft."""
    draft = Application(
        member_id=member_id,
        form_key=form_key,
        product=product,
        channel=Channel.INTERNET,
        created_at=at,
        created_by_id=by.user_id,
        changed_at=at,
        **contact_for(member_id),
    )
    Application.everything.bulk_create([draft], ignore_conflicts=True)
    (kept,) = _begun.rows(member=member_id, form_key=form_key)
    return kept, kept.public_id == draft.public_id


def _member_of(by: Actor) -> int:
    if by.scope.reach is not Reach.MEMBER or by.scope.id is None or not by.roles & MEMBER:
        raise NotAllowed
    return by.scope.id


def _change_product(application_id: int, product: Product, by: Actor, at: datetime) -> None:
    """Someone went back in the browser and chose again: still the same draft."""
    draft = locked_application(application_id, by)
    if draft.state != ApplicationState.DRAFT:
        raise FormUsed
    emptied = [name for name in ASKED_OF if not is_asked(name, product.family)]
    # The kinds of work differ by family, and so does what the contract asks of it.
    emptied += ["required_amount", "work_kind"]
    for name in emptied:
        setattr(draft, name, Application._meta.get_field(name).get_default())  # type: ignore[union-attr]
    draft.product = product
    draft.changed_at = at
    draft.save(update_fields=["product", "changed_at", *emptied])
    record(action="application.choose", by=by, at=at, subject=draft, detail={"product": product.code})


@transaction.atomic
def save(
    *, application_id: int, by: Actor, at: datetime, values: Mapping[str, Any], seen: Seen | None = None
) -> Application:
    """Keep what was typed. During a supplement the difference is recorded.

    With `seen` nothing is stored over what another window has changed meanwhile; the same sent twice passes.
    Raises NotFound, NotEditable, ChangedElsewhere.
    """
    application = _editable(application_id, by)
    changes = {
        name: value for name, value in values.items() if name in FIELDS and getattr(application, name) != value
    }
    if application.state == ApplicationState.SUPPLEMENT:
        changes = {name: v for name, v in changes.items() if v is not None or name not in NEEDED_ONCE_SUBMITTED}
    if not changes:
        return application
    if seen is not None and Seen.of(application, seen.names) != seen:
        raise ChangedElsewhere
    before = {name: getattr(application, name) for name in changes}
    for name, value in changes.items():
        setattr(application, name, value)
    _keep_period_forward(application)
    application.changed_at = at
    application.save(update_fields=[*changes, "starts_on", "ends_on", "changed_at"])
    if application.state == ApplicationState.SUPPLEMENT:
        difference = {n: [_shown(n, before[n]), _shown(n, v)] for n, v in changes.items()}
        record(action="application.amend", by=by, at=at, subject=application, detail=difference)
    return application


def _keep_period_forward(application: Application) -> None:
    """A new start behind the stored end makes that end out of date: it is asked for again."""
    starts_on, ends_on = application.starts_on, application.ends_on
    if starts_on and ends_on and ends_on < starts_on:
        if application.state != ApplicationState.DRAFT:
            raise PeriodBackward
        application.ends_on = None


class PeriodBackward(Refusal):
    """The end of the period lies before its start."""

    message = "보증 종료일이 시작일보다 빠릅니다. 두 날짜를 다시 확인해 주세요."


def _shown(name: str, value: object) -> object:
    if name == "contact_mobile" and isinstance(value, str) and value:
        return mask_mobile(value)
    return value.isoformat() if isinstance(value, date) else value


@transaction.atomic
def attach(*, application_id: int, by: Actor, at: datetime, name: str, upload: Upload) -> ApplicationDocument:
    """Keep a checked file with the application; the same file under the same name is kept once.

    Raises NotFound, NotEditable, TooManyFiles.
    """
    application = _editable(application_id, by)
    twin = documents_of(application).filter(name=name, sha256=upload.sha256).first()
    if twin is not None:
        return twin
    _refuse_too_many(application, at)
    document = ApplicationDocument(
        application=application,
        name=name,
        filename=upload.filename,
        media_type=upload.media_type,
        size=upload.size,
        sha256=upload.sha256,
        uploaded_at=at,
        uploaded_by_id=by.user_id,
    )
    document.file.name = _stored(document, upload)
    document.save()
    detail = {"document": name, "filename": upload.filename, "sha256": upload.sha256}
    record(action="application.attach", by=by, at=at, subject=application, detail=detail)
    return document


def _refuse_too_many(application: Application, at: datetime) -> None:
    if documents_of(application).count() >= MAXIMUM_FILES:
        raise TooManyFiles(f"신청 한 건에 파일은 {MAXIMUM_FILES}개까지")
    recent = ApplicationDocument.everything.filter(
        application__member_id=application.member_id, uploaded_at__gt=at - timedelta(days=1)
    )
    if recent.count() >= MAXIMUM_FILES_A_DAY:
        raise TooManyFiles(f"하루에 파일은 {MAXIMUM_FILES_A_DAY}개까지")


def _stored(document: ApplicationDocument, upload: Upload) -> str:
    """Put the bytes under their own name, unless they lie there whole from before.

    A file without a row, left by a transaction that was rolled back, is harmless: the next upload finds it.
    """
    path = stored_as(document, upload.filename)
    if default_storage.exists(path) and default_storage.size(path) == upload.size:
        return path
    return default_storage.save(path, ContentFile(upload.content))


@transaction.atomic
def remove_document(*, application_id: int, by: Actor, at: datetime, document_id: int) -> ApplicationDocument:
    """Take a file back; its row stays. Taking it back twice changes nothing. Raises NotFound, NotEditable."""
    application = _editable(application_id, by)
    document = application.documents.filter(pk=document_id).first()
    if document is None:
        raise NotFound
    if not document.is_withdrawn:
        document.is_withdrawn = True
        document.save(update_fields=["is_withdrawn"])
        detail = {"document": document.name, "filename": document.filename}
        record(action="application.detach", by=by, at=at, subject=application, detail=detail)
    return document


def _editable(application_id: int, by: Actor) -> Application:
    _member_of(by)
    application = locked_application(application_id, by)
    if application.state not in EDITABLE:
        raise NotEditable(application)
    return application
