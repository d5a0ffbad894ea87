"""32 threads spend one member's calls on a real PostgreSQL: nothing spent twice, in turn, nobody refused wrongly.

A naive read-then-write overspends here although the CHECK on `remaining` holds, and SKIP LOCKED breaks the
turn, so this test is what keeps the statement in `sms.actions.mileage` as it is.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import zip_longest
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, transaction

from portal.access import Actor, Reach, Scope
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.account import balance
from sms.actions.free_sms import Addressee, Text, send
from sms.actions.mileage import (
    NotEnoughCalls,
    ServiceSuspended,
    book_lapsed,
    book_outcomes,
    earn,
    extend_lots,
    spend,
    spending,
)
from sms.delivery.results import Step, append
from sms.invariants_ledger import ledger_violations
from sms.models import (
    Channel,
    Entry,
    Extension,
    Lot,
    Message,
    MileagePolicy,
    Purpose,
    ResultState,
    SenderNumber,
    Spend,
)
from sms.models.mileage_terms import FIRST_POLICY
from sms.outbox import Draft, queue
from sms.rules.mileage import expires_at
from tests.factories import at, make_member
from tests.faults.harness import wait_until
from tests.flows.mileage_world import policy_from, suspension_of

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 32
NOW = at("2026-12-01 10:00")
FIRST_DAY = date(2026, 1, 1)


def member_with(lots: int, calls_each: int = 1) -> Member:
    """A member with lots earned on successive days, the later ones stored first."""
    policy = MileagePolicy.objects.get(effective_from=FIRST_POLICY)
    member = make_member()
    made = Lot.everything.bulk_create(
        Lot(
            member=member, source=f"race:{n}", policy=policy, quantity=calls_each, remaining=calls_each,
            earned_on=FIRST_DAY + timedelta(days=n), expires_at=expires_at(FIRST_DAY + timedelta(days=n)),
        )
        for n in reversed(range(lots))
    )  # fmt: skip
    Entry.everything.bulk_create(
        Entry(member=member, lot=lot, kind="earn", calls=calls_each, at=at(f"{lot.earned_on} 10:00"))
        for lot in made
    )
    return member


def attempt(member: Member, key: str, messages: int, *, now: datetime = NOW) -> bool:
    keys = [f"{key}:{n}" for n in range(messages)]
    try:
        spend(member_id=member.pk, key=key, message_keys=keys, calls_each=1, by=Actor.system("race"), at=now)
    except (NotEnoughCalls, ServiceSuspended):
        return False
    return True


def together(jobs: list[Callable[[], object]]) -> list[object]:
    """Run the jobs on 32 threads that start at one moment, each with its own connection."""
    start = Barrier(THREADS)

    def work(share: list[Callable[[], object]]) -> list[object]:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            return [job() for job in share]
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return [result for part in pool.map(work, [jobs[n::THREADS] for n in range(THREADS)]) for result in part]


def assert_whole(member: Member) -> None:
    """Every lot is its quantity less its entries, and lots were used up in turn."""
    lots = list(Lot.everything.filter(member=member).order_by("expires_at", "id"))
    booked = Counter[int]()
    for lot_id, calls in Entry.everything.filter(member=member).values_list("lot_id", "calls"):
        booked[lot_id] += calls
    assert [lot.remaining for lot in lots] == [booked[lot.pk] for lot in lots]
    opened = next((n for n, lot in enumerate(lots) if lot.remaining), len(lots))
    assert all(lot.remaining == lot.quantity for lot in lots[opened + 1 :])


@pytest.mark.faults
@pytest.mark.parametrize(
    ("_case", "lots", "calls_each", "messages", "attempts", "granted"),
    [
        ("시도와 콜이 같다: 한 번의 거절도 잘못이다", 320, 1, 1, 320, 320),
        ("콜이 많은 적립분을 나눠 쓴다", 20, 16, 1, 320, 320),
        ("한 번에 여러 적립분을 쓴다", 320, 1, 5, 64, 64),
        ("적립분의 경계가 요청과 어긋난다", 46, 7, 5, 64, 64),
        ("시도가 더 많다", 60, 1, 1, 320, 60),
    ],
)
def test_동시에_써도_넘치지_않고_차례대로이며_잘못_거절하지_않는다(
    _case: str, lots: int, calls_each: int, messages: int, attempts: int, granted: int
) -> None:
    member = member_with(lots, calls_each)
    results = together([lambda n=n: attempt(member, f"k{n}", messages) for n in range(attempts)])
    assert results.count(True) == granted
    assert balance(member.pk, NOW) == lots * calls_each - granted * messages
    assert Spend.everything.filter(member=member).count() == granted
    assert_whole(member)


def test_한_콜에_두_사람이_동시에_보내면_한_사람만_보낸다() -> None:
    member = member_with(1)
    results = together([lambda n=n: attempt(member, f"k{n}", 1) for n in range(THREADS)])
    assert results.count(True) == 1
    assert_whole(member)


@pytest.mark.faults
@pytest.mark.parametrize("_round", range(3))
def test_마지막_콜을_쉰_명이_동시에_쓰면_한_명만_쓴다(_round: int) -> None:
    """fault-83"""
    member = member_with(1)
    results = together([lambda n=n: attempt(member, f"k{n}", 1) for n in range(50)])
    assert results.count(True) == 1
    assert (balance(member.pk, NOW), ledger_violations()) == (0, [])
    assert_whole(member)


@pytest.mark.parametrize(
    ("_case", "milliseconds", "granted"),
    [("1밀리초 전", -1, True), ("그 순간", 0, False), ("1밀리초 뒤", 1, False)],
)
def test_소멸하는_순간의_사용(_case: str, milliseconds: int, granted: bool) -> None:
    """fault-84"""
    member = member_with(1)
    instant = at("2027-01-02 00:00") + timedelta(milliseconds=milliseconds)
    assert attempt(member, "k", 1, now=instant) is granted
    assert Entry.everything.filter(member=member, kind="spend").count() == granted
    assert ledger_violations() == []


@pytest.mark.faults
def test_소멸_기록과_사용과_환불이_한꺼번에_와도_맞는다() -> None:
    """fault-85: half of the messages failed; their lots lapse while refunds, spends and the nightly job run."""
    member = member_with(60)
    messages = paid_messages(member, 40)
    midnight = at("2027-01-21 00:00")  # 목, 처음 20개가 소멸한 뒤
    refund = [lambda m=m: book_outcomes([m], at=midnight) for m in messages[::2] for _ in range(3)]
    spends = [lambda n=n: attempt(member, f"late{n}", 1, now=midnight) for n in range(30)]
    books = [lambda: book_lapsed(midnight)] * 10
    together([*refund, *spends, *books])
    book_lapsed(midnight)
    assert Entry.everything.filter(kind="refund").count() == 20
    assert ledger_violations() == []
    assert not Lot.everything.filter(expires_at__lte=midnight, remaining__gt=0).exists()


@pytest.mark.faults
def test_정책과_중지가_대량_발송_중에_시작되어도_맞는다() -> None:
    """fault-86: what is reserved finishes, nothing new is sent, living lots are extended once."""
    member = member_with(200)
    messages = paid_messages(member, 60)
    suspension_of("2026-12-02", "2026-12-04")
    policy_from("2026-12-02", validity_months=24)
    begins = at("2026-12-02 00:00")
    settled = [lambda m=m: book_outcomes([m], at=begins) for m in messages]
    spends = [lambda n=n: attempt(member, f"in{n}", 1, now=begins) for n in range(60)]
    extends = [lambda: extend_lots(begins)] * 20
    results = together([job for three in zip_longest(settled, spends, extends) for job in three if job])
    # ServiceSuspended is told apart in the flows.
    assert [result is False for result in results].count(True) == 60
    assert Entry.everything.filter(kind="refund").count() == 30
    assert Entry.everything.filter(kind="commit").count() == 30
    assert Extension.everything.count() == 400
    lot = Lot.everything.filter(member=member).earliest("id")
    assert lot.expires_at == expires_at(lot.earned_on, 24) + timedelta(days=3)
    assert ledger_violations() == []


def paid_messages(member: Member, count: int) -> list[int]:
    """Messages paid one by one, every other one refused by the gateway, the others taken."""
    drafts = [
        Draft(f"paid:{member.pk}:{n:03d}", member.pk, Channel.SMS, Purpose.FREE_SMS, f"0100000{n:04d}", "안내")
        for n in range(count)
    ]
    keys = [draft.key for draft in drafts]
    with transaction.atomic():
        spend(
            member_id=member.pk, key=keys[0], message_keys=keys, calls_each=1, by=Actor.system("race"), at=NOW
        )  # fmt: skip
        queue(drafts, at=NOW)
    ids = list(Message.everything.filter(key__in=keys).order_by("key").values_list("id", flat=True))
    steps = [
        Step(
            number,
            ResultState.ACCEPTED if n % 2 else ResultState.REFUSED,
            provider_ref=f"P{number}" if n % 2 else "",
        )
        for n, number in enumerate(ids)
    ]
    with transaction.atomic():
        append(steps, gateway="local", at=NOW)
    return ids


def test_같은_요청이_동시에_와도_한_번만_쓰고_모두_받아들인다() -> None:
    member = member_with(3)
    results = together([lambda: attempt(member, "form", 3)] * THREADS)
    assert results == [True] * THREADS
    assert (Spend.everything.count(), balance(member.pk, NOW)) == (1, 0)
    assert_whole(member)


def test_같은_근거의_적립이_동시에_와도_한_번만_쌓인다() -> None:
    member = make_member()
    lots = together([lambda: earn(member_id=member.pk, source="guarantee:1", label="", at=NOW)] * THREADS)
    assert (len({lot.pk for lot in lots}), balance(member.pk, NOW), Entry.everything.count()) == (1, 1, 1)


def test_소멸_기록과_사용이_겹쳐도_콜은_하나씩만_줄어든다() -> None:
    member = member_with(56)
    midnight = at("2027-01-29 00:00")  # 금, 처음 28개가 소멸한 뒤
    spends = [lambda n=n: attempt(member, f"k{n}", 1) for n in range(THREADS)]
    books = [lambda: book_lapsed(midnight)] * THREADS
    together([job for pair in zip(spends, books, strict=True) for job in pair])
    entries = Entry.everything.filter(member=member)
    assert sum(entries.values_list("calls", flat=True)) == sum(Lot.everything.values_list("remaining", flat=True))
    assert not Lot.everything.filter(expires_at__lte=midnight, remaining__gt=0).exists()


@pytest.mark.parametrize(
    ("_case", "lock", "deadlocks"),
    [
        ("열쇠가 아닌 값만 바꾼다는 잠금", "FOR NO KEY UPDATE", 0),
        ("열쇠까지 바꿀 수 있는 잠금", "FOR UPDATE", 1),
    ],
)
def test_결과를_적는_동안의_사용(_case: str, lock: str, deadlocks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever books outcomes holds a later lot and, at its commit, looks at an earlier one that it names."""
    monkeypatch.setattr(spending, "SPEND", spending.SPEND.replace("FOR NO KEY UPDATE", lock))
    member = member_with(2, calls_each=4)
    messages = paid_messages(member, 5)  # the last one out of the second lot
    book_outcomes(messages[:1], at=NOW)  # one call comes back to the first
    broken: list[OperationalError] = []

    def spends() -> None:
        try:
            attempt(member, "meanwhile", 2)
        except OperationalError as error:
            broken.append(error)
        finally:
            connection.close()

    other = Thread(target=spends)
    try:
        with transaction.atomic():
            book_outcomes([messages[1], messages[4]], at=NOW)
            other.start()
            wait_until(is_somebody_waiting, seconds=10, what="the spend waits for the second lot")
    except OperationalError as error:
        broken.append(error)
    other.join()
    assert len(broken) == deadlocks
    assert ledger_violations() == []


