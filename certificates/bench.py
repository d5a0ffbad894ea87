"""`manage.py bench certificate`: one whole verification, and a revocation list of a whole partition."""

import hashlib
import io
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.db import connection

from certificates.judging import judge
from certificates.keys import sealing_keys
from certificates.minting.authorities import Authority as MintedAuthority
from certificates.minting.authorities import mint_hierarchy
from certificates.minting.faults import Holder, sound_spec
from certificates.minting.large_list import lengthened
from certificates.minting.leaves import Leaf, mint_leaf
from certificates.minting.page import answer
from certificates.minting.revocation import Revocation, mint_list, scope
from certificates.models import Authority, Challenge, RevocationList, RevokedSerial
from certificates.queries import trust_table
from certificates.revocation.importing import import_list
from certificates.revocation.lookup import data_for
from certificates.x509.crl import open_list
from certificates.x509.facts import read_certificate
from certificates.x509.revocation import ListBytes, RevocationData
from certificates.x509.submission import BusinessClaim, Submission, VerificationPolicy
from certificates.x509.trust import TrustTable
from certificates.x509.verification import verify
from portal import clock
from portal.bench.plan import Method, Plan, Say, Scale, Target, Wish, ratio

ENTRIES = {Scale.SMALL: 5_000, Scale.FULL: 200_000}
REPEATED = {Scale.SMALL: 50, Scale.FULL: 500}  # verifications in a sample
SAMPLE = 5_000  # lines the plain way is given, which takes long
GROWTH = 10  # lines a list gains until the next one
SHORT, LONG = "dp1p1", "dp2p1"  # partitions: an ordinary list and the one under test
HOLDER = Holder("한빛설비(주)", "9018112019")
CHALLENGE = b"SEOLBI-CERT-AUTH-V1\n" + b"x" * 400
FIRST_SERIAL = 0x36C80000
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


@dataclass(frozen=True)
class World:
    """Authorities in rows, one member's certificate in each partition, and its answer to a challenge."""

    root: MintedAuthority
    issuer: MintedAuthority
    trust: TrustTable
    leaves: dict[str, Leaf]
    answers: dict[str, Submission]
    at: datetime


@dataclass(frozen=True)
class Lists:
    """Bytes of the list under test, of its beginning, of the next one, and of an ordinary one without lines."""

    long: bytes
    sample: bytes
    grown: bytes
    short: bytes
    entries: int


def prepare(wish: Wish, say: Say) -> Plan:
    """Mints authorities, certificates and lists, and trusts the authorities."""
    scale = wish.scale
    say("minting authorities and certificates")
    world = _mint(clock.now())
    say(f"minting a list of {ENTRIES[scale]:,} entries")
    lists = _mint_lists(world, ENTRIES[scale])
    repeated = REPEATED[scale]
    methods = [
        *_verifying(world, lists, repeated),
        *_importing(world, lists),
        *_looking_up(world, lists, repeated),
    ]
    facts = {"list": f"{lists.entries:,} entries, {len(lists.long):,} bytes"}
    return Plan(methods, _targets(scale), facts)


def _mint(at: datetime) -> World:
    hierarchy = mint_hierarchy(at=at)
    for role, pins in (("root", hierarchy.trust().roots), ("issuer", hierarchy.trust().issuers)):
        for pin in pins:
            Authority.objects.create(
                role=role, name=pin.name, der=pin.der, sha256=pin.sha256, valid_until_at=pin.valid_until_at,
                proposed_at=at, approved_at=at,
            )  # fmt: skip
    spec = sound_spec(HOLDER, today=clock.today())
    leaves = {place: mint_leaf(hierarchy.old_issuer, replace(spec, partition=place)) for place in (SHORT, LONG)}
    answers = {place: answer(leaf, CHALLENGE, sealing_keys()[0].public_key()) for place, leaf in leaves.items()}
    return World(hierarchy.old_root, hierarchy.old_issuer, trust_table(), leaves, answers, at)


