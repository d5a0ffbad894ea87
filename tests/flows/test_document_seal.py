"""From print to seal to keeping to check, and every way a document can be other than the one we issued."""

import hashlib
import io
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

from guarantees.document import check as checking
from guarantees.document import seal_token
from guarantees.document.check import Point, Trust, Verdict, check, conclude
from guarantees.document.demo_ca import DemoSeal, mint
from guarantees.document.facts import Question
from guarantees.document.reading import read
from guarantees.document.render import render
from guarantees.document.seal import KeyFiles, Seal, SealUnavailable
from guarantees.document.seal_token import Token
from guarantees.document.storage import Store
from tests.rules.document.samples import CONTRACT_GUARANTEE

# Each verdict reads the file in a process of its own.
pytestmark = pytest.mark.slow
AT = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)  # 월, 10:00 KST
PASSWORD = b"a passphrase from the secret store"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSeal:
    return mint(tmp_path_factory.mktemp("ca") / "demo", name="설비공제조합", at=AT)


@pytest.fixture(scope="module")
def seal(demo: DemoSeal) -> Seal:
    return Seal(demo.key_files.open())


@pytest.fixture(scope="module")
def trust(demo: DemoSeal, seal: Seal) -> Trust:
    return Trust(roots=demo.root, seals=frozenset({seal.fingerprint}))


@pytest.fixture(scope="module")
def unsealed() -> bytes:
    return render(CONTRACT_GUARANTEE)


@pytest.fixture(scope="module")
def sealed(seal: Seal, unsealed: bytes) -> bytes:
    return seal.apply(unsealed, at=AT)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def judge(content: bytes, trust: Trust, at: datetime = AT) -> Verdict:
    """As if this very content stood on record, so that only the signature can refuse it.

    Read in this process, since starting one for each of many documents takes long.
    """
    question = Question(trust.roots.decode(), trust.stamp_roots.decode(), at.isoformat())
    return conclude(read(question, content), trust=trust, sha256=sha256(content), is_recorded=True)


def judge_apart(content: bytes, trust: Trust) -> Verdict:
    """The same as the portal does it."""
    return check(content, recorded_sha256=sha256(content), trust=trust, at=AT)


def failed(verdict: Verdict) -> set[Point]:
    return {finding.point for finding in verdict.findings if finding.passed is False}


# --- the good way


def test_issued_kept_and_checked(sealed: bytes, trust: Trust, tmp_path: Path) -> None:
    store = Store(tmp_path)
    recorded = store.write(sealed)
    verdict = check(store.read(recorded), recorded_sha256=recorded, trust=trust, at=AT)
    assert verdict.is_genuine
    assert verdict.reason == ""
    assert verdict.sha256 == recorded
    assert [finding.point for finding in verdict.findings] == list(Point)


