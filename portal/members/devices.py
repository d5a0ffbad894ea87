"""What a browser says of itself and where it is, in words its owner recognises. Values in, values out."""

import re
from ipaddress import IPv4Address, ip_address

# The first that fits; a browser built on another one names that one too, so that the more special stands first.
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "안드로이드"), ("Windows", "Windows"),
    ("CrOS", "크롬북"), ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
_BROWSERS = (
    (r"Edg[A-Za-z]*/", "Edge"), (r"Whale/", "웨일"), (r"SamsungBrowser/", "삼성 인터넷"), (r"OPR/", "Opera"),
    (r"KAKAOTALK", "카카오톡"), (r"NAVER\(", "네이버 앱"), (r"Firefox/|FxiOS/", "Firefox"),
    (r"CriOS/|Chrome/", "Chrome"), (r"Safari/", "Safari"),
)  # fmt: skip
UNKNOWN = "알 수 없는 기기"


def device_of(user_agent: str) -> str:
    """The system and browser of a User-Agent header: `Windows · Chrome`. Nothing of the header itself is kept."""
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    browser = next((name for shape, name in _BROWSERS if re.search(shape, user_agent)), "")
    return " · ".join(part for part in (system, browser) if part) or UNKNOWN


def mask_address(address: str | None) -> str:
    """Enough to tell the office from elsewhere: `121.135.*.*`, `2001:2d8:*`. Nothing for none or no address."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(found, IPv4Address):
        return ".".join([*str(found).split(".")[:2], "*", "*"])
    if found.ipv4_mapped is not None:
        return mask_address(str(found.ipv4_mapped))
    groups = found.exploded.split(":")[:2]
    return ":".join([*(group.lstrip("0") or "0" for group in groups), "*"])
