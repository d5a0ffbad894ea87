"""What a member may send by 문자메시지서비스 (S16, S17, DOMAIN §4.1, decision 10).

Business messages from the cooperative's registered number: no advertising, no links, the company always named.
"""

import re
import unicodedata
from itertools import chain

from portal.identifiers import InvalidNumber, parse_mobile
from portal.ksx1001 import byte_size, cut, sanitise
from portal.refusals import Refusal
from sms.rules.texts import SMS_BYTES

COMPANY_BYTES = 20
MOST_RECIPIENTS = 100  # of one request
MOST_A_DAY = 100  # messages of one member, DOMAIN §6.1 rule 14
SECONDS_BETWEEN = 10

_LINK = re.compile(
    r"https?:|www\.|[a-z0-9\-가-힣]\.(?:com|net|org|kr|co|io|me|ly|gl|gd|to|app|link|page|xyz|info|biz|shop|site"
    r"|online|store|top|club|vip|한국)(?![a-z0-9])",
    re.IGNORECASE,
)
_ADVERTISING = re.compile(r"[(\[{<【〔]?광고[)\]}>】〕]")
_BETWEEN_NUMBERS = re.compile(r"[,;\n、·/|]+")


class NothingToSend(Refusal):
    """A text of white space."""

    message = "보낼 내용이 없습니다. 내용을 적어 주세요."


class AdvertisingRefused(Refusal):
    """A text marked as advertising, which needs consents this service does not keep."""

    message = (
        "광고 문자는 이 서비스로 보낼 수 없습니다. 광고는 받는 사람의 사전 동의와 무료 수신거부 번호가 있어야 "
        "하므로, 업무 연락에만 써 주세요."
    )


class LinkRefused(Refusal):
    """A text with a web address."""

    message = (
        "인터넷 주소는 문자에 넣을 수 없습니다. 사칭 문자로 오인되어 차단될 수 있으니, "
        "주소를 빼고 내용만 적어 주세요."
    )


class TextOverLimit(Refusal):
    """More than one SMS holds. Long messages (LMS) are off."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(
            f"회사 이름까지 더해 {size:,}바이트입니다. 한 통은 {SMS_BYTES}바이트까지이고 장문 문자(LMS)는 보내지 "
            f"않습니다. {size - SMS_BYTES:,}바이트를 줄여 주세요."
        )


class NumberRefused(Refusal):
    """A piece of the list that is no mobile number; it is named, since the writer has to find it."""

    def __init__(self, *, place: int, piece: str, why: str) -> None:
        super().__init__(f"{place}번째 ‘{piece[:20]}’: {why}")


def head(company: str) -> str:
    """What stands before every text: the sender, since the number is the cooperative's. Raises NotSendable."""
    return f"[{cut(sanitise(company).strip(), COMPANY_BYTES)}] "


def room(company: str) -> int:
    """Bytes left for the member's own words. Raises NotSendable."""
    return SMS_BYTES - byte_size(head(company))


def body(company: str, text: str) -> str:
    """The message as it arrives, at most 90 bytes.

    Raises NothingToSend, AdvertisingRefused, LinkRefused, TextOverLimit, NotSendable.
    """
    words = sanitise(text).strip()
    if not words:
        raise NothingToSend
    plain = unicodedata.normalize("NFKC", words)
    if _ADVERTISING.match("".join(plain.split())):
        raise AdvertisingRefused
    if _LINK.search(plain):
        raise LinkRefused
    whole = head(company) + words
    if (size := byte_size(whole)) > SMS_BYTES:
        raise TextOverLimit(size)
    return whole


def numbers(text: str) -> tuple[str, ...]:
    """The mobile numbers of a pasted list, in order. Raises NumberRefused for the first piece that is none.

    Commas, semicolons, new lines and tabs separate them, full-width ones too; spaces do where they must.
    """
    found: list[str] = []
    folded = unicodedata.normalize("NFKC", text.replace("\t", "\n"))
    pieces = [piece for part in _BETWEEN_NUMBERS.split(folded) if (piece := part.strip())]
    for place, one in enumerate(chain.from_iterable(map(_apart, pieces)), start=1):
        try:
            found.append(parse_mobile(one))
        except InvalidNumber as refused:
            raise NumberRefused(place=place, piece=one, why=refused.message) from None
    return tuple(found)


def _apart(piece: str) -> list[str]:
    """`010 0000 1000` is one number; `01000001000 01000001001` are two."""
    try:
        parse_mobile(piece)
    except InvalidNumber:
        return piece.split()
    return [piece]
