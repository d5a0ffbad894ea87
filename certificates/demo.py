"""Putting a minted world into the portal's tables. Never in production, where authorities take two people."""

import json
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from certificates.actions.registering import register
from certificates.minting.demo import DemoWorld
from certificates.minting.faults import Specimen
from certificates.models import Authority, AuthorityRole, BankCertificate, Method
from certificates.queries import trust_table
from certificates.revocation.importing import import_list
from certificates.x509.facts import read_certificate
from certificates.x509.trust import PinnedCertificate
from portal.access import Actor
from portal.audit import trail

NOTE = "데모에서 만든 기관"
DIRECTORY = "ldap://127.0.0.1:8389"


class NotInProduction(RuntimeError):
    """Invented authorities must never be trusted where real ones are."""


@transaction.atomic
def install(*, directory: Path, endpoint: str, by: Actor, at: datetime) -> int:
    """Trust the authorities of `directory`/trust/trust.json in place of earlier demo ones, and take in its lists.

    `endpoint` is where the demo's directory server listens. Returns how many authorities. Raises NotInProduction.
    """
    if settings.STAGE == "production":
        raise NotInProduction
    trust_file = directory / "trust" / "trust.json"
    rows = json.loads(trust_file.read_text(encoding="utf-8"))
    given = {row["sha256"] for row in rows}
    earlier = Authority.objects.filter(note=NOTE, retired_at__isnull=True).exclude(sha256__in=given)
    earlier.update(retired_at=at)
    for row in rows:
        pin = PinnedCertificate(row["name"], (trust_file.parent / row["file"]).read_bytes(), row["sha256"])
        _trust(pin, AuthorityRole(row["role"]), endpoint, by, at)
    for path in sorted((directory / "crl").glob("*.crl")):
        import_list(data=path.read_bytes(), trust=trust_table(), source="folder", at=at)
    return len(rows)


def move_directory(endpoint: str) -> int:
    """The demo's directory server listens elsewhere today."""
    rows = Authority.objects.filter(note=NOTE, retired_at__isnull=True).exclude(crl_endpoint="")
    return rows.update(crl_endpoint=endpoint)


def register_minted(
    world: DemoWorld, label: str, business_number: str, member_id: int, *, by: Actor, at: datetime
) -> BankCertificate:
    """The member's certificate of that label, as if he had registered it. Raises LookupError."""
    specimen = specimen_of(world, label, business_number)
    facts = read_certificate(specimen.leaf.der)
    row = register(member_id=member_id, new=facts, old=None, method=Method.SELF, user_id=None, at=at)
    trail.record(action="bank_certificate.replace", by=by, at=at, subject=row)
    return row


def specimen_of(world: DemoWorld, label: str, business_number: str) -> Specimen:
    """The specimen of that label. Raises LookupError."""
    for holder, specimen in world.specimens:
        if (holder.business_number, specimen.label) == (business_number, label):
            return specimen
    raise LookupError(label)


def _trust(pin: PinnedCertificate, role: AuthorityRole, endpoint: str, by: Actor, at: datetime) -> None:
    row, is_new = Authority.objects.get_or_create(
        sha256=pin.sha256,
        retired_at=None,
        defaults={
            "role": role,
            "name": pin.name,
            "der": pin.der,
            "valid_until_at": pin.valid_until_at,
            "crl_endpoint": endpoint if role == AuthorityRole.ISSUER else "",
            "note": NOTE,
            "proposed_at": at,
            "approved_at": at,
        },
    )
    if is_new:
        trail.record(action="authority.approve", by=by, at=at, subject=row, detail={"sha256": pin.sha256})
