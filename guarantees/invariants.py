"""What must hold of guarantees, their numbers, documents and notices (I1, I3, I7, I8, I10, I13, I14, I16)."""

from datetime import datetime

from guarantees.document.storage import verify_all
from guarantees.documents import store
from guarantees.models import DocumentCheck, GuaranteeDocument
from guarantees.rules.expiry import MINIMUM_AMOUNT
from guarantees.rules.numbering import InvalidGuaranteeNumber, parse_number
from portal.invariants import Found, Invariant, of, register, wrong_rows

NEWEST_FILES = 200  # hashed here; all of them every night by check_documents, whose last word is read here too

NOTICE_WITHOUT_MESSAGE = """
    SELECT notice.id FROM guarantees_expirynotice AS notice
      JOIN guarantees_guarantee AS g ON g.id = notice.guarantee_id
     WHERE notice.state = 'planned'
       AND NOT EXISTS (SELECT FROM sms_message AS message
                        WHERE message.reference = 'guarantee:' || g.public_id || ':' || notice.ends_on)
       AND NOT EXISTS (SELECT FROM guarantees_digestline AS line
                         JOIN sms_message AS message ON message.reference = 'digest:' || line.digest
                        WHERE line.notice_id = notice.id)
"""
# Due by the last run that planned, known to us before it, and neither told nor passed over with a reason.
DUE_WITHOUT_NOTICE = f"""
    SELECT g.id
      FROM (SELECT * FROM guarantees_expiryrun WHERE state = 'done' ORDER BY run_on DESC LIMIT 1) AS run
      JOIN guarantees_guarantee AS g
        ON g.state = 'active' AND g.outstanding >= {MINIMUM_AMOUNT}
       AND g.ends_on > run.run_on AND g.ends_on <= run.last_end
       AND coalesce(g.issued_at, g.imported_at) < run.finished_at
      JOIN guarantees_product AS p ON p.code = g.product_id AND p.expiry_sms
     WHERE NOT EXISTS (SELECT FROM guarantees_expirynotice AS notice
                        WHERE notice.guarantee_id = g.id AND notice.ends_on = g.ends_on)
       AND NOT EXISTS (SELECT FROM guarantees_endorsement AS changed
                        WHERE changed.guarantee_id = g.id AND changed.done_at >= run.finished_at)
"""  # noqa: S608 - constants only
NUMBER_TWICE = """
    SELECT min(id) FROM guarantees_guarantee WHERE NOT is_imported
     GROUP BY number HAVING count(*) > 1
"""
BEYOND_COUNTER = """
    SELECT g.id FROM guarantees_guarantee AS g
      LEFT JOIN guarantees_counter AS counter
             ON counter.series = 'guarantee:' || split_part(g.number, '-', 1)
                                 || ':' || split_part(g.number, '-', 2)
     WHERE NOT g.is_imported
       AND coalesce(counter.last, 0) < CASE WHEN split_part(g.number, '-', 3) ~ '^[0-9]{6}$'
                                            THEN split_part(g.number, '-', 3)::int ELSE 0 END
"""
ISSUED_WITHOUT_DOCUMENT = """
    SELECT g.id FROM guarantees_guarantee AS g
     WHERE NOT g.is_imported
       AND NOT EXISTS (SELECT FROM guarantees_guaranteedocument AS document WHERE document.guarantee_id = g.id)
"""
ISSUED_WITHOUT_EVENT = """
    SELECT g.id FROM guarantees_guarantee AS g
     WHERE NOT g.is_imported
       AND NOT EXISTS (SELECT FROM audit_auditevent AS event
                        WHERE event.subject_type = 'guarantees.guarantee' AND event.subject_id = g.id::text
                          AND event.action = 'guarantee.issue')
"""
CLOSED_WITHOUT_EVENT = """
    SELECT g.id FROM guarantees_guarantee AS g
     WHERE g.state IN ('released', 'cancelled') AND NOT g.is_imported
       AND NOT EXISTS (SELECT FROM audit_auditevent AS event
                        WHERE event.subject_type = 'guarantees.guarantee' AND event.subject_id = g.id::text
                          AND event.at >= coalesce(g.released_at, g.cancelled_at) - interval '1 minute')
"""
# Days between the first run and yesterday; the day itself may still come.
DAY_WITHOUT_RUN = """
    SELECT day::date
      FROM (SELECT min(run_on) AS first FROM guarantees_expiryrun) AS runs,
           generate_series(runs.first::timestamp,
                           (%(at)s::timestamptz AT TIME ZONE 'Asia/Seoul')::date - 1, '1 day') AS day
     WHERE NOT EXISTS (SELECT FROM guarantees_expiryrun AS run WHERE run.run_on = day::date)
"""
RUN_DOES_NOT_ADD_UP = """
    SELECT run.id FROM guarantees_expiryrun AS run
      LEFT JOIN (SELECT run_id, count(*) FILTER (WHERE state = 'planned') AS planned
                   FROM guarantees_expirynotice GROUP BY run_id) AS found ON found.run_id = run.id
     WHERE run.planned <> coalesce(found.planned, 0)
"""
FORM_TWICE = """
    SELECT min(id) FROM guarantees_application GROUP BY member_id, form_key HAVING count(*) > 1
     UNION ALL
    SELECT id FROM guarantees_application WHERE state <> 'draft' AND submitted_at IS NOT NULL AND number IS NULL
"""
FOREIGN_GUARANTEE = """
    SELECT g.id FROM guarantees_guarantee AS g JOIN guarantees_application AS a ON a.id = g.application_id
     WHERE g.member_id <> a.member_id
     UNION ALL
    SELECT g.id FROM guarantees_guarantee AS g JOIN guarantees_contract AS c ON c.id = g.contract_id
     WHERE g.member_id <> c.member_id
"""


