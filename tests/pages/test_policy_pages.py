"""업무 기준, 법정 보증비율, 할인·할증 and 보증 이관 in the desk: announced, made by one, checked by another."""

from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from guarantees.actions import auto_screening
from guarantees.models import AmountRule, FeeAdjustment, GuaranteeImport, ScreeningPolicy
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.members.models import User
from portal.members.roles import Role
from tests.factories import at, make_guarantee, make_member, make_user
from tests.stories import BACKEND, FRIDAY, in_review, make_cast, submitted

pytestmark = pytest.mark.django_db

POLICY = {
    "effective_from": "2026-12-01", "approval_number": "2026-심사-7", "officer_up_to": "50000000",
    "head_up_to": "500000000", "second_person_above": "50000000", "supplement_business_days": "5",
    "approval_business_days": "7", "minimum_delta": "1000", "auto_screening_up_to": "0",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _friday():
    with time_machine.travel(at("2026-11-20 10:00"), tick=False):
        yield


@pytest.fixture
def maker() -> User:
    return make_user(Role.POLICY_ADMIN)


def desk(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def listed(user: User, model: str) -> str:
    return desk(user).get(reverse(f"admin:guarantees_{model}_changelist")).content.decode()


def test_a_policy_waits_for_its_checker_then_stands_announced(maker):
    url = reverse("admin:guarantees_screeningpolicy_add")
    assert desk(make_user(Role.HQ_UNDERWRITER)).post(url, POLICY).status_code == 403
    assert desk(maker).post(url, POLICY).status_code == 302
    made = ScreeningPolicy.objects.get(approval_number="2026-심사-7")
    assert (made.made_by, made.checked_by, made.officer_up_to) == (maker, None, 50_000_000)
    assert "승인 대기" in listed(maker, "screeningpolicy")
    check = reverse("admin:guarantees_screeningpolicy_do", args=[made.pk, "check"])
    assert "직접 입안한 기준은 승인할 수 없습니다" in desk(maker).post(check).content.decode()
    checker = make_user(Role.POLICY_ADMIN)
    assert desk(checker).post(check).status_code == 302
    made.refresh_from_db()
    assert made.checked_by == checker
    shown = listed(maker, "screeningpolicy")
    assert "시행 예정" in shown
    assert "승인 대기" not in shown
    actions = AuditEvent.everything.filter(action__startswith="screeningpolicy").order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["screeningpolicy.add", "screeningpolicy.check"]


def test_an_authority_that_falls_is_refused_by_the_form(maker):
    url = reverse("admin:guarantees_screeningpolicy_add")
    assert desk(maker).post(url, POLICY | {"head_up_to": "1"}).status_code == 200
    assert ScreeningPolicy.objects.count() == 1


def test_a_share_for_a_kind_of_work(maker):
    typed = {
        "product": "C1", "work_kind": "works", "share_bp": "750", "source": "한시 완화 고시",
        "effective_from": "2026-12-01", "approval_number": "2026-심사-8",
    }  # fmt: skip
    assert desk(maker).post(reverse("admin:guarantees_amountrule_add"), typed).status_code == 302
    assert AmountRule.objects.get(share_bp=750).made_by == maker


@pytest.mark.parametrize(
    ("_case", "number", "is_made"), [("조합원", "", True), ("없는 번호", "999-99-00010", False)]
)
def test_an_adjustment_names_its_member_by_business_number(maker, _case, number, is_made):
    member = make_member()
    typed = {
        "member_number": number or member.business_number, "effective_from": "2026-12-01", "add_ppm": "0",
        "disc_bp": "500", "reason": "이용 실적", "approval_number": "2026-심사-9",
    }  # fmt: skip
    response = desk(maker).post(reverse("admin:guarantees_feeadjustment_add"), typed)
    assert FeeAdjustment.everything.filter(member=member, made_by=maker, disc_bp=500).exists() is is_made
    if not is_made:
        assert "이 사업자등록번호의 조합원이 없습니다" in response.content.decode()
        return
    row = FeeAdjustment.everything.get()
    shown = desk(maker).get(reverse("admin:guarantees_feeadjustment_change", args=[row.pk])).content.decode()
    assert "이용 실적" in shown
    assert member.name in listed(maker, "feeadjustment")


def test_a_file_taken_over_shows_who_took_it():
    row = GuaranteeImport.objects.create(
        file_name="이관.csv", sha256="a" * 64, lines=10, added=9, unchanged=1, at=FRIDAY
    )
    AuditEvent.everything.create(
        action="guarantee.import", at=FRIDAY, actor_name="신도담", channel="system",
        subject_type="guarantees.guaranteeimport", subject_id=str(row.pk), detail={"added": 9},
    )  # fmt: skip
    shown = listed(make_user(Role.HQ_UNDERWRITER), "guaranteeimport")
    assert "이관.csv" in shown
    assert "신도담" in shown


def test_the_officer_reads_what_the_rules_found_and_takes_it_up():
    ScreeningPolicy.objects.create(effective_from=date(2026, 11, 1), auto_screening_up_to=50_000_000)
    cast = make_cast()
    make_guarantee(cast.member, beneficiary_name="누리교육지원청")
    application = submitted(cast)
    auto_screening.screen(application_id=application.pk, by=Actor.system("자동 심사"), at=FRIDAY)
    client = desk(cast.officer)
    queue = reverse("admin:guarantees_application_changelist") + "?queue=auto"
    assert str(application.number) in client.get(queue).content.decode()
    page = reverse("admin:guarantees_application_change", args=[application.pk])
    shown = client.get(page).content.decode()
    for word in ("자동 심사 통과", "모두 통과", "거래 중인 조합원입니다.", "심사 시작"):
        assert word in shown
    client.post(reverse("admin:guarantees_application_do", args=[application.pk, "take"]))
    assert "자동 심사 통과</" not in client.get(page).content.decode()  # the page also spends the message
    assert str(application.number) not in client.get(queue).content.decode()


def test_collateral_needs_to_be_named():
    cast = make_cast()
    application = in_review(cast)
    url = reverse("admin:guarantees_application_do", args=[application.pk, "approve"])
    response = desk(cast.officer).post(url, {"collateral": "1,000,000", "collateral_note": ""})
    assert "담보가 무엇인지 적어 주세요." in response.content.decode()
    assert (
        desk(cast.officer).post(url, {"collateral": "1,000,000", "collateral_note": "예금 질권"}).status_code
        == 302
    )
    application.refresh_from_db()
    assert (application.state, application.collateral) == ("approved", 1_000_000)
