"""Wording of the cooperative's own SMS, each made to fit 90 bytes (DOMAIN §7.2).

All are informational, name no web address, and print dates rather than "15일 전": a late one stays true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Literal

from portal.ksx1001 import byte_size, cut, sanitise

SMS_BYTES = 90
LMS_BYTES = 2000
SUBJECT_BYTES = 40
SMALLEST_COMPANY_ROOM = 8  # bytes; three syllables and "…" are the least that names a company

TEMPLATES: dict[str, str] = {
    "SCREEN_OK": "{prefix}{company} {kind} 심사승인. 약정·수수료납부 후 발급 {app}",
    "SCREEN_SUPP": "{prefix}{company} {kind} 보완요청({due}까지) 내용은 마이페이지 {app}",
    "SCREEN_REJ": "{prefix}{company} {kind} 심사반려. 사유는 마이페이지·이메일 {app}",
    "ISSUED": "{prefix}{company} {kind} 발급 {no} ~{end}. 문자마일리지 {n}콜 적립",
    "ISSUED_BRANCH": "{prefix}{company} {kind} 발급 {no} ~{end}.",
    "EXPIRY15": "{prefix}{company} {kind} {no} {end} 종료. 해제·한도문의 {tel}",
    "EXPIRY_MULTI": "{prefix}{company} 보증 {n}건 종료예정({end}부터). 마이페이지 확인",
    "MILEAGE_EXP": "{prefix}{company} 문자마일리지 {n}콜 {d} 소멸예정. 홈페이지 사용",
    "CERT_EXP": "{prefix}{company} 인증서 {d} 만료. 사이버영업창구>인증서갱신",
    "CERT_REVOKED": "{prefix}{company} 인증서 {d} 폐지됨. 사이버영업창구>인증서갱신",
    "CERT_HELD": "{prefix}{company} 인증서 효력정지됨. 발급은행에서 효력회복 필요",
    "CERT_DONE": "{prefix}{company} 인증서 교체 {t}. 본인 아니면 연락 {tel}",
    "CERT_NOT_DONE": "{prefix}{company} 인증서 교체 안 됨. 인증서갱신 다시 신청 {tel}",
    "CERT_TICKET": "{prefix}{company} 인증서갱신 접수코드 {code} (24시간). 사이버영업창구 입력",
    "CERT_PHONE": "{prefix}{company} 인증서 전화갱신 승인 {t}. 본인 아니면 연락 {tel}",
    "CERT_STOPPED": "{prefix}{company} 인증서 사용중지 {t}. 본인 아니면 연락 {tel}",
    "RELEASED": "{prefix}{company} {kind} {no} 해제. 잔여한도 {lim}만원",
    "RELEASED_BRIEF": "{prefix}{company} {kind} {no} 해제. 한도문의 {tel}",
    "RELEASED_PART": "{prefix}{company} {kind} {no} 일부해제. 한도문의 {tel}",
    "ENDORSED": "{prefix}{company} {kind} {no} 변경발급 ~{end}. 마이페이지 확인",
    "CANCELLED": "{prefix}{company} {kind} {no} 취소. 문의 {tel}",
    "CLAIMED": "{prefix}{company} {kind} {no} 보증금 청구 접수. 문의 {tel}",
    "PAY_ACCOUNT": "{prefix}{company} 보증료 {won} {bank} {account} {due}까지 입금",
    "PAY_BACK": "{prefix}{company} 보증료 입금 {won} 환급 예정. 사유는 마이페이지 확인",
    "REFUND_DONE": "{prefix}{company} 보증료 {won} 환급 완료. 문의 {tel}",
    "REFUND_FAILED": "{prefix}{company} 보증료 {won} 환급 안 됨. 마이페이지 환급계좌 확인",
    "OPTOUT_ACK": "{prefix}{company} 만기문자 수신거부 처리({d}). 재등록 마이페이지",
    # Read out to the colleague who registers the number, so it must not say "tell nobody".
    "RECIPIENT_CODE": "{prefix}{company} 안내문자 수신등록 인증번호 {code}(3분). 동의하면 회사에 알려주세요",
}


@dataclass(frozen=True)
class Field:
    """A place in a template to be filled with the value of that name."""

    name: str


class TextTooLong(ValueError):
    """More bytes than a long message takes. `message` tells the writer."""

    def __init__(self, size: int) -> None:
        self.message = f"내용이 {size:,}바이트입니다. {LMS_BYTES:,}바이트 이하로 줄여 주세요."
        super().__init__(self.message)


def segments(key: str) -> tuple[str | Field, ...]:
    """The template as literal text and fields in order, the prefix a field too, for joining in SQL."""
    parts: list[str | Field] = []
    for literal, name, _spec, _conversion in Formatter().parse(TEMPLATES[key]):
        if literal:
            parts.append(literal)
        if name is not None:
            parts.append(Field(name))
    return tuple(parts)


def company_room(key: str, values: Mapping[str, str], *, prefix: str) -> int:
    """Bytes an SMS of `key` leaves for the company's name; below zero when the rest alone is too long.

    Takes values as they will stand in the text, already sanitised. Raises KeyError for a missing one,
    NotSendable for one outside KS X 1001.
    """
    return SMS_BYTES - byte_size(_fill(key, {**values, "company": ""}, prefix))


def fit_company(company: str, room: int) -> str:
    """`company` as it goes into a text with `room` bytes for it: cut with "…" where that still names it.

    Where `room` is under 8 bytes it is left whole, and the text goes out as a long message (LMS).
    """
    return company if room < SMALLEST_COMPANY_ROOM else cut(company, room)


def render(key: str, values: Mapping[str, str], *, prefix: str) -> str:
    """The finished text: at most 90 bytes while eight of them are left for the company, else an LMS.

    Values are sanitised. Raises KeyError for a missing value, NotSendable for one outside KS X 1001.
    """
    clean = {name: sanitise(value) for name, value in values.items()}
    if Field("company") in segments(key):
        room = company_room(key, clean, prefix=prefix)
        clean["company"] = fit_company(clean["company"], room)
    text = _fill(key, clean, prefix)
    byte_size(text)
    return text


def _fill(key: str, values: Mapping[str, str], prefix: str) -> str:
    return TEMPLATES[key].format_map({**values, "prefix": prefix})


def message_kind(text: str) -> Literal["sms", "lms"]:
    """An "sms" up to 90 bytes, an "lms" up to 2,000. Raises TextTooLong, NotSendable."""
    size = byte_size(text)
    if size > LMS_BYTES:
        raise TextTooLong(size)
    return "sms" if size <= SMS_BYTES else "lms"
