"""인증서갱신 and login as a member does them: the portal's own pages, the signer in its frame, files of a PC."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright

from certificates.actions.registering import register
from certificates.minting.authorities import Hierarchy, mint_hierarchy
from certificates.minting.faults import Holder, Specimen, mint_sound
from certificates.minting.folders import DEMO_PASSWORD, write_specimen
from certificates.minting.keyfiles import Scheme
from certificates.minting.revocation import mint_list, scope
from certificates.models import Authority, BankCertificate, Replacement
from certificates.queries import trust_table
from certificates.revocation.importing import import_list
from certificates.x509.facts import KST, read_certificate
from portal.members.models import Member
from portal.members.roles import Role
from tests.factories import make_member, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NUMBER = "9018112019"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Playwright's loop runs in this thread, so Django must be told that rows are read between its calls."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="ko-KR", service_workers="block")
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def now() -> datetime:
    return timezone.now().astimezone(KST)


def trusted(hierarchy: Hierarchy) -> None:
    table = hierarchy.trust()
    for role, pins in (("root", table.roots), ("issuer", table.issuers)):
        for pin in pins:
            Authority.objects.create(
                role=role, name=pin.name, der=pin.der, sha256=pin.sha256, valid_until_at=pin.valid_until_at,
                proposed_at=now(), approved_at=now(),
            )  # fmt: skip
    data = mint_list(
        hierarchy.old_issuer, point=scope("dp1p1"), number=1,
        this_update_at=now() - timedelta(hours=1), next_update_at=now() + timedelta(hours=23),
    )  # fmt: skip
    import_list(data=data, trust=trust_table(), source="test", at=now())


@pytest.fixture
def pc(transactional_db: None, tmp_path: Path) -> tuple[Member, Path, Path]:
    """A member with a registered certificate; the folders of the old and the new one."""
    hierarchy = mint_hierarchy(at=now())
    trusted(hierarchy)
    schemes = (Scheme.PBE_SEED, Scheme.PBE_SEED)
    sound: list[Specimen] = mint_sound(
        hierarchy, Holder("한빛설비(주)", NUMBER), today=now().date(), schemes=schemes
    )
    old, new = sound[0], sound[1]
    member = make_member(business_number=NUMBER)
    facts = read_certificate(old.leaf.der)
    register(member_id=member.pk, new=facts, old=None, method="self", user_id=None, at=now())
    return member, write_specimen(tmp_path / "old", old), write_specimen(tmp_path / "new", new)


def put_in(frame: FrameLocator, folder: Path) -> None:
    """Chooses the two files, types the password and signs."""
    frame.locator("#files").set_input_files([folder / "signCert.der", folder / "signPri.key"])
    row = frame.locator("#certificates label").filter(has_text=bank_of(folder))
    row.locator("input").check()
    frame.locator("#password").fill(DEMO_PASSWORD)
    frame.locator("#sign").click()


def bank_of(folder: Path) -> str:
    return read_certificate((folder / "signCert.der").read_bytes()).bank_name


def begin(page: Page, url: str, *, old_too: bool = False) -> FrameLocator:
    page.goto(url)
    page.get_by_label("사업자등록번호").fill("901-81-12019")
    page.get_by_role("button", name="다음").click()
    if old_too:
        page.locator("#with-old").check()
    page.get_by_role("button", name="서명 시작").click()
    frame = page.frame_locator("iframe")
    frame.locator("#work").wait_for()
    return frame


def test_replacing_by_both_keys(page: Page, live_server: Any, pc: tuple[Member, Path, Path]) -> None:
    member, old, new = pc
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    frame = begin(page, f"{live_server.url}/cyber/certificate/", old_too=True)
    put_in(frame, new)
    expect(page.locator("[data-status]")).to_contain_text("기존 인증서를 선택해")
    put_in(frame, old)
    page.wait_for_url("**/receipt/**")
    expect(page.locator("h1")).to_have_text("인증서를 교체했습니다")
    expect(page.locator("main")).to_contain_text("폐지목록(CRL) 1호")
    assert BankCertificate.everything.get(member=member, status="active").bank_name == bank_of(new)
    assert Replacement.everything.get().old_key_signed
    assert [text for text in sent if DEMO_PASSWORD in text] == []
    assert refused == []


def test_one_key_alone_is_told_what_to_do(page: Page, live_server: Any, pc: tuple[Member, Path, Path]) -> None:
    _member, old, new = pc
    frame = begin(page, f"{live_server.url}/cyber/certificate/")
    put_in(frame, new)
    page.wait_for_url("**/receipt/**")
    expect(page.locator("h1")).to_have_text("인증서를 교체하지 않았습니다")
    expect(page.locator("main")).to_contain_text(f"기존 {bank_of(old)} 인증서가 아직 유효합니다")


def test_login(page: Page, live_server: Any, pc: tuple[Member, Path, Path]) -> None:
    member, old, _new = pc
    Group.objects.get_or_create(name=Role.MEMBER_REP)  # a test that committed may have emptied the table
    make_user(Role.MEMBER_REP, member=member, full_name="김대표")
    frame = begin(page, f"{live_server.url}/accounts/certificate/")
    put_in(frame, old)
    expect(page.locator(".who")).to_contain_text("김대표")


def test_the_frame_cannot_leave(page: Page, live_server: Any, pc: tuple[Member, Path, Path]) -> None:
    """The signer's own self-test, inside the portal's real page and headers."""
    frame = begin(page, f"{live_server.url}/cyber/certificate/")
    frame.locator("#self-test").click()
    # the last way is to leave the frame; afterwards the portal puts it back with the findings
    expect(frame.locator("#self-test-rows tbody")).to_contain_text("이 화면 이동", timeout=20_000)
    assert frame.locator("#self-test-rows .open").all_inner_texts() == []
