"""Applications on their way, walked there by the portal's own actions, so that history and messages are true."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from guarantees.actions import auto_screening, drafts, issuing, screening, submission
from guarantees.demo.people import OPTED_OUT
from guarantees.demo.policies import make_policies
from guarantees.models import Application, RequiredDocument
from portal.access import Actor
from portal.clock import seoul_day
from portal.members.models import Member, User
from portal.uploads.checking import check
from sms.actions import mileage, recipients
from sms.models import ReceptionChange, SenderNumber

# One empty page: enough of a PDF to be taken for one.
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n"
    b"0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\n"
    b"startxref\n164\n%%EOF\n"
)


@dataclass(frozen=True)
class Scene:
    """One application: what for, and how far it has come."""

    product_code: str
    contract_name: str
    beneficiary: str
    contract_amount: int
    amount: int
    steps: tuple[str, ...]
    # Days from today: contract, completion, start and end of the guarantee.
    days: tuple[int, int, int, int] = (-3, 210, -3, 240)
    # What the kind of guarantee asks for beside.
    more: dict[str, Any] = field(default_factory=dict)


TO_PAY = "나래초 화장실 배관 교체공사"  # signed by guarantees.demo.payments
PUBLIC = {"contract_role": "prime", "owner_kind": "local", "work_kind": "works"}
SCENES = (
    Scene("C1", "가온초 급식실 환기설비 개선공사", "누리교육지원청", 286_000_000, 42_900_000,
          ("submit", "take", "approve", "issue"), more=PUBLIC),
    Scene("A1", "누리청사 냉난방기 교체공사", "가상시청 시설과", 120_000_000, 36_000_000,
          ("submit", "take", "approve"), (-3, 210, -3, 280),
          {"contract_role": "prime", "owner_kind": "local", "advance_amount": 36_000_000}),
    Scene("C1", TO_PAY, "누리교육지원청", 150_000_000, 22_500_000, ("submit", "take", "approve"), more=PUBLIC),
    Scene("P1", "새솔병원 증축 기계설비공사", "다온배관공사", 300_000_000, 180_000_000,
          ("submit", "take", "supplement"), more={"payment_cycle_months": 1, "required_amount": 180_000_000}),
    Scene("D1", "다온아파트 급수배관 교체공사", "다온아파트 관리사무소(가상)", 95_000_000, 2_850_000,
          ("submit", "take", "reject"), (-400, -5, -5, 725),
          {"contract_role": "prime", "owner_kind": "private", "work_kind": "apartment"}),
    Scene("C1", "한빛데이터센터 공조설비공사", "한빛도시공사(가상)", 540_000_000, 81_000_000, ("submit",),
          more=PUBLIC | {"owner_kind": "public"}),
    Scene("C1", "바름산업단지 관리동 난방설비공사", "가상시청 시설과", 80_000_000, 12_000_000,
          ("submit", "screen"), more=PUBLIC),
    Scene("E1", "마루도서관 소방설비 보강공사", "가상건설기계(가상)", 88_000_000, 8_800_000, ("submit", "take"),
          more={"required_amount": 8_800_000, "site_address": "가상시 누리구 시범로 10"}),
    Scene("C1", "해담체육관 온수설비 교체공사", "가상시청 시설과", 64_000_000, 9_600_000, (), more=PUBLIC),
)  # fmt: skip


def tell(at: datetime) -> None:
    """Play every scene for the first company, from yesterday on, and give it some mileage."""
    SenderNumber.objects.create(number="0200000101", owner="조합", proof="데모", is_default=True)
    member_by = Actor.user(User.objects.get(username="mirnuri"))
    make_policies(Member.everything.get(users__username="mirnuri"), at)
    officer_by = Actor.user(User.objects.get(username="seoul"))
    start = at - timedelta(hours=6)
    for place, scene in enumerate(SCENES):
        play(scene, place, member_by, officer_by, start + timedelta(minutes=25 * place))
    _earn_over_the_year(Member.everything.get(users__username="mirnuri"), at)
    _arrange_recipients(at)


def play(scene: Scene, place: int, member_by: Actor, officer_by: Actor, at: datetime) -> None:
    """One application, step by step; `place` names it."""
    key = uuid5(NAMESPACE_URL, f"demo-application-{place}")
    application = drafts.start(product_code=scene.product_code, form_key=key, by=member_by, at=at)
    drafts.save(application_id=application.pk, by=member_by, at=at, values=_values(scene, seoul_day(at)))
    if not scene.steps:
        return
    for paper in RequiredDocument.objects.filter(product_id=scene.product_code, is_required=True):
        upload = check(f"{paper.name}.pdf", PAPER)
        drafts.attach(application_id=application.pk, by=member_by, at=at, name=paper.name, upload=upload)
    for number, step in enumerate(scene.steps, 1):
        _step(step, application, member_by, officer_by, at + timedelta(minutes=5 * number))


def _step(step: str, application: Application, member_by: Actor, officer_by: Actor, at: datetime) -> None:
    which: dict[str, Any] = {"application_id": application.pk, "at": at}
    match step:
        case "submit":
            submission.submit(by=member_by, **which)
        case "screen":
            auto_screening.screen(by=Actor.system("데모"), **which)
        case "take":
            screening.take(by=officer_by, **which)
        case "approve":
            screening.approve(by=officer_by, **which)
        case "issue":
            issuing.issue(by=officer_by, agreement_confirmed=True, fee_confirmed=True, **which)
        case "supplement":
            items = ["기성금 지급일이 적힌 특수조건 3쪽도 함께 올려 주세요."]
            screening.request_supplement(by=officer_by, items=items, reason_codes=["payment_cycle"], **which)
        case "reject":
            reason = "준공 확인서의 준공일이 신청한 시작일과 다릅니다. 준공일을 확인해 다시 신청해 주세요."
            screening.reject(by=officer_by, reason_code="contract", reason=reason, **which)


def _values(scene: Scene, today: date) -> dict[str, Any]:
    contracted_on, completes_on, starts_on, ends_on = (today + timedelta(days=days) for days in scene.days)
    return {
        "contract_name": scene.contract_name,
        "contract_number": f"{today.year}-{scene.contract_amount // 1_000_000:04d}",
        "contract_amount": scene.contract_amount,
        "contracted_on": contracted_on,
        "completes_on": completes_on,
        "beneficiary_name": scene.beneficiary,
        "amount": scene.amount,
        **scene.more,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "contact_name": "박다솜",
        "contact_mobile": "01000000100",
        "contact_email": "damdang@example.kr",
    }


def _earn_over_the_year(member: Member, at: datetime) -> None:
    """Calls that lapse today, in a week, in a month and later."""
    for place, days_ago in enumerate((365, 358, 335, 200, 150, 100, 60, 30, 10)):
        mileage.earn(
            member_id=member.pk,
            source=f"demo:{place}",
            label="인터넷 보증서 발급",
            at=at - timedelta(days=days_ago),
        )


def _arrange_recipients(at: datetime) -> None:
    """An added recipient at the first company, and a representative who opted out by phone."""
    officer = Actor.user(User.objects.get(username="seoul"))
    recipients.add_recipient(
        member_id=Member.everything.get(users__username="mirnuri").pk, name="최라온", role="공무팀장",
        mobile="01000000101", consented=True, kinds=["expiry", "results"], by=officer, at=at,
        way=ReceptionChange.Way.PHONE, caller="김가온 대표", note="최라온 팀장에게 전화하여 동의 확인",
    )  # fmt: skip
    recipients.opt_out(
        member_id=Member.everything.get(name=OPTED_OUT).pk, at=at, way=ReceptionChange.Way.PHONE, by=officer,
        caller="강바로 대표", note="등록된 번호로 다시 걸어 확인",
    )  # fmt: skip
