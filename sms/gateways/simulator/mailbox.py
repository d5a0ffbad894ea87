"""E-mails as Django's file back end writes them: several to a file, each ended by a line of hyphens."""

import email
import email.policy
import email.utils
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

SEPARATOR = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True, slots=True)
class Mail:
    """`text` is the plain body, `attachments` are file names, `at` is None when the date cannot be read."""

    id: str
    subject: str
    sender: str
    to: str
    at: datetime | None
    text: str
    attachments: tuple[str, ...]


def latest(directory: str, most: int) -> list[Mail]:
    """The newest e-mails of the directory, newest first; none when it does not exist yet."""
    if not directory or not Path(directory).is_dir():
        return []
    files = sorted(Path(directory).glob("*.log"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    found: list[Mail] = []
    for file in files:
        stat = file.stat()
        found += reversed(_read(file, stat.st_mtime_ns, stat.st_size))
        if len(found) >= most:
            break
    return found[:most]


@lru_cache(maxsize=512)
def _read(file: Path, _changed: int, _size: int) -> tuple[Mail, ...]:
    return tuple(_mails(file.name, file.read_bytes()))


def _mails(name: str, written: bytes) -> Iterator[Mail]:
    for place, part in enumerate(written.replace(b"\r\n", b"\n").split(SEPARATOR)):
        if part.strip():
            message = email.message_from_bytes(part.lstrip(b"\n"), policy=email.policy.default)
            yield _mail(sha256(f"{name} {place}".encode()).hexdigest()[:12], message)


def _mail(mail_id: str, message: EmailMessage) -> Mail:
    body = message.get_body(("plain", "html"))
    return Mail(
        id=mail_id,
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        at=_at(str(message["Date"] or "")),
        text=_text(body) if isinstance(body, EmailMessage) else "",
        attachments=tuple(part.get_filename() or "" for part in message.iter_attachments()),
    )


def _at(date: str) -> datetime | None:
    try:
        at = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _text(body: EmailMessage) -> str:
    try:
        return str(body.get_content()).strip()
    except (LookupError, ValueError):  # a charset nobody knows
        payload = body.get_payload(decode=True)
        return payload.decode("utf-8", "replace").strip() if isinstance(payload, bytes) else ""
