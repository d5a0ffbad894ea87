"""Why a guarantee's expiry notice was sent or not, in words, at any time (S21-S32).

`reasons_of` is asked by the desk (for the officer on the telephone) and by the member's page. It reads the run's
notices, the messages written for them and what became of each; where nothing was dealt with yet, it says what the
next run would do and when, by the rules of that run. It decides nothing: the run does not ask here.

The codes, each a row of tests/flows/test_expiry_reasons.py:

- of a notice that was dealt with: `planned` (with one line for each phone), `opted_out`, `no_number`,
  `no_sms_name`, `missed`, `before_go_live`, `issued_late`;
- of a phone: the states of `sms.queries.state_of` (`ready`, `claimed`, `unknown`, `review`, `deferred`,
  `accepted`, `delivered`, `undelivered`, `refused`, `skipped`, `expired`), and `no_message`;
- of an end still to come: `released`, `cancelled`, `ended`, `product`, `below_amount`, `will_miss`,
  `will_be_before_go_live`, `will_be_issued_late`, `will_be_opted_out`, `will_have_no_number`,
  `will_have_no_sms_name`, `late_to_come`, `due_today`, `to_come`;
- of a guarantee that is only applied for: `product`, `below_amount`, `will_be_issued_late`,
  `late_to_come`, `to_come`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from guarantees.models import DigestLine, ExpiryNotice, Guarantee, NoticeState, Product
from guarantees.rules.expiry import MINIMUM_AMOUNT, issued_after_its_day, send_date, target_date
from guarantees.rules.states import GuaranteeState
from portal.businessdays.rules import BusinessCalendar
from portal.identifiers import mask_mobile
from portal.particles import as_topic
from portal.templatetags.portal_ui import korean_date
from portal.won import format_won
from sms.models import Message, Reception
from sms.queries import MessageState, state_of
from sms.recipients_sql import receivers_of

CALL = "필요하면 조합원에게 전화로 알려 주세요."
DEALT_WITH = {
    NoticeState.PLANNED: "안내 문자를 만들었습니다.",
    NoticeState.OPTED_OUT: "대표이사가 수신을 거부했고 추가 수신자가 없어 보내지 않았습니다.",
    NoticeState.NO_NUMBER: "등록된 휴대폰 번호가 없어 보내지 못했습니다.",
    NoticeState.NO_SMS_NAME: "문자에 실을 상호가 없어 보내지 못했습니다.",
    NoticeState.MISSED: "보낼 시기를 놓쳐 보내지 않았습니다.",
    NoticeState.BEFORE_GO_LIVE: "문자 서비스를 시작하기 전의 건이라 보내지 않았습니다.",
    NoticeState.ISSUED_LATE: "안내할 날이 지난 뒤에 발급된 보증이라 보내지 않았습니다.",
}
OVER = {
    GuaranteeState.RELEASED: "해제된 보증이라 안내 문자를 보내지 않습니다.",
    GuaranteeState.CANCELLED: "취소된 보증이라 안내 문자를 보내지 않습니다.",
}
# What the branch had better tell by telephone.
WORTH_A_CALL = frozenset(
    {"no_number", "no_sms_name", "missed", "undelivered", "refused", "expired", "will_have_no_number",
     "will_have_no_sms_name", "will_miss"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """One line. `code` is of the list above, `words` a Korean sentence for member and officer alike."""

    code: str
    words: str

    @property
    def for_staff(self) -> str:
        """The sentence with the officer's next step, where there is one."""
        return f"{self.words} {CALL}" if self.code in WORTH_A_CALL else self.words


def reasons_of(guarantee: Guarantee, *, today: date, calendar: BusinessCalendar) -> list[Reason]:
    """What was dealt with, by end date and phone, and last the present end date if it is still to come.

    The caller has shown that the reader may see the guarantee. Never empty.
    """
    notices = sorted(guarantee.notices.all(), key=lambda notice: notice.ends_on)
    found = [reason for notice in notices for reason in _dealt_with(guarantee, notice)]
    if guarantee.ends_on not in {notice.ends_on for notice in notices}:
        found.append(_to_come(guarantee, today, calendar))
    elif guarantee.state in OVER:
        found.append(Reason(guarantee.state, OVER[GuaranteeState(guarantee.state)]))
    return found


def foreseen(product: Product, *, amount: int, ends_on: date, today: date, calendar: BusinessCalendar) -> Reason:
    """The notice of a guarantee of `amount` won that somebody thinks of applying for."""
    planned = send_date(ends_on, calendar)
    if never := _never_told(product, amount):
        return never
    if planned >= today:
        return _due(planned, calendar)
    if settings.EXPIRY_LATE_ISSUE != "send":
        return Reason("will_be_issued_late", "안내할 날이 이미 지나 보내지 않습니다.")
    return Reason("late_to_come", "종료일이 가까워, 발급된 뒤 다음 영업일까지 나갈 예정입니다.")


def references_of(guarantee: Guarantee, notices: Iterable[ExpiryNotice]) -> list[str]:
    """What messages about these notices rest on: the guarantee's own, and the digests that tell of it."""
    digests = DigestLine.objects.filter(notice__in=list(notices)).values_list("digest", flat=True)
    own = [f"guarantee:{guarantee.public_id}:{notice.ends_on}" for notice in notices]
    return [*own, *(f"digest:{digest}" for digest in digests)]


