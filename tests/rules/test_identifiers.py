"""Identity and telephone numbers: DOMAIN §3, and the companies of §7.1. All numbers are fictional."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.identifiers import (
    InvalidNumber,
    corporate_number_warning,
    format_business_number,
    format_mobile,
    format_sender_number,
    mask_business_number,
    mask_email,
    mask_mobile,
    mask_resident_number,
    normalize_digits,
    parse_business_number,
    parse_corporate_number,
    parse_mobile,
    parse_resident_number,
    parse_sender_number,
)

VALID_BUSINESS = [
    "900-81-00000", "900-81-00015", "901-86-76546", "955-12-34090", "999-99-00010",
    "912-34-56783", "908-85-01205", "901-81-12019", "903-81-12387", "905-81-12758",
    "907-81-13127", "909-81-13496", "911-81-13863", "913-81-14233", "915-81-14603",
    "917-81-14972", "919-81-15341", "921-12-15713", "923-12-16080",
]  # fmt: skip
VALID_CORPORATE = [
    "110111-0062432", "990011-0000018", "991011-7654320", "990111-0001238", "990021-9999998",
    "990011-0100214", "990011-0101345", "990011-0102476", "990011-0103606", "990011-0104737",
    "990011-0105868", "990011-0106999", "990011-0108127", "990011-0109258", "990011-0110388",
]  # fmt: skip
NEW_CENTURY = date(2100, 1, 1)  # the sample residents are born in 2099


@pytest.mark.parametrize("text", VALID_BUSINESS)
def test_business_number_accepted(text: str) -> None:
    digits = parse_business_number(text)
    assert digits == text.replace("-", "")
    assert format_business_number(digits) == text


@pytest.mark.parametrize(
    ("_case", "text", "digits"),
    [
        ("붙여 씀", "9018112019", "9018112019"),
        ("앞뒤와 사이 공백", " 901 81 12019\t", "9018112019"),
        ("전각 숫자와 전각 붙임표", "９０１－８１－１２０１９", "9018112019"),
        ("긴 줄표", "901–81—12019", "9018112019"),
        ("빼기 부호", "901\u221281\u221212019", "9018112019"),
        ("보이지 않는 글자", "\u200b901-81-12019\ufeff", "9018112019"),
        ("끝의 줄바꿈은 공백일 뿐", "901-81-12019\n", "9018112019"),
    ],
)
def test_business_number_as_typed(_case: str, text: str, digits: str) -> None:
    assert parse_business_number(text) == digits


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("검증번호 틀림", "900-81-00016"),
        ("검증번호 틀림", "901-86-76545"),
        ("모두 0", "000-00-00000"),
        ("아홉 자리", "901-81-1201"),
        ("열한 자리", "901-81-120190"),
        ("글자 섞임", "901-81-1201O"),
        ("아라비아 문자권 숫자", "٩٠١٨١١٢٠١٩"),
        ("빈칸", ""),
    ],
)
def test_business_number_refused(_case: str, text: str) -> None:
    with pytest.raises(InvalidNumber) as refused:
        parse_business_number(text)
    assert refused.value.message.endswith("사업자등록증을 보고 다시 입력해 주세요.")


@given(
    number=st.sampled_from([text.replace("-", "") for text in VALID_BUSINESS]),
    place=st.integers(0, 9),
    step=st.integers(1, 9),
)
def test_every_single_wrong_digit_of_a_business_number_is_found(number: str, place: int, step: int) -> None:
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    with pytest.raises(InvalidNumber):
        parse_business_number(wrong)


@pytest.mark.parametrize("text", VALID_CORPORATE)
def test_corporate_number_with_the_old_check_digit(text: str) -> None:
    digits = parse_corporate_number(text)
    assert digits == text.replace("-", "")
    assert corporate_number_warning(digits) == ""


def test_corporate_number_without_it_is_accepted_with_a_warning() -> None:
    digits = parse_corporate_number("110111-0062433")
    assert corporate_number_warning(digits) == (
        "법인등록번호의 마지막 자리가 예전 규칙과 다릅니다. 등기사항증명서와 같으면 그대로 진행해 주세요."
    )


@pytest.mark.parametrize("text", ["110111-006243", "110111-00624322", "110111-006243A", ""])
def test_corporate_number_refused(text: str) -> None:
    with pytest.raises(InvalidNumber, match="13자리"):
        parse_corporate_number(text)


@pytest.mark.parametrize(
    ("_case", "text", "today"),
    [
        ("옛 검증번호가 맞음", "990101-3000007", NEW_CENTURY),
        ("옛 검증번호가 틀림", "990101-3000001", NEW_CENTURY),
        ("외국인", "990101-7000001", NEW_CENTURY),
        ("오늘 태어남", "990101-3000001", date(2099, 1, 1)),
        ("1800년대", "990101-9000001", date(2026, 11, 22)),
        ("2000년은 윤년", "000229-3000001", date(2026, 11, 22)),
    ],
)
def test_resident_number_accepted(_case: str, text: str, today: date) -> None:
    assert parse_resident_number(text, today) == text.replace("-", "")


@pytest.mark.parametrize(
    ("_case", "text", "today"),
    [
        ("13월", "991301-3000001", NEW_CENTURY),
        ("2099년은 윤년이 아님", "990229-3123453", NEW_CENTURY),
        ("1900년은 윤년이 아님", "000229-1000001", NEW_CENTURY),
        ("내일 태어남", "990101-3000001", date(2098, 12, 31)),
        ("아직 오지 않은 해", "990101-3000007", date(2026, 11, 22)),
        ("열두 자리", "990101-300000", NEW_CENTURY),
        ("글자 섞임", "990101-300000X", NEW_CENTURY),
    ],
)
def test_resident_number_refused_without_repeating_it(_case: str, text: str, today: date) -> None:
    with pytest.raises(InvalidNumber) as refused:
        parse_resident_number(text, today)
    assert text[:6] not in refused.value.message
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("표기 그대로", "010-0000-1000"),
        ("붙여 씀", "01000001000"),
        ("마침표", "010.0000.1000"),
        ("전각 숫자", "０１０－００００－１０００"),
        ("국가번호", "+82 10-0000-1000"),
        ("국가번호, 더하기 없이", "821000001000"),
        ("국가번호 뒤의 0", "+82 (0)10-0000-1000"),
        ("국제전화 접두", "00 82 10 0000 1000"),
        ("전각 국제전화 접두", "００８２１０００００１０００"),
    ],
)
def test_mobile_accepted(_case: str, text: str) -> None:
    assert parse_mobile(text) == "01000001000"


@pytest.mark.parametrize(
    ("_case", "text", "advice"),
    [
        ("011", "011-000-1000", "010 번호로 바꿔 주세요."),
        ("016, 열한 자리", "016-0000-1000", "010 번호로 바꿔 주세요."),
        ("국가번호가 붙은 019", "+82 19-000-1000", "010 번호로 바꿔 주세요."),
        ("012 무선호출", "012-000-1000", "11자리 번호를 입력해 주세요."),
        ("013", "013-0000-1000", "11자리 번호를 입력해 주세요."),
        ("015", "015-000-1000", "11자리 번호를 입력해 주세요."),
        ("030", "030-0000-1000", "11자리 번호를 입력해 주세요."),
        ("050", "050-0000-1000", "11자리 번호를 입력해 주세요."),
        ("070", "070-0000-1000", "11자리 번호를 입력해 주세요."),
        ("서울", "02-000-0000", "11자리 번호를 입력해 주세요."),
        ("열 자리", "010-000-1000", "11자리 번호를 입력해 주세요."),
        ("열두 자리", "010-0000-10000", "11자리 번호를 입력해 주세요."),
        ("다른 나라", "+1 010-0000-1000", "11자리 번호를 입력해 주세요."),
        ("빈칸", "", "11자리 번호를 입력해 주세요."),
    ],
)
def test_mobile_refused(_case: str, text: str, advice: str) -> None:
    with pytest.raises(InvalidNumber) as refused:
        parse_mobile(text)
    assert refused.value.message.endswith(advice)


@pytest.mark.parametrize(
    ("_case", "text", "digits"),
    [
        ("서울", "(02)6240-1041", "0262401041"),
        ("짧은 서울", "02-000-0000", "020000000"),
        ("대표번호 8자리", "1500-0000", "15000000"),
        ("휴대폰 11자리", "010-0000-1000", "01000001000"),
        ("국가번호", "+82 2-6240-1041", "0262401041"),
    ],
)
def test_sender_number_accepted(_case: str, text: str, digits: str) -> None:
    assert parse_sender_number(text) == digits


@pytest.mark.parametrize("text", ["1500-000", "010-0000-10000", "대표전화", ""])
def test_sender_number_refused(text: str) -> None:
    with pytest.raises(InvalidNumber, match="8~11자리"):
        parse_sender_number(text)


def test_shown_in_full_and_masked() -> None:
    assert mask_business_number("9018112019") == "901-**-***19"
    assert mask_resident_number("9901013000007") == "990101-3******"
    assert format_mobile("01000001000") == "010-0000-1000"
    assert mask_email("park.dasom@example.kr") == "pa***@example.kr"
    assert mask_mobile("01000001000") == "010-****-1000"


def test_normalize_digits_keeps_what_is_no_separator() -> None:
    assert normalize_digits(" １２-3 ㈎4 ") == "123(가)4"


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("0200000101", "02-0000-0101"), ("020000101", "02-000-0101"), ("0310000101", "031-000-0101"),
        ("01000001000", "010-0000-1000"), ("15880000", "1588-0000"),
    ],
)  # fmt: skip
def test_a_sender_number_is_shown_with_hyphens(digits: str, shown: str) -> None:
    assert format_sender_number(digits) == shown
