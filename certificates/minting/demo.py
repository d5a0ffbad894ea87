"""Writes a demo world to a folder: certificates to try, the trust table, and revocation lists."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from certificates.minting.authorities import Hierarchy, mint_hierarchy
from certificates.minting.broken import BrokenFolder, write_broken
from certificates.minting.faults import Holder, Specimen, mint_faults, mint_revoked, mint_sound, revocations
from certificates.minting.folders import DEMO_PASSWORD, write_specimen
from certificates.minting.keyfiles import Scheme
from certificates.minting.revocation import mint_list, scope
from certificates.refusals import Code, sentence
from certificates.x509.facts import KST, read_certificate
from certificates.x509.trust import PinnedCertificate

LIST_TERM = timedelta(days=365)  # a real list lives about a day; a demo's lies as long as its certificates


@dataclass(frozen=True)
class DemoWorld:
    """What was written: `lists` are files of revocation lists, one per issuer."""

    hierarchy: Hierarchy
    specimens: tuple[tuple[Holder, Specimen], ...]
    lists: tuple[Path, ...]
    trust_file: Path


def write_demo(directory: Path, holders: Iterable[Holder], *, at: datetime) -> DemoWorld:
    """The first holder gets every kind and folders with broken files, the others a good certificate of each
    generation and a revoked one. Existing files are replaced.
    """
    hierarchy = mint_hierarchy(at=at)
    today = at.astimezone(KST).date()
    specimens: list[tuple[Holder, Specimen]] = []
    broken: list[BrokenFolder] = []
    for position, holder in enumerate(holders):
        schemes = tuple(Scheme) if position == 0 else (Scheme.PBE_SEED,)
        minted = mint_sound(hierarchy, holder, today=today, schemes=schemes)
        if position == 0:
            minted += mint_faults(hierarchy, holder, today=today)
            broken = write_broken(directory / holder.business_number, minted[0], minted[1])
        else:
            minted.append(mint_revoked(hierarchy, holder, today=today))
        specimens += [(holder, specimen) for specimen in minted]
    lines = _guide_head()
    for holder, specimen in specimens:
        root = directory / holder.business_number / specimen.label
        shutil.rmtree(root, ignore_errors=True)  # an earlier day's folder has another name
        folder = write_specimen(root, specimen)
        lines += _guide_lines(directory, folder, specimen.label, specimen.note, specimen.expected, specimen)
    for one in broken:
        lines += _guide_lines(directory, one.folder, one.label, one.note, one.expected, None)
    (directory / "안내.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lists = _write_lists(directory, hierarchy, [specimen for _, specimen in specimens], at=at)
    trust_file = _write_trust(directory, hierarchy)
    return DemoWorld(hierarchy, tuple(specimens), lists, trust_file)


def _write_lists(
    directory: Path, hierarchy: Hierarchy, specimens: list[Specimen], *, at: datetime
) -> tuple[Path, ...]:
    written = []
    for issuer in (hierarchy.old_issuer, hierarchy.new_issuer):
        own = [specimen for specimen in specimens if specimen.leaf.issuer is issuer]
        data = mint_list(
            issuer,
            revocations(own, at=at),
            point=scope("dp1p1"),
            number=int(at.timestamp()),
            this_update_at=at,
            next_update_at=at + LIST_TERM,
        )
        path = directory / "crl" / f"{issuer.name.replace(' ', '-')}.crl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written.append(path)
    return tuple(written)


def _write_trust(directory: Path, hierarchy: Hierarchy) -> Path:
    """`trust.json`: role, name, SHA-256 and file of each pinned certificate."""
    table = hierarchy.trust()
    pins = [("root", pin) for pin in table.roots] + [("issuer", pin) for pin in table.issuers]
    folder = directory / "trust"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_trust_row(folder, role, pin) for role, pin in pins]
    path = folder / "trust.json"
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _trust_row(folder: Path, role: str, pin: PinnedCertificate) -> dict[str, str]:
    name = f"{pin.name.replace(' ', '-')}.der"
    (folder / name).write_bytes(pin.der)
    return {"role": role, "name": pin.name, "sha256": pin.sha256, "file": name}


def _guide_head() -> list[str]:
    return [
        "데모용 인증서입니다. 실제 은행이나 사람의 인증서가 아닙니다.",
        "폴더 이름은 사업자등록번호입니다. 그 안의 폴더 하나를 서명 화면에 끌어다 놓아 보십시오.",
        f"비밀번호는 모두 {DEMO_PASSWORD} 입니다. 다른 비밀번호를 넣으면 다음 안내가 나옵니다.",
        f"  WRONG_PASSWORD: {sentence(Code.WRONG_PASSWORD)}",
        "",
    ]


def _guide_lines(
    directory: Path, folder: Path, label: str, note: str, expected: Code | None, specimen: Specimen | None
) -> list[str]:
    """Folder, its fault, the expected code and sentence."""
    said = "통과" if expected is None else f"{expected}\n  {sentence(expected, **_values(specimen))}"
    return [f"[{label}] {note} → {said}", f"  폴더: {folder.relative_to(directory)}", ""]


def _values(specimen: Specimen | None) -> dict[str, str]:
    """What the sentences name of the certificate."""
    if specimen is None:
        return {}
    facts = read_certificate(specimen.leaf.der)
    days = {Code.EXPIRED: facts.last_day_on, Code.NOT_YET_VALID: facts.first_day_on}
    day = days.get(specimen.expected) if specimen.expected else None
    values = {"purpose": facts.purpose_name}
    return values | {"day": f"{day:%Y.%m.%d}"} if day else values
