"""The particle after a word that is not known beforehand: 보증서를, 보증서 2026-C1-000001-2를, 작업 처리기가.

표준어 규정, 한글 맞춤법: which of two stands depends on the sound the word ends in, so on its last letter as read.
"""

HANGUL = range(ord("가"), ord("힣") + 1)
FINALS = 28  # of a syllable: none, and 27 consonants, the 8th of which is ㄹ
RIEUL = 8
# How digits and single Latin letters are read: 영 일 이 삼 ..., 엘 엠 엔.
READ = dict(zip("0123456789lmn", "영일이삼사오육칠팔구엘엠엔", strict=True))


def with_particle(text: object, pair: str) -> str:
    """`text` and the one of 은/는, 이/가, 을/를, 과/와, 으로/로 that its end asks for.

    Brackets, quotes and points at the end are not heard. Where nothing can be heard both stand: 을(를).
    """
    word = str(text)
    after_consonant, after_vowel = pair.split("/")
    final = _final(word)
    if final is None:
        both = "(으)로" if pair == "으로/로" else f"{after_consonant}({after_vowel})"
        return word + both
    open_end = final == 0 or (final == RIEUL and pair == "으로/로")
    return word + (after_vowel if open_end else after_consonant)


def as_topic(text: object) -> str:
    """With 은 or 는."""
    return with_particle(text, "은/는")


def as_subject(text: object) -> str:
    """With 이 or 가."""
    return with_particle(text, "이/가")


def as_object(text: object) -> str:
    """With 을 or 를."""
    return with_particle(text, "을/를")


def as_means(text: object) -> str:
    """With 으로 or 로."""
    return with_particle(text, "으로/로")


def _final(word: str) -> int | None:
    """Which consonant the word ends in: 0 for none, nothing where the end has no sound known here."""
    last = next((letter for letter in reversed(word.lower()) if letter.isalnum()), "")
    letter = READ.get(last, last)
    if len(letter) == 1 and ord(letter) in HANGUL:
        return (ord(letter) - HANGUL.start) % FINALS
    return 0 if letter.isascii() and letter.isalpha() else None
