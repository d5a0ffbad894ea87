"""The gate before sending and issuing: it notices another database by itself, and others notice the gate."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from guarantees.actions import issuing, submission
from guarantees.actions.numbers import NumberTaken, next_in
from guarantees.models import Application, Counter
from guarantees.tasks import deliver_documents, send_refunds
from portal.access import Actor
from portal.audit.models import AuditEvent
from portal.gate import checks, identity
from portal.gate.actions.watching import close, reopen, watch
from portal.gate.door import GateClosed, glance, is_open
from portal.gate.models import ClosedBecause, Gate
from portal.gate.witness import Sight, recall, remember
from portal.health.views import readyz
from portal.members.roles import Role
from sms.delivery.drain import drain
from sms.models import Batch, Channel, Purpose
from sms.outbox import Draft, queue
from tests.factories import at, make_member, make_user
from tests.gateway_simulator import SimulatorProcess
from tests.stories import FRIDAY, admin, approved, attach, filled_draft, make_cast, traces, web

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("gate")
BACKEND = "portal.members.login.MemberBackend"
NOON = at("2026-11-20 12:00")


@pytest.fixture(autouse=True)
def witness(settings: Any, tmp_path: Path) -> Path:
    settings.GATE_WITNESS = str(tmp_path / "witness")
    return tmp_path / "witness"


def shut(reason: ClosedBecause = ClosedBecause.BY_STAFF) -> None:
    close(reason=reason, note="시험", by=SYSTEM, at=NOON)


def elsewhere() -> None:
    """As if this were another database than the one the gate was opened for; nobody has noticed yet."""
    Gate.objects.update(cluster="7000000000000000001-00000001-5-16384")


def write_text() -> Batch:
    draft = Draft(
        key="gate:1", member_id=make_member().pk, channel=Channel.SMS, purpose=Purpose.ISSUED, to="01000000100",
        body="[설비공제]발급",
    )  # fmt: skip
    with transaction.atomic():
        queue([draft], at=NOON)
    return Batch.objects.get()


# ── What it notices ──


def test_a_fresh_database_has_an_open_gate_that_knows_it() -> None:
    gate = Gate.objects.get()
    server, timeline, database, table = gate.cluster.split("-")
    assert (gate.is_open, is_open(), int(timeline, 16) >= 1) == (True, True, True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        assert server == str(cursor.fetchone()[0])
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        assert database == str(cursor.fetchone()[0])
    assert int(table) > 0


def test_looking_at_the_same_database_changes_nothing_and_leaves_a_witness(witness: Path) -> None:
    before = AuditEvent.everything.count()
    assert watch(by=SYSTEM, at=NOON).is_open
    seen = recall(witness)
    assert seen is not None
    assert (seen.cluster, seen.position > 0) == (Gate.objects.get().cluster, True)
    assert AuditEvent.everything.count() == before


@pytest.mark.parametrize(
    ("_case", "part", "value"),
    [
        ("fault-48 승격된 예비 서버", 1, "00000002"),
        ("다른 서버", 0, "7000000000000000001"),
        ("fault-49 새로 만든 데이터베이스에 복원", 2, "1"),
        ("fault-49 같은 데이터베이스에 표만 복원", 3, "1"),
    ],
)
def test_another_database_shuts_the_gate(_case: str, part: int, value: str, caplog: Any) -> None:
    parts = Gate.objects.get().cluster.split("-")
    parts[part] = value
    Gate.objects.update(cluster="-".join(parts))
    assert not is_open()  # before anybody looked
    gate = watch(by=SYSTEM, at=NOON)
    assert (gate.is_open, gate.reason, gate.since) == (False, "other_database", NOON)
    event = AuditEvent.everything.get(action="gate.close")
    assert event.detail["because"] == "other_database"
    assert "the gate is closed" in caplog.text
    watch(by=SYSTEM, at=NOON + timedelta(minutes=1))
    assert AuditEvent.everything.filter(action="gate.close").count() == 1


@pytest.mark.parametrize(
    ("_case", "ahead", "later", "is_open"),
    [
        ("fault-49 디스크 스냅숏이 되돌려짐", 1_000_000_000_000, 0, False),
        ("그사이 더 나아감", -1, 0, True),
        ("차단기를 열기 전의 스냅숏", 0, 60, False),
        ("예전에 연 때의 목격", 1_000_000_000_000, -60, True),
    ],
)
def test_the_witness_knows_how_far_the_database_had_come(
    witness: Path, _case: str, ahead: int, later: int, is_open: bool
) -> None:
    watch(by=SYSTEM, at=NOON)
    seen = recall(witness)
    opened = (Gate.objects.get().opened_at + timedelta(seconds=later)).isoformat()
    remember(witness, Sight(opened if later else seen.opened_at, seen.cluster, seen.position + ahead))
    gate = watch(by=SYSTEM, at=NOON)
    assert (gate.is_open, gate.reason) == ((True, "") if is_open else (False, "went_back"))


def test_a_witness_of_another_database_says_nothing(witness: Path) -> None:
    remember(witness, Sight("2099-01-01T00:00:00+00:00", "7000000000000000001-00000001-5-16384", 10**15))
    assert watch(by=SYSTEM, at=NOON).is_open


@pytest.mark.parametrize("text", ["", "{", '{"opened_at": 1}', "[]", "null"])
def test_an_unreadable_witness_is_written_anew(witness: Path, text: str) -> None:
    witness.write_text(text)
    assert watch(by=SYSTEM, at=NOON).is_open
    assert recall(witness) is not None


def test_without_a_row_the_gate_is_shut() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE gate_gate")
    assert not is_open()
    assert not watch(by=SYSTEM, at=NOON).is_open


def test_the_row_cannot_be_deleted_and_is_the_only_one() -> None:
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        Gate.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Gate.objects.create(id=2, since=NOON, opened_at=NOON, cluster="")


def test_the_look_of_an_unprivileged_role_is_enough() -> None:
    """Both functions are open to every role; a service that closes them is told what to do."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE gate_nobody")
        cursor.execute("SET LOCAL ROLE gate_nobody")
        assert identity.read()[0].count("-") == 3
        cursor.execute("RESET ROLE")
        cursor.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        cursor.execute("SET LOCAL ROLE gate_nobody")
        with pytest.raises(identity.IdentityNotReadable, match="PORTAL_GATE_WATCHES_SERVER"), transaction.atomic():
            identity.read()


