import pytest

from guarantees.document.verification_code import (
    ALPHABET,
    InvalidCode,
    format_code,
    matches,
    new_code,
    parse_code,
    stored_hash,
)

KEY = b"k" * 32
CODE = "7K3M9QXD2F5TW8H0"


def test_alphabet_has_no_two_alike() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


def test_new_codes() -> None:
    codes = {new_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert {len(code) for code in codes} == {16}
    assert {letter for code in codes for letter in code} == set(ALPHABET)


def test_printed_form() -> None:
    assert format_code(CODE) == "7K3M-9QXD-2F5T-W8H0"


@pytest.mark.parametrize(
    ("_case", "typed"),
    [
        ("그대로", "7K3M9QXD2F5TW8H0"),
        ("하이픈", "7K3M-9QXD-2F5T-W8H0"),
        ("소문자와 공백", " 7k3m 9qxd 2f5t w8h0 "),
        ("전각", "７Ｋ３Ｍ－９ＱＸＤ－２Ｆ５Ｔ－Ｗ８Ｈ０"),
        ("0 대신 O", "7K3M-9QXD-2F5T-W8HO"),
        ("0 대신 o", "7k3m-9qxd-2f5t-w8ho"),
    ],
)
def test_read_as_typed(_case: str, typed: str) -> None:
    assert parse_code(typed) == CODE


def test_one_typed_as_i_or_l() -> None:
    assert parse_code("iIlL 0000 0000 0000") == "1111000000000000"


@pytest.mark.parametrize(
    ("_case", "typed"),
    [
        ("빈 칸", ""),
        ("15자리", CODE[:-1]),
        ("17자리", CODE + "1"),
        ("쓰지 않는 글자 U", CODE[:-1] + "U"),
        ("한글", CODE[:-1] + "가"),
        ("줄바꿈이 숨은 둘째 줄", CODE + "\nX"),
    ],
)
def test_no_code(_case: str, typed: str) -> None:
    with pytest.raises(InvalidCode):
        parse_code(typed)


def test_stored_hash_is_keyed() -> None:
    stored = stored_hash(CODE, key=KEY)
    assert len(stored) == 64
    assert CODE not in stored
    assert matches(CODE, stored, key=KEY)
    assert not matches("0" * 16, stored, key=KEY)
    assert not matches(CODE, stored, key=b"j" * 32)


def test_weak_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        stored_hash(CODE, key=b"k" * 31)
