"""Many guarantees of one company in one run make one text (DOMAIN §5.4, §7.2), and never one that is wrong."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from guarantees import tasks
from guarantees.models import DigestLine, ExpiryNotice, Guarantee
from guarantees.rules.expiry import digest_of
from portal.members.models import Member
from sms.models import Reception, Recipient, Result
from sms.rules import texts
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_branch, make_guarantee, make_member, make_recipient
from tests.flows.expiry_world import deliver, heard, notices, run, told
from tests.gateway_simulator import SimulatorProcess

pytestmark = pytest.mark.django_db
ENDS = date(2026, 12, 8)  # T 11-23 Mon
REPRESENTATIVE, ADDED = "01000000100", "01000000101"


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def phones(simulator: SimulatorProcess) -> SimulatorProcess:
    simulator.reset()
    return simulator


@pytest.fixture
def member() -> Member:
    fill_calendar()
    return make_member(sms_name="미르누리설비", representative_mobile=REPRESENTATIVE)


def add_recipient(member: Member) -> Recipient:
    return make_recipient(member, ADDED)


def guarantees(member: Member, count: int, ends_on: date = ENDS) -> list[Guarantee]:
    return [make_guarantee(member, ends_on=ends_on) for _ in range(count)]


def change(guarantee: Guarantee, **fields: object) -> None:
    Guarantee.everything.filter(pk=guarantee.pk).update(**fields)


def digest_text(count: int, end: str = "26.12.08") -> str:
    return f"[설비공제]미르누리설비 보증 {count}건 종료예정({end}부터). 마이페이지 확인"


@pytest.mark.parametrize(
    ("_case", "count", "written"),
    [("하나", 1, 1), ("셋까지는 하나씩", 3, 3), ("넷부터 한 통", 4, 1), ("아홉도 한 통", 9, 1)],
)
def test_from_four_on_each_phone_gets_one_text(member: Member, _case: str, count: int, written: int) -> None:
    add_recipient(member)
    guarantees(member, count)
    other = make_guarantee(make_member(representative_mobile="01000000999"), ends_on=ENDS)
    run("2026-11-23")
    assert sorted(told()) == sorted([*[REPRESENTATIVE] * written, *[ADDED] * written, "01000000999"])
    assert told(other) == ["01000000999"]
    assert ExpiryNotice.everything.filter(state="planned").count() == count + 1
    assert DigestLine.objects.count() == (count if count > 3 else 0)


def test_the_setting_says_from_how_many(member: Member, settings: Any) -> None:
    settings.EXPIRY_DIGEST_FROM = 2
    guarantees(member, 2)
    run("2026-11-23")
    assert [message.body for message in notices()] == [digest_text(2)]


def test_the_first_end_stands_in_the_text_and_limits_it(member: Member) -> None:
    """Friday's run covers 12-05…12-07, and here one that is late."""
    for day in (7, 1, 5, 6):
        make_guarantee(member, ends_on=date(2026, 12, day))
    run("2026-11-20")
    (message,) = notices()
    assert message.body == digest_text(4, "26.12.01")
    assert message.valid_until == at("2026-12-01 00:00")


def test_the_key_covers_the_set(member: Member) -> None:
    found = guarantees(member, 4)
    run("2026-11-23")
    digest = digest_of((one.public_id, one.ends_on) for one in reversed(found))
    assert {line.digest for line in DigestLine.objects.all()} == {digest}
    (message,) = notices()
    assert (message.key, message.reference) == (f"expiry:{digest}:{REPRESENTATIVE}", f"digest:{digest}")


@pytest.mark.parametrize("name", ["미르누리설비", "온새미로기계설비엔지니어링㈜ab", "A" * 32, "가" * 16])
@pytest.mark.parametrize("count", [4, 12, 120])
def test_it_is_the_rules_text_and_fits_an_sms(member: Member, name: str, count: int) -> None:
    company = make_member(make_branch(phone="02-0000-00000"), sms_name=name)
    guarantees(company, count)
    run("2026-11-23")
    (message,) = notices()
    values = {"company": name, "n": str(count), "end": "26.12.08"}
    assert message.body == texts.render("EXPIRY_MULTI", values, prefix="[설비공제]")
    assert texts.message_kind(message.body) == "sms"


@pytest.mark.parametrize(
    ("_case", "fields"),
    [
        ("해제", {"state": "released", "outstanding": 0, "released_at": at("2026-11-23 09:01")}),
        ("취소", {"state": "cancelled", "outstanding": 0, "cancelled_at": at("2026-11-23 09:01")}),
        ("종료일 연장", {"ends_on": date(2027, 3, 31)}),
        ("일부 해제로 8백만원", {"outstanding": 8_000_000}),
        ("끝남", {"state": "expired"}),
    ],
)
@pytest.mark.parametrize(("count", "rest"), [(4, "하나씩"), (6, "다시 묶음")])
def test_one_changed_between_plan_and_claim_stops_the_text_and_the_rest_is_told(
    phones: SimulatorProcess, member: Member, _case: str, fields: dict[str, Any], count: int, rest: str
) -> None:
    changed, *others = guarantees(member, count)
    run("2026-11-23")
    change(changed, **fields)
    deliver(phones, "2026-11-23 09:02")
    assert heard(phones, REPRESENTATIVE) == []
    assert Result.objects.get(state="skipped").reason == "digest_changed"

    run("2026-11-23", "11:00")
    run("2026-11-23", "14:00")
    deliver(phones, "2026-11-23 14:01")
    run("2026-11-24")
    deliver(phones, "2026-11-24 09:01")
    alone = [
        f"[설비공제]미르누리설비 계약보증 {one.sms_number} 26.12.08 종료. 해제·한도문의 {member.branch.phone}"
        for one in others
    ]
    assert sorted(heard(phones, REPRESENTATIVE)) == sorted(alone if rest == "하나씩" else [digest_text(count - 1)])
    assert [len(told(one)) for one in others] == [2] * len(others)  # the stopped text, and the one that went
    assert ExpiryNotice.everything.filter(ends_on=ENDS).count() == count


