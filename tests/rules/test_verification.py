"""진위확인: what is compared, how a document stands, and in which colour the answer comes (DOMAIN §2.3)."""

from dataclasses import fields, replace
from datetime import date
from itertools import product

import pytest

from guarantees.rules.verification import (
    FIELDS,
    GREEN,
    Comparison,
    Contents,
    Standing,
    Verdict,
    Way,
    compare,
    judge,
    standing,
)

PRINTED = Contents(
    issued_on=date(2026, 11, 20),
    amount=120_000_000,
    period=(date(2026, 12, 1), date(2027, 6, 30)),
    beneficiary_number="9018112019",
    contract_number="2026-0001",
    debtor_number="9038112387",
)
MATCH, MISMATCH, ABSENT, NOT_ASKED = (
    Comparison.MATCH, Comparison.MISMATCH, Comparison.ABSENT, Comparison.NOT_ASKED
)  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "field", "typed", "printed", "then"),
    [
        ("같은 금액", "amount", 120_000_000, 120_000_000, MATCH),
        ("1원 많음", "amount", 120_000_001, 120_000_000, MISMATCH),
        ("1원 적음", "amount", 119_999_999, 120_000_000, MISMATCH),
        ("같은 기간", "period", (date(2026, 12, 1), date(2027, 6, 30)), PRINTED.period, MATCH),
        ("종료일 하루 뒤", "period", (date(2026, 12, 1), date(2027, 7, 1)), PRINTED.period, MISMATCH),
        ("시작일 하루 앞", "period", (date(2026, 11, 30), date(2027, 6, 30)), PRINTED.period, MISMATCH),
        ("다른 채권자", "beneficiary_number", "9038112387", "9018112019", MISMATCH),
        ("적히지 않은 채권자 번호", "beneficiary_number", "9018112019", None, ABSENT),
        ("계약번호에 하이픈 없음", "contract_number", "20260001", "2026-0001", MATCH),
        ("계약번호에 빈칸·소문자", "contract_number", "r26bk 0001", "R26BK-0001", MATCH),
        ("다른 계약번호", "contract_number", "2026-0002", "2026-0001", MISMATCH),
        ("입력하지 않음", "amount", None, 120_000_000, NOT_ASKED),
        ("둘 다 없음", "contract_number", None, None, NOT_ASKED),
    ],
)
def test_one_field(_case: str, field: str, typed: object, printed: object, then: Comparison) -> None:
    found = compare(Contents(**{field: typed}), replace(PRINTED, **{field: printed}))
    assert found == {**dict.fromkeys(FIELDS, NOT_ASKED), field: then}


def test_every_field_stands_in_every_answer() -> None:
    assert set(compare(PRINTED, PRINTED)) == {field.name for field in fields(Contents)}
    assert set(compare(PRINTED, PRINTED).values()) == {MATCH}


@pytest.mark.parametrize(
    ("_case", "state", "is_superseded", "ends_on", "is_reduced", "then"),
    [
        ("유효", "active", False, date(2027, 6, 30), False, Standing.IN_FORCE),
        ("종료일 당일", "active", False, date(2026, 11, 20), False, Standing.IN_FORCE),
        ("종료일 다음 날, 아직 표시 전", "active", False, date(2026, 11, 19), False, Standing.EXPIRED),
        ("기간 종료", "expired", False, date(2026, 11, 19), False, Standing.EXPIRED),
        ("일부 해제", "active", False, date(2027, 6, 30), True, Standing.REDUCED),
        ("변경 발급 전의 것", "active", True, date(2027, 6, 30), False, Standing.SUPERSEDED),
        ("변경 발급 전이고 기간도 지남", "expired", True, date(2026, 11, 1), True, Standing.SUPERSEDED),
        ("해제", "released", False, date(2027, 6, 30), True, Standing.RELEASED),
        ("변경 뒤 해제", "released", True, date(2027, 6, 30), True, Standing.RELEASED),
        ("취소", "cancelled", True, date(2027, 6, 30), True, Standing.CANCELLED),
    ],
)
def test_standing(
    _case: str, state: str, is_superseded: bool, ends_on: date, is_reduced: bool, then: Standing
) -> None:
    given = {"state": state, "is_superseded": is_superseded, "ends_on": ends_on, "is_reduced": is_reduced}
    assert standing(**given, today=date(2026, 11, 20)) is then  # type: ignore[arg-type]


