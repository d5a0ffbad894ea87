"""전자 송부: from issue to the beneficiary, by e-mail link and by the procurement system (DOMAIN §2.3, §2.5)."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guarantees.actions import deliveries
from guarantees.actions.deliveries import (
    AlreadyAccepted,
    InTransit,
    LacksKeys,
    NoAddress,
    NoDocument,
    deliver_anew,
    queue_delivery,
    renew_link,
    revoke_link,
    stop_deliveries,
)
from guarantees.actions.documents import make_document
from guarantees.actions.rows import NotFound, NotNow
from guarantees.actions.transmitting import NO_ANSWER, begin
from guarantees.deliveries import delivery_of, hash_of, is_irrevocable, needing_a_person
from guarantees.models import Delivery, Guarantee
from guarantees.procurement.client import HttpSystem, NoSystem, sign
from guarantees.procurement.simulator import OFFICER, RETURN_REASON, Config, SimulatorServer
from guarantees.rules.delivery import MOST_ATTEMPTS
from portal.audit.models import AuditEvent
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.gateways.transport import Channel, Limits
from sms.models import Message, Result
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import make_branch, make_guarantee, make_user
from tests.flows.delivery_world import (
    AT,
    BENEFICIARY,
    EMAIL,
    SYSTEM,
    deliver,
    document_of,
    issued,
    last_delivery,
    last_link,
    letters,
)
from tests.stories import Cast, admin, make_cast, traces, web

pytestmark = pytest.mark.django_db
NOBODY = NoSystem()
SECRET = "local-procurement-secret"
SOON = AT + timedelta(minutes=1)


@pytest.fixture
def cast(db: None, settings: Any, tmp_path: Path) -> Cast:
    settings.DOCUMENT_FOLDER = tmp_path / "documents"
    fill_calendar()
    return make_cast()


@pytest.fixture
def buyer() -> Iterator[SimulatorServer]:
    """A procurement system whose officers answer when the test says so."""
    server = SimulatorServer(("127.0.0.1", 0), Config(answer_after=3600))
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def client_of(server: SimulatorServer) -> HttpSystem:
    return HttpSystem(Channel(server.url, Limits(read=2.0, whole=3.0)), "local-key", SECRET)


def state(guarantee: Guarantee) -> str:
    return last_delivery(guarantee).state


def happened(guarantee: Guarantee) -> list[str]:
    return list(last_delivery(guarantee).events.values_list("kind", flat=True))


# ── By e-mail ──


def test_issue_queues_it_and_the_task_sends_the_link(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    delivery = last_delivery(guarantee)
    assert (delivery.state, delivery.channel, delivery.to_email) == ("queued", "email", EMAIL)
    assert letters(guarantee) == []
    assert deliver(NOBODY, SOON) == 1
    assert (state(guarantee), happened(guarantee)) == ("sent", ["queued", "sent"])
    assert letters(guarantee) == [("delivery_link", EMAIL)]
    assert deliver(NOBODY, SOON) == 0


def test_only_the_hash_of_the_link_is_kept(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    deliver(NOBODY, SOON)
    token, delivery = last_link(guarantee), last_delivery(guarantee)
    assert len(token) == 43
    assert delivery.token_hash == hashlib.sha256(token.encode()).hexdigest() == hash_of(token)
    assert delivery.token_until == SOON + timedelta(days=60)
    trail = AuditEvent.everything.filter(subject_id=str(guarantee.pk))
    assert token not in str([*trail.values_list(), *delivery.events.values_list()])


def test_to_be_handed_in_by_the_member_there_is_nothing_to_send(cast: Cast) -> None:
    guarantee = issued(cast, "print")
    assert guarantee.deliveries.count() == 0
    assert deliver(NOBODY, SOON) == 0


def test_without_an_address_the_issue_stands_and_somebody_is_asked(cast: Cast) -> None:
    document = document_of(issued(cast))
    row = queue_delivery(document=document, channel="email", to_email="", by=SYSTEM, at=AT)
    assert row is not None
    assert (row.state, row.failure) == ("failed", deliveries.NO_ADDRESS)
    assert list(needing_a_person(Delivery.everything.all())) == [row]


def test_asked_twice_it_is_delivered_once(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    again = queue_delivery(document=document_of(guarantee), channel="email", to_email=EMAIL, by=SYSTEM, at=AT)
    assert again == last_delivery(guarantee)
    assert guarantee.deliveries.count() == 1


def test_a_letter_the_mail_server_refuses_fails_the_delivery(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    deliver(NOBODY, SOON)
    token = last_link(guarantee)
    letter = Message.everything.get(to=EMAIL)
    Result.objects.create(message=letter, number=Result.LAST, state="refused", reason="bad_address", at=SOON)
    assert deliver(NOBODY, SOON + timedelta(minutes=9)) == 0
    assert deliver(NOBODY, SOON + timedelta(minutes=10)) == 1
    delivery = last_delivery(guarantee)
    assert (delivery.state, delivery.failure) == (
        "failed", "이메일이 도착하지 않았습니다: 메일 서버가 받는 주소를 거절했습니다"
    )  # fmt: skip
    assert delivery_of(token, at=SOON) is None
    assert ("delivery_failed", "contact@example.kr") in letters(guarantee)


def test_a_letter_that_went_out_is_not_looked_at_again(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    deliver(NOBODY, SOON)
    letter = Message.everything.get(to=EMAIL)
    Result.objects.create(message=letter, number=Result.LAST, state="accepted", at=SOON)
    later = SOON + timedelta(minutes=10)
    assert (deliver(NOBODY, later), deliver(NOBODY, later + timedelta(days=1))) == (1, 0)
    assert state(guarantee) == "sent"


# ── Sent anew, elsewhere, no more ──


def test_sent_to_another_address_the_old_link_dies(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    deliver(NOBODY, SOON)
    old = last_link(guarantee)
    deliver_anew(guarantee_id=guarantee.pk, channel="email", to_email="new@example.kr", by=web(cast.user), at=SOON)
    assert delivery_of(old, at=SOON) is None
    deliver(NOBODY, SOON)
    assert list(guarantee.deliveries.order_by("id").values_list("state", "to_email")) == [
        ("failed", EMAIL), ("sent", "new@example.kr")
    ]  # fmt: skip
    assert delivery_of(last_link(guarantee), at=SOON) == last_delivery(guarantee)
    assert list(needing_a_person(Delivery.everything.all())) == []


def test_a_renewed_link_goes_to_the_same_address(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    deliver(NOBODY, SOON)
    old = last_link(guarantee)
    renew_link(delivery_id=last_delivery(guarantee).pk, by=admin(cast.officer), at=SOON)
    assert (delivery_of(old, at=SOON), letters(guarantee)) == (None, [("delivery_link", EMAIL)] * 2)
    assert delivery_of(last_link(guarantee), at=SOON) is not None


def test_a_withdrawn_link_opens_nothing(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    deliver(NOBODY, SOON)
    revoke_link(
        delivery_id=last_delivery(guarantee).pk, reason="다른 사람에게 전달됨", by=admin(cast.officer), at=SOON
    )
    assert delivery_of(last_link(guarantee), at=SOON) is None
    assert happened(guarantee)[-1] == "revoked"


def test_a_link_lives_sixty_days(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    deliver(NOBODY, SOON)
    token = last_link(guarantee)
    end = SOON + timedelta(days=60)
    assert delivery_of(token, at=end - timedelta(seconds=1)) is not None
    assert delivery_of(token, at=end) is None


def test_a_newer_document_takes_the_place_of_the_older(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    deliver(NOBODY, SOON)
    old = last_link(guarantee)
    guarantee.version, guarantee.amount, guarantee.outstanding = 1, 40_000_000, 40_000_000
    guarantee.save()
    document = make_document(guarantee=guarantee, at=SOON, officer=None)
    assert delivery_of(old, at=SOON) is None  # already before anything new is queued
    queue_delivery(document=document, channel="email", to_email=EMAIL, by=SYSTEM, at=SOON)
    deliver(NOBODY, SOON)
    states = list(guarantee.deliveries.order_by("id").values_list("document__version", "state"))
    assert states == [(0, "failed"), (1, "sent")]
    assert delivery_of(last_link(guarantee), at=SOON) is not None


def test_with_the_guarantee_its_deliveries_stop(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    assert stop_deliveries(guarantee=guarantee, why="보증 취소", by=admin(cast.officer), at=SOON) == 1
    assert (state(guarantee), deliver(NOBODY, SOON)) == ("failed", 0)


def test_what_is_not_needed_any_more_is_not_sent(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    Guarantee.everything.filter(pk=guarantee.pk).update(
        state="cancelled", cancelled_at=AT, cancel_reason="계약 해지", outstanding=0
    )
    deliver(NOBODY, SOON)
    assert (state(guarantee), letters(guarantee)) == ("failed", [])


@pytest.mark.parametrize(
    ("_case", "is_own", "channel", "refusal"),
    [("주소 없음", True, "email", NoAddress), ("남의 보증", False, "print", NotFound)],
)
def test_refused_it_leaves_no_trace(
    cast: Cast, _case: str, is_own: bool, channel: str, refusal: type[Refusal]
) -> None:
    guarantee = issued(cast, "email")
    by = web(cast.user if is_own else make_cast().user)
    before = traces()
    with pytest.raises(refusal):
        deliver_anew(guarantee_id=guarantee.pk, channel=channel, by=by, at=AT)
    assert traces() == before


def test_a_guarantee_without_a_file_or_a_life_is_not_sent(cast: Cast) -> None:
    old = make_guarantee(cast.member)
    with pytest.raises(NoDocument):
        deliver_anew(guarantee_id=old.pk, channel="print", by=web(cast.user), at=AT)
    over = issued(cast)
    Guarantee.everything.filter(pk=over.pk).update(state="released", released_at=AT, outstanding=0)
    with pytest.raises(NotNow):
        deliver_anew(guarantee_id=over.pk, channel="email", to_email=EMAIL, by=web(cast.user), at=AT)


def test_another_branch_does_not_see_it(cast: Cast) -> None:
    guarantee = issued(cast, "email")
    far = make_user(Role.BRANCH_OFFICER, branch=make_branch())
    with pytest.raises(NotFound):
        renew_link(delivery_id=last_delivery(guarantee).pk, by=admin(far), at=AT)


# ── By the procurement system ──


def test_a_contract_guarantee_waits_for_the_officers_answer(cast: Cast, buyer: SimulatorServer) -> None:
    guarantee, system = issued(cast, "procurement"), client_of(buyer)
    deliver(system, SOON)
    delivery = last_delivery(guarantee)
    assert (delivery.state, delivery.provider_reference, delivery.attempts) == ("sent", "P000001", 1)
    taken = buyer.desk.taken[str(delivery.public_id)].content
    assert taken == {
        "kind": "contract", "guarantee_number": guarantee.number, "contract_number": "2026-0001",
        "beneficiary_name": "누리교육지원청", "beneficiary_number": BENEFICIARY,
        "applicant_number": cast.member.business_number, "amount": 30_000_000, "starts_on": "2026-11-16",
        "ends_on": "2027-06-30", "sha256": document_of(guarantee).sha256,
    }  # fmt: skip
    assert not is_irrevocable(guarantee)
    deliver(system, SOON + timedelta(minutes=10))
    assert state(guarantee) == "sent"
    buyer.desk.decide(str(delivery.public_id))
    deliver(system, SOON + timedelta(minutes=20))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.answered_by) == ("accepted", OFFICER)
    assert is_irrevocable(guarantee)
    assert letters(guarantee) == [
        ("delivery_accepted", cast.officer.email), ("delivery_accepted", "contact@example.kr")
    ]  # fmt: skip


def bid(cast: Cast, **fields: object) -> Guarantee:
    given: dict[str, object] = {
        "product_code": "B1", "contract_amount": 200_000_000, "amount": 20_000_000, "contract_number": "R26-0001",
        "completes_on": date(2026, 11, 25),
        **fields,
    }  # fmt: skip
    return issued(cast, "procurement", **given)


def test_a_bid_guarantee_is_accepted_by_its_transmission(cast: Cast, buyer: SimulatorServer) -> None:
    guarantee = bid(cast)
    assert not is_irrevocable(guarantee)
    deliver(client_of(buyer), SOON)
    assert (state(guarantee), is_irrevocable(guarantee)) == ("accepted", True)
    taken = buyer.desk.taken[str(last_delivery(guarantee).public_id)].content
    assert (taken["kind"], taken["notice_number"]) == ("bid", "R26-0001")
    with pytest.raises(AlreadyAccepted):
        deliver_anew(guarantee_id=guarantee.pk, channel="print", by=web(cast.user), at=SOON)


def test_returned_it_lies_on_the_desk_until_it_is_sent_anew(cast: Cast, buyer: SimulatorServer) -> None:
    guarantee, system = issued(cast, "procurement", contract_number="2026-RETURN"), client_of(buyer)
    deliver(system, SOON)
    buyer.desk.decide(str(last_delivery(guarantee).public_id))
    deliver(system, SOON + timedelta(minutes=10))
    delivery = last_delivery(guarantee)
    assert (delivery.state, delivery.return_reason) == ("returned", RETURN_REASON)
    assert list(needing_a_person(Delivery.everything.all())) == [delivery]
    assert [what for what, _to in letters(guarantee)] == ["delivery_returned"] * 2
    deliver_anew(guarantee_id=guarantee.pk, channel="print", by=web(cast.user), at=SOON)
    assert list(needing_a_person(Delivery.everything.all())) == []


def test_refused_for_good_it_is_not_tried_again(cast: Cast, buyer: SimulatorServer) -> None:
    guarantee, system = bid(cast, contract_number="R26-REFUSE"), client_of(buyer)
    deliver(system, SOON)
    deliver(system, SOON + timedelta(days=1))
    delivery = last_delivery(guarantee)
    assert (delivery.state, delivery.attempts) == ("failed", 1)
    assert delivery.failure == "전자조달시스템이 받지 않았습니다: 공고번호 또는 계약번호를 찾을 수 없습니다."
    assert not is_irrevocable(guarantee)


def test_a_lost_answer_is_asked_after_and_not_sent_twice(cast: Cast, buyer: SimulatorServer) -> None:
    guarantee, system = issued(cast, "procurement", contract_number="2026-LOSE"), client_of(buyer)
    deliver(system, SOON)
    assert (state(guarantee), happened(guarantee)) == ("queued", ["queued", "unclear"])
    deliver(system, SOON + timedelta(minutes=1))
    assert (state(guarantee), last_delivery(guarantee).provider_reference) == ("sent", "P000001")
    assert buyer.desk.sent == [str(last_delivery(guarantee).public_id)]


def test_five_attempts_and_then_a_person(cast: Cast, buyer: SimulatorServer) -> None:
    """A bid guarantee that may have arrived cannot be cancelled either."""
    guarantee, system = bid(cast, contract_number="R26-DOWN"), client_of(buyer)
    at, tried = SOON, 0
    for minutes in (1, 5, 15, 40, 0):
        assert (state(guarantee), deliver(system, at)) == ("queued", 1)
        tried += 1
        assert deliver(system, at + timedelta(seconds=59)) == 0
        at += timedelta(minutes=minutes)
    delivery = last_delivery(guarantee)
    assert (delivery.state, delivery.attempts, delivery.failure) == ("failed", MOST_ATTEMPTS, NO_ANSWER)
    assert len(buyer.desk.sent) == tried == 5
    assert ("delivery_failed", "contact@example.kr") in letters(guarantee)
    assert is_irrevocable(guarantee)


def test_an_attempt_that_died_is_taken_up_when_its_lease_ends(cast: Cast, buyer: SimulatorServer) -> None:
    guarantee, system = issued(cast, "procurement"), client_of(buyer)
    assert begin(delivery_id=last_delivery(guarantee).pk, by=SYSTEM, at=SOON) is not None
    assert begin(delivery_id=last_delivery(guarantee).pk, by=SYSTEM, at=SOON) is None  # another worker
    assert deliver(system, SOON + timedelta(minutes=1, seconds=59)) == 0
    assert deliver(system, SOON + timedelta(minutes=2)) == 1
    assert state(guarantee) == "sent"


def test_a_transmission_in_flight_cannot_be_replaced_where_it_may_have_arrived(cast: Cast) -> None:
    guarantee = bid(cast)
    begin(delivery_id=last_delivery(guarantee).pk, by=SYSTEM, at=SOON)
    assert is_irrevocable(guarantee)
    with pytest.raises(InTransit):
        deliver_anew(guarantee_id=guarantee.pk, channel="print", by=web(cast.user), at=SOON)
    other = issued(cast, "procurement")
    begin(delivery_id=last_delivery(other).pk, by=SYSTEM, at=SOON)
    with pytest.raises(InTransit):
        deliver_anew(guarantee_id=other.pk, channel="procurement", by=web(cast.user), at=SOON)
    deliver_anew(guarantee_id=other.pk, channel="print", by=web(cast.user), at=SOON)  # the fallback of an outage
    assert not is_irrevocable(other)


def test_without_a_system_it_is_said_at_once(cast: Cast) -> None:
    guarantee = issued(cast, "procurement")
    deliver(NOBODY, SOON)
    assert last_delivery(guarantee).failure.startswith("전자조달시스템 전송이 설정되어 있지 않습니다")


def test_without_its_keys_it_cannot_go_to_the_system(cast: Cast) -> None:
    guarantee = issued(cast, "print", beneficiary_business_number="")
    with pytest.raises(LacksKeys, match="사업자등록번호가 필요합니다"):
        deliver_anew(guarantee_id=guarantee.pk, channel="procurement", by=web(cast.user), at=SOON)


def test_a_damaged_file_is_never_sent(cast: Cast, buyer: SimulatorServer, settings: Any) -> None:
    guarantee = issued(cast, "procurement")
    (file,) = Path(settings.DOCUMENT_FOLDER).rglob("*.pdf")
    file.chmod(0o600)
    file.write_bytes(b"damaged")
    deliver(client_of(buyer), SOON)
    assert (state(guarantee), buyer.desk.sent) == ("failed", [])


# ── What the system tells by itself ──


def told(content: dict[str, str], secret: str = SECRET, at: Any = SOON) -> tuple[bytes, dict[str, str]]:
    body, stamp = json.dumps(content).encode(), str(int(at.timestamp()))
    return body, {"X-Procurement-Timestamp": stamp, "X-Procurement-Signature": sign(secret, stamp, body)}


def post(body: bytes, headers: dict[str, str]) -> int:
    return (
        Client()
        .post(reverse("public:procurement_answers"), body, content_type="application/json", headers=headers)
        .status_code
    )


@pytest.fixture
def heard(cast: Cast, buyer: SimulatorServer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Guarantee:
    """A transmission the system may tell of, at SOON."""
    settings.PROCUREMENT_URL, settings.PROCUREMENT_SECRET = buyer.url, SECRET
    monkeypatch.setattr("portal.clock.now", lambda: SOON)
    guarantee = issued(cast, "procurement")
    deliver(client_of(buyer), SOON)
    return guarantee


def test_an_answer_told_twice_is_kept_once(heard: Guarantee) -> None:
    key = str(last_delivery(heard).public_id)
    said = told({"key": key, "reference": "P000001", "state": "accepted", "by": OFFICER, "reason": ""})
    assert [post(*said), post(*said)] == [200, 200]
    assert (state(heard), len(letters(heard))) == ("accepted", 2)
    later = told({"key": key, "reference": "P000001", "state": "returned", "by": OFFICER, "reason": "늦게"})
    assert (post(*later), state(heard)) == (200, "accepted")


@pytest.mark.parametrize(
    ("_case", "change", "status"),
    [
        ("다른 비밀", {"secret": "another"}, 403),
        ("6분 전", {"at": SOON - timedelta(minutes=6)}, 403),
        ("모르는 번호", {"key": "8d0c1a52-3c8e-4f5b-9a55-5a0a0f5b6c11"}, 404),
        ("번호가 아님", {"key": "1"}, 404),
        ("사유 없는 반려", {"state": "returned"}, 403),
        ("모르는 상태", {"state": "lost"}, 403),
    ],
)
def test_an_answer_that_proves_nothing_changes_nothing(
    heard: Guarantee, _case: str, change: dict[str, Any], status: int
) -> None:
    proof = {name: change[name] for name in ("secret", "at") if name in change}
    content = {"key": str(last_delivery(heard).public_id), "state": "accepted", "by": OFFICER, "reason": ""}
    content |= {name: value for name, value in change.items() if name not in proof}
    assert (post(*told(content, **proof)), state(heard)) == (status, "sent")


def test_a_body_changed_on_the_way_is_refused(heard: Guarantee) -> None:
    content = {"key": str(last_delivery(heard).public_id), "state": "accepted", "by": OFFICER}
    body, headers = told(content)
    assert (post(body.replace(b"accepted", b"waiting "), headers), state(heard)) == (403, "sent")
    assert post(body, {}) == 403
    assert post(b"0" * 20_000, headers) == 413


def test_without_a_secret_nothing_is_believed(heard: Guarantee, settings: Any) -> None:
    settings.PROCUREMENT_SECRET = ""
    content = {"key": str(last_delivery(heard).public_id), "state": "accepted", "by": OFFICER}
    assert (post(*told(content, secret="")), state(heard)) == (403, "sent")


def test_the_simulator_proves_itself_to_the_portal(heard: Guarantee, buyer: SimulatorServer) -> None:
    """Its own body and headers, taken from the wire it would call by."""
    row = buyer.desk.taken[str(last_delivery(heard).public_id)]
    row.state, row.by = "accepted", OFFICER
    assert (post(*told(row.answer)), state(heard)) == (200, "accepted")
