"""What a line of the log may not hold, whichever way it came in."""

import json
import logging
import sys

import pytest

from portal.logs import JsonLine, MaskPersonalNumbers, mask

CASES = [
    ("휴대폰", "보냄 01012345678 끝", "보냄 <mobile> 끝"),
    ("휴대폰, 하이픈", "010-1234-5678", "<mobile>"),
    ("휴대폰, 국가번호", "+821012345678", "<mobile>"),
    ("휴대폰, 국가번호와 하이픈", "+82-10-1234-5678", "<mobile>"),
    ("휴대폰, 빈칸", "010 1234 5678", "<mobile>"),
    ("휴대폰, 점", "010.1234.5678", "<mobile>"),
    ("사업자등록번호", "9018112019", "<business-number>"),
    ("사업자등록번호, 하이픈", "901-81-12019", "<business-number>"),
    ("주민등록번호", "990101-1234567", "<resident-number>"),
    ("주민등록번호, 붙여 씀", "9901011234567", "<resident-number>"),
    ("이메일", "to kim.gaon+a@example.co.kr now", "to <email> now"),
    ("한글 바로 뒤", "번호01012345678로", "번호<mobile>로"),
    ("밑줄 뒤", "key_01012345678_x", "key_<mobile>_x"),
    ("두 개", "01012345678,01087654321", "<mobile>,<mobile>"),
    ("JSON 안", '{"to": "01012345678"}', '{"to": "<mobile>"}'),
    ("짧은 번호는 그대로", "order 12345", "order 12345"),
    ("시각은 그대로", "2026-11-20 09:00:00", "2026-11-20 09:00:00"),
    ("금액은 그대로", "50,000,000원", "50,000,000원"),
    ("보증번호는 그대로", "2026-C1-000123-4", "2026-C1-000123-4"),
    ("접수번호는 그대로", "A26-104221", "A26-104221"),
    ("조합 전화는 그대로", "02-000-0101", "02-000-0101"),
    ("UUID는 그대로", "3f2b8c1e-1111-4222-8333-123456789abc", "3f2b8c1e-1111-4222-8333-123456789abc"),
    ("UUID 안의 열 자리", "3f2b8c1e-1111-4222-8333-a9018112019b", "3f2b8c1e-1111-4222-8333-a9018112019b"),
    ("SHA-256 안의 열 자리", "ab9018112019cd" * 5 + "는", "ab9018112019cd" * 5 + "는"),
    ("숫자만 이어진 것", "9901011234567 " + "01012345678", "<resident-number> <mobile>"),
]


@pytest.mark.parametrize(("_case", "given", "then"), CASES)
def test_mask(_case: str, given: str, then: str) -> None:
    assert mask(given) == then


def line(msg: str, *args: object, exc_info: object = None) -> dict[str, str]:
    record = logging.LogRecord("x", logging.INFO, "f.py", 1, msg, args, exc_info)
    assert MaskPersonalNumbers().filter(record)
    return json.loads(JsonLine().format(record))


def test_arguments_are_masked_after_they_are_put_in() -> None:
    written = line("to %s of %r", "01012345678", {"no": 9018112019})
    assert written["message"] == "to <mobile> of {'no': <business-number>}"


def test_a_traceback_is_masked_too() -> None:
    try:
        raise ValueError("no 01012345678")
    except ValueError:
        assert "<mobile>" in line("failed", exc_info=sys.exc_info())["traceback"]


def test_one_record_is_one_line() -> None:
    """A line break in a name must not forge a second entry."""
    record = logging.LogRecord("x", logging.INFO, "f.py", 1, 'a\n{"level": "info"}\r\nb', (), None)
    assert len(JsonLine().format(record).splitlines()) == 1
