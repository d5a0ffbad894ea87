"""Taking over the older books (S22): every line or none, and twice the same as once."""

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from guarantees.models import Guarantee, GuaranteeImport
from portal.audit.models import AuditEvent
from portal.members.models import Member
from tests.factories import make_member

pytestmark = pytest.mark.django_db
HEADER = "number,product,business_number,beneficiary,contract_name,amount,starts_on,ends_on,issued_on,state"


@pytest.fixture
def member() -> Member:
    return make_member(business_number="9018112019")


def line(**changes: str) -> str:
    cells = {
        "number": "제2019-공사-0412호", "product": "C1", "business_number": "901-81-12019",
        "beneficiary": "가상시청 시설과", "contract_name": "○○초 급식실 환기설비 개선공사",
        "amount": "50000000", "starts_on": "2026-01-02", "ends_on": "2026-12-31",
        "issued_on": "2026-01-02", "state": "active",
    }  # fmt: skip
    out = StringIO()
    csv.writer(out).writerow({**cells, **changes}.values())
    return out.getvalue()


def take(folder: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8", options: tuple = ()) -> str:
    path = folder / "보증.csv"
    path.write_bytes((header + "\r\n" + "".join(lines)).encode(encoding))
    out = StringIO()
    call_command("import_guarantees", str(path), *options, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_line_becomes_a_guarantee(member: Member, tmp_path: Path, encoding: str) -> None:
    take(
        tmp_path,
        line(),
        line(number="GB20190412007", product="하자보수보증", state="기간 종료"),
        encoding=encoding,
    )
    first, second = Guarantee.everything.order_by("id")
    assert (first.number, first.sms_number) == ("제2019-공사-0412호", "2019-0412")
    assert (first.member, first.product_id, first.state, first.channel) == (member, "C1", "active", "branch")
    assert (first.amount, first.outstanding) == (50_000_000, 50_000_000)
    assert (first.starts_on, first.ends_on) == (date(2026, 1, 2), date(2026, 12, 31))
    assert (second.sms_number, second.product_id, second.state) == ("…0412007", "D1", "expired")
    assert GuaranteeImport.objects.get().added == 2
    assert AuditEvent.everything.filter(action="guarantee.import").count() == 1


def test_twice_is_once(member: Member, tmp_path: Path) -> None:
    take(tmp_path, line())
    assert "이미 등록된 보증 1건" in take(tmp_path, line(), line(number="2019-2"))
    assert Guarantee.everything.count() == 2


def test_what_happened_here_since_is_not_undone(member: Member, tmp_path: Path) -> None:
    take(tmp_path, line())
    Guarantee.everything.update(state="released", outstanding=0)
    take(tmp_path, line())
    assert Guarantee.everything.get().state == "released"


@pytest.mark.parametrize(
    ("_case", "changes", "reason"),
    [
        ("모르는 종류", {"product": "Z9"}, "등록되지 않은 보증 종류"),
        ("모르는 조합원", {"business_number": "903-81-12387"}, "조합원으로 등록되지 않은"),
        ("검증번호 틀림", {"business_number": "901-81-12018"}, "사업자등록번호가 맞지 않습니다"),
        ("금액 0", {"amount": "0"}, "1원 이상"),
        ("금액이 아님", {"amount": "1,23"}, "금액이 아닙니다"),
        ("없는 날짜", {"ends_on": "2026-02-30"}, "날짜가 아닙니다"),
        ("거꾸로", {"starts_on": "2027-01-01"}, "시작일"),
        ("모르는 상태", {"state": "???"}, "알 수 없는 상태"),
        ("번호 없음", {"number": ""}, "비어 있습니다"),
        ("번호가 김", {"number": "9" * 41}, "40자를 넘습니다"),
        ("줄바꿈", {"contract_name": "공사\n2"}, "쓸 수 없는 문자"),
    ],
)
def test_one_bad_line_stops_the_file(
    member: Member, tmp_path: Path, _case: str, changes: dict, reason: str
) -> None:
    report = tmp_path / "거절.csv"
    with pytest.raises(CommandError, match="아무것도 등록하지 않았습니다"):
        take(tmp_path, line(number="1"), line(**{"number": "2", **changes}), options=("--report", str(report)))
    rows = list(csv.reader(StringIO(report.read_text(encoding="utf-8-sig"))))
    assert len(rows) == 2
    assert reason in rows[1][2]
    assert (Guarantee.everything.count(), GuaranteeImport.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("_case", "header", "body", "says"),
    [
        ("열 없음", HEADER.replace("ends_on,", ""), "", "ends_on"),
        ("모르는 열", HEADER + ",memo", "", "memo"),
        ("빈 파일", "", "", "number"),
    ],
)
def test_file_that_cannot_be_taken(
    member: Member, tmp_path: Path, _case: str, header: str, body: str, says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        take(tmp_path, body, header=header)


def test_other_encodings_are_refused(member: Member, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="UTF-8 또는 CP949"):
        take(tmp_path, line(), encoding="utf-16")


def test_same_number_twice_in_the_file(member: Member, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        take(tmp_path, line(), line())
    assert Guarantee.everything.count() == 0


def test_same_number_with_other_content_is_refused(member: Member, tmp_path: Path) -> None:
    take(tmp_path, line())
    with pytest.raises(CommandError):
        take(tmp_path, line(amount="60000000"))
    assert Guarantee.everything.get().amount == 50_000_000


def test_dry_run_writes_nothing(member: Member, tmp_path: Path) -> None:
    assert "등록할 수 있습니다" in take(tmp_path, line(), options=("--dry-run",))
    assert (Guarantee.everything.count(), AuditEvent.everything.count()) == (0, 0)


def test_optional_columns(member: Member, tmp_path: Path) -> None:
    header = HEADER + ",outstanding,channel,contract_amount,contracted_on,beneficiary_business_number"
    body = line().rstrip() + ',"20,000,000",인터넷,300000000,2025.12.30,900-81-00015\r\n'
    take(tmp_path, body, header=header)
    row = Guarantee.everything.get()
    assert (row.outstanding, row.channel, row.contract_amount) == (20_000_000, "internet", 300_000_000)
    assert (row.contracted_on, row.beneficiary_business_number) == (date(2025, 12, 30), "9008100015")
