"""The officer's day on the desk: from the front page through a decision to an issued and released guarantee."""

from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from guarantees.actions import screening, submission
from guarantees.models import Application, ExpiryNotice, ExpiryRun, Guarantee
from portal.audit.models import AuditEvent
from portal.businessdays.models import business_calendar
from portal.members.roles import Role
from portal.particles import as_object
from sms.models import Message, Reception, ReceptionChange
from tests import stories
from tests.factories import at, make_branch, make_guarantee, make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _friday():
    """2026-11-20 is a Friday; the next business day is Monday the 23rd."""
    with time_machine.travel(at("2026-11-20 10:00"), tick=False):
        yield


@pytest.fixture
def cast():
    return stories.make_cast()


def desk(user) -> Client:
    client = Client()
    client.force_login(user, backend=stories.BACKEND)
    return client


def do(user, row, button, **answers):
    label = f"{row._meta.app_label}_{row._meta.model_name}"
    return desk(user).post(reverse(f"admin:{label}_do", args=[row.pk, button]), answers, follow=True)


def page(user, row):
    label = f"{row._meta.app_label}_{row._meta.model_name}"
    return desk(user).get(reverse(f"admin:{label}_change", args=[row.pk]))


def text_of(response) -> str:
    return response.content.decode()


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def state(application) -> str:
    return Application.everything.get(pk=application.pk).state


def test_an_application_from_the_queue_to_the_guarantee(cast):
    application = stories.submitted(cast)

    response = do(cast.officer, application, "take")
    assert said(response) == [f"{application} 심사를 시작했습니다. 서류를 확인하고 결정해 주세요."]
    assert state(application) == "in_review"

    response = do(cast.officer, application, "supplement", items="계약서 2쪽\n\n  산출내역서 \n")
    assert said(response) == [
        f"{application} 보완을 요청했습니다. 조합원은 2026. 12. 4.(금)까지 답할 수 있습니다."
    ]
    assert [item.text for item in application.supplement_items.all()] == ["계약서 2쪽", "산출내역서"]

    submission.resubmit(application_id=application.pk, by=stories.web(cast.user), at=at("2026-11-20 11:00"))
    do(cast.officer, application, "approve")
    assert state(application) == "approved"

    confirmed = {"agreement_confirmed": "on", "method": "counter", "fee_confirmed": "on"}
    response = do(cast.officer, application, "issue", **confirmed)
    guarantee = Guarantee.everything.get(application=application)
    assert said(response) == [f"보증서 {as_object(guarantee.number)} 발급했습니다. 담당자에게 발급을 알립니다."]
    body = text_of(page(cast.officer, application))
    for word in ("심사 시작", "보완 요청", "승인", "보증서 발급", guarantee.number, "계약서 2쪽 / 산출내역서"):
        assert word in body
    assert AuditEvent.everything.filter(action="application.approve", channel="admin").count() == 1


@pytest.mark.parametrize(
    ("_case", "button", "answers", "told", "kept"),
    [
        ("반려 사유 없음", "reject", {"reason_code": "limit", "reason": "  "}, "필수", 'value="limit" selected'),
        ("반려 구분 없음", "reject", {"reason": "계약서의 금액이 다릅니다."}, "필수", "계약서의 금액이 다릅니다."),
        ("보완 항목 없음", "supplement", {"items": " \n "}, "보완 사유를 고르거나", "덧붙일 내용"),
        ("너무 긴 항목", "supplement", {"items": "가" * 301}, "300자까지", "가" * 301),
    ],
)
def test_an_answer_with_a_gap_decides_nothing_and_keeps_what_was_typed(cast, _case, button, answers, told, kept):
    application = stories.in_review(cast)
    before = stories.traces()
    response = do(cast.officer, application, button, **answers)
    assert response.status_code == 200
    assert told in text_of(response)
    assert kept in text_of(response)
    assert stories.traces() == before


@pytest.mark.parametrize("confirmed", [{}, {"agreement_confirmed": "on"}, {"fee_confirmed": "on"}])
def test_issuing_needs_both_confirmations(cast, confirmed):
    application = stories.approved(cast)
    before = stories.traces()
    response = do(cast.officer, application, "issue", **confirmed)
    assert "확인한 뒤 체크해 주세요." in text_of(response)
    assert stories.traces() == before


