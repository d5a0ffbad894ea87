"""Archive time stamps (RFC 3161) on documents already sealed: PAdES B-LTA, to outlive the seal's certificate.

Added in a revision of its own after the issue, since an authority on the network may not keep an issue waiting.
The sealed bytes stay the beginning of the file. Certificates of both chains go into the file before the stamp,
which therefore covers everything. Revocation data are not fetched.
"""

import asyncio
import io
from datetime import datetime

from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator import CertificateValidator, ValidationContext

from guarantees.document.seal import DIGEST

FIELD = "ArchiveStamp"
RESERVED = 28 * 1024  # bytes: a stamp brings its authority's chain


class NotStamped(Exception):
    """No stamp on this document. The text is English, for the log."""


class AuthoritySilent(NotStamped):
    """The authority did not answer, or refused: it would not stamp another document now either."""


def stamp(sealed: bytes, *, authority: TimeStamper, seal_roots: bytes, stamp_roots: bytes, at: datetime) -> bytes:
    """The document with a time stamp at its end. `at` is the instant the two chains (PEM roots) are judged at.

    Calls the authority. Raises NotStamped, AuthoritySilent.
    """
    try:
        made = asyncio.run(_stamp(sealed, authority, seal_roots + b"\n" + stamp_roots, at))
    except TimestampRequestError as error:
        raise AuthoritySilent(str(error)) from error
    except Exception as error:
        # An answer from the network through three parsers: anything may be raised.
        raise NotStamped(f"{type(error).__name__}: {error}") from error
    if not made.startswith(sealed):
        raise NotStamped("the sealed bytes did not stay")
    return made


async def _stamp(sealed: bytes, authority: TimeStamper, roots: bytes, at: datetime) -> bytes:
    context = ValidationContext(
        trust_roots=list(load_certs_from_pemder_data(roots)),
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=at,
    )
    seal = PdfFileReader(io.BytesIO(sealed)).embedded_regular_signatures[0]
    path = await CertificateValidator(
        seal.signer_cert, intermediate_certs=seal.other_embedded_certs, validation_context=context
    ).async_validate_usage({"non_repudiation"})  # type: ignore[no-untyped-call]
    stamped = await PdfTimeStamper(authority, field_name=FIELD).async_timestamp_pdf(
        IncrementalPdfFileWriter(io.BytesIO(sealed)),
        DIGEST,
        context,
        bytes_reserved=RESERVED,
        validation_paths=[path],
        dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
    )
    return bytes(stamped.getvalue())
