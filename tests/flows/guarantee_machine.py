"""Applications and guarantees under events in any order, by anybody, as a state machine of hypothesis.

Every event is tried from every state by fitting and unfitting people. It either happens as the tables of
`rules.states` say, or a Refusal is raised and not one row has changed. What must hold after each step is told
by the invariants; they rest on the evidence rows (applications, changes, releases, claims), not on the columns
the actions keep up.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from guarantees.actions import (
    cancelling,
    chain,
    claims,
    deadlines,
    drafts,
    endorsing,
    expiring,
    issuing,
    limits,
    orders,
    payments,
    refunds,
    release_requests,
    releasing,
    screening,
    settling,
    submission,
)
from guarantees.limits import position_of
from guarantees.models import (
    OPEN_CLAIM,
    Application,
    Claim,
    Endorsement,
    Guarantee,
    Payment,
)
from guarantees.payments.provider import Account, Asked, Order, OrderStatus
from guarantees.rules.limit import consumption
from guarantees.rules.numbering import format_number
from guarantees.rules.states import (
    APPLICATION_TRANSITIONS,
    GUARANTEE_TRANSITIONS,
    ApplicationEvent,
    GuaranteeEvent,
    Party,
)
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.clock import seoul_day
from portal.members.models import User
from portal.members.roles import Role
from portal.refusals import Refusal
from portal.uploads.checking import check
from sms.account import balance
from sms.models import Lot
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import make_user
from tests.payment_simulator import ACCOUNT, TRANSFER
from tests.stories import FRIDAY, PDF, Cast, admin, fingerprint, make_cast, sign, web

A, G = ApplicationEvent, GuaranteeEvent
SYSTEM = Actor.system("시험")
AMOUNTS = (30_000_000, 100_000_000, 100_000_001, 400_000_000)
MOST = 4  # applications in one example: more of the same teach nothing
SHARES = 400  # 600,000,000 won at grade BBB: three or four guarantees fill it

# The step each entry of the history stands for.
APPLICATION_STEPS = {
    "application.start": A.CREATE, "application.submit": A.SUBMIT, "application.take": A.TAKE,
    "application.request_supplement": A.REQUEST_SUPPLEMENT, "application.resubmit": A.RESUBMIT,
    "application.approve": A.APPROVE, "application.reject": A.REJECT, "application.sign": A.SIGN,
    "application.pay": A.PAY, "application.lapse": A.LAPSE, "application.withdraw": A.WITHDRAW,
}  # fmt: skip
USUAL = {
    "draft": "submit", "submitted": "take", "in_review": "approve", "supplement": "resubmit", "approved": "sign",
    "signed": "receive", "fee_paid": "issue_paid",
}  # fmt: skip
TO_ISSUED = (A.SIGN, A.PAY, A.ISSUE)  # the counter takes what is left of these at once
GUARANTEE_STEPS = {
    "guarantee.issue": G.ISSUE, "guarantee.endorse": G.ENDORSE, "guarantee.release_partly": G.RELEASE_PARTLY,
    "guarantee.request_release": G.REQUEST_RELEASE, "guarantee.release": G.RELEASE, "guarantee.expire": G.EXPIRE,
    "guarantee.cancel": G.CANCEL,
}  # fmt: skip
# Carried out at the counter, or by the portal once the money is there, on the decision of another entry;
# a release is also proposed by the portal.
FOR_ANOTHER = {"guarantee.issue", "guarantee.endorse", "guarantee.request_release"}

WHO = st.sampled_from(["fit"] * 6 + ["user", "representative", "stranger", "officer", "head", "far", "system"])
WHICH = st.integers(0, 3)


class Bank:
    """A bank in memory: one account for each order, and what was paid into it."""

    name = "memory"

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()

    def open_account(self, asked: Asked) -> Order:
        account = Account("088", "56211103010231", "가상은행")
        return Order(asked.order_id, f"key-{asked.order_id}", OrderStatus.WAITING, account=account)

    def start_transfer(self, asked: Asked) -> Order:
        return Order(
            asked.order_id, f"key-{asked.order_id}", OrderStatus.WAITING, checkout_url="http://127.0.0.1/"
        )

    def pay_in(self, payment: Payment, amount: int, at: datetime) -> Order:
        self.received[payment.order_id] += amount
        total = self.received[payment.order_id]
        return Order(payment.order_id, f"key-{payment.order_id}", OrderStatus.PAID, received=total, paid_at=at)


class Business(RuleBasedStateMachine):
    """One member's business from Friday 2026-11-20 on, in a savepoint of its own."""

    cast: ClassVar[Cast]
    people: ClassVar[dict[str, Actor]]
    seen: ClassVar[Counter[str]] = Counter()

    @classmethod
    def open(cls) -> None:
        """The people and the calendar, made once for all examples."""
        fill_calendar()
        cls.seen.clear()
        cls.cast = cast = make_cast()
        cast.member.limit.shares = SHARES
        cast.member.limit.save()

        def rep(of: Cast) -> User:
            return make_user(Role.MEMBER_REP, member=of.member)

        other = make_cast()
        cls.people = {
            "user": web(cast.user), "representative": web(rep(cast)), "stranger": web(rep(other)),
            "officer": admin(cast.officer), "colleague": admin(cast.colleague), "head": admin(cast.head),
            "underwriter": admin(cast.underwriter), "far": admin(other.head), "system": SYSTEM,
        }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.savepoint: AbstractContextManager[Any] = transaction.atomic()
        self.savepoint.__enter__()
        self.now = FRIDAY
        self.bank = Bank()
        self.steps_seen = AuditEvent.everything.order_by("-id").values_list("id", flat=True).first() or 0
        self.states: dict[tuple[str, str], str] = {}
        self.numbers: set[str] = set()
        self.books = ""  # their fingerprint while nothing has happened since they were looked at

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # ── Trying ──

    def who(self, name: str, fit: str) -> dict[str, Any]:
        return {"by": self.people[fit if name == "fit" else name], "at": self.now}

    def attempt(self, event: Callable[[], Any]) -> Any:
        """The event happens, or is refused without a trace."""
        before = self.books or fingerprint()
        self.books = ""
        try:
            return event()
        except Refusal:
            self.books = fingerprint()
            assert self.books == before, "a refused event has changed something"
            return None

    def pick(self, rows: Any, which: int) -> Any:
        """The newest row, or one of the three before it."""
        found = list(rows.order_by("-id")[:4])
        return found[which % len(found)] if found else None

    # ── The application ──

    @initialize(
        stages=st.lists(st.sampled_from([6, 6, 6, 5, 4, 3, 2]), min_size=1, max_size=2),
        code=st.sampled_from(["C1", "C1", "B1"]),
    )
    def some_stand_at_a_stage(self, stages: list[int], code: str) -> None:
        for stage in stages:
            self.create(code, AMOUNTS[0], "fit")
            for _step in range(stage):
                self.forward(0)

    @precondition(lambda self: Application.everything.count() < MOST)
    @rule(code=st.sampled_from(["C1", "C1", "B1"]), amount=st.sampled_from(AMOUNTS), who=WHO)
    def create(self, code: str, amount: int, who: str) -> None:
        given = self.who(who, "user")
        day = seoul_day(self.now)
        ends_on = day + timedelta(days=60)

        def start() -> None:
            draft = drafts.start(product_code=code, form_key=uuid4(), **given)
            values = {
                "contract_role": "prime", "owner_kind": "private", "work_kind": "works" if code == "C1" else "",
                "contract_name": "가온초 환기설비 개선공사", "contract_number": f"2026-{draft.pk}",
                "contract_amount": 2_000_000_000, "required_amount": 2_000_000_000, "contracted_on": day,
                "completes_on": ends_on if code == "C1" else day, "beneficiary_name": "누리교육지원청",
                "amount": amount, "starts_on": day, "ends_on": ends_on, "contact_name": "박다솜",
                "contact_mobile": "01000000100", "contact_email": "contact@example.kr",
            }  # fmt: skip
            drafts.save(application_id=draft.pk, values=values, **given)
            for paper in draft.product.required_documents.all():
                drafts.attach(application_id=draft.pk, name=paper.name, upload=check("서류.pdf", PDF), **given)

        self.attempt(start)

    @rule(
        which=WHICH,
        event=st.sampled_from(["change", "release_partly", "claim", "request_release", "cancel", "release"]),
        share=st.sampled_from([2, 3, 1]),
    )
    def goes_on(self, which: int, event: str, share: int) -> None:
        """What waits is taken up by who usually does; where nothing does, a guarantee is acted on."""
        claim = Claim.everything.filter(state__in=OPEN_CLAIM).last()
        change = Endorsement.everything.filter(state__in=["requested", "approved"]).last()
        application = self.pick(Application.everything, which)
        if claim is not None:
            self.claim_event(0, "pay" if claim.state == "review" else "review", "fit")
        elif change is not None:
            self.change_event(0, "approve" if change.state == "requested" else "receive", "fit")
        elif application.state in USUAL:
            self.forward(which)
        elif Guarantee.everything.exists():
            self.guarantee_event(which, event, "fit", share)

    def forward(self, which: int) -> None:
        """The step that usually comes next, by who usually takes it."""
        application = self.pick(Application.everything, which)
        if application.state in USUAL:
            self.application_event(which, USUAL[application.state], "fit")

    @precondition(lambda self: Application.everything.exists())
    @rule(
        which=WHICH,
        event=st.sampled_from(
            ["submit", "take", "supplement", "resubmit", "approve", "reject", "sign", "receive", "issue",
             "issue_paid", "withdraw", "withdraw_paid"]
        ),
        who=WHO,
    )  # fmt: skip
    def application_event(self, which: int, event: str, who: str) -> None:
        row = self.pick(Application.everything, which)
        decider = "head" if (row.amount or 0) > AMOUNTS[1] else "colleague"
        fit, act = {
            "submit": ("user", submission.submit),
            "take": ("officer", screening.take),
            "supplement": ("officer", lambda **k: screening.request_supplement(items=["2쪽이 빠졌습니다."], **k)),
            "resubmit": ("user", submission.resubmit),
            "approve": (
                decider,
                lambda **k: screening.approve(collateral=row.amount // 3 if which == 3 else 0, **k),
            ),
            "reject": (decider, lambda **k: screening.reject(reason_code="papers", reason="서류 미비", **k)),
            "sign": ("representative", sign),
            "receive": ("officer", lambda **k: payments.receive(method="counter", **k)),
            "issue": ("officer", lambda **k: issuing.issue(agreement_confirmed=True, fee_confirmed=True, **k)),
            "issue_paid": ("system", issuing.issue_paid),
            "withdraw": ("user", submission.withdraw),
            "withdraw_paid": ("head", lambda **k: refunds.withdraw_paid(reason="공사 취소", **k)),
        }[event]
        self.attempt(lambda: act(application_id=row.pk, **self.who(who, fit)))

    # ── The money ──

    @precondition(lambda self: Application.everything.filter(state="signed").exists())
    @rule(which=WHICH, who=WHO, choice=st.sampled_from([ACCOUNT, TRANSFER]))
    def order(self, which: int, who: str, choice: payments.Choice) -> None:
        row = self.pick(Application.everything.filter(state__in=["signed", "fee_paid", "approved"]), which)
        asked = self.attempt(lambda: payments.ask(application_id=row.pk, choice=choice, **self.who(who, "user")))
        if asked is not None:
            self.books = ""
            orders.open_order(payment_id=asked.pk, provider=self.bank, by=SYSTEM, at=self.now)

    @precondition(lambda self: Payment.everything.exclude(provider="").exists())
    @rule(which=WHICH, won=st.sampled_from([0, 0, 0, -1, 10]), and_finish=st.booleans())
    def deposit(self, which: int, won: int, and_finish: bool) -> None:
        """Money arrives, exact or not, whatever became of the order; the callback comes twice."""
        self.books = ""
        payment = self.pick(Payment.everything.exclude(provider=""), which)
        known = self.bank.pay_in(payment, payment.amount + won, self.now)
        for _twice in range(2):
            settling.settle(payment_id=payment.pk, order=known, by=SYSTEM, at=self.now)
        if and_finish:
            settling.finish(payment_id=payment.pk, by=SYSTEM, at=self.now)

    @precondition(lambda self: Payment.everything.exists())
    @rule(which=WHICH, who=WHO)
    def cancel_order(self, which: int, who: str) -> None:
        payment = self.pick(Payment.everything, which)
        self.attempt(lambda: payments.cancel(payment_id=payment.pk, **self.who(who, "user")))

    # ── The guarantee ──

    @precondition(lambda self: Guarantee.everything.exists())
    @rule(
        which=WHICH,
        event=st.sampled_from(
            ["change", "release_partly", "request_release", "release", "release_itself", "cancel", "claim"]
        ),
        who=WHO,
        share=st.sampled_from([1, 2, 3]),
    )
    def guarantee_event(self, which: int, event: str, who: str, share: int) -> None:
        row = self.pick(Guarantee.everything, which)
        given = claims.Given("누리교육지원청", max(1, row.outstanding // share), seoul_day(self.now), "미이행")
        note = "준공검사 조서로 확인"
        papers = [check("확인서.pdf", PDF)]
        fit, act = {
            "change": ("user", lambda **k: endorsing.ask(new=self._other_terms(row, share), reason="변경", **k)),
            "release_partly": ("officer", lambda **k: releasing.release_partly(
                ground="confirmed", amount=row.outstanding // (share + 1), note=note, **k)),
            "request_release": ("user", lambda **k: release_requests.ask_release(
                party="member", ground="confirmed", papers=papers, note=note, **k)),
            "release": ("officer", lambda **k: releasing.release(ground="confirmed", note=note, **k)),
            "release_itself": ("system", lambda **k: releasing.release(ground="ended", note="", **k)),
            "cancel": ("head", lambda **k: cancelling.cancel(reason="계약 무산", **k)),
            "claim": ("underwriter", lambda **k: claims.enter(given=given, **k)),
        }[event]  # fmt: skip
        self.attempt(lambda: act(guarantee_id=row.pk, **self.who(who, fit)))

    def _other_terms(self, row: Guarantee, share: int) -> endorsing.Terms:
        now = endorsing.terms_of(row)
        return {
            1: replace(now, amount=now.amount + 50_000_000),
            2: replace(now, ends_on=now.ends_on + timedelta(days=90)),
            3: replace(now, amount=now.amount // 2),
        }[share]

    @precondition(lambda self: Endorsement.everything.exists())
    @rule(
        which=WHICH,
        event=st.sampled_from(
            ["approve", "approve", "receive", "receive", "order", "reject", "withdraw", "finish"]
        ),
        who=WHO,
    )
    def change_event(self, which: int, event: str, who: str) -> None:
        row = self.pick(Endorsement.everything, which)
        fit, act = {
            "approve": ("head", endorsing.approve),
            "receive": ("officer", lambda **k: settling.receive_for_endorsement(method="counter", **k)),
            "order": ("user", lambda **k: payments.ask_for_endorsement(choice=ACCOUNT, **k)),
            "reject": ("head", lambda **k: endorsing.reject(note="계약 변경 서류가 없습니다.", **k)),
            "withdraw": ("user", endorsing.withdraw),
            "finish": ("system", endorsing.finish_paid),
        }[event]
        done = self.attempt(lambda: act(endorsement_id=row.pk, **self.who(who, fit)))
        if event == "order" and done is not None:
            self.books = ""
            orders.open_order(payment_id=done.pk, provider=self.bank, by=SYSTEM, at=self.now)

    @precondition(lambda self: Claim.everything.exists())
    @rule(which=WHICH, event=st.sampled_from(["review", "pay", "pay", "deny", "withdraw"]), who=WHO)
    def claim_event(self, which: int, event: str, who: str) -> None:
        row = self.pick(Claim.everything, which)
        act: Callable[..., Any] = {
            "review": claims.review,
            "pay": lambda **k: claims.pay(amount=row.amount, note="지급", **k),
            "deny": lambda **k: claims.deny(note="사유 없음", **k),
            "withdraw": lambda **k: claims.withdraw(note="철회", **k),
        }[event]
        self.attempt(lambda: act(claim_id=row.pk, **self.who(who, "underwriter")))

    # ── Time, and what the head office sets ──

    @rule(days=st.sampled_from([1, 4, 12, 40, 120]))
    def days_pass(self, days: int) -> None:
        """And the nightly tasks run."""
        self.books = ""
        self.now += timedelta(days=days)
        day = seoul_day(self.now)
        deadlines.lapse_due(by=SYSTEM, at=self.now)
        endorsing.lapse_unpaid(by=SYSTEM, at=self.now)
        expiring.mark_expired(today=day, by=SYSTEM, at=self.now)
        releasing.release_ended(today=day, by=SYSTEM, at=self.now)
        issuing.issue_waiting(by=SYSTEM, at=self.now)
        settling.finish_left_behind(by=SYSTEM, at=self.now)
        chain.propose_releases(by=SYSTEM, at=self.now)

    @rule(grade=st.sampled_from(["AAA", "BBB", "CCC"]), who=WHO)
    def grade_changes(self, grade: str, who: str) -> None:
        self.attempt(
            lambda: limits.change_limit(
                member_id=self.cast.member.pk, shares=SHARES, grade=grade, special_limit=0, post_pay_until=None,
                reason="정기 신용평가", **self.who(who, "underwriter"),
            )
        )  # fmt: skip

    # ── What holds after every step ──

    @invariant()
    def the_books_agree(self) -> None:
        """Looked at whenever something happened; a refused event was shown to change nothing."""
        if self.books:
            return
        self.books = fingerprint()
        self.every_step_is_in_the_tables()
        self.the_limit_is_the_sum_of_its_parts()
        self.what_is_owed_is_what_the_books_say()
        self.numbers_have_no_gap_and_come_once()
        self.one_document_is_in_force()
        self.what_came_in_is_accounted_for()
        self.what_is_issued_is_paid_once()
        self.an_open_claim_holds_its_guarantee()
        self.calls_are_those_of_the_guarantees_that_stand()

    def every_step_is_in_the_tables(self) -> None:
        fresh = AuditEvent.everything.filter(pk__gt=self.steps_seen).select_related("actor").order_by("id")
        for event in fresh:
            self.steps_seen = event.pk
            self.seen[event.action] += 1
            if event.action == "application.issue":
                state = self._to_issued(self.states["application", event.subject_id])
                self.states["application", event.subject_id] = state
            elif event.action in APPLICATION_STEPS:
                self._take_step("application", event, APPLICATION_TRANSITIONS, APPLICATION_STEPS[event.action])
            elif event.action in GUARANTEE_STEPS:
                self._take_step("guarantee", event, GUARANTEE_TRANSITIONS, GUARANTEE_STEPS[event.action])
        rows = {("application", str(row.pk)): row.state for row in Application.everything.all()}
        rows |= {("guarantee", str(row.pk)): row.state for row in Guarantee.everything.all()}
        assert rows == self.states, "a state changed without its step"

    def _to_issued(self, state: str) -> str:
        for step in TO_ISSUED:
            if (state, step) in APPLICATION_TRANSITIONS:
                state = APPLICATION_TRANSITIONS[state, step].to
        assert state == "issued"
        return state

    def _take_step(self, kind: str, event: AuditEvent, table: Any, name: Any) -> None:
        key = (kind, event.subject_id)
        step = table.get((self.states.get(key), name))
        assert step is not None, f"{name} from {self.states.get(key)} is not in the table"
        parties = event.actor.roles if event.actor else {Party.SYSTEM}
        assert event.action in FOR_ANOTHER or parties & step.by, f"not for {event.actor_name}: {name}"
        self.states[key] = step.to

    def the_limit_is_the_sum_of_its_parts(self) -> None:
        used = reserved = 0
        for row in Guarantee.everything.filter(state__in=["active", "expired"]):
            used += consumption(owed_by_the_books(row), collateral=row.collateral)
        for application in Application.everything.filter(state__in=["approved", "signed", "fee_paid"]):
            reserved += consumption(application.amount or 0, collateral=application.collateral)
        waiting = Endorsement.everything.filter(state="approved", guarantee__state__in=["active", "expired"])
        reserved += sum(max(0, change.new_amount - change.old_amount) for change in waiting)
        position = position_of(self.cast.member.pk, day=seoul_day(self.now))
        assert position is not None
        assert (position.used, position.reserved) == (used, reserved), "the limit is not the sum of its parts"

    def what_is_owed_is_what_the_books_say(self) -> None:
        for row in Guarantee.everything.all():
            owed = owed_by_the_books(row) if row.state in ("active", "expired") else 0
            assert row.outstanding == owed
            assert 0 <= row.outstanding <= row.amount

    def numbers_have_no_gap_and_come_once(self) -> None:
        by_series: dict[tuple[int, str], list[str]] = defaultdict(list)
        for row in Guarantee.everything.order_by("id"):
            by_series[row.issued_on.year, row.product_id].append(row.number)
        for (year, code), numbers in by_series.items():
            wanted = [format_number(year, code, n + 1) for n in range(len(numbers))]
            assert numbers == wanted, "the numbers have a gap"
        everything = {number for numbers in by_series.values() for number in numbers}
        assert self.numbers <= everything, "a number is gone"
        self.numbers = everything

    def one_document_is_in_force(self) -> None:
        for row in Guarantee.everything.all():
            done = row.endorsements.filter(state="done").count()
            assert row.version == done
            versions = list(row.documents.order_by("version").values_list("version", "superseded_at"))
            assert [version for version, _at in versions] == list(range(done + 1))
            assert [version for version, over_at in versions if over_at is None] == [done]

    def what_came_in_is_accounted_for(self) -> None:
        for payment in Payment.everything.all():
            back = sum(payment.refunds.values_list("amount", flat=True))
            came = payment.amount if payment.state == "paid" else 0
            if payment.provider:
                came = self.bank.received[payment.order_id]
            assert back <= came
            if payment.state != "paid":
                assert back == came, "money for nothing"
            elif not self._is_for_something(payment):
                assert back == came, "paid for what does not exist any more"

    def _is_for_something(self, payment: Payment) -> bool:
        if payment.application is not None:
            return payment.application.state in ("fee_paid", "issued") and not Guarantee.everything.filter(
                application=payment.application, state="cancelled"
            )
        change = payment.endorsement
        assert change is not None
        is_alive = change.guarantee.state == "active"
        return (change.state == "done" and change.guarantee.state != "cancelled") or (
            change.state == "approved" and is_alive
        )

    def what_is_issued_is_paid_once(self) -> None:
        for row in Application.everything.filter(state="issued"):
            assert row.payments.filter(state="paid").count() == 1
            assert Guarantee.everything.filter(application=row).count() == 1

    def an_open_claim_holds_its_guarantee(self) -> None:
        over = Claim.everything.filter(state__in=OPEN_CLAIM, guarantee__state__in=["released", "cancelled"])
        assert not over.exists(), "released or cancelled under an open claim"

    def calls_are_those_of_the_guarantees_that_stand(self) -> None:
        """Nothing is spent here: earned for each, taken back with a cancelled one, lapsed after a year."""
        gone = Guarantee.everything.filter(state="cancelled").values_list("public_id", flat=True)
        taken_back = {f"guarantee:{public_id}" for public_id in gone}
        lots = Lot.everything.filter(member=self.cast.member)
        assert lots.count() == Guarantee.everything.count()
        good = [lot for lot in lots if lot.source not in taken_back and lot.expires_at > self.now]
        assert balance(self.cast.member.pk, self.now) == len(good), "calls of a guarantee that is no more"


def owed_by_the_books(row: Guarantee) -> int:
    """What is outstanding of a living guarantee, from what was issued, changed, released and paid out."""
    assert row.application is not None
    changed = row.endorsements.filter(state="done").order_by("version").values_list("old_amount", "new_amount")
    owed = row.application.amount or 0
    owed += sum(after - before for before, after in changed)
    owed -= sum(row.releases.values_list("amount", flat=True))
    return owed - sum(paid or 0 for paid in row.claims.values_list("paid_amount", flat=True))
