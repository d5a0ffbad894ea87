"""The guarantee document from issue to reader: sealed, kept, replaced, handed out, looked after (DOMAIN §2.7)."""

import io
import logging
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from guarantees import tasks
from guarantees.actions import issuing, screening
from guarantees.actions.document_checks import check_documents
from guarantees.actions.documents import make_document
from guarantees.document.check import Point, Verdict, check
from guarantees.document.seal import SealUnavailable
from guarantees.documents import content_of, document_in_force, filename_of, hash_of_code, store, trust
from guarantees.forms.drafts import ContractForm, TermsForm
from guarantees.models import (
    Application,
    DocumentCheck,
    Guarantee,
    GuaranteeDocument,
    Payment,
    ProductTerms,
    SealCertificate,
)
from guarantees.printing import Undocumentable
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.audit.trail import history
from portal.health.models import Heartbeat
from portal.members.roles import Role
from tests.factories import at, make_branch, make_guarantee, make_user
from tests.stories import BACKEND, FRIDAY, Cast, admin, approved, in_review, make_cast, traces

AT = FRIDAY + timedelta(hours=3)
LATER = AT + timedelta(days=7)
SYSTEM = Actor.system("시험")


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast(sms_name="미르누리설비")


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.DOCUMENT_FOLDER = tmp_path / "documents"
    return settings.DOCUMENT_FOLDER


def issued(cast: Cast, **fields: object) -> Guarantee:
    application = approved(cast, **fields)
    return issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=AT, agreement_confirmed=True, fee_confirmed=True
    )


def fee_paid(cast: Cast, **fields: object) -> Application:
    application = approved(cast, **fields)
    Application.everything.filter(pk=application.pk).update(state="fee_paid", signed_at=FRIDAY, fee_paid_at=FRIDAY)
    Payment.everything.create(
        member=cast.member, application=application, method="virtual_account", state="paid", amount=111_940,
        order_id=f"order-{application.pk}", asked_at=FRIDAY, paid_at=FRIDAY,
    )  # fmt: skip
    return application


def text_of(document: GuaranteeDocument) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content_of(document))).pages
    return "\n".join(page.extract_text() for page in pages)


def judged(document: GuaranteeDocument, content: bytes | None = None) -> Verdict:
    given = content_of(document) if content is None else content
    return check(given, recorded_sha256=document.sealed_sha256, trust=trust(), at=document.sealed_at)


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def address(document: GuaranteeDocument) -> str:
    return reverse("guarantees:guarantee_document", args=[document.public_id])


# ── Issued with its document ──


def test_what_stands_on_the_paper_and_in_the_row(cast: Cast) -> None:
    guarantee = issued(cast)
    document = document_in_force(guarantee)
    assert document is not None
    text = text_of(document)
    for words in (
        "계약보증서", "2026-C1-000001-2", cast.member.name, "김가온", "누리교육지원청", "금 삼천만원정",
        "30,000,000",
        "2026년 11월 16일부터 2027년 6월 30일까지", "가온초 급식실 환기설비 개선공사", "2026-0001", "200,000,000",
        "2026년 11월 20일", "설비공제조합", "한마루", cast.branch.name, cast.branch.phone, "박다솜",
    ):  # fmt: skip
        assert words.replace(" ", "") in text.replace(" ", ""), words
    assert document.printed == {
        "number": "2026-C1-000001-2", "endorsement": 0, "product": "C1", "product_name": "계약보증",
        "beneficiary_name": "누리교육지원청", "beneficiary_business_number": "", "debtor_name": cast.member.name,
        "debtor_business_number": cast.member.business_number, "amount": 30_000_000, "starts_on": "2026-11-16",
        "ends_on": "2027-06-30", "contract_name": "가온초 급식실 환기설비 개선공사",
        "contract_number": "2026-0001", "issued_on": "2026-11-20",
    }  # fmt: skip
    assert (document.version, document.issued_on, document.sealed_at) == (0, date(2026, 11, 20), AT)
    assert document.sha256 == document.sealed_sha256
    assert document.size == len(content_of(document))


def test_the_seal_on_it_is_ours_and_recorded(cast: Cast) -> None:
    document = document_in_force(issued(cast))
    assert document is not None
    assert judged(document).is_genuine
    assert document.seal.chain.count("BEGIN CERTIFICATE") == 2
    assert trust().seals == {document.seal.fingerprint}