def test_switched_off_it_still_knows_a_restored_dump_and_the_deploy_check_warns(settings: Any) -> None:
    assert checks.the_server_is_watched(None) == []
    settings.GATE_WATCHES_SERVER = False
    assert [warning.id for warning in checks.the_server_is_watched(None)] == ["gate.W001"]
    name, position = identity.read()
    assert (name.count("-"), position) == (1, None)
    assert not watch(by=SYSTEM, at=NOON).is_open  # opened with the server in its name: another name


# ── What it stops, and what not ──


@pytest.mark.parametrize("close_it", [shut, elsewhere], ids=["닫힘", "fault-48 아무도 모름"])
def test_nothing_leaves_before_the_gate_is_open_again(close_it: Any, transactional_db: None) -> None:
    batch = write_text()
    with SimulatorProcess() as simulator:
        close_it()
        assert drain(now=lambda: NOON, gateway=simulator.gateway()) == 0
        batch.refresh_from_db()
        assert (batch.state, batch.token, simulator.accepted_counts()) == ("ready", 0, {})
        reopen(by=SYSTEM, at=NOON, reason="시험")
        assert drain(now=lambda: NOON, gateway=simulator.gateway()) == 1
        assert list(simulator.accepted_counts().values()) == [1]


@pytest.mark.parametrize("close_it", [shut, elsewhere], ids=["닫힘", "fault-48 아무도 모름"])
def test_nothing_is_issued_and_no_number_given(close_it: Any) -> None:
    cast = make_cast()
    application = approved(cast)
    close_it()
    before = traces()
    with pytest.raises(GateClosed, match="점검 중"), transaction.atomic():
        issuing.issue(
            application_id=application.pk, by=admin(cast.officer), at=NOON, agreement_confirmed=True,
            fee_confirmed=True,
        )  # fmt: skip
    assert traces() == before
    with pytest.raises(GateClosed), transaction.atomic():
        next_in("guarantee:2026:C1")


