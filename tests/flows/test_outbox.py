"""A message is a row of the transaction it tells of: written once, never without it, never lost by a broker."""

import socket
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from portal.members.models import Member
from sms.models import Batch, Channel, Message, Purpose, SenderNumber
from sms.outbox import Draft, gateway_key, queue, queue_selected
from tests.factories import at, make_member
from tests.faults.harness import run_python

NOON = at("2026-11-20 12:00")  # Friday
NIGHT = at("2026-11-20 23:00")


def text(member: Member, key: str, **fields: object) -> Draft:
    values: dict[str, object] = {
        "key": key, "member_id": member.pk, "channel": Channel.SMS, "purpose": Purpose.SCREENING_RESULT,
        "to": "01000000100", "body": "[설비공제]심사승인", "reference": "application:1",
    }  # fmt: skip
    return Draft(**{**values, **fields})  # type: ignore[arg-type]


def sizes() -> list[tuple[str, str, int]]:
    return list(Batch.objects.order_by("id").values_list("channel", "purpose", "size"))


@pytest.mark.django_db
def test_a_key_is_written_once() -> None:
    member = make_member()
    assert queue([text(member, "decision:1:sms")], at=NOON) == 1
    assert queue([text(member, "decision:1:sms", body="다른 글")], at=NOON) == 0
    assert queue([text(member, "decision:1:sms"), text(member, "decision:2:sms")], at=NOON) == 1
    assert list(Message.everything.order_by("id").values_list("key", "body")) == [
        ("decision:1:sms", "[설비공제]심사승인"),
        ("decision:2:sms", "[설비공제]심사승인"),
    ]
    assert sizes() == [("sms", "screening_result", 1), ("sms", "screening_result", 1)]


@pytest.mark.django_db
def test_one_call_makes_a_batch_for_each_channel_and_purpose(settings: object) -> None:
    settings.SMS_BATCH_SIZE = 2  # type: ignore[attr-defined]
    member = make_member()
    drafts = [text(member, f"expiry:{n}", purpose=Purpose.EXPIRY_NOTICE) for n in range(5)]
    drafts.append(text(member, "issued:1", purpose=Purpose.ISSUED))
    drafts.append(text(member, "issued:1:mail", purpose=Purpose.ISSUED, channel=Channel.EMAIL, to="a@example.kr"))
    assert queue(drafts, at=NOON) == 7
    assert sorted(sizes()) == [
        ("email", "issued", 1),
        ("sms", "expiry_notice", 1),
        ("sms", "expiry_notice", 2),
        ("sms", "expiry_notice", 2),
        ("sms", "issued", 1),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("_case", "fields", "when", "channel", "sender", "not_before"),
    [
        ("짧은 글", {}, NOON, "sms", "15880000", NOON),
        ("밤에는 아침으로", {}, NIGHT, "sms", "15880000", at("2026-11-21 07:00")),
        ("90바이트", {"body": "가" * 45}, NOON, "sms", "15880000", NOON),
        ("91바이트면 장문", {"body": "가" * 45 + "."}, NOON, "lms", "15880000", NOON),
        (
            "이메일은 밤에도",
            {"channel": Channel.EMAIL, "to": "a@example.kr"},
            NIGHT, "email", "webmaster@example.kr", NIGHT,
        ),
    ],
)  # fmt: skip
def test_how_a_message_is_written(
    _case: str, fields: dict, when: object, channel: str, sender: str, not_before: object
) -> None:
    SenderNumber.objects.create(number="15880000", owner="조합", is_default=True)
    queue([text(make_member(), "k", **fields)], at=when)  # type: ignore[arg-type]
    message = Message.everything.select_related("batch").get()
    assert (message.channel, message.sender, message.batch.not_before) == (channel, sender, not_before)
    assert message.valid_until == not_before + timedelta(days=3)  # type: ignore[operator]


@pytest.mark.django_db
def test_without_a_default_number_the_cooperative_is_the_sender() -> None:
    queue([text(make_member(), "k")], at=NOON)
    assert Message.everything.get().sender == "020000000"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("_case", "fields"),
    [
        ("받는 곳 없음", {"to": ""}),
        ("빈칸뿐", {"to": "  "}),
        ("번호가 아님", {"to": "hong@example.kr"}),
        ("이메일 주소 없음", {"to": "", "channel": Channel.EMAIL}),
        ("2,001바이트", {"body": "가" * 1000 + "."}),
    ],
)
def test_what_cannot_be_sent_is_not_written(_case: str, fields: dict) -> None:
    with pytest.raises(ValueError):
        queue([text(make_member(), "k", **fields)], at=NOON)
    assert not Message.everything.exists()
    assert not Batch.objects.exists()


