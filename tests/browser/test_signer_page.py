"""The signer in a real Chromium: nothing leaves it, and what it signs the server accepts."""

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect, sync_playwright

from certificates.minting.authorities import Hierarchy, mint_hierarchy
from certificates.minting.faults import Holder, Specimen, mint_faults, mint_sound
from certificates.minting.folders import DEMO_PASSWORD, write_specimen
from certificates.minting.keyfiles import Scheme, write_key_file
from certificates.refusals import Code, sentence
from certificates.x509.facts import KST
from certificates.x509.submission import BusinessClaim, ResidentClaim
from tests.browser.signer_site import COMPANY, NUMBER, Site, judge, open_signer, running_site, said
from tests.browser.ways_out import MUTATE, WAYS_OUT

pytestmark = pytest.mark.browser

HOLDER = Holder(COMPANY, NUMBER, representative="김대표", resident_number="9901011000000")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(15_000)
        yield page
        browser.close()


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
    page: Page,
    site: Site,
    hierarchy: Hierarchy,
    sound: list[Specimen],
    now: datetime,
    tmp_path: Path,
) -> None:
    specimen = next(one for one in sound if one.label == label)
    folder = write_specimen(tmp_path, specimen)
    text = site.challenge(now)
    frame = open_signer(page, site, text)
    frame.locator("#files").set_input_files([folder / "signCert.der", folder / "signPri.key"])
    expect(frame.get_by_text("사용할 수 있습니다.")).to_be_visible()
    frame.get_by_label("인증서 비밀번호").fill(DEMO_PASSWORD)
    frame.get_by_role("button", name="서명하기").click()
    result = said(page)
    assert result["id"] == "c-1"
    receipt = judge(site, hierarchy, text, result, now, BusinessClaim(NUMBER))
    assert receipt.is_final
    assert receipt.certificate.der == specimen.leaf.der
    assert frame.locator("#password").input_value() == ""
    assert site.leaks == []


def test_shows_what_is_signed_and_signs_nothing_of_another_site(page: Page, site: Site, now: datetime) -> None:
    frame = open_signer(page, site, site.challenge(now))
    expect(frame.locator("#challenge-facts")).to_contain_text("인증서갱신")
    expect(frame.locator("#challenge-facts")).to_contain_text(COMPANY)
    foreign = site.challenge(now).replace(site.origin, "https://relay.example")
    frame = open_signer(page, site, foreign)
    assert said(page) == {"code": "CHALLENGE_UNKNOWN"}
    expect(frame.locator("#work")).to_be_hidden()
    expect(frame.locator("#waiting")).to_have_text(sentence(Code.CHALLENGE_UNKNOWN))


def test_whole_folder_lists_every_certificate_with_its_reason(
    page: Page,
    site: Site,
    sound: list[Specimen],
    faulty: dict[str, Specimen],
    now: datetime,
    tmp_path: Path,
) -> None:
    for specimen in (sound[0], *faulty.values()):
        write_specimen(tmp_path / specimen.label, specimen)
    frame = open_signer(page, site, site.challenge(now))
    frame.locator("#folder").set_input_files(tmp_path)
    rows = frame.locator("#certificates label")
    expect(rows).to_have_count(1 + len(faulty))
    shown = rows.all_inner_texts()
    day = f"{now.date() - timedelta(days=1):%Y.%m.%d}"
    assert sum(sentence(Code.EXPIRED, day=day) in row for row in shown) == 1
    assert sum(sentence(Code.KEY_USAGE) in row for row in shown) == 1
    assert sum(sentence(Code.PERSONAL_WHERE_CORPORATE) in row for row in shown) == 2
    assert sum(sentence(Code.POLICY_NOT_ALLOWED, purpose="전자세금계산서 전용") in row for row in shown) == 1
    assert sum("국민은행" in row for row in shown) == 1
    assert site.leaks == []


def _drop(page: Page, x: float, y: float, files: list[Path]) -> None:
    devtools = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    for step in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": step, "x": x, "y": y, "data": data})
    devtools.detach()


def test_drop_of_two_files_and_of_a_folder(
    page: Page, site: Site, sound: list[Specimen], now: datetime, tmp_path: Path
) -> None:
    folder = write_specimen(tmp_path, sound[0])
    frame = open_signer(page, site, site.challenge(now))
    expect(frame.locator("#work")).to_be_visible()
    box = frame.locator("#drop").bounding_box()
    assert box is not None
    _drop(page, box["x"] + 30, box["y"] + 20, [folder])
    expect(frame.locator("#problem")).to_contain_text("NPKI 폴더 선택")
    _drop(page, box["x"] + 30, box["y"] + 20, [folder / "signCert.der", folder / "signPri.key"])
    expect(frame.get_by_text("사용할 수 있습니다.")).to_be_visible()
    expect(frame.locator("#problem")).to_be_empty()


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
    page: Page,
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
    frame = open_signer(page, site, site.challenge(now))
    frame.locator("#files").set_input_files([certificate, key])
    frame.get_by_label("인증서 비밀번호").fill(password)
    frame.get_by_label("인증서 비밀번호").press("Enter")
    assert said(page) == {"code": code}
    expect(frame.locator("#problem")).to_have_text(sentence(code, oid="1.2.410.200004.1.99"))


