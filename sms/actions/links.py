"""Whether a company may name web addresses in its texts: staff decides, for named domains only."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from portal.access import Actor
from portal.audit import trail
from portal.members.models import Member
from portal.members.roles import DECIDING_ROLES
from portal.refusals import Refusal
from sms.free_service import permission_of
from sms.models import LinkPermission
from sms.rules.links import domain_of

MOST_DOMAINS = 10


class NotTheirDecision(Refusal):
    """Somebody without the authority to allow links."""

    message = "인터넷 주소는 관할 지점과 본부 심사만 허용할 수 있습니다."


class DomainRefused(Refusal):
    """Domains that are none, are missing or too many."""


class ReasonMissing(Refusal):
    """A decision nobody could explain later."""

    message = "사유를 적어 주세요. 허용 이력에 남습니다."


class NothingToForbid(Refusal):
    """The company may not name addresses anyway."""

    message = "이 조합원에게 허용된 인터넷 주소가 없습니다. 바뀐 것은 없습니다."


def allow(*, member_id: int, domains: Sequence[str], reason: str, by: Actor, at: datetime) -> LinkPermission:
    """Let texts of the member name these domains and what is below them, and no others from now on.

    Raises NotTheirDecision, DomainRefused, ReasonMissing, Member.DoesNotExist (out of sight).
    """
    return _decide(member_id, _read(domains), reason, by, at)


def forbid(*, member_id: int, reason: str, by: Actor, at: datetime) -> LinkPermission:
    """Allow no address any more. Raises NothingToForbid, and as `allow`."""
    return _decide(member_id, [], reason, by, at)


def _read(domains: Sequence[str]) -> list[str]:
    typed = [domain for domain in domains if domain.strip()]
    if not typed:
        raise DomainRefused("허용할 도메인을 적어 주세요. 예: example.co.kr")
    if len(typed) > MOST_DOMAINS:
        raise DomainRefused(f"도메인은 {MOST_DOMAINS}개까지 허용할 수 있습니다. 꼭 필요한 것만 적어 주세요.")
    read = {one: domain_of(one) for one in typed}
    if wrong := [one.strip()[:40] for one, domain in read.items() if not domain]:
        raise DomainRefused(
            f"도메인이 아닙니다: {', '.join(wrong)}. 예: example.co.kr 처럼 적고, 주소 전체나 공백은 빼 주세요."
        )
    return sorted(set(read.values()))


def _decide(member_id: int, domains: list[str], reason: str, by: Actor, at: datetime) -> LinkPermission:
    if not by.roles & DECIDING_ROLES:
        raise NotTheirDecision
    words = " ".join(reason.split())[:200]
    if not words:
        raise ReasonMissing
    with transaction.atomic():
        member = Member.everything.within(by.scope).select_for_update(no_key=True).get(pk=member_id)
        before = permission_of(member)
        if not domains and (before is None or not before.is_allowed):
            raise NothingToForbid
        row = LinkPermission.everything.create(
            member=member, is_allowed=bool(domains), domains=domains, reason=words, by_id=by.user_id, at=at
        )
        action = "free_sms.allow_links" if domains else "free_sms.forbid_links"
        trail.record(action=action, by=by, at=at, subject=member, detail={"reason": words, "domains": domains})
    return row
