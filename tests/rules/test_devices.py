"""What a browser says of itself, in words; and how much of an address is shown."""

import pytest

from portal.members.devices import device_of, mask_address

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("header", "then"),
    [
        (WINDOWS + "Chrome/142.0.0.0 Safari/537.36", "Windows · Chrome"),
        (WINDOWS + "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Windows · Edge"),
        (WINDOWS + "Chrome/142.0.0.0 Whale/4.34.0.0 Safari/537.36", "Windows · 웨일"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0", "Windows · Firefox"),
        (ANDROID + "Chrome/142.0.0.0 Mobile Safari/537.36", "안드로이드 · Chrome"),
        (ANDROID + "SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36", "안드로이드 · 삼성 인터넷"),
        (IPHONE + "Version/18.5 Mobile/15E148 Safari/604.1", "iPhone · Safari"),
        (IPHONE + "CriOS/142.0 Mobile/15E148 Safari/604.1", "iPhone · Chrome"),
        (IPHONE + "Mobile/15E148 KAKAOTALK 25.1.0", "iPhone · 카카오톡"),
        (MAC + "Version/18.5 Safari/605.1.15", "Mac · Safari"),
        ("curl/8.5.0", "알 수 없는 기기"),
        ("<script>alert(1)</script>", "알 수 없는 기기"),
        ("", "알 수 없는 기기"),
    ],
)
def test_device(header: str, then: str) -> None:
    assert device_of(header) == then


@pytest.mark.parametrize(
    ("address", "then"),
    [
        ("121.135.10.20", "121.135.*.*"),
        ("2001:2d8:e100::1", "2001:2d8:*"),
        ("::1", "0:0:*"),
        ("::ffff:121.135.10.20", "121.135.*.*"),
        ("no address", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_address(address: str | None, then: str) -> None:
    assert mask_address(address) == then
