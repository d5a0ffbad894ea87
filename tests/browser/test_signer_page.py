"""The signer in real browsers: nothing leaves it, and what it signs the server accepts."""

import base64
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from certificates.minting.authorities import Hierarchy, mint_hierarchy
from certificates.minting.faults import Holder, Specimen, mint_faults, mint_sound
from certificates.minting.folders import DEMO_PASSWORD, write_specimen
from certificates.minting.keyfiles import Scheme, write_key_file
from certificates.refusals import Code, sentence
from certificates.x509.facts import KST
from certificates.x509.submission import BusinessClaim, ResidentClaim
from tests.browser.driver import Driver, Gone, Pane, until
from tests.browser.signer_site import COMPANY, NUMBER, Site, judge, open_signer, running_site, said
from tests.browser.ways_out import MUTATE, WAYS_OUT

pytestmark = pytest.mark.browser

HOLDER = Holder(COMPANY, NUMBER, representative="김대표", resident_number="9901011000000")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture(scope="module")
def now() -> datetime:
    """The browser's own clock decides what it shows as expired, so the minted days surround it."""
    return datetime.now(KST).replace(microsecond=0)


@pytest.fixture(scope="module")
def hierarchy(now: datetime) -> Hierarchy:
    return mint_hierarchy(at=now)


@pytest.fixture(scope="module")
def sound(hierarchy: Hierarchy, now: datetime) -> list[Specimen]:
    return mint_sound(hierarchy, HOLDER, today=now.date())


@pytest.fixture(scope="module")
def faulty(hierarchy: Hierarchy, now: datetime) -> dict[str, Specimen]:
    return {one.label: one for one in mint_faults(hierarchy, HOLDER, today=now.date())}


LABELS = [*(f"good-{scheme}" for scheme in Scheme), "good-class4"]


@pytest.mark.parametrize("label", LABELS)
def test_signs_and_seals_with_each_key_file_scheme(
    label: str,
    browser: Driver,
    site: Site,
    hierarchy: Hierarchy,
    sound: list[Specimen],
    now: datetime,
    tmp_path: Path,
) -> None:
    specimen = next(one for one in sound if one.label == label)
    folder = write_specimen(tmp_path, specimen)
    text = site.challenge(now)
    frame = open_signer(browser, site, text)
    frame.pick("#files", [folder / "signCert.der", folder / "signPri.key"])
    frame.wait_text("#certificates", "사용할 수 있습니다.")
    frame.type("#password", DEMO_PASSWORD)
    frame.click("#sign")
    result = said(browser)
    assert result["id"] == "c-1"
    receipt = judge(site, hierarchy, text, result, now, BusinessClaim(NUMBER))
    assert receipt.is_final
    assert receipt.certificate.der == specimen.leaf.der
    assert frame.value("#password") == ""
    assert site.leaks == []


def test_shows_what_is_signed_and_signs_nothing_of_another_site(
    browser: Driver, site: Site, now: datetime
) -> None:
    frame = open_signer(browser, site, site.challenge(now))
    frame.wait_text("#challenge-facts", "인증서갱신")
    frame.wait_text("#challenge-facts", COMPANY)
    foreign = site.challenge(now).replace(site.origin, "https://relay.example")
    frame = open_signer(browser, site, foreign)
    assert said(browser) == {"code": "CHALLENGE_UNKNOWN"}
    assert not frame.shows("#work")
    frame.wait_text("#waiting", sentence(Code.CHALLENGE_UNKNOWN))


def test_whole_folder_lists_every_certificate_with_its_reason(
    browser: Driver,
    site: Site,
    sound: list[Specimen],
    faulty: dict[str, Specimen],
    now: datetime,
    tmp_path: Path,
) -> None:
    for specimen in (sound[0], *faulty.values()):
        write_specimen(tmp_path / specimen.label, specimen)
    frame = open_signer(browser, site, site.challenge(now))
    frame.pick_folder("#folder", tmp_path)
    shown = until(lambda: frame.texts("#certificates label"))
    assert len(shown) == 1 + len(faulty)
    day = f"{now.date() - timedelta(days=1):%Y.%m.%d}"
    assert sum(sentence(Code.EXPIRED, day=day) in row for row in shown) == 1
    assert sum(sentence(Code.KEY_USAGE) in row for row in shown) == 1
    assert sum(sentence(Code.PERSONAL_WHERE_CORPORATE) in row for row in shown) == 2
    assert sum(sentence(Code.POLICY_NOT_ALLOWED, purpose="전자세금계산서 전용") in row for row in shown) == 1
    assert sum("국민은행" in row for row in shown) == 1
    assert site.leaks == []


def test_drop_of_two_files(
    browser: Driver, site: Site, sound: list[Specimen], now: datetime, tmp_path: Path
) -> None:
    frame = open_signer(browser, site, site.challenge(now))
    frame.drop("#drop", _files(tmp_path, sound[0]))
    frame.wait_text("#certificates", "사용할 수 있습니다.")
    assert frame.text("#problem") == ""


