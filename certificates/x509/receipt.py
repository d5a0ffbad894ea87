"""The receipt of a verification: which checks were made, with what evidence. Holds no secret."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from certificates.refusals import Code
from certificates.x509.facts import KST, CertificateFacts

VERIFIER_VERSION = "1"  # raise it when a check changes its meaning; kept with the evidence


class CheckName(StrEnum):
    """The checks in the order in which they are made."""

    SIZE = "size"
    FORM = "form"
    STRENGTH = "strength"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    VALIDITY = "validity"
    PATH = "path"
    KEY_USAGE = "key_usage"
    POLICY = "policy"
    REVOCATION = "revocation"
    IDENTITY = "identity"


TITLES: dict[CheckName, str] = {
    CheckName.SIZE: "파일 크기",
    CheckName.FORM: "인증서 형식",
    CheckName.STRENGTH: "키와 서명 방식의 안전성",
    CheckName.SIGNATURE: "개인키를 가지고 있는지(전자서명)",
    CheckName.ISSUER: "발급기관",
    CheckName.VALIDITY: "유효기간",
    CheckName.PATH: "최상위기관까지의 인증 경로",
    CheckName.KEY_USAGE: "서명용 인증서인지",
    CheckName.POLICY: "인증서 용도",
    CheckName.REVOCATION: "폐지·효력정지 여부",
    CheckName.IDENTITY: "등록된 사업자와 같은지(본인확인)",
}


@dataclass(frozen=True)
class Evidence:
    """One line under a check: Korean label and value."""

    label: str
    value: str


@dataclass(frozen=True)
class Check:
    """A check that was made. `passed` is False only for a revocation check that waits for data."""

    name: CheckName
    evidence: tuple[Evidence, ...]
    passed: bool = True

    @property
    def title(self) -> str:
        return TITLES[self.name]


@dataclass(frozen=True)
class Receipt:
    """The outcome of `verify`. `pending` is the code for which the case is parked, else None."""

    certificate: CertificateFacts
    checks: tuple[Check, ...]
    verified_at: datetime
    challenge_sha256: str
    pending: Code | None = None
    verifier_version: str = VERIFIER_VERSION

    @property
    def is_final(self) -> bool:
        """True when nothing waits for revocation data."""
        return self.pending is None

    def as_json(self) -> dict[str, Any]:
        """For a JSON column: everything but the certificate itself, which has its own."""
        return {
            "checks": [asdict(check) | {"title": check.title} for check in self.checks],
            "verified_at": self.verified_at.isoformat(),
            "challenge_sha256": self.challenge_sha256,
            "cert_sha256": self.certificate.cert_sha256,
            "pending": self.pending,
            "verifier_version": self.verifier_version,
        }


def shown_time(at: datetime) -> str:
    """`2026.11.23 09:00:00` in Korean time."""
    return at.astimezone(KST).strftime("%Y.%m.%d %H:%M:%S")