def test_an_application_is_kept_as_a_draft_and_not_taken_in() -> None:
    cast = make_cast()
    draft = filled_draft(cast)
    shut()
    with pytest.raises(GateClosed), transaction.atomic():
        submission.submit(application_id=draft.pk, by=web(cast.user), at=FRIDAY)
    assert Application.everything.get().state == "draft"
    attach(draft, cast.user, name="추가 서류")


def test_no_money_and_no_document_leaves_behind_a_closed_gate(django_assert_num_queries: Any) -> None:
    """They look at the gate and at nothing else."""
    shut()
    for task in (send_refunds, deliver_documents):
        with django_assert_num_queries(1):
            task()


def test_issuing_asks_by_no_query_more(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        next_in("guarantee:2026:C1")
    assert Counter.objects.get().last == 1


@pytest.mark.parametrize("what", ["counter", "sequence"])
def test_a_number_set_back_is_not_given_twice(what: str, caplog: Any) -> None:
    """fault-57: by hand, at the database's prompt."""
    cast = make_cast()
    officer = admin(cast.officer)
    given = {"by": officer, "at": NOON, "agreement_confirmed": True, "fee_confirmed": True}
    first = issuing.issue(application_id=approved(cast).pk, **given)
    second = approved(cast)
    with connection.cursor() as cursor:
        if what == "counter":
            with pytest.raises(DatabaseError, match="Cannot set a counter back"), transaction.atomic():
                cursor.execute("UPDATE guarantees_counter SET last = 0")
            cursor.execute("ALTER TABLE guarantees_counter DISABLE TRIGGER USER")
            cursor.execute("UPDATE guarantees_counter SET last = 0")
        else:
            cursor.execute("SELECT setval('guarantees_guarantee_id_seq', %s, false)", [first.pk])
    before = traces()
    with pytest.raises(NumberTaken, match="이미 쓴 번호"), transaction.atomic():
        issuing.issue(application_id=second.pk, **given)
    assert traces() == before
    assert "about to be given twice" in caplog.text


# ── Who is told ──


@pytest.fixture
def fresh_look(settings: Any) -> Iterator[None]:
    settings.GATE_LOOK_SECONDS = glance._good_until = 0.0
    yield
    glance.is_open = True


def test_pages_show_a_banner_and_stay_readable(fresh_look: None) -> None:
    cast = make_cast()
    client = Client()
    client.force_login(cast.user, backend=BACKEND)
    home = reverse("guarantees:guarantees")
    assert "시스템 점검 중" not in client.get(home).content.decode()
    shut()
    answer = client.get(home)
    assert (answer.status_code, "시스템 점검 중" in answer.content.decode()) == (200, True)
    client.force_login(make_user(Role.IT_SUPPORT), backend=BACKEND)
    assert "시스템 점검 중" in client.get(reverse("admin:index")).content.decode()


def test_pages_look_once_in_a_while_and_not_each_time(settings: Any, django_assert_num_queries: Any) -> None:
    settings.GATE_LOOK_SECONDS = 60.0
    glance._good_until = 0.0
    with django_assert_num_queries(1):
        assert all(glance.look() for _ in range(5))
    settings.GATE_LOOK_SECONDS = None


def test_readyz_names_the_gate_and_only_degrades(rf: Any) -> None:
    shut()
    answer = readyz(rf.get("/readyz"))
    assert b'"gate": false' in answer.content
    assert b'"state": "ready"' not in answer.content
