"""Web addresses in a text, found in every spelling a handset would turn into a link (DOMAIN decision 10)."""

import re
import unicodedata

_ENDINGS = (
    "com|net|org|kr|co|io|me|ly|gl|gd|to|app|link|page|xyz|info|biz|shop|site|online|store|top|club|vip|dev|ai|tv"
    "|cc|us|cn|jp|de|uk|im|pw|icu|mobi|asia|live|pro|news|한국"
)
_NAME = r"(?:[a-z0-9가-힣_-]+\.)+"
# A name with an ending people know, any name that a path follows, or an address of four numbers.
_HOST = re.compile(
    rf"{_NAME}(?:{_ENDINGS})(?![a-z0-9가-힣-])|{_NAME}[a-z]{{2,}}(?=[/?])|(?<![\d.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?![\d.])",
    re.IGNORECASE,
)
# What begins an address needs no ending that we know.
_BEGUN = re.compile(r"(?:[a-z][a-z0-9+.-]*://|https?:|www\.)[^\s]*", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:[a-z0-9가-힣](?:[a-z0-9가-힣-]{0,61}[a-z0-9가-힣])?\.)+(?:[a-z]{2,}|한국)\Z")


def hosts(text: str) -> tuple[str, ...]:
    """The host of each address in `text`, each once; an address without a readable host stands as it is."""
    plain = unicodedata.normalize("NFKC", text).lower()
    begun = [_host_of(found[0]) for found in _BEGUN.finditer(plain)]
    return tuple(dict.fromkeys([*begun, *(found[0] for found in _HOST.finditer(plain))]))


def _host_of(address: str) -> str:
    """What the handset would ask: between the slashes, after a name that only looks like the host."""
    rest = re.sub(r"\A[a-z][a-z0-9+.-]*:/*", "", address)
    return re.split(r"[/?#\\]", rest)[0].rpartition("@")[2].partition(":")[0] or address


def domain_of(typed: str) -> str:
    """A domain as typed by staff, lower case without scheme and path. Empty when it is none."""
    plain = _host_of(unicodedata.normalize("NFKC", typed).strip().lower()).removeprefix("www.")
    return plain if len(plain) <= 100 and _DOMAIN.match(plain) else ""


def is_within(host: str, domains: tuple[str, ...]) -> bool:
    """Whether `host` is one of the domains or below one."""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
