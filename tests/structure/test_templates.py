"""Every template compiles, names only what exists, and holds nothing the content security policy would stop."""

import re
from pathlib import Path

import pytest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from tests.structure.sources import APPS, ROOT

FOLDER = ROOT / "templates"
TEMPLATES = sorted(path for path in FOLDER.rglob("*.*") if path.suffix in (".html", ".txt"))
NAMED = re.compile(r"""\{%\s*(?:extends|include)\s+["']([^"']+)["']""")
IN_CODE = re.compile(r"""["'](\w[\w.-]*/[\w./-]+\.(?:html|txt))["']""")
INLINE = {
    "script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "javascript address": re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE),
    "another host": re.compile(r"<(script|link|img|iframe|form)\b[^>]*(src|href|action)=[\"'](https?:)?//", re.I),
}
# Mail programs know no style sheets of ours and no policy.
IS_LETTER = re.compile(r"^messages/|^account/email/")
# Filled in by hand outside Django's autoescape.
UNESCAPED = re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off|\|\s*safeseq\b")


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 100


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_it_compiles(path: Path) -> None:
    get_template(name_of(path))


def test_what_templates_extend_and_include_exists() -> None:
    missing = {}
    for path in TEMPLATES:
        for name in NAMED.findall(path.read_text()):
            try:
                get_template(name)
            except TemplateDoesNotExist:
                missing[name_of(path)] = name
    assert missing == {}


def test_what_the_code_renders_exists() -> None:
    missing = {}
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for name in IN_CODE.findall(path.read_text()):
            try:
                get_template(name)
            except TemplateDoesNotExist:
                missing[path.relative_to(ROOT).as_posix()] = name
    assert missing == {}


def test_nothing_inline() -> None:
    found = [
        (name_of(path), what)
        for path in TEMPLATES
        if path.suffix == ".html" and not IS_LETTER.match(name_of(path))
        for what, pattern in INLINE.items()
        if pattern.search(path.read_text())
    ]
    assert found == []


def test_no_value_goes_out_unescaped() -> None:
    found = [name_of(path) for path in TEMPLATES if path.suffix == ".html" and UNESCAPED.search(path.read_text())]
    # Help texts are code, and Django's own of passwords are HTML.
    assert found == ["components/field_hint.html"]


def test_every_form_that_posts_has_its_token() -> None:
    form = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL | re.IGNORECASE)
    found = [
        name_of(path)
        for path in TEMPLATES
        for match in form.finditer(path.read_text())
        if re.search(r"method=[\"']post", match["head"], re.IGNORECASE) and "csrf_token" not in match["body"]
    ]
    assert found == []


def test_the_words_we_do_not_use() -> None:
    found = [name_of(path) for path in TEMPLATES if "성공적으로" in path.read_text()]
    assert found == []
