"""The broker of folders: many write while one reads, and nothing that lies there ends a worker."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty
from threading import Thread
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from kombu.connection import Connection
from kombu.transport import filesystem

from portal import broker, celery

WRITERS, EACH = 4, 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("queue", "done", "control"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def bell() -> str:
    """kombu remembers for the whole process which queues there are, whatever their folders."""
    return f"bell-{uuid4().hex}"


def connection(folder: Path, transport: type = broker.FolderTransport) -> Any:
    options = {
        "data_folder_in": str(folder / "queue"), "data_folder_out": str(folder / "queue"),
        "control_folder": str(folder / "control"), "processed_folder": str(folder / "done"),
        "store_processed": True,
    }  # fmt: skip
    kombu: Any = Connection
    return kombu("filesystem://", transport=transport, transport_options=options)


@pytest.fixture
def reader(folder: Path) -> Iterator[Any]:
    with connection(folder) as opened:
        yield opened


def test_the_portal_uses_it() -> None:
    assert celery.app.conf.broker_url.startswith("filesystem:")
    assert isinstance(celery.app.connection_for_write().transport, broker.FolderTransport)


def test_nothing_is_seen_half_and_nothing_is_lost(folder: Path, bell: str) -> None:
    """By the channels alone: which queues there are is one memory for all threads of a process."""

    def write(number: int) -> None:
        with connection(folder) as own, own.channel() as channel:
            for n in range(EACH):
                channel._put(bell, {"n": number * EACH + n})

    writers = [Thread(target=write, args=[number]) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    found: list[int] = []
    end = monotonic() + 60
    with connection(folder) as own, own.channel() as channel:
        while len(found) < WRITERS * EACH and monotonic() < end:
            with suppress(Empty):
                found.append(channel._get(bell)["n"])
    for writer in writers:
        writer.join()
    assert sorted(found) == list(range(WRITERS * EACH))
    assert not list((folder / "queue").glob("*.part"))


@pytest.mark.parametrize("text", ["", "{", "넌센스"], ids=["empty", "cut", "nonsense"])
def test_what_is_no_message_is_passed_over(folder: Path, reader: Any, bell: str, text: str) -> None:
    (folder / "queue" / f"0_0.{bell}.msg").write_text(text)
    with reader.SimpleQueue(bell) as queue:
        queue.put("ring")
        assert queue.get(timeout=20).payload == "ring"


def test_kombus_own_ends_over_it(folder: Path, bell: str) -> None:
    """Why there is one of ours: the day this fails, it may go."""
    with connection(folder, filesystem.Transport) as plain, plain.SimpleQueue(bell) as queue:
        (folder / "queue" / f"0_0.{bell}.msg").write_text("")
        failed = pytest.raises(ValueError, match="Expecting value")
        with failed:
            queue.get(timeout=20)
