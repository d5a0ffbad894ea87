"""Why texts of ours do not reach people of a company, as far as is known before one is written."""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.identifiers import mask_mobile
from portal.members.models import Member
from sms.models import Purpose, Reception, Recipient
from sms.suppression import REASONS, suppressed


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Who is not reached, and why, in Korean words."""

    who: str
    why: str


def obstacles_of(member: Member) -> list[Obstacle]:
    """What keeps notices from people of the company; three statements. The reader may see the member."""
    added = list(Recipient.everything.filter(member=member, is_active=True))
    people = [("대표이사", member.representative_mobile), ("담당자", member.contact_mobile)]
    people += [(person.name, person.mobile) for person in added]
    stopped = suppressed(Purpose.EXPIRY_NOTICE, {mobile for _name, mobile in people if mobile})
    return [
        *_of_the_company(member),
        *(
            Obstacle(f"{person.name} {mask_mobile(person.mobile)}", "번호를 확인하지 않아 아직 보내지 않습니다")
            for person in added
            if not person.is_proven
        ),
        *(
            Obstacle(f"{name} {mask_mobile(mobile)}", REASONS[stopped[mobile]])
            for name, mobile in people
            if mobile in stopped
        ),
    ]


def _of_the_company(member: Member) -> Iterator[Obstacle]:
    if not member.sms_name:
        yield Obstacle("회사 전체", "문자에 실을 상호가 없어 문자 대신 이메일로만 알립니다")
    if not member.representative_mobile:
        yield Obstacle("대표이사", "등록된 휴대폰 번호가 없어 문자를 보내지 못합니다")
    elif Reception.everything.filter(member=member, representative_receives=False).exists():
        yield Obstacle("대표이사", "수신거부를 하여 보증해제대상 안내 문자를 보내지 않습니다")
