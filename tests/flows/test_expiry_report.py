"""The report of a run day: its counts are its rows, under random histories, and each candidate is in one group."""

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from guarantees.expiry_reasons import references_of
from guarantees.expiry_report import FATES, RunReport, report_of
from guarantees.models import DigestLine, ExpiryNotice, ExpiryRun, Guarantee
from portal.businessdays.models import Holiday
from portal.members.models import Member
from portal.members.roles import Role
from sms.models import Batch, Message, Receipt, Reception, Result
from sms.queries import state_of
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_branch, make_guarantee, make_member, make_recipient, make_user
from tests.flows.expiry_world import run

pytestmark = pytest.mark.django_db
MONDAY = "2026-11-23"


@pytest.fixture
def member() -> Member:
    fill_calendar()
    return make_member(representative_mobile="01000000100")


def end(message: Message, state: str, reason: str = "") -> None:
    Result.objects.create(
        message=message, number=Result.LAST, state=state, reason=reason, gateway="local",
        provider_ref=f"p{message.pk}" if state == "accepted" else "", at=at("2026-11-23 09:01"),
    )  # fmt: skip


def report(state: str) -> Callable[[Message], None]:
    def told(message: Message) -> None:
        end(message, "accepted")
        Receipt.objects.create(
            message=message, gateway="local", provider_ref=f"p{message.pk}", state=state,
            received_at=at("2026-11-23 09:02"),
        )  # fmt: skip

    return told


ENDS: list[Callable[[Message], None]] = [
    lambda _message: None,
    lambda message: end(message, "accepted"),
    lambda message: end(message, "refused", "bad_number:1021"),
    lambda message: end(message, "skipped", "released"),
    lambda message: end(message, "skipped", "end_date_changed"),
    lambda message: end(message, "expired"),
    report("delivered"),
    report("undelivered"),
]


def counted_by_hand(row: ExpiryRun) -> tuple[Counter[str], Counter[str]]:
    """Guarantees and texts of the day, one row at a time and by what the pages say of a message."""
    outcomes: Counter[str] = Counter()
    fates: dict[int, str] = {}
    for notice in ExpiryNotice.everything.filter(run=row).select_related("guarantee"):
        references = references_of(notice.guarantee, [notice])
        messages = list(Message.everything.filter(reference__in=references, purpose="expiry_notice"))
        states = state_of(messages)
        mine = []
        for message in messages:
            code = states[message.pk].code
            fate = "pending" if code in ("ready", "claimed", "unknown", "deferred") else code
            if fate == "skipped":
                fate = f"skipped:{message.results.get(number=Result.LAST).reason}"
            fates[message.pk] = fate
            mine.append(fate)
        best = min(mine, key=lambda fate: (FATES.index(fate.partition(":")[0]), fate), default="no_message")
        outcomes[best if notice.state == "planned" else notice.state] += 1
    return outcomes, Counter(fates.values())


def random_day(seed: int) -> None:
    """Companies of every kind, two runs, and any end for any text."""
    chance, branch = random.Random(seed), make_branch()
    for n in range(25):
        mobile = "" if chance.random() < 0.15 else f"0100001{n:04d}"
        name = "" if chance.random() < 0.1 else f"시험설비{n}"
        company = make_member(branch, representative_mobile=mobile, sms_name=name)
        now = at("2026-11-02 09:00")
        if chance.random() < 0.2:
            Reception.everything.create(member=company, representative_receives=False, changed_at=now)
        for extra in range(chance.choice([0, 0, 1, 2])):
            make_recipient(company, f"010000{extra + 2}{n:04d}")
        for _ in range(chance.choice([1, 1, 2, 4, 6])):
            make_guarantee(
                company, chance.choice(["C1", "C1", "A1", "B1", "D1"]),
                amount=chance.choice([10_000_000, 9_999_999, 50_000_000]),
                ends_on=date(2026, 12, 8) - timedelta(days=chance.choice([0, 0, 0, 1, 7, 14])),
            )  # fmt: skip
    run(MONDAY)
    for message in Message.everything.all():
        chance.choice(ENDS)(message)
    for batch in Batch.objects.all():
        Batch.objects.filter(pk=batch.pk).update(state=chance.choice(["ready", "unknown", "review"]))
    run(MONDAY, "11:00")


@pytest.mark.parametrize("seed", range(3))
def test_the_report_is_its_rows(seed: int) -> None:
    fill_calendar()
    random_day(seed)
    row = ExpiryRun.objects.get(run_on=MONDAY)
    found = report_of(row)
    outcomes, fates = counted_by_hand(row)
    assert dict(found.outcomes) == dict(outcomes)
    assert dict(found.fates) == dict(fates)
    notices = ExpiryNotice.everything.filter(run=row)
    assert (found.candidates, found.texts) == (notices.count(), Message.everything.count())
    assert found.adds_up
    assert found.candidates == found.sent + found.pending + found.unsendable + sum(found.left_out.values())
    late = Counter(one.ends_on - timedelta(days=15) for one in notices.filter(is_late=True, state="planned"))
    assert (dict(found.caught_up), found.late) == (dict(late), row.late)
    assert found.digests == DigestLine.objects.values("digest").distinct().count()
    assert row.planned == notices.filter(state="planned").count()
    assert len(outcomes) > 6  # the history was worth counting


