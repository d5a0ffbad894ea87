"""Where this copy of the portal keeps what it makes on this machine: database, logs, broker, uploads.

Production names the folder by PORTAL_DATA_DIR. Without it the folder is `.portal` inside the project, or,
where that cannot be written (a project owned by someone else, a file system without permissions),
`/var/tmp/guarantee-portal-<uid>-<key>`, which the same user finds again on the next start.
"""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# Survives a restart of the machine, unlike /tmp.
PERSISTENT_TEMP = Path("/var/tmp")  # noqa: S108 - every folder made below it is checked by private_folder()


class FolderNotOurs(RuntimeError):
    """A folder of a predictable name belongs to somebody else, so nothing may be trusted to it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} 폴더를 다른 사용자가 먼저 만들어 두어 쓸 수 없습니다. "
            "그 폴더를 지우거나 PORTAL_DATA_DIR로 다른 폴더를 지정해 주십시오."
        )


def key(path: Path) -> str:
    """Ten characters that stand for a path in names that must stay short."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def private_folder(folder: Path, *, owner: int | None = None) -> Path:
    """Make `folder` (mode 0700, owned by `owner`) or accept it only when it is exactly that.

    :raises FolderNotOurs: it is a link, no folder, or somebody else's.
    """
    owner = os.geteuid() if owner is None else owner
    try:
        os.mkdir(folder, 0o700)
        if owner != os.geteuid():
            os.chown(folder, owner, -1)
    except FileExistsError:
        pass
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise FolderNotOurs(folder)
    os.chmod(folder, 0o700)
    return folder


def data_folder() -> Path:
    """The folder itself, made when it is missing."""
    named = os.environ.get("PORTAL_DATA_DIR")
    if named:
        folder = Path(named).absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
    inside = PROJECT / ".portal"
    return inside if _usable(inside) else private_folder(_elsewhere())


def _usable(folder: Path) -> bool:
    """Whether we can write into it and permissions mean something there (they do not on a Windows mount)."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        with tempfile.TemporaryFile(dir=folder):
            return stat.S_IMODE(folder.stat().st_mode) == 0o700
    except OSError:
        return False


def _elsewhere() -> Path:
    return PERSISTENT_TEMP / f"guarantee-portal-{os.geteuid()}-{key(PROJECT)}"