def test_the_second_of_two_officers_is_told_who_decided_and_keeps_his_words(cast):
    application = stories.in_review(cast)
    do(cast.officer, application, "approve")
    before = stories.traces()

    typed = {"reason_code": "contract", "reason": "공사 기간이 계약서와 다릅니다."}
    response = do(cast.colleague, application, "reject", **typed)
    assert response.status_code == 409
    assert "이미 박다솜님이 승인했습니다." in text_of(response)
    assert "공사 기간이 계약서와 다릅니다." in text_of(response)

    label = reverse("admin:guarantees_application_do", args=[application.pk, "reject"])
    response = desk(cast.colleague).get(label, follow=True)
    assert said(response) == [f"{application} 신청은 박다솜님이 이미 승인했습니다."]
    assert stories.traces() == before


def test_two_officers_take_at_once_and_one_reviews(cast):
    application = stories.submitted(cast)
    do(cast.officer, application, "take")
    response = do(cast.colleague, application, "take")
    assert response.status_code == 409
    assert "이미 박다솜님이 심사하고 있습니다." in text_of(response)


@pytest.mark.parametrize(
    ("_case", "amount", "who", "told"),
    [
        ("1억 원까지 담당", 100_000_000, "officer", None),
        ("1억 원 초과는 지점장", 100_000_001, "officer", "지점장 이상이 결정합니다."),
        ("심사한 지점장은 혼자 결정 못 함", 100_000_001, "head", "심사한 사람이 직접 결정할 수 없습니다."),
        ("다른 결정권자", 100_000_001, "underwriter", None),
        ("10억 원 초과는 본부", 1_000_000_001, "colleague", "본부 심사 이상이 결정합니다."),
    ],
)
def test_authority_is_told_in_words(cast, _case, amount, who, told):
    reviewer = cast.head if amount > 100_000_000 else cast.officer
    application = stories.in_review(cast, reviewer=reviewer, amount=amount, contract_amount=5_000_000_000)
    response = do(getattr(cast, who), application, "approve")
    if told is None:
        assert state(application) == "approved"
    else:
        assert response.status_code == 409
        assert told in text_of(response)
        assert state(application) == "in_review"


def test_a_state_is_never_a_field(cast):
    application, guarantee = stories.in_review(cast), make_guarantee(cast.member)
    before = stories.traces()
    for row in (application, guarantee):
        label = f"{row._meta.app_label}_{row._meta.model_name}"
        url = reverse(f"admin:{label}_change", args=[row.pk])
        assert desk(cast.head).post(url, {"state": "approved"}).status_code == 403
        assert 'name="state"' not in text_of(desk(cast.head).get(url))
    assert stories.traces() == before


def test_a_release_with_its_ground_and_who_was_faster(cast):
    guarantee = make_guarantee(cast.member)
    response = do(cast.officer, guarantee, "release", ground="", note="")
    assert text_of(response).count("필수") >= 2

    do(cast.officer, guarantee, "release", ground="confirmed", note="준공검사 조서 11. 19.")
    guarantee.refresh_from_db()
    assert (guarantee.state, guarantee.release_reason) == (
        "released", "보증채권자의 이행 완료 확인: 준공검사 조서 11. 19.",
    )  # fmt: skip

    response = do(cast.head, guarantee, "release", ground="returned", note="보증서 원본")
    assert response.status_code == 409
    assert "이미 박다솜님이 해제했습니다." in text_of(response)
    assert "보증서 원본" in text_of(response)


def test_the_branch_writes_down_an_opt_out_told_by_telephone(cast):
    response = do(cast.officer, cast.member, "opt-out", caller="", note="본인 확인")
    assert "필수" in text_of(response)
    assert not Reception.everything.exists()

    do(cast.officer, cast.member, "opt-out", caller="김가온 대표이사", note="등록된 번호로 되걸어 확인")
    change = ReceptionChange.everything.get()
    assert (change.what, change.way, change.caller, change.by) == (
        "opted_out", "phone", "김가온 대표이사", cast.officer,
    )  # fmt: skip
    assert not Reception.everything.get(member=cast.member).representative_receives
    assert "수신거부" in text_of(page(cast.officer, cast.member))

    do(cast.head, cast.member, "opt-in", caller="김가온 대표이사", note="다시 받고 싶음")
    assert Reception.everything.get(member=cast.member).representative_receives


