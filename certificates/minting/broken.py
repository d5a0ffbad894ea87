"""Faults that lie in the files of a folder and not in the certificate: what the signer page refuses."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from certificates.minting import encode
from certificates.minting.faults import Specimen
from certificates.minting.folders import write_specimen
from certificates.refusals import Code

_PBE_ARIA = "1.2.410.200046.1.1.2"
_TOO_LARGE = 9 * 1024  # bytes; the page takes 8 KiB


@dataclass(frozen=True)
class BrokenFolder:
    """A folder, what is wrong with it, and what the page says."""

    label: str
    note: str
    folder: Path
    expected: Code


def write_broken(root: Path, sound: Specimen, other: Specimen) -> list[BrokenFolder]:
    """Folders below `root` made from `sound`; `other` lends the key that does not belong."""
    for label in ("key-mismatch", "key-unsupported", "key-malformed", "cert-malformed", "cert-too-large", "pfx"):
        shutil.rmtree(root / label, ignore_errors=True)
    foreign = write_specimen(root / "key-mismatch", other)
    (foreign / "signCert.der").write_bytes(sound.leaf.der)
    broken = [BrokenFolder("key-mismatch", "다른 인증서의 개인키", foreign, Code.KEY_MISMATCH)]
    for label, note, expected, name, content in _replacements(sound):
        folder = write_specimen(root / label, sound)
        (folder / name).write_bytes(content)
        broken.append(BrokenFolder(label, note, folder, expected))
    pfx = root / "pfx"
    pfx.mkdir(parents=True, exist_ok=True)
    (pfx / "certificate.pfx").write_bytes(encode.sequence(encode.integer(3)))
    return [*broken, BrokenFolder("pfx", "PFX 한 파일로 내보낸 인증서", pfx, Code.PFX_NOT_YET)]


def _replacements(sound: Specimen) -> tuple[tuple[str, str, Code, str, bytes], ...]:
    parameters = encode.sequence(encode.octets(secrets.token_bytes(8)), encode.integer(2048))
    aria = encode.sequence(
        encode.sequence(encode.oid(_PBE_ARIA), parameters), encode.octets(secrets.token_bytes(64))
    )
    cut = sound.leaf.der[: len(sound.leaf.der) // 2]
    large = sound.leaf.der + bytes(_TOO_LARGE - len(sound.leaf.der))
    return (
        ("key-unsupported", "지원하지 않는 방식(ARIA)의 개인키", Code.KEY_FILE_UNSUPPORTED, "signPri.key", aria),
        ("key-malformed", "깨진 개인키 파일", Code.KEY_FILE_MALFORMED, "signPri.key", b"not a key file"),
        ("cert-malformed", "앞부분만 남은 인증서 파일", Code.CERT_MALFORMED, "signCert.der", cut),
        ("cert-too-large", "너무 큰 인증서 파일", Code.UPLOAD_TOO_LARGE, "signCert.der", large),
    )
