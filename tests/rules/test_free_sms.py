"""What a member may write, with its marks and within its bytes (DOMAIN §4.1, §6.2 rows 20 and 25)."""

import pytest

from portal.ksx1001 import NotSendable, byte_size
from portal.refusals import Refusal
from sms.rules.free_sms import (
    AdvertisingRefused,
    Category,
    ContactMissing,
    LinkRefused,
    NothingToSend,
    TextOverLimit,
    advertising_frame,
    body,
    information_frame,
    selling_words,
)
from sms.rules.links import domain_of, hosts

COMPANY = "미르누리설비"  # 12 bytes, with brackets and a space 15
INFO, AD = Category.INFORMATION, Category.ADVERTISING
FRAME = information_frame(COMPANY)
AD_FRAME = advertising_frame(COMPANY, contact="010-0000-1000", opt_out="080-000-0000")


def arrives(text: str, **given: object) -> str:
    return body(text, FRAME, category=INFO, **given)


def test_회사_이름이_맨_앞에_붙는다() -> None:
    assert arrives("  내일 08시 현장 집합\r\n안전모 지참 ") == "[미르누리설비] 내일 08시 현장 집합\n안전모 지참"


@pytest.mark.parametrize(
    ("_case", "company", "expected", "left"),
    [
        ("보통", COMPANY, "[미르누리설비] ", 75),
        ("20바이트 이름은 그대로", "가나다라마바사아자차", "[가나다라마바사아자차] ", 67),
        ("더 긴 이름은 줄인다", "가나다라마바사아자차카", "[가나다라마바사아자…] ", 67),
    ],
)
def test_회사_이름의_자리(_case: str, company: str, expected: str, left: int) -> None:
    frame = information_frame(company)
    assert (frame.head, frame.tail, frame.room()) == (expected, "", left)


@pytest.mark.parametrize(("_case", "text"), [("한글 37자와 영문 1자", "가" * 37 + "a"), ("영문 75자", "a" * 75)])
def test_90바이트까지_보낼_수_있다(_case: str, text: str) -> None:
    assert byte_size(arrives(text)) == 90


TOO_LONG = "회사 이름과 표시까지 더해 {size}바이트입니다. "


@pytest.mark.parametrize(
    ("_case", "letters", "long_is_on", "wants_long", "sentence"),
    [
        ("91바이트, 장문 꺼짐", 76, False, False, "장문 문자(LMS)는 보내지 않습니다. 1바이트를 줄여 주세요."),
        ("91바이트, 장문 꺼짐, 장문을 고름", 76, False, True, "장문 문자(LMS)는 보내지 않습니다. 1바이트를 줄여"),
        ("91바이트, 장문 켜짐", 76, True, False, "1바이트를 줄이거나 장문(한 통 3콜)을 골라 주세요."),
        ("2,001바이트", 1_986, True, True, "장문 한 통은 2,000바이트까지입니다. 1바이트를 줄여 주세요."),
    ],
)
def test_길면_까닭과_줄일_만큼을_말한다(
    _case: str, letters: int, long_is_on: bool, wants_long: bool, sentence: str
) -> None:
    with pytest.raises(TextOverLimit) as refused:
        arrives("a" * letters, long_is_on=long_is_on, wants_long=wants_long)
    assert refused.value.size == letters + 15
    assert refused.value.message.startswith(TOO_LONG.format(size=f"{letters + 15:,}"))
    assert sentence in refused.value.message


