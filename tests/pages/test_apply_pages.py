"""보증신청, 신청현황, 보증현황 as a member sees and fills them in, by plain HTML forms."""

import re
from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guarantees.actions import issuing, screening, submission
from guarantees.models import Application, ExpiryNotice, ExpiryRun, Guarantee, ProductTerms
from portal.audit.models import AuditEvent
from portal.members.models import User
from portal.members.roles import Role
from tests.factories import at, make_application, make_branch, make_guarantee, make_member, make_user
from tests.stories import (
    BACKEND,
    FRIDAY,
    PDF,
    Cast,
    admin,
    approved,
    attach,
    filled_draft,
    in_review,
    make_cast,
    submitted,
    supplemented,
    traces,
    web,
)

pytestmark = pytest.mark.django_db

CONTRACT = {
    "contract_role": "prime",
    "owner_kind": "local",
    "work_kind": "works",
    "delivery_channel": "print",
    "contract_name": "가온초 급식실 환기설비 개선공사",
    "contract_number": "2026-0001",
    "contract_amount": "２００,０００,０００ 원",
    "contracted_on": "2026-11-16",
    "completes_on": "2027.06.30",
    "beneficiary_name": "누리교육지원청",
    "beneficiary_business_number": "900-81-00000",
}
TERMS = {"amount": "30,000,000", "starts_on": "20261116", "ends_on": "2027년 6월 30일", "special_terms": ""}
CONTACT = {
    "contact_name": "박다솜",
    "contact_mobile": "+82 10-0000-0100",
    "contact_email": "contact@example.kr",
}


# Pages of an application that open only while its contents or its contact may change.
LOCKED = ["contract/", "terms/", "contact-and-documents/", "confirm/", "change-contact/"]