def _mint_lists(world: World, entries: int) -> Lists:
    def empty(partition: str, number: int) -> bytes:
        since = world.at - timedelta(hours=2) + timedelta(minutes=number)
        return mint_list(
            world.issuer, point=scope(partition), number=number,
            this_update_at=since, next_update_at=since + timedelta(days=1),
        )  # fmt: skip

    lines = [Revocation(FIRST_SERIAL + n, world.at - timedelta(days=1)) for n in range(entries + GROWTH)]
    return Lists(
        long=lengthened(empty(LONG, 1), world.issuer, lines[:entries]),
        sample=lengthened(empty(LONG, 1), world.issuer, lines[:SAMPLE]),
        grown=lengthened(empty(LONG, 2), world.issuer, lines),
        short=empty(SHORT, 1),
        entries=entries,
    )


def _hold(world: World, *lists: bytes) -> None:
    """Nothing but these lists in the rows. What stands already is left."""
    wanted = {hashlib.sha256(data).hexdigest() for data in lists}
    held = dict(RevocationList.objects.values_list("sha256", "entries"))
    if held.keys() == wanted and sum(held.values()) == RevokedSerial.objects.count():
        return
    with connection.cursor() as cursor:
        for model in (RevokedSerial, RevocationList):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - our own names
    for data in lists:
        import_list(data=data, trust=world.trust, source="bench", at=world.at)


# ── One verification ──

RSA_ALONE = "verify: RSA and hashes alone"
VERIFY, VERIFY_LONG = "verify: ordinary list", "verify: long list"
VERIFY_MEMORY = "verify: ordinary list, nothing asked of the database"
VERIFY_READING = "verify: authorities and long list read each time"


def _verifying(world: World, lists: Lists, repeated: int) -> list[Method]:
    """The server's whole judgement, trust table and list from the database; beside it the bare operations."""
    challenge = Challenge(text=CHALLENGE.decode())
    claim = BusinessClaim(HOLDER.business_number)
    given = world.answers[SHORT]

    def bare() -> int:
        leaf, issuer = world.leaves[SHORT].certificate, world.issuer.certificate
        form, digest = padding.PKCS1v15(), hashes.SHA256()
        sealing, leaf_key = sealing_keys()[0], world.leaves[SHORT].key.public_key()
        issuer_key, root_key = world.issuer.key.public_key(), world.root.key.public_key()
        for _ in range(repeated):
            leaf_key.verify(given.signature, CHALLENGE, form, digest)
            issuer_key.verify(leaf.signature, leaf.tbs_certificate_bytes, form, digest)
            root_key.verify(issuer.signature, issuer.tbs_certificate_bytes, form, digest)
            plain = sealing.decrypt(given.sealed_random, OAEP)
            for data in (plain, plain, CHALLENGE, given.certificate):
                hashlib.sha256(data).digest()
        return repeated

    def ours(place: str) -> int:
        for _ in range(repeated):
            judge(submission=world.answers[place], challenge=challenge, claim=claim, at=world.at)
        return repeated

    def in_memory() -> int:
        held = data_for(read_certificate(given.certificate), world.issuer.pinned())
        for _ in range(repeated):
            _verified(given, claim, world.trust, held, world.at)
        return repeated

    def reading() -> int:
        afresh = TrustTable(*(tuple(map(replace, pins)) for pins in (world.trust.roots, world.trust.issuers)))
        _verified(world.answers[LONG], claim, afresh, ListBytes(lists.long), world.at)
        return 1

    return [
        Method(RSA_ALONE, bare),
        Method(VERIFY_MEMORY, in_memory, RSA_ALONE, lambda: _hold(world, lists.short)),
        Method(VERIFY, lambda: ours(SHORT), RSA_ALONE, lambda: _hold(world, lists.short)),
        Method(VERIFY_LONG, lambda: ours(LONG), RSA_ALONE, lambda: _hold(world, lists.long)),
        Method(VERIFY_READING, reading, RSA_ALONE),
    ]


def _verified(
    given: Submission, claim: BusinessClaim, trust: TrustTable, data: RevocationData, at: datetime
) -> None:
    verify(
        submission=given,
        challenge=CHALLENGE,
        claim=claim,
        trust=trust,
        policy=VerificationPolicy(),
        sealing_keys=sealing_keys(),
        revocation=data,
        at=at,
    )


# ── Taking a list in ──

COPY_ALONE = "import: signature and COPY alone"
FIRST, NEXT = "import: first list", "import: next list"
BULK = "import: a first list by bulk_create"


