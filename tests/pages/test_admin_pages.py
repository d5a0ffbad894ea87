"""What the desk's pages show and keep: calendar, products, messages; and what each list costs the database."""

import re
from datetime import date

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guarantees.models import Product, ProductTerms, RequiredDocument
from portal.audit.models import AuditEvent
from portal.audit.words import name_of
from portal.businessdays.models import Holiday, business_calendar
from portal.members.roles import Role
from sms.models import Batch, Message, SenderNumber
from tests.factories import at, make_application, make_branch, make_guarantee, make_member, make_user
from tests.pages.desk_world import NOW, make_message, make_rows, make_world

pytestmark = pytest.mark.django_db

BACKEND = "portal.members.login.MemberBackend"


@pytest.fixture(autouse=True)
def _friday():
    with time_machine.travel(at("2026-11-20 10:00"), tick=False):
        yield


@pytest.fixture
def branch():
    return make_branch()


@pytest.fixture
def officer(branch):
    return make_user(Role.BRANCH_OFFICER, branch=branch)


@pytest.fixture
def policy():
    return make_user(Role.POLICY_ADMIN)


def desk(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def text_of(response) -> str:
    return response.content.decode()


def last_event() -> AuditEvent:
    return AuditEvent.everything.order_by("-id")[0]


# Calendar


def test_a_temporary_holiday_moves_the_calendar_and_is_written_down(policy):
    url = reverse("admin:businessdays_holiday_add")
    typed = {"on": "2026-12-24", "name": "임시공휴일", "is_closed": "on", "note": "국무회의 2026. 11. 20."}
    assert "필수" in text_of(desk(policy).post(url, {**typed, "note": ""}))
    response = desk(policy).post(url, typed, follow=True)
    assert "발송일이 바뀔 수 있습니다" in text_of(response)
    assert not business_calendar().is_business_day(date(2026, 12, 24))  # Thu
    assert (Holiday.objects.get(on="2026-12-24").source, last_event().action) == ("staff", "holiday.add")


def test_a_holiday_of_the_public_data_turned_open_becomes_the_staffs(policy):
    row = Holiday.objects.create(on=date(2026, 12, 25), name="기독탄신일", source="library")
    url = reverse("admin:businessdays_holiday_change", args=[row.pk])
    form = desk(policy).get(url).context["adminform"].form
    assert sorted(form.fields) == ["is_closed", "note"]
    desk(policy).post(url, {"note": "특별 근무 결의", "name": "바꾼 이름", "on": "2026-12-28"})
    row.refresh_from_db()
    assert (row.on, row.name, row.is_closed, row.source) == (date(2026, 12, 25), "기독탄신일", False, "staff")
    assert last_event().detail == {"fields": ["is_closed", "note"]}


@pytest.mark.parametrize(("day", "is_accepted"), [("2026-11-19", False), ("2026-11-20", True)])
def test_a_day_gone_by_stays_as_it_was(policy, day, is_accepted):
    typed = {"on": day, "name": "휴무", "is_closed": "on", "note": "결의"}
    desk(policy).post(reverse("admin:businessdays_holiday_add"), typed)
    assert Holiday.objects.filter(on=day).exists() is is_accepted


# Products


def product_form(product, **typed):
    papers = list(product.required_documents.all())
    form = {
        "name": product.name, "sms_label": product.sms_label, "family": product.family, "obligee": product.obligee,
        "purpose": product.purpose, "limit_weight_bp": product.limit_weight_bp, "position": product.position,
        "is_offered": "on", "expiry_sms": "on",
        "required_documents-TOTAL_FORMS": len(papers) + 1, "required_documents-INITIAL_FORMS": len(papers),
    }  # fmt: skip
    for n, paper in enumerate(papers):
        form |= {
            f"required_documents-{n}-id": paper.pk, f"required_documents-{n}-product": product.pk,
            f"required_documents-{n}-name": paper.name, f"required_documents-{n}-is_required": "on",
            f"required_documents-{n}-hint": paper.hint, f"required_documents-{n}-position": paper.position,
        }  # fmt: skip
    return form | typed


def test_the_policy_department_changes_a_product_and_its_papers(policy, officer):
    product = Product.objects.get(pk="C1")
    url = reverse("admin:guarantees_product_change", args=["C1"])
    more = {
        "purpose": "도급 계약을 맺을 때",
        "required_documents-1-name": "현장설명서",
        "required_documents-1-position": "9",
    }
    assert desk(officer).post(url, product_form(product, **more)).status_code == 403
    response = desk(policy).post(url, product_form(product, **more))
    assert response.status_code == 302, response.context["errors"]
    product.refresh_from_db()
    assert product.purpose == "도급 계약을 맺을 때"
    assert RequiredDocument.objects.filter(product=product, name="현장설명서").count() == 1
    actions = set(AuditEvent.everything.values_list("action", flat=True))
    assert {"product.change", "requireddocument.add"} <= actions


@pytest.mark.parametrize(("day", "is_accepted"), [("2026-11-20", False), ("2026-11-21", True)])
def test_a_rate_begins_tomorrow_at_the_earliest_and_names_its_maker(policy, day, is_accepted):
    typed = {"product": "C1", "effective_from": day, "base_ppm": "5500", "minimum_fee": "5000"}
    desk(policy).post(reverse("admin:guarantees_productterms_add"), typed)
    made = ProductTerms.objects.filter(product_id="C1", base_ppm=5500)
    assert made.exists() is is_accepted
    assert all((terms.made_by, terms.checked_by) == (policy, None) for terms in made)


def test_a_rate_once_made_is_never_edited(policy):
    terms = ProductTerms.objects.filter(product_id="C1").get()
    url = reverse("admin:guarantees_productterms_change", args=[terms.pk])
    assert desk(policy).post(url, {"base_ppm": 1}).status_code == 403


def test_a_sender_number_is_typed_in_any_spelling():
    it = make_user(Role.IT_SUPPORT)
    typed = {"number": "02-0000-0101", "owner": "설비공제조합", "proof": "이용증명원"}
    desk(it).post(reverse("admin:sms_sendernumber_add"), typed)
    assert SenderNumber.objects.filter(number="0200000101").exists()


# Messages and hidden numbers


@pytest.fixture
def batch():
    return Batch.objects.create(channel="sms", purpose="expiry_notice", size=1, not_before=NOW, created_at=NOW)


def test_a_number_is_shown_only_after_the_look_is_written_down(officer, branch, batch):
    message = make_message(make_member(branch), batch, "01000000123")
    client = desk(officer)
    url = reverse("admin:sms_message_change", args=[message.pk])
    for page in (url, reverse("admin:sms_message_changelist")):
        body = text_of(client.get(page))
        assert "010-****-0123" in body
        assert "01000000123" not in body
        assert "010-0000-0123" not in body
    assert client.get(reverse("admin:sms_message_reveal", args=[message.pk])).status_code == 405
    assert not AuditEvent.everything.filter(action="personal.look").exists()

    response = client.post(reverse("admin:sms_message_reveal", args=[message.pk]))
    assert "010-0000-0123" in text_of(response)
    event = last_event()
    assert (event.action, event.actor, event.member, event.detail) == (
        "personal.look", officer, message.member, {"fields": ["받는 곳"]},
    )  # fmt: skip


def test_a_one_time_code_is_shown_to_nobody(officer, branch, batch):
    message = make_message(
        make_member(branch), batch, "01000000123", purpose="one_time_code", body="인증번호 481516 (3분내 입력)"
    )
    client = desk(officer)
    for response in (
        client.get(reverse("admin:sms_message_change", args=[message.pk])),
        client.post(reverse("admin:sms_message_reveal", args=[message.pk])),
    ):
        assert "481516" not in text_of(response)


def test_messages_tell_what_became_of_them(officer, branch, batch):
    make_message(make_member(branch), batch, "01000000123")
    assert "발송 대기" in text_of(desk(officer).get(reverse("admin:sms_message_changelist")))


# Searching


@pytest.mark.parametrize(
    ("_case", "typed", "finds"),
    [
        ("보증번호 앞부분", "2026-C1-0001", True),
        ("소문자", "2026-c1-000123-4", True),
        ("문자에 실린 번호", "C1-000123", True),
        ("사업자등록번호", "901-81-12019", True),
        ("사업자등록번호 앞자리", "90181", True),
        ("상호 일부", "누리설", True),
        ("공사명 일부", "환기설비", True),
        ("없는 번호", "2026-C1-0009", False),
        ("없는 말", "정수장", False),
    ],
)
def test_guarantees_are_found_by_what_people_have_at_hand(officer, branch, _case, typed, finds):
    member = make_member(branch, name="미르누리설비(주)", business_number="9018112019")
    make_guarantee(member, number="2026-C1-000123-4", contract_name="가온초 급식실 환기설비 개선공사")
    response = desk(officer).get(reverse("admin:guarantees_guarantee_changelist"), {"q": typed})
    assert response.context["cl"].result_count == int(finds)


def test_the_queue_shows_open_applications_oldest_first_and_no_drafts(officer, branch):
    member = make_member(branch)
    young = make_application(member, "submitted", submitted_at=at("2026-11-19 10:00"))
    old = make_application(member, "submitted", submitted_at=at("2026-11-17 09:00"))
    make_application(member, "draft")
    make_application(member, "withdrawn", closed_at=NOW)
    response = desk(officer).get(reverse("admin:guarantees_application_changelist"))
    assert [row.pk for row in response.context["cl"].result_list] == [old.pk, young.pk]
    assert "3일 1시간" in text_of(response)
    everything = desk(officer).get(reverse("admin:guarantees_application_changelist"), {"queue": "all"})
    assert everything.context["cl"].result_count == 3


def test_a_draft_does_not_exist_for_the_branch(officer, branch):
    draft = make_application(make_member(branch), "draft")
    assert desk(officer).get(reverse("admin:guarantees_application_change", args=[draft.pk])).status_code == 404


# Every page


@pytest.mark.slow
def test_no_page_carries_inline_script_or_style(branch):
    world = make_world()
    inline = re.compile(rb"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>")
    found = []
    for person in ("관할 지점 담당", "제도 관리", "정보시스템부", "관리자"):
        client = desk(world.people[person])
        urls = [reverse("admin:index"), reverse("admin:guarantees_expiryrun_preview")]
        for label, row in world.own.items():
            name = f"admin:{label.replace('.', '_')}"
            urls += [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])]
            urls += [reverse(f"{name}_add"), reverse(f"{name}_history", args=[row.pk])]
        for url in urls:
            response = client.get(url)
            if response.status_code == 200 and (match := inline.search(response.content)):
                found.append(f"{url}: {match[0]!r}")
    assert found == []


