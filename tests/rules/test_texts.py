"""The cooperative's own SMS fit 90 bytes whatever the values: DOMAIN §7.2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.ksx1001 import NotSendable, byte_size
from sms.rules.texts import (
    LMS_BYTES,
    SMS_BYTES,
    TEMPLATES,
    Field,
    TextTooLong,
    company_room,
    fit_company,
    message_kind,
    render,
    segments,
)

PREFIX = "[설비공제]"
SHORT = {
    "company": "한빛기공", "kind": "계약보증", "app": "A26-104221", "no": "C1-000123", "due": "11/27",
    "end": "26.12.31", "d": "26.12.31", "t": "11/22 14:05", "n": "1", "lim": "1,200,000",
    "tel": "02-000-0000", "code": "123456", "won": "418,190원", "bank": "국민은행", "account": "79019639679511",
}  # fmt: skip
LONG = SHORT | {
    "company": "가나다라마바사아자차카타파하거너",
    "kind": "건설기계대여",
    "tel": "051-0000-0000",
    "lim": "12,000,000",
    "won": "1,284,300,000원",
    "bank": "SC제일은행",
    "account": "12345678901234567890",
}
KINDS = {
    "입찰": 4, "계약": 4, "공사이행": 8, "선급금": 6, "하자보수": 8, "하도급대금": 10, "하도급이행": 10,
    "건설기계대여": 12, "손해배상": 8, "인허가": 6, "자재구입": 8, "유보금": 6, "납품": 4, "공사대금": 8,
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "typical", "worst"),
    [
        ("SCREEN_OK", 73, 89),
        ("SCREEN_SUPP", 76, 90),
        ("SCREEN_REJ", 74, 90),
        ("ISSUED", 75, 89),
        ("EXPIRY15", 79, 89),
        ("EXPIRY_MULTI", 67, 89),
        ("MILEAGE_EXP", 68, 90),
        ("CERT_EXP", 66, 90),
        ("CERT_DONE", 72, 90),
        ("CERT_TICKET", 75, 89),
        ("CERT_PHONE", 81, 89),
        ("CERT_STOPPED", 76, 90),
        ("RELEASED", 66, 89),
        ("RELEASED_PART", 68, 90),
        ("ENDORSED", 73, 89),
        ("CANCELLED", 60, 90),
        ("CLAIMED", 72, 90),
        ("PAY_ACCOUNT", 74, 90),
        ("PAY_BACK", 74, 90),
        ("REFUND_DONE", 63, 89),
        ("REFUND_FAILED", 72, 90),
        ("OPTOUT_ACK", 70, 90),
        ("RECIPIENT_CODE", 85, 89),
    ],
)
def test_sizes(key: str, typical: int, worst: int) -> None:
    assert byte_size(render(key, SHORT, prefix=PREFIX)) == typical
    assert byte_size(render(key, LONG, prefix=PREFIX)) == worst


@pytest.mark.parametrize(
    ("_case", "key", "text"),
    [
        ("승인", "SCREEN_OK", "[설비공제]한빛기공 계약보증 심사승인. 약정·수수료납부 후 발급 A26-104221"),
        (
            "인터넷 발급",
            "ISSUED",
            "[설비공제]한빛기공 계약보증 발급 C1-000123 ~26.12.31. 문자마일리지 1콜 적립",
        ),
        ("지점 발급", "ISSUED_BRANCH", "[설비공제]한빛기공 계약보증 발급 C1-000123 ~26.12.31."),
        (
            "보증해제대상 안내",
            "EXPIRY15",
            "[설비공제]한빛기공 계약보증 C1-000123 26.12.31 종료. 해제·한도문의 02-000-0000",
        ),
        (
            "인증번호",
            "RECIPIENT_CODE",
            "[설비공제]한빛기공 안내문자 수신등록 인증번호 123456(3분). 동의하면 회사에 알려주세요",
        ),
    ],
)
def test_wording(_case: str, key: str, text: str) -> None:
    assert render(key, SHORT, prefix=PREFIX) == text


def test_a_long_company_is_cut_and_nothing_else() -> None:
    assert render("EXPIRY15", LONG, prefix=PREFIX) == (
        "[설비공제]가나다라마… 건설기계대여 C1-000123 26.12.31 종료. 해제·한도문의 051-0000-0000"
    )


@pytest.mark.parametrize(("kind", "size"), KINDS.items())
def test_kind_names(kind: str, size: int) -> None:
    assert byte_size(kind) == size <= byte_size(LONG["kind"])


@pytest.mark.parametrize("key", TEMPLATES)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    company=st.text("가나다㈜(주)A 1", max_size=40),
    n=st.integers(1, 999),
)
def test_every_company_and_kind_fits(key: str, kind: str, company: str, n: int) -> None:
    values = LONG | {"company": company, "kind": kind, "n": str(n)}
    assert byte_size(render(key, values, prefix=PREFIX)) <= SMS_BYTES


@pytest.mark.parametrize("key", TEMPLATES)
def test_no_web_address_and_no_days_left(key: str) -> None:
    assert not any(word in TEMPLATES[key] for word in ("http", "www", "일 전", "(광고)"))


def test_segments() -> None:
    assert segments("EXPIRY15") == (
        Field("prefix"), Field("company"), " ", Field("kind"), " ", Field("no"), " ", Field("end"),
        " 종료. 해제·한도문의 ", Field("tel"),
    )  # fmt: skip


@pytest.mark.parametrize("key", TEMPLATES)
@pytest.mark.parametrize("values", [SHORT, LONG])
def test_joined_segments_are_the_rendered_text(key: str, values: dict[str, str]) -> None:
    filled = values | {"prefix": PREFIX}
    if Field("company") in segments(key):
        filled["company"] = fit_company(values["company"], company_room(key, values, prefix=PREFIX))
    joined = "".join(filled[part.name] if isinstance(part, Field) else part for part in segments(key))
    assert joined == render(key, values, prefix=PREFIX)


@pytest.mark.parametrize(
    ("_case", "prefix_room", "company", "kind", "ending"),
    [
        ("8바이트가 남으면 줄임", 8, "한빛종합기공", "sms", "한빛종… "),
        ("7바이트가 남으면 줄이지 않고 장문", 7, "한빛종합기공", "lms", "한빛종합기공 "),
        ("7바이트에 들어가는 짧은 이름", 7, "한빛종", "sms", "한빛종 "),
    ],
)
def test_when_little_room_is_left(_case: str, prefix_room: int, company: str, kind: str, ending: str) -> None:
    values = LONG | {"company": company}
    prefix = "[" + "가" * 40 + "]"
    while company_room("EXPIRY15", values, prefix=prefix) < prefix_room:
        prefix = prefix.replace("가", "a", 1) if "가" in prefix else prefix[:-1]
    assert company_room("EXPIRY15", values, prefix=prefix) == prefix_room
    text = render("EXPIRY15", values, prefix=prefix)
    assert message_kind(text) == kind
    assert text.startswith(prefix + ending)


def test_values_are_sanitised_and_refused_by_character() -> None:
    assert "한빛 기공" in render("EXPIRY15", SHORT | {"company": "한빛\u00a0기공"}, prefix=PREFIX)
    with pytest.raises(NotSendable) as refused:
        render("EXPIRY15", SHORT | {"company": "펲시설비"}, prefix=PREFIX)
    assert refused.value.chars == ("펲",)


def test_a_missing_value_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError, match="tel"):
        render("EXPIRY15", {k: v for k, v in SHORT.items() if k != "tel"}, prefix=PREFIX)


@pytest.mark.parametrize(
    ("_case", "text", "kind"),
    [
        ("90바이트", "가" * 45, "sms"),
        ("91바이트", "가" * 45 + "a", "lms"),
        ("2,000바이트", "가" * 1000, "lms"),
        ("빈 글", "", "sms"),
    ],
)
def test_message_kind(_case: str, text: str, kind: str) -> None:
    assert message_kind(text) == kind


def test_longer_than_a_long_message() -> None:
    with pytest.raises(TextTooLong) as refused:
        message_kind("가" * (LMS_BYTES // 2) + "a")
    assert refused.value.message == "내용이 2,001바이트입니다. 2,000바이트 이하로 줄여 주세요."