def test_another_branch_cannot_opt_out_a_member(cast):
    stranger = make_user(Role.BRANCH_OFFICER, branch=make_branch())
    answers = {"caller": "김가온", "note": "-"}
    assert do(stranger, cast.member, "opt-out", **answers).status_code == 404
    assert do(cast.underwriter, cast.member, "opt-out", **answers).status_code == 404  # the branch's call alone
    assert not ReceptionChange.everything.exists()


def works(user) -> dict[str, int]:
    response = desk(user).get(reverse("admin:index"))
    return {work.label: work.count for work in response.context["works"]}


# Lists of which this story has no row.
NOTHING_HAPPENED = dict.fromkeys(
    [
        "납부 후 발급되지 않은 신청", "반려·실패한 송부", "변경 신청", "처리 중인 보증금 청구",
        "한도를 90% 넘게 쓴 조합원", "해제 요청 확인", "환급 처리 필요",
    ],
    0,
)  # fmt: skip


def test_the_front_page_counts_by_role_and_branch(cast):
    stories.submitted(cast)
    stories.in_review(cast)
    stories.approved(cast)
    supplemented = stories.supplemented(cast)
    Application.everything.filter(pk=supplemented.pk).update(supplement_due_on=date(2026, 11, 23))  # Mon
    make_guarantee(cast.member, ends_on=date(2026, 12, 8))  # 15 days after Mon 11-23
    elsewhere = make_member(make_branch(), representative_mobile="")
    make_guarantee(elsewhere, ends_on=date(2026, 12, 8))
    other = make_member(make_branch())
    make_guarantee(other, ends_on=date(2026, 12, 8))

    assert works(cast.officer) == {
        "심사 대기": 1, "내가 심사 중": 1, "보완 기한 임박": 1, "승인 후 발급 대기": 1, "나갈 만료 문자": 1,
        "기한 지난 안내": 0, "문자 보낼 번호가 없는 조합원": 0, "번호 확인 필요": 0, "발송 실패": 0,
        **NOTHING_HAPPENED,
    }  # fmt: skip
    assert works(cast.colleague)["내가 심사 중"] == 0
    head_office = works(cast.underwriter)
    assert (head_office["나갈 만료 문자"], head_office["문자 보낼 번호가 없는 조합원"]) == (2, 1)
    assert head_office["기록 없는 실행"] == 1
    assert works(make_user(Role.WEBMASTER)) == {"답변을 기다리는 문의": 0}


def test_each_count_leads_to_a_list_of_so_many_rows(cast):
    stories.submitted(cast)
    stories.in_review(cast)
    stories.approved(cast)
    make_member(cast.branch, representative_mobile="")
    client = desk(cast.officer)
    wrong = []
    for work in client.get(reverse("admin:index")).context["works"]:
        response = client.get(work.url)
        shown = response.context["cl"].result_count if "cl" in response.context else response.context["total"]
        if (response.status_code, shown) != (200, work.count):
            wrong.append((work.label, work.count, response.status_code, shown))
    assert wrong == []


def test_notices_missed_in_the_last_month_are_counted_as_the_list_shows_them(cast):
    run = ExpiryRun.objects.create(
        run_on=date(2026, 11, 19), state="done", first_end=date(2026, 12, 4), last_end=date(2026, 12, 4),
        started_at=at("2026-11-19 09:00"),
    )  # fmt: skip
    for ends_on in (date(2026, 10, 20), date(2026, 10, 21), date(2026, 11, 18)):
        ExpiryNotice.everything.create(
            guarantee=make_guarantee(cast.member, ends_on=ends_on), ends_on=ends_on, run=run, state="missed",
            at=at("2026-11-19 09:00"),
        )  # fmt: skip
    client = desk(cast.officer)
    works = client.get(reverse("admin:index")).context["works"]
    assert (works[0].label, works[0].count) == ("기한 지난 안내", 2)  # urgent, therefore first
    assert client.get(works[0].url).context["cl"].result_count == 2


def preview(user, day):
    return desk(user).get(reverse("admin:guarantees_expiryrun_preview"), {"date": day})