@pytest.mark.django_db
def test_a_message_never_changes() -> None:
    queue([text(make_member(), "k")], at=NOON)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        Message.everything.update(body="바뀐 글")


@pytest.mark.django_db
def test_the_gateway_key_is_the_same_in_sql_and_after_a_restore() -> None:
    queue([text(make_member(), "expiry:2026-C1-000123-4:2026-12-31")], at=NOON)
    known = Message.everything.get().gateway_key
    assert known == gateway_key("expiry:2026-C1-000123-4:2026-12-31")
    assert known == UUID("5074ac96-db95-8330-ad35-6e14268d783f")


SELECT = """SELECT 'expiry:' || n, %s, '0100000' || lpad(n::text, 4, '0'), '김가온', '글 ' || n, 'guarantee:' || n,
                   NULL
              FROM generate_series(1, %s) AS n ORDER BY n"""


def plan(member: Member, count: int) -> int:
    return queue_selected(
        select=SELECT, params=[member.pk, count], channel=Channel.SMS, purpose=Purpose.EXPIRY_NOTICE, at=NOON
    )


@pytest.mark.django_db
def test_a_selection_is_written_in_order_and_once(settings: object) -> None:
    settings.SMS_BATCH_SIZE = 4  # type: ignore[attr-defined]
    member = make_member()
    assert plan(member, 0) == 0
    assert sizes() == []
    assert plan(member, 10) == 10
    assert [size for _c, _p, size in sizes()] == [4, 4, 2]
    assert plan(member, 10) == 0
    assert [size for _c, _p, size in sizes()] == [4, 4, 2]
    assert plan(member, 13) == 3
    assert sum(size for _c, _p, size in sizes()) == 13
    rows = Message.everything.order_by("id")
    assert [row.body for row in rows] == [f"글 {n}" for n in range(1, 14)]
    assert {row.key: row.gateway_key for row in rows} == {row.key: gateway_key(row.key) for row in rows}
    for batch in Batch.objects.all():
        assert batch.messages.count() == batch.size


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_nothing() -> None:
    member = make_member()
    with transaction.atomic():
        queue([text(member, "k")], at=NOON)
        plan(member, 10)
        transaction.set_rollback(True)
    assert not Message.everything.exists()
    assert not Batch.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_written() -> None:
    member = make_member()
    for write in (lambda: queue([text(member, "k")], at=NOON), lambda: plan(member, 1)):
        with pytest.raises(transaction.TransactionManagementError):
            write()
    assert not Message.everything.exists()


@pytest.mark.django_db(transaction=True)
def test_two_transactions_write_a_key_once() -> None:
    member = make_member()
    written: list[int] = []
    together = threading.Barrier(2)

    def write() -> None:
        try:
            with transaction.atomic():
                together.wait()
                written.append(queue([text(member, "b"), text(member, "a")], at=NOON))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(written) == [0, 2]
    assert sizes() == [("sms", "screening_result", 2)]


COMMIT = """
import threading, time
from django.db import transaction
from portal import clock
from portal.members.models import Member
from sms.models import Message
from sms.outbox import Draft, queue

member = Member.everything.get()
started = time.monotonic()
with transaction.atomic():
    queue([Draft("k", member.pk, "sms", "issued", "01000000100", "발급")], at=clock.now())
print(Message.everything.count(), time.monotonic() - started)
for thread in threading.enumerate():
    if thread.name == "doorbell":
        thread.join(5)
"""


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_does_not_break_a_commit() -> None:
    make_member()
    done = run_python(COMMIT, REDIS_URL="redis://127.0.0.1:1/0")
    assert done.stdout.split()[0] == "1"
    assert "no worker was rung: OperationalError" in done.stderr


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_silent_broker_does_not_hold_up_a_commit() -> None:
    make_member()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = run_python(COMMIT, REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
    count, seconds = done.stdout.split()
    assert count == "1"
    assert float(seconds) < 8  # Redis itself may take its 10 seconds to be given up
