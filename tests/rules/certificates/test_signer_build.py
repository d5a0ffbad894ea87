"""The signer page as text: one script, one style, both pinned by hash; nothing points outside."""

import base64
import gzip
import hashlib
import json
import re
from collections import Counter

import pytest

from certificates.refusals import WORDINGS, Code
from certificates.signer_page import CLIENT_CODES, MODULES, SOURCE, build

SPKI = b"sealing key"


def _between(html: str, start: str, end: str) -> str:
    return html.split(start, 1)[1].split(end, 1)[0]


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def test_policy_allows_exactly_this_script_and_style() -> None:
    page = build(SPKI)
    script = _between(page.html, '<script type="module">', "</script>")
    style = _between(page.html, "<style>", "</style>")
    assert page.csp == (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'self'; sandbox allow-scripts"
    )
    assert (page.script_hash, page.style_hash) == (_hash(script), _hash(style))
    assert page.html.count("<script") == 2
    assert page.html.count("<style") == 1
    assert " style=" not in page.html
    assert not re.search(r"\son[a-z]+=", page.html)


def test_script_hash_does_not_depend_on_the_key() -> None:
    other = build(b"another key")
    assert other.script_hash == build(SPKI).script_hash
    assert other.html != build(SPKI).html
    assert build(SPKI) is build(SPKI)


def test_nothing_points_outside_and_nothing_is_evaluated() -> None:
    page = build(SPKI)
    assert re.findall(r"(?:https?|wss?):", page.html) == []
    for forbidden in ("eval(", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "new Function"):
        assert forbidden not in page.html
    assert re.findall(r"^(?:import|export) ", page.html, re.MULTILINE) == []


def test_every_module_is_in_the_page_and_no_name_twice() -> None:
    files = {path.name for path in SOURCE.glob("*.js")}
    assert files == {*MODULES, "parent.js"}
    sources = [(SOURCE / name).read_text(encoding="utf-8") for name in MODULES]
    pattern = r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)"
    names = Counter(name for source in sources for name in re.findall(pattern, source, re.MULTILINE))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_module_of_others_is_needed() -> None:
    """No package, no bundler, no Node: the sources import each other by file name only."""
    for name in (*MODULES, "parent.js"):
        source = (SOURCE / name).read_text(encoding="utf-8")
        imported = re.findall(r"from '([^']+)'", source)
        assert all(re.fullmatch(r"\./[a-z0-9]+\.js", one) for one in imported)
        assert "require(" not in source
        assert "process." not in source


def test_codes_of_the_page_have_sentences() -> None:
    script = "\n".join((SOURCE / name).read_text(encoding="utf-8") for name in MODULES)
    used = set(re.findall(r"(?:SignerRefusal\(|refusingNotDer\(|code: |wordings, )'([A-Z_]+)'", script))
    assert used - {"SIGNER_TROUBLE"} <= set(CLIENT_CODES)
    data = json.loads(_between(build(SPKI).html, 'id="signer-data">', "</script>"))
    assert set(data["wordings"]) == set(CLIENT_CODES)
    assert base64.b64decode(data["sealingSpki"]) == SPKI


@pytest.mark.parametrize("code", Code)
def test_every_code_has_a_korean_sentence(code: Code) -> None:
    wording = WORDINGS[code]
    assert re.search("[가-힣]", wording.text)
    assert wording.text.endswith((".", ").")) or wording.text.endswith(")")
    assert "성공적" not in wording.text
    assert 400 <= wording.status < 500


def test_size() -> None:
    page = build(SPKI)
    assert page.size < 60_000
    assert len(gzip.compress(page.html.encode())) < 20_000
