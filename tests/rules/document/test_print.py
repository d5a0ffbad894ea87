import io
import json
import os
import re
from dataclasses import replace
from datetime import date

import pypdf
import pytest

from guarantees.document.content import Contract, GuaranteeDocument, Party, UnfitText
from guarantees.document.printed import seal_columns, to_json
from guarantees.document.render import render, render_png
from tests.rules.document.samples import CONTRACT_GUARANTEE


def pages_of(document: GuaranteeDocument) -> list[str]:
    return [re.sub(r"\s+", " ", page.extract_text()) for page in reader(render(document)).pages]


def reader(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True)


def text_of(document: GuaranteeDocument) -> str:
    return " ".join(pages_of(document)).replace("\u200b", "")


@pytest.mark.parametrize(
    ("_field", "then"),
    [
        ("제목", "계약보증서"),
        ("보증서번호", "2026-C1-000123-4"),
        ("확인코드", "7K3M-9QXD-2F5T-W8HN"),
        ("채무자", "주식회사 한빛설비"),
        ("채무자 사업자등록번호", "901-81-12019"),
        ("채무자 대표자", "김한빛"),
        ("채무자 주소", "서울특별시 강서구 공항대로 000, 3층"),
        ("보증채권자", "가온종합건설 주식회사"),
        ("보증채권자 사업자등록번호", "902-81-34567"),
        ("보증채권자 대표자", "이가온"),
        ("보증채권자 주소", "경기도 성남시 분당구 판교로 000"),
        ("금액 한글", "금 일억이천만원정"),
        ("금액 숫자", "(120,000,000원)"),
        ("기간", "2026년 12월 1일부터 2027년 6월 30일까지 (212일간)"),
        ("계약명", "가온물류센터 신축공사 중 기계설비공사"),
        ("계약번호", "GA-2026-1107"),
        ("계약일", "2026년 11월 27일"),
        ("계약금액", "800,000,000원"),
        ("이행기일", "2027년 6월 29일"),
        ("보증내용", "계약보증금 지급채무를 보증합니다."),
        ("보증내용 둘째 문단", "청구는 서면으로 합니다."),
        ("특약", "공동수급체 가운데 채무자의 지분에 한합니다."),
        ("약관", "우리 조합은 계약보증약관(2026년 7월 1일 시행)에 따라 위와 같이 보증합니다."),
        ("발급일", "2026년 11월 30일"),
        ("조합", "설비공제조합"),
        ("이사장", "이사장 박나래"),
        ("조합 주소", "서울특별시 중구 세종대로 000"),
        ("지점, 담당자, 전화", "서울지점 최담당 02-000-0000"),
        ("쪽", "1 / 1 쪽"),
        ("영문 이름", "Beneficiary"),
        ("영문 보증 종류", "CONTRACT GUARANTEE"),
        ("영문 금액", "KRW 120,000,000"),
        ("영문 기간", "1 December 2026 to 30 June 2027, both inclusive"),
    ],
)
def test_every_field_is_read_back(_field: str, then: str) -> None:
    assert then in text_of(CONTRACT_GUARANTEE)


def test_same_document_same_bytes() -> None:
    assert render(CONTRACT_GUARANTEE) == render(replace(CONTRACT_GUARANTEE))
    assert render(CONTRACT_GUARANTEE) != render(replace(CONTRACT_GUARANTEE, amount=120_000_001))


def test_archival_tagged_and_korean() -> None:
    pdf = reader(render(CONTRACT_GUARANTEE))
    about = pdf.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in about
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in about
    assert "<pdfuaid:part>1</pdfuaid:part>" in about
    assert pdf.trailer["/Root"]["/Lang"] == "ko-KR"
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.metadata is not None
    assert pdf.metadata.title == "계약보증서 2026-C1-000123-4"
    assert pdf.metadata.get("/CreationDate") == "D:20261129150000Z"  # 11월 30일 0시 KST


