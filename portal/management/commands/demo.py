"""`./run demo`: the whole portal on this machine, with sample data, until Ctrl-C."""

import contextlib
import fcntl
import http.client
import io
import logging
import os
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from portal import clock
from portal.particles import as_object, as_subject, as_topic
from portal.processes import Children, Program, StopRequested, last_lines, raise_on_stop_signals

ADDRESS = "127.0.0.1"  # the passwords are printed, so nobody outside this machine may come in
SIMULATOR_PORT = 8025
BANK_PORT = 8035  # the simulated bank
MARKET_PORT = 8027  # the simulated procurement system
LDAP_PORT = 8389  # where the authorities' revocation lists are had
READY_SECONDS = 90
LOOK_EVERY_SECONDS = 0.3


class Command(BaseCommand):
    help = "데이터베이스부터 문자 발송 모의기까지 한 번에 띄웁니다. 주소는 환경 변수 PORT로 바꿉니다(기본 8000)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="포털 주소의 포트")

    def handle(self, *, port: str, **options: object) -> None:
        if settings.STAGE == "production":
            raise CommandError(
                "운영 환경에서는 데모를 실행하지 않습니다. PORTAL_ENV를 지우고 다시 실행해 주십시오."
            )
        logging.disable(logging.WARNING)  # a person reads this terminal; the programs write logs of their own
        raise_on_stop_signals()
        with contextlib.suppress(StopRequested):
            self.run(checked_port(port))
        self.say("데모를 모두 멈췄습니다.")

    def run(self, port: int) -> None:
        """Prepare, start, announce and watch.

        :raises CommandError: the port is taken, a program ended, or the portal did not answer in time.
        """
        portal, simulator = f"http://{ADDRESS}:{port}", f"http://{ADDRESS}:{free_port(SIMULATOR_PORT)}"
        directory = f"ldap://{ADDRESS}:{free_port(LDAP_PORT)}"
        bank = f"http://{ADDRESS}:{free_port(BANK_PORT)}"
        market = f"http://{ADDRESS}:{free_port(MARKET_PORT)}"
        with only_demo(portal):
            refuse_busy(port)
            accounts = self.prepare(directory)
            self.say("3/3 웹 서버와 작업 처리기를 시작합니다.")
            with Children(environment(portal, simulator, bank, market)) as children:
                for program in programs(portal, simulator, directory, bank, market):
                    children.start(program)
                wait_until_healthy(port, children)
                self.announce(portal, simulator, bank, market, accounts)
                while True:
                    refuse_dead(children)
                    time.sleep(LOOK_EVERY_SECONDS)

    def prepare(self, directory: str) -> str:
        """Tables, calendar and sample data; what seed_demo prints about its accounts."""
        self.say("1/3 데이터베이스를 준비합니다.")
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # empty; WhiteNoise warns without it
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        self.say("2/3 공휴일과 예시 자료를 넣습니다.")
        year = clock.today().year
        call_command("load_holidays", year - 2, year + 2, stdout=io.StringIO())
        accounts = io.StringIO()
        call_command("seed_demo", ldap=directory, stdout=accounts, no_color=True)
        return accounts.getvalue().strip()

    def announce(self, portal: str, simulator: str, bank: str, market: str, accounts: str) -> None:
        self.say(
            f"\n포털이 준비되었습니다.\n"
            f"  포털 주소      {portal}/\n"
            f"  직원 화면      {portal}/admin/\n"
            f"  발송함         {simulator}/  (실제로는 나가지 않는 문자와 전자우편)\n"
            f"  시험용 은행    {bank}/  (실제 돈은 움직이지 않는 입금 화면)\n"
            f"  시험용 조달    {market}/  (보증서가 도착한 전자조달시스템 화면)\n"
            f"  기록           {logs()}\n\n"
            f"{accounts}\n\n"
            f"Ctrl-C를 누르면 모두 멈춥니다. 자료는 다음 시작 때 그대로 이어집니다."
        )

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def checked_port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise CommandError(
            f"{as_topic(f'PORT={text}')} 포트 번호가 아닙니다. 1부터 65535 사이의 수를 적어 주십시오."
        )
    return int(text)


