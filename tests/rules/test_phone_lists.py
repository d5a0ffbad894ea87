"""How pasted numbers and pasted address books are read."""

import pytest

from sms.rules.phone_lists import Entry, LinesRefused, NumberRefused, entries, numbers, table_entries


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


# ── 주소록 ──

KIM = Entry("김가온", "01000001000")


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("없음", "\n \n", ()),
        ("이름 번호", "김가온 010-0000-1000", (KIM,)),
        ("번호 이름", "01000001000 김가온", (KIM,)),
        ("쉼표", "김가온,01000001000", (KIM,)),
        ("전각 쉼표와 숫자", "김가온，０１０－００００－１０００", (KIM,)),
        ("표", "김가온\t010 0000 1000\t소장\t3공구", (Entry("김가온", "01000001000", "소장", "3공구"),)),
        ("번호가 앞", "010-0000-1000;김가온;협력업체", (Entry("김가온", "01000001000", "협력업체"),)),
        ("이름의 빈칸", "김 가온 소장 010.0000.1000", (Entry("김 가온 소장", "01000001000"),)),
        ("국가 번호", "김가온 +82 10-0000-1000", (KIM,)),
        ("뒤의 말은 그룹", "김가온 010-0000-1000 현장", (Entry("김가온", "01000001000", "현장"),)),
        ("머리글은 건너뛴다", "이름,휴대폰\n김가온,01000001000", (KIM,)),
        ("이름 속 숫자", "1공구 김가온 01000001000", (Entry("1공구 김가온", "01000001000"),)),
        ("여러 줄", "김가온 01000001000\r\n\r\n이나래 01000001001", (KIM, Entry("이나래", "01000001001"))),
    ],
)  # fmt: skip
def test_붙여_넣은_주소록을_읽는다(_case: str, text: str, expected: tuple[Entry, ...]) -> None:
    assert entries(text) == expected


def test_읽을_수_없는_줄을_모두_짚고_하나도_넣지_않는다() -> None:
    with pytest.raises(LinesRefused) as refused:
        entries("김가온 01000001000\n이나래 011-000-0000\n01000001001\n박다솜")
    assert [fault.split(":")[0] for fault in refused.value.faults] == ["2번째 줄", "3번째 줄", "4번째 줄"]
    assert "011·016~019 번호는 더 이상 쓰이지 않습니다." in refused.value.message
    assert "이름이 없습니다." in refused.value.message
    assert "아직 한 줄도 넣지 않았습니다." in refused.value.message


def test_잘못이_많으면_열_줄까지만_말한다() -> None:
    with pytest.raises(LinesRefused, match="그 밖에 2줄이 더 있습니다"):
        entries("\n".join(["이름만"] * 12))


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("쉼표", '\ufeff이름,휴대폰,그룹,메모\r\n"가온, 김",010-0000-1000,현장,\'=1+1\r\n'),
        ("반점", '이름;휴대폰;그룹;메모\n"가온, 김";010-0000-1000;현장;\'=1+1\n'),
        ("탭", "이름\t휴대폰\t그룹\t메모\n가온, 김\t010-0000-1000\t현장\t'=1+1\n"),
    ],
)
def test_표를_읽고_내려받을_때_붙인_따옴표를_뗀다(_case: str, text: str) -> None:
    assert table_entries(text) == (Entry("가온, 김", "01000001000", "현장", "=1+1"),)
