"""Certificates to try the seal with: a root, an issuing authority and the seal's own, as PEM files.

For demonstrations and tests. A real seal's certificate comes from an accredited authority, whose root
readers already trust; this one is trusted by nobody but us.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from guarantees.document.seal import KeyFiles, PrivateKey

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
SEAL_YEARS, ISSUING_YEARS_MORE, ROOT_YEARS_MORE = 3, 7, 17
FILES = ("root.pem", "seal.pem", "seal.key")


@dataclass(frozen=True)
class DemoSeal:
    """Where the files are: `root.pem` (trust anchor), `seal.pem` (seal, then issuing), `seal.key`."""

    folder: Path

    @property
    def root(self) -> bytes:
        """PEM of the trust anchor."""
        return (self.folder / "root.pem").read_bytes()

    @property
    def key_files(self) -> KeyFiles:
        """For `seal.Seal(demo.key_files.open())`."""
        return KeyFiles(self.folder / "seal.key", self.folder / "seal.pem")


@dataclass(frozen=True)
class _Authority:
    certificate: x509.Certificate
    key: PrivateKey


def mint(folder: Path, *, name: str, at: datetime, years: int = SEAL_YEARS, with_rsa: bool = False) -> DemoSeal:
    """The demo seal of cooperative `name` in `folder`, valid from a day before `at` for `years`.

    Made once: a complete folder is left as it is. It appears whole or not at all. P-256, or RSA-3072.
    Raises FileExistsError for a folder that holds something else.
    """
    if all((folder / file).is_file() for file in FILES):
        return DemoSeal(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _fill(making, name=name, since=at - timedelta(days=1), years=years, with_rsa=with_rsa)
        making.rename(folder)
    except OSError:
        if not all((folder / file).is_file() for file in FILES):  # another process was first: fine
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return DemoSeal(folder)


def _fill(folder: Path, *, name: str, since: datetime, years: int, with_rsa: bool) -> None:
    root = _certify("데모 최상위 인증기관", None, since=since, years=years + ROOT_YEARS_MORE, with_rsa=with_rsa)
    issuing = _certify(
        "데모 발급 인증기관", root, since=since, years=years + ISSUING_YEARS_MORE, with_rsa=with_rsa
    )
    own = _certify(name, issuing, since=since, years=years, with_rsa=with_rsa, authority=False)
    (folder / "root.pem").write_bytes(_pem(root))
    (folder / "seal.pem").write_bytes(_pem(own) + _pem(issuing))
    secret = own.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor = os.open(folder / "seal.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)


def _certify(
    name: str,
    issuer: _Authority | None,
    *,
    since: datetime,
    years: int,
    with_rsa: bool,
    authority: bool = True,
) -> _Authority:
    key: PrivateKey = (
        rsa.generate_private_key(65537, 3072) if with_rsa else ec.generate_private_key(ec.SECP256R1())
    )
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, name if authority else f"{name} 이사장"),
        ]
    )
    signing = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_usage(authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
    return _Authority(builder.sign(signing, hashes.SHA256()), key)


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(made: _Authority) -> bytes:
    return made.certificate.public_bytes(serialization.Encoding.PEM)
