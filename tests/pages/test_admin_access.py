"""Every address of the desk for everybody: roles open pages, scope decides on rows (S30, S48, DOMAIN §2.6)."""

import logging
import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from guarantees.models import Application, Guarantee, ProductTerms
from portal.desk.buttons import ButtonAdmin
from portal.desk.reveal import RevealAdmin
from tests.pages.desk_world import (
    OTHER_BRANCH,
    OTHER_NAME,
    OWN_BRANCH,
    OWN_NAME,
    World,
    make_world,
    registered,
)  # fmt: skip

# A minute of clicking; test_access_matrix has one row a model in every run.
pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BACKEND = "portal.members.login.MemberBackend"
OFFICERS = {"관할 지점 담당", "관할 지점장", "다른 지점 담당", "지점 없는 담당", "본부 심사"}
BUSINESS = OFFICERS | {"감사"}
POLICY, IT, SUPER = {"제도 관리"}, {"정보시스템부"}, {"관리자"}
CALENDAR = BUSINESS | POLICY | IT | {"홈페이지 관리"}
MACHINE_ROOM = IT | {"본부 심사", "감사"}
HEAD_OFFICE = MACHINE_ROOM | POLICY | {"홈페이지 관리"}

# Who opens the list of a model, and who the form for a new row. The superuser opens all.
LOOKS: dict[str, set[str]] = {
    "audit.auditevent": {"감사"},
    "axes.accessattempt": set(),
    "businessdays.calendaryear": CALENDAR,
    "businessdays.holiday": CALENDAR,
    "certificates.authority": IT | {"감사"},
    "certificates.bankcertificate": BUSINESS | IT,
    "certificates.replacement": BUSINESS | IT,
    "certificates.replacementticket": IT | {"감사"},
    "certificates.revocationfetch": MACHINE_ROOM,
    "certificates.revocationlist": MACHINE_ROOM,
    "certificates.signatureevidence": BUSINESS,
    "gate.gate": MACHINE_ROOM,
    "gate.invariantrun": MACHINE_ROOM,
    "gate.recovery": MACHINE_ROOM,
    "guarantees.amountrule": BUSINESS | POLICY,
    "guarantees.application": BUSINESS,
    "guarantees.bulkrelease": BUSINESS,
    "guarantees.releaserequest": BUSINESS,
    "guarantees.capital": BUSINESS | POLICY,
    "guarantees.claim": BUSINESS,
    "guarantees.endorsement": BUSINESS,
    "guarantees.expirynotice": BUSINESS,
    "guarantees.delivery": BUSINESS,
    "guarantees.expiryrun": BUSINESS | POLICY,
    "guarantees.feeadjustment": BUSINESS | POLICY,
    "guarantees.guarantee": BUSINESS,
    "guarantees.guaranteeimport": {"본부 심사", "감사"} | IT,
    "guarantees.limitpolicy": BUSINESS | POLICY,
    "guarantees.guaranteedocument": BUSINESS,
    "guarantees.sealcertificate": {"본부 심사", "감사"} | IT,
    "guarantees.documentcheck": {"본부 심사", "감사"} | IT,
    "guarantees.memberlimit": BUSINESS,
    "guarantees.payment": BUSINESS,
    "guarantees.paymentevent": BUSINESS,
    "guarantees.refund": BUSINESS,
    "guarantees.product": BUSINESS | POLICY | {"홈페이지 관리"},
    "guarantees.productterms": BUSINESS | POLICY | {"홈페이지 관리"},
    "guarantees.screeningpolicy": BUSINESS | POLICY,
    "guarantees.sublimit": BUSINESS,
    "health.heartbeat": IT | {"감사"},
    "helpdesk.download": HEAD_OFFICE,
    "helpdesk.faqcategory": HEAD_OFFICE,
    "helpdesk.faqentry": HEAD_OFFICE,
    "helpdesk.notice": HEAD_OFFICE,
    "helpdesk.question": MACHINE_ROOM | {"홈페이지 관리"},
    "members.branch": BUSINESS | POLICY | IT,
    "members.member": BUSINESS,
    "members.user": BUSINESS | IT,
    "sms.adjustment": BUSINESS,
    "sms.batch": MACHINE_ROOM,
    "sms.entry": BUSINESS,
    "sms.ledgercheck": {"본부 심사", "감사"} | IT,
    "sms.gatewayalarm": MACHINE_ROOM,
    "sms.gatewaystate": MACHINE_ROOM,
    "sms.lot": BUSINESS,
    "sms.message": BUSINESS,
    "sms.mileageanomaly": BUSINESS,
    "sms.mileagepolicy": BUSINESS | POLICY,
    "sms.receipt": MACHINE_ROOM,
    "sms.receptionchange": BUSINESS,
    "sms.recipient": BUSINESS,
    "sms.sendernumber": {"본부 심사", "감사"} | POLICY | IT,
    "sms.suspension": BUSINESS | POLICY,
    "sms.suppression": BUSINESS,
    "sms.sendrequest": BUSINESS,
    "sms.serviceswitch": MACHINE_ROOM,
}
ADDS: dict[str, set[str]] = {
    "businessdays.holiday": POLICY | SUPER,
    "certificates.authority": IT,
    "certificates.replacementticket": IT,
    "guarantees.capital": POLICY | SUPER,
    "guarantees.amountrule": POLICY | SUPER,
    "guarantees.feeadjustment": POLICY | SUPER,
    "guarantees.limitpolicy": POLICY | SUPER,
    "guarantees.screeningpolicy": POLICY | SUPER,
    "guarantees.memberlimit": {"본부 심사"} | SUPER,
    "guarantees.product": POLICY | SUPER,
    "guarantees.productterms": POLICY | SUPER,
    "helpdesk.download": IT | SUPER | {"홈페이지 관리"},
    "helpdesk.faqcategory": IT | SUPER | {"홈페이지 관리"},
    "helpdesk.faqentry": IT | SUPER | {"홈페이지 관리"},
    "helpdesk.notice": POLICY | SUPER | {"홈페이지 관리"},
    "members.branch": POLICY | SUPER,
    "members.member": OFFICERS,
    "members.user": IT | SUPER,
    "sms.mileagepolicy": POLICY | SUPER,
    "sms.sendernumber": IT | SUPER,
    "sms.suspension": POLICY | SUPER,
    "sms.suppression": {"본부 심사"} | SUPER,
    "sms.serviceswitch": IT | {"본부 심사"} | SUPER,
}
SEES_ALL = {"본부 심사", "제도 관리", "정보시스템부", "감사", "관리자"}
SHARED = {
    "axes.accessattempt", "businessdays.calendaryear", "businessdays.holiday", "certificates.authority",
    "certificates.revocationfetch", "certificates.revocationlist", "guarantees.amountrule",
    "guarantees.guaranteeimport", "guarantees.screeningpolicy", "guarantees.capital", "guarantees.expiryrun",
    "guarantees.documentcheck", "guarantees.sealcertificate",
    "guarantees.limitpolicy", "guarantees.product", "guarantees.productterms", "health.heartbeat",
    "helpdesk.download",
    "helpdesk.faqcategory", "helpdesk.faqentry", "helpdesk.notice", "helpdesk.question", "sms.batch",
    "gate.gate", "gate.invariantrun", "gate.recovery",
    "sms.mileagepolicy", "sms.receipt", "sms.sendernumber",
    "sms.ledgercheck", "sms.suspension",
    "sms.gatewayalarm", "sms.gatewaystate",
    "sms.serviceswitch",
}  # fmt: skip
OUTSIDERS = {"손님", "조합원", "퇴사한 직원"}
STAFF = sorted(CALENDAR | SUPER | {"역할 없는 직원"})


