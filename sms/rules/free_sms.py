"""What a member may send by 문자메시지서비스 (S16, S17, DOMAIN §4.1, §6.2 rows 20 and 25, decision 10).

Business messages from the cooperative's registered number, the company always named. Links only to domains staff
has allowed. Advertising only where it is switched on, and then with the marks of 정보통신망법 §50④.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from portal.ksx1001 import byte_size, cut, sanitise
from portal.refusals import Refusal
from sms.rules.links import hosts, is_within
from sms.rules.mileage import cost
from sms.rules.texts import LMS_BYTES, SMS_BYTES

COMPANY_BYTES = 20
MOST_RECIPIENTS = 100  # of one request
MOST_A_DAY = 100  # messages of one member, DOMAIN §6.1 rule 14
SECONDS_BETWEEN = 10

AD_MARK = "(광고)"
OPT_OUT = "무료수신거부"
_ADVERTISING = re.compile(r"[(\[{<【〔]?광고[)\]}>】〕]")
# Words that rarely stand in a business message. They only warn: the member knows what he writes.
_SELLING = re.compile(
    r"할인|특가|세일|이벤트|경품|쿠폰|사은품|무료\s*체험|프로모션|홍보|분양|대출|최저가|선착순|적립금|상담\s*환영|신규\s*오픈"
)


class Category(StrEnum):
    """What the member declares a message to be."""

    INFORMATION = "information"
    ADVERTISING = "advertising"


class NothingToSend(Refusal):
    """A text of white space."""

    message = "보낼 내용이 없습니다. 내용을 적어 주세요."


class AdvertisingRefused(Refusal):
    """A text marked as advertising but declared as information."""

    message = (
        "내용이 광고 표시로 시작하는데 정보성 문자로 고르셨습니다. 광고는 광고로만 보낼 수 있으니 "
        "종류를 다시 고르고, 업무 연락이면 광고 표시를 빼 주세요."
    )


class AdvertisingOff(Refusal):
    """Advertising where the cooperative does not offer it."""

    message = (
        "광고 문자는 지금 보낼 수 없습니다. 받는 사람의 사전 동의와 무료 수신거부 번호가 있어야 하므로 조합이 "
        "막아 두었습니다. 업무 연락만 정보성으로 보내 주세요."
    )


class AdConsentMissing(Refusal):
    """Advertising without the declaration that the recipients agreed (정보통신망법 §50①)."""

    message = "광고는 미리 동의한 분에게만 보낼 수 있습니다. 받는 분 모두의 광고 수신 동의를 확인해 주세요."


class ContactMissing(Refusal):
    """Advertising of a company nobody could call back."""

    message = (
        "광고에는 보내는 회사의 연락처가 들어가야 하는데 등록된 담당자 번호가 없습니다. "
        "관할 지점에 담당자 휴대폰을 알려 주세요."
    )


class LinkRefused(Refusal):
    """A text with a web address staff has not allowed."""

    def __init__(self, found: tuple[str, ...], allowed: tuple[str, ...] = ()) -> None:
        named = ", ".join(host[:40] for host in found[:3])
        may = f"우리 회사에 허용된 주소는 {', '.join(allowed)}입니다. " if allowed else ""
        super().__init__(
            f"인터넷 주소는 문자에 넣을 수 없습니다: {named}. 사칭 문자로 오인되어 차단될 수 있으니 주소를 빼고 "
            f"내용만 적어 주세요. {may}업무에 꼭 필요하면 관할 지점에 허용을 요청하세요."
        )


class TextOverLimit(Refusal):
    """More than one message of its kind holds."""

    def __init__(self, size: int, *, limit: int = SMS_BYTES, may_be_long: bool = False) -> None:
        self.size = size
        over = size - limit
        if limit > SMS_BYTES:
            rest = f"장문 한 통은 {limit:,}바이트까지입니다. {over:,}바이트를 줄여 주세요."
        elif may_be_long:
            rest = (
                f"단문 한 통은 {limit}바이트까지입니다. {over:,}바이트를 줄이거나 장문(한 통 {cost('lms')}콜)을 "
                "골라 주세요."
            )
        else:
            rest = f"한 통은 {limit}바이트까지이고 장문 문자(LMS)는 보내지 않습니다. {over:,}바이트를 줄여 주세요."
        super().__init__(f"회사 이름과 표시까지 더해 {size:,}바이트입니다. {rest}")


@dataclass(frozen=True)
class Frame:
    """What stands before and after the member's own words, put there by the portal."""

    head: str
    tail: str = ""

    def around(self, words: str) -> str:
        """The message as it arrives."""
        return f"{self.head}{words}{self.tail}"

    def room(self, limit: int = SMS_BYTES) -> int:
        """Bytes left for the member's own words, never below 0. Raises NotSendable."""
        return max(0, limit - byte_size(self.head + self.tail))


def information_frame(company: str) -> Frame:
    """The sender's name, since the number is the cooperative's. Raises NotSendable."""
    return Frame(f"[{_short(company)}] ")


def advertising_frame(company: str, *, contact: str, opt_out: str) -> Frame:
    """The marks of 정보통신망법 시행령 별표 6: (광고), name and contact first, the free opt-out last.

    Raises ContactMissing, NotSendable.
    """
    if not contact:
        raise ContactMissing
    return Frame(f"{AD_MARK}{_short(company)} {contact}\n", f"\n{OPT_OUT} {opt_out}")


def _short(company: str) -> str:
    return cut(sanitise(company).strip(), COMPANY_BYTES)


def body(
    text: str, frame: Frame, *, category: Category, domains: tuple[str, ...] = (), long_is_on: bool = False,
    wants_long: bool = False,
) -> str:  # fmt: skip
    """The message as it arrives: at most 90 bytes, 2,000 where the member chose a long one and may.

    Raises NothingToSend, AdvertisingRefused, LinkRefused, TextOverLimit, NotSendable.
    """
    words = own_words(text, category)
    if not words:
        raise NothingToSend
    if category is Category.INFORMATION and is_marked(words):
        raise AdvertisingRefused
    if found := tuple(host for host in hosts(words) if not is_within(host, domains)):
        raise LinkRefused(found, domains)
    whole = frame.around(words)
    limit = LMS_BYTES if long_is_on and wants_long else SMS_BYTES
    if (size := byte_size(whole)) > limit:
        raise TextOverLimit(size, limit=limit, may_be_long=long_is_on)
    return whole


def own_words(text: str, category: Category) -> str:
    """The member's text as it will be sent; of an advertisement without marks he wrote himself."""
    words = sanitise(text).strip()
    if category is Category.ADVERTISING:
        words = words.removeprefix(AD_MARK).strip()
    return words


def is_marked(text: str) -> bool:
    """Whether a text begins with the mark of advertising, in any spelling."""
    return bool(_ADVERTISING.match("".join(unicodedata.normalize("NFKC", text).split())))


def selling_words(text: str) -> tuple[str, ...]:
    """Words that make a text look like advertising, each once."""
    found = _SELLING.findall(unicodedata.normalize("NFKC", text))
    return tuple(dict.fromkeys(" ".join(word.split()) for word in found))
