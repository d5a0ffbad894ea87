"""A day without its run: made up for from any side, and told once when nobody could."""

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from celery.signals import after_task_publish, worker_ready
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client

from guarantees import tasks
from guarantees.actions.expiry_watch import has_run, raise_alarm, run_if_due
from guarantees.models import ExpiryAlarm, ExpiryRun
from portal.celery import app as celery_app
from portal.members.models import Member
from tests.calendar_2024_2030 import fill_calendar
from tests.factories import at, make_guarantee, make_member
from tests.flows.expiry_world import BY, run, told

pytestmark = pytest.mark.django_db
MONDAY = "2026-11-23"


@pytest.fixture
def member() -> Member:
    fill_calendar()
    found = make_member(representative_mobile="01000000100")
    make_guarantee(found, ends_on=date(2026, 12, 8))
    return found


@pytest.mark.parametrize(
    ("_case", "when", "ran"),
    [
        ("아홉 시 전", "2026-11-23 08:59", False),
        ("아홉 시", "2026-11-23 09:00", True),
        ("저녁 일곱 시 59분", "2026-11-23 19:59", True),
        ("여덟 시부터는 쉼", "2026-11-23 20:00", False),
        ("휴무일에도 기록", "2026-11-22 09:00", True),
    ],
)
def test_the_hours_of_making_up(member: Member, _case: str, when: str, ran: bool) -> None:
    assert (run_if_due(by=BY, at=at(when)) is not None) is ran
    assert has_run(at(when).date()) is ran


def test_a_day_that_had_its_run_is_left_alone(member: Member) -> None:
    run(MONDAY)
    assert run_if_due(by=BY, at=at(f"{MONDAY} 09:10")) is None
    assert ExpiryRun.objects.get().ticks == 1


def test_a_day_written_down_as_missed_is_run(member: Member) -> None:
    ExpiryRun.objects.create(run_on=MONDAY, state="missed", started_at=at("2026-11-24 09:00"))
    assert not has_run(date(2026, 11, 23))
    run_if_due(by=BY, at=at(f"{MONDAY} 09:10"))
    assert has_run(date(2026, 11, 23))


@pytest.mark.parametrize(
    ("_case", "ran_on", "when", "then"),
    [
        ("경보 시각 전", None, "2026-11-23 10:59", False),
        ("경보 시각", None, "2026-11-23 11:00", True),
        ("실행했음", MONDAY, "2026-11-23 11:00", False),
        ("어제만 실행", "2026-11-22", "2026-11-23 11:00", True),
        ("휴무일도 마찬가지", None, "2026-11-22 11:00", True),
    ],
)
def test_when_there_is_something_to_tell(
    member: Member, _case: str, ran_on: str | None, when: str, then: bool
) -> None:
    if ran_on:
        run(ran_on)
    assert raise_alarm(at=at(when)) is then
    assert len(mail.outbox) == int(then)


def test_operators_hear_once_and_the_log_each_time(
    member: Member, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OPERATOR_EMAILS = ["ops@example.kr", "night@example.kr"]
    with caplog.at_level(logging.ERROR):
        for minute in (0, 10, 20, 50):
            raise_alarm(at=at(f"{MONDAY} 11:{minute:02d}"))
    assert [record.message for record in caplog.records] == ["no expiry run on 2026-11-23 by 11 o'clock"] * 4
    (letter,) = mail.outbox
    assert letter.to == ["ops@example.kr", "night@example.kr"]
    assert "2026. 11. 23.(월) 11시까지" in letter.body
    assert "expiry_run --if-due" in letter.body
    raise_alarm(at=at("2026-11-24 11:00"))
    assert len(mail.outbox) == 2  # another day, another letter


def test_a_mail_server_in_trouble_is_tried_again_after_half_an_hour(member: Member, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens
    raise_alarm(at=at(f"{MONDAY} 11:00"))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    raise_alarm(at=at(f"{MONDAY} 11:29"))
    assert mail.outbox == []
    raise_alarm(at=at(f"{MONDAY} 11:30"))
    assert len(mail.outbox) == 1
    assert ExpiryAlarm.objects.get().mailed_at == at(f"{MONDAY} 11:30")


def readyz(when: str) -> dict[str, object]:
    with time_machine.travel(at(when), tick=False):
        return dict(Client().get("/readyz").json())


def test_readyz_names_it(member: Member) -> None:
    assert readyz("2026-11-20 12:00")["expiry_run"] is True  # before the first run nothing is late
    run("2026-11-22")
    assert readyz("2026-11-23 10:59")["expiry_run"] is True
    assert readyz("2026-11-23 11:00")["expiry_run"] is False
    assert readyz("2026-11-23 11:00")["state"] != "ready"
    run(MONDAY)
    assert readyz("2026-11-23 11:00")["expiry_run"] is True
    assert readyz("2026-11-25 08:00")["expiry_run"] is False  # nor did yesterday have one


def test_a_run_for_another_day_is_no_sign_of_life(member: Member) -> None:
    run("2026-11-20")
    with time_machine.travel(at("2026-11-23 10:00"), tick=False):
        call_command("expiry_run", "--date", "2026-11-19")
    assert readyz("2026-11-23 11:00")["expiry_run"] is False


@pytest.fixture
def no_notices_table(member: Member) -> Iterator[None]:
    """The run cannot be made at all."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE guarantees_expirynotice RENAME TO away")
        yield
        cursor.execute("ALTER TABLE away RENAME TO guarantees_expirynotice")


@pytest.mark.usefixtures("no_notices_table")
@pytest.mark.parametrize(
    ("_case", "look"),
    [("예약 실행기", tasks.catch_up_expiry), ("cron", lambda: call_command("expiry_run", "--if-due"))],
)
def test_who_tries_in_vain_raises_the_alarm(_case: str, look: Any) -> None:
    with time_machine.travel(at(f"{MONDAY} 11:05"), tick=False), pytest.raises(Exception, match="expirynotice"):
        look()
    assert len(mail.outbox) == 1
    assert not ExpiryRun.objects.exists()


def test_cron_alone_is_enough(member: Member, capsys: pytest.CaptureFixture[str]) -> None:
    """Beat and worker absent all day: the command of a timer plans, once."""
    for minute in range(0, 60, 10):
        with time_machine.travel(at(f"{MONDAY} 08:30") + timedelta(minutes=minute), tick=False):
            call_command("expiry_run", "--if-due")
    assert told() == ["01000000100"]
    assert ExpiryRun.objects.get().ticks == 1
    assert "안내 보증 1건, 문자 1통" in capsys.readouterr().out


def test_cron_ends_with_an_error_while_the_day_is_missing(member: Member) -> None:
    with time_machine.travel(at(f"{MONDAY} 20:30"), tick=False), pytest.raises(SystemExit) as ended:
        call_command("expiry_run", "--if-due")
    assert ended.value.code == 1
    assert told() == []


def test_a_worker_that_starts_rings_for_a_look_at_the_day() -> None:
    """The ring itself; that a real worker answers it is shown in tests/faults/test_expiry_faults.py."""

    class Consumer:
        """What the signal hands over: hashable, with its application."""

        app = celery_app

    rung = []

    def hear(sender: str, **_: object) -> None:
        rung.append(sender)

    after_task_publish.connect(hear)
    try:
        worker_ready.send(sender=Consumer())
    finally:
        after_task_publish.disconnect(hear)
    assert sorted(rung) == [tasks.catch_up_expiry.name, "portal.gate.tasks.look"]
