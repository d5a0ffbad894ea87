"""The demo's certificates: folders for every scheme and fault, a guide, authorities outside production only."""

import io
import json
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from certificates.minting.folders import DEMO_PASSWORD
from certificates.minting.keyfiles import Scheme, open_key_file
from certificates.models import Authority, BankCertificate, RevocationList, Status
from certificates.refusals import Code, Refused, sentence
from certificates.x509.facts import read_certificate
from guarantees.demo import certificates as demo
from portal.audit.models import AuditEvent
from sms.models import Message
from tests.factories import make_member
from tests.rules.certificates.world import AT

pytestmark = pytest.mark.slow

NUMBER = "9018112019"
IN_FILES = {"KEY_MISMATCH", "KEY_FILE_UNSUPPORTED", "KEY_FILE_MALFORMED", "CERT_MALFORMED", "UPLOAD_TOO_LARGE",
            "PFX_NOT_YET"}  # fmt: skip
IN_CERTIFICATES = {
    "EXPIRED", "NOT_YET_VALID", "KEY_USAGE", "POLICY_NOT_ALLOWED", "PERSONAL_WHERE_CORPORATE", "VID_MISMATCH",
    "VID_MISSING", "VID_MALFORMED", "R_MISSING", "WEAK_SIGNATURE_HASH", "WEAK_KEY", "REVOKED", "SUSPENDED",
    "UNKNOWN_CA",
}  # fmt: skip


def mint(directory: Path, *options: str) -> str:
    said = io.StringIO()
    with time_machine.travel(AT, tick=False):
        call_command("mint_demo_certificates", str(directory), *options, stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_every_scheme_and_every_fault(tmp_path: Path) -> None:
    make_member(name="새롬공조(주)", business_number="9058112758")
    said = mint(tmp_path, "--business-number", "905-81-12758")
    assert DEMO_PASSWORD in said
    root = tmp_path / "9058112758"
    labels = {path.name for path in root.iterdir()}
    assert {f"good-{scheme}" for scheme in Scheme} | {"good-class4"} <= labels
    (pair,) = (root / "good-pbe-sha1-seed" / "NPKI" / "yessign-demo" / "USER").iterdir()
    assert read_certificate((pair / "signCert.der").read_bytes()).real_name == "새롬공조(주)"
    guide = (tmp_path / "안내.txt").read_text(encoding="utf-8")
    for code in sorted(IN_FILES | IN_CERTIFICATES):
        assert f"→ {code}\n" in guide, code
    assert f"  {sentence(Code.KEY_USAGE)}\n" in guide
    assert "{" not in guide
    assert all(f"폴더: 9058112758/{label}" in guide for label in labels)
    assert not Authority.objects.exists()


@pytest.mark.django_db
def test_broken_files_are_what_they_say(tmp_path: Path) -> None:
    mint(tmp_path, "--business-number", NUMBER)
    mint(tmp_path, "--business-number", NUMBER)  # again, into the same folder
    for label, code in (
        ("key-unsupported", Code.KEY_FILE_UNSUPPORTED),
        ("key-malformed", Code.KEY_FILE_MALFORMED),
    ):
        with pytest.raises(Refused) as refused:
            open_key_file(file_of(tmp_path, label, "signPri.key"), DEMO_PASSWORD.encode())
        assert refused.value.code is code
    for label, code in (("cert-malformed", Code.CERT_MALFORMED), ("cert-too-large", Code.UPLOAD_TOO_LARGE)):
        with pytest.raises(Refused) as refused:
            read_certificate(file_of(tmp_path, label, "signCert.der"))
        assert refused.value.code is code
    mismatched = open_key_file(file_of(tmp_path, "key-mismatch", "signPri.key"), DEMO_PASSWORD.encode())
    good = open_key_file(file_of(tmp_path, "good-pbe-sha1-seed", "signPri.key"), DEMO_PASSWORD.encode())
    assert mismatched.key.public_key() != good.key.public_key()


def file_of(directory: Path, label: str, name: str) -> bytes:
    (pair,) = (directory / NUMBER / label / "NPKI" / "yessign-demo" / "USER").iterdir()
    return (pair / name).read_bytes()


@pytest.mark.django_db
def test_installing_trusts_the_minted_and_retires_the_earlier(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        mint(tmp_path / folder, "--install", "--ldap", "ldap://127.0.0.1:9389")
    rows = json.loads((tmp_path / "two" / "trust" / "trust.json").read_text(encoding="utf-8"))
    trusted = Authority.objects.filter(retired_at__isnull=True)
    assert set(trusted.values_list("sha256", flat=True)) == {row["sha256"] for row in rows}
    assert set(trusted.filter(role="issuer").values_list("crl_endpoint", flat=True)) == {"ldap://127.0.0.1:9389"}
    assert Authority.objects.filter(retired_at=AT).count() == 4
    assert RevocationList.objects.count() == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("_case", "options", "says"),
    [
        ("잘못된 번호", ("--business-number", "123"), "사업자등록번호"),
        ("잘못된 서버", ("--ldap", "http://127.0.0.1"), "ldap://"),
    ],
)
def test_refused_options(tmp_path: Path, _case: str, options: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        mint(tmp_path / "new", *options)
    assert not (tmp_path / "new").exists()


@pytest.mark.django_db
def test_production_trusts_nothing_invented(tmp_path: Path, settings: object) -> None:
    settings.STAGE = "production"  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="운영 환경"):
        mint(tmp_path / "new", "--install")
    assert not (tmp_path / "new").exists()
    assert not Authority.objects.exists()
    with pytest.raises(CommandError, match="운영 환경"):
        call_command("ldap_simulator", "--directory", str(tmp_path))


@pytest.mark.django_db
def test_the_demo_has_one_in_use_and_one_revoked(tmp_path: Path, settings: object) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    members = [make_member(sms_name="미르누리"), make_member(sms_name="해든기공"), make_member()]
    demo.tell(members, AT)
    states = dict(BankCertificate.everything.values_list("member_id", "status"))
    assert states == {members[0].pk: Status.ACTIVE, members[1].pk: Status.REVOKED}
    assert set(Message.everything.values_list("member_id", flat=True)) == {members[1].pk}
    assert AuditEvent.everything.filter(action="bank_certificate.revoked").count() == 1
    demo.listen_at("ldap://127.0.0.1:9999")
    issuers = Authority.objects.filter(role="issuer")
    assert set(issuers.values_list("crl_endpoint", flat=True)) == {"ldap://127.0.0.1:9999"}
