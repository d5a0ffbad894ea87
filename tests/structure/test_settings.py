"""Production starts only with safe settings, and `.env.example` names every one there is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAFE = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "k7Q-" * 16,
    "ALLOWED_HOSTS": "portal.example.kr",
    "PORTAL_PUBLIC_URL": "https://portal.example.kr",
    "DATABASE_URL": "postgres://portal:pw@db/portal",
    "REDIS_URL": "redis://:pw@redis:6379/0",
    "SMS_GATEWAY": "solapi",
    "SMS_GATEWAY_KEY": "key",
    "SMS_GATEWAY_SECRET": "secret",
    "PAYMENT_PROVIDER": "toss",
    "PAYMENT_SECRET_KEY": "live_sk_key",
    "EMAIL_URL": "smtp+tls://u:p@mail.example.kr:587",
    "CERTIFICATE_SEALING_KEYS": "/run/secrets/sealing-1.pem",
    "DOCUMENT_FOLDER": "/data/documents",
    "DOCUMENT_CODE_KEY": "c0de-" * 8,
    "DOCUMENT_SEAL_CHAIN": "/run/secrets/seal-chain.pem",
    "DOCUMENT_SEAL_KEY": "/run/secrets/seal.key",
    "PORTAL_COOPERATIVE_CHAIRMAN": "한마루",
}


def start(**changes: str | None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **SAFE}
    for name, value in changes.items():
        environment.pop(name, None) if value is None else environment.update({name: value})
    return subprocess.run(
        [sys.executable, "-c", "import portal.settings"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_safe_settings_start() -> None:
    assert start().returncode == 0


@pytest.mark.parametrize(
    ("_case", "name", "value", "says"),
    [
        ("비밀 키 없음", "SECRET_KEY", None, "SECRET_KEY"),
        ("짧은 비밀 키", "SECRET_KEY", "k" * 49, "SECRET_KEY"),
        ("공개된 비밀 키", "SECRET_KEY", "not-a-secret-used-outside-production-only-0123456789", "SECRET_KEY"),
        ("DEBUG 켜짐", "DEBUG", "true", "DEBUG"),
        ("호스트 없음", "ALLOWED_HOSTS", None, "ALLOWED_HOSTS"),
        ("모든 호스트", "ALLOWED_HOSTS", "portal.example.kr,*", "ALLOWED_HOSTS"),
        ("데이터베이스 없음", "DATABASE_URL", None, "DATABASE_URL"),
        ("SQLite", "DATABASE_URL", "sqlite:///x.db", "DATABASE_URL"),
        ("Redis 없음", "REDIS_URL", None, "REDIS_URL"),
        ("시험용 중계기", "SMS_GATEWAY", "simulator", "SMS_GATEWAY"),
        ("중계사 없음", "SMS_GATEWAY", None, "SMS_GATEWAY"),
        ("모르는 중계사", "SMS_GATEWAY", "aligo", "SMS_GATEWAY is neither"),
        ("중계사 열쇠 없음", "SMS_GATEWAY_KEY", None, "SMS_GATEWAY_KEY"),
        ("중계사 비밀 없음", "SMS_GATEWAY_SECRET", "", "SMS_GATEWAY_SECRET"),
        ("NHN 앱 키 없음", "SMS_GATEWAY", "nhn", "SMS_NHN_APP_KEY"),
        ("시험용 은행", "PAYMENT_PROVIDER", "simulator", "PAYMENT_PROVIDER"),
        ("결제 서비스 없음", "PAYMENT_PROVIDER", None, "PAYMENT_PROVIDER"),
        ("결제 서비스 열쇠 없음", "PAYMENT_SECRET_KEY", None, "PAYMENT_SECRET_KEY"),
        ("http 주소", "PORTAL_PUBLIC_URL", "http://portal.example.kr", "PORTAL_PUBLIC_URL"),
        ("메일 없음", "EMAIL_URL", None, "EMAIL_URL"),
        ("봉인 키 없음", "CERTIFICATE_SEALING_KEYS", None, "CERTIFICATE_SEALING_KEYS"),
        ("보증서 폴더 없음", "DOCUMENT_FOLDER", None, "DOCUMENT_FOLDER"),
        ("확인코드 열쇠 없음", "DOCUMENT_CODE_KEY", None, "DOCUMENT_CODE_KEY"),
        ("짧은 확인코드 열쇠", "DOCUMENT_CODE_KEY", "c" * 31, "DOCUMENT_CODE_KEY"),
        (
            "공개된 확인코드 열쇠",
            "DOCUMENT_CODE_KEY",
            "not-a-key-of-real-documents-0123456789",
            "DOCUMENT_CODE_KEY",
        ),
        ("직인 인증서 없음", "DOCUMENT_SEAL_CHAIN", None, "DOCUMENT_SEAL_CHAIN"),
        ("직인 열쇠 없음", "DOCUMENT_SEAL_KEY", None, "DOCUMENT_SEAL_CHAIN or the key"),
        ("뿌리 없는 시점확인", "DOCUMENT_TSA_URL", "https://tsa.example.kr", "DOCUMENT_TSA_ROOTS"),
        ("이사장 없음", "PORTAL_COOPERATIVE_CHAIRMAN", None, "PORTAL_COOPERATIVE_CHAIRMAN"),
        ("모르는 갱신 규칙", "CERTIFICATE_REPLACE_MODE", "loose", "CERTIFICATE_REPLACE_MODE"),
    ],
)
def test_unsafe_settings_stop_the_start(_case: str, name: str, value: str | None, says: str) -> None:
    done = start(**{name: value})
    assert done.returncode != 0
    assert says in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("_case", "told", "starts"),
    [
        ("라이브러리, 토큰, PIN, 열쇠", {"MODULE": "/x.so", "TOKEN": "t", "PIN": "1", "KEY": "k"}, True),
        ("PIN 없음", {"MODULE": "/x.so", "TOKEN": "t", "KEY": "k"}, False),
    ],
)
def test_a_whole_token_stands_for_the_key_file(_case: str, told: dict[str, str], starts: bool) -> None:
    token = {f"DOCUMENT_SEAL_PKCS11_{name}": value for name, value in told.items()}
    assert (start(DOCUMENT_SEAL_KEY=None, **token).returncode == 0) is starts


READ = re.compile(r"""(?:env\.\w+\(\s*|environ(?:\.get\(|\[)\s*|getenv\(\s*)["']([A-Z][A-Z0-9_]+)["']""")
# Set by us for a child, by the machine, or by the developer's tools: not settings of the portal.
NOT_SETTINGS = {"DJANGO_SETTINGS_MODULE", "PATH", "HOME", "CI", "TZ", "VIRTUAL_ENV"}


def test_env_example_names_every_setting_and_no_other() -> None:
    code = [p for app in ("portal", "sms", "certificates", "guarantees") for p in (ROOT / app).rglob("*.py")]
    read = {name for path in code for name in READ.findall(path.read_text())} - NOT_SETTINGS
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    # Compose turns these two into DATABASE_URL and REDIS_URL; the shell reads PORT.
    assert named - {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "PORT"} == read - {"PORT"}