def test_the_rest_of_the_rest(phones: SimulatorProcess, member: Member) -> None:
    """One is released before each claim: six, five, four; at last the three are told one by one."""
    found = guarantees(member, 6)
    run("2026-11-23")
    for hour, one in zip(("10", "11", "12"), found, strict=False):
        change(one, state="released", outstanding=0, released_at=at(f"2026-11-23 {hour}:00"))
        deliver(phones, f"2026-11-23 {hour}:01")
        run("2026-11-23", f"{hour}:30")
    deliver(phones, "2026-11-23 13:00")
    assert len(heard(phones, REPRESENTATIVE)) == 3
    assert all(any(one.sms_number in text for text in heard(phones, REPRESENTATIVE)) for one in found[3:])


def test_who_was_told_already_is_not_told_the_rest(
    phones: SimulatorProcess, member: Member, settings: Any
) -> None:
    """Two phones in two batches: the first text is out when one guarantee is released."""
    settings.SMS_BATCH_SIZE = 1
    add_recipient(member)
    first, *_ = guarantees(member, 5)
    run("2026-11-23")
    phones.control(faults=[{}, {"answer": "429", "seconds": 60}])
    deliver(phones, "2026-11-23 09:01")
    change(first, state="released", outstanding=0, released_at=at("2026-11-23 09:05"))
    deliver(phones, "2026-11-23 10:30")
    run("2026-11-23", "11:00")
    deliver(phones, "2026-11-23 11:01")
    texts_heard = {mobile: heard(phones, mobile) for mobile in (REPRESENTATIVE, ADDED)}
    assert texts_heard == {REPRESENTATIVE: [digest_text(5)], ADDED: [digest_text(4)]}


def test_opting_out_stops_that_phone_only(phones: SimulatorProcess, member: Member) -> None:
    add_recipient(member)
    guarantees(member, 4)
    run("2026-11-23")
    Reception.everything.create(member=member, representative_receives=False, changed_at=at("2026-11-23 09:01"))
    deliver(phones, "2026-11-23 09:02")
    run("2026-11-23", "11:00")
    deliver(phones, "2026-11-23 11:01")
    assert (heard(phones, REPRESENTATIVE), heard(phones, ADDED)) == ([], [digest_text(4)])
    assert Result.objects.get(state="skipped").reason == "not_a_recipient"


def test_who_opts_out_before_the_rest_is_not_told_it(phones: SimulatorProcess, member: Member) -> None:
    first, *_ = guarantees(member, 5)
    run("2026-11-23")
    change(first, state="released", outstanding=0, released_at=at("2026-11-23 09:01"))
    deliver(phones, "2026-11-23 09:02")
    Reception.everything.create(member=member, representative_receives=False, changed_at=at("2026-11-23 09:03"))
    run("2026-11-23", "11:00")
    deliver(phones, "2026-11-23 11:01")
    assert heard(phones, REPRESENTATIVE) == []


def test_the_rest_waits_ten_minutes_at_most(phones: SimulatorProcess, member: Member, settings: Any) -> None:
    """The task that looks every ten minutes finds it, although the day has had its run."""
    first, *_ = guarantees(member, 5)
    run("2026-11-23")
    with time_machine.travel(at("2026-11-23 09:05"), tick=False):
        tasks.catch_up_expiry()
        assert len(told()) == 1
        change(first, state="released", outstanding=0, released_at=at("2026-11-23 09:05"))
        deliver(phones, "2026-11-23 09:05")
    with time_machine.travel(at("2026-11-23 09:15"), tick=False):
        tasks.catch_up_expiry()
        tasks.catch_up_expiry()
    deliver(phones, "2026-11-23 09:16")
    assert heard(phones, REPRESENTATIVE) == [digest_text(4)]


def test_the_extended_one_gets_its_own_notice_at_its_time(phones: SimulatorProcess, member: Member) -> None:
    """2027-03-31 less fifteen days is Tuesday 03-16."""
    extended, *_ = guarantees(member, 4)
    run("2026-11-23")
    deliver(phones, "2026-11-23 09:01")
    change(extended, ends_on=date(2027, 3, 31))
    run("2027-03-16")
    deliver(phones, "2027-03-16 09:01")
    first, second = heard(phones, REPRESENTATIVE)
    assert first == digest_text(4)
    assert "27.03.31 종료" in second
