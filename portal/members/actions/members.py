"""Master data of member companies, kept by their branch (S29, S50, DOMAIN §2.6)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from portal.access import Actor, Reach, Scope
from portal.audit import trail
from portal.identifiers import mask_mobile
from portal.ksx1001 import NotSendable, byte_size, sanitise
from portal.members.models import Branch, Member
from portal.members.roles import DECIDING_ROLES
from portal.members.sms_name import ROOM, derive_sms_name
from portal.refusals import Refusal

MOBILES = ("representative_mobile", "contact_mobile")


class NotTheirMember(Refusal):
    """The actor's role or branch does not keep this member."""

    message = "관할 지점의 조합원만 등록하거나 고칠 수 있습니다. 관할 지점에 요청해 주세요."


class AlreadyMember(Refusal):
    """Another row bears the business number."""

    message = "이미 등록된 사업자등록번호입니다. 조합원 목록에서 번호로 찾아 보세요."


class UnfitSmsName(Refusal):
    """A name for texts that no handset shows or that is too long."""


class NoRepresentative(Refusal):
    """A change of representative without the new one's name or the evidence."""

    message = "새 대표이사의 이름과 확인한 서류를 적어 주세요."


@transaction.atomic
def create_member(*, values: Mapping[str, Any], by: Actor, at: datetime) -> Member:
    """A new member. Without `sms_name` the name for texts is derived from `name`.

    Raises NotTheirMember, AlreadyMember, UnfitSmsName.
    """
    member = Member(**values)
    if not member.sms_name:
        member.sms_name = derive_sms_name(member.name)
    member.sms_name = _fit(member.sms_name)
    _keeps(by, member.branch_id)
    _save(member, force_insert=True)
    trail.record(action="member.add", by=by, at=at, subject=member, detail={"branch": member.branch.name})
    return member


@transaction.atomic
def change_member(*, member_id: int, changes: Mapping[str, Any], by: Actor, at: datetime) -> Member:
    """Set the named fields, those alone, so that two officers editing different fields keep both.

    A name for texts that was derived follows the name; one set by hand stays.
    Raises NotTheirMember, AlreadyMember, UnfitSmsName, Member.DoesNotExist (out of sight).
    """
    member = _locked(member_id, by)
    wanted = dict(changes)
    if "name" in wanted and "sms_name" not in wanted and member.sms_name == derive_sms_name(member.name):
        wanted["sms_name"] = derive_sms_name(wanted["name"])
    if "sms_name" in wanted:
        wanted["sms_name"] = _fit(wanted["sms_name"])
    differing = {name: value for name, value in wanted.items() if getattr(member, name) != value}
    if not differing:
        return member
    before = {name: _shown(name, getattr(member, name)) for name in differing}
    for name, value in differing.items():
        setattr(member, name, value)
    _keeps(by, member.branch_id)
    _save(member, update_fields=list(differing))
    after = {name: _shown(name, value) for name, value in differing.items()}
    trail.record(action="member.change", by=by, at=at, subject=member, detail={"before": before, "after": after})
    return member


@transaction.atomic
def change_representative(
    *, member_id: int, name: str, mobile: str, email: str, evidence: str, by: Actor, at: datetime
) -> Member:
    """A new 대표이사: expiry notices go to his number from now on (S29). `evidence` is the paper it was seen on.

    Raises NotTheirMember, NoRepresentative, Member.DoesNotExist (out of sight).
    """
    member = _locked(member_id, by)
    if not name.strip() or not evidence.strip():
        raise NoRepresentative
    before = member.representative_name
    member.representative_name = name.strip()
    member.representative_mobile = mobile
    member.representative_email = email
    _save(member, update_fields=["representative_name", "representative_mobile", "representative_email"])
    detail = {
        "before": before,
        "after": member.representative_name,
        "mobile": _shown("representative_mobile", mobile),
        "note": evidence.strip(),
    }
    trail.record(action="member.change_representative", by=by, at=at, subject=member, detail=detail)
    return member


def _locked(member_id: int, by: Actor) -> Member:
    rows = Member.everything.within(by.scope).select_for_update(of=("self",), no_key=True)
    member = rows.select_related("branch").get(pk=member_id)
    _keeps(by, member.branch_id)
    return member


def _keeps(by: Actor, branch_id: int) -> None:
    """A branch keeps its own members, head office and the portal itself (an import) all."""
    is_entitled = by.channel == "system" or bool(by.roles & DECIDING_ROLES)
    reaches = by.scope in (Scope(Reach.EVERYTHING), Scope(Reach.BRANCH, branch_id))
    if not (is_entitled and reaches):
        raise NotTheirMember


def _fit(sms_name: str) -> str:
    text = sanitise(sms_name).strip()
    try:
        size = byte_size(text)
    except NotSendable as refused:
        raise UnfitSmsName(refused.message) from None
    if size > ROOM:
        raise UnfitSmsName(f"문자용 상호가 {size}바이트입니다. {ROOM}바이트(한글 16자) 이하로 줄여 주세요.")
    return text


def _save(member: Member, **options: Any) -> None:
    try:
        with transaction.atomic():
            member.save(**options)
    except IntegrityError as error:
        if "member_business_number" not in str(error):
            raise
        raise AlreadyMember from None


def _shown(name: str, value: Any) -> Any:
    """A value as the trail keeps it: numbers of people masked, rows by their name."""
    if name in MOBILES:
        return mask_mobile(value) if value else ""
    if isinstance(value, Branch):
        return value.name
    return value.isoformat() if isinstance(value, date) else value