def _importing(world: World, lists: Lists) -> list[Method]:
    """A list's first arrival, and the next one with a few lines more; beside it checking and copying alone."""
    crl = x509.load_der_x509_crl(lists.long)
    lines = "".join(f"{FIRST_SERIAL + n:x}\t2026-11-01T00:00:00+09:00\tf\n" for n in range(lists.entries))

    def copied() -> int:
        crl.is_signature_valid(world.issuer.key.public_key())
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE bare (serial_hex text, revoked_at timestamptz, on_hold boolean)"
            )
            cursor.copy_expert("COPY bare FROM STDIN", io.StringIO(lines))
            cursor.execute("DROP TABLE bare")
        return lists.entries

    def take(data: bytes) -> int:
        import_list(data=data, trust=world.trust, source="bench", at=world.at)
        return lists.entries

    def in_bulk() -> int:
        row = RevocationList.objects.get()
        found = open_list(lists.sample, world.trust, number_seen=None).entries()
        RevokedSerial.objects.bulk_create(
            [
                RevokedSerial(list=row, serial_hex=one.serial_hex, revoked_at=one.revoked_at, on_hold=one.on_hold)
                for one in found
            ],
            batch_size=2_000,
        )
        return len(found)

    return [
        Method(COPY_ALONE, copied),
        Method(FIRST, lambda: take(lists.long), COPY_ALONE, lambda: _hold(world)),
        Method(NEXT, lambda: take(lists.grown), COPY_ALONE, lambda: _hold(world, lists.long)),
        Method(BULK, in_bulk, COPY_ALONE, lambda: _hold(world, lists.short)),
    ]


# ── Asking it about a certificate ──

SELECTS_ALONE = "lookup: two SELECTs alone"
LOOKUP, LOOKUP_LONG = "lookup: ordinary list", "lookup: long list"
SEARCHED = "lookup: long list read each time"


def _looking_up(world: World, lists: Lists, repeated: int) -> list[Method]:
    """The newest list of a certificate's partition and its line; beside it the same rows by hand."""
    facts = {place: read_certificate(leaf.der) for place, leaf in world.leaves.items()}
    issuer = world.issuer.pinned()

    def selects() -> int:
        header = f"SELECT * FROM {RevocationList._meta.db_table} WHERE issuer_sha256 = %s AND point = %s"  # noqa: S608
        line = f"SELECT * FROM {RevokedSerial._meta.db_table} WHERE list_id = %s AND serial_hex = %s"  # noqa: S608
        with connection.cursor() as cursor:
            for _ in range(repeated):
                cursor.execute(header, [issuer.sha256, facts[LONG].crl_points[0]])
                cursor.execute(line, [cursor.fetchone()[0], facts[LONG].serial_hex])
                cursor.fetchone()
        return repeated

    def ours(place: str) -> int:
        for _ in range(repeated):
            data_for(facts[place], issuer)
        return repeated

    def searched() -> int:
        open_list(lists.long, world.trust, number_seen=None).entry(facts[LONG].serial_hex)
        return 1

    return [
        Method(SELECTS_ALONE, selects, before=lambda: _hold(world, lists.long)),
        Method(LOOKUP, lambda: ours(SHORT), SELECTS_ALONE, lambda: _hold(world, lists.short)),
        Method(LOOKUP_LONG, lambda: ours(LONG), SELECTS_ALONE, lambda: _hold(world, lists.long)),
        Method(SEARCHED, searched, SELECTS_ALONE),
    ]


def _targets(scale: Scale) -> list[Target]:
    saved = {Scale.SMALL: 2, Scale.FULL: 50}[scale]
    return [
        Target("verification vs its RSA operations", ratio(VERIFY_MEMORY, RSA_ALONE), at_most=2),
        Target("with trust table and list from the database", ratio(VERIFY, RSA_ALONE), at_most=5),
        Target("verification, long list vs ordinary", ratio(VERIFY_LONG, VERIFY), at_most=1.3),
        Target("authorities and list read each time vs kept", ratio(VERIFY_READING, VERIFY_LONG), at_least=saved),
        Target("first import vs signature and COPY", ratio(FIRST, COPY_ALONE), at_most=10),
        Target("bulk_create vs first import", ratio(BULK, FIRST), at_least=2),
        Target("next import vs first import", ratio(NEXT, FIRST), at_most=1),
        Target("lookup vs two SELECTs", ratio(LOOKUP_LONG, SELECTS_ALONE), at_most=6),
        Target("lookup, long list vs ordinary", ratio(LOOKUP_LONG, LOOKUP), at_most=1.3),
    ]
