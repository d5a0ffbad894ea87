"""`verify_invariants`: whatever is broken behind everybody's back is named, that and nothing else."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from guarantees.actions.expiry import plan_expiry_notices
from guarantees.documents import store
from guarantees.models import GuaranteeDocument
from portal import invariants
from portal.access import Actor
from portal.audit.models import AuditEvent, AuditSeal
from portal.audit.sealing import seal
from portal.audit.trail import record
from portal.gate.actions.verifying import verify
from portal.gate.models import InvariantRun
from portal.gate.tasks import verify as nightly
from sms.actions.mileage import spend
from sms.delivery.results import Step, append
from sms.models import Batch, Message, ResultState
from tests.factories import make_guarantee
from tests.flows.delivery_world import AT, issued
from tests.pages.desk_world import make_certificate_rows
from tests.stories import Cast, make_cast, web

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("시험")
LATER = AT + timedelta(hours=1)


@pytest.fixture(scope="module")
def business(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Cast]:
    """A guarantee issued with its document, texts sent, calls earned and spent, a certificate, notices, a seal."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DOCUMENT_FOLDER", tmp_path_factory.mktemp("documents"))
        cast = make_cast()
        guarantee = issued(cast)
        make_guarantee(cast.member, ends_on=date(2026, 12, 5), imported_at=AT - timedelta(days=9))
        plan_expiry_notices(on=AT.date(), by=SYSTEM, at=AT)
        spend(member_id=cast.member.pk, key="k", message_keys=["m"], calls_each=1, by=web(cast.user), at=AT)
        make_certificate_rows(cast.member, cast.user, "01000000100")
        texts = list(Message.everything.values_list("id", flat=True))
        append([Step(pk, ResultState.ACCEPTED, provider_ref=f"r{pk}") for pk in texts], gateway="local", at=AT)
        Batch.objects.update(state="done", settled_at=AT)
        assert guarantee.documents.count() == 1
        assert seal(at=AT) > 5
        yield cast
        transaction.set_rollback(True)


def codes(at: Any = LATER) -> list[str]:
    return sorted({each.code for each in invariants.violations(at)})


