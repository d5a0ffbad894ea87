"""What is kept of guarantee documents: the rows, the files under their hashes, and whose seal they must bear."""

from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from guarantees.document.check import Trust
from guarantees.document.storage import Store
from guarantees.document.verification_code import stored_hash
from guarantees.models import Guarantee, GuaranteeDocument, SealCertificate

END = "-----END CERTIFICATE-----\n"


def store() -> Store:
    """Where the files lie."""
    return Store(settings.DOCUMENT_FOLDER)


def document_in_force(guarantee: Guarantee) -> GuaranteeDocument | None:
    """The version that counts; None for a guarantee of the older books, which has none here."""
    return guarantee.documents.filter(superseded_at__isnull=True).first()


def versions_of(guarantee: Guarantee) -> QuerySet[GuaranteeDocument]:
    """All versions, the one in force first."""
    return guarantee.documents.order_by("-version")


def content_of(document: GuaranteeDocument) -> bytes:
    """The file, hashed again on the way. Raises storage.NotKept, storage.Damaged."""
    return store().read(document.sha256)


def filename_of(document: GuaranteeDocument) -> str:
    """보증서_2026-C1-000123-4.pdf; of the first change, 보증서_2026-C1-000123-4_변경1차.pdf."""
    version = f"_변경{document.version}차" if document.version else ""
    return f"보증서_{document.guarantee.number}{version}.pdf"


def hash_of_code(code: str) -> str:
    """What `code_hash` holds for a verification code."""
    return stored_hash(code, key=settings.DOCUMENT_CODE_KEY.encode())


def trust() -> Trust:
    """For `document.check`: every seal ever used, the authorities that came with them, those of time stamps."""
    rows = list(SealCertificate.objects.all())
    return Trust(
        roots="".join(dict.fromkeys(pem for row in rows for pem in anchors_in(row.chain))).encode(),
        seals=frozenset(row.fingerprint for row in rows),
        stamp_roots=stamp_roots(),
    )


def anchors_in(chain: str) -> list[str]:
    """The issuers of a chain (PEM); of a certificate that stands alone, itself."""
    certificates = [part.lstrip() + END for part in chain.split(END) if part.strip()]
    return certificates[1:] or certificates


def stamp_roots() -> bytes:
    """The time-stamp authority's roots (PEM), empty without one."""
    return Path(settings.DOCUMENT_TSA_ROOTS).read_bytes() if settings.DOCUMENT_TSA_ROOTS else b""
