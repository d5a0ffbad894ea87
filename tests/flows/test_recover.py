"""After a fail-over or a restore: two people agree, nobody is texted twice, no number is given twice."""

from collections import Counter as Tally
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from guarantees.actions import issuing
from guarantees.actions.expiry import plan_expiry_notices
from guarantees.actions.numbers import next_in
from guarantees.models import Counter, ExpiryNotice, ExpiryRun, Guarantee, GuaranteeDocument
from guarantees.recovery import lost_days
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.gate import recovery
from portal.gate.actions.recovering import (
    AlreadyAsked,
    NeedsRecovery,
    NotWaiting,
    NotYours,
    SamePerson,
    approve,
    ask,
    withdraw,
)
from portal.gate.actions.watching import close
from portal.gate.door import is_open
from portal.gate.models import ClosedBecause, Gate, Recovery, RecoveryKind
from portal.gate.tasks import look
from portal.members.models import LoginSession, User
from portal.members.roles import Role
from sms.delivery.drain import drain
from sms.gateways import registry
from sms.models import Batch, Message
from tests.factories import at, make_guarantee, make_member, make_user
from tests.gateway_simulator import API_KEY, WEBHOOK_SECRET, SimulatorProcess
from tests.stories import admin, approved, make_cast

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("시험")
BACKEND = "portal.members.login.MemberBackend"
NOON = at("2026-11-20 12:00")  # a Friday
DUE = date(2026, 12, 5)  # its notice is due that day


@pytest.fixture(autouse=True)
def witness(settings: Any, tmp_path: Path) -> None:
    settings.GATE_WITNESS = str(tmp_path / "witness")
    settings.DOCUMENT_FOLDER = tmp_path / "documents"


@pytest.fixture
def two() -> tuple[User, User]:
    return make_user(Role.IT_SUPPORT, full_name="한마루"), make_user(Role.IT_SUPPORT, full_name="두마루")


def asked(person: User, **given: Any) -> Recovery:
    wanted = {"kind": RecoveryKind.AFTER_LOSS, "reason": "어제 백업을 복원함", **given}
    return ask(by=admin(person), at=NOON, **wanted)


def recovered(two: tuple[User, User], **given: Any) -> Recovery:
    one, other = two
    approve(recovery_id=asked(one, **given).pk, by=admin(other), at=NOON)
    return recovery.carry_out(recovery_id=Recovery.objects.get().pk, by=SYSTEM, at=NOON)


# ── Two people ──


def test_asking_shuts_the_gate_and_the_second_persons_word_opens_it(two: tuple[User, User]) -> None:
    wanted = asked(two[0])
    assert not is_open()
    approve(recovery_id=wanted.pk, by=admin(two[1]), at=NOON)
    assert not is_open()
    done = recovery.carry_out(recovery_id=wanted.pk, by=SYSTEM, at=NOON)
    assert (is_open(), done.finished_at) == (True, NOON)
    steps = AuditEvent.everything.filter(action="recovery.step").order_by("id")
    assert [event.detail["step"] for event in steps] == ["ids", "notices", "numbers", "doubt", "sessions"]
    told = list(AuditEvent.everything.order_by("id").values_list("action", flat=True))
    assert [action for action in told if action.startswith(("gate", "recovery"))] == [
        "gate.close", "recovery.ask", "recovery.approve", *["recovery.step"] * 5, "gate.open", "recovery.finish",
    ]  # fmt: skip


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.IT_SUPPORT, Role.MEMBER_REP, Role.MEMBER_USER}))
def test_only_the_it_department_asks_and_approves(two: tuple[User, User], role: Role) -> None:
    stranger = make_user(role)
    with pytest.raises(NotYours):
        asked(stranger)
    wanted = asked(two[0])
    for act in (approve, lambda **given: withdraw(reason="시험", **given)):
        with pytest.raises(NotYours):
            act(recovery_id=wanted.pk, by=admin(stranger), at=NOON)


