"""Revocation lists from the wire and by hand: where we go, what we take, what we refuse (NPKI §6.5)."""

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from django.core.management import CommandError, call_command

from certificates.actions.rechecking import recheck_certificates
from certificates.actions.refreshing import refresh_partitions
from certificates.minting import encode
from certificates.minting.authorities import distribution_points, issuer_key_identifier, name
from certificates.minting.leaves import partition_uri
from certificates.minting.revocation import HOLD, Revocation
from certificates.models import BankCertificate, RevocationList, RevokedSerial
from certificates.refusals import Code, Refused
from certificates.revocation import asking, ldap
from certificates.revocation.endpoints import Endpoint, InvalidEndpoint, parse_endpoint, partition_dn
from certificates.revocation.folder import FolderSource
from certificates.revocation.ldap import LdapSource
from certificates.revocation.lookup import Snapshot, data_about, data_for
from certificates.x509 import der
from certificates.x509.facts import read_certificate
from certificates.x509.path import find_issuer
from tests.directory_simulator import Connections, directory_process
from tests.factories import make_member
from tests.flows.certificate_world import (
    DAY,
    HOUR,
    SYSTEM,
    crl,
    kept,
    outcomes,
    registered,
    serial,
    take,
    trust_minted,
)
from tests.flows.ocsp_responder import responder
from tests.rules.certificates.world import AT, world

POINT = partition_uri("dp1p1")
GONE = Revocation(0x1234, AT - DAY)


# ── Where we go ──


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("ldap://ds.yessign.or.kr:389", Endpoint("ds.yessign.or.kr", 389)),
        ("ldap://ds.yessign.or.kr", Endpoint("ds.yessign.or.kr", 389)),
        ("ldaps://ds.example.kr", Endpoint("ds.example.kr", 636, is_tls=True)),
        ("ldap://[::1]:1389/", Endpoint("::1", 1389)),
    ],
)
def test_endpoints(text: str, then: Endpoint) -> None:
    assert parse_endpoint(text) == then


@pytest.mark.parametrize(
    "text",
    ["", "ds.yessign.or.kr", "http://ds.yessign.or.kr", "ldap://user@host", "ldap://host/ou=x", "ldap://host:0",
     "ldap://host:65536", "ldap://host:389?x", "ldap://host name", "ldapi:///tmp/socket"],
)  # fmt: skip
def test_what_is_no_endpoint(text: str) -> None:
    with pytest.raises(InvalidEndpoint):
        parse_endpoint(text)


@pytest.mark.parametrize(
    ("_case", "point", "then"),
    [
        ("yessign", "ldap://ds.yessign.or.kr:389/ou=dp4p12,ou=AccreditedCA,o=yessign,c=kr?certificateRevocationList",
         "ou=dp4p12,ou=AccreditedCA,o=yessign,c=kr"),
        ("다른 호스트", "ldap://169.254.169.254/ou=dp1p1,o=yessign,c=kr?x", "ou=dp1p1,o=yessign,c=kr"),
        ("퍼센트 표기", "ldap://h/ou=dp1%20p1,o=y?x", "ou=dp1 p1,o=y"),
        ("이름 없음", "ldap://h/", None),
        ("http", "http://h/ou=dp1p1,o=y", None),
        ("file", "file:///etc/passwd", None),
        ("gopher", "gopher://127.0.0.1:25/ou=x", None),
        ("특수문자", "ldap://h/ou=dp1(*)", None),
        ("줄바꿈", "ldap://h/ou=a%0ab,o=y", None),
        ("너무 긺", f"ldap://h/ou={'a' * 300}", None),
    ],
)  # fmt: skip
def test_only_the_partition_is_read_from_a_certificate(_case: str, point: str, then: str | None) -> None:
    assert partition_dn(point) == then


# ── LDAP, against a real process ──


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "crl").mkdir()
    (tmp_path / "crl" / "a.crl").write_bytes(crl(GONE))
    return tmp_path