def test_the_code_is_on_the_paper_and_only_its_hash_in_the_row(cast: Cast) -> None:
    document = document_in_force(issued(cast))
    assert document is not None
    text = text_of(document).replace(" ", "").replace("\n", "")
    codes = [text[at : at + 19].replace("-", "") for at in range(len(text)) if text[at + 4 : at + 19 : 5] == "---"]
    assert document.code_hash in [hash_of_code(code) for code in codes if len(code) == 16]
    assert all(code not in str(document.__dict__) for code in codes)


def test_the_wording_is_that_of_the_pinned_terms(cast: Cast) -> None:
    application = approved(cast)
    ProductTerms.objects.filter(pk=application.terms_id).update(
        coverage="계약을 지키지 않아 생긴 손해를 보증합니다.", version_label="계약보증약관 제7판"
    )
    guarantee = issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=AT, agreement_confirmed=True, fee_confirmed=True
    )
    document = document_in_force(guarantee)
    assert document is not None
    text = text_of(document).replace(" ", "")
    assert "계약을지키지않아생긴손해를보증합니다." in text
    assert "계약보증약관제7판에따라" in text


@pytest.mark.parametrize(
    ("_case", "product"), [("입찰", "B1"), ("계약", "C1"), ("선급금", "A1"), ("하자", "D1"), ("하도급대금", "P1")]
)
def test_terms_without_a_wording_are_spoken_for(cast: Cast, _case: str, product: str) -> None:
    ProductTerms.objects.update(coverage="", version_label="")
    application = approved(cast)
    Application.everything.filter(pk=application.pk).update(product_id=product)
    guarantee = issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=AT, agreement_confirmed=True, fee_confirmed=True
    )
    document = document_in_force(guarantee)
    assert document is not None
    text = text_of(document).replace(" ", "").replace("\n", "")
    assert f"{guarantee.product.name.replace(' ', '')}의의무를이행하지않아" in text


def test_the_guarantee_keeps_everything_of_the_application(cast: Cast) -> None:
    application = approved(cast)
    Application.everything.filter(pk=application.pk).update(collateral=5_000_000)
    application.refresh_from_db()
    guarantee = issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=AT, agreement_confirmed=True, fee_confirmed=True
    )
    for name in ("contract_id", "completes_on", "collateral", "contracted_on", "special_terms"):
        assert getattr(guarantee, name) == getattr(application, name), name
    assert guarantee.version == 0


# ── The fee: by the bank, at the counter, later ──


@pytest.mark.parametrize("method", ["counter", "post_pay"])
def test_the_counter_leaves_a_payment(cast: Cast, method: str) -> None:
    cast.member.limit.__class__.everything.filter(member=cast.member).update(post_pay_until=date(2026, 12, 31))
    application = approved(cast)
    issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=AT, agreement_confirmed=True, fee_confirmed=True,
        method=method,
    )  # fmt: skip
    payment = Payment.everything.get(application=application)
    assert (payment.method, payment.state, payment.amount, payment.paid_at) == (method, "paid", 111_940, AT)


def test_paid_by_bank_it_is_issued_by_the_portal(cast: Cast) -> None:
    application = fee_paid(cast)
    guarantee = issuing.issue_paid(application_id=application.pk, by=SYSTEM, at=AT)
    assert (guarantee.number, guarantee.issued_by) == ("2026-C1-000001-2", None)
    assert Payment.everything.get().method == "virtual_account"
    assert history(application).get(action="application.issue").detail["fee_paid"] == "가상계좌"
    before = traces()
    assert issuing.issue_paid(application_id=application.pk, by=SYSTEM, at=LATER).pk == guarantee.pk
    assert traces() == before


def test_a_person_does_not_take_the_portals_step(cast: Cast) -> None:
    application = fee_paid(cast)
    before = traces()
    with pytest.raises(issuing.NotAllowed):
        issuing.issue_paid(application_id=application.pk, by=admin(cast.officer), at=AT)
    assert traces() == before


