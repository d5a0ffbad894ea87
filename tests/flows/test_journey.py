"""The main road of the seed, walked by three people through browser pages, admin and the scheduled tasks.

A member applies, the branch screens and issues, the contact hears of it by text and e-mail, one call of
mileage is earned, and fifteen days before the end the representative and an added recipient are told once.
"""

import re
from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guarantees import tasks as guarantee_tasks
from guarantees.demo.story import PAPER
from guarantees.models import Application, Guarantee
from portal.members.models import Member, User
from portal.members.roles import Role
from sms import tasks as sms_tasks
from sms.account import balance
from sms.gateways import registry
from sms.models import Recipient
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_guarantee, make_member, make_user
from tests.gateway_simulator import API_KEY, WEBHOOK_SECRET, SimulatorProcess

pytestmark = pytest.mark.django_db
CONTACT, REPRESENTATIVE, ADDED = "01000000100", "01000000200", "01000000300"


@pytest.fixture
def phones(settings: object) -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as simulator:
        settings.SMS_GATEWAY_URL = simulator.url
        settings.SMS_GATEWAY_KEY, settings.SMS_GATEWAY_SECRET = API_KEY, WEBHOOK_SECRET
        registry.forget()
        yield simulator
    registry.forget()


@pytest.fixture
def member() -> Member:
    fill_calendar()
    return make_member(name="미르누리설비(주)", sms_name="미르누리설비", representative_mobile=REPRESENTATIVE)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="portal.members.login.MemberBackend")
    return client


def texts_to(phones: SimulatorProcess, mobile: str) -> list[str]:
    return [row["text"] for row in phones.log() if row["recipient"] == mobile]


def press(client: Client, application: Application, button: str, **answers: object) -> None:
    address = f"/admin/guarantees/application/{application.pk}/do/{button}/"
    assert client.get(address).status_code == 200
    response = client.post(address, answers)
    assert response.status_code == 302, response.content.decode()


def apply_for_a_guarantee(client: Client, ends_on: str = "2027-06-30") -> Application:
    chosen = client.post("/guarantees/apply/", {"product": "C1", "form_key": str(uuid4())})
    application = Application.everything.latest("id")
    page = f"/guarantees/applications/{application.public_id}/"
    assert chosen.url == f"{page}contract/"
    contract = {
        "contract_role": "prime", "owner_kind": "local", "work_kind": "works", "delivery_channel": "print",
        "contract_name": "가온초 급식실 환기설비 개선공사", "contract_number": "2026-0001",
        "contract_amount": "286,000,000", "contracted_on": "2026-11-20", "completes_on": ends_on,
        "beneficiary_name": "누리교육지원청", "beneficiary_business_number": "900-81-00015",
    }  # fmt: skip
    assert client.post(f"{page}contract/", contract).url == f"{page}terms/"
    terms = {"amount": "４２,９００,０００", "starts_on": "2026-11-20", "ends_on": ends_on}
    assert client.post(f"{page}terms/", terms).url == f"{page}contact-and-documents/"
    slot = application.product.required_documents.get()
    contact = {
        "contact_name": "박다솜", "contact_mobile": "010-0000-0100", "contact_email": "contact@example.kr",
        f"document_{slot.pk}": SimpleUploadedFile("계약서.pdf", PAPER, "application/pdf"),
    }  # fmt: skip
    assert client.post(f"{page}contact-and-documents/", contact).url == f"{page}confirm/"
    version = client.get(f"{page}confirm/").context["version"]
    assert client.post(f"{page}confirm/", {"version": version}).url == page
    application.refresh_from_db()
    return application


