"""Is this PDF a document we issued? Seven findings in plain Korean, for the verification page and for staff.

The decision needs no trust in a parser: a document is genuine only when its SHA-256 is one we recorded.
The signature is judged besides, so that the answer can say what is wrong, and so that a record alone
(written by someone inside) does not make a document either.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from guarantees.document.facts import Answer, Question

LARGEST = 5 * 1024 * 1024  # bytes
SECONDS = 15  # of waiting for the reading process
MOST_OBJECTS = 20_000
MOST_REVISIONS = 8
_PROJECT = Path(__file__).parents[2]
_HEAD = re.compile(rb"%PDF-[12]\.[0-9][\r\n]")
_TAIL = re.compile(rb"%%EOF[\r\n]{0,2}\Z")
_OBJECT = re.compile(rb"[0-9] obj\b")
_SIGNED_RANGE = re.compile(rb"/ByteRange\s{0,8}\[")


class Point(StrEnum):
    """What is looked at, in this order."""

    READABLE = "readable"
    SEALED = "sealed"
    OURS = "ours"
    INTACT = "intact"
    WHOLE = "whole"
    LOCKED = "locked"
    RECORDED = "recorded"


# (good, bad) for each point.
SENTENCES: Mapping[Point, tuple[str, str]] = {
    Point.READABLE: (
        "PDF 파일을 읽었습니다.",
        "보증서 PDF로 읽을 수 없는 파일입니다. 조합에서 받은 PDF 파일을 그대로 올려 주세요.",
    ),
    Point.SEALED: (
        "전자서명이 하나 들어 있습니다.",
        "조합의 전자서명이 하나만 들어 있어야 하는데 그렇지 않습니다. "
        "인쇄하거나 다시 저장한 파일이면 받은 원본을 올려 주세요.",
    ),
    Point.OURS: (
        "조합의 인증서로 서명되었습니다.",
        "조합의 인증서로 서명된 문서가 아닙니다. 관할 지점에 전화로 확인해 주세요.",
    ),
    Point.INTACT: (
        "서명한 뒤 내용이 바뀌지 않았습니다.",
        "서명한 내용과 파일의 내용이 다릅니다. 이 파일을 믿지 마시고 관할 지점에 확인해 주세요.",
    ),
    Point.WHOLE: (
        "서명이 파일 전체에 걸쳐 있습니다.",
        "서명한 뒤에 덧붙인 내용이 있습니다. 이 파일을 믿지 마시고 관할 지점에 확인해 주세요.",
    ),
    Point.LOCKED: (
        "고칠 수 없도록 잠긴 문서입니다.",
        "수정 금지로 잠겨 있지 않거나 그 잠금을 어긴 문서입니다. 관할 지점에 확인해 주세요.",
    ),
    Point.RECORDED: (
        "조합이 발급해 보관한 파일과 같습니다.",
        "조합이 발급한 기록에 없는 파일입니다. 보증서번호와 확인코드로 다시 조회하거나 관할 지점에 확인해 주세요.",
    ),
}
UNSEEN = "앞의 문제 때문에 확인하지 못했습니다."
TOO_LARGE = "파일이 5MB를 넘습니다. 조합이 발급한 보증서는 그보다 작으니 파일을 확인해 주세요."
TOO_LONG = "파일을 정해진 시간 안에 확인하지 못했습니다. 조합에서 받은 PDF 파일을 그대로 올려 주세요."


@dataclass(frozen=True)
class Trust:
    """Whose seals count: roots (PEM) and the SHA-256 of each certificate the cooperative sealed with.

    The certificates are named because an authority issues to others too. `stamp_roots` are those of the
    time-stamp authority, where documents carry archive stamps.
    """

    roots: bytes
    seals: frozenset[str]
    stamp_roots: bytes = b""


@dataclass(frozen=True)
class Finding:
    """`passed` is None where an earlier problem kept it from being looked at."""

    point: Point
    passed: bool | None
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """All findings in the order of `Point`, and the file's SHA-256 ("" for one too large to hash)."""

    findings: tuple[Finding, ...]
    sha256: str

    @property
    def is_genuine(self) -> bool:
        """Every point was looked at and is in order."""
        return all(finding.passed for finding in self.findings)

    @property
    def reason(self) -> str:
        """The first thing wrong, as a sentence; "" for a genuine document."""
        return next((finding.sentence for finding in self.findings if finding.passed is False), "")