@pytest.mark.parametrize(
    ("_case", "ends", "outcome"),
    [
        ("하나라도 도착", ["undelivered", "delivered"], "delivered"),
        ("하나는 가는 중", ["refused", "pending"], "pending"),
        ("모두 거절", ["refused", "refused"], "refused"),
        ("하나는 수신거부", ["skipped:not_a_recipient", "accepted"], "accepted"),
        ("모두 멈춤", ["skipped:released", "skipped:released"], "skipped:released"),
    ],
)
def test_a_guarantee_is_told_when_one_of_its_phones_is(
    member: Member, _case: str, ends: list[str], outcome: str
) -> None:
    make_recipient(member, "01000000101")
    make_guarantee(member, ends_on=date(2026, 12, 8))
    run(MONDAY)
    for message, became in zip(Message.everything.order_by("id"), ends, strict=True):
        state, _, reason = became.partition(":")
        if state in ("delivered", "undelivered"):
            report(state)(message)
        elif state != "pending":
            end(message, state, reason)
    assert dict(report_of(ExpiryRun.objects.get()).outcomes) == {outcome: 1}


def test_the_day_tells_what_it_was_decided_by(member: Member, settings: Any) -> None:
    settings.CODE_VERSION = "2026.11-test"
    first, second = run("2026-11-20"), run(MONDAY)
    assert (first.code_version, first.calendar_covers_until) == ("2026.11-test", date(2030, 12, 31))
    assert (first.earliest_end, first.first_end, first.last_end) == (
        date(2026, 11, 21), date(2026, 12, 5), date(2026, 12, 7),
    )  # fmt: skip
    Holiday.objects.create(on=date(2026, 11, 25), name="임시공휴일")
    third = run("2026-11-24")
    assert first.calendar_version == second.calendar_version != third.calendar_version


def test_every_calendar_day_has_a_row(member: Member) -> None:
    """Nothing ran from Saturday to Thursday: Friday's run writes those days as missed, and they say so."""
    run("2026-11-20")
    run("2026-11-27")
    rows = list(ExpiryRun.objects.order_by("run_on").values_list("run_on__day", "state"))
    assert rows == [(20, "done"), *((day, "missed") for day in range(21, 27)), (27, "done")]
    assert ExpiryRun.objects.filter(state="missed", ticks=0, finished_at=None).count() == 6


def test_a_missed_day_may_be_run_later(member: Member) -> None:
    run("2026-11-20")
    run("2026-11-24")
    assert (run(MONDAY).state, ExpiryRun.objects.filter(state="missed").count()) == ("done", 2)  # Sat, Sun


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("expiry_run", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_tells_it(member: Member) -> None:
    make_guarantee(member, ends_on=date(2026, 12, 8))
    make_guarantee(member, ends_on=date(2026, 12, 5))
    make_guarantee(make_member(representative_mobile=""), ends_on=date(2026, 12, 8))
    run(MONDAY)
    report("delivered")(Message.everything.order_by("id")[0])
    told = json.loads(command("--report", MONDAY, "--json"))
    assert {key: told[key] for key in ("candidates", "sent", "delivered", "pending", "unsendable", "late")} == {
        "candidates": 3, "sent": 1, "delivered": 1, "pending": 1, "unsendable": 1, "late": 1,
    }  # fmt: skip
    assert (told["caught_up"], told["texts"]["planned"], told["adds_up"]) == ({"2026-11-20": 1}, 2, True)
    assert told["horizon"] == {"catch_up_from": "2026-11-24", "from": "2026-12-08", "to": "2026-12-08"}
    text = command("--report", MONDAY)
    assert "조건에 맞은 보증 3건 = 보냄 1 + 진행 중 1 + 보낼 수 없음 1 + 보내지 않음 0" in text
    with pytest.raises(CommandError, match="실행 기록이 없습니다"):
        command("--report", "2026-11-24")
    with pytest.raises(CommandError, match="날짜를 읽을 수 없습니다"):
        command("--report", "어제")


def test_the_page_of_a_day_shows_it(member: Member) -> None:
    for _ in range(4):
        make_guarantee(member, ends_on=date(2026, 12, 8))
    row = run(MONDAY)
    client = Client()
    client.force_login(make_user(Role.HQ_UNDERWRITER), backend="portal.members.login.MemberBackend")
    shown = client.get(reverse("admin:guarantees_expiryrun_change", args=[row.pk])).content.decode()
    assert "조건에 맞은 보증 4건 = 보냄 0 + 진행 중 4 + 보낼 수 없음 0 + 보내지 않음 0" in shown
    assert "묶음 안내 1건 포함" in shown
    assert row.calendar_version in shown


def test_it_asks_the_database_twice_however_many(member: Member, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        make_guarantee(member, ends_on=date(2026, 12, 8))
    row = run(MONDAY)
    with django_assert_num_queries(2):
        assert isinstance(report_of(row), RunReport)
    assert Guarantee.everything.count() == 3
