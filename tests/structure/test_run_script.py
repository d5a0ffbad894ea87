"""`./run` with a pretended Python, so that every bad day of an installation takes milliseconds."""

import fcntl
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-demo.lock", "requirements-dev.lock")
TOOLS = ("dirname", "ln", "rm", "sleep", "readlink", "cp", "grep", "tail", "cat", "mkdir", "cmp", "env", "touch")
OLDER_IN_DEVELOPMENT = {"pyasn1"}  # pypinksign, which only tests use, asks for exactly one older version
# Stands for the system's Python, the venv's and pip: what it is told to say comes from files beside it.
PYTHON = f"""#!/bin/sh
here=$(dirname "$0")
case "$1 $2" in
"-c import sys; sys.exit(open"*) exec cmp -s "$3" "$4" ;;
"-c import sys; sys.exit(sys.version_info"*) [ ! -e "$TELL/old" ] ;;
"-c import fcntl"*) exec {shlex.quote(sys.executable)} "$@" ;;
"-c import venv, ensurepip") [ ! -e "$TELL/no-venv" ] ;;
"-m venv") echo "$@" >>"$TELL/venv-calls"; mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
"-m pip")
    [ "$3" != --version ] || exit 0
    echo "$@" >>"$TELL/pip-calls"
    [ ! -e "$TELL/pip-says" ] || {{ cat "$TELL/pip-says"; exit 1; }}
    ;;
"pip sync") echo "$@" >>"$TELL/uv-calls" && [ ! -e "$TELL/uv-fails" ] ;;
"manage.py "*) echo "manage.py got: $*" ;;
--version*) echo "Python 3.11.99" ;;
esac
"""
MISSING = "파이썬 3.11 이상을 찾지 못했습니다"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the script in a folder with a space, and a machine with nothing but basic tools."""
    project = tmp_path / "조합 포털"
    project.mkdir()
    for name in ("run", *LOCKS):
        shutil.copy(ROOT / name, project / name)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (tools / tool).symlink_to(found)
    give(tmp_path, "python3")
    return project


def give(machine: Path, name: str) -> None:
    program = machine / "tools" / name
    program.write_text(PYTHON)
    program.chmod(0o755)


def start(project: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        ["/bin/sh", str(project / "run"), *arguments],
        cwd="/",
        env={"PATH": str(project.parent / "tools"), "TELL": str(project.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    process = start(project, *arguments)
    out, err = process.communicate(timeout=30)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def calls(project: Path, program: str) -> list[str]:
    """The command lines that `program` was given."""
    noted = project.parent / f"{program}-calls"
    return noted.read_text().splitlines() if noted.exists() else []


def pip_calls(project: Path) -> list[str]:
    return calls(project, "pip")


def test_is_executable_posix_shell() -> None:
    assert (ROOT / "run").read_text().startswith("#!/bin/sh\n")
    assert (ROOT / "run").stat().st_mode & stat.S_IXUSR
    for shell in filter(shutil.which, ("sh", "dash", "bash")):
        assert subprocess.run([shell, "-n", str(ROOT / "run")]).returncode == 0


def test_without_a_command_it_explains_itself(project: Path) -> None:
    shown = run(project)
    assert shown.returncode == 0
    assert re.findall(r"\./run (\w+)", shown.stdout) == ["demo", "test", "check", "manage", "lock"]


def test_unknown_command_is_refused(project: Path) -> None:
    assert run(project, "dmeo").returncode == 2


def test_installs_once(project: Path) -> None:
    first, second = run(project, "manage", "x", "a b"), run(project, "manage", "x")
    assert "설치합니다" in first.stdout
    assert first.stdout.endswith("manage.py got: manage.py x a b\n")
    assert second.stdout == "manage.py got: manage.py x\n"
    assert len(pip_calls(project)) == 1
    assert "--require-hashes" in pip_calls(project)[0]
    assert pip_calls(project)[0].endswith("-r requirements-demo.lock")


def test_installs_again_when_the_lock_changes(project: Path) -> None:
    run(project, "manage")
    with (project / "requirements-demo.lock").open("a") as lock:
        lock.write("# newer\n")
    run(project, "manage")
    assert len(pip_calls(project)) == 2
    assert len(calls(project, "venv")) == 1


def test_development_packages_serve_the_demo_too(project: Path) -> None:
    run(project, "test")
    run(project, "demo")
    assert [call.split()[-1] for call in pip_calls(project)] == ["requirements-dev.lock"]


def test_stale_development_packages_stay_development_packages(project: Path) -> None:
    run(project, "test")
    with (project / "requirements-dev.lock").open("a") as lock:
        lock.write("# newer\n")
    run(project, "demo")
    assert [call.split()[-1] for call in pip_calls(project)] == ["requirements-dev.lock"] * 2


def test_uv_installs_where_somebody_has_it(project: Path) -> None:
    give(project.parent, "uv")
    run(project, "manage")
    assert "--require-hashes" in calls(project, "uv")[0]
    assert pip_calls(project) == []


def test_pip_takes_over_when_uv_fails(project: Path) -> None:
    give(project.parent, "uv")
    (project.parent / "uv-fails").touch()
    assert run(project, "manage").returncode == 0
    assert len(pip_calls(project)) == 1


def test_interrupted_installation_is_begun_anew(project: Path) -> None:
    (project.parent / "pip-says").write_text("killed\n")
    assert run(project, "manage").returncode == 1
    (project.parent / "pip-says").unlink()
    assert run(project, "manage").returncode == 0
    assert len(pip_calls(project)) == 2
    assert calls(project, "venv") == ["-m venv --clear .venv"] * 2


def test_second_run_waits_for_the_first(project: Path) -> None:
    with (project / ".venv.lock").open("w") as held_by_the_first:
        fcntl.flock(held_by_the_first, fcntl.LOCK_EX)
        second = start(project, "manage")
        assert second.stdout
        assert "기다립니다" in second.stdout.readline()
        assert pip_calls(project) == []
    second.communicate(timeout=30)
    assert second.returncode == 0
    assert len(pip_calls(project)) == 1


@pytest.mark.parametrize(
    ("_case", "fault", "sentence"),
    [
        ("no Python", "python3", MISSING),
        ("old Python", "old", MISSING),
        ("no venv module", "no-venv", "'apt install python3-venv'"),
    ],
)
def test_machine_that_lacks_something(project: Path, _case: str, fault: str, sentence: str) -> None:
    machine = project.parent
    if fault == "python3":
        (machine / "tools/python3").unlink()
    else:
        (machine / fault).touch()
    refused = run(project, "demo")
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("_case", "pip_says", "sentence"),
    [
        (
            "offline",
            "WARNING: Retrying ... NewConnectionError: Failed to establish a new connection: [Errno -3] "
            "Temporary failure in name resolution\nERROR: No matching distribution found for django==5.2.19",
            "패키지를 내려받지 못했습니다",
        ),
        (
            "download breaks off",
            "pip._vendor.urllib3.exceptions.ProtocolError: ('Connection broken: IncompleteRead(1 bytes read)')",
            "패키지를 내려받지 못했습니다",
        ),
        (
            "disk full",
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "디스크에 빈 공간이 없습니다",
        ),
        (
            "no compiler",
            "error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory\n"
            "ERROR: Failed building wheel for aiohttp",
            "build-essential",
        ),
        (
            "other bytes than locked",
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "해시와 다릅니다",
        ),
        ("folder of somebody else", "ERROR: [Errno 13] Permission denied: '.venv/lib'", "쓸 수 없습니다"),
        ("anything else", "ERROR: surprise", "패키지를 설치하지 못했습니다"),
    ],
)
def test_installer_that_fails(project: Path, _case: str, pip_says: str, sentence: str) -> None:
    (project.parent / "pip-says").write_text(pip_says + "\n")
    refused = run(project, "demo")
    assert refused.returncode == 1
    assert sentence in refused.stderr.splitlines()[-1]
    assert "manage.py got" not in refused.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_project_that_cannot_be_written(project: Path) -> None:
    project.chmod(0o555)
    refused = run(project, "demo")
    project.chmod(0o755)
    assert refused.returncode == 1
    assert "쓸 수 없습니다" in refused.stderr


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / lock).read_text(), re.M))


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_host(lock: str) -> None:
    assert re.findall(r".*(?:://|index-url|find-links|trusted-host).*", (ROOT / lock).read_text()) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    for entry in re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text())[1:]:
        assert "--hash=sha256:" in entry, entry.split("\n")[0]


def test_locks_agree_and_hold_what_the_project_asks_for() -> None:
    smaller, demo, dev = (pins(lock) for lock in LOCKS)
    assert smaller.items() <= demo.items()
    assert {name for name, version in demo.items() if dev.get(name) != version} == OLDER_IN_DEVELOPMENT
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {re.split(r"[\[<>=!~]", line)[0] for line in asked} <= set(smaller)
