"""While a step is typed: what is kept, what another window keeps, what is shown beside it."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from guarantees.actions.drafts import ChangedElsewhere
from guarantees.models import Application
from guarantees.views.typing import KEEPS, KeptAsAWhole
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import make_application
from tests.stories import BACKEND, FRIDAY, Cast, filled_draft, make_cast, submitted, supplemented, traces

pytestmark = pytest.mark.django_db
TERMS = {"amount": "30,000,000", "starts_on": "2026-11-16", "ends_on": "2027-06-30", "special_terms": ""}


@pytest.fixture(autouse=True)
def friday(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Friday 2026-11-20, 10:00 in Seoul."""
    monkeypatch.setattr(timezone, "now", lambda: FRIDAY)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def member(client: Client, cast: Cast) -> Client:
    client.force_login(cast.user, backend=BACKEND)
    return client


def address(draft: Application, name: str) -> str:
    return f"/guarantees/applications/{draft.public_id}/{name}"


def version_in(shown: str) -> str:
    found = re.search(r'name="version" value="([^"]+)"', shown)
    assert found
    return found[1]


def opened(client: Client, draft: Application, name: str = "terms/") -> str:
    """The version that a window with this step carries."""
    return version_in(client.get(address(draft, name)).content.decode())


def keep(client: Client, draft: Application, typed: dict[str, str], step: str = "terms") -> Any:
    return client.post(address(draft, f"keep/{step}/"), typed)


def test_what_is_valid_is_kept_and_said(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member, amount=None, ends_on=None)
    version = opened(member, draft)
    answer = keep(member, draft, {"amount": "２０,０００,０００원", "starts_on": "2026-11-17", "version": version})
    assert answer.json()["said"] == "임시 저장됨 10:00"
    assert answer.json()["whole"]
    draft.refresh_from_db()
    assert (draft.amount, f"{draft.starts_on}", draft.ends_on) == (20_000_000, "2026-11-17", None)
    assert answer.json()["version"] == opened(member, draft)


def test_what_is_wrong_is_left_out_and_counted(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member)
    answer = keep(
        member, draft, TERMS | {"amount": "3천", "ends_on": "2026-02-30", "special_terms": "지체상금 없음"}
    )
    assert answer.json()["said"] == "임시 저장됨 10:00 (고칠 곳 2칸은 빼고)"
    assert not answer.json()["whole"]
    draft.refresh_from_db()
    assert (draft.amount, draft.special_terms) == (30_000_000, "지체상금 없음")


def test_one_window_overwrites_no_other(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member)
    first, second = opened(member, draft), opened(member, draft)
    assert keep(member, draft, TERMS | {"amount": "31,000,000", "version": first}).status_code == 200
    before = traces()
    refused = keep(member, draft, TERMS | {"amount": "32,000,000", "version": second})
    assert (refused.status_code, refused.json()["message"]) == (409, ChangedElsewhere.message)
    assert traces() == before


