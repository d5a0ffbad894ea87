import pytest
from hypothesis import given
from hypothesis import strategies as st

from guarantees.rules.numbering import (
    GuaranteeNumber,
    InvalidGuaranteeNumber,
    application_number,
    check_digit,
    format_number,
    parse_number,
    short_number,
)

CODES = st.from_regex(r"[A-Z][0-9]", fullmatch=True)


@pytest.mark.parametrize(
    ("_case", "digits", "then"),
    [("룬 공식의 잘 알려진 보기", "7992739871", "3"), ("보증서", "20261000123", "4"), ("영", "0", "0")],
)
def test_check_digit(_case: str, digits: str, then: str) -> None:
    assert check_digit(digits) == then


@pytest.mark.parametrize(
    ("year", "code", "sequence", "endorsement", "number"),
    [
        (2026, "C1", 123, 0, "2026-C1-000123-4"),
        (2026, "A1", 1, 0, "2026-A1-000001-2"),
        (2026, "C1", 123, 1, "2026-C1-000123-4/1"),
        (2026, "C1", 999_999, 0, "2026-C1-999999-0"),
    ],
)
def test_format_number(year: int, code: str, sequence: int, endorsement: int, number: str) -> None:
    assert format_number(year, code, sequence, endorsement) == number


@pytest.mark.parametrize(
    ("year", "code", "sequence"),
    [
        (2026, "C1", 0),
        (2026, "C1", 1_000_000),
        (26, "C1", 1),
        (2026, "c1", 1),
        (2026, "C", 1),
        (2026, "C12", 1),
    ],
)
def test_no_number_for(year: int, code: str, sequence: int) -> None:
    with pytest.raises(ValueError, match=r"out of range|not a product code"):
        format_number(year, code, sequence)


@pytest.mark.parametrize(
    ("_case", "text", "endorsement"),
    [
        ("인쇄된 그대로", "2026-C1-000123-4", 0),
        ("소문자", "2026-c1-000123-4", 0),
        ("붙여 씀", "2026C10001234", 0),
        ("전각과 공백", " ２０２６－Ｃ１－０００１２３－４ ", 0),
        ("첫 번째 변경", "2026-C1-000123-4/1", 1),
    ],
)
def test_parse_number(_case: str, text: str, endorsement: int) -> None:
    assert parse_number(text) == GuaranteeNumber(2026, "C1", 123, endorsement)


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("검증번호 틀림", "2026-C1-000123-5"),
        ("자릿수 모자람", "2026-C1-00123-4"),
        ("일련번호 0", "2026-C1-000000-" + check_digit("20261000000")),
        ("변경 0차", "2026-C1-000123-4/0"),
        ("신청번호", "A26-104221"),
        ("빈칸", ""),
    ],
)
def test_parse_number_refused(_case: str, text: str) -> None:
    with pytest.raises(InvalidGuaranteeNumber) as refused:
        parse_number(text)
    assert "보증서번호가 맞지 않습니다." in refused.value.message


@given(year=st.integers(2000, 2099), code=CODES, sequence=st.integers(1, 999_999), endorsement=st.integers(0, 99))
def test_what_is_printed_can_be_read(year: int, code: str, sequence: int, endorsement: int) -> None:
    number = format_number(year, code, sequence, endorsement)
    assert parse_number(number) == GuaranteeNumber(year, code, sequence, endorsement)


@given(
    sequence=st.integers(1, 999_999),
    place=st.sampled_from([2, 3, 6, 8, 9, 10, 11, 12, 13, 15]),
    step=st.integers(1, 9),
)
def test_every_single_wrong_digit_is_found(sequence: int, place: int, step: int) -> None:
    number = format_number(2026, "C1", sequence)
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    with pytest.raises(InvalidGuaranteeNumber):
        parse_number(wrong)


@pytest.mark.parametrize("number", ["2026-C1-000123-4", "2026-C1-000123-4/1"])
def test_short_number(number: str) -> None:
    assert short_number(number) == "C1-000123"


@pytest.mark.parametrize(("year", "sequence", "number"), [(2026, 104_221, "A26-104221"), (2005, 1, "A05-000001")])
def test_application_number(year: int, sequence: int, number: str) -> None:
    assert application_number(year, sequence) == number


@pytest.mark.parametrize("sequence", [0, 1_000_000])
def test_no_application_number_for(sequence: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        application_number(2026, sequence)
