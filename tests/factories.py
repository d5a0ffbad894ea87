"""Plain functions that make rows for tests, with numbers nobody real can have."""

from datetime import date, datetime, timedelta
from itertools import count
from uuid import uuid4

from django.contrib.auth.models import Group

from guarantees.models import Application, Guarantee, MemberLimit, Product, ProductTerms
from portal.clock import SEOUL
from portal.members.models import Branch, Member, User
from portal.members.roles import Role
from sms.models import Recipient

_serial = count(1)
PASSWORD = "demo-Portal-2026"


def at(text: str) -> datetime:
    """An instant from its Seoul wall-clock time, e.g. `2026-11-20 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def business_number(serial: int) -> str:
    """A valid business number with an office code nobody has: 901, and the next ones after 10,000 companies."""
    nine = f"{901 + serial // 10_000}81{serial % 10_000:04d}"
    weights = (1, 3, 7, 1, 3, 7, 1, 3, 5)
    total = sum(int(d) * w for d, w in zip(nine, weights, strict=True)) + int(nine[8]) * 5 // 10
    return f"{nine}{-total % 10}"


def make_branch(**fields: object) -> Branch:
    n = next(_serial)
    return Branch.objects.create(**{"code": f"B{n}", "name": f"시험지점{n}", "phone": f"02-000-{n:04d}", **fields})


def make_member(branch: Branch | None = None, **fields: object) -> Member:
    n = next(_serial)
    values: dict[str, object] = {
        "name": f"미르누리설비{n}(주)",
        "sms_name": f"미르누리설비{n}",
        "business_number": business_number(n),
        "representative_name": "김가온",
        "representative_mobile": f"0100000{n % 1000:04d}",
        "representative_email": f"rep{n}@example.kr",
        "branch": branch or make_branch(),
        "joined_on": date(2020, 1, 2),
    }
    member = Member.everything.create(**{**values, **fields})
    # 1,500,000 won a share at grade BBB (100 %): 15,000,000,000 won, more than any test asks by chance.
    MemberLimit.everything.create(member=member, shares=10_000, grade="BBB", changed_at=at("2026-01-02 09:00"))
    return member


def make_user(*roles: Role, member: Member | None = None, branch: Branch | None = None, **fields: object) -> User:
    """A member's user when `member` is given, else staff (of `branch`, or of the head office)."""
    n = next(_serial)
    user = User(
        username=f"user{n}",
        full_name=f"이나래{n}",
        email=f"user{n}@example.kr",
        member=member,
        branch=branch,
        is_staff=member is None,
    )
    for name, value in fields.items():
        setattr(user, name, value)
    user.set_password(PASSWORD)
    user.save()
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user


def make_recipient(member: Member, mobile: str, name: str = "최라온", **fields: object) -> Recipient:
    """An additional recipient of expiry notices, whose number the branch has made sure of."""
    now = at("2026-11-02 09:00")
    values = {"consented": True, "added_at": now, "proof": "staff", "proven_at": now}
    return Recipient.everything.create(member=member, mobile=mobile, name=name, **{**values, **fields})


def make_application(member: Member, state: str = "draft", **fields: object) -> Application:
    """An application with every field filled; evidence fields are those the state needs."""
    n = next(_serial)
    now = at("2026-11-20 10:00")
    product = Product.objects.get(pk=fields.pop("product_code", "C1"))
    values: dict[str, object] = {
        "member": member,
        "product": product,
        "terms": ProductTerms.objects.filter(product=product).first(),
        "state": state,
        "form_key": uuid4(),
        "contract_role": "prime",
        "owner_kind": "private",
        "work_kind": "works",
        "contract_name": "가온초 급식실 환기설비 개선공사",
        "contract_number": "2026-0001",
        "contract_amount": 200_000_000,
        # The contract asks for as much as it is worth, so that tests may set any amount; those of the
        # statutory shares say themselves what their contract asks for.
        "required_amount": fields.get("contract_amount", 200_000_000),
        "payment_cycle_months": 1,
        "site_address": "가상시 누리구 시범로 10",
        "contracted_on": date(2026, 11, 16),
        "completes_on": date(2027, 6, 30),
        "beneficiary_name": "누리교육지원청",
        "amount": 30_000_000,
        "starts_on": date(2026, 11, 16),
        "ends_on": date(2027, 6, 30),
        "quoted_fee": 100_000,
        "contact_name": "박다솜",
        "contact_mobile": "01000000100",
        "contact_email": "contact@example.kr",
        "created_at": now,
        "changed_at": now,
    }
    if state != "draft":
        values |= {"number": f"A26-{n:06d}", "submitted_at": now}
    return Application.everything.create(**{**values, **fields})


def make_guarantee(member: Member, product_code: str = "C1", **fields: object) -> Guarantee:
    """An imported guarantee of 50,000,000 won, active, ending 2026-12-31 unless said otherwise."""
    n = next(_serial)
    amount = fields.pop("amount", 50_000_000)
    ends_on = fields.pop("ends_on", date(2026, 12, 31))
    values: dict[str, object] = {
        "member": member,
        "product_id": product_code,
        "channel": "branch",
        "is_imported": True,
        "number": f"2026-{product_code}-{n:06d}-0",
        "sms_number": f"{product_code}-{n:06d}",
        "contract_name": "누리청사 냉난방기 교체공사",
        "beneficiary_name": "가상시청 시설과",
        "amount": amount,
        "outstanding": amount,
        "starts_on": ends_on - timedelta(days=300),
        "ends_on": ends_on,
        "issued_on": ends_on - timedelta(days=300),
    }
    return Guarantee.everything.create(**{**values, **fields})
