"""Terms of the mileage rest on a legal notice of our own board, chosen in the desk (S19, S20)."""

from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from portal.helpdesk.models import Notice, NoticeVersion
from portal.members.roles import Role
from sms.models import MileagePolicy, Suspension
from tests.factories import at, make_member, make_user
from tests.flows.mileage_world import policy_from

pytestmark = pytest.mark.django_db
BACKEND = "portal.members.login.MemberBackend"
ADD = reverse("admin:sms_mileagepolicy_add")
TERMS = {"effective_from": "2027-01-01", "earn_per_issue": "2", "validity_months": "24"}
TYPED = {
    "published_at_0": "2026-11-23", "published_at_1": "09:00:00", "notice": "마일리지 안내",
    "notice_url": "https://example.kr/notice/1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(at("2026-11-23 10:00"), tick=False):
        yield


def desk() -> Client:
    client = Client()
    client.force_login(make_user(Role.POLICY_ADMIN), BACKEND)
    return client


def announced(title: str = "마일리지 기준 변경", when: str = "2026-11-20 09:00", **fields: object) -> Notice:
    notice = Notice.objects.create(**{"publish_at": at(when), "is_legal": True, **fields})
    NoticeVersion.objects.create(notice=notice, number=1, title=title, body="바뀝니다.", made_at=at(when))
    return notice


def test_제도_공지를_고르면_공고한_날과_제목은_그_공지를_따른다() -> None:
    notice = announced()
    client = desk()
    assert "2026-11-20 마일리지 기준 변경" in client.get(ADD).content.decode()
    assert (
        client.post(ADD, {**TERMS, "legal_notice": notice.pk, "notice_url": "https://example.kr/x"}).status_code
        == 302
    )
    policy = MileagePolicy.objects.get(effective_from=date(2027, 1, 1))
    assert (policy.legal_notice, policy.published_at, policy.notice) == (
        notice,
        notice.publish_at,
        "마일리지 기준 변경",
    )
    assert (policy.notice_url, policy.notice_address) == ("", f"/notices/{notice.pk}/")


def test_공고_주소를_손으로_적을_수도_있다() -> None:
    assert desk().post(ADD, {**TERMS, **TYPED}).status_code == 302
    policy = MileagePolicy.objects.get(effective_from=date(2027, 1, 1))
    assert (policy.legal_notice, policy.notice_address) == (None, "https://example.kr/notice/1")


@pytest.mark.parametrize("missing", ["published_at_0", "notice", "notice_url"])
def test_둘_다_없으면_등록하지_않는다(missing: str) -> None:
    response = desk().post(ADD, {**TERMS, **TYPED, missing: ""})
    assert response.status_code == 200
    assert MileagePolicy.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [{"is_legal": False}, {"when": "2026-11-24 09:00"}],
    ids=["보통 공지", "아직 게시하지 않은 공지"],
)
def test_게시한_제도_공지만_고를_수_있다(fields: dict[str, object]) -> None:
    notice = announced(**fields)
    client = desk()
    assert "마일리지 기준 변경" not in client.get(ADD).content.decode()
    assert client.post(ADD, {**TERMS, "legal_notice": notice.pk}).status_code == 200
    assert MileagePolicy.objects.count() == 1


def test_공고가_30일보다_가까우면_받지_않는다() -> None:
    notice = announced(when="2026-11-20 09:00")
    response = desk().post(ADD, {**TERMS, "effective_from": "2026-12-19", "legal_notice": notice.pk})
    assert "30일이 지난 날부터" in response.content.decode()
    assert MileagePolicy.objects.count() == 1


def test_공지는_승인한_기준을_함께_보이고_쉬는_날은_그_공지로_이어진다() -> None:
    notice, plain = announced(), announced("다른 공지")
    policy_from("2027-01-01", earn_per_issue=2, validity_months=24, legal_notice=notice, notice_url="")
    draft = {"published_at": notice.publish_at, "made_by": make_user(Role.POLICY_ADMIN), "reason": "설비 점검"}
    rest = Suspension(starts_on=date(2027, 1, 4), ends_on=date(2027, 1, 5), legal_notice=notice, **draft)
    rest.save()
    page = Client().get(reverse("helpdesk:notice", args=[notice.pk])).content.decode()
    assert "이 공지로 시행하는 내용" in page
    assert "2027. 1. 1.(금)부터 인터넷 보증서 1건을 발급받을 때마다 2콜을 적립하고" in page
    assert "24개월 동안 쓸 수 있습니다." in page
    assert "설비 점검" not in page  # 승인하기 전
    Suspension.objects.filter(pk=rest.pk).update(
        checked_by=make_user(Role.POLICY_ADMIN), checked_at=at("2026-11-23 09:00")
    )
    page = Client().get(reverse("helpdesk:notice", args=[notice.pk])).content.decode()
    assert "2027. 1. 4.(월)부터 2027. 1. 5.(화)까지 문자메시지서비스를 쉽니다. 설비 점검." in page
    assert "시행하는 내용" not in Client().get(reverse("helpdesk:notice", args=[plain.pk])).content.decode()
    member = Client()
    member.force_login(make_user(Role.MEMBER_USER, member=make_member()), BACKEND)
    assert f'href="{reverse("helpdesk:notice", args=[notice.pk])}"' in member.get("/sms/").content.decode()