# What signing in costs on every page: session and person.
ALWAYS = 2
LISTS = {
    "audit.auditevent": ("감사", 2),
    "guarantees.application": ("관할 지점 담당", 4),
    "guarantees.expirynotice": ("관할 지점 담당", 3),
    "guarantees.guarantee": ("관할 지점 담당", 4),
    "members.member": ("관할 지점 담당", 3),
    "members.user": ("정보시스템부", 3),
    "sms.entry": ("관할 지점 담당", 3),
    "sms.lot": ("관할 지점 담당", 3),
    "sms.message": ("관할 지점 담당", 4),
    "sms.receptionchange": ("관할 지점 담당", 3),
    "sms.recipient": ("관할 지점 담당", 3),
}


def test_lists_cost_the_same_however_many_rows(branch):
    world = make_world()
    for _ in range(3):
        fill(world)
    costs = {}
    for label, (person, _most) in LISTS.items():
        client = desk(world.people[person])
        with CaptureQueriesContext(connection) as queries:
            response = client.get(reverse(f"admin:{label.replace('.', '_')}_changelist"))
        assert len(response.context["cl"].result_list) >= 4, label
        costs[label] = (person, len(queries) - ALWAYS)
    assert costs == LISTS


def fill(world) -> None:
    """Another member of the own branch with a row of each kind."""
    rows = make_rows(
        world.own["members.branch"], "해든기공(주)", "01000000456", world.own["guarantees.expiryrun"],
        world.own["sms.batch"],
    )  # fmt: skip
    assert rows["members.member"].branch == world.own["members.branch"]


