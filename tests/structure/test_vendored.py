"""Copied third-party files are the ones the manifest names, byte for byte."""

import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = tomllib.loads((ROOT / "static/vendor/manifest.toml").read_text())
COPIES = [files for package in MANIFEST["package"] for files in package["files"]]


@pytest.mark.parametrize("files", COPIES, ids=lambda files: f"{files['folder']}/{files['pattern']}")
def test_copied_files_are_unchanged(files: dict[str, str]) -> None:
    found = sorted((ROOT / files["folder"]).glob(files["pattern"]))
    lines = "".join(f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in found)
    assert found
    assert sha256(lines.encode()).hexdigest() == files["sha256"]


def test_every_font_slice_named_in_the_style_sheet_is_there() -> None:
    folder = ROOT / "static/fonts/pretendard"
    css = (folder / "pretendard.css").read_text()
    named = {part.split(")")[0] for part in css.split("src:url(")[1:]}
    assert named == {path.name for path in folder.glob("*.woff2")}
    assert len(named) == 92
