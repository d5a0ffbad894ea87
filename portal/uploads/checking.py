"""Files from outside: what a file is, told by its content, and what it must not bring along.

The check reads bytes and runs no viewer. It is no virus scanner; what passes is still served only as a
download, sandboxed, under the type found here.
"""

import re
import struct
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath

from portal.refusals import Refusal
from portal.uploads import archives, pdfs
from portal.uploads.archives import BadArchive
from portal.uploads.pdfs import BadPdf

MAXIMUM_BYTES = 10 * 1024 * 1024
MAXIMUM_PIXELS = 50_000_000
LONGEST_NAME = 120
KINDS_IN_WORDS = "PDF, JPG, PNG, HWP, HWPX, XLSX, DOCX"

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
HWP_SIGNATURE = b"HWP Document File" + bytes(15)
HWP_PASSWORD_BIT = 0x02
ZIP_END = b"PK\x05\x06"
ZIP_TAIL = 65_535 + 22

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "hwp": "application/x-hwp",
    "hwpx": "application/hwp+zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
SAME_KIND = {"jpeg": "jpg", "jfif": "jpg"}


class UploadRefused(Refusal):
    """A file that is not kept. `filename` is the name to show beside the reason."""

    def __init__(self, filename: str, reason: str) -> None:
        self.filename = filename
        super().__init__(f"‘{filename}’ 파일을 받을 수 없습니다. {reason}")


class Unfit(ValueError):
    """The reason a file is refused, in Korean, before its name is put to it."""


@dataclass(frozen=True)
class Upload:
    """A file that passed: its own name cleaned, its type by content, its bytes."""

    filename: str
    media_type: str
    content: bytes
    sha256: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)


def check(filename: str, content: bytes) -> Upload:
    """The file as it may be kept. Raises UploadRefused."""
    name = clean_name(filename)
    try:
        kind = kind_of(content)
        _refuse_other_extension(name, kind)
    except (Unfit, BadPdf, BadArchive) as unfit:
        raise UploadRefused(name, str(unfit)) from None
    return Upload(filename=name, media_type=MEDIA_TYPES[kind], content=content, sha256=sha256(content).hexdigest())


def clean_name(filename: str) -> str:
    """The last part of the name without control and direction marks, composed, the ending kept."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    shown = "".join(ch for ch in last if unicodedata.category(ch)[0] != "C" and ch not in '<>:"|?*').strip(" .")
    path = PurePosixPath(shown or "이름 없음")
    return path.stem[: LONGEST_NAME - len(path.suffix[:10])] + path.suffix[:10]


def kind_of(content: bytes) -> str:
    """A key of MEDIA_TYPES. Raises Unfit, BadPdf, BadArchive."""
    if not content:
        raise Unfit("빈 파일입니다. 파일을 열어 내용이 있는지 확인하고 다시 올려 주세요.")
    if len(content) > MAXIMUM_BYTES:
        raise Unfit("10MB보다 큽니다. 해상도를 낮추거나 나누어 올려 주세요.")
    for magic, inspect in INSPECTORS:
        if content.startswith(magic):
            return inspect(content)
    raise Unfit(f"올릴 수 있는 형식이 아닙니다. {KINDS_IN_WORDS} 파일로 바꾸어 올려 주세요.")


def _pdf(content: bytes) -> str:
    _refuse_second_face(content)
    pdfs.inspect(content)
    return "pdf"


def _png(content: bytes) -> str:
    _refuse_second_face(content)
    if len(content) < 33 or content[12:16] != b"IHDR" or b"IEND" not in content[-4096:]:
        raise Unfit("그림이 잘렸거나 깨졌습니다. 다시 저장해서 올려 주세요.")
    _refuse_huge(*struct.unpack(">II", content[16:24]))
    return "png"


def _jpg(content: bytes) -> str:
    _refuse_second_face(content)
    width, height = _jpg_size(content)
    _refuse_huge(width, height)
    return "jpg"


def _jpg_size(content: bytes) -> tuple[int, int]:
    """Walk the segments up to the frame header, which tells the size before anything is decoded."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        if marker == 0xFF:
            at += 1
        elif length < 2:
            break
        else:
            at += 2 + length
    raise Unfit("그림이 잘렸거나 깨졌습니다. 다시 저장해서 올려 주세요.")


def _refuse_huge(width: int, height: int) -> None:
    if not 0 < width * height <= MAXIMUM_PIXELS:
        raise Unfit("그림이 너무 큽니다. 5천만 화소 이하로 줄여서 올려 주세요.")


def _refuse_second_face(content: bytes) -> None:
    """A file that is also a ZIP archive, or a picture that is also a PDF, is not what it says."""
    if ZIP_END in content[-ZIP_TAIL:] or (not content.startswith(b"%PDF-") and b"%PDF-" in content[:1024]):
        raise Unfit("두 가지 형식이 섞인 파일입니다. 원본을 다시 저장해서 올려 주세요.")


def _hwp(content: bytes) -> str:
    """An OLE file is an HWP document when it carries the header stream of one, which is never compressed."""
    at = content.find(HWP_SIGNATURE)
    if at < 0:
        raise Unfit("DOC, XLS, PPT 파일은 받지 않습니다. PDF나 DOCX, XLSX로 저장해서 올려 주세요.")
    flags = int.from_bytes(content[at + 36 : at + 40], "little")
    if flags & HWP_PASSWORD_BIT:
        raise Unfit("암호가 걸려 있습니다. 암호를 풀고 저장해서 올려 주세요.")
    return "hwp"


INSPECTORS: tuple[tuple[bytes, Callable[[bytes], str]], ...] = (
    (b"%PDF-", _pdf),
    (b"\xff\xd8\xff", _jpg),
    (PNG_MAGIC, _png),
    (OLE_MAGIC, _hwp),
    (b"PK\x03\x04", archives.inspect),
)


def _refuse_other_extension(name: str, kind: str) -> None:
    extension = PurePosixPath(name).suffix[1:].lower()
    if SAME_KIND.get(extension, extension) != kind:
        raise Unfit(
            f"이름은 .{extension or '(없음)'}인데 내용은 {kind.upper()}입니다. 원본을 확인하고 다시 올려 주세요."
        )