@pytest.fixture
def world() -> Iterator[World]:
    logging.disable(logging.WARNING)  # thousands of refusals are meant here
    yield make_world()
    logging.disable(logging.NOTSET)


def signed_in(world: World, person: str) -> Client:
    client = Client()
    if person in world.people:
        client.force_login(world.people[person], backend=BACKEND)
    return client


def name(label: str, page: str) -> str:
    return f"admin:{label.replace('.', '_')}_{page}"


def looks(person: str, label: str) -> bool:
    return person in SUPER or person in LOOKS[label]


def sees(person: str, label: str, side: str) -> bool:
    """Whether the row of `side` exists for the person."""
    if person in SEES_ALL or label in SHARED:
        return True
    home = {"관할 지점 담당": "own", "관할 지점장": "own", "다른 지점 담당": "other"}
    return home.get(person) == side


def addresses(world: World, label: str) -> dict[str, str]:
    """Every address the desk gives one model, but the buttons. A row all share is asked for once."""
    found = {"목록": reverse(name(label, "changelist")), "등록": reverse(name(label, "add"))}
    for side, rows in (("own", world.own), ("other", world.other)):
        for page in ("change", "history", "delete") if side == "own" or label not in SHARED else ():
            found[f"{page} {side}"] = reverse(name(label, page), args=[rows[label].pk])
    return found


