"""Branches, companies and accounts. Business numbers begin 901-923, which no tax office issues; mobiles are
010-0000-xxxx, which no carrier assigns; mail goes to `example.kr`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count, product

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from portal.identifiers import InvalidNumber, parse_business_number
from portal.ksx1001 import byte_size, cut, unsendable
from portal.members.models import Branch, Member, User
from portal.members.roles import Role

PASSWORD = "demo-Portal-2026"  # noqa: S105 - printed by the demo, refused in production

BRANCHES = (
    ("S1", "서울중앙", "02-000-0101", "서울 가상구 시범로 1"),
    ("G1", "경인", "02-000-0102", "인천 가상구 시범로 2"),
    ("D1", "대전충청", "02-000-0103", "대전 가상구 시범로 3"),
    ("B1", "부산경남", "02-000-0104", "부산 가상구 시범로 4"),
    ("H1", "광주호남", "02-000-0105", "광주 가상구 시범로 5"),
)
NAMED = (
    ("미르누리설비(주)", "9018112019", "9900110100214", "김가온"),
    ("해든기공(주)", "9038112387", "9900110101345", "이나래"),
    ("새롬공조엔지니어링(주)", "9058112758", "9900110102476", "박다솜"),
    ("두레배관(주)", "9078113127", "9900110103606", "최라온"),
    ("온새미로기계설비(주)", "9098113496", "9900110104737", "정마루"),
    ("한울림냉난방(주)", "9118113863", "9900110105868", "강바로"),
    ("참솔설비산업(주)", "9138114233", "9900110106999", "조사랑"),
    ("나래플랜트기공(주)", "9158114603", "9900110108127", "윤아람"),
    ("가람열원(주)", "9178114972", "9900110109258", "장자람"),
    ("벼리소방설비(주)", "9198115341", "9900110110388", "임하늬"),
    ("이든설비", "9211215713", "", "이든솔"),
    ("다온배관공사", "9231216080", "", "다온슬"),
    # A syllable that CP949 has and KS X 1001 lacks: no text can bear this name, so e-mail must do.
    ("펲시온설비(주)", "9058113005", "", "김펲온"),
)
FIRST_WORDS = ("늘봄", "다올", "라온", "마루", "바름", "아람", "차오름", "큰솔", "푸름", "하늬", "한별", "해담")
LAST_WORDS = ("설비(주)", "기공(주)", "공조(주)", "배관(주)", "소방(주)")
PEOPLE = ("김가온", "이나래", "박다솜", "최라온", "정마루", "강바로", "조사랑", "윤아람", "장자람", "임하늬")
WITHOUT_MOBILE = "두레배관(주)"
OPTED_OUT = "한울림냉난방(주)"  # of the first branch, whose officer takes the call


@dataclass(frozen=True)
class Account:
    """A login of the demo, as it is printed."""

    username: str
    name: str
    roles: tuple[Role, ...]
    company: str = ""
    branch: str = ""
    note: str = ""


ACCOUNTS = (
    Account(
        "mirnuri", "김가온", (Role.MEMBER_REP, Role.MEMBER_USER), company="미르누리설비(주)", note="조합원 대표"
    ),
    Account("damdang", "박다솜", (Role.MEMBER_USER,), company="미르누리설비(주)", note="같은 회사 담당자"),
    Account("haedeun", "이나래", (Role.MEMBER_REP, Role.MEMBER_USER), company="해든기공(주)", note="다른 조합원"),
    Account("seoul", "한지우", (Role.BRANCH_OFFICER,), branch="S1", note="서울중앙 지점 담당"),
    Account("seoulhead", "오세진", (Role.BRANCH_HEAD,), branch="S1", note="서울중앙 지점장"),
    Account("busan", "서하람", (Role.BRANCH_OFFICER,), branch="B1", note="부산경남 지점 담당"),
    Account("hq", "문가람", (Role.HQ_UNDERWRITER,), note="본부 심사"),
    Account("policy", "배나리", (Role.POLICY_ADMIN,), note="제도·휴무일 관리"),
    Account("it", "신도담", (Role.IT_SUPPORT,), note="정보시스템부"),
    Account("webmaster", "유보람", (Role.WEBMASTER,), note="홈페이지 관리"),
    Account("audit", "권슬기", (Role.AUDITOR,), note="감사(읽기 전용)"),
)


def make_branches() -> list[Branch]:
    """The five branches."""
    return [
        Branch.objects.create(code=code, name=name, phone=phone, address=address)
        for code, name, phone, address in BRANCHES
    ]


def make_members(branches: list[Branch], how_many: int) -> list[Member]:
    """The named companies, then invented ones up to `how_many`; the first belongs to the first branch."""
    rows = []
    for serial, (name, number, corporate, representative) in zip(range(how_many), companies(), strict=False):
        mobile = "" if name == WITHOUT_MOBILE else f"0100000{(1000 + 7 * serial) % 9000:04d}"
        rows.append(
            Member(
                name=name, sms_name=sms_name(name), business_number=number, corporate_number=corporate,
                representative_name=representative, representative_mobile=mobile,
                representative_email=f"ceo{serial + 1}@example.kr",
                contact_name=PEOPLE[(serial + 2) % len(PEOPLE)],
                contact_mobile=f"0100000{(1003 + 7 * serial) % 9000:04d}",
                contact_email=f"contact{serial + 1}@example.kr",
                address="서울 가상구 시범로 10", branch=branches[serial % len(branches)],
                joined_on=date(2015 + serial % 8, 3, 2),
            )
        )  # fmt: skip
    return Member.everything.bulk_create(rows)


def companies() -> Iterator[tuple[str, str, str, str]]:
    """Names with valid numbers, without end."""
    yield from NAMED
    taken = {number for _, number, _, _ in NAMED}
    words = product(LAST_WORDS, FIRST_WORDS)
    for serial in count(1):
        last, first = next(words, ("설비(주)", f"모두{serial}"))
        number = valid_number(f"{901 + serial % 23}81{serial % 10_000:04d}")
        if number not in taken:
            taken.add(number)
            yield first + last, number, "", PEOPLE[serial % len(PEOPLE)]


def valid_number(nine: str) -> str:
    """Nine digits with the check digit that makes them a business number."""
    for digit in "0123456789":
        try:
            return parse_business_number(nine + digit)
        except InvalidNumber:
            continue
    raise ValueError(nine)


def sms_name(name: str) -> str:
    """The company's name as it stands in a text; empty where it cannot."""
    plain = name.replace("(주)", "").strip()
    if unsendable(plain):
        return ""
    return plain if byte_size(plain) <= 32 else cut(plain, 32)


def make_accounts() -> None:
    """Every account with the printed password; hashed once, since hashing is slow by design."""
    hashed = make_password(PASSWORD)
    groups = {group.name: group for group in Group.objects.all()}
    branches = {branch.code: branch for branch in Branch.objects.all()}
    members = {member.name: member for member in Member.everything.all()}
    for account in ACCOUNTS:
        user = User.objects.create(
            username=account.username, full_name=account.name, email=f"{account.username}@example.kr",
            password=hashed, member=members.get(account.company), branch=branches.get(account.branch),
            is_staff=not account.company,
        )  # fmt: skip
        user.groups.set([groups[role.value] for role in account.roles])
    User.objects.create(
        username="admin", full_name="시스템 관리자", email="admin@example.kr", password=hashed,
        is_staff=True, is_superuser=True,
    )  # fmt: skip
