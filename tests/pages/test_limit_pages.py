"""한도현황 for the member, and limits on the desk (S23)."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from guarantees.models import Capital, LimitChange, LimitPolicy, MemberLimit, SubLimit
from guarantees.rules.forecast import Ending, forecast
from guarantees.views.limit_chart import BOTTOM, TOP, chart_of, round_step, short_won
from portal import clock
from portal.members.models import User
from portal.members.roles import Role
from tests.factories import make_guarantee, make_member, make_user
from tests.stories import BACKEND, Cast, approved, filled_draft, in_review, make_cast

pytestmark = pytest.mark.django_db
PAGE = "/guarantees/limit/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def set_limit(cast: Cast, won: int) -> MemberLimit:
    MemberLimit.everything.filter(member=cast.member).update(shares=0, special_limit=won)
    return MemberLimit.everything.get(member=cast.member)


def words_of(response: HttpResponse) -> str:
    """What is read on the page: no tags, spaces as one."""
    body = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    assert body is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body[0]))


# ── The member's page ──


def test_how_each_figure_comes_about(cast: Cast) -> None:
    MemberLimit.everything.filter(member=cast.member).update(shares=1_200, grade="AA", special_limit=40_000_000)
    make_guarantee(cast.member, amount=50_000_000)
    approved(cast, amount=30_000_000)
    words = words_of(browser(cast.user).get(PAGE))
    assert (
        "한도 2,200,000,000원 출자 1,200좌 × 1좌당 1,500,000원 × 신용등급 AA 120% + 특별한도 40,000,000원" in words
    )
    assert "사용 50,000,000원" in words
    assert "예약 30,000,000원" in words
    assert "남은 한도 2,120,000,000원" in words
    assert "계약보증 50,000,000원 30,000,000원 - -" in words


@pytest.mark.parametrize(
    ("_case", "limit", "says", "never"),
    [
        ("넉넉함", 100_000_000, "남은 한도 50,000,000원", "넘게 쓰고"),
        ("90% 넘음", 55_000_000, "한도를 90% 넘게 쓰고 있습니다", "보다"),
        ("모자람", 40_000_000, "쓴 금액이 한도보다 10,000,000원 많습니다", "90% 넘게"),
    ],
)
def test_what_the_member_is_warned_of(cast: Cast, _case: str, limit: int, says: str, never: str) -> None:
    set_limit(cast, limit)
    make_guarantee(cast.member, amount=50_000_000)
    words = words_of(browser(cast.user).get(PAGE))
    assert says in words
    assert never not in words


def test_a_member_without_a_limit_is_told_whom_to_ask(cast: Cast) -> None:
    MemberLimit.everything.filter(member=cast.member).delete()
    assert "보증한도가 아직 등록되지 않았습니다" in words_of(browser(cast.user).get(PAGE))
    assert "limit" not in browser(cast.user).get("/").content.decode().partition("<main")[2]


@pytest.mark.parametrize(
    ("_case", "amount", "says"),
    [
        ("들어감", "30,000,000", "보증 후 남는 한도 20,000,000원"),
        ("모자람", "60,000,000", "지금은 한도가 10,000,000원 모자랍니다"),
        ("금액이 아님", "많이", "금액은 숫자로만 적어 주세요"),
    ],
)
def test_trying_one_more_guarantee(cast: Cast, _case: str, amount: str, says: str) -> None:
    set_limit(cast, 50_000_000)
    words = words_of(browser(cast.user).get(PAGE, {"product": "C1", "amount": amount}))
    assert says in words


def test_a_trial_knows_the_sub_limit(cast: Cast) -> None:
    SubLimit.everything.create(member=cast.member, product_id="C1", amount=20_000_000)
    words = words_of(browser(cast.user).get(PAGE, {"product": "C1", "amount": "25,000,000"}))
    assert "계약보증 개별한도 -5,000,000원" in words
    assert "지금은 한도가 5,000,000원 모자랍니다" in words


def test_months_ahead_as_drawing_and_as_table(cast: Cast) -> None:
    today = clock.today()
    make_guarantee(cast.member, "C1", amount=20_000_000, ends_on=today - timedelta(days=8), state="expired")
    make_guarantee(cast.member, "D1", amount=3_000_000, ends_on=today + timedelta(days=70))
    make_guarantee(cast.member, "A1", amount=7_000_000, ends_on=today + timedelta(days=900))
    page = browser(cast.user).get(PAGE)
    words = words_of(page)
    assert "지금 해제할 수 있음 1건 0원 20,000,000원 20,000,000원" in words
    freed = today + timedelta(days=71)
    assert f"{freed.year}년 {freed.month}월 1건 3,000,000원 0원 3,000,000원" in words
    assert "그 뒤 1건 0원 7,000,000원 7,000,000원" in words
    markup = page.content.decode()
    assert '<svg viewBox="0 0 720 232" role="img" aria-labelledby="chart-title chart-desc">' in markup
    assert markup.count('<rect class="automatic" x=') == 1
    assert f'href="{reverse("guarantees:releasable")}">풀 수 있는 보증 보기' in markup
    assert "style=" not in markup


def test_nothing_ahead_draws_nothing(cast: Cast) -> None:
    page = browser(cast.user).get(PAGE).content.decode()
    assert "limit-chart" not in page.partition("<main")[2]
    assert "한도를 쓰고 있는 보증이 없습니다." in page


def test_the_front_page_has_the_gauge(cast: Cast) -> None:
    set_limit(cast, 100_000_000)
    make_guarantee(cast.member, amount=25_000_000)
    words = words_of(browser(cast.user).get("/"))
    assert "남은 한도 75,000,000원 25% 사용" in words


def test_the_steps_of_an_application_show_what_it_would_leave(cast: Cast) -> None:
    set_limit(cast, 50_000_000)
    draft = filled_draft(cast, amount=30_000_000)
    for step, left in (
        ("edit_terms", "보증 후 한도 20,000,000원 남습니다"),
        ("edit_confirm", "보증 후 남는 한도 20,000,000원"),
    ):
        words = words_of(browser(cast.user).get(reverse(f"guarantees:{step}", args=[draft.public_id])))
        assert left in words, step


def test_the_officer_sees_before_approving_that_it_does_not_fit(cast: Cast) -> None:
    application = in_review(cast, amount=30_000_000)
    set_limit(cast, 10_000_000)
    url = reverse("admin:guarantees_application_change", args=[application.pk])
    assert (
        "한도가 20,000,000원 모자라 지금은 승인할 수 없습니다." in browser(cast.officer).get(url).content.decode()
    )
    url = reverse("admin:guarantees_application_do", args=[application.pk, "approve"])
    answer = browser(cast.officer).post(url, {"collateral": "", "collateral_note": ""})
    application.refresh_from_db()
    assert (answer.status_code, application.state) == (409, "in_review")
    assert "보증한도가 20,000,000원 모자랍니다." in answer.content.decode()


# ── The drawing ──


@pytest.mark.parametrize(
    ("highest", "step"),
    [(1, 1), (4, 1), (5, 2), (20, 5), (21, 10), (80_000_000, 20_000_000), (81_000_000, 50_000_000)],
)
def test_the_steps_of_the_scale(highest: int, step: int) -> None:
    assert round_step(highest) == step


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (9_999, "9,999"), (5_000_000, "500만"), (250_000_000, "2.5억"), (3_000_000_000, "30억"),
     (1_234_500_000_000, "12,345억")],
)  # fmt: skip
def test_amounts_at_the_scale(amount: int, text: str) -> None:
    assert short_won(amount) == text


def test_bars_stand_on_the_line_and_in_their_order() -> None:
    today = date(2026, 11, 20)  # Fri
    endings = [Ending(date(2026, 12, 1), True, 20_000_000), Ending(date(2026, 12, 1), False, 60_000_000)]
    chart = chart_of(forecast(endings, today=today, months=3))
    assert chart is not None
    assert [bar.label for bar in chart.bars] == ["26.11월", "12월", "27.1월"]
    empty, full, _none = chart.bars
    assert (empty.automatic_height, empty.by_request_height) == (0, 0)
    assert full.automatic_y + full.automatic_height == BOTTOM
    assert full.by_request_y + full.by_request_height == full.automatic_y
    assert full.by_request_y == TOP  # 80,000,000 is the top of four steps of 20,000,000
    assert [line.label for line in chart.lines] == ["0", "2,000만", "4,000만", "6,000만", "8,000만"]
    assert chart_of(forecast([], today=today, months=3)) is None


# ── The desk ──


def works(user: User) -> dict[str, Any]:
    return {work.label: work for work in browser(user).get(reverse("admin:index")).context["works"]}


def test_the_cooperative_against_its_ceiling(cast: Cast) -> None:
    policy = make_user(Role.POLICY_ADMIN)
    assert works(cast.underwriter)["조합 자본 미등록"].is_urgent
    Capital.objects.create(effective_from=date(2026, 1, 1), amount=2_000_000)
    make_guarantee(cast.member, amount=63_000_000, collateral=0)
    for user in (cast.underwriter, policy, make_user(Role.AUDITOR)):
        gauge = works(user)["조합 전체 보증 잔액"]
        assert (gauge.count, gauge.ceiling, gauge.is_urgent) == (63_000_000, 70_000_000, False)
    assert "90% 사용" in browser(policy).get(reverse("admin:index")).content.decode()
    make_guarantee(make_member(), amount=1)
    assert works(policy)["조합 전체 보증 잔액"].is_urgent
    assert "조합 전체 보증 잔액" not in works(cast.head)


def test_members_near_their_limit_are_on_the_list_of_their_branch(cast: Cast) -> None:
    set_limit(cast, 50_000_000)
    make_guarantee(cast.member, amount=60_000_000)
    far = make_cast()
    work = works(cast.officer)["한도를 90% 넘게 쓴 조합원"]
    page = browser(cast.officer).get(work.url).content.decode()
    assert work.count == 1
    assert cast.member.name in page
    assert "-10,000,000원" in page
    assert "한도 넘음" in page
    assert works(far.officer)["한도를 90% 넘게 쓴 조합원"].count == 0
    assert works(cast.underwriter)["한도를 90% 넘게 쓴 조합원"].count == 1


def change_url(row: MemberLimit) -> str:
    return reverse("admin:guarantees_memberlimit_do", args=[row.pk, "change"])


GIVEN = {"shares": "20", "grade": "BBB", "special_limit": "", "post_pay_until": "", "reason": "정기 평가"}


def test_a_change_is_shown_before_it_is_made(cast: Cast) -> None:
    row, hq = MemberLimit.everything.get(member=cast.member), browser(cast.underwriter)
    make_guarantee(cast.member, amount=40_000_000)
    asked = hq.get(change_url(row)).content.decode()
    assert 'name="shares" value="10000"' in asked
    shown = hq.post(change_url(row), GIVEN)
    page = shown.content.decode()
    assert "10,000좌 → 20좌" in page
    assert "15,000,000,000원 → 30,000,000원" in page
    assert "14,960,000,000원 → -10,000,000원" in page
    assert "새 승인이 막힙니다" in page
    assert not LimitChange.everything.exists()
    seen = shown.context["form"]["seen"].value()
    done = hq.post(change_url(row), {**GIVEN, "seen": seen}, follow=True)
    assert "한도를 변경했습니다." in done.content.decode()
    assert "출자좌수 10,000좌 → 20좌" in done.content.decode()
    assert LimitChange.everything.get().by == cast.underwriter


def test_a_change_made_meanwhile_is_shown_again(cast: Cast) -> None:
    row, hq = MemberLimit.everything.get(member=cast.member), browser(cast.underwriter)
    seen = hq.post(change_url(row), GIVEN).context["form"]["seen"].value()
    MemberLimit.everything.filter(pk=row.pk).update(shares=30)
    again = hq.post(change_url(row), {**GIVEN, "seen": seen})
    assert "30좌 → 20좌" in again.content.decode()
    assert not LimitChange.everything.exists()


def test_a_sub_limit_is_set_on_the_page_of_the_limit(cast: Cast) -> None:
    row = MemberLimit.everything.get(member=cast.member)
    url = reverse("admin:guarantees_memberlimit_do", args=[row.pk, "sub_limit"])
    given = {"product": "A1", "amount": "70,000,000", "reason": "결재 3"}
    page = browser(cast.underwriter).post(url, given, follow=True).content.decode()
    assert "A1 개별한도 - → 70,000,000원" in page
    assert SubLimit.everything.get().amount == 70_000_000


def test_the_first_limit_of_a_member(cast: Cast) -> None:
    MemberLimit.everything.filter(member=cast.member).delete()
    assert works(cast.underwriter)["한도 미등록 조합원"].count == 1
    hq, url = browser(cast.underwriter), reverse("admin:guarantees_memberlimit_add")
    offered = hq.get(url).context["adminform"].form.fields["member"].queryset
    assert list(offered) == [cast.member]
    answers = {"member": cast.member.pk, "shares": 100, "grade": "A", "special_limit": 0, "reason": ""}
    hq.post(url, answers)
    assert not MemberLimit.everything.filter(member=cast.member).exists()
    hq.post(url, {**answers, "reason": "신규 출자"})
    row = MemberLimit.everything.get(member=cast.member)
    assert (row.shares, row.grade) == (100, "A")
    assert LimitChange.everything.get().reason == "신규 출자"


def test_a_limit_policy_is_made_by_one_and_checked_by_another() -> None:
    maker, checker = make_user(Role.POLICY_ADMIN), make_user(Role.POLICY_ADMIN)
    grades = {f"pct_{grade}": 90 for grade in ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "none")}
    answers = {"effective_from": "2099-01-05", "unit_limit": 2_000_000, "approval_number": "인가 3", **grades}
    url = reverse("admin:guarantees_limitpolicy_add")
    assert 'name="pct_AA" value="120"' in browser(maker).get(url).content.decode()
    assert browser(maker).post(url, {**answers, "pct_B": ""}).status_code == 200
    browser(maker).post(url, answers | {"pct_B": 55})
    row = LimitPolicy.objects.get(effective_from=date(2099, 1, 5))
    assert (row.made_by, row.checked_by, row.grade_pct["B"], row.grade_pct["AAA"]) == (maker, None, 55, 90)
    check = reverse("admin:guarantees_limitpolicy_do", args=[row.pk, "check"])
    assert browser(maker).post(check).status_code == 409
    assert "B 55%" in browser(checker).post(check, follow=True).content.decode()
    row.refresh_from_db()
    assert row.checked_by == checker


def test_capital_is_made_by_one_and_checked_by_another() -> None:
    maker, checker = make_user(Role.POLICY_ADMIN), make_user(Role.POLICY_ADMIN)
    answers = {"effective_from": "2099-01-05", "amount": 300_000_000_000, "approval_number": "결산"}
    browser(maker).post(reverse("admin:guarantees_capital_add"), answers)
    row = Capital.objects.get()
    browser(checker).post(reverse("admin:guarantees_capital_do", args=[row.pk, "check"]))
    row.refresh_from_db()
    assert (row.made_by, row.checked_by) == (maker, checker)
