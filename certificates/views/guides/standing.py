"""Where the member behind a request stands with his certificate, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from certificates.models import WAITING, BankCertificate, Replacement
from certificates.rules.bank_change import TICKS, Registered, Standing, Tick, standing_of
from portal.members.models import User
from portal.templatetags.portal_ui import korean_date, korean_datetime

SAID: dict[Standing, tuple[str, str, str]] = {
    # kind of the notice, title, what to do next
    Standing.NONE: (
        "info",
        "조합에 등록된 인증서가 없습니다",
        "은행에서 발급받은 인증서가 있으면 바로 인증서갱신에서 등록할 수 있습니다.",
    ),
    Standing.VALID: (
        "info",
        "등록된 인증서가 아직 유효합니다",
        "은행을 바꾸시려면 쓰던 은행에서 폐지하는 1단계부터 시작해 주세요. 폐지한 사실은 하루쯤 뒤에 조합에 "
        "알려집니다. 옛 인증서 파일이 있으면 기다리지 않고 두 인증서로 서명해 바꿀 수 있습니다.",
    ),
    Standing.SUSPENDED: (
        "warn",
        "등록된 인증서의 효력이 정지되어 있습니다",
        "계속 쓰시려면 발급 은행에서 효력회복을, 은행을 바꾸시려면 폐지를 신청해 주세요.",
    ),
    Standing.EXPIRED: (
        "warn",
        "등록된 인증서의 유효기간이 끝났습니다",
        "폐지할 것은 없습니다. 새 은행에서 발급받아 인증서갱신을 진행해 주세요.",
    ),
    Standing.REVOKED: (
        "ok",
        "쓰던 인증서가 폐지된 것을 확인했습니다",
        "1단계를 마치셨습니다. 새 은행에서 발급받아 인증서갱신을 진행해 주세요.",
    ),
    Standing.STOPPED: (
        "warn",
        "등록된 인증서가 사용 중지되어 있습니다",
        "접수코드를 받으셨으면 전화로 갱신에서 입력해 주세요. 안전을 위해 중지된 인증서라면 정보시스템부에 "
        "전화해 접수하신 뒤 새 인증서를 등록하실 수 있습니다.",
    ),
    Standing.CHECKING: (
        "info",
        "새 인증서를 접수해 상태를 확인하고 있습니다",
        "하실 일이 없습니다. 확인되는 대로 처리하고 문자로 알려 드립니다.",
    ),
    Standing.RENEWED: (
        "ok",
        "새 인증서가 등록되었습니다",
        "은행 변경이 끝났습니다. 이제 새 인증서로 로그인과 전자서명을 하시면 됩니다.",
    ),
}
TICK_WORDS = {Tick.DONE: "마침", Tick.CURRENT: "지금 할 일", Tick.NEXT: "다음"}


@dataclass(frozen=True)
class Shown:
    """What the page shows: a notice, the ticks of the three steps, and the facts behind them."""

    code: str
    kind: str
    title: str
    text: str
    ticks: tuple[Tick, Tick, Tick]
    facts: tuple[tuple[str, str], ...]

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """State and word of each step."""
        return tuple((tick.value, TICK_WORDS[tick]) for tick in self.ticks)

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return all(tick is Tick.DONE for tick in self.ticks)


def standing_for(user: User | AnonymousUser, at: datetime) -> Shown | None:
    """The standing of the user's company; None for visitors and staff."""
    if user.is_anonymous or user.member_id is None:
        return None
    rows = list(BankCertificate.objects.for_user(user).order_by("-registered_at", "-pk")[:2])
    # The one in use first, then the newest: a stopped replacement leaves the older one in use.
    rows.sort(key=lambda row: row.status != "active")
    newest = rows[0] if rows else None
    waits = Replacement.objects.for_user(user).filter(state__in=WAITING).exists()
    standing = standing_of(_registered(newest, len(rows) > 1), is_checking=waits, at=at)
    kind, title, text = SAID[standing]
    return Shown(standing.value, kind, title, text, TICKS[standing], _facts(newest))


def _registered(row: BankCertificate | None, has_earlier: bool) -> Registered | None:
    if row is None:
        return None
    return Registered(row.status, row.is_suspended, row.valid_until_at, row.registered_at, has_earlier)


def _facts(row: BankCertificate | None) -> tuple[tuple[str, str], ...]:
    if row is None:
        return ()
    checked = korean_datetime(row.checked_at) if row.checked_at else "아직 확인하지 않음"
    ended = ("사용이 끝난 때", f"{korean_datetime(row.ended_at)} {row.ended_because}".strip())
    return (
        ("등록된 인증서", f"{row.bank_name or row.issuer_name} {row.purpose_name}"),
        ("유효기간", f"{korean_date(row.valid_from_at)} ~ {korean_date(row.valid_until_at)}"),
        ("조합에 등록한 날", korean_date(row.registered_at)),
        ("폐지 여부를 확인한 때", checked),
        *([ended] if row.ended_at else []),
    )