def test_the_preview_shows_a_branch_its_own_guarantees(cast):
    mine = make_guarantee(cast.member, ends_on=date(2026, 12, 31))  # T 12-16 Wed
    theirs = make_guarantee(make_member(make_branch()), ends_on=date(2026, 12, 31))
    before = stories.traces()

    body = text_of(preview(cast.officer, "2026-12-16"))
    assert mine.number in body
    assert theirs.number not in body
    assert preview(cast.officer, "2026-12-16").context["total"] == 1
    assert preview(cast.underwriter, "2026-12-16").context["total"] == 2
    assert "휴무일이라" in text_of(preview(cast.officer, "2026-12-19"))  # Sat
    assert preview(cast.officer, "nonsense").context["form"].errors
    assert stories.traces() == before
    assert not ExpiryRun.objects.exists()


def test_head_office_runs_the_notices_now_and_again_without_harm(cast):
    guarantee = make_guarantee(cast.member, ends_on=date(2026, 12, 5))  # T 11-20 Fri
    url = reverse("admin:guarantees_expiryrun_run")
    assert desk(cast.head).post(url).status_code == 404
    assert not ExpiryRun.objects.exists()

    assert "새로 안내할 보증은 1건" in text_of(desk(cast.underwriter).get(url))
    assert not ExpiryRun.objects.exists()
    for _ in range(2):
        desk(cast.underwriter).post(url)
    assert [notice.guarantee for notice in ExpiryNotice.everything.all()] == [guarantee]
    assert Message.everything.filter(purpose="expiry_notice").count() == 1
    run = ExpiryRun.objects.get()
    assert (run.run_on, run.planned, run.ticks) == (date(2026, 11, 20), 1, 2)
    body = text_of(page(cast.officer, guarantee))
    assert "2026. 12. 5.(토) 종료 건: 2026. 11. 20.(금)에 처리했습니다." in body
    assert "발송 대기" in body


@pytest.mark.parametrize(
    ("_case", "fields", "told"),
    [
        ("예정", {"ends_on": date(2026, 12, 31)}, "2026. 12. 16.(수)에 안내 문자가 나갈 예정입니다."),
        ("연휴 앞당김", {"ends_on": date(2026, 12, 6)}, "2026. 11. 20.(금)에 안내 문자가 나갈 예정입니다."),
        ("보낼 날 지남", {"ends_on": date(2026, 12, 1)}, "늦은 안내로 나갈 예정입니다."),
        ("입찰", {"product_code": "B1"}, "보내지 않는 종류입니다."),
        ("9,999,999원", {"amount": 9_999_999}, "9,999,999원이 기준인 10,000,000원보다 적어"),
        ("10,000,000원", {"amount": 10_000_000}, "나갈 예정입니다."),
        ("끝남", {"ends_on": date(2026, 11, 19), "state": "expired"}, "보증기간이 이미 끝나"),
        ("해제", {"state": "released", "outstanding": 0}, "해제된 보증이라"),
    ],
)
def test_why_a_notice_goes_out_or_not(cast, _case, fields, told):
    assert business_calendar().is_business_day(date(2026, 11, 20))
    guarantee = make_guarantee(cast.member, **fields)
    assert told in text_of(page(cast.officer, guarantee))


def test_looking_changes_nothing(cast):
    application, guarantee = stories.in_review(cast), make_guarantee(cast.member)
    before = stories.traces()
    client = desk(cast.head)
    for row in (application, guarantee, cast.member, cast.user):
        label = f"{row._meta.app_label}_{row._meta.model_name}"
        for name in ("change", "history"):
            assert client.get(reverse(f"admin:{label}_{name}", args=[row.pk])).status_code == 200
    for row, buttons in (
        (application, ("take", "approve", "supplement", "reject", "issue")),
        (guarantee, ("release",)),
        (cast.member, ("representative", "add-user", "opt-out", "opt-in")),
        (cast.user, ("unlock",)),
    ):
        label = f"{row._meta.app_label}_{row._meta.model_name}"
        for button in buttons:
            assert client.get(reverse(f"admin:{label}_do", args=[row.pk, button])).status_code in (200, 302)
    assert stories.traces() == before


def test_a_due_day_is_announced_before_the_request(cast):
    application = stories.in_review(cast)
    url = reverse("admin:guarantees_application_do", args=[application.pk, "supplement"])
    assert "2026. 12. 4.(금) (10영업일)" in text_of(desk(cast.officer).get(url))
    assert screening.supplement_due(date(2026, 11, 20), business_calendar(), business_days=10) == date(2026, 12, 4)
