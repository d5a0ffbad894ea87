"""The text that is signed."""

import pytest

from certificates.challenge import Purpose, challenge_text
from certificates.refusals import Code, Refused, sentence
from tests.rules.certificates.world import AT

GIVEN = {
    "purpose": Purpose.REPLACE,
    "origin": "https://www.example.kr",
    "member_name": "한빛설비(주)",
    "business_number": "9018112019",
    "nonce": bytes(range(32)),
    "issued_at": AT,
}


def test_text_to_the_byte() -> None:
    assert challenge_text(**GIVEN, extra={"new_serial": "3e5c"}) == (  # type: ignore[arg-type]
        "SEOLBI-CERT-AUTH-V1\n"
        '{"business_number":"9018112019","expires_at":"2026-11-23T10:03:00+09:00",'
        '"issued_at":"2026-11-23T10:00:00+09:00","member":"한빛설비(주)","new_serial":"3e5c",'
        '"nonce":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",'
        '"origin":"https://www.example.kr","purpose":"인증서갱신","v":1}'
    )


@pytest.mark.parametrize("changes", [{"nonce": bytes(31)}, {"nonce": bytes(33)}, {"extra": {"origin": "x"}}])
def test_not_a_challenge(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        challenge_text(**{**GIVEN, **changes})  # type: ignore[arg-type]


def test_a_name_cannot_break_out_of_its_line() -> None:
    text = challenge_text(**{**GIVEN, "member_name": 'x"\n,"purpose":"로그인'})  # type: ignore[arg-type]
    assert text.count("\n") == 1


def test_sentences_with_reference_and_without_values() -> None:
    assert sentence(Code.CHAIN_INVALID, reference="E-17").endswith("문의해 주세요. (오류번호 E-17)")
    assert sentence(Code.EXPIRED) == (
        "이 인증서는 -에 유효기간이 끝났습니다. 거래 은행에서 새로 발급받은 뒤 다시 등록해 주세요."
    )
    assert str(Refused(Code.REVOKED, "2026", day="2026.11.20")) == "REVOKED: 2026"
