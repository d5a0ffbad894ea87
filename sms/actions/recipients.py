"""Who receives a member's notices: opting out and in, adding, changing and removing people (S29-S32).

The member's representative decides for himself on 마이페이지, and the branch writes down what it was told by
telephone; both call these functions. Any user of the member may add and remove people.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from portal.access import Actor
from portal.audit import trail
from portal.members.holds import refuse_held
from portal.members.models import Member
from portal.members.roles import BRANCH_ROLES, Role
from portal.refusals import Refusal
from sms.models import NoticeKind, Proof, Reception, ReceptionChange, Recipient
from sms.models.recipients import labels_of, usual_kinds
from sms.notices import opted_out
from sms.outbox import queue

What = ReceptionChange.What
Way = ReceptionChange.Way
MOST_ADDED = 10


class NotTheirDecision(Refusal):
    """Somebody without the authority to change who receives."""

    message = (
        "대표이사의 수신거부와 수신 재개는 조합원 대표 계정으로 직접 하시거나 관할 지점에 전화로 요청해 주세요."
    )


class CallerMissing(Refusal):
    """A change by telephone that does not say who called."""

    message = "누가 전화했는지 적어 주세요. 수신 변경 이력에 남깁니다."


class ConsentMissing(Refusal):
    """An added person who is not said to have agreed."""

    message = "받는 분의 동의를 확인해 주세요. 동의하지 않은 분은 수신자로 등록할 수 없습니다."


class AlreadyReceives(Refusal):
    """A number that is registered already."""


class TooManyAdded(Refusal):
    """More additional people than a member may register."""

    message = f"추가 수신자는 {MOST_ADDED}명까지 등록할 수 있습니다. 더 이상 받지 않을 분을 먼저 삭제해 주세요."


class AlreadyRemoved(Refusal):
    """Somebody who is no recipient any more."""

    message = "이미 삭제된 수신자입니다. 다시 받으려면 수신자로 새로 추가해 주세요."


class KindsMissing(Refusal):
    """Somebody who would receive nothing."""

    message = "받을 안내를 하나 이상 골라 주세요. 더 받지 않을 분은 삭제해 주세요."


@dataclass(frozen=True)
class Asked:
    """By which way a change was asked for: on the site, or by whom over the telephone."""

    way: Way = Way.WEB
    caller: str = ""
    note: str = ""


def opt_out(*, member_id: int, by: Actor, at: datetime, way: Way, caller: str = "", note: str = "") -> Reception:
    """The representative receives no more expiry notices; he is told so by text and e-mail.

    Again changes nothing. Raises NotTheirDecision, CallerMissing, Member.DoesNotExist (out of sight).
    """
    asked = Asked(way, caller.strip(), note.strip())
    _may_decide(by, asked)
    with transaction.atomic():
        member = _locked(member_id, by)
        not_held(member, asked, at)
        reception, change = _set(member, receives=False, by=by, at=at, asked=asked)
        if change is not None:
            queue(opted_out(change), at=at)
    return reception


def opt_in(*, member_id: int, by: Actor, at: datetime, way: Way, caller: str = "", note: str = "") -> Reception:
    """The representative receives expiry notices again. Again changes nothing. Raises as `opt_out`."""
    asked = Asked(way, caller.strip(), note.strip())
    _may_decide(by, asked)
    with transaction.atomic():
        member = _locked(member_id, by)
        not_held(member, asked, at)
        reception, _change = _set(member, receives=True, by=by, at=at, asked=asked)
    return reception


def add_recipient(
    *,
    member_id: int,
    name: str,
    role: str,
    mobile: str,
    consented: bool,
    by: Actor,
    at: datetime,
    kinds: Collection[str] | None = None,
    way: Way = Way.WEB,
    caller: str = "",
    note: str = "",
) -> Recipient:
    """Register another person; `mobile` is eleven digits, `kinds` are of NoticeKind, by default the expiry notice.

    By telephone the branch has made sure of the number; one typed on the site waits for its one-time code.
    Raises ConsentMissing, KindsMissing, AlreadyReceives, TooManyAdded, NotTheirDecision, CallerMissing,
    Member.DoesNotExist.
    """
    asked = Asked(way, caller.strip(), note.strip())
    may_manage(by, asked)
    if not consented:
        raise ConsentMissing
    chosen = _chosen(usual_kinds() if kinds is None else kinds)
    proof = {"proof": Proof.STAFF, "proven_at": at} if way == Way.PHONE else {}
    with transaction.atomic():
        member = _locked(member_id, by)
        not_held(member, asked, at)
        _has_room(member, mobile)
        person = Recipient.everything.create(
            member=member, name=name, role=role, mobile=mobile, kinds=chosen, consented=True, added_at=at, **proof
        )
        proven = ". 번호는 지점이 전화로 확인" if proof else ""
        detail = f"{labels_of(chosen)}{proven}"
        write_down(member, What.ADDED, by=by, at=at, asked=asked, recipient=person, detail=detail)
    return person


def change_kinds(*, recipient_id: int, kinds: Collection[str], by: Actor, at: datetime) -> Recipient:
    """Which notices the person gets from now on. The same again changes nothing.

    Raises KindsMissing, AlreadyRemoved, NotTheirDecision, Recipient.DoesNotExist (out of sight).
    """
    asked = Asked()
    may_manage(by, asked)
    chosen = _chosen(kinds)
    with transaction.atomic():
        person = locked_person(recipient_id, by)
        not_held(person.member, asked, at)
        if set(chosen) != set(person.kinds):
            detail = f"{person.kind_labels} → {labels_of(chosen)}"
            person.kinds = chosen
            person.save(update_fields=["kinds"])
            write_down(person.member, What.CHANGED, by=by, at=at, asked=asked, recipient=person, detail=detail)
    return person


def remove_recipient(
    *, recipient_id: int, by: Actor, at: datetime, way: Way = Way.WEB, caller: str = "", note: str = ""
) -> Recipient:
    """The person receives no more; the row stays for the history. Again changes nothing.

    Raises NotTheirDecision, CallerMissing, Recipient.DoesNotExist (out of sight).
    """
    asked = Asked(way, caller.strip(), note.strip())
    may_manage(by, asked)
    with transaction.atomic():
        person = _people_locked(by).get(pk=recipient_id)
        if person.is_active:
            not_held(person.member, asked, at)
            person.is_active = False
            person.save(update_fields=["is_active"])
            write_down(person.member, What.REMOVED, by=by, at=at, asked=asked, recipient=person)
    return person


def locked_person(recipient_id: int, by: Actor) -> Recipient:
    """An active recipient, held until the transaction ends. Raises AlreadyRemoved, Recipient.DoesNotExist."""
    person = _people_locked(by).get(pk=recipient_id)
    if not person.is_active:
        raise AlreadyRemoved
    return person


def _people_locked(by: Actor) -> QuerySet[Recipient]:
    people = Recipient.everything.within(by.scope).select_related("member")
    return people.select_for_update(of=("self",), no_key=True)


def _chosen(kinds: Collection[str]) -> list[str]:
    """Each known kind once, in the order of the choices. Raises KindsMissing."""
    chosen = [kind.value for kind in NoticeKind if kind.value in kinds]
    if not chosen:
        raise KindsMissing
    return chosen


def _may_decide(by: Actor, asked: Asked) -> None:
    """On the site only the representative himself, by telephone only the branch (DOMAIN §2.6)."""
    if not by.roles & (BRANCH_ROLES if asked.way == Way.PHONE else {Role.MEMBER_REP}):
        raise NotTheirDecision
    _names_caller(asked)


def may_manage(by: Actor, asked: Asked) -> None:
    """On the site anybody of the company, by telephone the branch. Raises NotTheirDecision, CallerMissing."""
    by_member = {Role.MEMBER_REP, Role.MEMBER_USER}
    if not by.roles & (BRANCH_ROLES if asked.way == Way.PHONE else by_member):
        raise NotTheirDecision(
            "수신자는 조합원 회사의 사용자가 직접 등록하거나 관할 지점에 전화로 요청할 수 있습니다."
        )
    _names_caller(asked)


def _names_caller(asked: Asked) -> None:
    if asked.way == Way.PHONE and not asked.caller:
        raise CallerMissing


def not_held(member: Member, asked: Asked, at: datetime) -> None:
    """After a doubtful exchange of the certificate only the branch changes who is told. Raises ContactsHeld."""
    if asked.way == Way.WEB:
        refuse_held(member_id=member.pk, at=at)


def _locked(member_id: int, by: Actor) -> Member:
    """The member, held until the transaction ends: changes of one member come one after the other."""
    return Member.everything.within(by.scope).select_for_update(no_key=True).get(pk=member_id)


def _set(
    member: Member, *, receives: bool, by: Actor, at: datetime, asked: Asked
) -> tuple[Reception, ReceptionChange | None]:
    reception, _is_new = Reception.everything.get_or_create(member=member, defaults={"changed_at": at})
    if reception.representative_receives == receives:
        return reception, None
    reception.representative_receives = receives
    reception.changed_at = at
    reception.save(update_fields=["representative_receives", "changed_at"])
    what = What.OPTED_IN if receives else What.OPTED_OUT
    return reception, write_down(member, what, by=by, at=at, asked=asked)


def _has_room(member: Member, mobile: str) -> None:
    if mobile == member.representative_mobile:
        raise AlreadyReceives(
            "대표이사 휴대폰과 같은 번호입니다. 대표이사는 따로 추가하지 않아도 되고, "
            "수신 여부는 대표이사 칸에서 바꿉니다."
        )
    added = list(Recipient.everything.filter(member=member, is_active=True))
    for person in added:
        if person.mobile == mobile:
            raise AlreadyReceives(f"{person.name} 님의 번호로 이미 등록되어 있습니다. 다른 번호를 입력해 주세요.")
    if len(added) >= MOST_ADDED:
        raise TooManyAdded


def write_down(
    member: Member,
    what: What,
    *,
    by: Actor,
    at: datetime,
    asked: Asked,
    recipient: Recipient | None = None,
    detail: str = "",
) -> ReceptionChange:
    """Into the member's own history and into the audit trail."""
    change = ReceptionChange.everything.create(
        member=member, recipient=recipient, what=what, way=asked.way, caller=asked.caller, note=asked.note,
        detail=detail, at=at, by_id=by.user_id,
    )  # fmt: skip
    told = {"way": asked.way.value, "caller": asked.caller, "note": asked.note}
    if recipient is not None:
        told |= {"name": recipient.name}
    if detail:
        told |= {"detail": detail}
    trail.record(action=f"reception.{what.value}", by=by, at=at, subject=member, detail=told)
    return change