@pytest.fixture(autouse=True)
def friday(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Friday 2026-11-20, 10:00 in Seoul."""
    monkeypatch.setattr(timezone, "now", lambda: FRIDAY)


@pytest.fixture
def cast() -> Cast:
    return make_cast(contact_name="이나래", contact_mobile="01000000300", contact_email="m@example.kr")


@pytest.fixture
def member(client: Client, cast: Cast) -> Client:
    client.force_login(cast.user, backend=BACKEND)
    return client


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def step(draft: Application, name: str) -> str:
    return f"/guarantees/applications/{draft.public_id}/{name}"


def choose(client: Client, key: object = None, product: str = "C1") -> str:
    response = client.post("/guarantees/apply/", {"product": product, "form_key": str(key or uuid4())})
    assert response.status_code == 302
    return response["Location"]


def test_from_choosing_to_the_number(member: Client) -> None:
    assert "1</b>/5단계" in page(member, "/guarantees/apply/")
    location = choose(member)
    draft = Application.everything.get()
    assert location == step(draft, "contract/")
    assert "2</b>/5단계" in page(member, location)
    response = member.post(location, CONTRACT)
    assert response["Location"] == step(draft, "terms/")
    response = member.post(step(draft, "terms/"), TERMS)
    assert response["Location"] == step(draft, "contact-and-documents/")
    shown = page(member, step(draft, "contact-and-documents/"))
    assert "4</b>/5단계" in shown
    assert 'value="010-0000-0300"' in shown
    paper = draft.product.required_documents.get()
    files = {f"document_{paper.pk}": SimpleUploadedFile("계약서.pdf", PDF)}
    response = member.post(step(draft, "contact-and-documents/"), CONTACT | files)
    assert response["Location"] == step(draft, "confirm/")
    shown = page(member, step(draft, "confirm/"))
    assert "5</b>/5단계" in shown
    assert "30,000,000원 × 0.6% × 227일 ÷ 365일 = 111,945원" in shown
    assert "10원 미만은 버립니다: 111,940원" in shown
    response = member.post(step(draft, "confirm/"), {"version": version_in(shown)})
    assert response["Location"] == step(draft, "")
    draft.refresh_from_db()
    assert (draft.state, draft.number, draft.quoted_fee) == ("submitted", "A26-000001", 111_940)
    assert (draft.contract_amount, draft.completes_on) == (200_000_000, date(2027, 6, 30))
    assert (draft.beneficiary_business_number, draft.contact_mobile) == ("9008100000", "01000000100")
    shown = page(member, step(draft, ""))
    assert "신청을 접수했습니다." in shown
    assert "지점에서 심사를 시작합니다" in shown


def version_in(shown: str) -> str:
    found = re.search(r'name="version" value="([^"]+)"', shown)
    assert found
    return found[1]


def test_the_same_form_pressed_twice_is_one_application(member: Client) -> None:
    key = uuid4()
    assert choose(member, key) == choose(member, key)
    assert Application.everything.count() == 1


def test_the_last_button_pressed_twice_leads_to_the_same_page(member: Client, cast: Cast) -> None:
    draft = filled_draft(cast)
    version = version_in(page(member, step(draft, "confirm/")))
    answers = [member.post(step(draft, "confirm/"), {"version": version}) for _press in range(2)]
    assert [answer["Location"] for answer in answers] == [step(draft, "")] * 2
    assert AuditEvent.everything.filter(action="application.submit").count() == 1


def test_a_page_confirmed_before_it_changed_is_shown_again(member: Client, cast: Cast) -> None:
    draft = filled_draft(cast)
    shown = member.post(step(draft, "confirm/"), {"version": "2026-11-20T09:00:00+09:00"}).content.decode()
    assert '<a href="#contents">확인하시는 사이 내용이 바뀌었습니다.' in shown
    assert version_in(shown) == submission.version_of(draft)
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize(
    ("_case", "name", "typed", "message"),
    [
        ("금액에 글자", "contract_amount", "이억", "금액은 숫자로만 적어 주세요. 예: 120,000,000"),
        ("금액 쉼표 자리", "contract_amount", "1,23", "금액은 숫자로만 적어 주세요."),
        ("금액 0", "contract_amount", "0", "1원 이상을 입력해 주세요."),
        ("없는 날", "contracted_on", "2026-02-30", "날짜가 아닙니다. 예: 2026-11-20"),
        ("날짜 일곱 자리", "contracted_on", "2026111", "날짜가 아닙니다."),
        ("연도 오타", "contracted_on", "0226-11-16", "연도를 다시 확인해 주세요."),
        ("준공이 계약보다 앞", "completes_on", "2026-11-15", "준공(예정)일이 계약일보다 빠릅니다."),
        (
            "사업자번호 검증",
            "beneficiary_business_number",
            "900-81-00001",
            "사업자등록번호의 숫자가 서로 맞지 않습니다.",
        ),
        ("빈 계약명", "contract_name", "  ", "비어 있습니다. 입력해 주세요."),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_is_kept(
    member: Client, cast: Cast, _case: str, name: str, typed: str, message: str
) -> None:
    draft = Application.everything.get(public_id=choose(member).split("/")[3])
    response = member.post(step(draft, "contract/"), CONTRACT | {name: typed})
    assert response.status_code == 200
    shown = response.content.decode()
    assert shown.count(message) == 2  # in the summary and beside the field
    assert typed.strip() == "" or f'value="{typed}"' in shown
    assert "<title>오류: " in shown
    draft.refresh_from_db()
    assert draft.beneficiary_name == "누리교육지원청"


@pytest.mark.parametrize(
    ("_case", "changes", "message"),
    [
        (
            "계약서가 정한 금액보다 큼",
            {"amount": "200,000,001"},
            "계약서에서 정한 보증금액 200,000,000원까지 보증할 수 있습니다. 그 이하로 고쳐 주세요.",
        ),
        ("종료일이 시작일 앞", {"ends_on": "2026-11-15"}, "보증 종료일이 시작일보다 빠릅니다."),
        ("종료일이 오늘", {"ends_on": "2026-11-20"}, "보증 종료일이 이미 지났거나 오늘입니다."),
        ("준공 전까지", {"ends_on": "2027-06-29"}, "보증 종료일이 준공(예정)일보다 빠릅니다."),
    ],
)
def test_terms_are_checked_against_the_contract(
    member: Client, cast: Cast, _case: str, changes: dict[str, str], message: str
) -> None:
    draft = make_application(cast.member)
    shown = member.post(step(draft, "terms/"), TERMS | changes).content.decode()
    assert shown.count(message) == 2


@pytest.mark.parametrize(
    ("_case", "mobile", "message"),
    [
        ("2G 번호", "011-123-4567", "010 번호로 바꿔 주세요."),
        ("일반 전화", "02-123-4567", "휴대폰번호가 아닙니다."),
        ("한 자리 모자람", "010-0000-010", "휴대폰번호가 아닙니다."),
    ],
)
def test_the_contacts_mobile(member: Client, cast: Cast, _case: str, mobile: str, message: str) -> None:
    draft = filled_draft(cast)
    shown = member.post(
        step(draft, "contact-and-documents/"), CONTACT | {"contact_mobile": mobile}
    ).content.decode()
    assert shown.count(message) == 2
    assert f'value="{mobile}"' in shown


def test_put_aside_half_filled(member: Client, cast: Cast) -> None:
    draft = Application.everything.get(public_id=choose(member).split("/")[3])
    response = member.post(step(draft, "contract/"), {"contract_name": "가온초", "later": "1"})
    assert response["Location"] == step(draft, "")
    draft.refresh_from_db()
    assert draft.contract_name == "가온초"
    assert "이어서 작성" in page(member, step(draft, ""))
    assert "가온초" in page(member, "/guarantees/apply/")


def test_what_was_emptied_is_emptied(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member)
    member.post(step(draft, "terms/"), {"amount": "", "starts_on": "", "ends_on": "", "later": "1"})
    draft.refresh_from_db()
    assert (draft.amount, draft.starts_on, draft.ends_on) == (None, None, None)


def test_a_bad_file_keeps_no_good_one_out(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member)
    paper = draft.product.required_documents.get()
    files = {
        f"document_{paper.pk}": SimpleUploadedFile("계약서.pdf", PDF),
        "document_other": SimpleUploadedFile("실행.exe", b"MZ\x90"),
    }
    response = member.post(step(draft, "contact-and-documents/"), CONTACT | files)
    shown = response.content.decode()
    assert "‘실행.exe’ 파일을 받을 수 없습니다. 올릴 수 있는 형식이 아닙니다." in shown
    assert list(draft.documents.values_list("filename", flat=True)) == ["계약서.pdf"]
    assert "계약서.pdf 삭제" in shown


def test_a_file_is_taken_back_on_the_page(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member)
    document = attach(draft, cast.user)
    url = step(draft, f"documents/{document.public_id}/remove/")
    assert member.get(url).status_code == 405
    assert member.post(url)["Location"] == step(draft, "contact-and-documents/")
    document.refresh_from_db()
    assert document.is_withdrawn


def test_what_is_missing_leads_to_its_step(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member, contract_name="", amount=None, contact_mobile="")
    shown = page(member, step(draft, "confirm/"))
    for message, name in (
        ("계약명(공사명)을 입력해 주세요.", "contract/#id_contract_name"),
        ("보증금액을 입력해 주세요.", "terms/#id_amount"),
        ("담당자 휴대폰 번호를 입력해 주세요.", "contact-and-documents/#id_contact_mobile"),
        ("계약서 사본 파일을 올려 주세요.", "contact-and-documents/#documents"),
    ):
        assert f'<a href="{step(draft, name)}">{message}</a>' in shown


def test_a_twin_is_warned_of(member: Client, cast: Cast) -> None:
    first = submitted(cast)
    shown = page(member, step(filled_draft(cast), "confirm/"))
    assert "같은 계약으로 이미 신청하셨습니다" in shown
    assert step(first, "") in shown
    other = filled_draft(cast, beneficiary_name="한빛도시공사(가상)")
    assert "같은 계약으로" not in page(member, step(other, "confirm/"))


def test_a_supplement_is_seen_answered_and_handed_in(member: Client, cast: Cast) -> None:
    application = supplemented(cast)
    shown = page(member, step(application, ""))
    assert "2026. 12. 4.(금)까지 보완해 주세요" in shown
    assert "계약서 2쪽이 빠졌습니다." in shown
    assert "계약서 2쪽이 빠졌습니다." in page(member, step(application, "terms/"))
    member.post(step(application, "terms/"), TERMS | {"amount": "40,000,000"})
    shown = page(member, step(application, "confirm/"))
    assert "보완 제출" in shown
    response = member.post(step(application, "confirm/"), {"version": version_in(shown)})
    assert response["Location"] == step(application, "")
    application.refresh_from_db()
    assert (application.state, application.quoted_fee) == ("in_review", 149_260)


def test_nothing_wrong_is_kept_during_a_supplement(member: Client, cast: Cast) -> None:
    application = supplemented(cast)
    before = traces()
    shown = member.post(step(application, "terms/"), TERMS | {"amount": "", "later": "1"}).content.decode()
    assert "비어 있습니다." in shown
    assert traces() == before


def test_taken_back_after_asking(member: Client, cast: Cast) -> None:
    application = submitted(cast)
    assert "이 신청을 취하할까요?" in page(member, step(application, "withdraw/"))
    application.refresh_from_db()
    assert application.state == "submitted"
    assert member.post(step(application, "withdraw/"))["Location"] == "/guarantees/applications/"
    application.refresh_from_db()
    assert application.state == "withdrawn"


def test_the_contact_is_changed(member: Client, cast: Cast) -> None:
    application = in_review(cast)
    response = member.post(
        step(application, "change-contact/"), CONTACT | {"contact_mobile": "０１０ ００００ ０２００"}
    )
    assert response["Location"] == step(application, "")
    application.refresh_from_db()
    assert application.contact_mobile == "01000000200"


@pytest.mark.parametrize("name", LOCKED)
def test_a_decided_application_is_not_opened_again(member: Client, cast: Cast, name: str) -> None:
    application = approved(cast)
    before = traces()
    response = member.get(step(application, name), follow=True)
    assert response.redirect_chain == [(step(application, ""), 302)]
    assert "단계라 내용을 고칠 수 없습니다." in response.content.decode()
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "make", "words"),
    [
        ("작성 중", filled_draft, "신청서를 마저 작성해 주세요"),
        ("접수", submitted, "지점에서 심사를 시작합니다"),
        ("심사 중", in_review, "지점에서 심사하고 있습니다"),
        ("보완", supplemented, "2026. 12. 4.(금)까지 보완해 주세요"),
        ("승인", approved, "2026. 12. 1.(화)까지 약정하고 보증료를 납부해 주세요"),
    ],
)
def test_the_page_says_what_comes_next_and_whom_to_call(
    member: Client, cast: Cast, _case: str, make: Callable[[Cast], Application], words: str
) -> None:
    shown = page(member, step(make(cast), ""))
    assert words in shown
    assert f"tel:{cast.branch.phone}" in shown
    assert "박다솜</b>" not in shown  # the officer's name stays with the branch


def test_the_story_names_the_branch_and_not_the_officer(member: Client, cast: Cast) -> None:
    shown = page(member, step(approved(cast), ""))
    story = shown[shown.index("진행 상황") :]
    for words in ("신청을 접수했습니다", "지점에서 심사를 시작했습니다", "심사가 승인되었습니다"):
        assert words in story
    assert cast.branch.name in story
    assert "박다솜" not in story


def test_a_rejection_is_explained(member: Client, cast: Cast) -> None:
    application = in_review(cast)
    screening.reject(
        application_id=application.pk, by=admin(cast.officer), at=FRIDAY,
        reason_code="contract", reason="계약 금액이 다릅니다.",
    )  # fmt: skip
    shown = page(member, step(application, ""))
    assert "계약 내용 불일치" in shown
    assert "계약 금액이 다릅니다." in shown
    assert "사유를 해결한 뒤 새로 신청해 주세요" in shown


def issued(cast: Cast) -> Guarantee:
    return issuing.issue(
        application_id=approved(cast).pk, by=admin(cast.officer), at=FRIDAY,
        agreement_confirmed=True, fee_confirmed=True,
    )  # fmt: skip


def test_an_issued_guarantee(member: Client, cast: Cast) -> None:
    guarantee = issued(cast)
    shown = page(member, f"/guarantees/{guarantee.public_id}/")
    assert "금 삼천만원정" in shown
    assert "2027. 6. 30.(수)에 보증기간이 끝납니다" in shown
    # 2027-06-30 less 15 days is Tuesday 06-15
    assert "2027. 6. 15.(화)에 안내 문자가 나갈 예정입니다." in shown
    assert "보증서가 발급되었습니다" in page(member, step(guarantee.application, ""))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("_case", "code", "fields", "words"),
    [
        ("토요일은 금요일로", "C1", {"ends_on": date(2026, 12, 13)}, "2026. 11. 27.(금)에 안내 문자가 나갈 예정"),
        ("이미 15일 안", "C1", {"ends_on": date(2026, 12, 1)}, "2026. 11. 20.(금) 실행 때 늦은 안내로 나갈 예정"),
        ("1천만원 정확히", "C1", {"amount": 10_000_000}, "2026. 12. 16.(수)에 안내 문자가 나갈 예정"),
        ("1원 모자람", "C1", {"amount": 9_999_999}, "9,999,999원이 기준인 10,000,000원보다 적어"),
        ("하자", "D1", {}, "하자보수보증은 보증해제대상 문자를 보내지 않는 종류입니다."),
        ("끝난 보증", "C1", {"state": "expired"}, "보증기간이 이미 끝나"),
    ],
)
def test_when_the_notice_of_expiry_is_expected(
    member: Client, cast: Cast, _case: str, code: str, fields: dict[str, object], words: str
) -> None:
    guarantee = make_guarantee(cast.member, code, **fields)
    assert words in page(member, f"/guarantees/{guarantee.public_id}/")


def test_a_notice_that_went_out_is_told_with_its_day(member: Client, cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    run = ExpiryRun.objects.create(
        run_on=date(2026, 11, 19), state="done", first_end=date(2026, 12, 4), last_end=date(2026, 12, 4),
        started_at=FRIDAY,
    )  # fmt: skip
    ExpiryNotice.everything.create(
        guarantee=guarantee, ends_on=guarantee.ends_on, run=run, state="planned", at=at("2026-11-19 09:00")
    )
    assert "2026. 11. 19.(목)에 처리했습니다." in page(member, f"/guarantees/{guarantee.public_id}/")


def test_lists_filter_sort_and_turn_pages(member: Client, cast: Cast) -> None:
    for n in range(21):
        make_guarantee(cast.member, ends_on=date(2027, 1, 1 + n))
    expired = make_guarantee(cast.member, state="expired")
    make_guarantee(make_member(cast.branch))
    numbers = re.compile(r'<th scope="row"><a href="[^"]+">([^<]+)</a>')
    first = numbers.findall(page(member, "/guarantees/"))
    assert (len(first), first[0]) == (20, expired.number)
    assert len(numbers.findall(page(member, "/guarantees/?page=2"))) == 2
    assert numbers.findall(page(member, "/guarantees/?state=expired")) == [expired.number]
    by_end = Guarantee.everything.filter(member=cast.member).order_by("ends_on")
    assert numbers.findall(page(member, "/guarantees/?order=ends"))[0] == by_end[0].number
    shown = page(member, "/guarantees/?state=nonsense&order=nonsense&page=nonsense")
    assert "보증 22건" in shown


def test_applications_by_state(member: Client, cast: Cast) -> None:
    waiting, draft = submitted(cast), filled_draft(cast)
    thrown_away = filled_draft(cast)
    submission.withdraw(application_id=thrown_away.pk, by=web(cast.user), at=FRIDAY)
    assert "보증 신청 2건" in page(member, "/guarantees/applications/")
    shown = page(member, "/guarantees/applications/?state=draft")
    assert str(draft.public_id) in shown
    assert str(waiting.public_id) not in shown
    assert "해당하는 신청이 없습니다" in page(member, "/guarantees/applications/?state=closed")


@pytest.mark.parametrize(
    "url", ["/guarantees/", "/guarantees/applications/", "/guarantees/?state=active&order=ends"]
)
def test_lists_take_four_queries_however_long(member: Client, cast: Cast, url: str) -> None:
    page(member, url)
    counts = []
    for n in (1, 19):
        for _n in range(n):
            make_guarantee(cast.member)
            make_application(cast.member)
        with CaptureQueriesContext(connection) as queries:
            page(member, url)
        counts.append(len(queries))
    assert counts == [4, 4]


def test_each_kind_asks_for_what_it_needs_and_nothing_else(member: Client) -> None:
    beside = {
        "contract_role", "owner_kind", "work_kind", "advance_amount", "payment_cycle_months", "site_address",
        "contracted_on",
    }  # fmt: skip
    asked = {}
    for product in ("B1", "C1", "A1", "D1", "P1", "E1", "H1"):
        shown = page(member, choose(member, product=product))
        asked[product] = sorted(name for name in beside if f'name="{name}"' in shown)
    assert asked == {
        "B1": ["owner_kind"],
        "C1": ["contract_role", "contracted_on", "owner_kind", "work_kind"],
        "A1": ["advance_amount", "contract_role", "contracted_on", "owner_kind"],
        "D1": ["contract_role", "contracted_on", "owner_kind", "work_kind"],
        "P1": ["advance_amount", "contracted_on", "payment_cycle_months"],
        "E1": ["contracted_on", "site_address"],
        "H1": ["contract_role", "contracted_on"],
    }


def test_a_bid_is_asked_in_its_own_words(member: Client) -> None:
    shown = page(member, choose(member, product="B1"))
    for word in ("입찰금액", "입찰 마감일", "입찰 공고번호"):
        assert word in shown
    assert "준공(예정)일" not in shown


def test_choosing_another_kind_empties_what_it_does_not_ask(member: Client) -> None:
    key = uuid4()
    location = choose(member, key)
    member.post(location, CONTRACT)
    choose(member, key, "E1")
    draft = Application.everything.get()
    assert (draft.contract_role, draft.owner_kind, draft.work_kind) == ("", "", "")
    assert draft.contract_name == CONTRACT["contract_name"]


def test_the_amount_of_the_law_is_offered_and_taken_by_one_button(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member, owner_kind="state", required_amount=None, amount=29_999_999)
    shown = page(member, step(draft, "terms/"))
    assert "법으로 정한 금액은 계약금액 200,000,000원의 15%인 30,000,000원입니다." in shown
    assert 'name="offered" value="30000000"' in shown
    response = member.post(step(draft, "terms/"), TERMS | {"amount": "29,999,999", "offered": "30000000"})
    assert response["Location"] == step(draft, "terms/")
    draft.refresh_from_db()
    assert draft.amount == 30_000_000


def test_a_twin_must_be_called_another_before_it_is_handed_in(member: Client, cast: Cast) -> None:
    first = submitted(cast)
    twin = filled_draft(cast)
    shown = page(member, step(twin, "confirm/"))
    assert str(first.number) in shown
    assert 'name="is_another"' in shown
    refused = member.post(step(twin, "confirm/"), {"version": version_in(shown)}).content.decode()
    assert '<a href="#is_another">같은 계약으로 이미 신청하신 건이 있습니다.' in refused
    twin.refresh_from_db()
    assert twin.state == "draft"
    member.post(step(twin, "confirm/"), {"version": version_in(shown), "is_another": "1"})
    twin.refresh_from_db()
    assert twin.state == "submitted"


def test_a_supplement_shows_reasons_examples_and_the_difference(member: Client, cast: Cast) -> None:
    application = in_review(cast)
    screening.request_supplement(
        application_id=application.pk, by=admin(cast.officer), at=FRIDAY,
        reason_codes=["contract_seal"], items=["담당자와 통화해 주세요."],
    )  # fmt: skip
    shown = page(member, step(application, ""))
    for word in ("계약서 날인 누락", "날인이나 서명이 끝난 계약서를 올려 주세요.", "담당자와 통화해 주세요."):
        assert word in shown
    example = "/guarantees/examples/contract_seal/"
    assert example in shown
    assert "실제 서류가 아닙니다" in page(member, example)
    assert "보완하며 바꾼 내용" not in page(member, step(application, "confirm/"))
    member.post(step(application, "contract/"), CONTRACT | {"contract_amount": "210,000,000"})
    attach(application, cast.user, content=PDF + b"\n")
    shown = page(member, step(application, "confirm/"))
    for word in ("보완하며 바꾼 내용", "200,000,000원", "210,000,000원", "올린 파일: 계약서 사본"):
        assert word in shown


@pytest.mark.parametrize("code", ["unreadable", "credit", "unknown"])
def test_no_example_where_there_is_no_paper(client: Client, code: str) -> None:
    assert client.get(f"/guarantees/examples/{code}/").status_code == 404


def test_a_fee_before_applying_leaves_nothing_behind(member: Client, cast: Cast) -> None:
    before = traces()
    asked = "?product=C1&amount=120,000,000&starts_on=2026-12-01&ends_on=2027-06-30"
    shown = page(member, f"/guarantees/fee/{asked}")
    for word in ("418,190원", "120,000,000원 × 0.6% × 212일 ÷ 365일 = 418,191원", "14,880,000,000원"):
        assert word in shown
    wrong = page(member, "/guarantees/fee/?product=C1&amount=1&starts_on=2026-12-02&ends_on=2026-12-01")
    assert "보증 종료일이 시작일보다 빠릅니다." in wrong
    assert traces() == before


def test_a_new_rate_is_shown_and_accepted_before_signing(member: Client, cast: Cast) -> None:
    application = approved(cast)
    ProductTerms.objects.create(product_id="C1", effective_from=FRIDAY.date(), base_ppm=7_000)
    shown = page(member, step(application, ""))
    assert "보증료가 바뀝니다" in shown
    assert "130,600원" in shown
    response = member.post(step(application, "accept-fee/"))
    assert response["Location"] == step(application, "sign/")
    application.refresh_from_db()
    assert application.quoted_fee == 130_600
    assert "보증료가 바뀝니다" not in page(member, step(application, ""))


def test_an_application_page_costs_the_same_with_many_papers(member: Client, cast: Cast) -> None:
    application = supplemented(cast)
    counts = []
    for n in (1, 5):
        for place in range(n):
            attach(application, cast.user, content=PDF + f"{n}-{place}".encode())
        with CaptureQueriesContext(connection) as queries:
            page(member, step(application, ""))
        counts.append(len(queries))
    assert counts[0] == counts[1]


PAGES = [
    "apply/", "applications/", "", "{application}", "{application}contract/", "{application}terms/",
    "{application}contact-and-documents/", "{application}confirm/", "{application}withdraw/", "{guarantee}",
]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("_case", "who", "status"),
    [
        ("방문자", None, 302),
        ("자기 회사", lambda cast: cast.user, 200),
        ("같은 회사 동료", lambda cast: make_user(Role.MEMBER_REP, member=cast.member), 200),
        ("다른 조합원", lambda cast: make_user(Role.MEMBER_REP, member=make_member(cast.branch)), 404),
        ("관할 지점", lambda cast: cast.officer, 404),
        ("다른 지점", lambda cast: make_user(Role.BRANCH_HEAD, branch=make_branch()), 404),
        ("본부", lambda cast: cast.underwriter, 404),
        ("정보시스템부", lambda cast: make_user(Role.IT_SUPPORT), 404),
    ],
)
def test_who_sees_what(
    client: Client, cast: Cast, _case: str, who: Callable[[Cast], User] | None, status: int, name: str
) -> None:
    own_lists = name in ("apply/", "applications/", "")
    draft, guarantee = make_application(cast.member), make_guarantee(cast.member)
    url = "/guarantees/" + name.format(
        application=f"applications/{draft.public_id}/", guarantee=f"{guarantee.public_id}/"
    )
    if who is not None:
        client.force_login(who(cast), backend=BACKEND)
    response = client.get(url)
    if _case == "다른 조합원" and own_lists:
        assert response.status_code == 200
        assert draft.contract_name not in response.content.decode()
        assert guarantee.number not in response.content.decode()
    else:
        assert response.status_code == status


@pytest.mark.parametrize("name", [*LOCKED, "withdraw/"])
@pytest.mark.parametrize(
    "who",
    [
        lambda cast: make_user(Role.MEMBER_REP, member=make_member(cast.branch)),
        lambda cast: cast.officer,
        lambda cast: cast.underwriter,
    ],
)
def test_nobody_else_posts(client: Client, cast: Cast, who: Callable[[Cast], User], name: str) -> None:
    draft = filled_draft(cast)
    client.force_login(who(cast), backend=BACKEND)
    before = traces()
    assert client.post(step(draft, name), CONTRACT | TERMS | CONTACT).status_code == 404
    assert traces() == before


@pytest.mark.parametrize("path", ["applications/1/", "applications/1'--/", "1/", "documents/1/", "a/%00/"])
def test_numbers_people_guess_are_no_pages(member: Client, path: str) -> None:
    assert member.get(f"/guarantees/{path}").status_code == 404