def test_pfx_is_named_as_not_yet_supported(page: Page, site: Site, now: datetime, tmp_path: Path) -> None:
    pfx = tmp_path / "회사.pfx"
    pfx.write_bytes(b"\x30\x03\x02\x01\x03")
    frame = open_signer(page, site, site.challenge(now))
    frame.locator("#files").set_input_files([pfx])
    assert said(page) == {"code": "PFX_NOT_YET"}
    expect(frame.locator("#problem")).to_have_text(sentence(Code.PFX_NOT_YET))


def test_representative_signs_with_the_resident_number_sealed(
    page: Page,
    site: Site,
    hierarchy: Hierarchy,
    faulty: dict[str, Specimen],
    now: datetime,
    tmp_path: Path,
) -> None:
    personal = ("1.2.410.200005.1.1.1",)
    text = site.challenge(now)
    frame = open_signer(page, site, text, resident=True, policies=personal)
    frame.locator("#files").set_input_files(_files(tmp_path, faulty["representative"]))
    frame.get_by_label("대표자 주민등록번호").fill("990101-1000000")
    frame.get_by_label("인증서 비밀번호").fill(DEMO_PASSWORD)
    frame.get_by_role("button", name="서명하기").click()
    receipt = judge(site, hierarchy, text, said(page), now, ResidentClaim("김대표"), personal)
    assert receipt.certificate.real_name == "김대표"


def test_self_test_finds_every_way_blocked(page: Page, site: Site, now: datetime) -> None:
    frame = open_signer(page, site, site.challenge(now))
    frame.get_by_role("button", name="전송 차단 확인").click()
    rows = frame.locator("#self-test-rows tbody tr")
    expect(rows).to_have_count(10, timeout=20_000)
    assert rows.all_inner_texts() == [
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
    expect(frame.locator("#work")).to_be_visible()  # the page is back and ready to sign


def test_self_test_tells_when_the_parent_lets_the_page_go(page: Page, site: Site, now: datetime) -> None:
    """Without frame-src and Connection-Allowlist the last row is open: the test can say no."""
    frame = open_signer(page, site, site.challenge(now), path="/open-portal")
    frame.get_by_role("button", name="전송 차단 확인").click()
    expect(frame.locator("#self-test-rows tbody tr")).to_have_count(10, timeout=20_000)
    assert frame.locator("#self-test-rows tbody tr").last.inner_text() == "이 화면 이동\t열려 있음"
    assert site.leaks == ["GET /signer-self-test"]
    site.leaks.clear()


@pytest.mark.parametrize(("_way", "attempt"), WAYS_OUT, ids=[way for way, _ in WAYS_OUT])
def test_nothing_leaves(_way: str, attempt: str, page: Page, site: Site, now: datetime) -> None:
    """Run inside the frame by the debugger, towards a server that would answer and counts what comes."""
    frame = open_signer(page, site, site.challenge(now))
    expect(frame.locator("#work")).to_be_visible()
    late = "new Promise((yes) => setTimeout(yes, 3000, 'silent'))"
    script = f"(target) => Promise.race([({attempt})(), {late}]).then((v) => v, () => 'blocked')"
    try:
        outcome = page.frames[-1].evaluate(script, f"{site.origin}/leak")
    except Error:  # leaving the page ends the evaluation
        outcome = "gone"
    page.wait_for_timeout(200)
    assert outcome != "open"
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
def test_seed_vectors(_case: str, key: str, plain: str, encrypted: str, page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/modules")
    found = page.evaluate(
        """async ([key, block]) => {
          const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
          const { seedCbcDecrypt } = await import('/static/signer/seed.js');
          const plain = seedCbcDecrypt(bytes(key), new Uint8Array(16), bytes(block));
          return Array.from(plain, (octet) => octet.toString(16).padStart(2, '0')).join('');
        }""",
        [key, encrypted],
    )
    assert found == plain


def test_korean_password_of_an_old_client_in_cp949(page: Page, site: Site, sound: list[Specimen]) -> None:
    leaf = sound[0].leaf
    data = write_key_file(leaf.key, "비밀번호1!".encode("cp949"), Scheme.PBE_SEED, random=leaf.random)
    page.goto(f"{site.origin}/modules")
    random = page.evaluate(
        """async (text) => {
          const { openKeyFile } = await import('/static/signer/pkcs8.js');
          const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
          return [...(await openKeyFile(bytes, '비밀번호1!')).random];
        }""",
        base64.b64encode(data).decode(),
    )
    assert bytes(random) == leaf.random


def test_changed_files_are_refused_and_nothing_else(page: Page, site: Site, sound: list[Specimen]) -> None:
    leaf = sound[0].leaf
    files = [leaf.der]
    files += [write_key_file(leaf.key, b"pw", one, random=leaf.random, iterations=8) for one in Scheme]
    page.goto(f"{site.origin}/modules")
    outcomes = page.evaluate(MUTATE, [[base64.b64encode(one).decode() for one in files], 3000, 20261123])
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
def test_the_attempts_are_real(_way: str, attempt: str, page: Page, site: Site) -> None:
    """The same attempts from a page without any policy get out; otherwise the test above proves nothing."""
    page.goto(f"{site.origin}/modules")
    late = "new Promise((yes) => setTimeout(yes, 1500, 'silent'))"
    try:
        outcome = page.evaluate(f"(target) => Promise.race([({attempt})(), {late}])", f"{site.origin}/leak")
    except Error:
        outcome = "gone"
    page.wait_for_timeout(300)
    assert outcome == "open" or site.leaks
    site.leaks.clear()
    for other in page.context.pages:
        if other is not page:
            other.close()
