"""The project's own Python files and what git tracks, for the tests of this folder."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("portal", "sms", "certificates", "guarantees")


@cache
def modules() -> dict[str, ast.Module]:
    """Path from the root to syntax tree, of the apps' own modules without migrations."""
    paths = (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")))
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text())
        for path in paths
        if "migrations" not in path.parts
    }


@cache
def tracked() -> tuple[Path, ...]:
    """Files that are, or are about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:  # an unpacked archive without git
        return tuple(path for top in (*APPS, "templates", "static", "tests") for path in (ROOT / top).rglob("*.*"))
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


@cache
def calls() -> tuple[tuple[str, str, ast.Call], ...]:
    """(path, dotted name, call) of every call: `timezone.now`, `float`."""
    return tuple(
        (path, dotted(node.func), node)
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    )


@cache
def imports() -> tuple[tuple[str, str], ...]:
    """(path, dotted name) of everything that is imported, wherever in a module."""
    return tuple((path, name) for path, tree in modules().items() for name in _imported(tree))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of names and attributes; what is no name is left out."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
