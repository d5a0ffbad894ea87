"""What a member may write, and how pasted numbers are read (DOMAIN §4.1, §6.2 rows 20 and 25)."""

import pytest

from portal.ksx1001 import NotSendable, byte_size
from portal.refusals import Refusal
from sms.rules.free_sms import (
    AdvertisingRefused,
    LinkRefused,
    NothingToSend,
    NumberRefused,
    TextOverLimit,
    body,
    head,
    numbers,
    room,
)

COMPANY = "미르누리설비"  # 12 bytes, with brackets and a space 15


def test_회사_이름이_맨_앞에_붙는다() -> None:
    assert (
        body(COMPANY, "  내일 08시 현장 집합\r\n안전모 지참 ") == "[미르누리설비] 내일 08시 현장 집합\n안전모 지참"
    )


@pytest.mark.parametrize(
    ("_case", "company", "expected", "left"),
    [
        ("보통", COMPANY, "[미르누리설비] ", 75),
        ("20바이트 이름은 그대로", "가나다라마바사아자차", "[가나다라마바사아자차] ", 67),
        ("더 긴 이름은 줄인다", "가나다라마바사아자차카", "[가나다라마바사아자…] ", 67),
    ],
)
def test_회사_이름의_자리(_case: str, company: str, expected: str, left: int) -> None:
    assert (head(company), room(company)) == (expected, left)


@pytest.mark.parametrize(("_case", "text"), [("한글 37자와 영문 1자", "가" * 37 + "a"), ("영문 75자", "a" * 75)])
def test_90바이트까지_보낼_수_있다(_case: str, text: str) -> None:
    assert byte_size(body(COMPANY, text)) == 90


def test_91바이트는_장문_문자가_꺼져_있다고_설명하며_거절한다() -> None:
    with pytest.raises(TextOverLimit) as refused:
        body(COMPANY, "a" * 76)
    assert refused.value.size == 91
    assert refused.value.message == (
        "회사 이름까지 더해 91바이트입니다. 한 통은 90바이트까지이고 장문 문자(LMS)는 보내지 않습니다. "
        "1바이트를 줄여 주세요."
    )


@pytest.mark.parametrize(
    ("_case", "text", "refusal"),
    [
        ("빈 글", " \n\u200b ", NothingToSend),
        ("(광고)", "(광고) 특가 자재", AdvertisingRefused),
        ("앞 빈칸", "  ( 광 고 )특가", AdvertisingRefused),
        ("전각 괄호", "（광고）특가", AdvertisingRefused),
        ("대괄호", "[광고]특가", AdvertisingRefused),
        ("https", "확인 https://a.kr/x", LinkRefused),
        ("www", "WWW.example 확인", LinkRefused),
        ("이름만", "자료는 example.co.kr 참고", LinkRefused),
        ("줄임 주소", "bit.ly/3abc", LinkRefused),
        ("전각", "ｗｗｗ．ａ．ｃｏｍ", LinkRefused),
        ("한글 주소", "한글.한국 방문", LinkRefused),
    ],
)
def test_보낼_수_없는_글(_case: str, text: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        body(COMPANY, text)


@pytest.mark.parametrize(
    "text",
    [
        "배관 3.5m 추가 반입",
        "26.11.20 14.30 검측",
        "광고판 철거는 내일입니다",
        "도면 rev.2 확인",
        "A.B동 검측",
        "B1.F2",
    ],
)
def test_주소나_광고가_아닌_글은_보낸다(text: str) -> None:
    assert body(COMPANY, text) == f"[미르누리설비] {text}"


def test_보낼_수_없는_글자를_모두_짚는다() -> None:
    with pytest.raises(NotSendable) as refused:
        body(COMPANY, "뷁 현장 😀 집합 뷁")
    assert refused.value.chars == ("뷁", "😀")


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("없음", " \n, ", ()),
        ("하이픈", "010-0000-1000", ("01000001000",)),
        (
            "쉼표와 줄바꿈",
            "010-0000-1000, 010-0000-1001\r\n01000001002",
            ("01000001000", "01000001001", "01000001002"),
        ),
        ("전각", "０１０－００００－１０００，０１０００００１００１", ("01000001000", "01000001001")),
        (
            "쌍반점과 가운뎃점",
            "01000001000；01000001001·01000001002",
            ("01000001000", "01000001001", "01000001002"),
        ),
        ("표에서 붙여 넣음", "01000001000\t01000001001", ("01000001000", "01000001001")),
        ("번호 안의 빈칸", "010 0000 1000", ("01000001000",)),
        ("번호 사이의 빈칸", "010-0000-1000 010-0000-1001", ("01000001000", "01000001001")),
        ("국가 번호", "+82 10-0000-1000", ("01000001000",)),
        ("겹친 번호는 그대로 둔다", "01000001000, 010-0000-1000", ("01000001000", "01000001000")),
    ],
)
def test_붙여_넣은_번호를_읽는다(_case: str, text: str, expected: tuple[str, ...]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("_case", "text", "sentence"),
    [
        ("짧은 번호", "01000001000, 010-0000", "2번째 ‘010-0000’: 휴대폰번호가 아닙니다."),
        ("유선 번호", "02-000-0000", "1번째 ‘02-000-0000’: 휴대폰번호가 아닙니다."),
        ("옛 번호", "011-000-0000", "1번째 ‘011-000-0000’: 011·016~019 번호는 더 이상 쓰이지 않습니다."),
        ("이름", "01000001000\n김가온", "2번째 ‘김가온’: 휴대폰번호가 아닙니다."),
    ],
)
def test_번호가_아닌_것은_몇_번째인지_말한다(_case: str, text: str, sentence: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        numbers(text)
    assert refused.value.message.startswith(sentence)