@pytest.mark.parametrize("driver", ["chromium"], indirect=True)  # the other one cannot drag a folder
def test_a_dropped_folder_is_shown_the_way(browser: Driver, site: Site, now: datetime, tmp_path: Path) -> None:
    frame = open_signer(browser, site, site.challenge(now))
    frame.drop("#drop", [tmp_path])
    frame.wait_text("#problem", "NPKI 폴더 선택")


def _files(folder: Path, specimen: Specimen, password: str = DEMO_PASSWORD) -> list[Path]:
    made = write_specimen(folder, specimen, password=password)
    return [made / "signCert.der", made / "signPri.key"]


@pytest.mark.parametrize(
    "code",
    [
        Code.WRONG_PASSWORD,
        Code.KEY_MISMATCH,
        Code.KEY_FILE_MALFORMED,
        Code.KEY_FILE_UNSUPPORTED,
        Code.UPLOAD_TOO_LARGE,
        Code.R_MISSING,
    ],
)
def test_refuses_in_the_page(
    code: Code,
    browser: Driver,
    site: Site,
    sound: list[Specimen],
    faulty: dict[str, Specimen],
    now: datetime,
    tmp_path: Path,
) -> None:
    specimen = faulty["r-missing"] if code is Code.R_MISSING else sound[0]
    certificate, key = _files(tmp_path, specimen)
    password = "다른-비밀번호" if code is Code.WRONG_PASSWORD else DEMO_PASSWORD
    aria = key.read_bytes().replace(bytes.fromhex("2a831a8c9a44010f"), bytes.fromhex("2a831a8c9a440163"))
    other = write_key_file(sound[1].leaf.key, DEMO_PASSWORD.encode(), Scheme.PBE_SEED, random=bytes(20))
    changes = {
        Code.KEY_MISMATCH: other,
        Code.KEY_FILE_MALFORMED: key.read_bytes()[:-1],
        Code.KEY_FILE_UNSUPPORTED: aria,
        Code.UPLOAD_TOO_LARGE: bytes(16 * 1024 + 1),
    }
    if code in changes:
        key.write_bytes(changes[code])
    frame = open_signer(browser, site, site.challenge(now))
    frame.pick("#files", [certificate, key])
    frame.type("#password", password)
    frame.press_enter("#password")
    assert said(browser) == {"code": code}
    frame.wait_text("#problem", sentence(code, oid="1.2.410.200004.1.99"))


def test_pfx_is_named_as_not_yet_supported(browser: Driver, site: Site, now: datetime, tmp_path: Path) -> None:
    pfx = tmp_path / "회사.pfx"
    pfx.write_bytes(b"\x30\x03\x02\x01\x03")
    frame = open_signer(browser, site, site.challenge(now))
    frame.pick("#files", [pfx])
    assert said(browser) == {"code": "PFX_NOT_YET"}
    frame.wait_text("#problem", sentence(Code.PFX_NOT_YET))


def test_representative_signs_with_the_resident_number_sealed(
    browser: Driver,
    site: Site,
    hierarchy: Hierarchy,
    faulty: dict[str, Specimen],
    now: datetime,
    tmp_path: Path,
) -> None:
    personal = ("1.2.410.200005.1.1.1",)
    text = site.challenge(now)
    frame = open_signer(browser, site, text, resident=True, policies=personal)
    frame.pick("#files", _files(tmp_path, faulty["representative"]))
    frame.wait_text("#certificates", "사용할 수 있습니다.")  # whereupon the password has the focus
    frame.type("#resident", "990101-1000000")
    frame.type("#password", DEMO_PASSWORD)
    frame.click("#sign")
    receipt = judge(site, hierarchy, text, said(browser), now, ResidentClaim("김대표"), personal)
    assert receipt.certificate.real_name == "김대표"


ROWS = "#self-test-rows tbody tr"


def test_self_test_finds_every_way_blocked(browser: Driver, site: Site, now: datetime) -> None:
    frame = open_signer(browser, site, site.challenge(now))
    frame.click("#self-test")
    until(lambda: len(frame.texts(ROWS)) == 10, patience=60)
    assert frame.texts(ROWS) == [
        f"{way}\t막힘"
        for way in (
            "fetch",
            "WebSocket",
            "이미지",
            "WebRTC (이 칸의 프로그램이 끔)",
            "비콘",
            "폼 전송",
            "새 창",
            "안쪽 창",
            "바깥 화면 이동",
            "이 화면 이동",
        )
    ]
    assert site.leaks == []
    frame.wait_for("#work")  # the page is back and ready to sign


