"""One contract from the bid to the release of its guarantees, by browser and desk, with the bank and the mail.

A bid guarantee is applied for, screened, signed with the certificate, paid into a virtual account and issued by
itself; the beneficiary takes it from the link and verifies it. The bid is won: the contract guarantee is filled
in from it, extended for a fee, followed by the defect guarantee, and released among others at one stroke. What
was taken from the limit is free again at the end, and each person was written to once at each step.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from guarantees import tasks
from guarantees.limits import position_of
from guarantees.models import Application, Endorsement, Guarantee, Payment, ReleaseRequest
from guarantees.payments import registry
from portal import clock
from portal.members.models import User
from portal.members.roles import Role
from sms.models import Message
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_guarantee, make_user
from tests.flows.certificate_visits import make_trust, registered, take_list
from tests.flows.delivery_world import LINK, code_on, document_of
from tests.flows.test_application_signing import sign
from tests.pages.actors import new_browser
from tests.payment_simulator import KEY, BankThread, running_bank
from tests.rules.certificates.world import NUMBER, REPRESENTATIVE
from tests.stories import BACKEND, PDF, Cast, make_cast

pytestmark = pytest.mark.django_db
TO_BID = at("2026-11-23 10:00")  # Mon
BUYER = "facility@example.kr"
ACCOUNT = {
    "method": "virtual_account", "bank": "88", "refund_bank": "04", "refund_account": "110-123-456789",
    "refund_holder": "한빛설비(주)",
}  # fmt: skip
DECIDED_AND_ISSUED = Counter(
    {"screening_result email": 1, "screening_result sms": 1, "issued email": 1, "issued sms": 1}
)
WORKS = {
    "contract_role": "prime", "owner_kind": "local", "work_kind": "works", "beneficiary_name": "누리교육지원청",
    "contract_name": "가온초 급식실 환기설비 개선공사", "beneficiary_business_number": "900-81-00015",
    "delivery_channel": "email", "beneficiary_email": BUYER,
}  # fmt: skip


@pytest.fixture
def bank(settings: Any) -> Iterator[BankThread]:
    with running_bank() as thread:
        settings.PAYMENT_URL, settings.PAYMENT_SECRET_KEY = thread.server.url, KEY
        registry.provider.cache_clear()
        yield thread
    registry.provider.cache_clear()


@dataclass
class Journey:
    """The people, the bank and the hour. Each verb is what one of them does."""

    cast: Cast
    representative: User
    bank: BankThread
    hour: time_machine.Traveller
    known: set[int] = field(default_factory=set)

    def go_to(self, moment: datetime) -> None:
        self.hour.move_to(moment)

    def client(self, user: User) -> Client:
        made = new_browser()
        made.force_login(user, backend=BACKEND)
        return made

    @property
    def member(self) -> Client:
        return self.client(self.representative)

    def told(self) -> Counter[str]:
        """`purpose channel` of every message written since this was last asked."""
        fresh = Message.everything.exclude(pk__in=self.known)
        self.known.update(fresh.values_list("pk", flat=True))
        return Counter(
            f"{message.purpose} {message.channel}" for message in Message.everything.filter(pk__in=fresh)
        )

    def used(self) -> tuple[int, int]:
        """Used and reserved of the limit."""
        position = position_of(self.cast.member.pk, day=clock.today())
        assert position is not None
        return position.used, position.reserved

    # ── The member ──

    def fill_in(self, draft: Application, **values: str) -> Application:
        """The four pages of the form, from the second on, and the last button."""
        page = f"/guarantees/applications/{draft.public_id}/"
        browser = self.member
        shown = browser.get(f"{page}contract/").context["form"]
        contract = {name: shown[name].value() or "" for name in shown.fields}
        self._step(
            browser, f"{page}contract/", {**contract, **_known(shown, {**WORKS, **values})}, f"{page}terms/"
        )
        terms = browser.get(f"{page}terms/").context["form"]
        self._step(browser, f"{page}terms/", _known(terms, values), f"{page}contact-and-documents/")
        papers = {
            f"document_{slot.pk}": SimpleUploadedFile("서류.pdf", PDF, "application/pdf")
            for slot in draft.product.required_documents.all()
        }
        contact = {"contact_name": "박다솜", "contact_mobile": "010-0000-0100", "contact_email": "c@example.kr"}
        self._step(browser, f"{page}contact-and-documents/", {**contact, **papers}, f"{page}confirm/")
        version = browser.get(f"{page}confirm/").context["version"]
        self._step(browser, f"{page}confirm/", {"version": version}, page)
        draft.refresh_from_db()
        assert draft.state == "submitted"
        return draft

    def _step(self, browser: Client, url: str, values: dict[str, Any], following: str) -> None:
        response = browser.post(url, values)
        assert response.status_code == 302, response.context["form"].errors
        assert response.url == following

    def choose(self, product: str) -> Application:
        self.member.post("/guarantees/apply/", {"product": product})
        return Application.everything.latest("id")

    def choose_next(self, guarantee: Guarantee, product: str) -> Application:
        """From the page of a guarantee of the same contract."""
        page = reverse("guarantees:guarantee", args=[guarantee.public_id])
        key = self.member.get(page).context["form_key"]
        self.member.post(f"{page}next/", {"product": product, "form_key": str(key)})
        return Application.everything.latest("id")

    def pay(self, page: str) -> Payment:
        """Asks for an account, pays into it at the bank, and the bank tells us, twice."""
        answered = self.member.post(page, ACCOUNT)
        payment = Payment.everything.latest("id")
        assert answered.url == reverse("guarantees:payment", args=[payment.public_id])
        assert payment.account_number in self.member.get(answered.url).content.decode()
        self.bank.bank.deposit(payment.order_id, payment.amount, at=clock.now().isoformat())
        for _told_twice in range(2):
            assert self.bank.callback(payment).status_code == 200
        payment.refresh_from_db()
        assert payment.state == "paid"
        return payment

    # ── The desk ──

    def press(self, user: User, row: Any, button: str, **answers: object) -> None:
        url = reverse(f"admin:guarantees_{row._meta.model_name}_do", args=[row.pk, button])
        browser = self.client(user)
        assert browser.get(url).status_code == 200
        response = browser.post(url, answers)
        assert response.status_code == 302, response.content.decode()
        row.refresh_from_db()

    def screen(self, application: Application, *, decider: User) -> None:
        self.press(self.cast.officer, application, "take")
        self.press(decider, application, "approve")
        assert application.state == "approved"

    # ── The beneficiary and his purchasing officer, without an account ──

    def take_from_the_link(self, guarantee: Guarantee) -> bytes:
        tasks.deliver_documents()
        letters = Message.everything.filter(key__startswith=f"delivery_link:{guarantee.public_id}:", to=BUYER)
        (token,) = LINK.findall(letters.latest("id").body)
        page, visitor = f"/b/{token}/", new_browser()
        assert guarantee.number in visitor.get(page).content.decode()
        content = visitor.get(f"{page}document/").content
        visitor.post(f"{page}accept/", {"name": "시설과 이나래"})
        assert guarantee.deliveries.latest("id").state == "accepted"
        return content

    def verdict(self, guarantee: Guarantee, code: str) -> str:
        answer = new_browser().post("/verify/", {"way": "number", "number": guarantee.number, "code": code})
        return _verdict(answer.content.decode())

    def verdict_of_file(self, content: bytes) -> str:
        upload = SimpleUploadedFile("보증서.pdf", content, "application/pdf")
        return _verdict(new_browser().post("/verify/", {"way": "file", "file": upload}).content.decode())


def _known(form: Any, values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name in form.fields}


def _verdict(html: str) -> str:
    found = re.search(r'class="verdict \w+".*?<h1>(.*?)</h1>.*?', html, re.S)
    assert found, html
    return found[1]


def test_from_the_bid_to_the_release(bank: BankThread) -> None:
    fill_calendar()
    with time_machine.travel(TO_BID, tick=False) as hour:
        make_trust()
        cast = make_cast(business_number=NUMBER, representative_name=REPRESENTATIVE, sms_name="한빛설비")
        registered(cast.member)
        person = make_user(Role.MEMBER_USER, Role.MEMBER_REP, member=cast.member)
        way = Journey(cast, person, bank, hour)
        start = way.used()
        bid = the_bid_is_guaranteed(way)
        contract = the_bid_is_won(way, bid)
        the_works_take_longer(way, contract)
        defect = the_works_are_done(way, contract)
        the_contract_is_released(way, contract)
        the_years_pass(way, defect)
        assert way.used() == start == (0, 0)


def the_bid_is_guaranteed(way: Journey) -> Guarantee:
    """Applied for, screened, signed with the certificate, paid by account, issued, sent, verified."""
    draft = way.choose("B1")
    application = way.fill_in(
        draft, contract_number="20261123-001", contract_amount="800,000,000", completes_on="2026-11-25",
        amount="40,000,000", starts_on="2026-11-23", ends_on="2026-12-28",
    )  # fmt: skip
    way.screen(application, decider=way.cast.officer)
    assert way.used() == (0, 40_000_000)
    assert way.told() == Counter({"screening_result email": 1, "screening_result sms": 1})
    take_list()
    assert sign(way.member, application).status_code == 200
    way.pay(reverse("guarantees:pay", args=[application.public_id]))
    application.refresh_from_db()
    assert application.state == "issued"
    guarantee = Guarantee.everything.get(application=application)
    assert way.used() == (40_000_000, 0)
    assert way.told() == Counter({"payment email": 1, "payment sms": 1, "issued email": 1, "issued sms": 1})
    document = document_of(guarantee)
    downloaded = way.take_from_the_link(guarantee)
    mine = way.member.get(reverse("guarantees:guarantee_document", args=[document.public_id]))
    assert b"".join(mine) == downloaded
    assert way.told() == Counter({"delivery email": 3})
    assert (
        way.verdict(guarantee, code_on(document))
        == "조합이 발급한 보증서가 있습니다. 내용은 다 대조하지 않았습니다"
    )
    assert way.verdict_of_file(downloaded) == "유효한 보증서입니다"
    assert way.verdict_of_file(downloaded.replace(b"/Title", b"/Titel")) == "조합이 발급한 파일이 아닙니다"
    return guarantee


def the_bid_is_won(way: Journey, bid: Guarantee) -> Guarantee:
    """The contract guarantee, filled in from the bid; the agreement and the fee come to the counter."""
    way.go_to(at("2026-12-07 10:00"))  # Mon
    draft = way.choose_next(bid, "C1")
    assert (draft.contract_name, draft.contract_amount, draft.contract_number) == (
        bid.contract_name, 800_000_000, "",
    )  # fmt: skip
    application = way.fill_in(
        draft, contract_number="2026-0105", contract_amount="780,000,000", contracted_on="2026-12-07",
        completes_on="2027-06-30", amount="117,000,000", starts_on="2026-12-07", ends_on="2027-06-30",
    )  # fmt: skip
    assert application.contract == bid.contract
    way.screen(application, decider=way.cast.head)
    way.press(
        way.cast.officer, application, "issue", agreement_confirmed="on", method="counter", fee_confirmed="on"
    )
    guarantee = Guarantee.everything.get(application=application)
    assert way.used() == (40_000_000 + 117_000_000, 0)
    way.take_from_the_link(guarantee)
    assert way.told() == DECIDED_AND_ISSUED + Counter({"delivery email": 3})
    return guarantee


def the_works_take_longer(way: Journey, contract: Guarantee) -> None:
    """A longer period, asked for by the member, approved by the head, paid and issued anew."""
    way.go_to(at("2027-05-03 10:00") + timedelta(days=1))  # Tue; Monday is a substitute holiday
    tasks.mark_expired()
    tasks.release_ended()
    assert way.used() == (117_000_000, 0), "the bid guarantee has released itself"
    first = document_of(contract)
    page = reverse("guarantees:endorse", args=[contract.public_id])
    asked = {
        "amount": "117,000,000", "starts_on": "2026-12-07", "ends_on": "2027-09-30", "ground": "period",
        "note": "설계 변경으로 준공일이 늦어졌습니다.",
    }  # fmt: skip
    assert way.member.post(page, asked).status_code == 302
    change = Endorsement.everything.get()
    way.press(way.cast.head, change, "approve")
    assert change.state == "approved"
    way.pay(reverse("guarantees:pay_endorsement", args=[change.public_id]))
    contract.refresh_from_db()
    assert (contract.version, contract.ends_on) == (1, date(2027, 9, 30))
    code = code_on(first)
    assert way.verdict(contract, code) == "새 보증서로 대체된 보증서입니다"
    assert way.told() == Counter(
        {"released sms": 1, "payment email": 1, "payment sms": 1, "endorsed email": 2, "endorsed sms": 1}
    )
    way.take_from_the_link(contract)
    assert way.told() == Counter({"delivery email": 3})


def the_works_are_done(way: Journey, contract: Guarantee) -> Guarantee:
    """The defect guarantee, from the chain, whose issue proposes the release of the contract guarantee."""
    way.go_to(at("2027-10-04 10:00") + timedelta(days=1))  # Tue; Monday is a substitute holiday
    tasks.mark_expired()
    contract.refresh_from_db()
    assert contract.state == "expired"
    assert way.used() == (117_000_000, 0), "an ended guarantee still uses the limit"
    application = way.fill_in(
        way.choose_next(contract, "D1"), work_kind="building", completes_on="2027-09-30", amount="23,400,000",
        starts_on="2027-09-30", ends_on="2029-09-29",
    )  # fmt: skip
    way.screen(application, decider=way.cast.officer)
    way.press(
        way.cast.officer, application, "issue", agreement_confirmed="on", method="counter", fee_confirmed="on"
    )
    for _twice in range(2):
        tasks.propose_releases()
    assert ReleaseRequest.everything.get().party == "system"
    assert way.told() == DECIDED_AND_ISSUED
    return Guarantee.everything.get(application=application)


def the_contract_is_released(way: Journey, contract: Guarantee) -> None:
    """The member asks, the officer releases it together with another one, and verification says so."""
    code = code_on(document_of(contract))
    asked = way.member.post(
        reverse("guarantees:ask_release", args=[contract.public_id]), {"ground": "follow_up", "note": "준공 완료"}
    )
    assert asked.status_code == 302
    request = ReleaseRequest.everything.get(state="open")
    assert request.party == "member"
    other = make_guarantee(way.cast.member, state="expired", ends_on=date(2027, 9, 1), amount=10_000_000)
    desk = way.client(way.cast.officer)
    listed = reverse("admin:guarantees_guarantee_changelist")
    page = desk.post(listed, {"action": "release_in_bulk", "_selected_action": [contract.pk, other.pk]})
    assert "보증 2건을 한꺼번에 해제합니다" in page.content.decode()
    form = {
        "form_key": page.context["form"]["form_key"].value(), "guarantee": [contract.pk, other.pk],
        "ground": "confirmed", "note": "준공검사 조서 2027. 9. 30.",
    }  # fmt: skip
    assert desk.post(reverse("admin:guarantees_bulkrelease_start"), form).status_code == 302
    tasks.release_in_bulk()
    contract.refresh_from_db()
    request.refresh_from_db()
    assert (contract.state, contract.outstanding, request.state) == ("released", 0, "done")
    assert way.used() == (23_400_000, 0)
    answer = new_browser().post("/verify/", {"way": "number", "number": contract.number, "code": code})
    assert _verdict(answer.content.decode()) == "효력이 없는 보증서입니다"
    assert "해제" in answer.content.decode()
    assert way.told() == Counter({"released email": 2, "released sms": 2})


def the_years_pass(way: Journey, defect: Guarantee) -> None:
    """The defect guarantee releases itself the night after its end."""
    way.go_to(at("2029-09-29 12:00"))
    tasks.release_ended()
    assert way.used() == (23_400_000, 0)
    way.go_to(at("2029-09-30 00:20"))
    tasks.mark_expired()
    tasks.release_ended()
    defect.refresh_from_db()
    assert defect.state == "released"
    assert way.told() == Counter({"released email": 1, "released sms": 1})
