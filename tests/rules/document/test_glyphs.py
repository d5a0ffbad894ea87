from dataclasses import replace

import pytest

from guarantees.document.glyphs import named, normalised, printable_codes, unprintable
from guarantees.document.render import render
from tests.rules.document.samples import CONTRACT_GUARANTEE

PIECE = 5_000


@pytest.mark.parametrize(
    ("_case", "text", "then"),
    [
        ("한글, 숫자, 영문, 부호", "㈜한빛설비 3층(A동) 「공사」 ￦120,000원 · ½ ㎡ ①", ()),
        ("모든 음절의 처음과 끝", "가힣", ()),
        ("KS X 1001 한자", "株式會社 漢江設備", ()),
        ("KS X 1002 한자", "曺 埈 昶", ()),
        ("이름에 쓰는 드문 한자", "喆 旼 鎔", ()),
        ("줄바꿈", "첫째 줄\r\n둘째 줄\n셋째 줄", ()),
        ("확장 한자", "𠮷野", ("𠮷",)),
        ("그림 문자", "한빛😀설비😀", ("😀",)),
        ("피부색 그림 문자", "👍🏽", ("👍", "🏽")),
        ("히브리어", "אב", ("א", "ב")),
        ("아랍어", "ع", ("ع",)),
        ("방향 뒤집기 RLO", "가\u202e나", ("\u202e",)),
        ("방향 격리", "\u2066가\u2069", ("\u2066", "\u2069")),
        ("폭 없는 공백", "한\u200b빛", ("\u200b",)),
        ("폭 없는 이음", "한\u200d빛", ("\u200d",)),
        ("BOM", "\ufeff한빛", ("\ufeff",)),
        ("소프트 하이픈", "한\u00ad빛", ("\u00ad",)),
        ("NUL", "한\x00빛", ("\x00",)),
        ("ESC", "\x1b[1m", ("\x1b",)),
        ("NEL", "한\u0085빛", ("\u0085",)),
        ("줄 구분자", "한\u2028빛", ("\u2028",)),
        ("사용자 영역", "\ue000", ("\ue000",)),
        ("이체자 선택자", "社\ufe0f", ("\ufe0f",)),
        ("남은 결합 부호", "한\u0336빛", ("\u0336",)),
        ("홀로 선 첫가끝 자모", "\u1112", ("\u1112",)),
        ("한글 채움 문자", "한\u3164빛", ("\u3164",)),
        ("태국어", "ก", ("ก",)),
    ],
)
def test_what_cannot_be_printed(_case: str, text: str, then: tuple[str, ...]) -> None:
    assert unprintable(text) == then


def test_decomposed_korean_is_composed() -> None:
    assert normalised("\u1112\u1161\u11ab") == "한"
    assert unprintable("\u1112\u1161\u11ab") == ()


def test_hanja_of_two_readings_is_folded() -> None:
    # U+F914 is 樂 read 낙 in KS X 1001; on paper it is the same character.
    assert normalised("\uf914") == "樂"


def test_named_for_a_message() -> None:
    assert named(("😀", "\u202e", "\u3000")) == "😀, U+202E, U+3000"


def test_every_printable_character_prints() -> None:
    codes = sorted(printable_codes())
    assert len(codes) == 28_690
    for start in range(0, len(codes), PIECE):
        text = "".join(map(chr, codes[start : start + PIECE]))
        assert render(replace(CONTRACT_GUARANTEE, coverage=text)).startswith(b"%PDF-1.7")
