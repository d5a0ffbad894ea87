"""인증서갱신, login and signing as a member does them: the portal's own pages, the signer, files of a PC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates.actions.registering import register
from certificates.minting.authorities import Hierarchy, mint_hierarchy
from certificates.minting.faults import Holder, Specimen, mint_sound
from certificates.minting.folders import DEMO_PASSWORD, write_specimen
from certificates.minting.keyfiles import Scheme
from certificates.minting.revocation import mint_list, scope
from certificates.models import Authority, BankCertificate, Replacement, SignatureEvidence
from certificates.queries import trust_table
from certificates.refusals import Code, sentence
from certificates.revocation.importing import import_list
from certificates.x509.facts import KST, read_certificate
from guarantees.agreement import document_of, sha256_of
from portal.members.models import Member
from portal.members.roles import Role
from tests.browser.driver import Driver, Pane, until
from tests.factories import make_user
from tests.stories import Cast, approved, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NUMBER = "9018112019"


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


@dataclass(frozen=True)
class Pc:
    """A member with a registered certificate; on his PC the folders of the old and of a new one."""

    cast: Cast
    old: Path
    new: Path

    @property
    def member(self) -> Member:
        return self.cast.member


@pytest.fixture
def pc(transactional_db: None, tmp_path: Path) -> Pc:
    hierarchy = mint_hierarchy(at=now())
    trusted(hierarchy)
    schemes = (Scheme.PBE_SEED, Scheme.PBE_SEED)
    sound: list[Specimen] = mint_sound(
        hierarchy, Holder("한빛설비(주)", NUMBER), today=now().date(), schemes=schemes
    )
    old, new = sound[0], sound[1]
    cast = make_cast(business_number=NUMBER)
    make_user(Role.MEMBER_REP, member=cast.member, full_name="김대표")
    facts = read_certificate(old.leaf.der)
    register(member_id=cast.member.pk, new=facts, old=None, method="self", user_id=None, at=now())
    return Pc(cast, write_specimen(tmp_path / "old", old), write_specimen(tmp_path / "new", new))


def put_in(frame: Pane, folder: Path) -> None:
    """Chooses the two files, types the password and signs."""
    frame.pick("#files", [folder / "signCert.der", folder / "signPri.key"])
    until(lambda: any(bank_of(folder) in row for row in frame.texts("#certificates label")))
    rows = frame.texts("#certificates label")
    place = next(number for number, row in enumerate(rows, start=1) if bank_of(folder) in row)
    frame.click(f"#certificates label:nth-of-type({place})")
    frame.type("#password", DEMO_PASSWORD)
    frame.click("#sign")


def bank_of(folder: Path) -> str:
    return read_certificate((folder / "signCert.der").read_bytes()).bank_name


def begin(browser: Driver, url: str, *, old_too: bool = False) -> Pane:
    """Types the business number and opens the signer."""
    browser.open(url)
    browser.page.type("[name=business_number]", "901-81-12019")
    browser.page.click("main form button[type=submit]")
    if old_too:
        browser.page.click("#with-old")
    return start_signing(browser)


def start_signing(browser: Driver) -> Pane:
    browser.page.click("[data-begin]:enabled")
    browser.signer.wait_for("#work")
    return browser.signer


def test_replacing_by_both_keys(browser: Driver, live_server: Any, pc: Pc) -> None:
    frame = begin(browser, f"{live_server.url}/cyber/certificate/", old_too=True)
    put_in(frame, pc.new)
    browser.page.wait_text("[data-status]", "기존 인증서를 선택해")
    put_in(frame, pc.old)
    browser.wait_address("/receipt/")
    assert browser.page.text("h1") == "인증서를 교체했습니다"
    assert "폐지목록(CRL) 1호" in browser.page.text("main")
    assert BankCertificate.everything.get(member=pc.member, status="active").bank_name == bank_of(pc.new)
    assert Replacement.everything.get().old_key_signed
    assert any('"sealedRandom"' in body for body in browser.bodies())
    assert [body for body in browser.bodies() if DEMO_PASSWORD in body] == []
    assert browser.complaints() == []


def test_one_key_alone_is_told_what_to_do(browser: Driver, live_server: Any, pc: Pc) -> None:
    frame = begin(browser, f"{live_server.url}/cyber/certificate/")
    put_in(frame, pc.new)
    browser.wait_address("/receipt/")
    assert browser.page.text("h1") == "인증서를 교체하지 않았습니다"
    assert f"기존 {bank_of(pc.old)} 인증서가 아직 유효합니다" in browser.page.text("main")


def test_login(browser: Driver, live_server: Any, pc: Pc) -> None:
    put_in(begin(browser, f"{live_server.url}/accounts/certificate/"), pc.old)
    browser.page.wait_text(".who", "김대표")


def test_the_frame_cannot_leave(browser: Driver, live_server: Any, pc: Pc) -> None:
    """The signer's own self-test, inside the portal's real page and headers."""
    frame = begin(browser, f"{live_server.url}/cyber/certificate/")
    frame.click("#self-test")
    # the last way is to leave the frame; afterwards the portal puts it back with the findings
    until(lambda: "이 화면 이동" in frame.text("#self-test-rows tbody"), patience=60)
    assert frame.texts("#self-test-rows .open") == []


def test_signing_an_application(browser: Driver, live_server: Any, pc: Pc) -> None:
    """Logged in with the certificate: one that is not registered is refused, the registered one signs."""
    application = approved(pc.cast)
    put_in(begin(browser, f"{live_server.url}/accounts/certificate/"), pc.old)
    browser.page.wait_text(".who", "김대표")

    browser.open(f"{live_server.url}{reverse('guarantees:application', args=[application.public_id])}")
    browser.page.click(f"a[href='{reverse('guarantees:sign', args=[application.public_id])}']")
    browser.wait_address("/sign/")
    shown = browser.page.text("main")
    digest = sha256_of(document_of(application))
    for part in ("누리교육지원청", "30,000,000원", digest, bank_of(pc.old)):
        assert part in shown

    put_in(start_signing(browser), pc.new)
    browser.page.wait_text("[data-problem]", sentence(Code.NOT_REGISTERED))
    application.refresh_from_db()
    signatures = SignatureEvidence.everything.filter(reference=f"application:{application.public_id}")
    assert (application.state, signatures.count()) == ("approved", 0)

    frame = start_signing(browser)
    assert "보증신청" in frame.text("#challenge-facts")
    assert digest in frame.run("() => document.querySelector('#challenge-text').textContent")
    put_in(frame, pc.old)
    browser.page.wait_text("main", "공동인증서로 약정에 서명했습니다")
    application.refresh_from_db()
    kept = signatures.get()
    assert application.state == "signed"
    assert (kept.document, kept.document_sha256) == (document_of(application), digest)
    assert bytes(kept.certificate_der) == (pc.old / "signCert.der").read_bytes()
    assert [body for body in browser.bodies() if DEMO_PASSWORD in body] == []
