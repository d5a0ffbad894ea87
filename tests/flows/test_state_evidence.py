"""A state without its evidence cannot be written, whoever writes it: the database refuses by name."""

from datetime import date
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction

from guarantees.models import Application, Guarantee
from portal.members.roles import Role
from tests.factories import at, make_application, make_guarantee, make_member, make_user

pytestmark = pytest.mark.django_db
NOW = at("2026-11-23 10:00")


def evidence() -> dict[str, Any]:
    """Everything an issued application carries."""
    officer = make_user(Role.BRANCH_OFFICER, branch=make_member().branch)
    return {
        "taken_at": NOW, "reviewer": officer, "decision": "approved", "decided_at": NOW,
        "decided_by": officer, "signed_at": NOW, "fee_paid_at": NOW, "closed_at": NOW,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "state", "without", "constraint"),
    [
        ("접수에 번호가 없다", "submitted", {"number": None, "closed_at": None}, "submitted_is_complete"),
        ("접수에 금액이 없다", "submitted", {"amount": None, "closed_at": None}, "submitted_is_complete"),
        ("심사에 담당이 없다", "in_review", {"reviewer": None, "closed_at": None}, "review_has_reviewer"),
        ("보완에 기한이 없다", "supplement", {"closed_at": None}, "supplement_has_due"),
        ("결정한 사람이 없다", "in_review", {"decided_by": None, "closed_at": None}, "decision_whole"),
        ("승인에 결정이 없다", "approved",
         {"decision": "", "decided_at": None, "decided_by": None, "closed_at": None}, "approved_decided"),
        ("반려에 사유가 없다", "rejected", {"decision": "rejected", "reason": ""}, "rejected_with_reason"),
        ("약정에 시각이 없다", "signed", {"signed_at": None, "closed_at": None}, "signed_has_time"),
        ("납부에 시각이 없다", "fee_paid", {"fee_paid_at": None, "closed_at": None}, "paid_has_time"),
        ("종결에 시각이 없다", "issued", {"closed_at": None}, "ended_has_time"),
        ("진행 중에 종결 시각", "approved", {}, "ended_has_time"),
        ("거꾸로 된 기간", "issued", {"ends_on": date(2026, 11, 15)}, "period_forward"),
        ("금액 0", "issued", {"amount": 0}, "amount_positive"),
        ("모르는 상태", "lost", {"closed_at": None}, "state_known"),
    ],
)  # fmt: skip
def test_application(_case: str, state: str, without: dict[str, Any], constraint: str) -> None:
    row = make_application(make_member(), "submitted")
    whole = Application.everything.filter(pk=row.pk)
    whole.update(state="issued", **evidence())
    with pytest.raises(IntegrityError, match=f"application_{constraint}"), transaction.atomic():
        whole.update(state=state, **without)


@pytest.mark.parametrize(
    ("_case", "changes", "constraint"),
    [
        ("모르는 상태", {"state": "lost"}, "(state_known|live_is_not_released)"),
        ("거꾸로 된 기간", {"ends_on": date(2020, 1, 1)}, "period_forward"),
        ("음수 잔액", {"outstanding": -1}, "amounts_within"),
        ("해제인데 잔액", {"state": "released"}, "released_owes_nothing"),
        ("유효한데 해제 시각", {"released_at": NOW}, "live_is_not_released"),
        ("신청도 이관도 아니다", {"is_imported": False}, "has_application"),
    ],
)
def test_guarantee(_case: str, changes: dict[str, Any], constraint: str) -> None:
    row = make_guarantee(make_member())
    with (
        pgtrigger.ignore("guarantees.Guarantee:written_once"),
        pytest.raises(IntegrityError, match=f"guarantee_{constraint}"),
        transaction.atomic(),
    ):
        Guarantee.everything.filter(pk=row.pk).update(**changes)


def test_a_number_is_given_once() -> None:
    row = make_guarantee(make_member())
    with pytest.raises(IntegrityError, match="guarantee_number"), transaction.atomic():
        make_guarantee(row.member, number=row.number)