def expected(person: str, label: str) -> dict[str, tuple[int, ...]]:
    opens = looks(person, label)
    answers: dict[str, tuple[int, ...]] = {
        "목록": (200,) if opens else (403,),
        "등록": (200,) if person in ADDS.get(label, set()) else (403,),
    }
    for side in ("own", "other"):
        exists = sees(person, label, side)
        for page in ("change", "history"):
            answers[f"{page} {side}"] = (200,) if opens and exists else (404,) if opens else (403, 404)
        answers[f"delete {side}"] = (403,) if opens and exists else (403, 404)
    return answers


def test_the_table_names_every_model_on_the_desk(world):
    assert registered() == sorted(LOOKS)
    assert sorted(world.own) == sorted(LOOKS)


@pytest.mark.parametrize("person", STAFF)
def test_staff_open_what_their_role_opens_and_rows_of_their_scope(world, person):
    client = signed_in(world, person)
    wrong = []
    for label in LOOKS:
        allowed = expected(person, label)
        for page, url in addresses(world, label).items():
            status = client.get(url).status_code
            if status not in allowed[page]:
                wrong.append(f"{label} {page}: {status}, not {allowed[page]}")
    assert wrong == []


@pytest.mark.parametrize("person", sorted(OUTSIDERS))
def test_outsiders_open_nothing(world, person):
    client = signed_in(world, person)
    wrong = [
        f"{label} {page}"
        for label in LOOKS
        for page, url in addresses(world, label).items()
        if not led_away(client.get(url))
    ]
    assert wrong == []
    assert led_away(client.get(reverse("admin:index")))


def led_away(response) -> bool:
    return response.status_code == 302 and "/login/" in response["Location"]


def test_a_member_led_to_the_staff_login_is_refused(world):
    assert signed_in(world, "조합원").get(reverse("admin:index"), follow=True).status_code == 403


@pytest.mark.parametrize("person", [*STAFF, *sorted(OUTSIDERS)])
def test_buttons_and_hidden_numbers_are_for_their_roles_and_rows(world, person):
    """GET asks (200) or says it is no longer possible (302 to the row); a foreign row or role is 404."""
    client, wrong = signed_in(world, person), []
    for model, page in admin.site._registry.items():
        label = model._meta.label_lower
        for side, rows in (("own", world.own), ("other", world.other)):
            row = rows[label]
            for button in getattr(page, "buttons", ()) if isinstance(page, ButtonAdmin) else ():
                response = client.get(reverse(name(label, "do"), args=[row.pk, button.name]))
                user = world.people.get(person)
                may = user and user.is_active and user.roles & button.roles and looks(person, label)
                answer = response.status_code, led_away(response)
                if person in OUTSIDERS:
                    good = answer == (302, True)
                elif may and sees(person, label, side):
                    good = answer in ((200, False), (302, False))
                else:
                    good = answer == (404, False)
                if not good:
                    wrong.append(f"{label} {button.name} {side}: {answer}")
            if isinstance(page, RevealAdmin):
                response = client.post(reverse(name(label, "reveal"), args=[row.pk]))
                may = person in OFFICERS | SUPER and sees(person, label, side)
                good = led_away(response) if person in OUTSIDERS else response.status_code == (200 if may else 404)
                if not good:
                    wrong.append(f"{label} reveal {side}: {response.status_code}")
    assert wrong == []


def test_no_page_of_a_branch_names_another_branch_or_its_members(world):
    client = signed_in(world, "관할 지점 담당")
    urls = [reverse("admin:index"), reverse("admin:guarantees_expiryrun_preview") + "?date=2026-12-16"]
    for label in LOOKS:
        urls += list(addresses(world, label).values())
    leaks = []
    for url in urls:
        response = client.get(url)
        body = response.content.decode() if response.status_code == 200 else ""
        leaks += [f"{url}: {word}" for word in (OTHER_BRANCH, OTHER_NAME[:-3], "0987", "0985") if word in body]
    assert leaks == []


def test_head_office_reads_both_branches(world):
    body = signed_in(world, "본부 심사").get(reverse("admin:members_member_changelist")).content.decode()
    assert all(word in body for word in (OWN_BRANCH, OTHER_BRANCH, OWN_NAME, OTHER_NAME))


