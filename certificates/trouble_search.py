"""Finding a trouble by the sentence on the screen, copied or typed from memory.

Spaces, punctuation, width and case do not matter, and a few wrong letters do not: texts are compared by pairs
of jamo, so that ㅔ for ㅐ or 읍 for 습 costs one letter of three and not a whole syllable.
"""

import unicodedata
from collections import Counter
from functools import cache

from certificates.troubles import Trouble, all_troubles

LONGEST_QUESTION = 300  # characters
SHORTEST_PART = 4  # letters that find a message they are a part of
MOST_FOUND = 3
CLOSE_ENOUGH = 0.65  # below it nothing is offered
SURE = 0.9  # from here on, less likely ones are left out
OF_A_PART = 0.85  # weight of a part with slips against the whole sentence


def find(question: str) -> tuple[Trouble, ...]:
    """The troubles whose message is most like `question`, best first, at most three; empty when none is close."""
    asked = letters(question[:LONGEST_QUESTION])
    scored = [(max(_likeness(asked, text) for text in _texts(trouble)), trouble) for trouble in all_troubles()]
    close = sorted((pair for pair in scored if pair[0] >= CLOSE_ENOUGH), key=lambda pair: -pair[0])
    if close and close[0][0] >= SURE:
        close = [pair for pair in close if pair[0] >= SURE]
    return tuple(trouble for _score, trouble in close[:MOST_FOUND])


def letters(text: str) -> str:
    """Letters and digits alone, full-width as half, small: what remains when spelling habits are taken away."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


@cache
def _texts(trouble: Trouble) -> tuple[str, ...]:
    return tuple(letters(text) for text in (*trouble.messages, trouble.title))


def _likeness(asked: str, text: str) -> float:
    """1 where one holds the other; else how many pairs of jamo they share, of both or of what was asked."""
    if text in asked or (asked in text and len(asked) >= SHORTEST_PART):
        return 1.0
    mine, theirs = _pairs(asked), _pairs(text)
    shared = (mine & theirs).total()
    alike = 2 * shared / max(1, mine.total() + theirs.total())
    part = shared / mine.total() if len(asked) >= 2 * SHORTEST_PART else 0
    return max(alike, part * OF_A_PART)


def _pairs(text: str) -> Counter[str]:
    jamo = unicodedata.normalize("NFD", text)
    return Counter(jamo[at : at + 2] for at in range(len(jamo) - 1))
