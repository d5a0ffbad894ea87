"""The mileage account under events in any order, beside a model of it in plain Python.

The model knows lots, terms and messages as the cooperative's rules tell of them; the account must say the same
after every step, and its entries must add up to its lots.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from portal.access import Actor
from portal.clock import seoul_day
from portal.members.models import Member
from portal.members.roles import Role
from portal.refusals import Refusal
from sms.account import balance, statement
from sms.actions import mileage
from sms.actions.mileage.adjusting import approve_adjustment, ask_adjustment
from sms.delivery.reports import apply_reports
from sms.delivery.results import Step, append
from sms.gateways.protocol import Report, ReportStatus
from sms.invariants_ledger import ledger_violations
from sms.models import Channel, Message, MileagePolicy, Purpose, ResultState, Suspension
from sms.outbox import Draft, queue
from sms.rules.mileage import expires_at
from tests.factories import at, make_member, make_user

FIRST = at("2026-01-05 09:00")  # Monday
ENDS = {"refused": ResultState.REFUSED, "skipped": ResultState.SKIPPED, "expired": ResultState.EXPIRED}


@dataclass
class ModelLot:
    """Calls earned together; `extra` days came from suspensions."""

    source: str
    number: int
    earned_on: date
    months: int
    left: int
    extra: int = 0

    @property
    def until(self) -> datetime:
        return expires_at(self.earned_on, self.months) + timedelta(days=self.extra)


@dataclass
class ModelMessage:
    """What was paid from which lots; `state` is "", "accepted", or its end."""

    id: int
    paid: list[tuple[ModelLot, int]]
    sent_at: datetime
    state: str = ""
    accepted_at: datetime | None = None
    given_back: bool = False


@dataclass
class Model:
    """The rules of the cooperative, in memory."""

    lots: list[ModelLot] = field(default_factory=list)
    policies: list[tuple[date, int, int]] = field(default_factory=lambda: [(date(2000, 1, 1), 1, 12)])
    suspensions: list[tuple[date, date]] = field(default_factory=list)

    def policy(self, day: date) -> tuple[date, int, int]:
        return max(policy for policy in self.policies if policy[0] <= day)

    def living(self, now: datetime) -> list[ModelLot]:
        return sorted(
            (lot for lot in self.lots if lot.left and now < lot.until), key=lambda lot: (lot.until, lot.number)
        )

    def balance(self, now: datetime) -> int:
        return sum(lot.left for lot in self.living(now))

    def suspended(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.suspensions)

    def take(self, calls: int, now: datetime) -> list[tuple[ModelLot, int]]:
        """First come to lapse, first taken; one entry for each call taken together from a lot."""
        taken = []
        for lot in self.living(now):
            part = min(lot.left, calls)
            if part:
                lot.left -= part
                calls -= part
                taken.append((lot, part))
        assert calls == 0
        return taken

    def days_begin(self, was: datetime, now: datetime) -> None:
        """The terms whose day began between two instants: more time for what lived then."""
        begun = [(day, "policy", months) for day, _earn, months in self.policies]
        begun += [(first, "suspension", (last - first).days + 1) for first, last in self.suspensions]
        for day, kind, value in sorted(begun, key=lambda term: term[0]):
            start = at(f"{day} 00:00")
            if not was < start <= now:
                continue
            for lot in self.lots:
                if lot.earned_on >= day or lot.until <= start:
                    continue
                if kind == "suspension":
                    lot.extra += value
                else:
                    lot.months = max(lot.months, value, key=lambda months: expires_at(lot.earned_on, months))


class Ledger(RuleBasedStateMachine):
    """One company's account."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now, self.model, self.serial = FIRST, Model(), 0
        self.messages: list[ModelMessage] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize()
    def cast(self) -> None:
        self.member: Member = make_member()
        self.officer = Actor.user(make_user(Role.BRANCH_OFFICER, branch=self.member.branch))
        self.head = Actor.user(make_user(Role.BRANCH_HEAD, branch=self.member.branch))
        self.makers = make_user(Role.POLICY_ADMIN), make_user(Role.POLICY_ADMIN)

    @property
    def today(self) -> date:
        return seoul_day(self.now)

    def number(self) -> int:
        self.serial += 1
        return self.serial

    @rule(times=st.integers(1, 9))
    def earn(self, times: int) -> None:
        for _ in range(times):
            self._earn()

    def _earn(self) -> None:
        _day, calls, months = self.model.policy(self.today)
        number = self.number()
        source = f"{self.member.pk}:{number}"
        for _ in range(2):  # an issue told twice earns once
            lot = mileage.earn(member_id=self.member.pk, source=source, label="발급", at=self.now)
        assert (lot.quantity if lot else 0) == calls
        if lot:
            self.model.lots.append(ModelLot(source, lot.pk, self.today, months, calls))

    @rule(count=st.integers(1, 3), each=st.sampled_from([1, 3]))
    def send(self, count: int, each: int) -> None:
        self._send(count, each)

    def _send(self, count: int, each: int) -> list[ModelMessage]:
        keys = [f"free:{uuid4()}" for _ in range(count)]
        may = self.model.balance(self.now) >= count * each and not self.model.suspended(self.today)
        try:
            with transaction.atomic():
                mileage.spend(
                    member_id=self.member.pk, key=keys[0], message_keys=keys, calls_each=each,
                    by=self.officer, at=self.now,
                )  # fmt: skip
                drafts = [
                    Draft(key, self.member.pk, Channel.SMS, Purpose.FREE_SMS, "01000000100", "안내")
                    for key in keys
                ]
                queue(drafts, at=self.now)
        except Refusal:
            assert not may, "refused although it could be paid"
            return []
        assert may, "sent although it could not be paid"
        self.seen["send"] += 1
        ids = dict(Message.everything.filter(key__in=keys).values_list("key", "id"))
        sent = [ModelMessage(ids[key], self.model.take(each, self.now), self.now) for key in keys]
        self.messages += sent
        return sent

    @precondition(lambda self: self.model.balance(self.now))
    @rule(status=st.sampled_from(["delivered", "undelivered"]))
    def a_text_goes_all_the_way(self, status: str) -> None:
        """What single steps seldom reach before the lot has lapsed."""
        for message in self._send(1, 1):
            self._accepted(message)
            self._reported(message, status)

    def _ended(self, message: ModelMessage, state: ResultState) -> None:
        append([Step(message.id, state, provider_ref=f"R{message.id}")], gateway="local", at=self.now)
        mileage.book_outcomes([message.id] * 2, at=self.now)

    def _accepted(self, message: ModelMessage) -> None:
        message.state, message.accepted_at = "accepted", self.now
        self._ended(message, ResultState.ACCEPTED)

    def _reported(self, message: ModelMessage, status: str) -> None:
        report = Report(None, f"R{message.id}", ReportStatus(status), "1000", None, self.now)
        for _ in range(2):
            apply_reports([report], gateway="local", at=self.now)
        if status == "undelivered" and message.state != "delivered":
            message.state = "undelivered"
            self._give_back(message)
        elif status == "delivered":
            message.state = "delivered"

    def _give_back(self, message: ModelMessage) -> None:
        if not message.given_back:
            message.given_back = True
            self.seen["refund"] += 1
            for lot, calls in message.paid:
                if self.now < lot.until:
                    lot.left += calls
                else:
                    self.seen["refund of the lapsed"] += 1

    @precondition(lambda self: any(message.state == "" for message in self.messages))
    @rule(which=st.integers(0, 99), end=st.sampled_from(["accepted", "accepted", "refused", "skipped", "expired"]))
    def gateway_answers(self, which: int, end: str) -> None:
        waiting = [message for message in self.messages if message.state == ""]
        message = waiting[which % len(waiting)]
        if end == "accepted":
            self._accepted(message)
        else:
            message.state = end
            self._ended(message, ENDS[end])
            self._give_back(message)

    @precondition(lambda self: any(message.accepted_at for message in self.messages))
    @rule(which=st.integers(0, 99), status=st.sampled_from(["delivered", "undelivered", "undelivered"]))
    def report_comes(self, which: int, status: str) -> None:
        accepted = [message for message in self.messages if message.accepted_at]
        self._reported(accepted[which % len(accepted)], status)

    @rule()
    def sweep(self) -> None:
        mileage.sweep_reservations(self.now)
        for message in self.messages:
            overdue = message.accepted_at and self.now - message.accepted_at >= timedelta(hours=26)
            known = self.now - message.sent_at < timedelta(days=30)
            if message.state == "accepted" and overdue and known:
                self._give_back(message)

    @rule()
    def night(self) -> None:
        mileage.book_lapsed(self.now)
        assert mileage.book_lapsed(self.now) == 0

    @rule(calls=st.sampled_from([1, 7, 10, 11, 30, -1, -2, -20]))
    def adjust(self, calls: int) -> None:
        given: dict[str, Any] = {"reason": "correction", "note": "시험", "by": self.officer, "at": self.now}
        try:
            asked = ask_adjustment(member_id=self.member.pk, calls=calls, **given)
        except Refusal:
            assert calls < 0
            assert self.model.balance(self.now) < -calls
            return
        assert (asked.state == "waiting") == (calls < 0 or calls > 10)
        if asked.state == "waiting":
            approve_adjustment(adjustment_id=asked.pk, by=self.head, at=self.now)
        if calls < 0:
            self.model.take(-calls, self.now)
            return
        months = self.model.policy(self.today)[2]
        number = self.member.lots.latest("id").pk
        self.model.lots.append(ModelLot(f"adjustment:{asked.pk}", number, self.today, months, calls))

    @precondition(lambda self: self.model.lots)
    @rule(which=st.integers(0, 99))
    def cancel(self, which: int) -> None:
        lot = self.model.lots[which % len(self.model.lots)]
        if lot.source.startswith("adjustment") or lot.source.endswith("!"):
            return
        expected = lot.left if self.now < lot.until else 0
        assert mileage.claw_back(source=lot.source, at=self.now) == expected
        assert mileage.claw_back(source=lot.source, at=self.now) == 0
        lot.left -= expected
        lot.source += "!"

    @rule(ahead=st.integers(31, 60), calls=st.integers(0, 3), months=st.sampled_from([3, 6, 12, 18, 24]))
    def announce_policy(self, ahead: int, calls: int, months: int) -> None:
        day = self.today + timedelta(days=ahead)
        if any(day == known[0] for known in self.model.policies):
            return
        MileagePolicy.objects.create(
            effective_from=day, earn_per_issue=calls, validity_months=months, **self._announced()
        )  # fmt: skip
        self.model.policies.append((day, calls, months))

    @rule(ahead=st.integers(31, 60), days=st.integers(1, 10))
    def announce_suspension(self, ahead: int, days: int) -> None:
        first = self.today + timedelta(days=ahead)
        last = first + timedelta(days=days - 1)
        if any(first <= known[1] and known[0] <= last for known in self.model.suspensions):
            return
        Suspension.objects.create(starts_on=first, ends_on=last, reason="점검", **self._announced())
        self.model.suspensions.append((first, last))

    def _announced(self) -> dict[str, object]:
        maker, checker = self.makers
        people = {"made_by": maker, "checked_by": checker, "checked_at": self.now}
        return {"published_at": self.now, "notice_url": "https://example.kr/notice/1", **people}

    @rule(
        step=st.sampled_from([timedelta(minutes=1), timedelta(hours=20), timedelta(days=20), timedelta(days=90)])
    )
    def clock_steps(self, step: timedelta) -> None:
        self._go_to(self.now + step)

    @precondition(lambda self: self._next_terms())
    @rule(off=st.sampled_from([timedelta(minutes=-1), timedelta(), timedelta(hours=12)]), earns=st.booleans())
    def a_term_begins(self, off: timedelta, earns: bool) -> None:
        """Steps of days seldom meet the few of a suspension. What is earned before the task runs gains nothing."""
        self._go_to(at(f"{min(self._next_terms())} 00:00") + off, earns=earns)

    @precondition(lambda self: self.model.living(self.now))
    @rule(which=st.integers(0, 99), off=st.sampled_from([timedelta(minutes=-1), timedelta(), timedelta(days=40)]))
    def a_lot_lapses(self, which: int, off: timedelta) -> None:
        living = self.model.living(self.now)
        self._go_to(living[which % len(living)].until + off)

    def _next_terms(self) -> list[date]:
        begin = [day for day, _earn, _months in self.model.policies] + [
            first for first, _last in self.model.suspensions
        ]
        return [day for day in begin if day > self.today]

    def _go_to(self, then: datetime, *, earns: bool = False) -> None:
        was, self.now = self.now, max(self.now, then)
        self.model.days_begin(was, self.now)
        if earns:
            self._earn()
        mileage.extend_lots(self.now)

    @rule()
    def statement_adds_up(self) -> None:
        account = statement(
            member_id=self.member.pk, first_day=FIRST.date() + timedelta(days=1), last_day=self.today, at=self.now
        )
        assert account.opening + sum(line.calls for line in account.lines) == account.closing
        assert account.closing == balance(self.member.pk, self.now)

    @invariant()
    def the_account_is_the_model(self) -> None:
        if hasattr(self, "member"):
            assert balance(self.member.pk, self.now) == self.model.balance(self.now)
            lots = {lot.pk: lot for lot in self.member.lots.all()}
            assert {lot.number: lot.until for lot in self.model.lots} == {
                pk: lot.expires_at for pk, lot in lots.items()
            }, "a lot lapses at another instant"
            for lot in self.model.living(self.now):
                assert lots[lot.number].remaining == lot.left, "calls came from another lot"
            assert ledger_violations() == []