def test_self_test_tells_when_the_parent_lets_the_page_go(browser: Driver, site: Site, now: datetime) -> None:
    """Without frame-src and Connection-Allowlist the last row is open: the test can say no."""
    frame = open_signer(browser, site, site.challenge(now), path="/open-portal")
    frame.click("#self-test")
    until(lambda: len(frame.texts(ROWS)) == 10, patience=60)
    assert frame.texts(ROWS)[-1] == "이 화면 이동\t열려 있음"
    assert site.leaks == ["GET /signer-self-test"]
    site.leaks.clear()


def _tried(attempt: str, pane: Pane, site: Site) -> str:
    """What came of an attempt that the debugger makes in the pane, with time for a request to arrive."""
    late = "new Promise((yes) => setTimeout(yes, 1500, 'silent'))"
    script = f"(target) => Promise.race([({attempt})(), {late}]).catch(() => 'blocked')"
    try:
        outcome = pane.run(script, f"{site.origin}/leak")
    except Gone:  # leaving the page ends the attempt
        outcome = "gone"
    time.sleep(0.2)
    return outcome


@pytest.mark.parametrize(("_way", "attempt"), WAYS_OUT, ids=[way for way, _ in WAYS_OUT])
def test_nothing_leaves(_way: str, attempt: str, browser: Driver, site: Site, now: datetime) -> None:
    """Run inside the frame by the debugger, towards a server that would answer and counts what comes."""
    frame = open_signer(browser, site, site.challenge(now))
    assert _tried(attempt, frame, site) != "open"
    assert site.leaks == []


VECTORS = [  # RFC 4269 appendix B
    ("B.1", "00" * 16, "000102030405060708090a0b0c0d0e0f", "5ebac6e0054e166819aff1cc6d346cdb"),
    ("B.2", "000102030405060708090a0b0c0d0e0f", "00" * 16, "c11f22f20140505084483597e4370f43"),
    (
        "B.3",
        "4706480851e61be85d74bfb3fd956185",
        "83a2f8a288641fb9a4e9a5cc2f131c7d",
        "ee54d13ebcae706d226bc3142cd40d4a",
    ),
    (
        "B.4",
        "28dbc3bc49ffd87dcfa509b11d422be7",
        "b41e6be2eba84a148e2eed84593c5ec7",
        "9b9b7bfcd1813cb95d0b3618f40f5122",
    ),
]


@pytest.mark.parametrize(("_case", "key", "plain", "encrypted"), VECTORS)
def test_seed_vectors(_case: str, key: str, plain: str, encrypted: str, browser: Driver, site: Site) -> None:
    browser.open(f"{site.origin}/modules")
    found = browser.page.run(
        """async ([key, block]) => {
          const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
          const { seedCbcDecrypt } = await import('/static/signer/seed.js');
          const plain = seedCbcDecrypt(bytes(key), new Uint8Array(16), bytes(block));
          return Array.from(plain, (octet) => octet.toString(16).padStart(2, '0')).join('');
        }""",
        [key, encrypted],
    )
    assert found == plain


def test_korean_password_of_an_old_client_in_cp949(browser: Driver, site: Site, sound: list[Specimen]) -> None:
    leaf = sound[0].leaf
    data = write_key_file(leaf.key, "비밀번호1!".encode("cp949"), Scheme.PBE_SEED, random=leaf.random)
    browser.open(f"{site.origin}/modules")
    random = browser.page.run(
        """async (text) => {
          const { openKeyFile } = await import('/static/signer/pkcs8.js');
          const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
          return [...(await openKeyFile(bytes, '비밀번호1!')).random];
        }""",
        base64.b64encode(data).decode(),
    )
    assert bytes(random) == leaf.random


def test_changed_files_are_refused_and_nothing_else(browser: Driver, site: Site, sound: list[Specimen]) -> None:
    leaf = sound[0].leaf
    files = [leaf.der]
    files += [write_key_file(leaf.key, b"pw", one, random=leaf.random, iterations=8) for one in Scheme]
    browser.open(f"{site.origin}/modules")
    outcomes = browser.page.run(MUTATE, [[base64.b64encode(one).decode() for one in files], 3000, 20261123])
    assert sum(outcomes.values()) == 3000
    assert set(outcomes) <= {
        "read",
        "CERT_MALFORMED",
        "KEY_FILE_MALFORMED",
        "KEY_FILE_UNSUPPORTED",
        "WRONG_PASSWORD",
        "PFX_NOT_YET",
    }


# WebRTC leaves no trace in an HTTP server, and a page of its own has no parent to read
SEEN = [row for row in WAYS_OUT if row[0] not in ("WebRTC", "부모 문서")]


@pytest.mark.parametrize(("_way", "attempt"), SEEN, ids=[way for way, _ in SEEN])
def test_the_attempts_are_real(_way: str, attempt: str, browser: Driver, site: Site) -> None:
    """The same attempts from a page without any policy get out; otherwise the test above proves nothing."""
    browser.open(f"{site.origin}/modules")
    outcome = _tried(attempt, browser.page, site)
    assert outcome == "open" or site.leaks
    site.leaks.clear()
    browser.close_others()