def test_nobody_approves_his_own_and_the_database_agrees(two: tuple[User, User]) -> None:
    wanted = asked(two[0])
    with pytest.raises(SamePerson):
        approve(recovery_id=wanted.pk, by=admin(two[0]), at=NOON)
    with pytest.raises(IntegrityError, match="recovery_two_people"), transaction.atomic():
        Recovery.objects.update(approved_by=two[0], approved_at=NOON)
    with pytest.raises(recovery.NotApproved):
        recovery.carry_out(recovery_id=wanted.pk, by=SYSTEM, at=NOON)
    assert not is_open()


def test_one_recovery_at_a_time_and_a_withdrawn_one_is_over(two: tuple[User, User]) -> None:
    wanted = asked(two[0])
    with pytest.raises(AlreadyAsked):
        asked(two[1])
    withdraw(recovery_id=wanted.pk, by=admin(two[1]), at=NOON, reason="복원하지 않음")
    for by in two:
        with pytest.raises(NotWaiting):
            approve(recovery_id=wanted.pk, by=admin(by), at=NOON)
    assert not is_open()
    assert asked(two[1]).pk != wanted.pk


def test_what_a_person_shut_is_opened_without_recovery_and_nothing_else_is(two: tuple[User, User]) -> None:
    close(reason=ClosedBecause.BY_STAFF, note="정기 점검", by=admin(two[0]), at=NOON)
    assert recovered(two, kind=RecoveryKind.REOPEN).done == {}
    assert is_open()
    close(reason=ClosedBecause.OTHER_DATABASE, note="", by=SYSTEM, at=NOON)
    with pytest.raises(NeedsRecovery):
        asked(two[0], kind=RecoveryKind.REOPEN)


def test_the_desk_asks_and_approves_with_two_logins_and_beat_does_it(
    two: tuple[User, User], client: Client
) -> None:
    client.force_login(two[0], backend=BACKEND)
    client.post(
        reverse("admin:gate_gate_do", args=[1, "recover"]), {"reason": "백업 복원", "days": "7", "margin": "1000"}
    )
    wanted = Recovery.objects.get()
    url = reverse("admin:gate_recovery_do", args=[wanted.pk, "approve"])
    assert "다른 직원" in client.post(url).content.decode()
    look()
    assert not is_open()
    client.force_login(two[1], backend=BACKEND)
    asked_page = client.get(url).content.decode()
    assert all(word in asked_page for word in ("보증서번호", "중계사", "로그인"))
    client.post(url)
    look()
    assert is_open()
    assert Recovery.objects.get().finished_at is not None


def test_the_command_shows_refuses_and_does(two: tuple[User, User]) -> None:
    out = StringIO()
    call_command("recover", "--dry-run", stdout=out)
    assert all(word in out.getvalue() for word in ("차단기: 열림", "보증서번호", "중계사"))
    assert Gate.objects.get().is_open
    with pytest.raises(CommandError, match="승인된 복구 요청이 없습니다"):
        call_command("recover", stdout=out)
    approve(recovery_id=asked(two[0]).pk, by=admin(two[1]), at=NOON)
    call_command("recover", stdout=out)
    assert "다시 열었습니다" in out.getvalue()
    with pytest.raises(CommandError, match="승인된 복구 요청이 없습니다"):
        call_command("recover", stdout=out)


# ── What it does ──


def batch(state: str, **fields: Any) -> Batch:
    given = {
        "channel": "sms", "purpose": "issued", "size": 1, "state": state, "created_at": NOON,
        "not_before": NOON - timedelta(hours=1), "gateway": "local", "gateway_group": "G1",
        "lease_until": NOON if state == "claimed" else None,
        "settled_at": NOON if state == "done" else None, **fields,
    }  # fmt: skip
    return Batch.objects.create(**given)


