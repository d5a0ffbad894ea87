"""Every code of the vendors' tables in DOMAIN §4.5 with its class, and answers read without a network."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from sms.gateways import nhn_answers, nhn_codes, solapi_answers, solapi_codes
from sms.gateways.answers import NOT_ASKED
from sms.gateways.nhn_codes import status_of
from sms.gateways.protocol import (
    Accepted,
    ErrorClass,
    GatewayDown,
    Outcome,
    Refused,
    Report,
    ReportStatus,
    Unknown,
)
from sms.gateways.simulator import magic, nhn_words, solapi_words
from sms.gateways.solapi_auth import authorization, sign
from sms.gateways.transport import Answer

ONE, TWO = str(UUID(int=1)), str(UUID(int=2))
SOLAPI = [
    (ErrorClass.BAD_NUMBER, "3010 3032 3050"),
    (ErrorClass.REFUSED, "1060 2060 1061 2061 3047"),
    (ErrorClass.SPAM_BLOCK, "1064 2064 2254 3054 3055 3059"),
    (ErrorClass.TEMPORARY, "3040 3041 3042 3043 3044 3045 3046 3051 3053 3056 3057 3012 3024"),
    (ErrorClass.CONTENT, "1013 1014 1028 1029 1031"),
    (ErrorClass.CONFIG, "1020 1030 2230 1062 2062 2063"),
    (ErrorClass.DUPLICATE, "1026"),
    (ErrorClass.UNKNOWN, "3039 3047x 9999"),
]
NHN = [
    (ErrorClass.BAD_NUMBER, "1002 3001 3003 3010 -2018 -2019"),
    (ErrorClass.REFUSED, "3006 -6001"),
    (ErrorClass.SPAM_BLOCK, "3012 3013 3017 3018 3019"),
    (
        ErrorClass.TEMPORARY,
        "1001 1019 2000 2001 2002 2003 2004 2005 2006 2007 3004 3005 3008 3011 3015 E900 E999",
    ),
    (ErrorClass.CONTENT, "-2014 -2015 -2023"),
    (
        ErrorClass.CONFIG,
        "-1000 -1001 -1002 -1003 -1004 -1005 -1006 -1007 -1008 -2312 -2313 -2052",
    ),
    (ErrorClass.DUPLICATE, "E915"),
    (ErrorClass.UNKNOWN, "3002 -1009 E914"),
]


def flat(table: list[tuple[ErrorClass, str]]) -> list[tuple[str, ErrorClass]]:
    return [(code, error_class) for error_class, codes in table for code in codes.split()]


@pytest.mark.parametrize(("code", "then"), flat(SOLAPI))
def test_solapi_code_belongs_to_class(code: str, then: ErrorClass) -> None:
    assert solapi_codes.classify(code) is then


@pytest.mark.parametrize(("code", "then"), flat(NHN))
def test_nhn_code_belongs_to_class(code: str, then: ErrorClass) -> None:
    assert nhn_codes.classify(code) is then


@pytest.mark.parametrize(
    ("table", "known"), [(SOLAPI, solapi_codes.ERROR_CLASSES), (NHN, nhn_codes.ERROR_CLASSES)]
)
def test_the_tables_have_no_code_besides(table: list, known: dict) -> None:
    assert {code for code, error_class in flat(table) if error_class is not ErrorClass.UNKNOWN} == set(known)


def test_the_simulator_has_a_word_for_everything_it_can_say() -> None:
    said = set(magic.SENTENCES)
    assert said == set(solapi_words.STATUS_CODES) | set(solapi_words.ERRORS)
    assert said - {"1100", "3003"} == (
        set(nhn_words.RESULT_CODES) | set(nhn_words.RECIPIENT_CODES) | set(nhn_words.HEADERS)
    )


# Solapi

VECTOR = "aeb05160a37690fd51e8447834c361d8c9d0a9da534ec8a9a93a741fc1b134ae"
DATE, SALT = "2026-11-22T09:00:00+09:00", "0123456789abcdef0123456789abcdef"


def test_signature_is_the_known_one() -> None:
    """DOMAIN §4.2."""
    assert sign("TESTSECRET", DATE, SALT) == VECTOR
    at = datetime(2026, 11, 22, 9, tzinfo=timezone(timedelta(hours=9)))  # Sun
    header = authorization(key="K", secret="TESTSECRET", at=at, salt=SALT)
    assert header == f"HMAC-SHA256 apiKey=K, date={DATE}, salt={SALT}, signature={VECTOR}"


def put(*rows: object, status: int = 200) -> Answer:
    return Answer(status, {}, json.dumps({"errorCount": "0", "resultList": list(rows)}).encode())


def row(key: object = ONE, message_id: object = "M1", code: object = "2000") -> dict:
    return {"customFields": {"key": key}, "messageId": message_id, "statusCode": code, "statusMessage": "t"}


@pytest.mark.parametrize(
    ("_case", "rows", "then"),
    [
        ("등록", [row()], Accepted("G1/M1")),
        ("거절", [row(code="1028")], Refused(ErrorClass.CONTENT, "1028", "t", permanent=True)),
        ("080 거부", [row(code="1060")], Refused(ErrorClass.REFUSED, "1060", "t", permanent=True)),
        ("발신번호", [row(code="1062")], GatewayDown("1062", "t")),
        ("중복", [row(code="1026")], Unknown("duplicate of a message not named")),
        ("모르는 코드", [row(code="1999")], Refused(ErrorClass.UNKNOWN, "1999", "t", permanent=False)),
        ("답에 없음", [], Unknown("not in the answer")),
        ("남의 것만", [row(TWO)], Unknown("not in the answer")),
        ("두 번 답함", [row(), row(message_id="M2")], Unknown("answered twice")),
        ("같은 번호", [row(), row(TWO)], Unknown("reference shared with another message")),
        ("번호 없음", [row(message_id=None)], Unknown("entry not understood")),
        ("번호에 NUL", [row(message_id="M\0")], Unknown("entry not understood")),
        ("코드가 수", [row(code=2000)], Unknown("entry not understood")),
        ("열쇠가 목록", [row(key=[1])], Unknown("not in the answer")),
        ("꾸밈 없음", [{"messageId": "M1", "statusCode": "2000"}], Unknown("not in the answer")),
        ("줄이 객체가 아님", ["M1", None, 3], Unknown("not in the answer")),
    ],
)  # fmt: skip
def test_registration_row(_case: str, rows: list, then: Outcome) -> None:
    found = solapi_answers.read_registered([ONE], "G1", put(*rows))
    assert isinstance(found, dict)
    assert found.pop(ONE) == then
    assert set(found.values()) <= {NOT_ASKED}, "what is said of others is an alarm, no outcome"


def refused(code: str, status: int, **headers: str) -> Answer:
    return Answer(status, headers, json.dumps({"errorCode": code, "errorMessage": "t"}).encode())


def state(status: object, group: str = "G1") -> Answer:
    return Answer(200, {}, json.dumps({"groupId": group, "status": status}).encode())


@pytest.mark.parametrize(
    ("_case", "answer", "then"),
    [
        ("보냄", state("SENDING"), None),
        ("이미 끝남", state("COMPLETE"), None),
        ("이미 보냄", refused("AlreadySent", 400), None),
        ("아직 그대로", state("PENDING"), Unknown("answer not understood")),
        ("남의 묶음", state("SENDING", "G2"), Unknown("answer not understood")),
        ("상태 없음", state(None), Unknown("answer not understood")),
        ("처리 중", refused("GroupInProcessing", 400), Unknown("GroupInProcessing")),
        ("실패한 묶음", refused("FailedGroup", 400), Unknown("FailedGroup")),
        ("상태가 맞지 않음", refused("InvalidStatus", 400), Unknown("InvalidStatus")),
        ("지운 묶음", refused("DeletedGroup", 400), Refused(ErrorClass.TEMPORARY, "DeletedGroup", "t", False)),
        ("잔액", refused("NotEnoughBalance", 402), GatewayDown("NotEnoughBalance", "t")),
        ("키", refused("InvalidAPIKey", 403), GatewayDown("InvalidAPIKey", "t")),
        ("서명", refused("SignatureDoesNotMatch", 403), GatewayDown("SignatureDoesNotMatch", "t")),
        ("시각", refused("RequestTimeTooSkewed", 403), GatewayDown("RequestTimeTooSkewed", "t")),
        ("다시 쓴 서명", refused("DuplicatedSignature", 403), GatewayDown("DuplicatedSignature", "t")),
        ("수신자 과다", refused("RecipientsTooMany", 400), GatewayDown("RecipientsTooMany", "t")),
        ("429", refused("TooMany", 429, **{"retry-after": "9"}),
         Refused(ErrorClass.TEMPORARY, "TooMany", "t", False, timedelta(seconds=9))),
        ("500", refused("Internal", 500), Unknown("HTTP 500")),
        ("중간 서버의 503", Answer(503, {}, b"<html>"), Unknown("HTTP 503")),
        ("빈 200", Answer(200, {}, b""), Unknown("answer not understood")),
    ],
)  # fmt: skip
def test_answer_to_the_last_step(_case: str, answer: Answer, then: Outcome | None) -> None:
    assert solapi_answers.read_sent("G1", answer) == then


NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)  # Mon
DELIVERED, UNDELIVERED, PENDING = ReportStatus.DELIVERED, ReportStatus.UNDELIVERED, ReportStatus.PENDING


@pytest.mark.parametrize(
    ("_case", "changed", "then"),
    [
        ("전달", {}, Report(ONE, "G1/M1", DELIVERED, "4000", None, NINE)),
        ("접수", {"statusCode": "2000"}, Report(ONE, "G1/M1", PENDING, "2000", None, NINE)),
        ("통신사에 있음", {"statusCode": "3000"}, Report(ONE, "G1/M1", PENDING, "3000", None, NINE)),
        ("없는 번호", {"statusCode": "3010"},
         Report(ONE, "G1/M1", UNDELIVERED, "3010", ErrorClass.BAD_NUMBER, NINE)),
        ("모르는 코드", {"statusCode": "3999"},
         Report(ONE, "G1/M1", UNDELIVERED, "3999", ErrorClass.UNKNOWN, NINE)),
        ("열쇠 없음", {"customFields": None}, Report(None, "G1/M1", DELIVERED, "4000", None, NINE)),
        ("시간대 없음", {"dateReceived": "2026-11-23T09:00:00"},
         Report(ONE, "G1/M1", DELIVERED, "4000", None, None)),
        ("묶음 없음", {"groupId": None}, None),
        ("코드 없음", {"statusCode": None}, None),
    ],
)  # fmt: skip
def test_solapi_message(_case: str, changed: dict, then: Report | None) -> None:
    given = {"groupId": "G1", "statusCode": "4000", "customFields": {"key": ONE}}
    given |= {"dateReceived": "2026-11-23T09:00:00.000Z", **changed}
    assert solapi_answers.read_message("M1", given) == then


# NHN


def nhn(rows: object, *, successful: object = True, code: object = 0, status: int = 200) -> Answer:
    header = {"isSuccessful": successful, "resultCode": code, "resultMessage": "t"}
    body = {"data": {"requestId": "R1", "statusCode": "2", "sendResultList": rows}}
    return Answer(status, {}, json.dumps({"header": header, "body": body if successful else None}).encode())


def recipient(key: object = ONE, code: object = 0, seq: object = 1) -> dict:
    return {"recipientGroupingKey": key, "resultCode": code, "recipientSeq": seq, "resultMessage": "t"}


@pytest.mark.parametrize(
    ("_case", "answer", "then"),
    [
        ("접수", nhn([recipient()]), Accepted("R1:1")),
        ("수로 된 코드", nhn([recipient(code="0", seq="1")]), Accepted("R1:1")),
        ("번호", nhn([recipient(code=-2018)]), Refused(ErrorClass.BAD_NUMBER, "-2018", "t", permanent=True)),
        ("080 거부", nhn([recipient(code=-6001)]), Refused(ErrorClass.REFUSED, "-6001", "t", permanent=True)),
        ("모르는 코드", nhn([recipient(code=-7)]), Refused(ErrorClass.UNKNOWN, "-7", "t", permanent=False)),
        ("중복 차단", nhn([recipient(code="E915")]), Unknown("duplicate of a message not named")),
        ("답에 없음", nhn([]), Unknown("not in the answer")),
        ("남의 것", nhn([recipient(TWO)]), Unknown("not in the answer")),
        ("두 번", nhn([recipient(), recipient(seq=2)]), Unknown("answered twice")),
        ("같은 차례", nhn([recipient(), recipient(TWO)]), Unknown("reference shared with another message")),
        ("차례 없음", nhn([recipient(seq=None)]), Unknown("entry not understood")),
        ("차례가 참", nhn([recipient(seq=True)]), Unknown("entry not understood")),
        ("목록 없음", nhn(None), Unknown("answer not understood")),
        ("머리: 앱 키", nhn([], successful=False, code=-1000), GatewayDown("-1000", "t")),
        ("머리: 한도", nhn([], successful=False, code=-2313), GatewayDown("-2313", "t")),
        ("머리: 글자", nhn([], successful=False, code=-2023),
         Refused(ErrorClass.CONTENT, "-2023", "t", permanent=True)),
        ("머리: 모르는 코드", nhn([], successful=False, code=-9999), Unknown("header -9999")),
        ("머리가 이상함", nhn([recipient()], successful="yes"), Unknown("answer not understood")),
        ("401", nhn([], status=401), GatewayDown("http_401", "")),
        ("500", nhn([recipient()], status=500), Unknown("HTTP 500")),
        ("503", nhn([], status=503), Unknown("HTTP 503")),
        ("빈 200", Answer(200, {}, b""), Unknown("answer not understood")),
    ],
)  # fmt: skip
def test_nhn_answer(_case: str, answer: Answer, then: Outcome) -> None:
    found = nhn_answers.read_outcomes([ONE], answer)
    assert found.pop(ONE) == then
    assert set(found.values()) <= {NOT_ASKED}, "what is said of others is an alarm, no outcome"


@pytest.mark.parametrize(
    ("_case", "status", "code", "then"),
    [
        ("성공", "3", "1000", DELIVERED), ("실패", "0", "3001", UNDELIVERED),
        ("성공이라면서 실패 코드", "3", "3001", UNDELIVERED),
        ("요청", "1", "", PENDING), ("처리 중", "2", "", PENDING), ("예약 취소", "4", "", UNDELIVERED),
        ("중복", "5", "E915", UNDELIVERED), ("광고 제한", "6", "", UNDELIVERED), ("광고 대기", "7", "", PENDING),
        ("일괄 결과", "", "1000", DELIVERED), ("일괄 실패", "", "3001", UNDELIVERED),
    ],
)  # fmt: skip
def test_nhn_status(_case: str, status: str, code: str, then: ReportStatus) -> None:
    assert status_of(status, code) is then


def test_nhn_row_and_its_seoul_time() -> None:
    given = {"requestId": "R1", "recipientSeq": 2, "msgStatus": "5", "resultDate": "2026-11-23 18:00:00.0"}
    found = nhn_answers.read_row({**given, "recipientGroupingKey": ONE})
    at = datetime(2026, 11, 23, 18, tzinfo=ZoneInfo("Asia/Seoul"))  # Mon
    assert found == Report(ONE, "R1:2", UNDELIVERED, "E915", ErrorClass.DUPLICATE, at)
    assert nhn_answers.wall(NINE) == "2026-11-23 18:00:00"