@pytest.mark.parametrize("attribute", ["certificateRevocationList;binary", "certificateRevocationList"])
def test_a_list_comes_under_either_name(folder: Path, attribute: str) -> None:
    with directory_process(folder, "--attribute", attribute) as address:
        found = list(LdapSource(parse_endpoint(address)).fetch([POINT, partition_uri("dp9p9"), "ldap://evil/"]))
    assert [(one.point, one.der, one.outcome) for one in found] == [
        (POINT, (folder / "crl" / "a.crl").read_bytes(), ""),
        (partition_uri("dp9p9"), None, "NOT_THERE"),
        ("ldap://evil/", None, "POINT_INVALID"),
    ]


def test_two_generations_under_one_name(folder: Path) -> None:
    (folder / "crl" / "b.crl").write_bytes(world().new_list)
    with directory_process(folder) as address:
        found = list(LdapSource(parse_endpoint(address)).fetch([POINT]))
    assert [one.der for one in found] == [(folder / "crl" / "a.crl").read_bytes(), world().new_list]


def test_a_flood_is_cut_off(folder: Path) -> None:
    with directory_process(folder, "--flood", str(ldap.ALLOWANCE + 1)) as address:
        (found,) = LdapSource(parse_endpoint(address)).fetch([POINT])
    assert (found.der, found.outcome) == (None, "TOO_LARGE")


def test_a_drip_ends_by_the_deadline(folder: Path) -> None:
    """Each byte comes well within any time-out for one silence; the whole does not."""
    with directory_process(folder, "--drip", "0.05") as address:
        begun = time.monotonic()
        (found,) = LdapSource(parse_endpoint(address), seconds=1).fetch([POINT])
    assert (found.der, found.outcome) == (None, "TIMEOUT")
    assert time.monotonic() - begun < 4


def test_a_server_that_says_nothing_ends_by_the_deadline() -> None:
    with listening() as (port, _accepted):
        begun = time.monotonic()
        (found,) = LdapSource(Endpoint("127.0.0.1", port), seconds=1).fetch([POINT])
    assert (found.der, found.outcome) == (None, "TIMEOUT")
    assert time.monotonic() - begun < 4


def test_a_referral_is_not_followed(folder: Path) -> None:
    with (
        listening() as (port, accepted),
        directory_process(folder, "--referral", f"ldap://127.0.0.1:{port}/ou=dp1p1,o=evil") as address,
    ):
        (found,) = LdapSource(parse_endpoint(address)).fetch([POINT])
    assert (found.outcome, accepted) == ("NOT_THERE", [])


def test_a_server_that_is_away_is_given_up_after_three() -> None:
    with listening() as (port, _accepted):
        pass
    points = [partition_uri(f"dp1p{n}") for n in range(5)]
    found = [one.outcome for one in LdapSource(Endpoint("127.0.0.1", port)).fetch(points)]
    assert found == ["REFUSED"] * 3 + ["NOT_TRIED"] * 2


@contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """A port that takes connections, says nothing and counts them."""
    accepted: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    accepted.append(server.accept())
            except OSError:
                return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1], accepted
        server.shutdown(socket.SHUT_RDWR)
        thread.join(2)
    for connection, _address in list(accepted):  # type: ignore[misc]
        connection.close()


# ── No address out of a certificate ──