def test_what_the_seal_says(sealed: bytes, unsealed: bytes) -> None:
    assert sealed.startswith(unsealed)
    root = pypdf.PdfReader(io.BytesIO(sealed)).trailer["/Root"]
    (field,) = root["/AcroForm"]["/Fields"]
    signature = field.get_object()["/V"]
    assert signature["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature["/Reason"] == "보증서 발급"
    assert signature["/Location"] == "대한민국"
    assert signature["/M"] == "D:20261130010000Z"
    assert root["/Perms"]["/DocMDP"] == signature
    assert signature["/Reference"][0]["/TransformParams"]["/P"] == 1
    assert field.get_object()["/Rect"] == [0, 0, 0, 0]


def test_what_is_signed_is_what_pyhanko_would_sign(sealed: bytes, seal: Seal) -> None:
    """PAdES B-B has type, digest and the signer's certificate, and no time of its own."""
    (embedded,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    signed = {attribute["type"].native: attribute["values"] for attribute in embedded.signer_info["signed_attrs"]}
    assert signed.keys() == {"content_type", "message_digest", "signing_certificate_v2"}
    own = embedded.signer_cert
    assert own.dump() == seal.certificate.public_bytes(serialization.Encoding.DER)
    assert signed["signing_certificate_v2"][0].dump() == as_signing_certificate_v2(own).dump()
    # Encoded once, but a lawful encoding all the same: written anew by force it is byte for byte the same.
    content = embedded.pkcs7_content
    written = cms.ContentInfo.load(content).dump(force=True)
    assert content == written.ljust(len(content), b"\0")


def test_text_is_still_read(sealed: bytes) -> None:
    (page,) = pypdf.PdfReader(io.BytesIO(sealed)).pages
    assert "금 일억이천만원정" in page.extract_text()


def test_rsa_seal(tmp_path: Path, unsealed: bytes) -> None:
    demo = mint(tmp_path / "rsa", name="설비공제조합", at=AT, with_rsa=True)
    seal = Seal(demo.key_files.open())
    content = seal.apply(unsealed, at=AT)
    assert judge(content, Trust(demo.root, frozenset({seal.fingerprint}))).is_genuine


def test_key_is_opened_once(tmp_path: Path, unsealed: bytes) -> None:
    demo = mint(tmp_path / "gone", name="설비공제조합", at=AT)
    root = demo.root
    seal = Seal(demo.key_files.open())
    for file in demo.folder.iterdir():
        file.unlink()
    trust = Trust(root, frozenset({seal.fingerprint}))
    for minute in (0, 1):
        assert judge(seal.apply(unsealed, at=AT + timedelta(minutes=minute)), trust).is_genuine


def test_demo_seal_is_minted_once(demo: DemoSeal) -> None:
    before = {file.name: file.read_bytes() for file in demo.folder.iterdir()}
    again = mint(demo.folder, name="다른 이름", at=AT + timedelta(days=1))
    assert {file.name: file.read_bytes() for file in again.folder.iterdir()} == before
    assert set(before) == {"root.pem", "seal.pem", "seal.key"}
    assert (demo.folder / "seal.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in demo.folder.parent.iterdir()] == [demo.folder.name]


def test_demo_seal_does_not_overwrite(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "seal.key").write_text("something")
    with pytest.raises(OSError, match="not empty"):
        mint(tmp_path / "taken", name="설비공제조합", at=AT)
    assert [path.name for path in tmp_path.rglob("*")] == ["taken", "seal.key"]


# --- no seal without a sound key


def test_encrypted_key(demo: DemoSeal, tmp_path: Path, unsealed: bytes, trust: Trust) -> None:
    key = serialization.load_pem_private_key(demo.key_files.key.read_bytes(), None)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSWORD),
        )
    )
    seal = Seal(KeyFiles(locked, demo.key_files.certificates, PASSWORD).open())
    assert judge(seal.apply(unsealed, at=AT), trust).is_genuine
    for password in (None, b"wrong"):
        with pytest.raises(SealUnavailable, match="key files"):
            KeyFiles(locked, demo.key_files.certificates, password).open()


def test_key_of_another_certificate(demo: DemoSeal, tmp_path: Path) -> None:
    other = mint(tmp_path / "other", name="설비공제조합", at=AT)
    with pytest.raises(SealUnavailable, match="not a pair"):
        KeyFiles(other.key_files.key, demo.key_files.certificates).open()