@pytest.mark.parametrize("letters", [76, 1_985])
def test_장문을_켜고_고르면_2000바이트까지_보낸다(letters: int) -> None:
    assert byte_size(arrives("a" * letters, long_is_on=True, wants_long=True)) == letters + 15


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
        ("모르는 끝이라도 길이 붙으면", "abc.zone/x", LinkRefused),
        ("전각", "ｗｗｗ．ａ．ｃｏｍ", LinkRefused),
        ("한글 주소", "한글.한국 방문", LinkRefused),
        ("숫자 주소", "192.0.2.7 접속", LinkRefused),
        ("다른 방식", "intent://pay", LinkRefused),
    ],
)
def test_보낼_수_없는_글(_case: str, text: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        arrives(text)


@pytest.mark.parametrize(
    "text",
    [
        "배관 3.5m 추가 반입",
        "26.11.20 14.30 검측",
        "광고판 철거는 내일입니다",
        "도면 rev.2 확인",
        "A.B동 검측",
        "B1.F2",
        "08:00~17:00 / 3층",
        "1.2.3 구간",
    ],
)
def test_주소나_광고가_아닌_글은_보낸다(text: str) -> None:
    assert arrives(text) == f"[미르누리설비] {text}"


@pytest.mark.parametrize(
    ("_case", "text", "is_sent"),
    [
        ("허용된 주소", "도면 https://docs.example.co.kr/a?b=1", True),
        ("그 아래 이름", "도면 files.docs.example.co.kr", True),
        ("계정이 앞에 붙은 허용된 주소", "도면 https://me@example.co.kr/a", True),
        ("허용되지 않은 주소", "도면 https://example.com/a", False),
        ("끝만 같은 이름", "도면 badexample.co.kr", False),
        ("둘 가운데 하나만", "docs.example.co.kr 또는 evil.kr", False),
        ("이름처럼 보이는 앞부분", "https://docs.example.co.kr@evil.zzz/a", False),
        ("뒤에만 붙은 이름", "https://evil.zzz?docs.example.co.kr", False),
        ("거꾸로 선 빗금", "https://evil.zzz\\docs.example.co.kr", False),
    ],
)
def test_허용된_도메인의_주소만_보낸다(_case: str, text: str, is_sent: bool) -> None:
    if is_sent:
        assert text in arrives(text, domains=("example.co.kr",))
    else:
        with pytest.raises(LinkRefused, match=r"우리 회사에 허용된 주소는 example\.co\.kr입니다"):
            arrives(text, domains=("example.co.kr",))


def test_거절한_주소를_이름으로_말한다() -> None:
    assert hosts("https://a.kr/x 그리고 b.com, a.kr") == ("a.kr", "b.com")
    with pytest.raises(LinkRefused, match=r"넣을 수 없습니다: a\.kr, b\.com\. 사칭"):
        arrives("https://a.kr/x 그리고 b.com, a.kr")


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        (" Example.co.kr ", "example.co.kr"), ("https://www.example.com/a?b", "example.com"),
        ("한글.한국", "한글.한국"), ("localhost", ""), ("a b.com", ""), ("*.example.com", ""), ("com", ""),
        ("10.0.0.1", ""), ("", ""),
    ],
)  # fmt: skip
def test_직원이_적은_도메인을_읽는다(typed: str, domain: str) -> None:
    assert domain_of(typed) == domain


# ── 광고 ──


@pytest.mark.parametrize("text", ["여름 할인", "(광고)여름 할인", " (광고) 여름 할인 "])
def test_광고는_표시를_포털이_붙인다(text: str) -> None:
    assert body(text, AD_FRAME, category=AD) == (
        "(광고)미르누리설비 010-0000-1000\n여름 할인\n무료수신거부 080-000-0000"
    )


def test_광고의_표시도_바이트에_들어간다() -> None:
    assert AD_FRAME.room() == 90 - 33 - 26
    assert byte_size(body("a" * 31, AD_FRAME, category=AD)) == 90
    with pytest.raises(TextOverLimit):
        body("a" * 32, AD_FRAME, category=AD)


def test_연락처가_없으면_광고를_보낼_수_없다() -> None:
    with pytest.raises(ContactMissing):
        advertising_frame(COMPANY, contact="", opt_out="080-000-0000")


@pytest.mark.parametrize(
    ("text", "words"),
    [("자재 특가 할인, 특가!", ("특가", "할인")), ("내일 08시 집합", ()), ("무료  체험 안내", ("무료 체험",))],
)
def test_광고로_보이는_말은_알려_주기만_한다(text: str, words: tuple[str, ...]) -> None:
    assert selling_words(text) == words
    assert arrives(text)


def test_보낼_수_없는_글자를_모두_짚는다() -> None:
    with pytest.raises(NotSendable) as refused:
        arrives("뷁 현장 😀 집합 뷁")
    assert refused.value.chars == ("뷁", "😀")
