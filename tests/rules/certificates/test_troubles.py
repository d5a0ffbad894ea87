"""An error is found by the sentence on the screen, typed as people type (S43, S44, S46, S47)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.refusals import WORDINGS, Code, sentence
from certificates.trouble_search import MOST_FOUND, find, letters
from certificates.troubles import REMEDIES, all_troubles

VALUES = {
    "day": "2026.11.20",
    "purpose": "전자세금계산서 전용",
    "bank": "국민은행",
    "minutes": "7",
    "oid": "1.2.3",
}
# Codes whose sentence another code bears, so that its guide answers.
SAME_SENTENCE = {
    Code.WEAK_SIGNATURE_HASH: Code.WEAK_KEY,
    Code.VID_MALFORMED: Code.VID_MISSING,
    Code.CRL_STALE: Code.REVOCATION_UNAVAILABLE,
    Code.CRL_INVALID: Code.REVOCATION_UNAVAILABLE,
    Code.OCSP_STALE: Code.REVOCATION_UNAVAILABLE,
    Code.OCSP_INVALID: Code.REVOCATION_UNAVAILABLE,
    Code.MEMBER_INACTIVE: Code.MEMBER_NOT_FOUND,
}
STAFF_ONLY = {Code.STAFF_SAME_PERSON}


def keys(question: str) -> list[str]:
    return [trouble.key for trouble in find(question)]


@pytest.mark.parametrize(
    ("_case", "question", "then"),
    [
        ("S43 그대로", "쇼핑몰과 금융결제원간 통신오류입니다.", "kftc-connection"),
        ("S43 따옴표째", '"쇼핑몰과 금융결제원간 통신오류입니다."라는 메시지가 발생합니다.', "kftc-connection"),
        ("S43 붙여 씀", "쇼핑몰과금융결제원간통신오류입니다", "kftc-connection"),
        ("S43 결재원", "쇼핑몰과 금융결재원간 통신 오류 입니다!!", "kftc-connection"),
        ("S43 일부", "금융결제원간 통신오류", "kftc-connection"),
        ("S43 네 글자", "통신오류", "kftc-connection"),
        ("S43 다르게", "쇼핑몰하고 금융결제원 통신 에러", "kftc-connection"),
        ("S44 그대로", "주체값을 가져오지 못했습니다", "subject-value"),
        ("S44 띄어 씀", "주체 값을 가져 오지 못 했습니다.", "subject-value"),
        ("S44 맞춤법", "주채값을 가저오지 못했읍니다", "subject-value"),
        ("S44 둥근따옴표", "“주체값을 가져오지 못했습니다”라는 메세지", "subject-value"),
        ("S46 파일 이름", "xw_install2.exe", "plug-in-install"),
        ("S46 큰 글자", "XW_INSTALL2.EXE 설치가 안 됨", "plug-in-install"),
        ("S46 전각", "ｘｗ＿ｉｎｓｔａｌｌ２．ｅｘｅ", "plug-in-install"),
        ("포털의 비밀번호", "인증서 비밀번호가 맞지 않습니다", "wrong-password"),
        ("포털의 비밀번호, 자기 말로", "인증서 비밀번호 틀렸음", "wrong-password"),
        ("포털의 코드", "VID_MISMATCH", "vid-mismatch"),
        ("포털의 코드, 말로", "vid mismatch", "vid-mismatch"),
    ],
)
def test_it_finds(_case: str, question: str, then: str) -> None:
    assert keys(question)[0] == then


@pytest.mark.parametrize(
    "question",
    ["", " ", "?!", "가", "인증서", "보증 신청이 안돼요", "보증료 환불은 어떻게 받나요", "날씨가 좋네요", "asdf"],
)
def test_it_says_when_nothing_is_close(question: str) -> None:
    assert find(question) == ()


@pytest.mark.parametrize("code", [code for code in Code if code not in STAFF_ONLY])
def test_every_sentence_of_the_portal_finds_its_own_answer(code: Code) -> None:
    answered = SAME_SENTENCE.get(code, code)
    question = sentence(code, reference="A1B2C3D4", **VALUES)
    assert keys(question)[0] == answered.lower().replace("_", "-")


def test_every_code_a_member_meets_has_steps() -> None:
    assert set(REMEDIES) == set(Code) - STAFF_ONLY - set(SAME_SENTENCE)
    for code, other in SAME_SENTENCE.items():
        assert WORDINGS[code].text == WORDINGS[other].text


def test_what_to_do_is_always_there_and_the_old_way_is_numbered_steps() -> None:
    for trouble in all_troubles():
        assert trouble.today, trouble.key
        assert trouble.meaning
    old = {trouble.key: len(trouble.old) for trouble in all_troubles() if trouble.old}
    assert old == {"kftc-connection": 4, "subject-value": 4, "plug-in-install": 3}
    remedies = {trouble.key: " ".join(trouble.old) for trouble in all_troubles()}
    assert "cn=www.kftc.or.kr,ou=KFTC,ou=yessign,ou=server,o=yessign,c=kr" in remedies["kftc-connection"]
    assert "브라우저를 모두 닫습니다" in remedies["subject-value"]  # S47


def test_the_public_guide_does_not_tell_what_only_staff_may_know() -> None:
    said = " ".join(
        part for trouble in all_troubles() if trouble.code == "CERT_OF_ANOTHER_MEMBER"
        for part in (trouble.title, trouble.meaning, *trouble.messages, *trouble.today)
    )  # fmt: skip
    assert [word for word in ("다른 조합원", "다른 곳", "다른 회사") if word in said] == []


@given(st.text(max_size=400))
def test_any_text_gets_an_answer_or_none(question: str) -> None:
    assert len(find(question)) <= MOST_FOUND
    assert letters(letters(question)) == letters(question)
