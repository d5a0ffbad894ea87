"""A database with all migrations applied, made once while the workers of pytest-xdist still collect their tests.

Each worker copies it and migrates its copy, which finds nothing left to do. The lock of `DOOR` is held for as long
as the template is being made, however that ends; without it a worker migrates from the beginning.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

NAME = "portal_migrated"


def begin() -> "subprocess.Popen[bytes]":
    """Start making it, in a process of its own."""
    with _door().open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        # The child inherits the lock with the descriptor, and has it alone when ours is closed.
        return subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[held.fileno()],
        )


def ready() -> bool:
    """Wait while it is being made; whether there is one."""
    if not _door().exists():
        return False
    with _door().open("rb") as asked:
        fcntl.flock(asked, fcntl.LOCK_SH)
    return _done().exists()


def _door() -> Path:
    return Path(os.environ["PORTAL_DATA_DIR"]) / "template-being-made"


def _done() -> Path:
    return _door().with_name("template-made")


def _make() -> None:
    # Only this process needs Django here: the others read the constants before its settings may be read.
    import django  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    django.setup()
    connection.settings_dict["TEST"]["NAME"] = NAME
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    _done().touch()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    _make()