def test_what_was_paid_and_left_behind_is_issued_by_the_sweep(cast: Cast) -> None:
    """One whose period is over stays for a person and does not keep the others waiting."""
    over, waiting = fee_paid(cast, contract_name="끝난 공사"), fee_paid(cast)
    Application.everything.filter(pk=over.pk).update(ends_on=date(2026, 11, 19))
    assert issuing.issue_waiting(by=SYSTEM, at=AT) == 1
    assert Guarantee.everything.get().application_id == waiting.pk
    over.refresh_from_db()
    assert over.state == "fee_paid"
    assert issuing.issue_waiting(by=SYSTEM, at=AT) == 0
    shown = browser(cast.officer).get("/admin/").content.decode()
    assert "납부 후 발급되지 않은 신청" in shown


def test_the_branch_issues_what_was_paid_without_asking_for_the_fee_again(cast: Cast) -> None:
    application = fee_paid(cast)
    url = f"/admin/guarantees/application/{application.pk}/do/issue_paid/"
    desk = browser(cast.officer)
    assert "fee_confirmed" not in desk.get(url).content.decode()
    assert desk.post(url).status_code == 302
    assert Guarantee.everything.get().issued_by_id == cast.officer.pk
    assert Payment.everything.get().method == "virtual_account"


# ── Endorsed: the next version ──


def endorse(guarantee: Guarantee) -> GuaranteeDocument:
    Guarantee.everything.filter(pk=guarantee.pk).update(version=1, amount=50_000_000, outstanding=50_000_000)
    guarantee.refresh_from_db()
    return make_document(guarantee=guarantee, at=LATER, officer=None)


def test_a_change_supersedes_the_version_before(cast: Cast) -> None:
    guarantee = issued(cast)
    first = document_in_force(guarantee)
    second = endorse(guarantee)
    assert first is not None
    first.refresh_from_db()
    assert (first.superseded_at, document_in_force(guarantee)) == (LATER, second)
    assert second.printed["number"] == "2026-C1-000001-2/1"
    assert (second.printed["amount"], first.printed["amount"]) == (50_000_000, 30_000_000)
    text = text_of(second).replace(" ", "")
    assert "변경발급1차" in text
    assert "2026-C1-000001-2/1" in text
    assert first.code_hash != second.code_hash
    assert judged(first).is_genuine
    assert SealCertificate.objects.count() == 1


def test_the_same_version_is_not_made_twice(cast: Cast) -> None:
    """재발급 without a change is the same file again, not a new version."""
    guarantee = issued(cast)
    before = traces()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_document(guarantee=guarantee, at=LATER, officer=None)
    assert traces() == before


# ── What cannot be printed ──

UNPRINTABLE = [
    ("그림 문자", "contract_name", "누리청사 😀 공사", "‘계약명’", "보완을 요청"),
    ("뒤집는 표시", "beneficiary_name", "가상\u202e시청", "‘보증채권자 상호’", "보완을 요청"),
    ("아랍 글자", "special_terms", "특약 سلام", "‘특약’", "보완을 요청"),
    ("두 줄 번호", "contract_number", "2026\n7", "‘공고·계약번호’", "보완을 요청"),
]


@pytest.mark.parametrize(("_case", "field", "text", "names", "then"), UNPRINTABLE)
def test_what_no_font_has_is_refused_at_approval(
    cast: Cast, _case: str, field: str, text: str, names: str, then: str
) -> None:
    application = in_review(cast)
    Application.everything.filter(pk=application.pk).update(**{field: text})
    before = traces()
    with pytest.raises(Undocumentable, match=names) as refused:
        screening.approve(application_id=application.pk, by=admin(cast.officer), at=FRIDAY)
    assert then in refused.value.message
    assert traces() == before


def test_a_members_name_is_mended_in_the_members_data(cast: Cast) -> None:
    application = in_review(cast)
    type(cast.member).everything.filter(pk=cast.member.pk).update(address="서울 😀")
    with pytest.raises(Undocumentable, match="조합원 정보를 고친 뒤"):
        screening.approve(application_id=application.pk, by=admin(cast.officer), at=FRIDAY)


def test_an_officer_whose_name_has_no_glyphs_stops_nothing(cast: Cast) -> None:
    type(cast.officer).objects.filter(pk=cast.officer.pk).update(full_name="박😀")
    document = document_in_force(issued(cast))
    assert document is not None
    assert cast.branch.name in text_of(document)


