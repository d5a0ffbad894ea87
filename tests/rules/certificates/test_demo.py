"""The demo world on disk: the folder of a PC, opened again, judged again."""

import json
from datetime import timedelta
from pathlib import Path

from certificates.minting.demo import write_demo
from certificates.minting.faults import Holder
from certificates.minting.folders import DEMO_PASSWORD
from certificates.minting.keyfiles import open_key_file
from certificates.x509.crl import open_list
from certificates.x509.facts import read_certificate
from certificates.x509.trust import PinnedCertificate, TrustTable
from tests.rules.certificates.world import AT, HOLDER


def test_written_world(tmp_path: Path) -> None:
    world = write_demo(tmp_path, [HOLDER, Holder("두번째설비", "9028100003")], at=AT)
    assert len(world.specimens) == 25 + 3
    for holder, specimen in world.specimens:
        folder = tmp_path / holder.business_number / specimen.label / "NPKI" / "yessign-demo" / "USER"
        (pair,) = folder.iterdir()
        facts = read_certificate((pair / "signCert.der").read_bytes())
        assert pair.name == facts.subject_dn
        opened = open_key_file((pair / "signPri.key").read_bytes(), DEMO_PASSWORD.encode())
        assert bool(opened.random) is specimen.leaf.spec.with_random
    rows = json.loads(world.trust_file.read_text(encoding="utf-8"))
    pins: dict[str, list[PinnedCertificate]] = {row["role"]: [] for row in rows}
    for row in rows:
        data = (world.trust_file.parent / row["file"]).read_bytes()
        pins[row["role"]].append(PinnedCertificate(row["name"], data, row["sha256"]))
    trust = TrustTable(roots=tuple(pins["root"]), issuers=tuple(pins["issuer"]))
    headers = [open_list(path.read_bytes(), trust, number_seen=None).header for path in world.lists]
    assert [header.next_update_at for header in headers] == [AT + timedelta(days=365)] * 2
    guide = (tmp_path / "안내.txt").read_text(encoding="utf-8")
    assert guide.count("→ 통과") == 7 + 2
