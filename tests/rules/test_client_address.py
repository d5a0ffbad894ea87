"""Whose address counts: the peer's, or what our own proxy wrote last."""

from typing import Any

import pytest
from django.test import RequestFactory

from portal.access import client_address


@pytest.mark.parametrize(
    ("_case", "behind", "header", "then"),
    [
        ("프록시 없음", False, "", "10.0.0.1"),
        ("프록시 없음, 방문자가 쓴 머리글", False, "192.0.2.9", "10.0.0.1"),
        ("프록시 뒤", True, "192.0.2.9", "192.0.2.9"),
        ("프록시 뒤, 방문자가 앞에 적음", True, "198.51.100.7, 192.0.2.9", "192.0.2.9"),
        ("프록시 뒤, IPv6", True, "2001:db8::1", "2001:db8::1"),
        ("프록시 뒤, 주소가 아님", True, "unknown", "10.0.0.1"),
        ("프록시 뒤, 머리글 없음", True, "", "10.0.0.1"),
    ],
)
def test_client_address(settings: Any, _case: str, behind: bool, header: str, then: str) -> None:
    settings.BEHIND_PROXY = behind
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": header})
    assert client_address(request) == then
