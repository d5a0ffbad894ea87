"""`manage.py bench document`: printing a guarantee document and sealing it (targets C1, C2).

Nothing of it asks the database. The floors: a finished PDF opened, one stream of it written anew, saved; and the
bare signature of a key that is held.
"""

import io
import shutil
import tempfile
from datetime import UTC, date
from functools import partial
from pathlib import Path

import typst
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import load_pem_x509_certificates
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers

from guarantees.bench.portfolio import AT
from guarantees.document.content import Contract, GuaranteeDocument, Issuer, Party
from guarantees.document.demo_ca import mint
from guarantees.document.glyphs import FONTS
from guarantees.document.printed import to_json
from guarantees.document.render import LAYOUT, STANDARDS, render
from guarantees.document.seal import Seal
from portal.bench.plan import Method, Plan, Say, Scale, Target, Wish, ratio

REPEATED = {Scale.TINY: 1, Scale.SMALL: 20, Scale.FULL: 100}

REWRITTEN = "print: one stream of a finished PDF written anew"
PRINTED, COMPILED_ANEW = "print: the document", "print: a compiler for each"
SIGNED, SEALED = "seal: the key's operation", "seal: the document"
AS_DOCUMENTED = "seal: pyHanko as documented"

DOCUMENT = GuaranteeDocument(
    product="계약보증",
    number="2026-C1-000123-4",
    verification_code="0" * 16,
    verification_url="https://portal.example.kr/verify/2026-C1-000123-4/0000000000000000/",
    debtor=Party(
        name="미르누리설비(주)", business_number="901-81-00013", representative="김가온",
        address="가상시 누리구 시범로 10",
    ),
    beneficiary=Party(name="누리교육지원청", business_number="901-83-00021"),
    amount=50_000_000,
    starts_on=date(2026, 9, 23),
    ends_on=date(2027, 6, 30),
    contract=Contract(
        name="가온초 급식실 환기설비 개선공사", number="2026-0001", contracted_on=date(2026, 9, 16),
        amount=500_000_000, due_on=date(2027, 6, 30),
    ),
    coverage="채무자가 계약의 의무를 이행하지 않아 보증채권자가 입은 손해를 보증금액의 범위에서 보증합니다.",
    special_terms="",
    terms_version="계약보증 약관",
    issued_on=date(2026, 9, 23),
    issuer=Issuer(
        name="설비공제조합", chairman="한마루", address="", branch="시험지점", branch_phone="02-000-0000",
        officer="",
    ),
    endorsement=0,
)  # fmt: skip


def prepare(wish: Wish, say: Say) -> Plan:
    """Makes a seal of RSA-3072 (of P-256 where only the bench itself is tried), and one document to start from."""
    say("making a seal")
    folder = Path(tempfile.mkdtemp(prefix="bench-seal-"))
    demo = mint(folder / "seal", name="설비공제조합", at=AT, with_rsa=wish.scale is not Scale.TINY)
    seal, times, pdf = Seal(demo.key_files.open()), REPEATED[wish.scale], render(DOCUMENT)
    own, issuers = demo.folder / "own.pem", demo.folder / "issuers.pem"
    first, *others = load_pem_x509_certificates(demo.key_files.certificates.read_bytes())
    own.write_bytes(first.public_bytes(serialization.Encoding.PEM))
    issuers.write_bytes(b"".join(other.public_bytes(serialization.Encoding.PEM) for other in others))
    files = (str(demo.key_files.key), str(own), (str(issuers),))
    key = serialization.load_pem_private_key(demo.key_files.key.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError("the seal's key is neither RSA nor elliptic curve")
    methods = [
        Method(REWRITTEN, partial(_rewritten, pdf, times)),
        Method(PRINTED, partial(_printed, times), REWRITTEN),
        Method(COMPILED_ANEW, partial(_compiled_anew, times), REWRITTEN),
        Method(SIGNED, partial(_signed, key, times)),
        Method(SEALED, partial(_sealed, seal, pdf, times), SIGNED),
        Method(AS_DOCUMENTED, partial(_as_documented, files, pdf, times), SIGNED),
    ]
    facts = {"document": f"{len(pdf):,} bytes, sealed {len(seal.apply(pdf, at=AT)):,}; key of {key.key_size} bits"}
    return Plan(methods, _targets(wish.scale), facts, partial(shutil.rmtree, folder))


def _targets(scale: Scale) -> list[Target]:
    if scale is Scale.TINY:
        return []
    return [
        Target("C1 printing vs a stream written anew", ratio(PRINTED, REWRITTEN), at_most=3),
        Target("C2 pyHanko as documented vs sealing", ratio(AS_DOCUMENTED, SEALED), at_least=6),
        Target("C2 sealing, ms", lambda results: results[SEALED].us_per_row / 1_000, at_most=12),
    ]


def _rewritten(pdf: bytes, times: int) -> int:
    for _ in range(times):
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        page = writer.root["/Pages"]["/Kids"][0]
        writer.mark_update(page.raw_get("/Contents").reference)
        writer.write(io.BytesIO())  # type: ignore[no-untyped-call]
    return times


def _printed(times: int) -> int:
    for _ in range(times):
        render(DOCUMENT)
    return times


def _compiled_anew(times: int) -> int:
    for _ in range(times):
        typst.Compiler(
            input=LAYOUT / "guarantee.typ",
            root=LAYOUT,
            font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]),
            package_path=LAYOUT,
            package_cache_path=LAYOUT,
        ).compile(
            format="pdf",
            sys_inputs={"document": to_json(DOCUMENT)},
            pdf_standards=STANDARDS,
            timestamp=AT.astimezone(UTC),
        )
    return times


def _signed(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, times: int) -> int:
    for _ in range(times):
        if isinstance(key, rsa.RSAPrivateKey):
            key.sign(b"x" * 200, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.sign(b"x" * 200, ec.ECDSA(hashes.SHA256()))
    return times


def _sealed(seal: Seal, pdf: bytes, times: int) -> int:
    for _ in range(times):
        seal.apply(pdf, at=AT)
    return times


def _as_documented(files: tuple[str, str, tuple[str]], pdf: bytes, times: int) -> int:
    """The library's own signer, and the room for the signature found by signing twice."""
    key, own, issuers = files
    signer = signers.SimpleSigner.load(key, own, ca_chain_files=issuers)  # type: ignore[no-untyped-call]
    if signer is None:
        raise RuntimeError("the seal's files were not read")
    for _ in range(times):
        metadata = signers.PdfSignatureMetadata(field_name="Seal")
        signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer)
    return times
