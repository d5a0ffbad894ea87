"""What a change of a guarantee may be, and what is left outstanding after it."""

from datetime import date

import pytest

from guarantees.rules.endorsing import Terms, deciding_amount, findings, outstanding_after

OLD = Terms(120_000_000, date(2026, 12, 1), date(2027, 6, 30))
TODAY = date(2027, 2, 1)


def changed(**fields: object) -> Terms:
    return Terms(**{**OLD.__dict__, **fields})


@pytest.mark.parametrize(
    ("_case", "new", "outstanding", "contract", "fields"),
    [
        ("기간 연장", changed(ends_on=date(2027, 9, 30)), 120_000_000, 800_000_000, []),
        ("기간 단축, 내일까지", changed(ends_on=date(2027, 2, 2)), 120_000_000, 800_000_000, []),
        ("오늘까지로 단축", changed(ends_on=TODAY), 120_000_000, 800_000_000, ["ends_on"]),
        ("시작일보다 빠른 종료일", changed(starts_on=date(2028, 1, 1)), 120_000_000, None, ["ends_on"]),
        ("증액", changed(amount=130_000_000), 120_000_000, 800_000_000, []),
        ("계약금액까지 증액", changed(amount=800_000_000), 120_000_000, 800_000_000, []),
        ("계약금액보다 1원 많은 증액", changed(amount=800_000_001), 120_000_000, 800_000_000, ["amount"]),
        ("계약금액을 모르는 옛 보증", changed(amount=900_000_000), 120_000_000, None, []),
        ("전부터 계약금액보다 큰 보증의 연장", changed(ends_on=date(2028, 1, 1)), 120_000_000, 100_000_000, []),
        ("감액", changed(amount=70_000_001), 70_000_000, 800_000_000, []),
        ("해제된 만큼 아래로 감액", changed(amount=50_000_000), 70_000_000, 800_000_000, ["amount"]),
        ("바뀐 것 없음", OLD, 120_000_000, 800_000_000, ["amount"]),
    ],
)
def test_findings(_case: str, new: Terms, outstanding: int, contract: int | None, fields: list[str]) -> None:
    found = findings(OLD, new, outstanding=outstanding, contract_amount=contract, today=TODAY)
    assert [finding.field for finding in found] == fields
    assert all(finding.message.endswith("주세요.") for finding in found)


@pytest.mark.parametrize(
    ("amount", "outstanding", "after"),
    [
        (130_000_000, 120_000_000, 130_000_000),
        (130_000_000, 70_000_000, 80_000_000),
        (100_000_000, 70_000_000, 50_000_000),
        (120_000_000, 70_000_000, 70_000_000),
    ],
)
def test_what_was_released_stays_released(amount: int, outstanding: int, after: int) -> None:
    assert outstanding_after(OLD, changed(amount=amount), outstanding) == after


@pytest.mark.parametrize(("amount", "decides"), [(130_000_000, 130_000_000), (1_000_000, 120_000_000)])
def test_the_larger_amount_says_who_decides(amount: int, decides: int) -> None:
    assert deciding_amount(OLD, changed(amount=amount)) == decides