def is_somebody_waiting() -> bool:
    """For us, that is: the tests that run beside this one wait in databases of their own, on the same server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)))")
        return bool(cursor.fetchone()[0])


def test_같은_양식을_동시에_보내도_한_번만_나간다() -> None:
    member, by = member_with(3), sender()
    results = together([lambda: posted(member, by, FORM, people(3))] * THREADS)
    assert results == ["sent"] * THREADS
    assert (Spend.everything.count(), Message.everything.count(), balance(member.pk, NOW)) == (1, 3, 0)


def test_여러_양식을_동시에_보내면_하나만_나가고_나머지는_기다리라고_한다() -> None:
    member, by = member_with(10, calls_each=40), sender()
    results = together([lambda: posted(member, by, uuid4(), people(60)) for _ in range(THREADS)])
    assert results.count("sent") == 1
    assert set(results) == {"sent", "TooSoon"}
    assert (Message.everything.count(), balance(member.pk, NOW)) == (60, 340)


FORM = UUID("11111111-1111-4111-8111-111111111111")


def sender() -> Actor:
    """Any clerk; whose calls he may spend is shown elsewhere."""
    SenderNumber.objects.create(number="020000000", owner="조합", is_default=True)
    return Actor(None, "이나래", "web", None, Scope(Reach.EVERYTHING), frozenset({Role.MEMBER_USER}))


def people(count: int) -> list[Addressee]:
    return [Addressee(f"0100000{n:04d}") for n in range(count)]


def posted(member: Member, by: Actor, key: UUID, addressees: list[Addressee]) -> str:
    try:
        send(member_id=member.pk, key=key, text=Text("내일 08시 집합"), addressees=addressees, by=by, at=NOW)
    except Refusal as refused:
        return type(refused).__name__
    return "sent"
