"""What 문자메시지서비스 offers a member now: is it on, from which number, with which links, how many more."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from portal.clock import SEOUL, seoul_day
from portal.identifiers import format_mobile
from portal.members.models import Member
from sms.models import LinkPermission, SenderNumber, SendRequest, ServiceSwitch
from sms.rules.free_sms import MOST_A_DAY, Category, Frame, advertising_frame, information_frame

SWITCHED_OFF = "service_off"


@dataclass(frozen=True)
class Left:
    """Messages that may still be sent today: by the company, and by the person who asks."""

    member: int
    user: int

    @property
    def least(self) -> int:
        """What both allow."""
        return min(self.member, self.user)


def last_switch() -> ServiceSwitch | None:
    """Who switched the service last. None: nobody ever did, and it is on."""
    return ServiceSwitch.objects.select_related("by").order_by("-id").first()


def is_switched_off() -> bool:
    """Whether staff has switched the service off. System notices do not ask."""
    return ServiceSwitch.objects.order_by("-id").values_list("is_on", flat=True).first() is False


def registered_sender(day: date) -> str:
    """The cooperative's default number whose proof is good on `day`; empty when there is none."""
    numbers = SenderNumber.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), is_default=True)
    return numbers.values_list("number", flat=True).first() or ""


def opt_out_number() -> str:
    """The free 080 number under every advertisement; empty where advertising is off."""
    return settings.SMS_OPT_OUT_NUMBER if settings.SMS_ADVERTISING else ""


def permission_of(member: Member) -> LinkPermission | None:
    """What staff decided last about web addresses of the company. None: nothing, so none are allowed."""
    return LinkPermission.everything.filter(member=member).order_by("-id").first()


def domains_of(member: Member) -> tuple[str, ...]:
    """The domains a text of the company may name."""
    permission = permission_of(member)
    return tuple(permission.domains) if permission is not None else ()


def company_of(member: Member) -> str:
    """The name a message of the member begins with."""
    return member.sms_name or member.name


def frame_of(member: Member, category: Category) -> Frame:
    """What stands around the member's words. Raises ContactMissing, NotSendable."""
    if category is Category.INFORMATION:
        return information_frame(company_of(member))
    mobile = member.contact_mobile or member.representative_mobile
    contact = format_mobile(mobile) if mobile else ""
    return advertising_frame(company_of(member), contact=contact, opt_out=opt_out_number())


def left_today(*, member_id: int, user_id: int | None, at: datetime) -> Left:
    """What the quotas of this Seoul day leave, never below 0."""
    today = datetime.combine(seoul_day(at), time(), tzinfo=SEOUL)
    requests = SendRequest.everything.filter(member_id=member_id, at__gte=today)
    company = MOST_A_DAY - _sent(requests)
    person = settings.SMS_FREE_PER_USER - _sent(requests.filter(by_id=user_id)) if user_id else company
    return Left(member=max(0, company), user=max(0, person))


def _sent(requests: QuerySet[SendRequest]) -> int:
    return requests.aggregate(count=Sum("recipients", default=0))["count"]
