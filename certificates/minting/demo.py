"""Writes a demo world to a folder: certificates to try, the trust table, and revocation lists."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from certificates.minting.authorities import Hierarchy, mint_hierarchy
from certificates.minting.faults import Holder, Specimen, mint_faults, mint_sound, revocations
from certificates.minting.folders import DEMO_PASSWORD, write_specimen
from certificates.minting.keyfiles import Scheme
from certificates.minting.revocation import mint_list, scope
from certificates.x509.facts import KST
from certificates.x509.trust import PinnedCertificate

LIST_TERM = timedelta(days=30)  # a real list lives about a day; a demo may lie longer


@dataclass(frozen=True)
class DemoWorld:
    """What was written: `lists` are files of revocation lists, one per issuer."""

    hierarchy: Hierarchy
    specimens: tuple[tuple[Holder, Specimen], ...]
    lists: tuple[Path, ...]
    trust_file: Path


def write_demo(directory: Path, holders: Iterable[Holder], *, at: datetime) -> DemoWorld:
    """The first holder gets every kind, the others one good certificate of each generation.

    Existing files are replaced.
    """
    hierarchy = mint_hierarchy(at=at)
    today = at.astimezone(KST).date()
    specimens: list[tuple[Holder, Specimen]] = []
    for position, holder in enumerate(holders):
        schemes = tuple(Scheme) if position == 0 else (Scheme.PBE_SEED,)
        minted = mint_sound(hierarchy, holder, today=today, schemes=schemes)
        if position == 0:
            minted += mint_faults(hierarchy, holder, today=today)
        specimens += [(holder, specimen) for specimen in minted]
    for holder, specimen in specimens:
        write_specimen(directory / holder.business_number / specimen.label, specimen)
    lists = _write_lists(directory, hierarchy, [specimen for _, specimen in specimens], at=at)
    trust_file = _write_trust(directory, hierarchy)
    _write_guide(directory, specimens)
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


def _write_guide(directory: Path, specimens: list[tuple[Holder, Specimen]]) -> None:
    lines = [
        "데모용 인증서입니다. 실제 은행이나 사람의 인증서가 아닙니다.",
        f"비밀번호는 모두 {DEMO_PASSWORD} 입니다. 다른 비밀번호를 넣으면 WRONG_PASSWORD 안내가 나옵니다.",
        "",
    ]
    for holder, specimen in specimens:
        outcome = specimen.expected or "통과"
        lines.append(f"{holder.business_number}/{specimen.label}: {specimen.note} → {outcome}")
    (directory / "안내.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