def check(content: bytes, *, recorded_sha256: str, trust: Trust, at: datetime) -> Verdict:
    """Judge an uploaded PDF. Never raises for what it holds.

    `recorded_sha256` is the hash of the document the caller found on record, "" for none. `at` is the
    instant certificates are judged at: that of issue where it is on record, else now. Takes about a second
    (a process is started); at most SECONDS.
    """
    if len(content) > LARGEST:
        return _unread(TOO_LARGE, "")
    sha256 = hashlib.sha256(content).hexdigest()
    is_recorded = bool(recorded_sha256) and sha256 == recorded_sha256
    if not _has_shape(content):
        return _unread(SENTENCES[Point.READABLE][1], sha256, is_recorded)
    if not _SIGNED_RANGE.search(content):
        return _verdict({Point.READABLE: True, Point.SEALED: False, Point.RECORDED: is_recorded}, sha256)
    try:
        answer = _ask(content, trust, at)
    except subprocess.TimeoutExpired:
        return _unread(TOO_LONG, sha256, is_recorded)
    return conclude(answer, trust=trust, sha256=sha256, is_recorded=is_recorded)


def conclude(answer: Answer, *, trust: Trust, sha256: str, is_recorded: bool) -> Verdict:
    """What the facts read from a file of this hash mean."""
    if answer.refused:
        return _unread(SENTENCES[Point.READABLE][1], sha256, is_recorded)
    return _verdict(_points(answer, trust) | {Point.RECORDED: is_recorded}, sha256)


def _has_shape(content: bytes) -> bool:
    """What every document of ours has, looked for without parsing."""
    return (
        bool(_HEAD.match(content))
        and bool(_TAIL.search(content, max(0, len(content) - 16)))
        and content.count(b"startxref") <= MOST_REVISIONS
        and sum(1 for _ in _OBJECT.finditer(content)) <= MOST_OBJECTS
    )


def _ask(content: bytes, trust: Trust, at: datetime) -> Answer:
    """Facts from the reading process. Raises TimeoutExpired; a process that died refuses."""
    question = Question(trust.roots.decode(), trust.stamp_roots.decode(), at.isoformat())
    done = subprocess.run(
        [sys.executable, "-m", "guarantees.document.reading"],
        input=json.dumps(asdict(question)).encode() + b"\n" + content,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_PROJECT,
        env={"PYTHONDONTWRITEBYTECODE": "1"},  # the portal's secrets stay here
        timeout=SECONDS,
        check=False,
    )
    return Answer(**json.loads(done.stdout)) if done.returncode == 0 else Answer(refused="died")


def _points(answer: Answer, trust: Trust) -> dict[Point, bool]:
    points = {Point.READABLE: True, Point.SEALED: answer.seals == 1}
    if answer.seals == 1:
        # Whose certificate it is can be told of changed contents too; its chain is only followed for whole ones.
        points[Point.OURS] = answer.fingerprint in trust.seals and (answer.trusted or not answer.intact)
        points[Point.INTACT] = answer.intact
        points[Point.WHOLE] = answer.whole
        points[Point.LOCKED] = answer.locked
    return points


def _unread(sentence: str, sha256: str, is_recorded: bool | None = None) -> Verdict:
    known = {Point.READABLE: False} | ({} if is_recorded is None else {Point.RECORDED: is_recorded})
    first, *rest = _verdict(known, sha256).findings
    return Verdict((Finding(first.point, False, sentence), *rest), sha256)


def _verdict(known: Mapping[Point, bool], sha256: str) -> Verdict:
    return Verdict(tuple(_finding(point, known.get(point)) for point in Point), sha256)


def _finding(point: Point, passed: bool | None) -> Finding:
    good, bad = SENTENCES[point]
    return Finding(point, passed, UNSEEN if passed is None else good if passed else bad)