@pytest.mark.parametrize(
    ("_case", "state", "fields", "then"),
    [
        ("대기", "ready", {"gateway": "", "gateway_group": ""}, ("unknown", "local", "")),
        ("발송 중", "claimed", {}, ("unknown", "local", "")),
        ("아무것도 나가지 않은 묶음", "claimed", {"gateway_group": "none"}, ("unknown", "local", "")),
        ("묶음 번호를 아는 확인 중", "unknown", {}, ("unknown", "local", "")),
        ("다른 중계사", "unknown", {"gateway": "nhn"}, ("unknown", "nhn", "")),
        ("아직 때가 아닌 예약", "ready", {"not_before": NOON + timedelta(hours=1)}, ("ready", "local", "G1")),
        ("끝남", "done", {}, ("done", "local", "G1")),
        ("담당자 확인", "review", {}, ("review", "local", "G1")),
        ("이메일", "ready", {"channel": "email"}, ("ready", "local", "G1")),
    ],
)
def test_what_may_have_left_is_asked_about(
    two: tuple[User, User], _case: str, state: str, fields: dict[str, Any], then: tuple[str, str, str]
) -> None:
    row = batch(state, **fields)
    recovered(two)
    row.refresh_from_db()
    assert (row.state, row.gateway, row.gateway_group) == then
    assert row.token == (1 if then[0] == "unknown" else 0)  # a worker that still holds it is fenced off


def test_where_there_are_two_gateways_each_is_asked(two: tuple[User, User], settings: Any) -> None:
    settings.SMS_SECOND_GATEWAY, settings.SMS_NHN_APP_KEY = "nhn", "key"
    settings.SMS_SECOND_GATEWAY_KEY = settings.SMS_SECOND_GATEWAY_SECRET = "secret"
    registry.forget()
    try:
        row = batch("ready", gateway="", gateway_group="")
        recovered(two)
    finally:
        registry.forget()
    row.refresh_from_db()
    assert (row.state, row.gateway, row.gateway_group) == ("unknown", "local", "every")


def test_every_series_jumps_also_those_that_began_in_the_lost_hours(two: tuple[User, User]) -> None:
    for _ in range(3):
        next_in("guarantee:2026:C1")
    Counter.objects.create(series="guarantee:2026:D1", last=999_500)
    recovered(two, margin=700)
    last = dict(Counter.objects.values_list("series", "last"))
    assert last["guarantee:2026:C1"] == 703
    assert last["guarantee:2026:D1"] == 999_999
    assert last["guarantee:2026:B1"] == 700  # no guarantee was left of it
    assert last["application:2026"] == 700
    assert next_in("guarantee:2026:C1") == 704


