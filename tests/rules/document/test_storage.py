import hashlib
from pathlib import Path

import pytest

from guarantees.document.storage import Damage, Damaged, NotKept, Store, verify_all

CONTENT = b"%PDF-1.7 guarantee"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "documents")


def files_in(store: Store) -> list[Path]:
    return sorted(path for path in store.root.rglob("*") if path.is_file())


def test_kept_under_its_hash(store: Store) -> None:
    assert store.write(CONTENT) == SHA256
    path = store.root / SHA256[:2] / SHA256[2:4] / f"{SHA256}.pdf"
    assert files_in(store) == [path] == [store.path_of(SHA256)]
    assert path.stat().st_mode & 0o777 == 0o440
    assert store.read(SHA256) == CONTENT


def test_twice_is_once(store: Store) -> None:
    store.write(CONTENT)
    first = store.path_of(SHA256).stat()
    store.write(CONTENT)
    again = store.path_of(SHA256).stat()
    assert (first.st_ino, first.st_mtime_ns) == (again.st_ino, again.st_mtime_ns)
    assert len(files_in(store)) == 1


def test_damaged_is_neither_read_nor_overwritten(store: Store) -> None:
    store.write(CONTENT)
    damage(store.path_of(SHA256))
    with pytest.raises(Damaged):
        store.read(SHA256)
    with pytest.raises(Damaged):
        store.write(CONTENT)
    assert store.path_of(SHA256).read_bytes() != CONTENT


def damage(path: Path) -> None:
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def test_unknown_and_impossible_hashes(store: Store) -> None:
    with pytest.raises(NotKept):
        store.read("0" * 64)
    for name in ("../../etc/passwd", SHA256.upper(), SHA256[:-1], SHA256 + "\n", ""):
        with pytest.raises(ValueError, match="SHA-256"):
            store.read(name)


def test_failed_write_leaves_nothing(store: Store) -> None:
    (store.root / SHA256[:2]).mkdir(parents=True)
    (store.root / SHA256[:2] / SHA256[2:4]).write_text("a file where a folder should be")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        store.write(CONTENT)
    assert len(files_in(store)) == 1


def test_nightly_look(store: Store) -> None:
    good, changed, gone = (store.path_of(store.write(name)) for name in (b"good", b"changed", b"gone"))
    damage(changed)
    gone.unlink()
    folder = store.root / ("0" * 64 + ".pdf")
    folder.mkdir()
    assert verify_all([good, changed, gone, folder]) == (
        Damage(changed, "changed"),
        Damage(gone, "missing"),
        Damage(folder, "unreadable"),
    )
    assert verify_all([good]) == ()
