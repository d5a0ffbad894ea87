"""docker-compose.yml and Dockerfile, checked without a container engine."""

import os
import re
import subprocess
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from django.core.management import get_commands

from portal.health.probe import PROBES
from tests.structure.test_settings import SAFE

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = ("migrate", "web", "worker", "beat")
LASTING = tuple(name for name in SERVICES if name != "migrate")
IMAGE_USER = "10001:10001"


def words(command: str | list[str]) -> str:
    return command if isinstance(command, str) else " ".join(command)


def names_read_by_settings() -> set[str]:
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "portal/settings.py").read_text()))


def test_schema() -> None:
    outcome = CliRunner().invoke(
        check_jsonschema, ["--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml")]
    )
    assert outcome.exit_code == 0, outcome.output


def test_variables_stand_in_the_example() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT))
    offered = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.M))
    assert asked - offered == set()


def test_a_secret_has_no_default() -> None:
    assert re.findall(r"\$\{\w+(?!\w|:\?)", TEXT) == []


@pytest.mark.parametrize("service", OURS)
def test_environment_is_what_settings_read(service: str) -> None:
    assert set(SERVICES[service]["environment"]) - names_read_by_settings() == set()


def start(environment: dict[str, str]) -> str:
    """What Python complains about when production starts with this environment; empty when it starts."""
    return subprocess.run(
        [sys.executable, "-c", "import portal.settings"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORTAL_ENV": "production", **environment},
        capture_output=True,
        text=True,
    ).stderr


def assignments(text: str, after: str) -> dict[str, str]:
    """NAME=value in a stretch of shell up to `python`, as the image's and `./run check`'s stand-ins have them."""
    stretch = text[text.index(after) :]
    return dict(re.findall(r"\b([A-Z_]+)=(\S+)", stretch[: re.search(r"python\"? manage\.py", stretch).start()]))


def test_production_accepts_what_the_containers_get() -> None:
    said = {**SAFE, "POSTGRES_PASSWORD": "a", "REDIS_PASSWORD": "b"}
    filled = {
        name: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: said[found[1]], value)
        for name, value in SERVICES["web"]["environment"].items()
    }
    assert start(filled) == ""


def test_production_accepts_what_the_image_is_built_with() -> None:
    assert start(assignments(DOCKERFILE, "chmod -R a+rX")) == ""


def test_production_accepts_what_the_deployment_check_uses() -> None:
    found = assignments((ROOT / "run").read_text(), "env PORTAL_ENV=production")
    assert start({**found, "SECRET_KEY": SAFE["SECRET_KEY"]}) == ""


@pytest.mark.parametrize("service", LASTING)
def test_lasting_service_is_watched_and_restarted(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_is_root_or_may_become_it(service: str) -> None:
    facts = SERVICES[service]
    user = facts.get("user") or re.findall(r"^USER (.+)$", DOCKERFILE, re.M)[-1]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert facts["cap_drop"] == ["ALL"]
    assert facts["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "container_name", "network_mode", "pid", "cap_add"} & set(facts)


@pytest.mark.parametrize("service", OURS)
def test_our_containers_write_only_where_said(service: str) -> None:
    facts = SERVICES[service]
    folders = {entry.partition(":")[0] for entry in facts["tmpfs"]}
    assert facts["read_only"] is True
    assert facts["environment"]["PORTAL_DATA_DIR"] in folders
    assert all("{uid}:{gid}".format(**options) == IMAGE_USER for options in tmpfs_options(facts))


def tmpfs_options(facts: dict[str, Any]) -> list[dict[str, str]]:
    entries = (entry.partition(":")[2] for entry in facts["tmpfs"])
    return [dict(option.split("=") for option in entry.split(",")) for entry in entries if entry]


@pytest.mark.parametrize("image", [*re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)] + [
    facts["image"] for facts in SERVICES.values()
])  # fmt: skip
def test_images_are_pinned(image: str) -> None:
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+[\w.-]*", image)


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_open_to_this_machine_only(service: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[service].get("ports", []))


@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_waits_for_everything_it_needs(service: str) -> None:
    """YAML's `<<` is shallow: a service with conditions of its own has lost the shared ones."""
    assert SERVICES[service]["depends_on"] == {
        "db": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }


def test_migrations_run_once_the_database_answers() -> None:
    assert SERVICES["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert SERVICES["migrate"]["restart"] == "on-failure:3"
    used = re.findall(r"manage\.py (\w+)", words(SERVICES["migrate"]["command"]))
    assert used == ["migrate", "createcachetable", "load_holidays"]
    assert set(used) <= set(get_commands())


def test_one_beat() -> None:
    beats = [name for name, facts in SERVICES.items() if " beat " in words(facts.get("command", []))]
    assert beats == ["beat"]
    assert not {"deploy", "scale"} & set(SERVICES["beat"])


def test_beat_keeps_its_schedule() -> None:
    assert "--schedule /schedule/beat " in words(SERVICES["beat"]["command"])
    assert SERVICES["beat"]["volumes"] == ["schedule:/schedule"]


@pytest.mark.parametrize("service", ["worker", "beat"])
def test_celery_is_started_with_our_application(service: str) -> None:
    program, flag, application, role, *_ = SERVICES[service]["command"]
    assert (program, flag, role) == ("celery", "-A", service)
    assert import_module(application).celery_app.main == "portal"


def test_image_starts_the_web_server() -> None:
    started = re.findall(r"^CMD \[(.+)\]$", DOCKERFILE, re.M)[-1].replace('"', "").split(", ")
    module, _, name = started[1].partition(":")
    assert started[0] == "gunicorn"
    assert find_spec(module)
    assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_probe_exists(service: str) -> None:
    *_, file, role = SERVICES[service]["healthcheck"]["test"]
    assert (ROOT / file).is_file()
    assert role == service
    assert role in PROBES


def test_volumes_are_declared_and_used() -> None:
    used = {volume.partition(":")[0] for facts in SERVICES.values() for volume in facts.get("volumes", [])}
    assert used - {"./secrets"} == set(COMPOSE["volumes"])


def test_postgres_18_keeps_its_data_on_the_volume() -> None:
    """The image of version 18 moved its data below /var/lib/postgresql; a volume on `…/data` would stay empty."""
    assert SERVICES["db"]["volumes"] == ["database:/var/lib/postgresql"]


def test_queue_survives_a_restart_and_evicts_nothing() -> None:
    command = words(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_no_secret_and_no_test_goes_into_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert {".git", ".env", "secrets", ".portal", "tests"} <= set(ignored)


@pytest.mark.parametrize(
    ("_case", "age", "healthy"), [("just left", 0, True), ("89 s", 89, True), ("91 s", 91, False)]
)
@pytest.mark.parametrize("role", ["worker", "beat"])
def test_probe_wants_a_fresh_sign(tmp_path: Path, role: str, _case: str, age: int, healthy: bool) -> None:
    sign = tmp_path / f"{role}-alive"
    sign.touch()
    os.utime(sign, (time.time() - age, time.time() - age))
    assert PROBES[role]({"PORTAL_DATA_DIR": str(tmp_path)}) is healthy


def test_probe_without_a_sign_fails() -> None:
    probe = subprocess.run(
        [sys.executable, "-I", str(ROOT / "portal/health/probe.py"), "beat"],
        env={"PORTAL_DATA_DIR": "/nonexistent"},
        capture_output=True,
    )
    assert probe.returncode == 1