def test_a_series_goes_beyond_every_document_that_was_kept(two: tuple[User, User]) -> None:
    """The number of a lost guarantee is read from its file, and told: it is out there and in no row."""
    cast = make_cast()
    Counter.objects.create(series="guarantee:2026:C1", last=5_000)
    application = approved(cast)
    lost = issuing.issue(
        application_id=application.pk,
        by=admin(cast.officer),
        at=NOON,
        agreement_confirmed=True,
        fee_confirmed=True,
    )
    with as_superuser() as cursor:  # the backup does not know it
        for table in ("guarantees_delivery", "guarantees_guaranteedocument", "guarantees_guarantee"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("UPDATE guarantees_counter SET last = 12 WHERE series = 'guarantee:2026:C1'")
    done = recovered(two, margin=10)
    assert done.done["numbers"]["lost_guarantees"] == [lost.number]
    assert next_in("guarantee:2026:C1") == 5_002


class as_superuser:
    """Rows changed behind the back of every trigger and foreign key."""

    def __enter__(self) -> Any:
        self.cursor = connection.cursor()
        self.cursor.execute("SET session_replication_role = replica")
        return self.cursor

    def __exit__(self, *_: object) -> None:
        self.cursor.execute("SET session_replication_role = origin")
        self.cursor.close()


def test_ids_jump_and_sessions_end(two: tuple[User, User], client: Client) -> None:
    client.force_login(two[0], backend=BACKEND)
    before = make_member().pk
    recovered(two)
    assert make_member().pk >= before + 1_000_000
    assert not LoginSession.objects.exists()
    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize(
    ("_case", "runs", "days", "then"),
    [
        ("아무 실행도 없음", [], 7, ["20"]),
        ("어제까지 있음", ["18", "19"], 7, ["20"]),
        ("이틀 잃음", ["17"], 7, ["18", "19", "20"]),
        ("오늘 실행도 다시", ["18", "19", "20"], 7, ["20"]),
        ("가운데가 빔", ["17", "19"], 7, ["18", "20"]),
        ("기간보다 오래", ["02"], 3, ["17", "18", "19", "20"]),
    ],
)
def test_days_that_are_planned_anew(_case: str, runs: list[str], days: int, then: list[str]) -> None:
    for day in runs:
        ExpiryRun.objects.create(run_on=f"2026-11-{day}", state="skipped", started_at=NOON)
    assert [f"{day:%d}" for day in lost_days(Recovery(days=days), NOON)] == then


def test_an_interrupted_recovery_goes_on_where_it_stopped(two: tuple[User, User]) -> None:
    wanted = asked(two[0])
    approve(recovery_id=wanted.pk, by=admin(two[1]), at=NOON)
    next_in_before = Counter.objects.create(series="guarantee:2026:C1", last=1)
    trouble = recovery.Step("trouble", "고장", 40, lambda **_: "", fail)
    recovery.register(trouble)
    try:
        with pytest.raises(ZeroDivisionError):
            recovery.carry_out(recovery_id=wanted.pk, by=SYSTEM, at=NOON)
        assert set(Recovery.objects.get().done) == {"ids", "notices", "numbers"}
        assert not is_open()
    finally:
        recovery._steps.pop("trouble")
    recovery.carry_out(recovery_id=wanted.pk, by=SYSTEM, at=NOON)
    next_in_before.refresh_from_db()
    assert (next_in_before.last, is_open()) == (1_001, True)


def fail(**_: Any) -> recovery.Report:
    raise ZeroDivisionError


# ── Nobody is texted twice ──


def lose_todays_work() -> None:
    """What the backup of last night does not know: the run, its notices, its messages and their results."""
    with as_superuser() as cursor:
        cursor.execute(
            "TRUNCATE sms_result, sms_receipt, sms_message, sms_batch, guarantees_expirynotice, "
            "guarantees_expiryrun RESTART IDENTITY CASCADE"
        )


def times(simulator: SimulatorProcess) -> Tally[int]:
    return Tally(simulator.accepted_counts().values())


@pytest.mark.parametrize("recovers", [True, False], ids=["fault-49 복구함", "복구 없이는 두 번"])
def test_a_restored_run_is_not_sent_again(
    transactional_db: None, settings: Any, two: tuple[User, User], recovers: bool
) -> None:
    for _ in range(3):
        make_guarantee(make_member(), ends_on=DUE)
    with SimulatorProcess() as simulator:
        settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_KEY = simulator.url, API_KEY
        settings.SMS_GATEWAY_SECRET = WEBHOOK_SECRET
        gateway = simulator.gateway(quarantine=timedelta(0))
        plan_expiry_notices(on=NOON.date(), by=SYSTEM, at=NOON)
        drain(now=lambda: NOON, gateway=gateway)
        assert times(simulator) == Tally({1: 3})
        lose_todays_work()
        make_guarantee(make_member(), ends_on=DUE)  # and one that was really never told
        if recovers:
            assert recovered(two).done["notices"]["planned"] == 4
            assert set(Batch.objects.values_list("state", flat=True)) == {"unknown"}
            Batch.objects.update(not_before=NOON - timedelta(days=1))
        else:
            plan_expiry_notices(on=NOON.date(), by=SYSTEM, at=NOON)
        for minutes in (0, 5, 10):
            drain(now=lambda passed=minutes: NOON + timedelta(minutes=passed), gateway=gateway)
        assert times(simulator) == (Tally({1: 4}) if recovers else Tally({2: 3, 1: 1}))
    assert ExpiryNotice.everything.filter(state="planned").count() == Message.everything.count() == 4
    assert not Batch.objects.exclude(state="done").exists()
    assert Guarantee.everything.count() == 4
    assert not GuaranteeDocument.everything.exists()
