"""A minted world in the tables: trusted authorities, registered certificates, lists for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from certificates.actions.registering import register
from certificates.minting.authorities import Authority as MintedAuthority
from certificates.minting.leaves import Leaf
from certificates.minting.revocation import Revocation, mint_list, scope
from certificates.models import Authority, BankCertificate, Method, RevocationFetch, RevocationList, RevokedSerial
from certificates.revocation.importing import import_list
from certificates.x509.facts import read_certificate
from portal.access import Actor
from portal.members.models import Member
from tests.rules.certificates.world import AT, world

SYSTEM = Actor.system("test")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def trust_minted(endpoint: str = "", *, ocsp: str = "") -> dict[str, Authority]:
    """Rows of the minted roots and issuers, approved."""
    rows: dict[str, Authority] = {}
    table = world().trust
    for role, pins in (("root", table.roots), ("issuer", table.issuers)):
        for pin in pins:
            rows[pin.name] = Authority.objects.create(
                role=role, name=pin.name, der=pin.der, sha256=pin.sha256, valid_until_at=pin.valid_until_at,
                crl_endpoint=endpoint if role == "issuer" else "", ocsp_endpoint=ocsp if role == "issuer" else "",
                proposed_at=AT, approved_at=AT,
            )  # fmt: skip
    return rows


def registered(member: Member, leaf: Leaf | bytes, *, at: datetime = AT) -> BankCertificate:
    """The member's certificate, as if he had registered it."""
    data = leaf if isinstance(leaf, bytes) else leaf.der
    facts = read_certificate(data)
    return register(member_id=member.pk, new=facts, old=None, method=Method.SELF, user_id=None, at=at)


def crl(
    *revoked: Revocation,
    number: int = 100,
    partition: str | None = "dp1p1",
    issued_at: datetime = AT - HOUR,
    term: timedelta = DAY,
    issuer: MintedAuthority | None = None,
    **forged: object,
) -> bytes:
    """A list of the older generation's issuer."""
    return mint_list(
        issuer or world().hierarchy.old_issuer,
        revoked,
        point=scope(partition) if partition else None,
        number=number,
        this_update_at=issued_at,
        next_update_at=issued_at + term,
        **forged,  # type: ignore[arg-type]
    )


def take(data: bytes, *, at: datetime = AT, point: str = "") -> RevocationList:
    return import_list(data=data, trust=world().trust, source="test", at=at, point=point).row


def serial(leaf: Leaf) -> int:
    return leaf.certificate.serial_number


def kept() -> dict[str, object]:
    """Everything a refused list could have left behind."""
    return {
        "lists": list(RevocationList.objects.order_by("pk").values_list()),
        "serials": sorted(RevokedSerial.objects.values_list("list_id", "serial_hex", "on_hold")),
    }


def outcomes() -> Sequence[tuple[str, str]]:
    """(source, outcome) of every attempt, oldest first."""
    return list(RevocationFetch.objects.order_by("pk").values_list("source", "outcome"))
