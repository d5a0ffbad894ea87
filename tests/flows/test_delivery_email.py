"""E-mails leave by the same outbox: at once, also at night, and again where nobody can say whether they left."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sms.delivery.claim import USUAL, Work, sweep, take
from sms.gateways.local import LocalGateway
from sms.gateways.transport import Channel as Wire
from sms.models import Batch, Channel, Message
from tests.factories import at
from tests.flows.smtp_stub import SmtpStub, smtp_stub
from tests.flows.test_delivery import NOON, batches, results, run, words, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway() -> LocalGateway:
    """Nothing behind it: an e-mail needs no SMS gateway."""
    return LocalGateway(Wire("http://127.0.0.1:1"), api_key="", webhook_secret="")


@pytest.fixture
def server(settings: Any) -> Iterator[SmtpStub]:
    with smtp_stub() as stub:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", stub.port, 2
        yield stub


def mail(count: int = 1, **fields: Any) -> list[Message]:
    given = {"channel": Channel.EMAIL, "to": "kim@example.kr", "subject": "심사 결과", "body": "승인되었습니다."}
    return write(*[""] * count, **{**given, **fields})


def test_an_e_mail_leaves_at_night_with_both_bodies(gateway: LocalGateway, mailoutbox: list) -> None:
    (message,) = mail(html="<p>승인되었습니다.</p>")
    run(gateway, at("2026-11-20 23:30"))
    (sent,) = mailoutbox
    assert (sent.to, sent.subject, sent.body) == (["kim@example.kr"], "심사 결과", "승인되었습니다.")
    assert sent.alternatives[0].content == "<p>승인되었습니다.</p>"
    assert sent.from_email == "webmaster@example.kr"
    assert sent.extra_headers["Message-ID"] == f"<{message.gateway_key}@example.kr>"
    assert results(message) == [("accepted", "")]
    assert words(message) == ("accepted", "메일 서버에 넘겼습니다")
    assert batches() == [("done", 0)]


@pytest.mark.parametrize(
    ("_case", "replies", "rows", "then"),
    [
        ("받음", {}, [("accepted", "")], "done"),
        ("없는 주소", {"RCPT": "550 no such user"}, [("refused", "bad_address:550")], "done"),
        ("내용을 거절", {"END": "554 spam"}, [("refused", "bad_address:554")], "done"),
        ("사서함이 참", {"RCPT": "452 full"}, [("deferred", "temporary:452")], "ready"),
        ("잠시 뒤에", {"END": "451 later"}, [("deferred", "temporary:451")], "ready"),
        ("우리를 모름", {"MAIL": "530 log in"}, [], "ready"),
        ("받고 대답 없이 끊음", {"END": ""}, [], "ready"),
    ],
)
def test_answers_of_the_mail_server(
    gateway: LocalGateway, server: SmtpStub, _case: str, replies: dict, rows: list, then: str
) -> None:
    (message,) = mail()
    server.replies = replies
    run(gateway)
    assert results(message) == rows
    assert Batch.objects.get().state == then


def test_no_mail_server_at_all(gateway: LocalGateway, settings: Any) -> None:
    """fault-94: the letters wait."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    first, second = mail(2)
    mail()
    assert run(gateway) == 1
    assert results(first) == results(second) == []
    assert sorted(Batch.objects.values_list("state", "trouble")) == [
        ("ready", ""),
        ("ready", "ConnectionRefusedError"),
    ]


def test_an_e_mail_in_doubt_goes_again_under_the_same_name(gateway: LocalGateway, server: SmtpStub) -> None:
    first, second = mail(2)
    server.replies = {"END": ""}
    run(gateway)
    server.replies = {}
    run(gateway, NOON + timedelta(minutes=1))
    assert results(first) == results(second) == [("accepted", "")]
    names = [line for text in server.mails for line in text.splitlines() if line.startswith("Message-ID")]
    assert names == [f"Message-ID: <{key}@example.kr>" for key in (*[first.gateway_key] * 2, second.gateway_key)]


def test_a_name_with_a_line_break_is_refused_and_stops_nobody(gateway: LocalGateway, mailoutbox: list) -> None:
    (bad,) = mail(subject="심사\nBcc: x@example.kr")
    (good,) = mail()
    run(gateway)
    assert results(bad) == [("refused", "content:header")]
    assert results(good) == [("accepted", "")]
    assert len(mailoutbox) == 1


def test_a_dead_workers_e_mails_go_on_where_it_stopped(gateway: LocalGateway, mailoutbox: list) -> None:
    mail(3)
    claim = take(at=NOON, works={Work.MAILS}, gateways=[], timing=USUAL)
    assert claim
    Batch.objects.update(lease_until=NOON - timedelta(days=365))
    assert sweep(quarantine=timedelta(hours=1)) == 1
    assert Batch.objects.get().state == "ready"
    Batch.objects.update(not_before=NOON)  # the sweep used the database's clock, this story does not
    run(gateway)
    assert len(mailoutbox) == 3


def test_a_short_run_stops_between_two_e_mails(gateway: LocalGateway, mailoutbox: list) -> None:
    mail(3)
    run(gateway, seconds=0.0001)
    assert len(mailoutbox) < 3
    run(gateway)
    assert len(mailoutbox) == 3