@pytest.mark.parametrize(("_case", "field", "text", "_names", "_then"), UNPRINTABLE)
def test_what_no_font_has_is_refused_where_it_is_typed(
    cast: Cast, _case: str, field: str, text: str, _names: str, _then: str
) -> None:
    form_class = TermsForm if field == "special_terms" else ContractForm
    form = form_class({field: text}, application=in_review(cast), today=FRIDAY.date())  # type: ignore[arg-type]
    (message,) = form.errors[field]
    assert "한 줄로" in message or "보증서에 인쇄할 수 없는 글자" in message


# ── The seal is not to be had ──


def test_without_a_seal_nothing_is_issued(cast: Cast, settings: Any, tmp_path: Path) -> None:
    """fault-94: the number is not lost."""
    application = approved(cast)
    before = traces()
    settings.DOCUMENT_SEAL_CHAIN = str(tmp_path / "none.pem")
    settings.DOCUMENT_SEAL_KEY = str(tmp_path / "none.key")
    with pytest.raises(SealUnavailable) as refused:
        issuing.issue(
            application_id=application.pk, by=admin(cast.officer), at=AT, agreement_confirmed=True,
            fee_confirmed=True,
        )  # fmt: skip
    assert "정보시스템부에 알려 주세요" in refused.value.message
    assert traces() == before


def test_a_full_disk_is_no_issue(cast: Cast, settings: Any) -> None:
    """fault-93: no room for the file is no guarantee."""
    application = fee_paid(cast)
    settings.DOCUMENT_FOLDER = Path("/dev/null/documents")
    before = traces()
    assert issuing.issue_waiting(by=SYSTEM, at=AT) == 0
    assert traces() == before
    application.refresh_from_db()
    assert application.state == "fee_paid"


# ── Handed out ──


def test_the_member_downloads_what_was_sealed(cast: Cast) -> None:
    guarantee = issued(cast)
    document = document_in_force(guarantee)
    assert document is not None
    response = browser(cast.user).get(address(document))
    assert response.content == content_of(document)
    assert response["Content-Type"] == "application/pdf"
    assert "filename*=utf-8''%EB%B3%B4%EC%A6%9D%EC%84%9C_2026-C1-000001-2.pdf" in response["Content-Disposition"]
    assert response["Content-Disposition"].startswith("attachment")
    event = AuditEvent.everything.get(action="guaranteedocument.read")
    assert (event.actor_id, event.subject_label, event.channel) == (cast.user.pk, guarantee.number, "web")


def test_every_version_stands_on_the_page_and_the_old_is_marked(cast: Cast) -> None:
    guarantee = issued(cast)
    first = document_in_force(guarantee)
    second = endorse(guarantee)
    assert first is not None
    page = browser(cast.user).get(reverse("guarantees:guarantee", args=[guarantee.public_id])).content.decode()
    assert page.index(address(second)) < page.index(address(first)) < page.index("효력 없음")
    assert page.count("효력 없음") == 1
    assert browser(cast.user).get(address(first)).status_code == 200
    assert filename_of(second) == "보증서_2026-C1-000001-2_변경1차.pdf"


def test_the_branch_finds_it_on_the_guarantees_page(cast: Cast) -> None:
    guarantee = issued(cast)
    document = document_in_force(guarantee)
    assert document is not None
    desk = browser(cast.officer)
    page = desk.get(reverse("admin:guarantees_guarantee_change", args=[guarantee.pk])).content.decode()
    assert address(document) in page
    assert desk.get(address(document)).status_code == 200
    assert AuditEvent.everything.get(action="guaranteedocument.read").channel == "admin"


@pytest.mark.parametrize(
    ("_case", "role", "far"),
    [("다른 지점", Role.BRANCH_OFFICER, True), ("정보시스템부", Role.IT_SUPPORT, False)],
)
def test_who_may_not_have_it(cast: Cast, _case: str, role: Role, far: bool) -> None:
    document = document_in_force(issued(cast))
    assert document is not None
    stranger = make_user(role, branch=make_branch()) if far else make_user(role)
    assert browser(stranger).get(address(document)).status_code == 404
    assert not AuditEvent.everything.filter(action="guaranteedocument.read").exists()