ALL = dict.fromkeys(FIELDS, MATCH)
NONE = dict.fromkeys(FIELDS, NOT_ASKED)
ENOUGH = {**NONE, "amount": MATCH, "period": MATCH, "contract_number": MATCH}


@pytest.mark.parametrize(
    ("_case", "way", "comparisons", "stands", "then"),
    [
        ("번호와 발급일만", Way.DATE, NONE, Standing.IN_FORCE, Verdict.ISSUED),
        ("번호와 발급일, 모두 일치해도", Way.DATE, ALL, Standing.IN_FORCE, Verdict.ISSUED),
        ("번호와 발급일, 해제된 것도 같은 답", Way.DATE, ALL, Standing.RELEASED, Verdict.ISSUED),
        ("번호와 발급일, 금액이 다름", Way.DATE, {**NONE, "amount": MISMATCH}, Standing.IN_FORCE,
         Verdict.DIFFERENT),
        ("확인코드만", Way.CODE, NONE, Standing.IN_FORCE, Verdict.PARTLY),
        ("확인코드와 금액", Way.CODE, {**NONE, "amount": MATCH}, Standing.IN_FORCE, Verdict.PARTLY),
        ("확인코드, 금액, 기간", Way.CODE, {**ENOUGH, "contract_number": NOT_ASKED}, Standing.IN_FORCE,
         Verdict.PARTLY),
        ("계약번호가 보증서에 없음", Way.CODE, {**ENOUGH, "contract_number": ABSENT}, Standing.IN_FORCE,
         Verdict.PARTLY),
        ("확인코드, 금액, 기간, 계약번호", Way.CODE, ENOUGH, Standing.IN_FORCE, Verdict.VALID),
        ("나머지 하나가 다름", Way.CODE, {**ENOUGH, "debtor_number": MISMATCH}, Standing.IN_FORCE,
         Verdict.DIFFERENT),
        ("해제된 보증서에서 금액이 다름", Way.CODE, {**ENOUGH, "amount": MISMATCH}, Standing.RELEASED,
         Verdict.DIFFERENT),
        ("확인코드, 해제", Way.CODE, ALL, Standing.RELEASED, Verdict.VOID),
        ("확인코드, 취소", Way.CODE, ALL, Standing.CANCELLED, Verdict.VOID),
        ("확인코드, 대체됨", Way.CODE, ALL, Standing.SUPERSEDED, Verdict.OUTDATED),
        ("확인코드, 기간 종료", Way.CODE, ALL, Standing.EXPIRED, Verdict.ENDED),
        ("확인코드, 일부 해제", Way.CODE, ALL, Standing.REDUCED, Verdict.CHANGED),
        ("진짜 파일", Way.FILE, {}, Standing.IN_FORCE, Verdict.VALID),
        ("진짜 파일, 대체됨", Way.FILE, {}, Standing.SUPERSEDED, Verdict.OUTDATED),
    ],
)  # fmt: skip
def test_verdict(
    _case: str, way: Way, comparisons: dict[str, Comparison], stands: Standing, then: Verdict
) -> None:
    assert judge(way=way, comparisons=comparisons, standing=stands) is then


def test_green_is_never_partial() -> None:
    """Every combination of answers to the five fields, of each way and standing."""
    names = [name for name in FIELDS if name != "issued_on"]
    green = []
    for found in product(Comparison, repeat=len(names)):
        comparisons = dict(zip(names, found, strict=True))
        for way, stands in product((Way.DATE, Way.CODE), Standing):
            if judge(way=way, comparisons=comparisons, standing=stands) in GREEN:
                green.append((way, stands, comparisons))
    assert green
    for way, stands, comparisons in green:
        assert (way, stands) == (Way.CODE, Standing.IN_FORCE)
        assert comparisons["amount"] == comparisons["period"] == MATCH
        assert MISMATCH not in comparisons.values()
        assert MATCH in [comparisons[name] for name in names if name.endswith("_number")]
