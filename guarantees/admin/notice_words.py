"""Why an expiry notice was sent or not, in a sentence for the officer on the telephone (S21-S28)."""

from collections.abc import Iterable
from datetime import date

from guarantees.models import ExpiryNotice, Guarantee, NoticeState
from guarantees.rules.expiry import MINIMUM_AMOUNT, send_date
from guarantees.rules.states import GuaranteeState
from portal.businessdays.rules import BusinessCalendar
from portal.templatetags.portal_ui import korean_date
from portal.won import format_won

CALL = "필요하면 조합원에게 전화로 알려 주세요."
DEALT_WITH = {
    NoticeState.PLANNED: "안내 문자를 만들었습니다. 도착했는지는 아래 메시지에서 확인해 주세요.",
    NoticeState.OPTED_OUT: "대표이사가 수신을 거부했고 추가 수신자가 없어 보내지 않았습니다.",
    NoticeState.NO_NUMBER: f"등록된 휴대폰 번호가 없어 보내지 못했습니다. {CALL}",
    NoticeState.NO_SMS_NAME: f"문자에 실을 상호가 없어 보내지 못했습니다. {CALL}",
    NoticeState.MISSED: f"보낼 시기를 놓쳐 보내지 않았습니다. {CALL}",
    NoticeState.BEFORE_GO_LIVE: "문자 서비스를 시작하기 전의 건이라 보내지 않았습니다.",
}
OVER = {
    GuaranteeState.RELEASED: "해제된 보증이라 안내 문자를 보내지 않습니다.",
    GuaranteeState.CANCELLED: "취소된 보증이라 안내 문자를 보내지 않습니다.",
}


def why(
    guarantee: Guarantee, notices: Iterable[ExpiryNotice], *, today: date, calendar: BusinessCalendar
) -> list[str]:
    """One sentence for each notice dealt with, and one for the present end date if it is still to come."""
    known = sorted(notices, key=lambda notice: notice.ends_on)
    lines = [_dealt_with(notice) for notice in known]
    if guarantee.ends_on not in {notice.ends_on for notice in known}:
        lines.append(_to_come(guarantee, today, calendar))
    return lines


def _dealt_with(notice: ExpiryNotice) -> str:
    late = " 15일 전보다 늦은 안내입니다." if notice.is_late and notice.state == NoticeState.PLANNED else ""
    words = DEALT_WITH[NoticeState(notice.state)]
    return f"{korean_date(notice.ends_on)} 종료 건: {korean_date(notice.at)}에 처리했습니다. {words}{late}"


def _to_come(guarantee: Guarantee, today: date, calendar: BusinessCalendar) -> str:
    if guarantee.state in OVER:
        return OVER[GuaranteeState(guarantee.state)]
    if not guarantee.product.expiry_sms:
        return f"{guarantee.product}은(는) 보증해제대상 문자를 보내지 않는 종류입니다."
    if guarantee.outstanding < MINIMUM_AMOUNT:
        left, least = format_won(guarantee.outstanding), format_won(MINIMUM_AMOUNT)
        return f"보증잔액 {left}이 기준인 {least}보다 적어 안내 문자를 보내지 않습니다."
    if guarantee.ends_on <= today:
        return "보증기간이 이미 끝나 안내 문자를 보내지 않습니다."
    planned = send_date(guarantee.ends_on, calendar)
    if planned < today:
        return "보낼 날이 지나, 다음 영업일 실행 때 늦은 안내로 나갈 예정입니다."
    return f"{korean_date(planned)}에 안내 문자가 나갈 예정입니다."
