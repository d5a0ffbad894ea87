"""A member, minted certificates, lists in rows, and a browser that answers what the portal asks to sign."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from certificates.actions.registering import register
from certificates.keys import sealing_keys
from certificates.minting.leaves import Leaf
from certificates.minting.page import answer
from certificates.minting.revocation import Revocation, mint_list, scope
from certificates.models import Authority, BankCertificate, Replacement, SignatureEvidence
from certificates.queries import trust_table
from certificates.revocation.importing import import_list
from certificates.x509.facts import read_certificate
from portal.audit.models import AuditEvent
from portal.members.models import Member
from sms.models import Message
from tests.factories import make_member
from tests.pages.actors import new_browser
from tests.rules.certificates.world import AT, NUMBER, REPRESENTATIVE, world

JSON = "application/json"
OLD, NEW, THIRD = (world().sound[n].leaf for n in range(3))
REPLACE, LOGIN = "/cyber/certificate/", "/accounts/certificate/"
TWO_HOURS = timedelta(hours=2)


def make_trust() -> None:
    """The minted authorities as approved rows."""
    for role, pins in (("root", world().trust.roots), ("issuer", world().trust.issuers)):
        for pin in pins:
            Authority.objects.create(
                role=role, name=pin.name, der=pin.der, sha256=pin.sha256, valid_until_at=pin.valid_until_at,
                proposed_at=AT, approved_at=AT,
            )  # fmt: skip


def take_list(*revoked: Revocation, at: datetime = AT, age: timedelta = TWO_HOURS, number: int = 1) -> None:
    """A list of the older issuer, issued `age` before `at`, whose term is a day."""
    data = mint_list(
        world().hierarchy.old_issuer, revoked, point=scope("dp1p1"), number=number,
        this_update_at=at - age, next_update_at=at - age + timedelta(days=1),
    )  # fmt: skip
    import_list(data=data, trust=trust_table(), source="test", at=at)


def make_holder(**fields: object) -> Member:
    """The member the minted certificates are of, with a contact of its own."""
    return make_member(
        business_number=NUMBER, representative_name=REPRESENTATIVE, representative_email="rep@example.kr",
        representative_mobile="01000000001", contact_name="박다솜", contact_mobile="01000000002",
        contact_email="contact@example.kr", **fields,
    )  # fmt: skip


def registered(member: Member, leaf: Leaf = OLD, **fields: object) -> BankCertificate:
    """`leaf` as the member's active certificate."""
    facts, then = read_certificate(leaf.der), AT - timedelta(days=90)
    row = register(member_id=member.pk, new=facts, old=None, method="self", user_id=None, at=then)
    BankCertificate.everything.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    return row


def asked(browser: Client, number: str = NUMBER, at: str = REPLACE, **given: object) -> dict[str, Any]:
    """Types the number and asks for a text to sign."""
    browser.post(at, {"business_number": number, **given})
    response = browser.post(f"{at}challenge/", "{}", content_type=JSON)
    assert response.status_code == 200, response.content
    return response.json()["challenge"]


def signed(
    challenge: dict[str, Any], leaf: Leaf, *, old: Leaf | None = None, resident: str = ""
) -> dict[str, Any]:
    """What static/js/certificate.js sends."""
    text = challenge["text"].encode()
    proof = answer(leaf, text, sealing_keys()[0].public_key(), resident_number=resident)
    body: dict[str, Any] = {
        "id": challenge["id"],
        "certificate": b64(proof.certificate),
        "signature": b64(proof.signature),
        "sealedRandom": b64(proof.sealed_random),
    }
    if old is not None:
        body["old"] = {"certificate": b64(old.der), "signature": b64(old.sign(text))}
    return body


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sent(browser: Client, body: dict[str, Any], at: str = REPLACE) -> HttpResponse:
    return browser.post(f"{at}answer/", body, content_type=JSON)


def replaced_by(leaf: Leaf, *, old: Leaf | None = None, browser: Client | None = None) -> HttpResponse:
    """The whole way of a visitor who replaces by `leaf`."""
    browser = browser or new_browser()
    return sent(browser, signed(asked(browser), leaf, old=old))


def states(member: Member) -> list[tuple[str, str]]:
    """(serial, status) of the member's certificates, oldest first."""
    rows = BankCertificate.everything.filter(member=member).order_by("pk")
    return list(rows.values_list("serial_hex", "status"))


def serial(leaf: Leaf) -> str:
    return read_certificate(leaf.der).serial_hex


def traces() -> dict[str, object]:
    """What a refused request must not have left. Audit and the spent challenge it does leave."""
    return {
        "certificates": list(BankCertificate.everything.order_by("pk").values_list("pk", "status")),
        "replacements": list(Replacement.everything.order_by("pk").values_list("pk", "state")),
        "evidence": SignatureEvidence.everything.count(),
        "messages": Message.everything.count(),
    }


def messages_of(member: Member) -> Sequence[tuple[str, str]]:
    """(channel, address) of everything written to the member's people."""
    return sorted(Message.everything.filter(member=member).values_list("batch__channel", "to"))


def actions() -> list[str]:
    return list(AuditEvent.everything.order_by("pk").values_list("action", flat=True))