def test_the_front_page_stays_cheap():
    world = make_world()
    client = desk(world.people["관할 지점 담당"])
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("admin:index"))
    assert len(queries) - ALWAYS <= 23, "one or two a list, whatever the lists hold"


def test_a_message_is_never_counted_beyond_what_a_person_pages(officer, branch, batch, monkeypatch):
    member = make_member(branch)
    monkeypatch.setattr("portal.desk.paging.FAR_ENOUGH", 2)
    for n in range(5):
        make_message(member, batch, f"0100000000{n}")
    assert Message.everything.count() == 5
    response = desk(officer).get(reverse("admin:sms_message_changelist"))
    assert response.context["cl"].result_count == 3


def test_two_people_end_the_doubt_about_a_batch_once(branch, batch):
    make_message(make_member(branch), batch, "01000000123")
    Batch.objects.filter(pk=batch.pk).update(state="review")
    first, second = make_user(Role.IT_SUPPORT), make_user(Role.IT_SUPPORT)
    (work,) = [work for work in desk(first).get(reverse("admin:index")).context["works"] if "묶음" in work.label]
    assert work.count == 1
    assert desk(first).get(work.url).context["cl"].result_count == 1

    def press(person, button, **given):
        return desk(person).post(reverse("admin:sms_batch_do", args=[batch.pk, button]), given)

    assert "필수" in text_of(press(first, "went-out")), "what the vendor said must be written down"
    press(first, "went-out", reason="중계사 상담원 확인")
    response = press(first, "agree")
    assert response.status_code == 409
    assert "처음 확인한 사람이 동의할 수 없습니다." in text_of(response)
    batch.refresh_from_db()
    assert batch.state == "review"
    page = text_of(desk(second).get(reverse("admin:sms_batch_do", args=[batch.pk, "agree"])))
    assert "이미 나감: 중계사 상담원 확인" in page
    press(second, "agree")
    batch.refresh_from_db()
    assert batch.state == "done"
    response = press(second, "agree")
    assert response.status_code == 409
    assert "이미 처리된 발송 묶음입니다." in text_of(response)


def test_every_action_of_the_trail_has_a_korean_name():
    """`trail.record(action="noun.verb")` anywhere in the code is named for those who read the trail."""
    written = set()
    for app in ("portal", "sms", "certificates", "guarantees"):
        for source in (settings.BASE_DIR / app).rglob("*.py"):
            written |= set(re.findall(r'"((?:[a-z_]+)\.(?:[a-z_]+))",? ?by', source.read_text()))
            written |= set(re.findall(r'\baction="([a-z_]+\.[a-z_]+)"', source.read_text()))
    assert len(written) > 20
    assert sorted(action for action in written if name_of(action) == action) == []
