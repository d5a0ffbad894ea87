"""A version of a guarantee's document: printed, sealed, kept and entered, inside the transaction that needs it."""

from datetime import datetime

from guarantees.document.render import render
from guarantees.document.seal import Seal
from guarantees.document.verification_code import new_code
from guarantees.documents import hash_of_code, store
from guarantees.models import Guarantee, GuaranteeDocument, SealCertificate
from guarantees.printing import content_of_guarantee, printed_values
from guarantees.sealing import cooperative_seal
from portal.clock import seoul_day
from portal.members.models import User


def make_document(*, guarantee: Guarantee, at: datetime, officer: User | None) -> GuaranteeDocument:
    """The document of the guarantee's present version, with a new verification code; an earlier one is superseded.

    `officer` is named on it as who answers questions. The caller's transaction holds the guarantee; nothing is
    called outside the machine, and the file of a transaction that fails stays behind without a row, unfindable.
    Raises printing.Undocumentable, seal.SealUnavailable, storage.Damaged, OSError.
    """
    code = new_code()
    content = content_of_guarantee(guarantee, code=code, issued_on=seoul_day(at), officer=officer)
    seal = cooperative_seal()
    sealed = seal.apply(render(content), at=at)
    sha256 = store().write(sealed)
    guarantee.documents.filter(superseded_at__isnull=True).update(superseded_at=at)
    return GuaranteeDocument.everything.create(
        guarantee=guarantee,
        version=guarantee.version,
        sha256=sha256,
        sealed_sha256=sha256,
        size=len(sealed),
        code_hash=hash_of_code(code),
        seal=_row_of(seal, at),
        printed=printed_values(content, guarantee),
        issued_on=content.issued_on,
        sealed_at=at,
    )


def _row_of(seal: Seal, at: datetime) -> SealCertificate:
    row, _made = SealCertificate.objects.get_or_create(
        fingerprint=seal.fingerprint, defaults={"chain": seal.chain, "first_used_at": at}
    )
    return row