def test_from_application_to_expiry_notice(phones: SimulatorProcess, member: Member) -> None:
    person = make_user(Role.MEMBER_USER, Role.MEMBER_REP, member=member)
    officer = make_user(Role.BRANCH_OFFICER, branch=member.branch)
    with time_machine.travel(at("2026-11-23 10:00"), tick=False):  # Mon
        application = apply_for_a_guarantee(signed_in(person))
        assert application.state == "submitted"

        desk = signed_in(officer)
        press(desk, application, "take")
        press(desk, application, "approve")
        sms_tasks.deliver()
        assert texts_to(phones, CONTACT) == [
            f"[설비공제]미르누리설비 계약보증 심사승인. 약정·수수료납부 후 발급 {application.number}"
        ]
        assert [m.to for m in mail.outbox] == [["contact@example.kr"]]
        assert "승인" in mail.outbox[0].subject

        press(desk, application, "issue", agreement_confirmed="on", method="counter", fee_confirmed="on")
        sms_tasks.deliver()
        guarantee = Guarantee.everything.get(application=application)
        assert guarantee.number == "2026-C1-000001-2"
        assert texts_to(phones, CONTACT)[1] == (
            "[설비공제]미르누리설비 계약보증 발급 C1-000001 ~27.06.30. 문자마일리지 1콜 적립"
        )
        assert balance(member.pk, at("2026-11-23 10:00")) == 1
        assert guarantee.number in signed_in(person).get("/guarantees/").content.decode()

    with time_machine.travel(at("2027-06-10 10:00"), tick=False):
        representative = signed_in(person)
        adding = {
            "do": "add", "name": "최라온", "role": "공무팀장", "mobile": "010 0000 0300", "kinds": "expiry",
            "consented": "on",
        }  # fmt: skip
        assert representative.post("/mypage/recipients/", adding).status_code == 302
        sms_tasks.deliver()
        (code,) = re.findall(r"[0-9]{6}", texts_to(phones, ADDED)[0])
        proving = {"do": "prove", "recipient": Recipient.everything.get().pk, "code": code}
        assert representative.post("/mypage/recipients/", proving).status_code == 302
        guarantee_tasks.run_expiry()
        sms_tasks.deliver()
        assert texts_to(phones, REPRESENTATIVE) == []

    with time_machine.travel(at("2027-06-15 09:00"), tick=False):  # Tue, 15 days before
        guarantee_tasks.run_expiry()
        guarantee_tasks.run_expiry()
        sms_tasks.deliver()
        sms_tasks.deliver()
    notice = f"[설비공제]미르누리설비 계약보증 C1-000001 27.06.30 종료. 해제·한도문의 {member.branch.phone}"
    assert texts_to(phones, REPRESENTATIVE) == [notice]
    assert texts_to(phones, ADDED)[1:] == [notice]
    assert set(phones.accepted_counts().values()) == {1}


def test_who_is_not_told(phones: SimulatorProcess, member: Member) -> None:
    """None after opt-out or release, even between plan and call; none for bid, defect or 9,999,999 won."""
    officer = make_user(Role.BRANCH_OFFICER, branch=member.branch)
    silent = make_member(member.branch, representative_mobile="01000000400")
    opted_out_between = make_member(member.branch, representative_mobile="01000000500")
    ends_on = date(2026, 12, 8)
    for product, amount in (("B1", 50_000_000), ("D1", 50_000_000), ("C1", 9_999_999)):
        make_guarantee(member, product, amount=amount, ends_on=ends_on)
    released_before = make_guarantee(member, ends_on=ends_on)
    released_between = make_guarantee(member, ends_on=ends_on)
    make_guarantee(silent, ends_on=ends_on)
    make_guarantee(opted_out_between, ends_on=ends_on)
    told = make_guarantee(member, ends_on=ends_on)

    def release(guarantee: Guarantee) -> None:
        address = f"/admin/guarantees/guarantee/{guarantee.pk}/do/release/"
        answers = {"ground": "confirmed", "note": "누리청사 준공검사 조서"}
        signed_in(officer).post(address, answers)
        guarantee.refresh_from_db()
        assert guarantee.state == "released"

    def opt_out(company: Member) -> None:
        answers = {"caller": "강바로 대표", "note": "등록된 번호로 다시 걸어 확인"}
        signed_in(officer).post(f"/admin/members/member/{company.pk}/do/opt-out/", answers)
        assert not company.reception.representative_receives

    with time_machine.travel(at("2026-11-23 08:30"), tick=False):  # Mon
        release(released_before)
        opt_out(silent)
    with time_machine.travel(at("2026-11-23 09:00"), tick=False):
        guarantee_tasks.run_expiry()
        release(released_between)
        opt_out(opted_out_between)
        sms_tasks.deliver()
    notices = [row["text"] for row in phones.log() if "종료. 해제" in row["text"]]
    assert len(notices) == 1
    assert told.sms_number in notices[0]
