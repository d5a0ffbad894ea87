"""The NPKI folder of a PC: `NPKI/<authority>/USER/<DN>/signCert.der` and `signPri.key`."""

from pathlib import Path

from certificates.minting.authorities import ORGANIZATION
from certificates.minting.faults import Specimen
from certificates.minting.keyfiles import write_key_file
from certificates.minting.leaves import Leaf
from certificates.x509.facts import read_certificate

DEMO_PASSWORD = "demo-1234!"  # noqa: S105 - of made-up certificates


def write_specimen(root: Path, specimen: Specimen, *, password: str = DEMO_PASSWORD) -> Path:
    """Writes certificate and key file below `root`/NPKI; returns the folder of the pair."""
    leaf = specimen.leaf
    folder = root / "NPKI" / ORGANIZATION / "USER" / read_certificate(leaf.der).subject_dn
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "signCert.der").write_bytes(leaf.der)
    (folder / "signPri.key").write_bytes(_key_file(leaf, specimen, password))
    return folder


def _key_file(leaf: Leaf, specimen: Specimen, password: str) -> bytes:
    random = leaf.random if leaf.spec.with_random else b""
    return write_key_file(leaf.key, password.encode("utf-8"), specimen.scheme, random=random)
