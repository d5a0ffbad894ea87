import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.won import LARGEST, InvalidAmount, format_won, in_words, parse_won


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (120_000_000, "금 일억이천만원정"),
        (10_000_000, "금 일천만원정"),
        (11_000_000, "금 일천일백만원정"),
        (10_010, "금 일만일십원정"),
        (100_010_000, "금 일억일만원정"),
        (0, "금 영원정"),
        (1, "금 일원정"),
        (1_111, "금 일천일백일십일원정"),
        (100_000_000, "금 일억원정"),
        (2_160_000_000, "금 이십일억육천만원정"),
        (1_000_000_000_001, "금 일조일원정"),
        (9_876_543_210, "금 구십팔억칠천육백오십사만삼천이백일십원정"),
        (10**16, "금 일경원정"),
    ],
)
def test_in_words(amount: int, words: str) -> None:
    assert in_words(amount) == words


@pytest.mark.parametrize("amount", [-1, LARGEST + 1])
def test_in_words_out_of_range(amount: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        in_words(amount)


def read_words(words: str) -> int:
    """The reverse of `in_words`, digit by digit as a person reads it."""
    total = group = digit = 0
    for ch in words.removeprefix("금 ").removesuffix("원정"):
        if ch in "영일이삼사오육칠팔구":
            digit = "영일이삼사오육칠팔구".index(ch)
        elif ch in "십백천":
            group += digit * {"십": 10, "백": 100, "천": 1000}[ch]
            digit = 0
        else:
            total += (group + digit) * {"만": 10**4, "억": 10**8, "조": 10**12, "경": 10**16}[ch]
            group = digit = 0
    return total + group + digit


@given(st.integers(0, LARGEST))
def test_words_read_back(amount: int) -> None:
    assert read_words(in_words(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0원"), (999, "999원"), (1_234, "1,234원"), (-181_480, "-181,480원")]
)
def test_format_won(amount: int, text: str) -> None:
    assert format_won(amount) == text


@pytest.mark.parametrize(
    ("_case", "text", "amount"),
    [
        ("전각 섞임", "１,２34 원", 1_234),
        ("숫자만", "120000000", 120_000_000),
        ("쉼표", "120,000,000", 120_000_000),
        ("전각 쉼표", "120，000，000원", 120_000_000),
        ("원화 기호", "₩1,000", 1_000),
        ("전각 원화 기호", "￦1,000", 1_000),
        ("앞의 0", "0001", 1),
        ("영", "0", 0),
        ("가장 큰 금액", "999,999,999,999,999", 999_999_999_999_999),
    ],
)
def test_parse_won(_case: str, text: str, amount: int) -> None:
    assert parse_won(text) == amount


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("빈칸", ""),
        ("단위만", "원"),
        ("음수", "-1,000"),
        ("소수", "1000.5"),
        ("소수점처럼 찍은 쉼표", "1,23"),
        ("네 자리마다 찍은 쉼표", "1,2345"),
        ("빠뜨린 쉼표", "1234,567"),
        ("한글 단위", "1억"),
        ("만원", "100만원"),
        ("다른 통화", "$100"),
        ("너무 큼", "1,000,000,000,000,000"),
        ("엄청나게 김", "9" * 6_000),
    ],
)
def test_parse_won_refused(_case: str, text: str) -> None:
    with pytest.raises(InvalidAmount) as refused:
        parse_won(text)
    assert refused.value.message


@given(st.integers(0, 10**15 - 1))
def test_what_is_formatted_can_be_read(amount: int) -> None:
    assert parse_won(format_won(amount)) == amount