def test_a_guarantee_of_the_older_books_says_that_its_paper_counts(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    assert document_in_force(guarantee) is None
    page = browser(cast.user).get(reverse("guarantees:guarantee", args=[guarantee.public_id])).content.decode()
    assert "종이 보증서를 쓰시고, 잃어버리셨으면 관할 지점에 재발급을 요청해 주세요." in page


# ── Looked after ──


def path_of(document: GuaranteeDocument) -> Path:
    return store().path_of(document.sha256)


def remove(path: Path) -> None:
    path.unlink()


def change(path: Path) -> None:
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def block(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = [("missing", remove), ("changed", change), ("unreadable", block)]


def damaged_entry(document: GuaranteeDocument, kind: str) -> dict[str, str]:
    return {"document": str(document), "sha256": document.sha256, "kind": kind}


@pytest.mark.parametrize(("kind", "damage"), DAMAGES)
def test_the_nightly_look_names_what_is_wrong(cast: Cast, kind: str, damage: Any) -> None:
    """fault-93: gone, changed or unreadable."""
    good, bad = (document_in_force(issued(cast, contract_name=name)) for name in ("첫째 공사", "둘째 공사"))
    assert good is not None
    assert bad is not None
    damage(path_of(bad))
    done = check_documents(at=LATER)
    assert (done.files, done.damaged) == (2, [damaged_entry(bad, kind)])
    assert not Heartbeat.objects.filter(name="documents").exists()
    desk = browser(make_user(Role.IT_SUPPORT)).get("/admin/").content.decode()
    assert "손상된 보증서 파일" in desk
    page = browser(make_user(Role.HQ_UNDERWRITER)).get(
        reverse("admin:guarantees_documentcheck_change", args=[done.pk])
    )
    assert bad.sha256 in page.content.decode()


def test_when_all_is_well_its_heart_beats(cast: Cast) -> None:
    issued(cast)
    assert check_documents(at=LATER).damaged == []
    assert Heartbeat.objects.get(name="documents").at == LATER


def test_a_night_without_a_look_is_told(cast: Cast, client: Client) -> None:
    issued(cast)
    Heartbeat.objects.create(name="documents", at=AT)
    assert client.get("/readyz").json()["documents"] is False
    tasks.check_documents()
    assert client.get("/readyz").json()["documents"] is True


@pytest.mark.parametrize(("kind", "damage"), DAMAGES[:2])
def test_a_damaged_file_is_handed_to_nobody_and_told_at_once(
    cast: Cast, kind: str, damage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    document = document_in_force(issued(cast))
    assert document is not None
    check_documents(at=AT)
    damage(path_of(document))
    with caplog.at_level(logging.ERROR):
        responses = [browser(cast.user).get(address(document)) for _twice in range(2)]
    assert [response.status_code for response in responses] == [500, 500]
    page = responses[0].content.decode()
    assert "보증은 그대로 유효합니다." in page
    assert cast.branch.phone in page
    assert document.sha256 in caplog.text
    last = DocumentCheck.objects.first()
    assert last is not None
    assert last.damaged == [damaged_entry(document, kind)]
    assert DocumentCheck.objects.count() == 2
    assert AuditEvent.everything.filter(action="guaranteedocument.damaged").count() == 2
    assert not AuditEvent.everything.filter(action="guaranteedocument.read").exists()


def test_the_command_says_it_in_words(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    document = document_in_force(issued(cast))
    assert document is not None
    call_command("check_documents")
    assert "보증서 파일 1개를 확인했고 모두 발급 때와 같습니다." in capsys.readouterr().out
    remove(path_of(document))
    with pytest.raises(CommandError, match="1개 가운데 1개에 문제가 있습니다"):
        call_command("check_documents")
    assert f"없음  2026-C1-000001-2  {document.sha256}" in capsys.readouterr().out


# ── Another guarantee's file ──


def test_the_file_of_one_guarantee_is_not_that_of_another(cast: Cast) -> None:
    one, other = (document_in_force(issued(cast, contract_name=name)) for name in ("첫째 공사", "둘째 공사"))
    assert one is not None
    assert other is not None
    verdict = judged(one, content_of(other))
    assert [finding.point for finding in verdict.findings if not finding.passed] == [Point.RECORDED]


def test_days_are_those_of_seoul(cast: Cast) -> None:
    application = approved(cast)
    issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=at("2026-11-21 00:30"), agreement_confirmed=True,
        fee_confirmed=True,
    )  # fmt: skip
    assert GuaranteeDocument.everything.get().issued_on == date(2026, 11, 21)
