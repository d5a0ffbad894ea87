"""What no reviewer should have to look for: clocks, floats, network clients, hidden imports, long files, hosts."""

import ast
import re

import pytest

from tests.structure.sources import ROOT, calls, dotted, imports, modules, tracked

CLOCKS = re.compile(r"(^|\.)(timezone\.now|datetime\.(now|utcnow|today)|date\.today|localdate|utcnow)\Z")
NETWORK = (
    "httpcore", "httpx", "requests", "urllib.request", "urllib3", "http.client", "smtplib", "socket", "ldap3",
    "aiohttp", "ftplib",
)  # fmt: skip
# The ways out of the process: SMS gateways, revocation data, and what asks the portal itself whether it answers.
# A bench speaks to the gateway simulator it has started.
# sms/delivery/email.py takes only the names of its faults from smtplib; the sending is Django's.
MAY_CALL_OUT = (
    "sms/gateways/", "sms/delivery/email.py", "certificates/revocation/", "portal/health/probe.py",
    "portal/management/commands/demo.py", "portal/helpdesk/scanning.py", "sms/bench/",
)  # fmt: skip
# Views and the reading interface: whose data they may touch is decided by for_user alone.
INTERFACES = re.compile(r"/views/|/views\.py\Z|/api\.py\Z|portal/pages\.py\Z|portal/context\.py\Z")
UNSCOPED = ("everything", "_default_manager", "_base_manager")
LONGEST = 350
MAY_BE_LONG = {"portal/settings.py"}  # all settings, in one file


def test_only_the_clock_reads_the_clock() -> None:
    found = [
        f"{path}:{call.lineno} {name}"
        for path, name, call in calls()
        if CLOCKS.search(name) and path != "portal/clock.py"
    ]
    assert found == []


def test_rules_and_models_do_not_even_ask_our_clock() -> None:
    found = [
        f"{path}:{call.lineno}"
        for path, name, call in calls()
        if re.search(r"/(rules|models|actions)(/|\.py)", path) and name.endswith(("clock.now", "clock.today"))
    ]
    assert found == []


def test_no_float_where_money_and_calls_are_counted() -> None:
    found = [
        f"{path}:{call.lineno} {name}"
        for path, name, call in calls()
        if path.startswith(("guarantees/", "sms/")) and not path.startswith("sms/gateways/simulator/")
        if name.rpartition(".")[2] in ("float", "FloatField")
    ]
    assert found == []


def test_only_the_gateways_reach_out() -> None:
    found = [
        f"{path} {name}"
        for path, name in imports()
        if name.startswith(NETWORK) and not path.startswith(MAY_CALL_OUT)
    ]
    assert found == []


def test_imports_stand_at_the_top() -> None:
    """Inside a function they hide a circle. An AppConfig's ready() runs when models can first be imported."""
    found = [
        f"{path}:{line}"
        for path, tree in modules().items()
        for line in hidden_imports(tree)
        if not path.endswith("apps.py")
    ]
    assert found == []
    for path, tree in modules().items():
        if path.endswith("apps.py"):
            names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) if has_import(node)}
            assert names <= {"ready"}, path


def hidden_imports(tree: ast.Module) -> list[int]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [function.lineno for function in functions if has_import(function)]


def has_import(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))


def test_interfaces_read_only_through_for_user() -> None:
    """No `everything`, and no get_object_or_404 of a bare model, where a person asks."""
    interfaces = {path: tree for path, tree in modules().items() if INTERFACES.search(path)}
    assert len(interfaces) > 15
    unscoped = [
        f"{path}:{node.lineno} {node.attr}"
        for path, tree in interfaces.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in UNSCOPED
    ]
    bare = [
        f"{path}:{call.lineno} {name}"
        for path, name, call in calls()
        if path in interfaces and name in ("get_object_or_404", "get_list_or_404") and is_model(call.args[0])
    ]
    assert unscoped + bare == []


def is_model(node: ast.AST) -> bool:
    """A name in capitals, and not a queryset asked of one."""
    return isinstance(node, ast.Name) and node.id[0].isupper()


def test_no_signals_of_ours() -> None:
    found = [
        f"{path} {name}"
        for path, name in imports()
        if name.startswith(("django.db.models.signals", "django.dispatch", "django.core.signals"))
    ]
    assert found == []


def test_no_drawers() -> None:
    drawers = {"services.py", "utils.py", "helpers.py", "common.py", "core.py", "misc.py", "signals.py"}
    allowed = {"sms/gateways/simulator/core.py"}
    found = {path for path in modules() if path.rpartition("/")[2] in drawers}
    assert found <= allowed


def test_no_long_file() -> None:
    found = {path: n for path in modules() if (n := len((ROOT / path).read_text().splitlines())) > LONGEST}
    assert set(found) - MAY_BE_LONG == set()


def test_actions_take_only_named_arguments_and_say_by_whom_and_when() -> None:
    """`by` and `at` are handed in, so that every change has its person and its instant."""
    found = []
    for path, tree in modules().items():
        if "/actions/" not in path:
            continue
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if any(dotted(part) == "transaction.atomic" for part in node.decorator_list) and node.args.args:
                found.append(f"{path}:{node.lineno} {node.name}")
    assert found == []


@pytest.mark.parametrize("lock", sorted(path.name for path in ROOT.glob("requirements*.lock")))
def test_lock_files_name_no_host(lock: str) -> None:
    """They are used behind company mirrors; every line has its hash all the same."""
    text = (ROOT / lock).read_text()
    assert re.findall(r"://|index-url|find-links|trusted-host", text) == []
    packages = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,]+\])?==", text, re.MULTILINE)
    assert packages
    assert len(packages) <= text.count("--hash=sha256:")


# Put together here, so that this file does not name one itself.
HOSTS = re.compile("|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "index" + r"-url\s*=?\s*http",
                             "registry" + r"\.npmjs", "/simple" + "/"]))  # fmt: skip


def test_no_file_names_a_package_index() -> None:
    found = []
    for path in tracked():
        if path.suffix in (".woff2", ".ttf", ".otf", ".png", ".jpg", ".mo", ".pdf", ".der", ".ico", ".gz"):
            continue
        if HOSTS.search(path.read_text(errors="replace")):
            found.append(path.relative_to(ROOT).as_posix())
    assert found == []
