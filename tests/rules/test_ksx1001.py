"""What an SMS can carry and how many bytes it takes: DOMAIN §4.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.ksx1001 import NotSendable, byte_size, cut, sanitise, unsendable

SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4)]


@pytest.mark.parametrize(
    ("_case", "text", "clean"),
    [
        ("풀어 쓴 한글을 모음", "\u1112\u1161\u11ab", "한"),
        ("너비 없는 글자", "가\u200b나\u200c다\u200d라\u2060마\ufeff", "가나다라마"),
        ("모양 선택자", "☎\ufe0f", "☎"),
        ("줄바꿈하지 않는 공백", "가\u00a0나", "가 나"),
        ("탭", "가\t나", "가 나"),
        ("줄바꿈", "가\r\n나\r다\n라", "가\n나\n다\n라"),
        ("원화 기호", "₩1,000", "￦1,000"),
        ("줄표와 빼기", "\u2014\u2013\u2011\u2212", "----"),
        ("가운뎃점", "해제•한도", "해제·한도"),
        ("물결표", "가\u301c나", "가~나"),
        ("그대로 두는 것", "·ㆍ…―‘’“”㈜①㎡％￦∼", "·ㆍ…―‘’“”㈜①㎡％￦∼"),
    ],
)
def test_sanitise(_case: str, text: str, clean: str) -> None:
    assert sanitise(text) == clean
    assert unsendable(clean) == ()


@pytest.mark.parametrize(
    ("_case", "text", "chars"),
    [
        ("보낼 수 있는 글", "미르누리설비(주) 김가온", ()),
        ("완성형에 없는 음절", "뷁똠펲햏", ("뷁", "똠", "펲", "햏")),
        ("한 번씩, 나온 순서대로", "펲가뷁펲", ("펲", "뷁")),
        ("그림 글자", "좋아요😀", ("😀",)),
        ("바꾸지 않은 원화 기호", "₩", ("₩",)),
        ("제어 문자", "가\x00나\x07", ("\x00", "\x07")),
    ],
)
def test_unsendable(_case: str, text: str, chars: tuple[str, ...]) -> None:
    assert unsendable(text) == chars


def test_exactly_2350_syllables_can_be_sent() -> None:
    assert len(SYLLABLES) == 11_172
    assert len(SYLLABLES) - len(unsendable("".join(SYLLABLES))) == 2_350


@pytest.mark.parametrize(
    ("_case", "text", "size"),
    [
        ("빈 글", "", 0),
        ("한글", "설비공제", 8),
        ("로마자와 숫자", "A26-104221", 10),
        ("머리말", "[설비공제]", 10),
        ("말줄임표", "…", 2),
        ("줄바꿈", "가\n나", 5),
        ("전각 기호", "·ㆍ…―‘’“”㈜①㎡％￦∼", 28),
    ],
)
def test_byte_size(_case: str, text: str, size: int) -> None:
    assert byte_size(text) == size


@pytest.mark.parametrize(
    ("_case", "text", "named"),
    [
        ("음절", "펲시", "‘펲’"),
        ("여럿", "펲뷁", "‘펲’, ‘뷁’"),
        ("보이지 않는 글자", "가\u202e", "U+202E"),
    ],
)
def test_refused_by_name(_case: str, text: str, named: str) -> None:
    with pytest.raises(NotSendable) as refused:
        byte_size(text)
    assert refused.value.message == (
        f"문자메시지로 보낼 수 없는 글자가 있습니다: {named}. 다른 글자로 바꿔 주세요."
    )


@pytest.mark.parametrize(
    ("_case", "text", "room", "then"),
    [
        ("꼭 맞음", "한빛기공", 8, "한빛기공"),
        ("1바이트 모자람", "한빛기공", 7, "한빛…"),
        ("홀수 자리를 남김", "한빛기공", 5, "한…"),
        ("말줄임표만", "한빛기공", 2, "…"),
        ("자리 없음", "한빛기공", 1, ""),
        ("빈자리가 음수", "한빛기공", -3, ""),
        ("빈 글", "", 0, ""),
        ("끝의 공백은 버림", "한빛 기공", 7, "한빛…"),
        ("섞어 씀", "AB한빛", 5, "AB…"),
    ],
)
def test_cut(_case: str, text: str, room: int, then: str) -> None:
    assert cut(text, room) == then


@given(text=st.text("가나힝A1 ·㈜", max_size=40), room=st.integers(0, 90))
def test_cut_keeps_a_beginning_within_the_room(text: str, room: int) -> None:
    then = cut(text, room)
    assert byte_size(then) <= room
    assert text.startswith(then.removesuffix("…"))
    assert (then == text) is (byte_size(text) <= room)
