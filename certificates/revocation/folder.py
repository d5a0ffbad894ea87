"""Lists that somebody carried in: a folder for machines without a way out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from certificates.revocation.sources import Fetched
from certificates.x509.crl import MAX_LIST

NAME = "folder"


@dataclass(frozen=True)
class FolderSource:
    """Every `*.crl` of the folder, whatever was asked for; a list names its issuer and partition itself."""

    directory: Path

    def fetch(self, points: Sequence[str]) -> Iterator[Fetched]:
        try:
            files = sorted(self.directory.glob("*.crl"))
        except OSError:
            files = []
        for path in files:
            yield read(path)


def read(path: Path) -> Fetched:
    """One file. `outcome` says TOO_LARGE or UNREADABLE."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_LIST + 1)
    except OSError:
        return Fetched("", NAME, None, "UNREADABLE")
    if len(data) > MAX_LIST:
        return Fetched("", NAME, None, "TOO_LARGE")
    return Fetched("", NAME, data)
