"""What becomes of reserved calls, over the gateway's own wire: committed, or back where they came from (§6.2)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from portal.access import Actor
from portal.members.models import Member
from portal.members.roles import Role
from sms.account import balance
from sms.actions.mileage import book_lapsed, book_outcomes, earn, spend, sweep_reservations
from sms.actions.mileage.reconciling import reconcile, resolve_anomaly
from sms.delivery import review
from sms.delivery.reports import apply_reports, collect
from sms.gateways.local import LocalGateway
from sms.gateways.protocol import ErrorClass, Report, ReportStatus
from sms.invariants_ledger import ledger_violations
from sms.models import Batch, BatchState, Channel, Entry, Lot, Message, MileageAnomaly, Purpose, Receipt
from sms.outbox import Draft, queue
from tests.factories import at, make_member, make_user
from tests.flows.test_delivery import NOON, batches, pass_quarantine, run
from tests.gateway_simulator import SimulatorProcess

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def gateway(simulator: SimulatorProcess) -> LocalGateway:
    simulator.reset()
    return simulator.gateway(quarantine=timedelta(minutes=1))


@pytest.fixture
def member() -> Member:
    return make_member()


def earned(member: Member, *days: str) -> list[Lot]:
    return [
        earn(member_id=member.pk, source=f"{member.pk}:{n}", label="계약보증", at=at(f"{day} 10:00"))
        for n, day in enumerate(days)
    ]


def sent(
    member: Member, *tails: str, each: int = 1, body: str = "내일 08시 집합", now: datetime = NOON
) -> list[Message]:
    """Messages to 010-0000-<tail>, written and paid for in one transaction, as the service does."""
    drafts = [
        Draft(
            key=f"free:{member.pk}:{tail}:{now.isoformat()}", member_id=member.pk, channel=Channel.SMS,
            purpose=Purpose.FREE_SMS, to=f"0100000{tail}", body=body, valid_until=now + timedelta(hours=9),
        )
        for tail in tails
    ]  # fmt: skip
    keys = [draft.key for draft in drafts]
    with transaction.atomic():
        spend(member_id=member.pk, key=keys[0][:80], message_keys=keys, calls_each=each, by=SYSTEM, at=now)
        queue(drafts, at=now)
    found = {message.key: message for message in Message.everything.filter(key__in=keys)}
    return [found[key] for key in keys]


def reported(message: Message, status: str, *, now: datetime = NOON) -> int:
    error = ErrorClass.BAD_NUMBER if status == "undelivered" else None
    ref = message.results.get(number=32767).provider_ref
    return apply_reports([Report(None, ref, ReportStatus(status), "2001", error, now)], gateway="local", at=now)


def lines(message: Message) -> list[tuple[str, int, str]]:
    rows = Entry.everything.filter(message_key=message.key).order_by("id")
    return [(row.kind, row.calls, row.reason) for row in rows]


def rests(*lots: Lot) -> list[int]:
    for lot in lots:
        lot.refresh_from_db()
    return [lot.remaining for lot in lots]


SPENT, COMMITTED = ("spend", -1, ""), ("commit", 0, "")


# 확정


def test_중계사가_받으면_확정하고_도착하면_그대로다(
    simulator: SimulatorProcess, gateway: LocalGateway, member: Member
) -> None:
    earned(member, "2026-06-10", "2026-06-11")
    (message,) = sent(member, "0100")
    assert (lines(message), balance(member.pk, NOON)) == ([SPENT], 1)
    run(gateway)
    assert (lines(message), balance(member.pk, NOON)) == ([SPENT, COMMITTED], 1)
    simulator.control(advance=3)
    assert collect(gateway, at=NOON) == 1
    assert sweep_reservations(NOON + timedelta(days=5)) == 0
    assert (lines(message), balance(member.pk, NOON)) == ([SPENT, COMMITTED], 1)
    assert ledger_violations() == []


# 환불


def test_도착하지_않으면_쓴_적립분으로_돌아가고_기한은_그대로다(
    simulator: SimulatorProcess, gateway: LocalGateway, member: Member
) -> None:
    """10, 12: three recipients, the middle number does not exist."""
    lots = earned(member, "2026-01-10", "2026-02-10", "2026-03-10")
    messages = sent(member, "0100", "9001", "0102")
    run(gateway)
    assert rests(*lots) == [0, 0, 0]
    simulator.control(advance=3)
    collect(gateway, at=NOON)
    assert rests(*lots) == [0, 1, 0]
    assert lines(messages[1]) == [SPENT, COMMITTED, ("refund", 1, "undelivered")]
    assert [lines(message) for message in (messages[0], messages[2])] == [[SPENT, COMMITTED]] * 2
    assert lots[1].expires_at == at("2027-02-11 00:00")
    assert ledger_violations() == []


def test_중계사가_거절하면_확정_없이_돌아온다(gateway: LocalGateway, member: Member) -> None:
    (lot,) = earned(member, "2026-06-10")
    (message,) = sent(member, "9010")
    run(gateway)
    assert lines(message) == [SPENT, ("refund", 1, "refused")]
    assert rests(lot) == [1]


def test_유효_시간이_지나_보내지_않으면_돌아온다(gateway: LocalGateway, member: Member) -> None:
    (lot,) = earned(member, "2026-06-10")
    (message,) = sent(member, "0100")
    run(gateway, at("2026-11-21 09:00"))
    assert lines(message) == [SPENT, ("refund", 1, "expired")]
    assert rests(lot) == [1]


def test_여러_적립분으로_치른_메시지는_그_적립분들로_나누어_돌아온다(
    gateway: LocalGateway, member: Member
) -> None:
    lots = earned(member, "2026-01-10", "2026-02-10", "2026-03-10", "2026-04-10")
    (message,) = sent(member, "9010", each=3)
    assert rests(*lots) == [0, 0, 0, 1]
    run(gateway)
    assert rests(*lots) == [1, 1, 1, 1]
    assert [line for line in lines(message) if line[0] == "refund"] == [("refund", 1, "refused")] * 3


def test_소멸한_적립분으로_돌아가면_환불과_소멸을_함께_적는다(gateway: LocalGateway, member: Member) -> None:
    """11: usable calls stay what they are."""
    (lot,) = earned(member, "2025-11-20")  # 2026-11-20 안에만 쓸 수 있다
    (message,) = sent(member, "9005")
    run(gateway)
    later = at("2026-11-22 10:00")
    book_lapsed(later)
    reported(message, "undelivered", now=later)
    kinds = list(Entry.everything.filter(lot=lot).order_by("id").values_list("kind", "calls"))
    assert kinds == [("earn", 1), ("spend", -1), ("commit", 0), ("refund", 1), ("lapse", -1)]
    assert (rests(lot), balance(member.pk, later), ledger_violations()) == ([0], 0, [])


def test_실패를_세_번_들어도_한_번만_돌려준다(gateway: LocalGateway, member: Member) -> None:
    """13"""
    (lot,) = earned(member, "2026-06-10")
    (message,) = sent(member, "9005")
    run(gateway)
    for _ in range(3):
        reported(message, "undelivered")
    assert book_outcomes([message.pk] * 3, at=NOON) == 0
    assert (rests(lot), len(lines(message))) == ([1], 3)


def test_환불한_뒤에_도착하면_다시_빼지_않고_이상으로_남긴다(gateway: LocalGateway, member: Member) -> None:
    """14"""
    (lot,) = earned(member, "2026-06-10")
    (message,) = sent(member, "9005")
    run(gateway)
    reported(message, "undelivered")
    for _ in range(2):
        reported(message, "delivered")
    assert rests(lot) == [1]
    anomaly = MileageAnomaly.everything.get()
    assert (anomaly.kind, anomaly.subject, anomaly.member) == ("delivered_after_refund", message.key, member)
    officer = Actor.user(make_user(Role.HQ_UNDERWRITER))
    resolve_anomaly(anomaly_id=anomaly.pk, note="중계사에 확인, 조합 부담", by=officer, at=NOON)
    sweep_reservations(NOON + timedelta(days=3))
    reconcile(at=NOON + timedelta(days=3))
    assert MileageAnomaly.everything.get().note == "중계사에 확인, 조합 부담"


def test_도착이_먼저_보고되면_나중의_실패로_돌려주지_않는다(gateway: LocalGateway, member: Member) -> None:
    (lot,) = earned(member, "2026-06-10")
    (message,) = sent(member, "9005")
    run(gateway)
    reported(message, "delivered")
    reported(message, "undelivered")
    assert (rests(lot), MileageAnomaly.everything.count()) == ([0], 0)


@pytest.mark.parametrize(
    ("_case", "body", "hours", "reason"),
    [
        ("22 문자 26시간 직전", "안내", 25.99, None),
        ("22 문자 26시간", "안내", 26, "report_timeout"),
        ("장문 81시간 직전", "가" * 46, 80.99, None),
        ("장문 81시간", "가" * 46, 81, "report_timeout"),
    ],
)
def test_기한까지_소식이_없으면_돌려준다(
    gateway: LocalGateway, member: Member, _case: str, body: str, hours: float, reason: str | None
) -> None:
    (lot,) = earned(member, "2026-06-10")
    (message,) = sent(member, "9005", body=body)
    run(gateway)
    assert sweep_reservations(NOON + timedelta(hours=hours)) == (1 if reason else 0)
    assert rests(lot) == [1 if reason else 0]
    assert lines(message)[2:] == ([("refund", 1, reason)] if reason else [])
    assert sweep_reservations(NOON + timedelta(hours=hours)) == 0


def test_결과를_모르는_동안에는_돌려주지_않고_찾으면_확정한다(
    simulator: SimulatorProcess, gateway: LocalGateway, member: Member
) -> None:
    """23: the answer is lost, the message is found by its key; it went out once."""
    (lot,) = earned(member, "2026-06-10")
    (message,) = sent(member, "0100")
    simulator.control(faults=[{"answer": "lose", "accept": "all", "seconds": 0.1}])
    run(gateway)
    assert batches() == [("unknown", 1)]
    assert sweep_reservations(NOON + timedelta(days=5)) == 0
    assert (lines(message), rests(lot)) == ([SPENT], [0])
    pass_quarantine()
    run(gateway)
    assert lines(message) == [SPENT, COMMITTED]
    assert simulator.accepted_counts()[message.gateway_key] == 1


@pytest.mark.parametrize(("went_out", "then"), [(True, [SPENT, COMMITTED]), (False, [SPENT])])
def test_사람이_나갔다고_하면_확정한다(
    gateway: LocalGateway, member: Member, went_out: bool, then: list[tuple[str, int, str]]
) -> None:
    earned(member, "2026-06-10")
    (message,) = sent(member, "0100")
    Batch.objects.update(state=BatchState.REVIEW)
    first, second = (Actor.user(make_user(Role.IT_SUPPORT)) for _ in range(2))
    review.propose(batch_id=message.batch_id, went_out=went_out, reason="중계사 확인", by=first, at=NOON)
    review.agree(batch_id=message.batch_id, by=second, at=NOON)
    assert lines(message) == then


def test_잃어버린_단계는_다음_순회가_마저_적는다(
    simulator: SimulatorProcess, gateway: LocalGateway, member: Member
) -> None:
    """A report kept by an older portal, or a result written by another way, is booked by the sweep."""
    (lot,) = earned(member, "2026-06-10")
    (message,) = sent(member, "9005")
    run(gateway)
    ref = message.results.get().provider_ref
    Receipt.objects.create(
        message=message, gateway="local", provider_ref=ref, state="undelivered", received_at=NOON
    )
    assert rests(lot) == [0]
    assert sweep_reservations(NOON + timedelta(hours=1)) == 1
    assert rests(lot) == [1]


# 돈을 내지 않은 문자


def test_조합이_보내는_문자는_마일리지를_건드리지도_묻지도_않는다(
    gateway: LocalGateway, member: Member, django_assert_num_queries: Any
) -> None:
    queue([Draft("notice", member.pk, Channel.SMS, Purpose.EXPIRY_NOTICE, "01000000100", "안내")], at=NOON)
    run(gateway)
    message = Message.everything.get(key="notice")
    with django_assert_num_queries(3):  # a savepoint, one look, its end
        assert book_outcomes([message.pk], at=NOON) == 0
    assert Entry.everything.count() == 0


# 데이터베이스의 보증


def test_한_메시지의_환불은_적립분마다_하나다(gateway: LocalGateway, member: Member) -> None:
    (lot,) = earned(member, "2026-06-10")
    (message,) = sent(member, "9010")
    run(gateway)
    with pytest.raises(IntegrityError, match="entry_refund_once"), transaction.atomic():
        Entry.everything.create(
            member=member, lot=lot, kind="refund", calls=1, message_key=message.key, at=NOON
        )  # fmt: skip


# 밤의 대사


def test_대사는_맞으면_맞다고_적고_묵은_예약을_찾아낸다(gateway: LocalGateway, member: Member) -> None:
    earned(member, "2026-06-10", "2026-06-11")
    (message,) = sent(member, "0100")
    Batch.objects.update(state=BatchState.REVIEW)
    fine = reconcile(at=NOON + timedelta(days=1))
    assert (fine.differences, fine.lots, fine.entries, fine.calls) == (0, 2, 3, 1)
    for _ in range(2):
        late = reconcile(at=NOON + timedelta(days=5))
        assert late.differences == 1
    anomaly = MileageAnomaly.everything.get()
    assert (anomaly.kind, anomaly.subject) == ("reserved_without_result", f"message:{message.key}")
