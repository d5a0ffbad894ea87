"""A PDF is refused when it can act: scripts, programs, files inside, dynamic forms, or hidden by encryption.

Why a scan of bytes suffices for this. An active feature needs its name in an object's dictionary, and a
dictionary stands in one of two places: in the plain body of the file, or in an object stream. Bytes of the
whole file are searched, so nothing depends on where a viewer believes an object starts. Object streams are
inflated and searched too; one that cannot be inflated whole is a reason to refuse, and so is an object
stream that was seen by its name but not found. Encryption would hide names and is refused first. Names
written with #xx escapes are unescaped before. `/JS` is too short to be sought in compressed data, where it
turns up by chance; there the longer `/JavaScript` is sought, without which no script runs.
Not covered: faults of a viewer in decoding pictures and fonts. A malware scanner is the place for those.
"""

import re
import zlib

LARGEST_OBJECT_STREAM = 20 * 1024 * 1024
END = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|\Z)"
ENCRYPTED = re.compile(rb"/Encrypt" + END)
ACTIVE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|XFA|RichMedia|SubmitForm|ImportData)" + END)
ACTIVE_SHORT = re.compile(rb"/JS" + END)
OBJECT_STREAM = re.compile(rb"/ObjStm" + END)
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
STREAM = re.compile(rb"\bstream(?:\r\n|\n|\r)(.*?)endstream", re.DOTALL)


class BadPdf(ValueError):
    """Why the PDF is refused, in Korean."""


def inspect(content: bytes) -> None:
    """Raises BadPdf."""
    if b"%%EOF" not in content[-2048:]:
        raise BadPdf("PDF가 잘렸거나 깨졌습니다. 다시 저장해서 올려 주세요.")
    plain = unescaped(content)
    if ENCRYPTED.search(plain):
        raise BadPdf("암호가 걸려 있습니다. 암호를 풀고 저장해서 올려 주세요.")
    bodies, streams = split(content)
    inflated = [inflate(data) for header, data in streams if OBJECT_STREAM.search(unescaped(header))]
    if len(inflated) != len(OBJECT_STREAM.findall(plain)):
        raise BadPdf("내용을 확인할 수 없는 PDF입니다. ‘인쇄’에서 PDF로 다시 저장해서 올려 주세요.")
    readable = [unescaped(text) for text in [*bodies, *inflated]]
    if ACTIVE.search(plain) or any(ACTIVE.search(t) or ACTIVE_SHORT.search(t) for t in readable):
        raise BadPdf(
            "스크립트나 첨부 파일, 동적 서식이 들어 있습니다. ‘인쇄’에서 PDF로 다시 저장해서 올려 주세요."
        )


def unescaped(content: bytes) -> bytes:
    """Names as a reader understands them: /#4aS is /JS."""
    return ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), content)


def split(content: bytes) -> tuple[list[bytes], list[tuple[bytes, bytes]]]:
    """The parts outside streams, and each stream with the part that precedes it."""
    bodies, streams, at = [], [], 0
    for match in STREAM.finditer(content):
        header = content[at : match.start()]
        bodies.append(header)
        streams.append((header.rpartition(b"obj")[2], match[1]))
        at = match.end()
    bodies.append(content[at:])
    return bodies, streams


def inflate(data: bytes) -> bytes:
    """An object stream's text. Raises BadPdf when it is not plain Flate, not whole, or too large."""
    machine = zlib.decompressobj()
    try:
        text = machine.decompress(data, LARGEST_OBJECT_STREAM)
    except zlib.error:
        text = b""
    if not text or not machine.eof:
        raise BadPdf("내용을 확인할 수 없는 PDF입니다. ‘인쇄’에서 PDF로 다시 저장해서 올려 주세요.")
    return text
