"""Result codes of the local wire, error classes, and answers read without a network (DOMAIN §4.5)."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sms.gateways.answers import NOT_ASKED
from sms.gateways.local_answers import read_outcomes, read_report
from sms.gateways.local_codes import ERROR_CLASSES, classify
from sms.gateways.protocol import (
    Accepted,
    ErrorClass,
    GatewayDown,
    Refused,
    Report,
    ReportStatus,
    Unknown,
)
from sms.gateways.simulator import content, magic
from sms.gateways.transport import Answer

ONE, TWO = str(UUID(int=1)), str(UUID(int=2))


@pytest.mark.parametrize(
    ("_case", "code", "then", "permanent"),
    [
        ("없는 번호", "2001", ErrorClass.BAD_NUMBER, True),
        ("전원 꺼짐", "2002", ErrorClass.TEMPORARY, False),
        ("스팸 차단", "2003", ErrorClass.SPAM_BLOCK, True),
        ("080 수신거부", "2004", ErrorClass.REFUSED, True),
        ("번호 형식", "3001", ErrorClass.BAD_NUMBER, True),
        ("글자·길이", "3002", ErrorClass.CONTENT, True),
        ("중복", "3003", ErrorClass.DUPLICATE, False),
        ("한 건 보류", "3009", ErrorClass.TEMPORARY, False),
        ("미등록 발신번호", "4001", ErrorClass.CONFIG, False),
        ("잔액 0", "4002", ErrorClass.CONFIG, False),
        ("인증키", "4003", ErrorClass.CONFIG, False),
        ("시각 오차", "4004", ErrorClass.CONFIG, False),
        ("요청 과다", "5001", ErrorClass.TEMPORARY, False),
        ("점검", "5002", ErrorClass.TEMPORARY, False),
        ("표에 없는 코드", "7777", ErrorClass.UNKNOWN, False),
    ],
)
def test_code_belongs_to_class(_case: str, code: str, then: ErrorClass, permanent: bool) -> None:
    assert (classify(code), classify(code).is_permanent) == (then, permanent)


def test_every_code_the_simulator_can_say_is_in_the_table() -> None:
    assert set(magic.SENTENCES) - set(ERROR_CLASSES) == {"0000", "1000", "1100"}
    assert set(ERROR_CLASSES) - set(magic.SENTENCES) == set()


def taken(key: object = ONE, ref: object = "S1") -> dict:
    return {"key": key, "result": "accepted", "ref": ref}


@pytest.mark.parametrize(
    ("_case", "rows", "then"),
    [
        ("접수", [taken()], Accepted("S1")),
        ("이미 접수된 것", [{"key": ONE, "result": "duplicate", "ref": "S1"}], Accepted("S1")),
        ("중복인데 원본을 모름", [{"key": ONE, "result": "refused", "code": "3003"}],
         Unknown("duplicate of a message not named")),
        ("거절", [{"key": ONE, "result": "refused", "code": "3001", "text": "x"}],
         Refused(ErrorClass.BAD_NUMBER, "3001", "x", permanent=True)),
        ("모르는 코드로 거절", [{"key": ONE, "result": "refused", "code": "7777"}],
         Refused(ErrorClass.UNKNOWN, "7777", "", permanent=False)),
        ("발신번호 미등록", [{"key": ONE, "result": "refused", "code": "4001"}],
         GatewayDown("4001", "")),
        ("답에 없음", [], Unknown("not in the answer")),
        ("남의 것만", [taken(TWO)], Unknown("not in the answer")),
        ("두 번 답함", [taken(), taken(ref="S2")], Unknown("answered twice")),
        ("접수번호가 남의 것과 같음", [taken(), taken(TWO)],
         Unknown("reference shared with another message")),
        ("접수번호 없음", [taken(ref="")], Unknown("entry not understood")),
        ("접수번호가 목록", [taken(ref=["S1"])], Unknown("entry not understood")),
        ("접수번호에 NUL", [taken(ref="S\0")], Unknown("entry not understood")),
        ("접수번호가 64자", [taken(ref="S" * 64)], Accepted("S" * 64)),
        ("접수번호가 65자", [taken(ref="S" * 65)], Unknown("entry not understood")),
        ("거절 문장에 제어문자",
         [{"key": ONE, "result": "refused", "code": "3009", "text": "a\0\ud800"}],
         Refused(ErrorClass.TEMPORARY, "3009", "a  ", permanent=False)),
        ("열쇠가 목록", [taken(key=[1])], Unknown("not in the answer")),
        ("줄이 객체가 아님", ["S1", None, 3], Unknown("not in the answer")),
        ("모르는 결과", [{"key": ONE, "result": "maybe", "ref": "S1"}], Unknown("entry not understood")),
    ],
)  # fmt: skip
def test_row_of_an_answer(_case: str, rows: list, then: object) -> None:
    body = json.dumps({"results": rows}).encode()
    found = read_outcomes([ONE], Answer(200, {}, body))
    assert found.pop(ONE) == then
    assert set(found.values()) <= {NOT_ASKED}, "what is said of others is an alarm, no outcome"


def said(code: str) -> bytes:
    return json.dumps({"error": {"code": code, "text": "t"}}).encode()


@pytest.mark.parametrize(
    ("_case", "status", "headers", "body", "then"),
    [
        ("인증 실패", 401, {}, said("4003"), GatewayDown("4003", "t")),
        ("잔액", 402, {}, said("4002"), GatewayDown("4002", "t")),
        ("본문 없는 403", 403, {}, b"", GatewayDown("http_403", "")),
        ("잘못된 요청", 400, {}, said(""), GatewayDown("http_400", "t")),
        ("429, 30초 뒤", 429, {"retry-after": "30"}, said("5001"),
         Refused(ErrorClass.TEMPORARY, "5001", "t", False, timedelta(seconds=30))),
        ("429, 날짜로 적힘", 429, {"retry-after": "Sun, 22 Nov 2026 09:00:00 GMT"}, b"",
         Refused(ErrorClass.TEMPORARY, "http_429", "", False)),
        ("약속된 503", 503, {}, said("5002"), Refused(ErrorClass.TEMPORARY, "5002", "t", False)),
        ("중간 서버의 503", 503, {}, b"<html>", Unknown("HTTP 503")),
        ("500", 500, {}, said("5002"), Unknown("HTTP 500")),
        ("502", 502, {}, b"", Unknown("HTTP 502")),
        ("302", 302, {"location": "/x"}, b"", Unknown("HTTP 302")),
        ("408", 408, {}, b"", Unknown("HTTP 408")),
        ("201", 201, {}, b"{}", Unknown("HTTP 201")),
        ("빈 200", 200, {}, b"", Unknown("answer not understood")),
        ("깨진 글자", 200, {}, b'{"results": "\xff', Unknown("answer not understood")),
        ("목록만", 200, {}, b"[]", Unknown("answer not understood")),
        ("끝없이 깊음", 200, {}, b"[" * 100_000, Unknown("answer not understood")),
    ],
)  # fmt: skip
def test_answer_to_the_whole_request(_case: str, status: int, headers: dict, body: bytes, then: object) -> None:
    assert read_outcomes([ONE, TWO], Answer(status, headers, body)) == {ONE: then, TWO: then}


NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)  # Mon


@pytest.mark.parametrize(
    ("_case", "changed", "then"),
    [
        ("전달", {}, Report(ONE, "S1", ReportStatus.DELIVERED, "1000", None, NINE)),
        ("실패", {"status": "undelivered", "code": "2001"},
         Report(ONE, "S1", ReportStatus.UNDELIVERED, "2001", ErrorClass.BAD_NUMBER, NINE)),
        ("열쇠 없음", {"key": None}, Report(None, "S1", ReportStatus.DELIVERED, "1000", None, NINE)),
        ("시간대 없음", {"at": "2026-11-23T09:00:00"},
         Report(ONE, "S1", ReportStatus.DELIVERED, "1000", None, None)),
        ("1970년", {"at": "1970-01-01T00:00:00+00:00"},
         Report(ONE, "S1", ReportStatus.DELIVERED, "1000", None, datetime(1970, 1, 1, tzinfo=UTC))),
        ("시각이 수", {"at": 3}, Report(ONE, "S1", ReportStatus.DELIVERED, "1000", None, None)),
        ("모르는 상태", {"status": "lost"}, None),
        ("상태가 목록", {"status": ["delivered"]}, None),
        ("접수번호 없음", {"ref": None}, None),
        ("코드 없음", {"code": ""}, None),
    ],
)  # fmt: skip
def test_report_row(_case: str, changed: dict, then: Report | None) -> None:
    row = {"key": ONE, "ref": "S1", "status": "delivered", "code": "1000", "at": NINE.isoformat()}
    assert read_report({**row, **changed}) == then


@pytest.mark.parametrize(
    ("_case", "text", "then"),
    [
        ("한글과 영문", "가a", 3),
        ("KS X 1001에 없는 음절", "뷁", None),
        ("그림문자", "😀", None),
        ("전각 원", "￦", 2),
        ("원 기호", "₩", None),
        ("두 글자에 걸친 A4 D4", b"\xb0\xa4\xd4\xa1".decode("euc_kr"), 4),
        ("빈 글", "", 0),
    ],
)
def test_carrier_measures_bytes(_case: str, text: str, then: int | None) -> None:
    assert content.size(text) == then


@pytest.mark.parametrize(
    ("_case", "kind", "subject", "text", "then"),
    [
        ("단문 90바이트", "sms", "", "가" * 45, True),
        ("단문 91바이트", "sms", "", "가" * 45 + "a", False),
        ("단문에 제목", "sms", "제목", "가", False),
        ("장문 2000바이트, 제목 40바이트", "lms", "가" * 20, "가" * 1000, True),
        ("장문 2001바이트", "lms", "", "가" * 1000 + "a", False),
        ("제목 41바이트", "lms", "가" * 20 + "a", "가", False),
        ("빈 글", "sms", "", "", False),
        ("모르는 종류", "mms", "", "가", False),
    ],
)
def test_carrier_judges_content(_case: str, kind: str, subject: str, text: str, then: bool) -> None:
    assert content.is_sendable(kind, subject, content.size(text)) is then
