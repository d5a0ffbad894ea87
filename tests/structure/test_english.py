"""The English catalogue is complete: each Korean sentence marked for it, or handed to it, has an English one."""

import ast
import gettext
import inspect
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from guarantees.actions import beneficiary, release_requests, rows
from guarantees.document import check, verification_code
from guarantees.rules import numbering
from portal import identifiers, won
from portal.refusals import Refusal
from tests.structure.sources import ROOT, modules

LOCALE = ROOT / "locale" / "en" / "LC_MESSAGES"
HANGUL = re.compile("[가-힣]")
PLACE = re.compile(r"%\(\w+\)s")
MARKED = re.compile(r'(?:\{% translate |_\()"([^"]+)"')
BLOCK = re.compile(r"\{% blocktranslate[^%]*%\}(.*?)\{% endblocktranslate %\}", re.DOTALL)
# What the two-language pages may be refused with, and whose class says it in one sentence.
REFUSALS = (
    beneficiary.Answered, beneficiary.NotReturnable, beneficiary.NotAcceptedYet, beneficiary.NotYet,
    release_requests.AlreadyAsked, rows.OpenClaim,
)  # fmt: skip


def entries() -> dict[str, list[str]]:
    """Korean to English of the .po file, in its plural forms where it has them."""
    found: dict[str, list[str]] = {}
    lines: list[tuple[str, str]] = re.findall(
        r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) "(.*)"$', (LOCALE / "django.po").read_text(), re.MULTILINE
    )
    key = ""
    for kind, quoted in lines:
        text = ast.literal_eval(f'"{quoted}"')
        if kind == "msgid":
            key = text
            found[key] = []
        elif kind.startswith("msgstr"):
            found[key].append(text)
    found.pop("")
    return found


def in_templates() -> Iterator[str]:
    for path in (ROOT / "templates").rglob("*.html"):
        source = path.read_text()
        yield from MARKED.findall(source)
        for block in BLOCK.findall(source):
            yield from (re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", part) for part in block.split("{% plural %}"))


def in_code() -> Iterator[str]:
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "gettext"):
                yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))


def raised_in(where: ModuleType | object, error: str) -> Iterator[str]:
    """The sentences that `error` is raised with."""
    for node in ast.walk(ast.parse(inspect.getsource(where))):  # type: ignore[arg-type]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == error:
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))


def handed_over() -> Iterator[str]:
    """Sentences of rooms that know no framework, translated where a form or page shows them."""
    for sentences in check.SENTENCES.values():
        yield from sentences
    yield from (check.UNSEEN, check.TOO_LARGE, check.TOO_LONG)
    yield from (numbering.InvalidGuaranteeNumber().message, verification_code.InvalidCode().message)
    yield from raised_in(identifiers.parse_business_number, "InvalidNumber")
    yield from raised_in(won, "InvalidAmount")
    yield from (refusal.message for refusal in REFUSALS)
    yield "진위확인"  # the menu's


def spoken() -> set[str]:
    found = {*in_templates(), *in_code(), *handed_over()}
    return {text for text in found if HANGUL.search(text)}


def test_there_are_sentences() -> None:
    assert len(spoken()) > 150


def test_every_sentence_has_its_english() -> None:
    assert sorted(spoken() - set(entries())) == []


def test_the_english_is_english_and_keeps_what_is_filled_in() -> None:
    wrong = {
        korean: english
        for korean, forms in entries().items()
        for english in forms
        if not english or HANGUL.search(english) or set(PLACE.findall(english)) != set(PLACE.findall(korean))
    }
    assert wrong == {}


def test_the_compiled_catalogue_is_the_written_one() -> None:
    """`msgfmt -o locale/en/LC_MESSAGES/django.mo locale/en/LC_MESSAGES/django.po` after each change."""
    with (LOCALE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    written: dict[str | tuple[str, int], str] = {}
    for korean, forms in entries().items():
        written |= {(korean, n): form for n, form in enumerate(forms)} if len(forms) > 1 else {korean: forms[0]}
    assert {key: english for key, english in compiled.items() if key} == written


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_says_it_without_names(refusal: type[Refusal]) -> None:
    """One that fills in an amount or a name would not be found in the catalogue."""
    assert refusal.message in entries()