def certificate_naming(crl_uri: str, ocsp_uri: str) -> bytes:
    """Signed by the trusted issuer, and pointing where it wants."""
    issuer = world().hierarchy.old_issuer
    key = rsa.generate_private_key(65537, 2048)
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_uri))
    return (
        x509.CertificateBuilder()
        .subject_name(name("kr", "yessign-demo", (NameOID.COMMON_NAME, "주소를 심은 인증서")))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - DAY)
        .not_valid_after(AT + DAY)
        .add_extension(issuer_key_identifier(issuer.certificate), critical=False)
        .add_extension(distribution_points(crl_uri), critical=False)
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        .sign(issuer.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


@pytest.mark.django_db
def test_no_connection_to_an_address_out_of_a_certificate(folder: Path) -> None:
    """Seen at the interpreter: whatever certificates name, only the configured directory is connected to."""
    with listening() as (port, accepted), directory_process(folder) as address:
        trust_minted(address)
        for crl_uri, ocsp_uri in (
            ("ldap://169.254.169.254/ou=dp1p1,o=y?x", "http://169.254.169.254/latest/meta-data/"),
            (f"ldap://127.0.0.1:{port}/ou=dp1p1,o=y?x", f"http://127.0.0.1:{port}/"),
            ("ldap://evil/ou=dp1p1,o=y?x", "http://evil/"),
            ("http://evil/list.crl", "gopher://evil/"),
            ("file:///etc/passwd", "file:///etc/passwd"),
        ):
            registered(make_member(), certificate_naming(crl_uri, ocsp_uri))
        with Connections() as seen:
            refresh_partitions(by=SYSTEM, at=AT)
            found = recheck_certificates(by=SYSTEM, at=AT)
    endpoint = parse_endpoint(address)
    assert set(seen.made) == set(seen.asked) == {(endpoint.host, endpoint.port)}
    assert accepted == []
    assert sorted(outcome for _source, outcome in outcomes()) == ["NOT_THERE"] * 3 + ["POINT_INVALID"] * 2
    assert (found.good, found.unknown) == (0, 5)


@pytest.mark.django_db
def test_an_issuer_without_directory_is_not_asked_for() -> None:
    trust_minted("")
    registered(make_member(), world().good)
    with Connections() as seen:
        tally = refresh_partitions(by=SYSTEM, at=AT)
    assert (seen.made, seen.asked, tally.taken, tally.failed) == ([], [], 0, 0)


@pytest.mark.django_db
def test_the_partitions_of_active_certificates_are_fetched(folder: Path) -> None:
    with directory_process(folder) as address:
        trust_minted(address)
        registered(make_member(), world().good)
        first = refresh_partitions(by=SYSTEM, at=AT)
        again = refresh_partitions(by=SYSTEM, at=AT + 2 * HOUR)
    assert (first.taken, first.known, first.failed) == (1, 0, 0)
    assert (again.taken, again.known, again.failed) == (0, 1, 0)
    assert outcomes() == [("ldap", "TAKEN"), ("ldap", "KNOWN")]
    row = RevocationList.objects.get()
    assert (row.point, row.number, row.entries, row.source) == (POINT, "100", 1, "ldap")
    assert row.fetched_at == AT + 2 * HOUR


# ── What we take ──


@pytest.mark.django_db
def test_a_list_is_kept_with_its_serials() -> None:
    row = take(crl(GONE, Revocation(0xABC, AT - HOUR, HOLD)))
    assert list(
        RevokedSerial.objects.order_by("serial_hex").values_list("serial_hex", "on_hold", "revoked_at")
    ) == [
        ("1234", False, AT - DAY),
        ("abc", True, AT - HOUR),
    ]
    assert (row.number, row.entries, row.point) == ("100", 2, POINT)
    assert row.issuer_sha256 == world().trust.issuers[0].sha256


@pytest.mark.django_db
def test_a_newer_list_takes_the_place_of_the_older() -> None:
    """One line stays, one rests no more but is revoked, one is lifted, one comes."""
    stays, lifted = Revocation(0xA1, AT - DAY), Revocation(0xA3, AT - DAY, HOLD)
    take(crl(stays, Revocation(0xA2, AT - DAY, HOLD), lifted))
    kept_pk = RevokedSerial.objects.get(serial_hex="a1").pk
    take(crl(stays, Revocation(0xA2, AT - HOUR), Revocation(0xA4, AT - HOUR), number=101, issued_at=AT))
    lines = RevokedSerial.objects.order_by("serial_hex")
    assert list(lines.values_list("serial_hex", "on_hold", "revoked_at")) == [
        ("a1", False, AT - DAY),
        ("a2", False, AT - HOUR),
        ("a4", False, AT - HOUR),
    ]
    assert lines[0].pk == kept_pk
    row = RevocationList.objects.get()
    assert (row.number, row.entries) == ("101", 3)


@pytest.mark.django_db
def test_a_serial_named_twice_counts_as_revoked() -> None:
    gone, rests = Revocation(0xB1, AT - DAY), Revocation(0xB1, AT - HOUR, HOLD)
    take(crl(rests, gone, rests))
    assert list(RevokedSerial.objects.values_list("serial_hex", "on_hold")) == [("b1", False)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("_case", "given", "point"),
    [
        ("되돌린 번호 99", {"number": 99}, ""),
        ("같은 번호, 다른 내용", {"number": 100}, ""),
        ("번호는 새것, 발행은 옛것", {"number": 101, "issued_at": AT - 2 * HOUR}, ""),
        ("다른 서명자", {"number": 101, "key": "forged"}, ""),
        ("모르는 기관", {"number": 101, "issuer": "stranger"}, ""),
        ("다른 구역", {"number": 101, "partition": "dp2p2"}, POINT),
        ("구역 이름이 없음", {"number": 101, "partition": None}, POINT),
        ("미래의 목록", {"number": 101, "issued_at": AT + HOUR}, ""),
    ],
)
def test_a_list_is_refused_and_leaves_nothing(_case: str, given: dict[str, object], point: str) -> None:
    take(crl(GONE))
    before = kept()
    if given.get("key"):
        given = {**given, "key": world().hierarchy.stranger.key}
    if given.get("issuer"):
        given = {**given, "issuer": world().hierarchy.stranger}
    with pytest.raises(Refused) as refused:
        take(crl(**given), point=point)  # type: ignore[arg-type]
    assert refused.value.code is Code.CRL_INVALID
    assert kept() == before


@pytest.mark.django_db
def test_the_same_list_again_changes_only_when_it_was_seen() -> None:
    data = crl(GONE)
    take(data)
    assert take(data, at=AT + 2 * HOUR).fetched_at == AT + 2 * HOUR
    assert RevokedSerial.objects.count() == 1


@pytest.mark.django_db
def test_look_up() -> None:
    good = world().good
    facts = read_certificate(good.der)
    issuer = find_issuer(good.certificate, facts, world().trust)
    assert data_for(facts, issuer) is None
    take(crl(Revocation(serial(good), AT - DAY)))
    found = data_for(facts, issuer)
    assert found is not None
    assert found.entry is not None
    assert (found.entry.serial_hex, found.entry.on_hold, found.header.number) == (facts.serial_hex, False, 100)
    assert data_about(good.der, world().trust) == found
    assert Snapshot([facts.serial_hex]).data_for(facts, issuer) == found
    assert data_for(facts, world().trust.issuers[1]) is None
    assert data_about(b"no certificate", world().trust) is None
    assert data_about(world().faults["stranger"].leaf.der, world().trust) is None


# ── By hand ──


@pytest.mark.django_db
def test_a_folder(tmp_path: Path, settings: object) -> None:
    trust_minted()
    (tmp_path / "1.crl").write_bytes(crl(GONE))
    (tmp_path / "2.crl").write_bytes(b"no list")
    (tmp_path / "3.crl").write_bytes(bytes(16 * 1024 * 1024 + 1))
    (tmp_path / "ignored.txt").write_bytes(crl(number=200))
    settings.CERTIFICATE_REVOCATION_FOLDER = tmp_path  # type: ignore[attr-defined]
    tally = refresh_partitions(by=SYSTEM, at=AT)
    assert (tally.taken, tally.failed) == (1, 2)
    assert outcomes() == [("folder", "TAKEN"), ("folder", "CRL_INVALID"), ("folder", "TOO_LARGE")]
    assert list(FolderSource(tmp_path / "nowhere").fetch([])) == []


@pytest.mark.django_db
def test_the_command(tmp_path: Path) -> None:
    trust_minted()
    certificate = registered(make_member(), world().good)
    sound, wrong = tmp_path / "sound.crl", tmp_path / "wrong.crl"
    sound.write_bytes(crl(Revocation(serial(world().good), AT - DAY)))
    wrong.write_bytes(crl(key=world().hierarchy.stranger.key))
    said, complained = io.StringIO(), io.StringIO()
    with time_machine.travel(AT, tick=False), pytest.raises(CommandError, match="1개"):
        call_command("import_revocation_list", str(sound), str(wrong), stdout=said, stderr=complained)
    assert "100호, 1건. 새로 들였습니다." in said.getvalue()
    assert "유효 0, 폐지 1, 효력정지 0, 확인 못 함 0" in said.getvalue()
    assert "CRL_INVALID" in complained.getvalue()
    assert BankCertificate.everything.get(pk=certificate.pk).status == "revoked"


# ── OCSP ──


@pytest.fixture
def address() -> Iterator[str]:
    with responder() as (address, _asked):
        yield address


@pytest.mark.parametrize(("path", "comes"), [("", True), ("/away", False), ("/large", False)])
def test_one_answer_from_the_configured_responder(address: str, path: str, comes: bool) -> None:
    with Connections() as seen:
        answer = asking.ask(world().good.certificate, world().trust.issuers[0], address + path)
    assert (answer is not None) is comes
    assert seen.made == [("127.0.0.1", int(address.rpartition(":")[2]))]
    if answer is not None:
        assert len(answer.nonce or b"") == 32


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status", "good"), [("", "active", 1), ("/revoked", "revoked", 0)])
def test_without_a_list_the_responder_is_asked(address: str, path: str, status: str, good: int) -> None:
    trust_minted(ocsp=address + path)
    certificate = registered(make_member(), world().good)
    assert recheck_certificates(by=SYSTEM, at=AT).good == good
    assert BankCertificate.everything.get(pk=certificate.pk).status == status


@pytest.mark.django_db
def test_a_silent_responder_is_given_up_after_three() -> None:
    with listening() as (port, _accepted):
        pass
    trust_minted(ocsp=f"http://127.0.0.1:{port}")
    for specimen in world().sound[:5]:
        registered(make_member(), specimen.leaf)
    with Connections() as seen:
        assert recheck_certificates(by=SYSTEM, at=AT).unknown == 5
    assert seen.made == [("127.0.0.1", port)] * 3


# ── Size ──


def large_list(entries: int) -> bytes:
    """As `crl`, with more lines than the library's builder can add in bearable time."""
    parts = list(der.children(der.sequence(crl(GONE))[0]))
    stamp = next(e for e in der.children(next(der.children(parts[5]))) if e.tag == 0x17).encoded
    lines = [encode.sequence(encode.integer(1 << 40 | n), stamp) for n in range(entries)]
    tbs = encode.sequence(*(e.encoded for e in parts[:5]), encode.sequence(*lines), parts[6].encoded)
    key = world().hierarchy.old_issuer.key
    signature = key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    return encode.sequence(tbs, parts[1].encoded, encode.bits(signature))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.django_db
def test_two_hundred_thousand_entries(tmp_path: Path) -> None:
    data = large_list(200_000)
    (tmp_path / "large.crl").write_bytes(data)
    with directory_process(tmp_path) as address:
        begun = time.monotonic()
        (fetched,) = LdapSource(parse_endpoint(address)).fetch([POINT])
    assert fetched.der == data
    got = time.monotonic()
    row = take(data, point=POINT)
    done = time.monotonic()
    print(f"\n{len(data):,} bytes: LDAP {got - begun:.2f} s, import {done - got:.2f} s")  # noqa: T201
    assert (row.entries, RevokedSerial.objects.filter(list=row).count()) == (200_000, 200_000)
    assert RevokedSerial.objects.filter(list=row, serial_hex=f"{1 << 40 | 199_999:x}").exists()