def _dealt_with(guarantee: Guarantee, notice: ExpiryNotice) -> list[Reason]:
    is_planned = notice.state == NoticeState.PLANNED
    late = " 15일 전보다 늦은 안내입니다." if notice.is_late and is_planned else ""
    words = DEALT_WITH[NoticeState(notice.state)]
    head = f"{korean_date(notice.ends_on)} 종료 건: {korean_date(notice.at)}에 처리했습니다. {words}{late}"
    return [Reason(notice.state, head), *(_phones(guarantee, notice) if is_planned else [])]


def _phones(guarantee: Guarantee, notice: ExpiryNotice) -> list[Reason]:
    references = references_of(guarantee, [notice])
    messages = list(Message.everything.filter(reference__in=references, purpose="expiry_notice").order_by("id"))
    states = state_of(messages)
    if not messages:
        return [Reason("no_message", "그사이 받는 사람이 없어져 문자를 만들지 않았습니다.")]
    return [_phone(message, states[message.pk]) for message in messages]


def _phone(message: Message, state: MessageState) -> Reason:
    together = " (여러 보증을 함께 안내)" if message.reference.startswith("digest:") else ""
    when = f" {korean_date(state.at)}" if state.at else ""
    why = f". {state.detail}" if state.detail else ""
    who = f"{message.recipient_name} {mask_mobile(message.to)}".strip()
    return Reason(state.code, f"{who}{together}: {state.label}{when}{why}")


def _to_come(guarantee: Guarantee, today: date, calendar: BusinessCalendar) -> Reason:
    if guarantee.state in OVER:
        return Reason(guarantee.state, OVER[GuaranteeState(guarantee.state)])
    if never := _never_told(guarantee.product, guarantee.outstanding):
        return never
    if guarantee.state != GuaranteeState.ACTIVE or guarantee.ends_on <= today:
        return Reason("ended", "보증기간이 이미 끝나 안내 문자를 보내지 않습니다.")
    return (
        _left_out(guarantee, today, calendar)
        or _without_receiver(guarantee)
        or _expected(guarantee, today, calendar)
    )


def _never_told(product: Product, outstanding: int) -> Reason | None:
    """Of which kinds and amounts nobody is told (S24, S25)."""
    if not product.expiry_sms:
        return Reason("product", f"{as_topic(product)} 보증해제대상 문자를 보내지 않는 종류입니다.")
    if outstanding < MINIMUM_AMOUNT:
        left, least = format_won(outstanding), format_won(MINIMUM_AMOUNT)
        return Reason("below_amount", f"보증잔액 {left}이 기준인 {least}보다 적어 안내 문자를 보내지 않습니다.")
    return None


def _left_out(guarantee: Guarantee, today: date, calendar: BusinessCalendar) -> Reason | None:
    go_live = settings.EXPIRY_GO_LIVE
    if go_live and target_date(guarantee.ends_on) < date.fromisoformat(go_live):
        return Reason("will_be_before_go_live", "문자 서비스를 시작하기 전의 건이라 보내지 않습니다.")
    is_late_issue = issued_after_its_day(guarantee.issued_on, guarantee.ends_on, calendar)
    if settings.EXPIRY_LATE_ISSUE != "send" and is_late_issue:
        return Reason("will_be_issued_late", "안내할 날이 지난 뒤에 발급된 보증이라 보내지 않습니다.")
    if _next_run(guarantee, today, calendar) >= guarantee.ends_on:
        return Reason("will_miss", "종료일 전에 남은 영업일이 없어 안내 문자를 보내지 못합니다.")
    return None


def _without_receiver(guarantee: Guarantee) -> Reason | None:
    if not receivers_of(guarantee.member_id):
        if Reception.everything.filter(member=guarantee.member_id, representative_receives=False).exists():
            words = "대표이사가 수신을 거부했고 추가 수신자가 없습니다. 그대로면 보내지 않습니다."
            return Reason("will_be_opted_out", words)
        return Reason("will_have_no_number", "등록된 휴대폰 번호가 없습니다. 그대로면 보내지 못합니다.")
    if not guarantee.member.sms_name:
        return Reason("will_have_no_sms_name", "문자에 실을 상호가 없습니다. 그대로면 보내지 못합니다.")
    return None


def _expected(guarantee: Guarantee, today: date, calendar: BusinessCalendar) -> Reason:
    planned, day = send_date(guarantee.ends_on, calendar), _next_run(guarantee, today, calendar)
    if planned < today:
        return Reason("late_to_come", f"보낼 날이 지나, {korean_date(day)} 실행 때 늦은 안내로 나갈 예정입니다.")
    if planned == today:
        return Reason("due_today", f"오늘 {korean_date(today)}에 안내 문자가 나갈 예정입니다.")
    return _due(planned, calendar)


def _due(planned: date, calendar: BusinessCalendar) -> Reason:
    unsure = "" if calendar.covers(planned) else " 그해 휴무일이 아직 정해지지 않아 바뀔 수 있습니다."
    return Reason("to_come", f"{korean_date(planned)}에 안내 문자가 나갈 예정입니다.{unsure}")


def _next_run(guarantee: Guarantee, today: date, calendar: BusinessCalendar) -> date:
    """The day of the run that would tell, if all goes well."""
    planned = send_date(guarantee.ends_on, calendar)
    if planned >= today:
        return planned
    return today if calendar.is_business_day(today) else calendar.next_after(today)
