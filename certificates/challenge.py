"""The text a member reads and signs: what for, for whom, on which site, once, and until when."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

PREFIX = "SEOLBI-CERT-AUTH-V1"
LIFETIME = timedelta(minutes=3)
NONCE_LENGTH = 32  # bytes


class Purpose(StrEnum):
    """Under the signature, so that a signature for one purpose serves no other."""

    REPLACE = "인증서갱신"
    LOGIN = "로그인"
    APPLY = "보증신청"


def challenge_text(
    *,
    purpose: Purpose,
    origin: str,
    member_name: str,
    business_number: str,
    nonce: bytes,
    issued_at: datetime,
    extra: Mapping[str, str] | None = None,
) -> str:
    """A line naming the format and canonical JSON: sorted keys, no spaces, Korean as it stands.

    `extra` holds what the purpose needs besides: serials of old and new certificate, or the SHA-256 of
    the application. Raises ValueError for a nonce of another length or an extra that hides a fixed key.
    """
    if len(nonce) != NONCE_LENGTH:
        raise ValueError("nonce length")
    fixed: dict[str, str | int] = {
        "v": 1,
        "purpose": purpose.value,
        "origin": origin,
        "member": member_name,
        "business_number": business_number,
        "nonce": nonce.hex(),
        "issued_at": issued_at.isoformat(timespec="seconds"),
        "expires_at": (issued_at + LIFETIME).isoformat(timespec="seconds"),
    }
    if extra and fixed.keys() & extra.keys():
        raise ValueError("extra hides a fixed key")
    body = json.dumps({**fixed, **(extra or {})}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{PREFIX}\n{body}"
