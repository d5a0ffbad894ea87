"""주소록 of a company: adding, changing and removing people to send messages to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.identifiers import mask_mobile
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.models import Contact
from sms.rules.phone_lists import Entry, LinesRefused

MOST_CONTACTS = 1_000
KEEPERS = frozenset({Role.MEMBER_USER, Role.MEMBER_REP})


class NotAKeeper(Refusal):
    """Somebody who is no user of the member."""

    message = "주소록은 조합원 회사의 사용자만 쓸 수 있습니다."


class ConsentMissing(Refusal):
    """People who are not said to have agreed."""

    message = "등록하는 분의 동의를 확인해 주세요. 동의하지 않은 분의 번호는 주소록에 둘 수 없습니다."


class AlreadyThere(Refusal):
    """A number that stands in the address book already."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} 님의 번호로 이미 주소록에 있습니다. 다른 번호를 적거나 그분의 내용을 고쳐 주세요."
        )


class BookFull(Refusal):
    """More people than an address book takes."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"주소록에는 {MOST_CONTACTS:,}명까지 둘 수 있습니다. 넣으면 {count:,}명이 되니 쓰지 않는 분을 먼저 "
            "삭제해 주세요."
        )


class NothingToAdd(Refusal):
    """A list without a line to take."""

    message = "넣을 사람이 없습니다. 한 줄에 한 분씩 이름과 번호를 적어 주세요."


@dataclass(frozen=True)
class Added:
    """What came of a list: how many are new, and how many stood there already under the same name."""

    new: int
    known: int


def add(*, member_id: int, entry: Entry, consented: bool, by: Actor, at: datetime) -> Contact:
    """Put one person into the address book.

    Raises NotAKeeper, ConsentMissing, AlreadyThere, BookFull, Member.DoesNotExist (out of sight).
    """
    _may_keep(by)
    if not consented:
        raise ConsentMissing
    with transaction.atomic():
        member = _locked(member_id, by)
        _is_free(member, entry.mobile)
        _has_room(member, 1)
        contact = Contact.everything.create(**_values(member, entry, by, at))
        _record("add", contact, by, at)
    return contact


def add_many(*, member_id: int, entries: Sequence[Entry], consented: bool, by: Actor, at: datetime) -> Added:
    """Put a list into the address book, whole or not at all. Who stands there under the same name is left alone.

    Raises LinesRefused for numbers known under another name, NothingToAdd, and as `add`.
    """
    _may_keep(by)
    if not entries:
        raise NothingToAdd
    if not consented:
        raise ConsentMissing
    with transaction.atomic():
        member = _locked(member_id, by)
        named = dict(Contact.everything.filter(member=member).values_list("mobile", "name"))
        fresh: dict[str, Entry] = {}
        faults = []
        for entry in entries:
            name = named.get(entry.mobile) or (fresh[entry.mobile].name if entry.mobile in fresh else None)
            if name is None:
                fresh[entry.mobile] = entry
            elif name != entry.name:
                faults.append(f"{entry.name} {mask_mobile(entry.mobile)}: {name} 님의 번호로 이미 있습니다.")
        if faults:
            raise LinesRefused(faults)
        _has_room(member, len(fresh))
        Contact.everything.bulk_create([Contact(**_values(member, entry, by, at)) for entry in fresh.values()])
        added = Added(new=len(fresh), known=len(entries) - len(fresh))
        detail = {"new": added.new, "known": added.known}
        trail.record(action="contact.add_many", by=by, at=at, subject=member, detail=detail)
    return added


def change(*, contact_id: UUID, entry: Entry, by: Actor, at: datetime) -> Contact:
    """Correct one person. Raises NotAKeeper, AlreadyThere, Contact.DoesNotExist (out of sight)."""
    _may_keep(by)
    with transaction.atomic():
        contact = _of(contact_id, by)
        if contact.mobile != entry.mobile:
            _is_free(contact.member, entry.mobile)
        before = {name: getattr(contact, name) for name in ("name", "mobile", "group", "memo")}
        after = {"name": entry.name, "mobile": entry.mobile, "group": entry.group, "memo": entry.memo}
        if before != after:
            for name, value in after.items():
                setattr(contact, name, value)
            contact.changed_at = at
            contact.save(update_fields=[*after, "changed_at"])
            _record("change", contact, by, at, [name for name in after if before[name] != after[name]])
    return contact


def remove(*, contact_id: UUID, by: Actor, at: datetime) -> str:
    """Remove one person for good. Returns the name. Raises NotAKeeper, Contact.DoesNotExist (out of sight)."""
    _may_keep(by)
    with transaction.atomic():
        contact = _of(contact_id, by)
        _record("remove", contact, by, at)
        contact.delete()
    return contact.name


def note_export(*, member_id: int, count: int, by: Actor, at: datetime) -> None:
    """Write down that the whole address book was taken away as a file. Raises NotAKeeper."""
    _may_keep(by)
    member = Member.everything.within(by.scope).get(pk=member_id)
    trail.record(action="contact.export", by=by, at=at, subject=member, detail={"count": count})


def _may_keep(by: Actor) -> None:
    if not by.roles & KEEPERS:
        raise NotAKeeper


def _locked(member_id: int, by: Actor) -> Member:
    """The member, held until the transaction ends: so the count and the numbers stay as they were read."""
    return Member.everything.within(by.scope).select_for_update(no_key=True).get(pk=member_id)


def _of(contact_id: UUID, by: Actor) -> Contact:
    member_id = Contact.everything.within(by.scope).values_list("member_id", flat=True).get(public_id=contact_id)
    _locked(member_id, by)
    return Contact.everything.select_related("member").get(public_id=contact_id)


def _is_free(member: Member, mobile: str) -> None:
    if known := Contact.everything.filter(member=member, mobile=mobile).first():
        raise AlreadyThere(known.name)


def _has_room(member: Member, more: int) -> None:
    count = Contact.everything.filter(member=member).count() + more
    if count > MOST_CONTACTS:
        raise BookFull(count)


def _values(member: Member, entry: Entry, by: Actor, at: datetime) -> dict[str, object]:
    return {
        "member": member, "name": entry.name, "mobile": entry.mobile, "group": entry.group, "memo": entry.memo,
        "consented_at": at, "added_by_id": by.user_id, "added_at": at, "changed_at": at,
    }  # fmt: skip


def _record(verb: str, contact: Contact, by: Actor, at: datetime, fields: Sequence[str] = ()) -> None:
    detail = {"mobile": mask_mobile(contact.mobile), "fields": list(fields)}
    trail.record(action=f"contact.{verb}", by=by, at=at, subject=contact, detail=detail)
