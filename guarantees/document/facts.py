"""What the portal asks the reading process, and what it answers. Apart from both, so that asking is light."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """Roots as PEM text, the instant (ISO 8601) certificates are judged at."""

    seal_roots: str
    stamp_roots: str
    at: str


@dataclass(frozen=True)
class Answer:
    """Facts only; what they mean is decided by `check`. `refused` names the error that ended the reading."""

    refused: str = ""
    seals: int = 0
    fingerprint: str = ""
    trusted: bool = False
    intact: bool = False
    whole: bool = False
    locked: bool = False