def test_an_attempt_repeated_word_for_word_is_no_other_window(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member)
    typed = TERMS | {"amount": "31,000,000", "version": opened(member, draft)}
    answers = [keep(member, draft, typed) for _lost in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["version"] == answers[1].json()["version"]


def test_windows_on_different_steps_do_not_meet(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member)
    contact = opened(member, draft, "contact-and-documents/")
    keep(member, draft, TERMS | {"amount": "31,000,000", "version": opened(member, draft)})
    typed = {"contact_name": "이나래", "contact_mobile": "010-0000-0300", "contact_email": "a@example.kr"}
    assert keep(member, draft, typed | {"version": contact}, "contact").status_code == 200


def test_who_is_told_of_another_window_decides(member: Client, cast: Cast) -> None:
    """The page keeps what was typed; sent again it is stored, and the other values can be fetched instead."""
    draft = make_application(cast.member)
    stale = opened(member, draft)
    keep(member, draft, TERMS | {"amount": "29,000,000", "version": stale})
    shown = member.post(
        address(draft, "terms/"), TERMS | {"amount": "28,000,000", "version": stale}
    ).content.decode()
    assert ChangedElsewhere.message in shown
    assert 'value="28,000,000"' in shown
    assert "저장된 내용 불러오기" in shown
    draft.refresh_from_db()
    assert draft.amount == 29_000_000
    again = member.post(address(draft, "terms/"), TERMS | {"amount": "28,000,000", "version": version_in(shown)})
    assert again["Location"] == address(draft, "contact-and-documents/")
    draft.refresh_from_db()
    assert draft.amount == 28_000_000


def test_a_step_sent_with_a_fault_can_be_sent_again(member: Client, cast: Cast) -> None:
    """What of it was kept is not taken for another window's."""
    draft = make_application(cast.member)
    faulty = TERMS | {"amount": "200,000,001", "special_terms": "지체상금 없음", "version": opened(member, draft)}
    shown = member.post(address(draft, "terms/"), faulty).content.decode()
    again = member.post(address(draft, "terms/"), TERMS | {"version": version_in(shown)})
    assert again.status_code == 302


def test_what_the_branch_works_on_is_not_kept_by_itself(member: Client, cast: Cast) -> None:
    application = supplemented(cast)
    before = traces()
    refused = keep(member, application, TERMS | {"amount": "29,000,000"})
    assert (refused.status_code, refused.json()["message"]) == (409, KeptAsAWhole.message)
    assert "data-keep-url" not in member.get(address(application, "terms/")).content.decode()
    assert keep(member, submitted(cast, contract_number="2026-0009"), TERMS).status_code == 409
    assert traces()["audit"] != before["audit"]  # the submission's own rows
    application.refresh_from_db()
    assert application.amount == 30_000_000


@pytest.mark.parametrize("name", ["keep/apply/", "outlook/apply/"])
def test_there_are_three_steps(member: Client, cast: Cast, name: str) -> None:
    assert member.post(address(make_application(cast.member), name)).status_code == 404


def test_typing_without_a_pause_is_slowed_down(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member)
    answers = [keep(member, draft, TERMS).status_code for _key in range(KEEPS.most + 1)]
    assert answers == [200] * KEEPS.most + [429]
    assert keep(member, draft, TERMS)["Retry-After"] == "60"


# ── beside the form ──


@pytest.mark.parametrize(
    ("_case", "product", "typed", "words"),
    [
        ("보증료와 셈", "C1", {}, ["111,940원", "30,000,000원 × 0.6% × 227일 ÷ 365일 = 111,945원"]),
        ("한글 금액", "C1", {}, ["금 삼천만원정", "금 일십일만일천구백사십원정"]),
        ("요일", "C1", {}, ["2026. 11. 16.(월)", "2027. 6. 30.(수)", "(227일)"]),
        ("영업일 15일 전", "C1", {"ends_on": "2027-07-01"}, ["2027. 6. 16.(수)에 안내 문자가 나갈 예정입니다."]),
        ("15일 전이 토요일", "C1", {"ends_on": "2027-07-04"}, ["2027. 6. 18.(금)에 안내 문자가"]),
        ("15일 전이 추석 연휴", "C1", {"ends_on": "2027-10-01"}, ["2027. 9. 13.(월)에 안내 문자가"]),
        ("1천만원", "C1", {"amount": "10,000,000"}, ["안내 문자가 나갈 예정입니다."]),
        ("9,999,999원", "C1", {"amount": "9,999,999"}, ["기준인 10,000,000원보다 적어 안내 문자를 보내지"]),
        ("15일이 남지 않음", "C1", {"starts_on": "2026-11-20", "ends_on": "2026-11-30", "completes_on": ""},
         ["종료일이 가까워, 발급된 뒤 다음 영업일까지 나갈 예정입니다."]),
        ("하자보수는 보내지 않음", "D1", {"starts_on": "2027-06-30", "ends_on": "2029-06-29"},
         ["보증해제대상 문자를 보내지 않는 종류입니다."]),
        ("한도", "C1", {}, ["남습니다."]),
        ("금액을 잘못 적음", "C1", {"amount": "3천"}, ["보증금액과 기간을 맞게 입력하시면 바로 계산합니다."]),
    ],
)  # fmt: skip
def test_the_figures_are_the_servers(
    member: Client, cast: Cast, _case: str, product: str, typed: dict[str, str], words: list[str]
) -> None:
    fill_calendar()
    fields: dict[str, Any] = {"completes_on": None} if "completes_on" in typed else {}
    draft = make_application(cast.member, product_id=product, owner_kind="private", amount=None, **fields)
    before = traces()
    answer = member.post(address(draft, "outlook/terms/"), TERMS | typed).json()
    for word in words:
        assert word in answer["html"]
    assert traces() == before


def test_the_line_for_a_phone(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member)
    answer = member.post(address(draft, "outlook/terms/"), TERMS).json()
    assert answer["line"] == "예상 보증료 <b>111,940원</b>"


def test_what_may_be_guaranteed_is_told_with_the_contract(member: Client, cast: Cast) -> None:
    draft = make_application(cast.member)
    typed = {
        "contract_role": "prime",
        "owner_kind": "local",
        "work_kind": "works",
        "contract_amount": "200,000,000",
    }
    shown = member.post(address(draft, "outlook/contract/"), typed | {"contracted_on": "2026-11-16"}).json()[
        "html"
    ]
    assert "30,000,000원" in shown
    assert "2026. 11. 16.(월)" in shown


@pytest.mark.parametrize(
    ("_case", "product", "starts_on", "ends_on"),
    [
        ("계약보증: 계약일부터 준공일까지", "C1", "2026-11-16", "2027-06-30"),
        ("입찰보증: 오늘부터 마감 30일 뒤까지", "B1", "2026-11-20", "2027-07-30"),
        ("선급금보증: 오늘부터 준공 60일 뒤까지", "A1", "2026-11-20", "2027-08-29"),
        ("하자보수보증: 준공일부터", "D1", "2027-06-30", ""),
    ],
)
def test_the_usual_period_stands_there_already(
    member: Client, cast: Cast, _case: str, product: str, starts_on: str, ends_on: str
) -> None:
    draft = make_application(cast.member, product_id=product, starts_on=None, ends_on=None)
    shown = member.get(address(draft, "terms/")).content.decode()
    for name, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        field = re.search(rf'<input type="date" name="{name}"[^>]*>', shown)
        assert field
        assert (f'value="{day}"' in field[0]) == bool(day)
    draft.refresh_from_db()
    assert (draft.starts_on, draft.ends_on) == (None, None)


def test_earlier_beneficiaries_are_offered(member: Client, cast: Cast) -> None:
    submitted(cast, beneficiary_name="한빛도시공사(가상)")
    draft = make_application(cast.member, beneficiary_name="")
    shown = member.get(address(draft, "contract/")).content.decode()
    assert '<option value="한빛도시공사(가상)">' in shown
    assert 'list="beneficiaries"' in shown


# ── what is wrong leads to where it is put right ──


def test_nothing_chosen_is_said_with_a_link(member: Client) -> None:
    shown = member.post("/guarantees/apply/", {}).content.decode()
    assert '<a href="#products">보증 종류를 골라 주세요.</a>' in shown
    assert "<title>오류: " in shown


def test_a_refused_file_leads_to_its_place(member: Client, cast: Cast) -> None:
    draft = filled_draft(cast)
    files = {"document_other": SimpleUploadedFile("실행.exe", b"MZ\x90")}
    typed = {"contact_name": "박다솜", "contact_mobile": "01000000100", "contact_email": "a@example.kr"}
    shown = member.post(address(draft, "contact-and-documents/"), typed | files).content.decode()
    assert '<a href="#document_other">‘실행.exe’ 파일을 받을 수 없습니다.' in shown
    assert 'id="document_other"' in shown
