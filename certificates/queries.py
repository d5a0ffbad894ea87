"""Reading what is registered and trusted. Asked by actions and pages of this app and of those above it."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q

from certificates.models import (
    Authority,
    AuthorityRole,
    BankCertificate,
    Challenge,
    Replacement,
    ReplacementTicket,
    Status,
)
from certificates.x509.trust import PinnedCertificate, TrustTable
from portal.members.models import Member, User
from portal.members.roles import Role

_USABLE = Q(approved_at__isnull=False, retired_at__isnull=True)
# Of the same rows, asked at every verification: to compose it by the ORM takes as long as its RSA operations.
_VERSION = """
    SELECT count(*), max(id), max(approved_at) FROM certificates_authority
     WHERE approved_at IS NOT NULL AND retired_at IS NULL
"""


def active_of(member_id: int) -> BankCertificate | None:
    """The certificate the member uses now; the database allows one."""
    return BankCertificate.everything.filter(member_id=member_id, status=Status.ACTIVE).first()


def ends_sessions(certificate_id: int) -> BankCertificate | None:
    """The certificate if nobody may stay signed in by it: stopped, revoked or suspended. None for one in use,
    and for one whose owner has replaced it or whose term has ended."""
    rows = BankCertificate.everything.filter(pk=certificate_id).select_related("member")
    return rows.filter(Q(status__in=[Status.DISABLED, Status.REVOKED]) | Q(is_suspended=True)).first()


def member_numbered(business_number: str) -> Member | None:
    """The member of that number, whatever its standing. Nothing of the answer may reach a page before a proof."""
    return Member.everything.filter(business_number=business_number).first()


def representatives_of(member_id: int) -> list[User]:
    """Who signs in by the member's certificate."""
    people = User.objects.filter(member_id=member_id, is_active=True, groups__name=Role.MEMBER_REP)
    return list(people.order_by("full_name", "pk"))


def held_until(member_id: int, at: datetime) -> datetime | None:
    """Until when the member's contacts are held after a replacement in the lenient mode."""
    rows = Replacement.everything.filter(member_id=member_id, hold_until_at__gt=at)
    return rows.aggregate(until=Max("hold_until_at"))["until"]


def live_ticket(ticket_id: int, at: datetime) -> ReplacementTicket | None:
    """An approved ticket nobody has used, before its link ends."""
    rows = ReplacementTicket.everything.filter(used_at=None, link_until_at__gt=at, approved_at__isnull=False)
    return rows.filter(pk=ticket_id).first()


def trust_table() -> TrustTable:
    """Approved authorities that were not retired. Parsed once a process until a row of them changes."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSION)
        return _table(cursor.fetchone())


@lru_cache(maxsize=2)
def _table(version: tuple[int | None, int | None, datetime | None]) -> TrustTable:
    pins: dict[str, list[PinnedCertificate]] = {role: [] for role in AuthorityRole.values}
    for row in Authority.objects.filter(_USABLE).order_by("pk"):
        pins[row.role].append(PinnedCertificate(row.name, bytes(row.der), row.sha256))
    return TrustTable(
        roots=tuple(pins[AuthorityRole.ROOT]),
        issuers=tuple(pins[AuthorityRole.ISSUER]),
        responders=tuple(pins[AuthorityRole.RESPONDER]),
    )


def receipt_of(challenge_id: UUID, *, session_hash: str, user: User | None) -> Challenge | None:
    """An answered challenge, for the browser that answered it or for the member it was about."""
    challenge = (
        Challenge.objects.filter(pk=challenge_id, outcome__isnull=False)
        .select_related("member__branch", "replacement")
        .first()
    )
    if challenge is None or (session_hash and challenge.session_hash == session_hash):
        return challenge
    if user is None or not Replacement.objects.for_user(user).filter(challenge=challenge).exists():
        return None
    return challenge


def replacements_of(user: User) -> list[Replacement]:
    """The member's own requests, newest first."""
    rows = Replacement.objects.for_user(user).select_related("new", "old")
    return list(rows.order_by("-pk")[:10])
