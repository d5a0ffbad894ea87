"""Forged documents, each refused with its own sentence, while everything else about it is as good as can be.

The forger has our genuine file, and where it says so even our authority's name or a seal of ours.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from guarantees.document.check import SENTENCES, Point, Trust, Verdict, check
from guarantees.document.demo_ca import mint
from guarantees.document.render import render
from guarantees.document.seal import Seal
from tests.rules.document.samples import CONTRACT_GUARANTEE

pytestmark = pytest.mark.slow

AT = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)  # 월, 10:00 KST
NAME = "설비공제조합"


@dataclass(frozen=True)
class Shop:
    """What the forger works with. `ours` is the recorded file; the others are on no record."""

    ours: bytes
    of_another_guarantee: bytes
    unsealed: bytes
    seal: Seal
    impostor: Seal
    trust: Trust
    recorded: str


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder: Path = tmp_path_factory.mktemp("ca")
    demo, other = (mint(folder / name, name=NAME, at=AT) for name in ("ours", "impostor"))
    seal, impostor = Seal(demo.key_files.open()), Seal(other.key_files.open())
    unsealed = render(CONTRACT_GUARANTEE)
    ours = seal.apply(unsealed, at=AT)
    another = seal.apply(render(replace(CONTRACT_GUARANTEE, number="2026-C1-000999-9", amount=999_000_000)), at=AT)
    trust = Trust(roots=demo.root, seals=frozenset({seal.fingerprint}))
    from_record = check(ours, recorded_sha256="", trust=trust, at=AT).sha256
    return Shop(ours, another, unsealed, seal, impostor, trust, from_record)


def edited(shop: Shop) -> bytes:
    """One digit of the number in the file's own description."""
    changed = shop.ours.replace(b"2026-C1-000123-4", b"2026-C1-000124-4")
    assert changed != shop.ours
    return changed


def added_to(shop: Shop) -> bytes:
    """An incremental update, as PDF editors make it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(shop.ours))
    writer.root["/Note"] = generic.pdf_string("9")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def sealed_by_an_impostor(shop: Shop) -> bytes:
    """Its authority bears the same name as ours, and so does the seal."""
    assert shop.impostor.certificate.subject == shop.seal.certificate.subject
    assert shop.impostor.certificate.issuer == shop.seal.certificate.issuer
    return shop.impostor.apply(shop.unsealed, at=AT)


def stripped(shop: Shop) -> bytes:
    return shop.ours[: len(shop.unsealed)]


def with_the_signature_of_another(shop: Shop) -> bytes:
    """The signature of the other guarantee's document in the room of ours."""
    start, end = room_of(shop.ours)
    other_start, other_end = room_of(shop.of_another_guarantee)
    assert end - start == other_end - other_start
    return shop.ours[:start] + shop.of_another_guarantee[other_start:other_end] + shop.ours[end:]


def room_of(content: bytes) -> tuple[int, int]:
    start = content.rindex(b"/Contents <")
    return start, content.index(b">", start)


def truncated(shop: Shop) -> bytes:
    return shop.ours[: len(shop.ours) * 2 // 3]


def saved_by_a_viewer(shop: Shop) -> bytes:
    out = io.BytesIO()
    pypdf.PdfWriter(clone_from=io.BytesIO(shop.ours)).write(out)
    return out.getvalue()


def made_by_us_and_not_recorded(shop: Shop) -> bytes:
    """Somebody inside used the seal past the portal."""
    return shop.seal.apply(render(replace(CONTRACT_GUARANTEE, amount=1_200_000_000)), at=AT)


def of_another_guarantee(shop: Shop) -> bytes:
    """Genuine itself, and not the document of this number."""
    return shop.of_another_guarantee


def judge(content: bytes, shop: Shop) -> Verdict:
    return check(content, recorded_sha256=shop.recorded, trust=shop.trust, at=AT)


def test_the_genuine_one_passes(shop: Shop) -> None:
    assert judge(shop.ours, shop).is_genuine


FORGERIES: list[tuple[str, Callable[[Shop], bytes], Point]] = [
    ("글자를 고침", edited, Point.INTACT),
    ("덧붙임", added_to, Point.WHOLE),
    ("같은 이름의 다른 인증기관으로 다시 서명", sealed_by_an_impostor, Point.OURS),
    ("서명을 떼어 냄", stripped, Point.SEALED),
    ("다른 보증서의 서명을 옮김", with_the_signature_of_another, Point.INTACT),
    ("잘림", truncated, Point.READABLE),
    ("뷰어로 다시 저장", saved_by_a_viewer, Point.INTACT),
    ("조합의 직인으로 몰래 만듦", made_by_us_and_not_recorded, Point.RECORDED),
    ("다른 보증의 진짜 보증서", of_another_guarantee, Point.RECORDED),
]


@pytest.mark.parametrize(("_case", "forge", "point"), FORGERIES)
def test_forged(_case: str, forge: Callable[[Shop], bytes], point: Point, shop: Shop) -> None:
    verdict = judge(forge(shop), shop)
    assert not verdict.is_genuine
    assert verdict.reason == SENTENCES[point][1]
    recorded = next(finding for finding in verdict.findings if finding.point is Point.RECORDED)
    assert recorded.passed is False