def false_numbers(at: datetime) -> Found:
    """Numbers of ours whose form or check digit is wrong."""
    wrong = []
    rows = GuaranteeDocument.everything.filter(version=0).values_list("guarantee_id", "guarantee__number")
    for pk, number in rows.iterator():
        try:
            parse_number(number)
        except InvalidGuaranteeNumber:
            wrong.append(pk)
    return of(wrong)


def damaged_files(at: datetime) -> Found:
    """The newest files hashed now, and what the last look at all of them found."""
    kept = store()
    newest = GuaranteeDocument.everything.order_by("-pk").values_list("sha256", "sealed_sha256")[:NEWEST_FILES]
    paths = dict.fromkeys(kept.path_of(sha256) for pair in newest for sha256 in pair)
    wrong = [damage.path.stem for damage in verify_all(paths)]
    last = DocumentCheck.objects.first()
    wrong += [entry["sha256"] for entry in (last.damaged if last else ()) if entry["sha256"] not in wrong]
    return of(wrong)


register(
    Invariant("I1", "안내하기로 한 보증에 문자가 없습니다.", wrong_rows(NOTICE_WITHOUT_MESSAGE)),
    Invariant(
        "I3", "안내할 날이 지났는데 안내도 제외 사유도 없는 보증이 있습니다.", wrong_rows(DUE_WITHOUT_NOTICE)
    ),
    Invariant("I7", "같은 보증서번호가 두 번 쓰였습니다.", wrong_rows(NUMBER_TWICE)),
    Invariant("I7", "번호 발생기가 이미 쓴 보증서번호보다 뒤에 있습니다.", wrong_rows(BEYOND_COUNTER)),
    Invariant("I7", "형식이나 검증 숫자가 틀린 보증서번호가 있습니다.", false_numbers),
    Invariant("I8", "보관된 보증서 파일이 없거나 바뀌었습니다.", damaged_files),
    Invariant("I8", "보증서 파일 없이 발급된 보증이 있습니다.", wrong_rows(ISSUED_WITHOUT_DOCUMENT)),
    Invariant("I10", "발급 기록이 없는 보증이 있습니다.", wrong_rows(ISSUED_WITHOUT_EVENT)),
    Invariant("I10", "해제·취소 기록이 없는 보증이 있습니다.", wrong_rows(CLOSED_WITHOUT_EVENT)),
    Invariant("I13", "보증해제대상 안내를 실행하지 않은 날이 있습니다.", wrong_rows(DAY_WITHOUT_RUN)),
    Invariant("I13", "안내 실행 보고의 건수가 실제 안내와 다릅니다.", wrong_rows(RUN_DOES_NOT_ADD_UP)),
    Invariant("I14", "한 양식이 두 번 접수되었거나 접수번호 없는 접수 건이 있습니다.", wrong_rows(FORM_TWICE)),
    Invariant("I16", "보증과 신청·계약의 조합원이 서로 다릅니다.", wrong_rows(FOREIGN_GUARANTEE)),
)