def run(*statements: str) -> None:
    """As somebody with every right and no scruple: no trigger, no foreign key, no constraint in the way."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_nothing_is_wrong_with_the_business_as_it_is(business: Cast) -> None:
    assert invariants.violations(LATER) == []
    looked = {each.code for each in invariants.registered()}
    assert looked == {f"I{n}" for n in range(1, 17)}


COPY_GUARANTEE = """INSERT INTO guarantees_guarantee SELECT (jsonb_populate_record(g, jsonb_build_object(
    'id', g.id + 1000000, 'public_id', gen_random_uuid(), 'application_id', null))).*
    FROM guarantees_guarantee AS g WHERE NOT is_imported"""
ENTRIES = "INSERT INTO sms_entry (member_id, lot_id, spend_id, kind, calls, message_key, reason, label, at)"
REFUND_MORE = f"""{ENTRIES} SELECT member_id, lot_id, spend_id, 'refund', 2, message_key, '', '', at
    FROM sms_entry WHERE kind = 'spend'"""
LAPSED_EARLY = f"""{ENTRIES} SELECT member_id, lot_id, NULL::bigint, kind, calls, 'x', '', '', at
    FROM (SELECT member_id, lot_id, at FROM sms_entry WHERE kind = 'earn') AS earned
    CROSS JOIN (VALUES ('lapse', -1), ('adjust', 1)) AS both_ways (kind, calls)"""
BREAKS: list[tuple[str, str, list[str]]] = [
    ("안내의 문자가 사라짐", "I1", ["DELETE FROM sms_message WHERE purpose = 'expiry_notice'"]),
    (
        "같은 발송 키 둘", "I2",
        ["ALTER TABLE sms_message DROP CONSTRAINT message_key",
         """INSERT INTO sms_message SELECT (jsonb_populate_record(m, jsonb_build_object('id', m.id + 1000000))).*
              FROM sms_message AS m ORDER BY id LIMIT 1""",
         """INSERT INTO sms_result (message_id, number, state, reason, gateway, provider_ref, at)
            SELECT max(id), 32767, 'accepted', '', 'local', 'x', now() FROM sms_message"""],
    ),
    ("결과 없이 끝난 묶음", "I3", ["DELETE FROM sms_result WHERE message_id = (SELECT min(id) FROM sms_message)"]),
    (
        "안내 없이 지나간 보증", "I3",
        ["UPDATE guarantees_expiryrun SET planned = 0", "DELETE FROM guarantees_expirynotice"],
    ),
    ("적립분만 고침", "I4", ["UPDATE sms_lot SET remaining = remaining + 1"]),
    ("사용 내역이 사라짐", "I4", ["DELETE FROM sms_entry WHERE kind = 'spend'"]),
    ("사용량을 고침", "I4", ["UPDATE sms_spend SET calls = calls + 1"]),
    ("쓴 콜보다 더 환불", "I4", [REFUND_MORE]),
    (
        "같은 메시지에 두 번 씀", "I4",
        ["DROP INDEX entry_spend_once",
         """INSERT INTO sms_spend SELECT (jsonb_populate_record(s, jsonb_build_object(
            'id', s.id + 1000000, 'key', 'again'))).* FROM sms_spend AS s""",
         f"""{ENTRIES} SELECT member_id, lot_id, spend_id + 1000000, kind, calls, message_key, '', '', at
            FROM sms_entry WHERE kind = 'spend'"""],
    ),
    ("소멸 전에 소멸시킴", "I5", [LAPSED_EARLY]),
    ("소멸한 뒤에 씀", "I5", ["UPDATE sms_lot SET expires_at = '2026-11-20 09:00+09'"]),
    (
        "쓰는 인증서 둘", "I6",
        ["DROP INDEX certificate_one_active_a_member", "DROP INDEX certificate_one_active_a_key",
         """INSERT INTO certificates_bankcertificate SELECT (jsonb_populate_record(c, jsonb_build_object(
            'id', c.id + 1000000, 'registered_at', now()))).* FROM certificates_bankcertificate AS c LIMIT 1"""],
    ),
    (
        "남의 인증서", "I6",
        ["DROP INDEX certificate_one_active_a_key",
         """INSERT INTO certificates_bankcertificate SELECT (jsonb_populate_record(c, jsonb_build_object(
            'id', c.id + 1000000, 'member_id', 0))).* FROM certificates_bankcertificate AS c LIMIT 1"""],
    ),
    (
        "fault-57 번호 발생기를 되돌림", "I7",
        ["UPDATE guarantees_counter SET last = 0 WHERE series LIKE 'guarantee:%'"],
    ),
    (
        "fault-57 번호 발생기를 지움", "I7",
        ["DELETE FROM guarantees_counter WHERE series LIKE 'guarantee:%'"],
    ),
    (
        "검증 숫자를 고침", "I7",
        ["UPDATE guarantees_guarantee SET number = '2026-C1-000001-3' WHERE NOT is_imported"],
    ),
    ("보증서 행이 사라짐", "I8", ["DELETE FROM guarantees_guaranteedocument", "DELETE FROM guarantees_delivery"]),
    (
        "파일 해시를 고침", "I8",
        ["UPDATE guarantees_guaranteedocument SET sha256 = repeat('0', 64), sealed_sha256 = repeat('0', 64)"],
    ),
    ("fault-55 감사 기록을 지움", "I9", ["DELETE FROM audit_auditevent WHERE action = 'application.approve'"]),
    ("fault-55 감사 기록을 고침", "I9", ["UPDATE audit_auditevent SET actor_name = '다른 사람'"]),
    (
        "fault-55 봉인을 지움", "I9",
        ["INSERT INTO audit_auditseal (at, through, ids, digest) VALUES (now(), 0, '{}', '')"],
    ),
    (
        "기록 없는 해제", "I10",
        ["UPDATE guarantees_guarantee SET state = 'released', outstanding = 0, released_at = now() "
         "WHERE NOT is_imported"],
    ),
    (
        "끝난 뒤 다시 열린 결과", "I10",
        ["ALTER TABLE sms_result DROP CONSTRAINT result_last_is_final",
         "UPDATE sms_result SET state = 'deferred' WHERE message_id = (SELECT min(id) FROM sms_message)"],
    ),
    (
        "수신거부한 대표이사", "I11",
        ["""INSERT INTO sms_reception (member_id, representative_receives, changed_at)
            SELECT member_id, false, '2026-11-20 08:00+09' FROM sms_message WHERE purpose = 'expiry_notice'"""],
    ),
    ("임차가 끝난 묶음", "I12", ["""UPDATE sms_batch SET state = 'claimed', settled_at = NULL,
                              lease_until = '2026-11-20 12:00+09'"""]),
    ("이틀째 확인 중", "I12", ["""UPDATE sms_batch SET state = 'unknown', settled_at = NULL,
                            created_at = '2026-11-18 12:00+09', not_before = '2026-11-18 12:00+09'"""]),
    ("실행하지 않은 날", "I13", ["UPDATE guarantees_expiryrun SET run_on = '2026-11-18', state = 'skipped', "
                          "first_end = NULL, last_end = NULL"]),
    ("보고의 건수를 고침", "I13", ["UPDATE guarantees_expiryrun SET planned = planned + 1"]),
    (
        "한 양식의 신청 둘", "I14",
        ["ALTER TABLE guarantees_application DROP CONSTRAINT application_form_once",
         """INSERT INTO guarantees_application SELECT (jsonb_populate_record(a, jsonb_build_object(
            'id', a.id + 1000000, 'public_id', gen_random_uuid(), 'number', 'A26-999999'))).*
            FROM guarantees_application AS a"""],
    ),
    (
        "기록에 남은 휴대폰번호", "I15",
        ["""INSERT INTO audit_auditevent (at, actor_name, channel, action, subject_type, subject_id, subject_label,
            detail) VALUES (now(), '', '', 'x', '', '', '', '{"note": "010-1234-5678"}')"""],
    ),
    ("남의 적립분에서 쓴 내역", "I16", ["UPDATE sms_entry SET member_id = 0 WHERE kind = 'earn'"]),
    ("남의 신청으로 발급된 보증", "I16", ["UPDATE guarantees_application SET member_id = 0"]),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "code", "statements"), BREAKS, ids=[f"{row[1]} {row[0]}" for row in BREAKS])
def test_what_is_broken_is_named_and_nothing_else(
    business: Cast, _case: str, code: str, statements: list[str]
) -> None:
    run(*statements)
    assert codes() == [code]
    for each in invariants.violations(LATER):
        assert each.count >= 1
        assert 1 <= len(each.samples) <= invariants.SAMPLES


def test_every_invariant_is_broken_once() -> None:
    assert {code for _case, code, _statements in BREAKS} == {each.code for each in invariants.registered()}


def test_two_guarantees_of_one_number_are_found_where_the_database_forgot_to_refuse(business: Cast) -> None:
    for constraint in ("guarantee_number", "guarantee_has_application"):
        run(f"ALTER TABLE guarantees_guarantee DROP CONSTRAINT {constraint}")
    run(COPY_GUARANTEE)
    assert "I7" in codes()


def test_a_flipped_bit_in_a_kept_document_is_found(business: Cast) -> None:
    path = store().path_of(GuaranteeDocument.everything.get().sha256)
    whole = path.read_bytes()
    path.chmod(0o640)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        (found,) = invariants.violations(LATER)
    finally:
        path.write_bytes(whole)
    assert (found.code, found.samples) == ("I8", (path.stem,))


# ── The trail's seals ──


def test_a_deleted_event_is_missed_by_its_number(business: Cast) -> None:
    gone = AuditEvent.everything.order_by("id")[2].pk
    run(f"DELETE FROM audit_auditevent WHERE id = {gone}")
    missing, broken = invariants.violations(LATER)
    assert (missing.count, missing.samples) == (1, (str(gone),))
    assert broken.samples == (f"seal {AuditSeal.objects.get().pk}",)


def test_an_event_that_was_committed_late_is_sealed_all_the_same(business: Cast) -> None:
    late = AuditEvent.everything.latest("id").pk + 1
    record(action="x", by=SYSTEM, at=AT, subject=AuditSeal.objects.get())  # takes some number
    run(f"UPDATE audit_auditevent SET id = {late + 50} WHERE action = 'x'")
    assert seal(at=LATER) == 1
    run(
        f"""INSERT INTO audit_auditevent (id, at, actor_name, channel, action, subject_type, subject_id,
        subject_label, detail) VALUES ({late + 20}, now(), '', '', 'y', '', '', '', '{{}}')"""
    )
    assert (seal(at=LATER), seal(at=LATER)) == (1, 0)
    assert codes() == []
    run(f"UPDATE audit_auditevent SET action = 'z' WHERE id = {late + 20}")
    assert codes() == ["I9"]


# ── How it is told ──


@time_machine.travel(LATER, tick=False)
def test_the_command_ends_with_one_and_names_ids_only(business: Cast) -> None:
    out = StringIO()
    call_command("verify_invariants", stdout=out)
    assert "어긋난 것이 없습니다" in out.getvalue()
    run("UPDATE sms_lot SET remaining = remaining + 1")
    with pytest.raises(CommandError, match="1개 항목") as ended:
        call_command("verify_invariants", "--json", stdout=(out := StringIO()))
    assert ended.value.returncode == 1
    (told,) = json.loads(out.getvalue())["violations"]
    assert (told["code"], told["count"], len(told["samples"])) == ("I4", 1, 1)
    assert re.fullmatch(r"lot:\d+", told["samples"][0])


@time_machine.travel(LATER, tick=False)
def test_the_night_writes_a_row_and_an_alarm(business: Cast, caplog: Any) -> None:
    nightly()
    assert InvariantRun.objects.first().violations == []
    run("UPDATE sms_lot SET remaining = remaining + 1")
    nightly()
    assert [each["code"] for each in InvariantRun.objects.first().violations] == ["I4"]
    assert "invariants violated: I4" in caplog.text


def test_looking_takes_a_known_number_of_statements(business: Cast, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(len(invariants.registered()) + 4):
        verify(at=LATER)


# ── What is refused to whoever types it at the database's prompt ──

HANDS = [
    ("보증서번호", "UPDATE guarantees_guarantee SET number = '2026-C1-000999-9'"),
    ("발급일", "UPDATE guarantees_guarantee SET issued_on = '2026-01-01'"),
    ("보증의 조합원", "UPDATE guarantees_guarantee SET member_id = member_id + 1"),
    ("보증 삭제", "DELETE FROM guarantees_guarantee"),
    ("보증서 해시", "UPDATE guarantees_guaranteedocument SET sealed_sha256 = repeat('1', 64)"),
    ("보증서 내용", "UPDATE guarantees_guaranteedocument SET printed = '{}'"),
    ("보증서 삭제", "DELETE FROM guarantees_guaranteedocument"),
    ("번호 되돌리기", "UPDATE guarantees_counter SET last = 0"),
    ("번호 삭제", "DELETE FROM guarantees_counter"),
    ("잔여 콜", "UPDATE sms_lot SET remaining = quantity + 1"),
    ("내역 금액", "UPDATE sms_entry SET calls = 99"),
    ("내역 삭제", "DELETE FROM sms_entry"),
    ("메시지 번호", """UPDATE sms_message SET "to" = '01000000999'"""),
    ("메시지 삭제", "DELETE FROM sms_message"),
    ("결과 고치기", "UPDATE sms_result SET state = 'refused'"),
    ("결과 삭제", "DELETE FROM sms_result"),
    ("감사 기록", "UPDATE audit_auditevent SET actor_name = ''"),
    ("감사 기록 삭제", "DELETE FROM audit_auditevent"),
    ("봉인", "UPDATE audit_auditseal SET digest = ''"),
    ("봉인 삭제", "DELETE FROM audit_auditseal"),
    ("차단기 삭제", "DELETE FROM gate_gate"),
]


@pytest.mark.parametrize(("_case", "statement"), HANDS, ids=[f"fault-54 {row[0]}" for row in HANDS])
def test_the_database_refuses_a_hurried_hand(business: Cast, _case: str, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert codes() == []
