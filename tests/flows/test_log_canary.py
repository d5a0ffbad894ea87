"""Invented personal numbers pushed through pages, tasks and faults: none of them reaches the log."""

import io
import logging
from collections.abc import Iterator

import pytest
from celery.app.log import Logging
from django.test import Client

from portal.celery import app
from portal.logs import JsonLine, MaskPersonalNumbers
from portal.members.roles import Role
from sms import tasks
from sms.models import Message, SenderNumber
from sms.outbox import Draft, queue
from tests.factories import PASSWORD, at, make_branch, make_member, make_user
from tests.pages.actors import new_browser

pytestmark = pytest.mark.django_db
MOBILE, BUSINESS, RESIDENT, MAIL = "01098761234", "9018199999", "8001011234567", "canary@secret.example"
SECRET = "Canary-Secret-77"
SPELLINGS = (
    MOBILE, "010-9876-1234", "98761234", BUSINESS, "901-81-99999", RESIDENT, "800101-1234567", MAIL, SECRET,
)  # fmt: skip


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, from DEBUG on, as production would write it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLine())
    handler.addFilter(MaskPersonalNumbers())
    names = ("", "django.request", "django.security", "axes", "sms", "celery")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield written
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def visitor() -> Client:
    """A browser to which a fault is a page."""
    browser = new_browser()
    browser.raise_request_exception = False
    return browser


def seen(log: io.StringIO) -> list[str]:
    return [spelling for spelling in SPELLINGS if spelling in log.getvalue()]


def test_the_log_is_listened_to(log: io.StringIO) -> None:
    logging.getLogger("sms.delivery").warning("to %s, %s", MOBILE, "heard")
    assert "heard" in log.getvalue()
    assert seen(log) == []


@pytest.mark.parametrize(
    ("_case", "url", "data"),
    [
        ("로그인", "/accounts/login/", {"login": MOBILE, "password": SECRET}),
        ("로그인, 이메일로", "/accounts/login/", {"login": MAIL, "password": SECRET}),
        ("재설정", "/accounts/password/reset/", {"email": MAIL}),
        (
            "수신자 추가",
            "/mypage/recipients/",
            {"do": "add", "name": "가", "mobile": MOBILE, "kinds": "expiry", "consented": "on"},
        ),
        ("문자 쓰기", "/sms/", {"text": f"{RESIDENT} {MAIL}", "numbers": MOBILE, "step": "check"}),
        ("없는 주소", f"/no/{MOBILE}/", {"a": BUSINESS}),
        ("없는 호스트로", f"/?q={RESIDENT}", {}),
    ],
)
def test_pages(log: io.StringIO, _case: str, url: str, data: dict[str, str]) -> None:
    user = make_user(Role.MEMBER_REP, member=make_member(make_branch(), business_number=BUSINESS))
    browser = visitor()
    if not url.startswith("/accounts"):
        browser.force_login(user, "portal.members.login.MemberBackend")
    host = {"Host": f"{MOBILE}.example"} if "호스트" in _case else {}
    browser.post(url, data, headers=host)
    browser.get(url, data, headers=host)
    assert seen(log) == []


def test_a_locked_account(log: io.StringIO) -> None:
    make_user(Role.MEMBER_REP, member=make_member(), username=MAIL)
    for _ in range(6):
        new_browser().post("/accounts/login/", {"login": MAIL, "password": SECRET})
    assert PASSWORD not in log.getvalue()
    assert seen(log) == []


def test_a_delivery_that_fails(log: io.StringIO, settings: object) -> None:
    """Nobody listens at the gateway's door: whatever the sender tells of it names no number."""
    settings.SMS_GATEWAY_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    SenderNumber.objects.create(number="0200000101", owner="조합", is_default=True)
    member = make_member()
    queue([Draft("canary", member.pk, "sms", "issued", MOBILE, "[설비공제]발급")], at=at("2026-01-05 10:00"))
    tasks.deliver()
    tasks.collect_reports()
    assert Message.everything.filter(to=MOBILE).exists()
    assert seen(log) == []


def test_the_worker_keeps_the_masked_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery would else replace the handlers of the root logger by its own when a worker starts."""
    before = list(logging.getLogger().handlers)
    monkeypatch.setattr(Logging, "already_setup", False)
    app.log.setup_logging_subsystem(loglevel=logging.INFO)
    after = list(logging.getLogger().handlers)
    assert after == before
    ours = [handler for handler in after if isinstance(handler.formatter, JsonLine)]
    assert len(ours) == 1
    assert any(isinstance(filter_, MaskPersonalNumbers) for filter_ in ours[0].filters)


def test_a_fault_in_a_page(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """The traceback of an unforeseen fault is written masked."""

    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError(f"unforeseen: {MOBILE} {MAIL}")

    monkeypatch.setattr("portal.context.reverse", broken)
    browser = visitor()
    browser.force_login(make_user(Role.MEMBER_REP, member=make_member()), "portal.members.login.MemberBackend")
    browser.get("/mypage/")
    assert "unforeseen" in log.getvalue()
    assert seen(log) == []
