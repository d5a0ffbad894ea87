"""The README is true to the letter: its commands and its settings are those of the code."""

import re
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_manage_commands_exist() -> None:
    named = set(re.findall(r"\./run manage (\w+)", README))
    assert named
    assert named <= set(get_commands())


def test_run_subcommands_exist() -> None:
    script = (ROOT / "run").read_text()
    for name in set(re.findall(r"\./run (\w+)", README)):
        assert re.search(rf"^\s*{name}\)", script, re.MULTILINE), name


def test_configuration_table_is_the_example_file() -> None:
    example = set(re.findall(r"^([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    table = README.split("### Configuration")[1].split("## Decisions")[0]
    assert set(re.findall(r"`([A-Z][A-Z0-9_]+)`", table)) == example


def test_map_names_real_rooms() -> None:
    tree = README.split("## Map")[1].split("```")[1]
    for room in re.findall(r"^(\w+)/", tree, re.MULTILINE):
        assert (ROOT / room).is_dir(), room
