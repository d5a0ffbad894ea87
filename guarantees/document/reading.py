"""What a PDF's seal says, read by pyHanko in a process of its own: `python -m guarantees.document.reading`.

The file comes from anyone, and a PDF parser in Python can be led into loops and great memory. So this runs
outside the portal's processes, with limits the kernel keeps, no settings, no database and no secrets, and
answers with one line of JSON. Input: a line of JSON (`Question`), then the PDF.
"""

import io
import json
import resource
import sys
from dataclasses import asdict
from datetime import datetime

from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    validate_pdf_signature,
    validate_pdf_timestamp,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from guarantees.document.facts import Answer, Question
from portal.uploads import pdfs

CPU_SECONDS = 10
MEMORY = 1024 * 1024 * 1024  # bytes
OPEN_FILES = 64


def main() -> None:
    """Read one question from standard input, write one answer."""
    for limit, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    question, _, pdf = sys.stdin.buffer.read().partition(b"\n")
    answer = read(Question(**json.loads(question)), pdf)
    sys.stdout.write(json.dumps(asdict(answer)))


def read(question: Question, pdf: bytes) -> Answer:
    """Never raises for what the PDF holds: any error is an answer that refuses."""
    try:
        pdfs.inspect(pdf)
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        return _judge(question, reader)
    except Exception as error:
        # A parser over hostile bytes raises anything; its text may quote them.
        return Answer(refused=type(error).__name__)


def _judge(question: Question, reader: PdfFileReader) -> Answer:
    seals = reader.embedded_regular_signatures
    if len(seals) != 1:
        return Answer(seals=len(seals))
    seal = seals[0]
    status = validate_pdf_signature(
        seal,
        _context(question.seal_roots, question.at),
        _context(question.stamp_roots, question.at),
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
    )
    return Answer(
        seals=1,
        fingerprint=status.signing_cert.sha256.hex(),
        trusted=status.trusted and not status.revoked,
        intact=status.intact and status.valid and status.md_algorithm == "sha256",
        whole=_is_whole(question, reader, status),
        locked=_is_locked(seal, status),
    )


def _is_whole(question: Question, reader: PdfFileReader, status: PdfSignatureStatus) -> bool:
    """The seal covers every byte; or what follows is only evidence for archives, itself time-stamped."""
    stamps = reader.embedded_timestamp_signatures
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return not stamps
    if status.coverage != SignatureCoverageLevel.ENTIRE_REVISION or not stamps:
        return False
    last = validate_pdf_timestamp(stamps[-1], _context(question.stamp_roots, question.at))
    return (
        status.modification_level == ModificationLevel.LTA_UPDATES
        and last.valid
        and last.intact
        and last.trusted
        and last.coverage == SignatureCoverageLevel.ENTIRE_FILE
    )


def _is_locked(seal: EmbeddedPdfSignature, status: PdfSignatureStatus) -> bool:
    """It certifies the document, forbids every change, and that was kept."""
    certifying = seal.reader.root["/Perms"].raw_get("/DocMDP") == seal.sig_field.raw_get("/V")
    return bool(certifying and seal.docmdp_level == MDPPerm.NO_CHANGES and status.docmdp_ok)


def _context(roots: str, at: str) -> ValidationContext:
    return ValidationContext(
        trust_roots=list(load_certs_from_pemder_data(roots.encode())) if roots else [],
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=datetime.fromisoformat(at),
    )


if __name__ == "__main__":
    main()
