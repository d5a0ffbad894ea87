"""Who receives a member's expiry notices: opting out and in, adding and removing people (S29-S32).

The member's representative decides for himself on 마이페이지, and the branch writes down what it was told by
telephone; both call these functions. Any user of the member may add and remove people.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.members.holds import refuse_held
from portal.members.models import Member
from portal.members.roles import BRANCH_ROLES, Role
from portal.refusals import Refusal
from sms.models import Reception, ReceptionChange, Recipient
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
        _not_held(member, asked, at)
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
        _not_held(member, asked, at)
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
    way: Way = Way.WEB,
    caller: str = "",
    note: str = "",
) -> Recipient:
    """Register another person; `mobile` is eleven digits.

    Raises ConsentMissing, AlreadyReceives, TooManyAdded, NotTheirDecision, CallerMissing, Member.DoesNotExist.
    """
    asked = Asked(way, caller.strip(), note.strip())
    _may_manage(by, asked)
    if not consented:
        raise ConsentMissing
    with transaction.atomic():
        member = _locked(member_id, by)
        _not_held(member, asked, at)
        _has_room(member, mobile)
        person = Recipient.everything.create(
            member=member, name=name, role=role, mobile=mobile, consented=True, added_at=at
        )
        _write_down(member, What.ADDED, by=by, at=at, asked=asked, recipient=person)
    return person


def remove_recipient(
    *, recipient_id: int, by: Actor, at: datetime, way: Way = Way.WEB, caller: str = "", note: str = ""
) -> Recipient:
    """The person receives no more; the row stays for the history. Again changes nothing.

    Raises NotTheirDecision, CallerMissing, Recipient.DoesNotExist (out of sight).
    """
    asked = Asked(way, caller.strip(), note.strip())
    _may_manage(by, asked)
    with transaction.atomic():
        people = Recipient.everything.within(by.scope).select_related("member")
        person = people.select_for_update(of=("self",), no_key=True).get(pk=recipient_id)
        if person.is_active:
            _not_held(person.member, asked, at)
            person.is_active = False
            person.save(update_fields=["is_active"])
            _write_down(person.member, What.REMOVED, by=by, at=at, asked=asked, recipient=person)
    return person


def _may_decide(by: Actor, asked: Asked) -> None:
    """On the site only the representative himself, by telephone only the branch (DOMAIN §2.6)."""
    if not by.roles & (BRANCH_ROLES if asked.way == Way.PHONE else {Role.MEMBER_REP}):
        raise NotTheirDecision
    _names_caller(asked)


def _may_manage(by: Actor, asked: Asked) -> None:
    by_member = {Role.MEMBER_REP, Role.MEMBER_USER}
    if not by.roles & (BRANCH_ROLES if asked.way == Way.PHONE else by_member):
        raise NotTheirDecision(
            "수신자는 조합원 회사의 사용자가 직접 등록하거나 관할 지점에 전화로 요청할 수 있습니다."
        )
    _names_caller(asked)


def _names_caller(asked: Asked) -> None:
    if asked.way == Way.PHONE and not asked.caller:
        raise CallerMissing


def _not_held(member: Member, asked: Asked, at: datetime) -> None:
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
    return reception, _write_down(member, what, by=by, at=at, asked=asked)


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


def _write_down(
    member: Member, what: What, *, by: Actor, at: datetime, asked: Asked, recipient: Recipient | None = None
) -> ReceptionChange:
    change = ReceptionChange.everything.create(
        member=member, recipient=recipient, what=what, way=asked.way, caller=asked.caller, note=asked.note,
        at=at, by_id=by.user_id,
    )  # fmt: skip
    detail = {"way": asked.way.value, "caller": asked.caller, "note": asked.note}
    if recipient is not None:
        detail["name"] = recipient.name
    trail.record(action=f"reception.{what.value}", by=by, at=at, subject=member, detail=detail)
    return change