@pytest.mark.parametrize(
    ("_case", "content"),
    [("빈 파일", b""), ("다른 파일", b"hello"), ("깨진 PEM", b"-----BEGIN PRIVATE KEY-----\nAAAA\n")],
)
def test_no_key(_case: str, content: bytes, demo: DemoSeal, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(SealUnavailable):
        KeyFiles(tmp_path / "x", demo.key_files.certificates).open()
    with pytest.raises(SealUnavailable):
        KeyFiles(demo.key_files.key, tmp_path / "x").open()
    with pytest.raises(SealUnavailable):
        KeyFiles(tmp_path / "absent", demo.key_files.certificates).open()


@pytest.mark.parametrize(("_case", "days"), [("유효기간 전", -2), ("유효기간 뒤", 365 * 3)])
def test_certificate_out_of_date(_case: str, days: int, seal: Seal, unsealed: bytes) -> None:
    with pytest.raises(SealUnavailable, match="not valid at the time"):
        seal.apply(unsealed, at=AT + timedelta(days=days))


def test_token_that_is_not_there() -> None:
    token = Token(Path("/nowhere.so"), "seal", "1234", "key", Path("/nowhere.pem"))
    with pytest.raises(SealUnavailable, match="token") as refused:
        token.open()
    assert ("not installed" in refused.value.detail) is not seal_token.IS_POSSIBLE
    assert "1234" not in repr(token) + str(refused.value)


# --- other documents


def test_sealed_by_a_stranger(unsealed: bytes, trust: Trust, tmp_path: Path) -> None:
    stranger = Seal(mint(tmp_path / "stranger", name="설비공제조합", at=AT).key_files.open())
    assert failed(judge_apart(stranger.apply(unsealed, at=AT), trust)) == {Point.OURS}


def test_certificate_of_our_authority_but_not_our_seal(sealed: bytes, trust: Trust) -> None:
    assert failed(judge(sealed, Trust(trust.roots, frozenset({"0" * 64})))) == {Point.OURS}


def test_certificate_after_its_time(sealed: bytes, trust: Trust) -> None:
    later = AT + timedelta(days=365 * 3)
    assert failed(judge(sealed, trust, later)) == {Point.OURS}


def test_changed_number(sealed: bytes, trust: Trust) -> None:
    changed = sealed.replace(b"2026-C1-000123-4", b"2026-C1-000124-4")
    assert changed != sealed
    assert len(changed) == len(sealed)
    assert Point.INTACT in failed(judge(changed, trust))


def test_one_bit_anywhere(sealed: bytes, trust: Trust) -> None:
    """In this process, for speed: whatever bit is turned, the reading does not call it in order."""
    dice = random.Random(20261130)
    question = Question(trust.roots.decode(), "", AT.isoformat())
    for _ in range(150):
        at = dice.randrange(len(sealed))
        changed = bytearray(sealed)
        changed[at] ^= 1 << dice.randrange(8)
        if is_padding(sealed, at):
            continue
        answer = read(question, bytes(changed))
        assert not (answer.intact and answer.trusted and answer.whole and answer.locked), at


def is_padding(sealed: bytes, at: int) -> bool:
    """Within the room kept for the signature, which no signature can cover; the recorded hash does."""
    start = sealed.rindex(b"/Contents <")
    return start <= at < sealed.index(b">", start)


def test_byte_in_the_room_of_the_signature(sealed: bytes, trust: Trust) -> None:
    end = sealed.index(b">", sealed.rindex(b"/Contents <"))
    changed = sealed[: end - 1] + b"1" + sealed[end:]
    verdict = check(changed, recorded_sha256=sha256(sealed), trust=trust, at=AT)
    assert Point.RECORDED in failed(verdict)
    assert not verdict.is_genuine


def test_added_to_after_sealing(sealed: bytes, trust: Trust) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    writer.root["/Note"] = generic.pdf_string("x")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    assert {Point.WHOLE, Point.LOCKED} <= failed(judge(out.getvalue(), trust))


@pytest.mark.parametrize(
    ("_case", "tail"),
    [("글 한 줄", b"\n% more\n%%EOF\n"), ("다른 PDF", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n")],
)
def test_bytes_at_the_end(_case: str, tail: bytes, sealed: bytes, trust: Trust) -> None:
    assert failed(judge(sealed + tail, trust)) & {Point.READABLE, Point.WHOLE}


def test_seal_taken_off(sealed: bytes, unsealed: bytes, trust: Trust) -> None:
    assert failed(judge(unsealed, trust)) == {Point.SEALED}
    assert failed(judge(sealed[: len(unsealed)], trust)) == {Point.SEALED}


def test_saved_anew(sealed: bytes, trust: Trust) -> None:
    out = io.BytesIO()
    pypdf.PdfWriter(clone_from=io.BytesIO(sealed)).write(out)
    assert not judge(out.getvalue(), trust).is_genuine


class _RudeSigner(PdfSigner):
    """Signs what forbids further signatures."""

    def _enforce_certification_constraints(self, reader: object) -> None:
        """Not enforced."""


def sign_plainly(content: bytes, seal: Seal, field: str) -> bytes:
    about = PdfSignatureMetadata(field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    out = _RudeSigner(about, signer=seal.signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content)))
    return bytes(out.getvalue())


def test_signed_a_second_time(sealed: bytes, seal: Seal, trust: Trust, tmp_path: Path) -> None:
    stranger = Seal(mint(tmp_path / "stranger", name="설비공제조합", at=AT).key_files.open())
    for second in (stranger, seal):
        assert failed(judge(sign_plainly(sealed, second, "Second"), trust)) == {Point.SEALED}


def test_signed_but_not_locked(unsealed: bytes, seal: Seal, trust: Trust) -> None:
    verdict = check(
        plain := sign_plainly(unsealed, seal, "Plain"), recorded_sha256=sha256(plain), trust=trust, at=AT
    )
    assert not verdict.is_genuine
    assert failed(verdict) & {Point.LOCKED, Point.READABLE}


@pytest.mark.parametrize("recorded", ["", "0" * 64])
def test_sealed_by_us_but_not_on_record(recorded: str, sealed: bytes, trust: Trust) -> None:
    verdict = check(sealed, recorded_sha256=recorded, trust=trust, at=AT)
    assert failed(verdict) == {Point.RECORDED}
    assert verdict.reason.startswith("조합이 발급한 기록에 없는 파일입니다.")


# --- no PDF at all


def of_junk(body: bytes) -> bytes:
    return b"%PDF-1.7\n/ByteRange [0 1 2 3]\n" + body + b"\n%%EOF\n"


@pytest.mark.parametrize(
    ("_case", "content"),
    [
        ("빈 파일", b""),
        ("글", "보증서".encode()),
        ("머리만", b"%PDF-1.7\n"),
        ("앞에 붙은 글", b"x%PDF-1.7\n%%EOF"),
        ("PNG", b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
        ("HTML", b"<html><script>alert(1)</script></html>"),
        ("깊은 중첩", of_junk(b"[" * 200_000)),
        ("깊은 사전", of_junk(b"<</a" * 50_000)),
        ("자기를 가리키는 xref", of_junk(b"startxref\n31\n")),
        ("음수 자리", of_junk(b"startxref\n-5\n")),
        ("큰 자리", of_junk(b"startxref\n" + b"9" * 5_000)),
        ("개체가 너무 많음", of_junk(b"1 0 obj\n" * 20_001)),
        ("판이 너무 많음", of_junk(b"startxref\n" * 9)),
        ("이상한 바이트", of_junk(bytes(range(256)) * 100)),
    ],
)
def test_no_document(_case: str, content: bytes, trust: Trust) -> None:
    verdict = judge_apart(content, trust)
    assert Point.READABLE in failed(verdict)
    assert "PDF" in verdict.reason


def test_cut_short(sealed: bytes, trust: Trust) -> None:
    for length in (len(sealed) - 1, len(sealed) - 7, len(sealed) // 2, 1_000):
        assert not judge(sealed[:length], trust).is_genuine
        assert not judge_apart(sealed[:length], trust).is_genuine


def test_too_large(trust: Trust) -> None:
    limit = checking.LARGEST
    over = judge_apart(b"%PDF-1.7\n" + b"0" * (limit - 8), trust)
    assert over.reason == checking.TOO_LARGE
    assert over.sha256 == ""
    within = judge_apart(b"%PDF-1.7\n" + b"0" * (limit - 9), trust)
    assert within.reason != checking.TOO_LARGE


def test_too_slow(sealed: bytes, trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "SECONDS", 0.001)
    verdict = judge_apart(sealed, trust)
    assert verdict.reason == checking.TOO_LONG
    assert not verdict.is_genuine


def test_every_finding_has_a_sentence(sealed: bytes, trust: Trust) -> None:
    for verdict in (judge(sealed, trust), judge_apart(b"", trust), judge(sealed[:-9], trust)):
        assert all(finding.sentence.endswith(".") for finding in verdict.findings)