def can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind((ADDRESS, port))
        except PermissionError as refused:
            raise CommandError(
                f"포트 {as_topic(port)} 관리자만 쓸 수 있습니다. PORT=8000처럼 1024 이상의 수를 적어 주십시오."
            ) from refused
        except OSError:
            return False
    return True


def refuse_busy(port: int) -> None:
    if not can_bind(port):
        raise CommandError(
            f"포트 {as_object(port)} 다른 프로그램이 쓰고 있습니다. 그 프로그램을 끝내거나 "
            f"`PORT={port + 1 if port < 65535 else 8000} ./run demo`처럼 다른 포트로 시작해 주십시오."
        )


def free_port(preferred: int) -> int:
    if can_bind(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def only_demo(portal: str) -> Iterator[None]:
    """Two demos on one data folder would share worker queue and schedule."""
    with (settings.DATA_DIR / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            lock.seek(0)
            raise CommandError(f"이 폴더의 데모가 이미 실행 중입니다: {lock.read().strip()}/") from held
        lock.truncate(0)
        lock.write(portal)
        lock.flush()
        yield


def logs() -> Path:
    folder = Path(settings.DATA_DIR) / "log"
    folder.mkdir(exist_ok=True)
    return folder


def environment(portal: str, simulator: str, bank: str, market: str) -> dict[str, str]:
    return {
        **os.environ,
        "PORTAL_ENV": "demo",
        "PORTAL_DATA_DIR": str(settings.DATA_DIR),
        "PORTAL_PUBLIC_URL": portal,
        "SMS_GATEWAY_URL": simulator,
        "PAYMENT_URL": bank,
        "PROCUREMENT_URL": market,
        "PYTHONUNBUFFERED": "1",
    }


def programs(portal: str, simulator: str, directory: str, bank: str, market: str) -> list[Program]:
    data, folder, python = Path(settings.DATA_DIR), logs(), sys.executable
    gateway = ["--port", simulator.rpartition(":")[2], "--database", str(data / "sms_simulator.sqlite3")]
    mails = ["--mail-dir", str(data / "mail")]
    lists = ["--port", directory.rpartition(":")[2], "--directory", str(data / "demo-certificates")]
    told = f"{portal}/guarantees/payments/callback/simulator/"
    money = [
        "--webhook",
        told,
        "--port",
        bank.rpartition(":")[2],
        "--database",
        str(data / "payment_simulator.sqlite3"),
    ]
    buyers = ["--port", market.rpartition(":")[2], "--callback", portal]
    web = ["--bind", portal.removeprefix("http://"), "--workers", "2", "--threads", "4", "--no-control-socket"]
    worker = ["-c", "2", "--without-gossip", "--without-mingle", "-l", "INFO"]
    schedule = ["-s", str(data / "beat-schedule"), "--pidfile=", "-l", "INFO"]
    celery = [python, "-m", "celery", "-A", "portal"]
    lines = {
        ("문자 발송 모의기", "sms_simulator"): [python, "manage.py", "sms_simulator", *gateway, *mails],
        ("은행 모의기", "payment_simulator"): [python, "manage.py", "payment_simulator", *money],
        ("전자조달 모의기", "procurement_simulator"): [python, "manage.py", "procurement_simulator", *buyers],
        ("인증기관 모의기", "ldap_simulator"): [python, "manage.py", "ldap_simulator", *lists],
        ("웹 서버", "web"): [python, "-m", "gunicorn", "portal.wsgi:application", *web],
        ("작업 처리기", "worker"): [*celery, "worker", *worker],
        ("예약 실행기", "beat"): [*celery, "beat", *schedule],
    }
    return [Program(name, folder / f"{log}.log", tuple(line)) for (name, log), line in lines.items()]


def wait_until_healthy(port: int, children: Children) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not answers(port):
        refuse_dead(children)
        if time.monotonic() > deadline:
            raise CommandError(
                f"{READY_SECONDS}초를 기다렸지만 포털이 응답하지 않습니다. {logs()}를 확인해 주십시오."
            )
        time.sleep(LOOK_EVERY_SECONDS)


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def refuse_dead(children: Children) -> None:
    if program := children.dead():
        lines = "\n  ".join(last_lines(program.log))
        raise CommandError(
            f"{as_subject(program.name)} 멈춰서 데모를 끝냅니다. 전체 기록은 {program.log}에 있습니다.\n  {lines}"
        )
