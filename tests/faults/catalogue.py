"""The 94 faults that the portal must survive, and which tests show it.

A test shows a fault when `fault-NN` stands in it: in its docstring, in the id of a case, or in a table at the
top of its module that its cases come from; or when its name begins with test_fault_NN. Nothing else is written
down, so nothing can go stale; which suite a test belongs to is read from its marks.
`python -m tests.faults.catalogue` prints the table.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
MARK = re.compile(r"\bfault-(\d+)\b")
NAMED = re.compile(r"\bdef test_fault_(\d+)_")

NAMES = {
    # processes
    1: "worker group killed in the middle of a batch",
    2: "one child of the pool killed",
    3: "killed when the gateway was asked and its answer not read",
    4: "killed when the answer was read and nothing written",
    5: "killed inside the transaction that settles",
    6: "planner killed between two chunks",
    7: "planner killed before its commit",
    8: "asked to stop during a batch, killed after the grace",
    9: "frozen past its lease, then resumed",
    10: "out of memory",
    11: "one poisoned row",
    12: "all workers away for three days",
    13: "two hundred workers at once",
    14: "web process killed during an issue",
    15: "web process killed after the commit, before the answer",
    16: "killed between the document's file and its row",
    17: "power cut: everything at one moment",
    18: "old and new release at work at once",
    # beat and schedule
    19: "two, then five beats",
    20: "beat never starts",
    21: "beat's schedule file lost",
    22: "beat down for 1, 5, 20 days",
    23: "one ring delivered a hundred times",
    24: "a ring delivered a day late",
    25: "a worker's clock wrong by hours or a day",
    26: "the web server's clock a year ahead",
    27: "the database's clock jumps back",
    28: "a run across midnight",
    29: "a process in another time zone",
    30: "29 February, year's end, long holidays, substitutes",
    31: "temporary holiday entered after planning",
    32: "holiday taken away after planning",
    33: "no holidays, or next year's missing",
    34: "a person runs it while beat does",
    # Redis
    35: "Redis killed without persistence",
    36: "Redis flushed",
    37: "Redis takes connections and says nothing",
    38: "half-open connection to Redis",
    39: "Redis full",
    40: "old rings replayed",
    41: "hostile messages in the queue",
    42: "visibility shorter than the task",
    # PostgreSQL
    43: "immediate stop in the middle of a batch",
    44: "connection lost on COMMIT, outcome unknown",
    45: "every connection dropped again and again",
    46: "no connection left",
    47: "disk full",
    48: "fail-over to a standby that lacks the last seconds",
    49: "yesterday's backup restored",
    50: "reading from a standby that lags",
    51: "a long transaction blocks a migration",
    52: "deadlock",
    53: "storm of serialization failures",
    54: "rows of money, documents, audit or messages changed by hand",
    55: "audit row deleted by a superuser",
    56: "statement time-out inside the planner",
    57: "sequence or counter set back",
    # gateway
    58: "time-out, accepted",
    59: "time-out, not accepted",
    60: "accepted just before the quarantine ends",
    61: "accepted after the quarantine",
    62: "500 before and after accepting",
    63: "429 for an hour",
    64: "503 for two days",
    65: "200 with nonsense",
    66: "a batch accepted, refused and forgotten in parts",
    67: "answers for somebody else's messages",
    68: "one name for two messages",
    69: "look-up away while many are in doubt",
    70: "look-up lies, then finds",
    71: "wrong or expired TLS certificate",
    72: "no balance, or suspended",
    73: "answers one byte at a time",
    74: "redirect to another host",
    75: "credentials changed in the middle of a run",
    76: "switch of gateway with messages in doubt",
    # delivery reports
    77: "one report fifty times at once",
    78: "delivered then undelivered, and the other way round",
    79: "report before our own answer is written",
    80: "report ten days late",
    81: "report unknown, forged, old or replayed",
    82: "report times in the future, in 1970, without a zone",
    # mileage, guarantees, certificates, files, people
    83: "fifty spend the last call at once",
    84: "spent at the instant of lapse",
    85: "lapse, spend and refund together",
    86: "policy changed or service stopped during a send",
    87: "an application handed in twice",
    88: "two officers decide at once",
    89: "released or extended between plan and sending",
    90: "opted out during the claim",
    91: "two replacements of a certificate at once, or one killed in the middle",
    92: "revocation service silent, stale, unknown or lying",
    93: "stored document damaged, or no room for it",
    94: "seal or time-stamp authority away, mail server down",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A test that shows a fault, and the suite it runs in: quick, faults or slow."""

    fault: int
    test: str
    tier: str


def shown() -> list[Shown]:
    """What every test file says it shows."""
    return [one for file in sorted(TESTS.rglob("test_*.py")) for one in _shown_in(file)]


def _shown_in(file: Path) -> list[Shown]:
    text = file.read_text()
    if not MARK.search(text) and not NAMED.search(text):
        return []
    tree = ast.parse(text)
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    tables = _tables(tree)
    of_module = _marks(tree)
    found = []
    for test in tests:
        used = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
        said = {int(number) for number in NAMED.findall(f"def {test.name}")} | _numbers(test)
        said |= {number for name in used & tables.keys() for number in tables[name]}
        tier = _tier(of_module | {node.attr for part in test.decorator_list for node in ast.walk(part)
                                  if isinstance(node, ast.Attribute)})  # fmt: skip
        name = f"{file.relative_to(TESTS.parent).as_posix()}::{test.name}"
        found += [Shown(number, name, tier) for number in sorted(said)]
    return found


def _tables(tree: ast.Module) -> dict[str, set[int]]:
    """What stands in module-level tables, and in plain functions that make cases, by their names."""
    found: dict[str, set[int]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id: _numbers(node) for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("test_"):
            found[node.name] = _numbers(node)
    return found


def _numbers(tree: ast.AST) -> set[int]:
    return {
        int(number)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for number in MARK.findall(node.value)
    }


def _marks(tree: ast.Module) -> set[str]:
    return {
        part.attr
        for node in tree.body
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == "pytestmark" for one in node.targets)
        for part in ast.walk(node.value)
        if isinstance(part, ast.Attribute)
    }


def _tier(marks: set[str]) -> str:
    return next((tier for tier in ("faults", "slow") if tier in marks), "quick")


def main() -> None:
    for number, name in NAMES.items():
        tests = [f"{one.tier:6} {one.test}" for one in shown() if one.fault == number]
        print(f"{number:2} {name}")  # noqa: T201
        for line in tests or ["NOT SHOWN"]:
            print(f"     {line}")  # noqa: T201


if __name__ == "__main__":
    main()
