"""ZIP-based documents (HWPX, XLSX, DOCX): small, flat, without archives or macros inside."""

import re
import stat
import zipfile
from io import BytesIO
from zlib import error as ZlibError

MAXIMUM_ENTRIES = 1_000
MAXIMUM_BYTES = 100 * 1024 * 1024
MAXIMUM_RATIO = 100
# Below this an entry of repeated text may well compress beyond the ratio, and is harmless.
RATIO_FROM = 1024 * 1024
CHUNK = 1024 * 1024

# What zipfile raises for damage, depending on where it meets it.
DAMAGED = (zipfile.BadZipFile, ZlibError, NotImplementedError, EOFError, OSError, RuntimeError, ValueError)
STORED_OR_DEFLATED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
ARCHIVE_MAGICS = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"MZ", b"\xd0\xcf\x11\xe0")
MACROS = re.compile(r"(?:^|/)(?:vbaProject\.bin|vbaData\.xml|macrosheets/)", re.IGNORECASE)
UNSAFE_PATH = re.compile(r"^/|^[A-Za-z]:|\\|(?:^|/)\.\.(?:/|$)|[\x00-\x1f]")


class BadArchive(Exception):
    """Why the archive is refused, in Korean."""


def inspect(content: bytes) -> str:
    """hwpx, xlsx or docx. Raises BadArchive."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            _refuse_unsafe_list(entries)
            kind = _kind(archive, {entry.filename for entry in entries})
            for entry in entries:
                _refuse_unsafe_entry(archive, entry)
    except DAMAGED:
        raise BadArchive("파일이 깨졌습니다. 원본을 열어 다시 저장해서 올려 주세요.") from None
    return kind


def _refuse_unsafe_list(entries: list[zipfile.ZipInfo]) -> None:
    """What can be told from the directory alone, before anything is inflated."""
    names = [entry.filename for entry in entries]
    if len(entries) > MAXIMUM_ENTRIES or sum(entry.file_size for entry in entries) > MAXIMUM_BYTES:
        raise BadArchive("압축을 풀면 너무 커집니다. 그림을 줄이거나 PDF로 저장해서 올려 주세요.")
    if len(set(names)) != len(names) or any(UNSAFE_PATH.search(name) for name in names):
        raise BadArchive("안에 든 파일 이름이 올바르지 않습니다. 원본을 다시 저장해서 올려 주세요.")
    if any(MACROS.search(name) for name in names):
        raise BadArchive("매크로가 들어 있습니다. 매크로 없이 저장하거나 PDF로 저장해서 올려 주세요.")
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise BadArchive("암호가 걸려 있습니다. 암호를 풀고 저장해서 올려 주세요.")
        if stat.S_ISLNK(entry.external_attr >> 16) or entry.compress_type not in STORED_OR_DEFLATED:
            raise BadArchive("올릴 수 없는 압축 방식입니다. 원본을 다시 저장해서 올려 주세요.")
        if entry.file_size > RATIO_FROM and entry.file_size > MAXIMUM_RATIO * max(entry.compress_size, 1):
            raise BadArchive("압축을 풀면 너무 커집니다. 그림을 줄이거나 PDF로 저장해서 올려 주세요.")


def _kind(archive: zipfile.ZipFile, names: set[str]) -> str:
    if "mimetype" in names and archive.read("mimetype").strip() == b"application/hwp+zip":
        return "hwpx"
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return "docx"
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return "xlsx"
    raise BadArchive("ZIP 파일은 받지 않습니다. 압축을 풀어 문서를 하나씩 올려 주세요.")


def _refuse_unsafe_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Reads the entry to its end, which also checks its sum; the directory bounds how much that is."""
    with archive.open(entry) as stream:
        head = stream.read(CHUNK)
        if head.startswith(ARCHIVE_MAGICS):
            raise BadArchive("문서 안에 다른 파일이 들어 있습니다. 빼고 저장하거나 PDF로 저장해서 올려 주세요.")
        while stream.read(CHUNK):
            pass
