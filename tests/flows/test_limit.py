"""The limit from approval to release: who takes from it, who gives back, what is refused (S23, DOMAIN §2.4)."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guarantees.actions import issuing, limits, releasing, screening, submission
from guarantees.actions.limits import LimitExceeded, NoLimit, NoReason, NothingChanges, change_limit, set_sub_limit
from guarantees.actions.rows import NotAllowed
from guarantees.limits import (
    all_outstanding,
    ceiling_on,
    effect_on,
    forecast,
    limit_policy_on,
    near_the_limit,
    position_of,
    with_totals,
)
from guarantees.models import Application, Capital, Guarantee, LimitChange, LimitPolicy, MemberLimit, Product
from guarantees.rules.limit import GRADE_PCT, consumption
from portal.audit.models import AuditEvent
from portal.members.models import Member
from portal.members.roles import Role
from sms.models import Message
from tests.factories import make_guarantee, make_member, make_user
from tests.flows.test_screening import at_once
from tests.stories import FRIDAY, Cast, admin, approved, in_review, make_cast, traces, web

NOV_20 = date(2026, 11, 20)  # Fri
BILLION = 1_000_000_000


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast(sms_name="미르누리설비")


def set_limit(member: Member, won: int) -> None:
    """Leave the member exactly `won`: no shares, all of it special."""
    MemberLimit.everything.filter(member=member).update(shares=0, special_limit=won)


def figures(member: Member) -> tuple[int, int, int]:
    """(used, reserved, available)."""
    found = position_of(member.pk, day=NOV_20)
    assert found is not None
    return found.used, found.reserved, found.available


def approve(application: Application, cast: Cast, *, collateral: int | None = None) -> Application:
    by = admin(cast.officer)
    return screening.approve(application_id=application.pk, by=by, at=FRIDAY, collateral=collateral)


def release(guarantee: Guarantee, cast: Cast) -> Guarantee:
    by = admin(cast.officer)
    return releasing.release(guarantee_id=guarantee.pk, ground="confirmed", note="준공 조서", by=by, at=FRIDAY)


def issue(application: Application, cast: Cast) -> Guarantee:
    return issuing.issue(
        application_id=application.pk, by=admin(cast.officer), at=FRIDAY, agreement_confirmed=True,
        fee_confirmed=True,
    )  # fmt: skip


# ── A story: every figure after every step ──


def test_from_approval_to_release(cast: Cast) -> None:
    set_limit(cast.member, 100_000_000)
    application = in_review(cast, amount=30_000_000)
    assert figures(cast.member) == (0, 0, 100_000_000)
    approve(application, cast)
    assert figures(cast.member) == (0, 30_000_000, 70_000_000)
    guarantee = issue(application, cast)
    assert figures(cast.member) == (30_000_000, 0, 70_000_000)
    Guarantee.everything.filter(pk=guarantee.pk).update(outstanding=20_000_000)
    assert figures(cast.member) == (20_000_000, 0, 80_000_000)
    Guarantee.everything.filter(pk=guarantee.pk).update(state="expired")
    assert figures(cast.member) == (20_000_000, 0, 80_000_000)  # over, not released: still in the way (S23)
    release(guarantee, cast)
    assert figures(cast.member) == (0, 0, 100_000_000)


def test_a_withdrawn_application_gives_back_what_it_reserved(cast: Cast) -> None:
    application = approved(cast, amount=30_000_000)
    submission.withdraw(application_id=application.pk, by=web(cast.user), at=FRIDAY)
    assert figures(cast.member)[:2] == (0, 0)


@pytest.mark.parametrize(
    ("state", "then"),
    [
        ("active", 30_000_000),
        ("expired", 30_000_000),
        ("released", 0),
        ("cancelled", 0),
    ],
)
def test_which_guarantees_use_the_limit(cast: Cast, state: str, then: int) -> None:
    over: dict[str, Any] = {} if then else {"outstanding": 0}
    if state == "cancelled":
        over["cancelled_at"] = FRIDAY
    make_guarantee(cast.member, amount=30_000_000, state=state, **over)
    assert figures(cast.member)[0] == then


# ── What fits and what does not ──


@pytest.mark.parametrize(
    ("_case", "left", "collateral", "weight_bp", "fits"),
    [
        ("딱 맞음", 30_000_000, 0, 10_000, True),
        ("1원 모자람", 29_999_999, 0, 10_000, False),
        ("담보를 빼면 딱 맞음", 10_000_000, 20_000_000, 10_000, True),
        ("담보를 빼도 1원 모자람", 9_999_999, 20_000_000, 10_000, False),
        ("가중치 절반", 15_000_000, 0, 5_000, True),
        ("가중치 절반에서 1원 모자람", 14_999_999, 0, 5_000, False),
        ("한도가 이미 모자람", -1, 0, 10_000, False),
    ],
)
def test_approval_asks_the_limit(
    cast: Cast, _case: str, left: int, collateral: int, weight_bp: int, fits: bool
) -> None:
    Product.objects.filter(pk="C1").update(limit_weight_bp=weight_bp)
    make_guarantee(cast.member, "A1", amount=50_000_000)
    set_limit(cast.member, 50_000_000 + left)
    application = in_review(cast, amount=30_000_000)
    if fits:
        assert approve(application, cast, collateral=collateral).state == "approved"
        assert figures(cast.member)[2] == 0
        return
    before = traces()
    with pytest.raises(LimitExceeded):
        approve(application, cast, collateral=collateral)
    assert traces() == before


def test_the_refusal_names_every_amount(cast: Cast) -> None:
    make_guarantee(cast.member, amount=60_000_000)
    set_limit(cast.member, 100_000_000)
    approved(cast, amount=15_000_000)
    with pytest.raises(LimitExceeded) as refused:
        approve(in_review(cast, amount=30_000_000), cast)
    assert refused.value.message == (
        "보증한도가 5,000,000원 모자랍니다. 한도 100,000,000원 가운데 60,000,000원을 쓰고 15,000,000원은 승인한 "
        "신청에 잡혀 있는데, 이 보증에는 30,000,000원이 필요합니다. 끝난 보증을 먼저 해제하거나 본부 심사에 "
        "한도 조정을 요청해 주세요."
    )


def test_a_member_without_a_limit_gets_no_approval(cast: Cast) -> None:
    application = in_review(cast)
    MemberLimit.everything.filter(member=cast.member).delete()
    before = traces()
    with pytest.raises(NoLimit):
        approve(application, cast)
    assert traces() == before
    assert position_of(cast.member.pk, day=NOV_20) is None


def test_a_sub_limit_binds_its_product_only(cast: Cast) -> None:
    make_guarantee(cast.member, "C1", amount=20_000_000)
    by = admin(cast.underwriter)
    set_sub_limit(
        member_id=cast.member.pk, product=Product.objects.get(pk="C1"), amount=49_999_999, reason="결재 7", by=by,
        at=FRIDAY,
    )  # fmt: skip
    with pytest.raises(LimitExceeded) as refused:
        approve(in_review(cast, amount=30_000_000), cast)
    assert refused.value.message.startswith(
        "계약보증 개별한도가 1원 모자랍니다. 한도 49,999,999원 가운데 20,000,000원을"
    )
    assert approve(in_review(cast, amount=29_999_999), cast).state == "approved"
    assert approve(in_review(cast, product_code="H1", amount=30_000_000), cast)


def test_a_cut_grade_blocks_new_approvals_and_breaks_nothing_old(cast: Cast) -> None:
    MemberLimit.everything.filter(member=cast.member).update(shares=40, grade="AA")  # 72,000,000
    make_guarantee(cast.member, amount=40_000_000)
    promised = approved(cast, amount=30_000_000)
    waiting = in_review(cast, amount=1_000_000)
    change_limit(
        member_id=cast.member.pk, shares=40, grade="CCC", special_limit=0, post_pay_until=None,
        reason="신용평가 하락", by=admin(cast.underwriter), at=FRIDAY,
    )  # fmt: skip
    assert figures(cast.member) == (40_000_000, 30_000_000, 24_000_000 - 70_000_000)
    with pytest.raises(LimitExceeded):
        approve(waiting, cast)
    assert issue(promised, cast).state == "active"


def test_leaving_out_an_applications_own_reservation(cast: Cast) -> None:
    set_limit(cast.member, 30_000_000)
    application = approved(cast, amount=30_000_000)
    row = MemberLimit.everything.get(member=cast.member)
    asked = {"limit": row, "product": application.product, "amount": 30_000_000, "day": NOV_20}
    limits.require_available(**asked, leaving_out_application=application.pk)
    with pytest.raises(LimitExceeded):
        limits.require_available(**asked)


# ── Two at once ──


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_once_that_fit_only_singly_one_succeeds() -> None:
    cast = make_cast()
    set_limit(cast.member, 50_000_000)
    waiting = [in_review(cast, amount=30_000_000) for _ in range(2)]
    outcomes = at_once(*(lambda one=one: approve(one, cast) for one in waiting))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LimitExceeded", "NoneType"]
    assert figures(cast.member) == (0, 30_000_000, 20_000_000)


# ── What the figures rest on ──


def test_the_limit_and_how_it_comes_about(cast: Cast) -> None:
    MemberLimit.everything.filter(member=cast.member).update(shares=1_200, grade="AA", special_limit=40_000_000)
    found = position_of(cast.member.pk, day=NOV_20)
    assert found is not None
    assert (found.limit, found.shares, found.unit_limit, found.grade, found.grade_pct, found.special_limit) == (
        2_200_000_000, 1_200, 1_500_000, "AA", 120, 40_000_000,
    )  # fmt: skip


def test_a_policy_counts_from_its_day_once_a_second_person_has_checked_it(cast: Cast) -> None:
    january = date(2027, 1, 4)  # Mon
    maker, checker = make_user(Role.POLICY_ADMIN), make_user(Role.POLICY_ADMIN)
    row = LimitPolicy.objects.create(effective_from=january, unit_limit=2_000_000, made_by=maker)
    assert limit_policy_on(january).unit_limit == 1_500_000
    row.checked_by = checker
    row.save(update_fields=["checked_by"])
    days = (date(2027, 1, 3), january)
    assert [limit_policy_on(day).unit_limit for day in days] == [1_500_000, 2_000_000]
    assert [position_of(cast.member.pk, day=day).limit for day in days] == [15 * BILLION, 20 * BILLION]  # type: ignore[union-attr]


def test_what_each_product_takes(cast: Cast) -> None:
    make_guarantee(cast.member, "C1", amount=20_000_000)
    make_guarantee(cast.member, "C1", amount=1_000_000, state="expired")
    make_guarantee(cast.member, "D1", amount=3_000_000)
    approved(cast, amount=5_000_000)
    found = position_of(cast.member.pk, day=NOV_20)
    assert found is not None
    by_code = {one.product.pk: (one.used, one.reserved) for one in found.per_product}
    assert by_code == {"C1": (21_000_000, 5_000_000), "D1": (3_000_000, 0)}
    assert (found.used, found.reserved) == (24_000_000, 5_000_000)


def test_months_ahead(cast: Cast) -> None:
    make_guarantee(cast.member, "C1", amount=20_000_000, ends_on=date(2026, 11, 12), state="expired")
    make_guarantee(
        cast.member, "C1", amount=9_000_000, ends_on=date(2026, 11, 12), state="released", outstanding=0
    )
    make_guarantee(cast.member, "D1", amount=3_000_000, ends_on=date(2026, 11, 30), collateral=1_000_000)
    make_guarantee(cast.member, "A1", amount=7_000_000, ends_on=date(2026, 11, 30))
    make_guarantee(make_member(), "A1", amount=7_000_000, ends_on=date(2026, 11, 30))
    found = forecast(cast.member.pk, day=NOV_20, months=2)
    assert [(row.automatic, row.by_request, row.count) for row in (found.now, *found.months, found.later)] == [
        (0, 20_000_000, 1), (0, 7_000_000, 1), (2_000_000, 0, 1), (0, 0, 0),
    ]  # fmt: skip


def test_the_effect_of_an_application_before_its_decision(cast: Cast) -> None:
    set_limit(cast.member, 50_000_000)
    application = in_review(cast, amount=30_000_000)
    effect = effect_on(application, day=NOV_20)
    assert effect is not None
    assert (effect.needed, effect.after, effect.fits, effect.short) == (30_000_000, 20_000_000, True, 0)
    set_limit(cast.member, 10_000_000)
    effect = effect_on(application, day=NOV_20)
    assert effect is not None
    assert (effect.after, effect.fits, effect.short) == (-20_000_000, False, 20_000_000)
    application.state = "approved"
    assert effect_on(application, day=NOV_20) is None


# ── The database sums as the rule says ──


def many_members() -> list[Member]:
    """Members with every mixture of states, weights, collateral and reservations."""
    Product.objects.filter(pk="A1").update(limit_weight_bp=3_333)
    members = [make_member() for _ in range(3)]
    for serial, member in enumerate(members):
        MemberLimit.everything.filter(member=member).update(
            shares=20 + serial, grade=["AA", "CCC", "none"][serial]
        )
        for place, state in enumerate(("active", "expired", "active")):
            code, amount = ("C1", "A1", "D1")[place], 1_000_001 * (place + serial + 1)
            make_guarantee(member, code, amount=amount, state=state, collateral=777_777 * place)
    return members


def test_sql_and_rule_agree(db: None) -> None:
    members = many_members()
    for row in with_totals(MemberLimit.everything.filter(member__in=members), day=NOV_20):
        live = Guarantee.everything.filter(member=row.member).select_related("product")
        wanted = sum(
            consumption(one.outstanding, one.product.limit_weight_bp, collateral=one.collateral) for one in live
        )
        found = position_of(row.member_id, day=NOV_20)
        assert found is not None
        assert (row.used_won, row.reserved_won, row.limit_won) == (found.used, found.reserved, found.limit)
        assert (found.used, found.limit) == (wanted, row.shares * 1_500_000 * GRADE_PCT[row.grade] // 100)


@pytest.mark.parametrize(("taken", "is_listed"), [(90_000_000, False), (90_000_001, True), (100_000_001, True)])
def test_members_near_their_limit(cast: Cast, taken: int, is_listed: bool) -> None:
    set_limit(cast.member, 100_000_000)
    make_guarantee(cast.member, amount=taken)
    make_member()
    listed = near_the_limit(with_totals(MemberLimit.everything.all(), day=NOV_20))
    assert [row.member for row in listed] == ([cast.member] if is_listed else [])


def test_a_reservation_counts_towards_being_near(cast: Cast) -> None:
    set_limit(cast.member, 33_000_000)
    approved(cast, amount=30_000_000)
    assert near_the_limit(with_totals(MemberLimit.everything.all(), day=NOV_20)).count() == 1


def test_all_guarantees_together(cast: Cast) -> None:
    make_guarantee(cast.member, amount=50_000_000, collateral=20_000_000)
    make_guarantee(make_member(), amount=5_000_000, state="expired")
    make_guarantee(make_member(), amount=5_000_000, state="released", outstanding=0)
    assert all_outstanding() == 35_000_000
    assert ceiling_on(NOV_20) is None
    Capital.objects.create(effective_from=date(2026, 1, 1), amount=200 * BILLION)
    maker = make_user(Role.POLICY_ADMIN)
    Capital.objects.create(effective_from=date(2026, 2, 1), amount=300 * BILLION, made_by=maker)
    assert ceiling_on(NOV_20) == 7_000 * BILLION


def test_questions_to_the_database_do_not_grow_with_the_guarantees(cast: Cast) -> None:
    counts = []
    make_guarantee(cast.member)
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            position_of(cast.member.pk, day=NOV_20)
            forecast(cast.member.pk, day=NOV_20)
        counts.append(len(asked))
        for serial in range(10):
            make_guarantee(cast.member, ("C1", "D1")[serial % 2])
    assert counts == [6, 6]


# ── Changing the terms ──

TERMS: dict[str, Any] = {"shares": 10_000, "grade": "BBB", "special_limit": 0, "post_pay_until": None}


def change(cast: Cast, *, user: Any = None, reason: str = "정기 신용평가", **values: Any) -> MemberLimit:
    return change_limit(
        member_id=cast.member.pk, reason=reason, by=admin(user or cast.underwriter), at=FRIDAY, **TERMS | values
    )


def test_a_change_is_written_down_as_before_and_after(cast: Cast) -> None:
    row = change(cast, grade="A", special_limit=5_000_000, post_pay_until=date(2027, 6, 30), reason=" 결재 12 ")
    assert (row.grade, row.special_limit, row.post_pay_until, row.changed_at) == (
        "A", 5_000_000, date(2027, 6, 30), FRIDAY,
    )  # fmt: skip
    written = LimitChange.everything.get(member=cast.member)
    before = {"shares": 10_000, "grade": "BBB", "special_limit": 0, "post_pay_until": None}
    after = {**before, "grade": "A", "special_limit": 5_000_000, "post_pay_until": "2027-06-30"}
    assert (written.before, written.after, written.reason, written.by) == (
        before,
        after,
        "결재 12",
        cast.underwriter,
    )
    event = AuditEvent.everything.get(action="memberlimit.change")
    assert (event.member_id, event.detail) == (
        cast.member.pk, {"before": before, "after": after, "reason": "결재 12"},
    )  # fmt: skip


def test_the_first_change_opens_the_limit(cast: Cast) -> None:
    MemberLimit.everything.filter(member=cast.member).delete()
    change(cast, shares=10)
    assert figures(cast.member) == (0, 0, 15_000_000)
    assert LimitChange.everything.get().before == {}


@pytest.mark.parametrize(
    ("_case", "who", "values", "refusal"),
    [
        ("지점 담당", "officer", {"shares": 1}, NotAllowed),
        ("지점장", "head", {"shares": 1}, NotAllowed),
        ("조합원", "user", {"shares": 1}, NotAllowed),
        ("사유 없음", "underwriter", {"shares": 1, "reason": " "}, NoReason),
        ("그대로", "underwriter", {}, NothingChanges),
    ],
)
def test_refused_changes_leave_no_trace(
    cast: Cast, _case: str, who: str, values: dict[str, Any], refusal: type[Exception]
) -> None:
    before = (traces(), list(MemberLimit.everything.values_list()), LimitChange.everything.count())
    with pytest.raises(refusal):
        change(cast, user=getattr(cast, who), **values)
    assert (traces(), list(MemberLimit.everything.values_list()), LimitChange.everything.count()) == before


def test_a_sub_limit_is_set_changed_and_lifted(cast: Cast) -> None:
    product = Product.objects.get(pk="C1")
    given = {"member_id": cast.member.pk, "product": product, "by": admin(cast.underwriter), "at": FRIDAY}
    for amount in (50_000_000, 40_000_000, None):
        set_sub_limit(amount=amount, reason="결재", **given)
        found = position_of(cast.member.pk, day=NOV_20)
        assert found is not None
        assert found.of(product).sub_limit == amount
    with pytest.raises(NothingChanges):
        set_sub_limit(amount=None, reason="결재", **given)
    assert [(row.before, row.after) for row in LimitChange.everything.order_by("id")] == [
        ({"sub_limits": {"C1": None}}, {"sub_limits": {"C1": 50_000_000}}),
        ({"sub_limits": {"C1": 50_000_000}}, {"sub_limits": {"C1": 40_000_000}}),
        ({"sub_limits": {"C1": 40_000_000}}, {"sub_limits": {"C1": None}}),
    ]


# ── What the member is told at a release ──


@pytest.mark.parametrize(
    ("_case", "limit_won", "ending"),
    [
        ("남은 한도는 만원 아래를 버림", 123_459_999, "잔여한도 12,345만원"),
        ("모자라면 0", 0, "잔여한도 0만원"),
        ("한도가 없으면 물을 곳", None, "한도문의 "),
    ],
)
def test_the_text_of_a_release(cast: Cast, _case: str, limit_won: int | None, ending: str) -> None:
    guarantee = make_guarantee(cast.member, amount=50_000_000)
    if limit_won is None:
        MemberLimit.everything.filter(member=cast.member).delete()
        ending += cast.branch.phone
    else:
        set_limit(cast.member, limit_won)
        make_guarantee(cast.member, amount=1)  # another one stays
        MemberLimit.everything.filter(member=cast.member).update(special_limit=limit_won + (1 if limit_won else 0))
    release(guarantee, cast)
    text, letter = (Message.everything.get(purpose="released", channel=channel) for channel in ("sms", "email"))
    assert text.body.endswith(ending)
    told = {None: "남은 한도는 관할 지점에 문의해 주세요.", 0: "새로 보증받으실 수 없습니다."}
    assert told.get(limit_won, "남은 한도는 123,459,999원입니다.") in letter.body