def test_nothing_but_our_fonts() -> None:
    fonts = {
        str(font.get_object()["/BaseFont"]).split("+")[1].removesuffix("-Identity-H")
        for page in reader(render(CONTRACT_GUARANTEE)).pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts == {"NanumMyeongjo", "Pretendard-Regular", "Pretendard-SemiBold", "PortalSerif-Regular"}


@pytest.mark.parametrize(
    ("_case", "product", "then"),
    [
        ("보증으로 끝남", "하자보수보증", "하자보수보증서"),
        ("그렇지 않음", "이행", "이행 보증서"),
    ],
)
def test_title(_case: str, product: str, then: str) -> None:
    assert replace(CONTRACT_GUARANTEE, product=product).title == then


def test_without_english() -> None:
    text = text_of(replace(CONTRACT_GUARANTEE, with_english=False))
    assert "Beneficiary" not in text
    assert "GUARANTEE" not in text
    assert "KRW" not in text
    assert "보증채권자" in text


def test_changed_and_superseded() -> None:
    changed = replace(CONTRACT_GUARANTEE, number="2026-C1-000123-4/2", endorsement=2)
    assert "변경 발급 2차" in text_of(changed)
    assert "효력 없음" not in text_of(changed)
    assert "효력 없음" in text_of(replace(changed, superseded=True))
    assert "변경 발급" not in text_of(CONTRACT_GUARANTEE)


def test_rows_without_a_value_are_left_out() -> None:
    sparse = replace(
        CONTRACT_GUARANTEE,
        beneficiary=Party(name="강서구청"),
        contract=Contract(name="도로점용 허가"),
        special_terms="",
    )
    text = text_of(sparse)
    assert "강서구청" in text
    for label in ("공고·계약번호", "계약금액", "이행기일", "특약", "902-81-34567"):
        assert label not in text


def test_one_day_is_one_day() -> None:
    one_day = replace(CONTRACT_GUARANTEE, starts_on=date(2028, 2, 29), ends_on=date(2028, 2, 29))
    assert "2028년 2월 29일부터 2028년 2월 29일까지 (1일간)" in text_of(one_day)


def test_long_terms_go_on_to_a_second_page() -> None:
    terms = "\n".join(
        f"{n}. 보증채권자는 사고를 안 날부터 30일 안에 조합에 서면으로 알려야 합니다." for n in range(1, 26)
    )
    pages = pages_of(replace(CONTRACT_GUARANTEE, special_terms=terms))
    assert [re.findall(r"\d / \d 쪽", page) for page in pages] == [["1 / 2 쪽"], ["2 / 2 쪽"]]
    assert "1. 보증채권자는" in pages[0]
    assert "25. 보증채권자는" in pages[1]
    assert "이사장" in pages[1]
    assert "2026-C1-000123-4" in pages[1]


@pytest.mark.parametrize(
    ("_case", "name"),
    [
        ("긴 한글 상호", "가나다라마바사아자차" * 10),
        ("띄어쓰기 없는 영문", "W" * 100),
        ("긴 한자", "株式會社漢江設備工業" * 10),
    ],
)
def test_long_names_wrap(_case: str, name: str) -> None:
    document = replace(CONTRACT_GUARANTEE, debtor=replace(CONTRACT_GUARANTEE.debtor, name=name))
    assert name in text_of(document).replace(" ", "")
    assert len(pages_of(document)) <= 2


@pytest.mark.parametrize(
    "text",
    [
        '#eval("1+1")',
        '#read("/etc/passwd")',
        '#import "@preview/x:1.0.0"',
        '#image("rosette.svg")',
        "#sys.inputs",
        "{{ amount }} {% debug %}",
        "<img src=http://127.0.0.1/x>",
        "<script>alert(1)</script>",
        "*굵게* _기울임_ `코드` $x^2$ @ref <label> = 제목",
        '"}, "amount": "1원", "x": "',
        "\\u{41} \\n \\",
        "// 주석 /* 주석 */ ~ -- ---",
    ],
)
def test_markup_stays_text(text: str) -> None:
    document = replace(
        CONTRACT_GUARANTEE,
        contract=replace(CONTRACT_GUARANTEE.contract, name=text),
        special_terms=text,
        debtor=replace(CONTRACT_GUARANTEE.debtor, name=text),
    )
    assert text_of(document).replace(" ", "").count(text.replace(" ", "")) == 3


@pytest.mark.parametrize(
    ("_case", "change", "field", "words"),
    [
        ("RTL 뒤집기", {"debtor": Party(name="한빛\u202e설비")}, "채무자 상호", "U+202E"),
        ("그림 문자", {"special_terms": "좋음 😀"}, "특약", "😀"),
        ("없는 한자", {"beneficiary": Party(name="𠮷野建設")}, "보증채권자 상호", "𠮷"),
        ("한 줄 칸의 줄바꿈", {"contract": Contract(name="공사\n둘째 줄")}, "계약명", "한 줄로"),
        ("101자 상호", {"debtor": Party(name="가" * 101)}, "채무자 상호", "100자까지"),
        ("만 자 특약", {"special_terms": "가" * 10_000}, "특약", "6,000자까지"),
    ],
)
def test_unfit_text_is_refused(_case: str, change: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(UnfitText) as refused:
        render(replace(CONTRACT_GUARANTEE, **change))
    assert refused.value.field == field
    assert words in refused.value.message


def test_greatest_texts_fit() -> None:
    document = replace(CONTRACT_GUARANTEE, debtor=Party(name="가" * 100), special_terms="가" * 6_000)
    assert text_of(document).replace(" ", "").count("가" * 30) >= 190


@pytest.mark.parametrize(
    ("_case", "issuer", "then"),
    [
        ("11자는 세 줄", "설비공제조합", ["설비공제", "조합이사", "장의인"]),
        ("15자는 네 줄", "기계설비건설공제조합", ["기계설비", "건설공제", "조합이사", "장의인"]),
        ("띄어 쓴 이름", "설비 공제조합", ["설비공제", "조합이사", "장의인"]),
    ],
)
def test_seal_mark(_case: str, issuer: str, then: list[str]) -> None:
    assert seal_columns(issuer) == then


def test_the_layout_is_handed_only_text() -> None:
    values = json.loads(to_json(CONTRACT_GUARANTEE)).values()
    assert {type(value) for value in values} == {str, bool, dict, list}


def test_pictures_for_looking() -> None:
    pages = render_png(CONTRACT_GUARANTEE)
    assert [page[:8] for page in pages] == [b"\x89PNG\r\n\x1a\n"]


def test_forked_child_is_told_instead_of_waiting_for_ever() -> None:
    render(CONTRACT_GUARANTEE)
    child = os.fork()
    if child == 0:
        try:
            render(CONTRACT_GUARANTEE)
        except RuntimeError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
