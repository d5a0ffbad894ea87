"""Keeps sealed documents by what they are: the path is the SHA-256 of the content, so nothing is overwritten.

A file is whole on disk, with its folder entry, before its name exists: a process that dies in between
leaves at most a file with a temporary name, never a half document.
"""

import hashlib
import os
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from portal.refusals import Refusal

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
PIECE = 1024 * 1024  # bytes read at once


class NotKept(Refusal):
    """No file is kept under this hash."""

    message = "보관된 보증서 파일을 찾을 수 없습니다. 관할 지점에 알려 주세요."


class Damaged(Refusal):
    """A kept file is no longer what its name says."""

    message = "보관된 보증서 파일이 손상되어 내어 드릴 수 없습니다. 관할 지점에 알려 주세요."


@dataclass(frozen=True)
class Damage:
    """What `verify_all` found: `missing`, `changed` or `unreadable`."""

    path: Path
    kind: str


@dataclass(frozen=True)
class Store:
    """A folder of documents, `aa/bb/<sha256>.pdf`."""

    root: Path

    def path_of(self, sha256: str) -> Path:
        """Where the content of this hash is or would be. Raises ValueError when it is no hash."""
        if not _SHA256.match(sha256):
            raise ValueError("not a SHA-256 in lower-case hexadecimal")
        return self.root / sha256[:2] / sha256[2:4] / f"{sha256}.pdf"

    def write(self, content: bytes) -> str:
        """Keep `content`; its SHA-256. On disk when this returns. Raises Damaged, OSError.

        The same content twice is kept once. A damaged file of that name is reported, not replaced:
        putting it right is for the one who restores backups.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path_of(sha256)
        if path.exists():
            self.read(sha256)
            return sha256
        _make_folder(path.parent, self.root)
        temporary = path.with_name(f".{uuid.uuid4().hex}.partial")
        try:
            _write_through(temporary, content)
            temporary.rename(path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
        return sha256

    def read(self, sha256: str) -> bytes:
        """The content, hashed again on the way. Raises NotKept, Damaged."""
        try:
            content = self.path_of(sha256).read_bytes()
        except FileNotFoundError:
            raise NotKept from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Damaged
        return content


def verify_all(paths: Iterable[Path]) -> tuple[Damage, ...]:
    """Hash every file again and compare with its name; what is wrong, in the order given."""
    return tuple(Damage(path, kind) for path in paths if (kind := _what_is_wrong(path)))


def _what_is_wrong(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"
    return "" if digest.hexdigest() == path.stem else "changed"


def _make_folder(folder: Path, root: Path) -> None:
    if folder.is_dir():
        return
    if folder != root:
        _make_folder(folder.parent, root)
    folder.mkdir(parents=folder == root, exist_ok=True)
    _sync_folder(folder.parent)


def _write_through(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o440)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