@pytest.mark.parametrize(
    ("_case", "label", "query"),
    [
        ("지점 이름 더듬기", "members.member", "branch__name__startswith=부산"),
        ("휴대폰 번호 더듬기", "members.member", "representative_mobile__startswith=0100000"),
        ("받는 번호 더듬기", "sms.message", "to__startswith=0100000"),
        ("본문 더듬기", "sms.message", "body__contains=인증번호"),
        ("조합원 이름 더듬기", "guarantees.guarantee", "member__name__contains=두레"),
        ("지점 이름 더듬기(두 단계)", "guarantees.guarantee", "member__branch__name__startswith=부산"),
        ("비밀번호 더듬기", "members.user", "password__startswith=md5"),
        ("다른 표로 건너가기", "members.user", "member__guarantees__amount__gt=1"),
        ("담당자 번호 더듬기", "guarantees.application", "contact_mobile__startswith=010"),
        ("심사자 비밀번호 더듬기", "guarantees.application", "reviewer__password__startswith=m"),
        ("이름 없는 조건", "guarantees.application", "nonsense=1"),
    ],
)
def test_lookups_beyond_the_filters_are_refused(world, _case, label, query):
    for person in ("관할 지점 담당", "본부 심사", "정보시스템부"):
        if looks(person, label):
            response = signed_in(world, person).get(f"{reverse(name(label, 'changelist'))}?{query}")
            assert response.status_code == 400, person


@pytest.mark.parametrize(
    ("_case", "label", "query"),
    [
        ("다른 지점으로 거르기", "guarantees.guarantee", "member__branch__id__exact={branch}"),
        ("다른 지점으로 거르기(조합원)", "members.member", "branch__id__exact={branch}"),
        ("다른 조합원 이름 찾기", "guarantees.guarantee", "q=두레"),
        ("다른 조합원 번호 찾기", "guarantees.application", "q=A26"),
        ("다른 조합원 사람 찾기", "members.user", "q=두레"),
        ("다른 조합원 공사 찾기", "guarantees.application", "q=두레배관(주) 공사"),
        ("다른 조합원 휴대폰 찾기", "sms.message", "q=010-0000-0987"),
        ("다른 조합원 수신자 찾기", "sms.recipient", "q=두레"),
        ("엉뚱한 정렬", "guarantees.guarantee", "o=99.-3"),
    ],
)
def test_filters_and_searches_never_leave_the_branch(world, _case, label, query):
    asked = query.format(branch=world.other["members.branch"].pk)
    response = signed_in(world, "관할 지점 담당").get(f"{reverse(name(label, 'changelist'))}?{asked}")
    assert response.status_code == 200
    shown = {row.pk for row in response.context["cl"].result_list}
    assert world.other[label].pk not in shown
    body = response.content.decode().replace(asked, "").replace("두레배관(주) 공사", "").replace("두레", "", 1)
    assert OTHER_BRANCH not in body


@pytest.mark.parametrize(("model", "field"), [(model, "member") for model in ("guarantee", "application", "lot")])
def test_autocomplete_offers_members_of_the_branch_only(world, model, field):
    app = "sms" if model == "lot" else "guarantees"
    asked = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
    url = reverse("admin:autocomplete")
    offered = signed_in(world, "관할 지점 담당").get(url, asked).json()["results"]
    assert [choice["text"] for choice in offered] == [OWN_NAME]
    assert signed_in(world, "정보시스템부").get(url, asked).status_code == 403


@pytest.mark.parametrize("page", ["preview", "run"])
@pytest.mark.parametrize("person", STAFF)
def test_preview_is_for_the_business_and_running_for_head_office(world, person, page):
    status = signed_in(world, person).get(reverse(f"admin:guarantees_expiryrun_{page}")).status_code
    looking = BUSINESS | POLICY | SUPER
    may = person in (looking if page == "preview" else {"본부 심사", "제도 관리"})
    assert status == (200 if may else 404)


def test_third_party_pages_stay_out(world):
    assert {label.split(".")[0] for label in registered()} == {
        "audit", "axes", "businessdays", "certificates", "guarantees", "health", "helpdesk", "members", "sms",
        "gate",
    }  # fmt: skip


def test_nothing_offers_to_delete_in_bulk(world):
    client = signed_in(world, "관리자")
    for label in LOOKS:
        body = client.get(reverse(name(label, "changelist"))).content.decode()
        assert "delete_selected" not in body, label


LINK = re.compile(r'<div class="readonly"><a href="(/admin/[^"]+)"')


@pytest.mark.parametrize("person", ["관할 지점 담당", "본부 심사", "제도 관리", "감사"])
def test_no_detail_links_to_a_page_its_reader_may_not_open(world, person):
    Application.everything.update(reviewer=world.people["본부 심사"])
    Guarantee.everything.update(issued_by=world.people["본부 심사"])
    ProductTerms.objects.update(made_by=world.people["제도 관리"])
    client, dead = signed_in(world, person), []
    for label, row in world.own.items():
        response = client.get(reverse(name(label, "change"), args=[row.pk]))
        if response.status_code == 200:
            links = set(LINK.findall(response.content.decode()))
            dead += [f"{label}: {url}" for url in links if client.get(url).status_code != 200]
    assert dead == []
