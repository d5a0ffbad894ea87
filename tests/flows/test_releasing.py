"""Asking for a release, the officer's answer, parts of it, what comes back, and what ends by itself (S23, S24)."""

from collections.abc import Iterator
from datetime import date

import pgtrigger
import pytest
import time_machine
from django.urls import reverse

from guarantees import tasks
from guarantees.actions import release_requests, releasing
from guarantees.actions.release_requests import AlreadyAsked, NotProven, ask_release
from guarantees.actions.releasing import release, release_partly
from guarantees.actions.rows import NotAllowed, NotFound, NotNow, OpenClaim
from guarantees.models import (
    Claim,
    Guarantee,
    GuaranteeRelease,
    MemberLimit,
    Payment,
    Refund,
    ReleasePaper,
    ReleaseRequest,
    ScreeningPolicy,
)
from guarantees.releases import due_automatically
from portal.access import Actor, Reach, Scope
from portal.audit.models import AuditEvent
from portal.particles import as_object
from portal.refusals import Refusal
from portal.uploads.checking import Upload, check
from sms.models import Message
from tests import stories
from tests.factories import at, make_branch, make_guarantee, make_user
from tests.flows.test_desk import desk, do, said, text_of
from tests.stories import PDF, Cast, admin, make_cast, web

pytestmark = pytest.mark.django_db
NOW = at("2026-11-20 10:00")  # Friday
TODAY = date(2026, 11, 20)
SYSTEM = Actor.system("release_ended")


@pytest.fixture(autouse=True)
def _friday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast(sms_name="미르누리설비")


def paper(name: str = "이행완료확인서.pdf") -> Upload:
    return check(name, PDF)


def asked(cast: Cast, guarantee: Guarantee, **fields: object) -> ReleaseRequest:
    given = {
        "party": "member",
        "ground": "confirmed",
        "papers": (paper(),),
        "by": web(cast.user),
        "at": NOW,
        **fields,
    }
    return ask_release(guarantee_id=guarantee.pk, **given)  # type: ignore[arg-type]


def claim_on(guarantee: Guarantee, by: Cast) -> Claim:
    return Claim.everything.create(
        guarantee=guarantee, claimant="가상시청", amount=1_000_000, received_on=TODAY, facts="-", entered_at=NOW,
        entered_by=by.underwriter,
    )  # fmt: skip


def traces() -> dict[str, object]:
    return stories.traces() | {
        "requests": list(ReleaseRequest.everything.order_by("id").values_list()),
        "releases": GuaranteeRelease.everything.count(),
        "papers": ReleasePaper.everything.count(),
        "refunds": Refund.everything.count(),
    }


# ── Asking ──


def test_from_the_request_to_the_release(cast: Cast) -> None:
    """The member asks with a paper, the officer sees it and releases, the member is told, the limit is free."""
    guarantee = make_guarantee(cast.member, state="expired", ends_on=date(2026, 11, 1))
    request = asked(cast, guarantee, note="11. 19. 준공검사")
    assert (request.state, request.party, request.papers.count()) == ("open", "member", 1)
    assert Guarantee.everything.get().state == "expired"

    page = text_of(do(cast.officer, request, "grant", note=""))
    assert "이행완료확인서" not in page  # the question shows the number of papers; the row's own page the files
    assert "1건" in page
    done = do(cast.officer, request, "grant", note="준공검사 조서 확인")
    assert said(done) == [f"보증 {as_object(guarantee.number)} 해제했습니다. 보증한도가 회복됩니다."]
    guarantee.refresh_from_db()
    request.refresh_from_db()
    assert (guarantee.state, guarantee.outstanding) == ("released", 0)
    assert (request.state, request.closed_by, request.closed_at) == ("done", cast.officer, NOW)
    row = GuaranteeRelease.everything.get()
    assert (row.request, row.ground, row.amount, row.outstanding_after, row.by) == (
        request, "confirmed", 50_000_000, 0, cast.officer,
    )  # fmt: skip
    told = Message.everything.filter(purpose="released").values_list("channel", "to")
    assert set(told) == {
        ("sms", cast.member.representative_mobile), ("email", cast.member.representative_email),
    }  # fmt: skip


def test_sent_twice_it_is_asked_once(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    first = asked(cast, guarantee)
    before = traces()
    assert asked(cast, guarantee).pk == first.pk
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "fields", "refusal"),
    [
        ("서류 없음", {"papers": ()}, NotProven),
        ("쓸 수 없는 사유", {"ground": "settled"}, NotProven),
        ("후속 보증 없음", {"ground": "follow_up"}, NotProven),
        ("잔액과 같은 일부", {"amount": 50_000_000}, NotProven),
        ("서류 열한 개", {"papers": tuple(paper() for _n in range(11))}, release_requests.TooManyPapers),
    ],
)
def test_requests_refused(cast: Cast, _case: str, fields: dict[str, object], refusal: type[Refusal]) -> None:
    guarantee = make_guarantee(cast.member)
    before = traces()
    with pytest.raises(refusal):
        asked(cast, guarantee, **fields)
    assert traces() == before


def test_who_may_not_ask(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    stranger, before = make_cast(), traces()
    with pytest.raises(NotFound):
        asked(cast, guarantee, by=web(stranger.user))
    with pytest.raises(NotAllowed):
        asked(cast, guarantee, by=admin(cast.officer))
    assert traces() == before


@pytest.mark.parametrize(
    ("_case", "fields", "refusal"),
    [
        ("해제된 보증", {"state": "released", "outstanding": 0, "released_at": NOW}, releasing.AlreadyReleased),
        ("취소된 보증", {"state": "cancelled", "outstanding": 0, "cancelled_at": NOW}, NotNow),
    ],
)
def test_nothing_to_ask_for(cast: Cast, _case: str, fields: dict[str, object], refusal: type[Refusal]) -> None:
    guarantee = make_guarantee(cast.member, **fields)
    for party, by in (("member", web(cast.user)), ("system", Actor.system("propose"))):
        with pytest.raises(refusal):
            asked(cast, guarantee, party=party, by=by)
    assert not ReleaseRequest.everything.exists()


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        ("system", "member", True), ("system", "beneficiary", True), ("member", "beneficiary", True),
        ("member", "system", False), ("beneficiary", "member", False), ("beneficiary", "system", False),
    ],
)  # fmt: skip
def test_whose_request_stands(cast: Cast, first: str, second: str, wins: bool) -> None:
    """One waits at a time: the beneficiary's word above the member's, the member's above a proposal."""
    guarantee = make_guarantee(cast.member)
    actors = {
        "member": web(cast.user),
        "system": Actor.system("propose"),
        "beneficiary": Actor(None, "가상시청", "web", None, Scope(Reach.EVERYTHING), frozenset()),
    }
    earlier = asked(cast, guarantee, party=first, by=actors[first])
    if wins:
        later = asked(cast, guarantee, party=second, by=actors[second], ground="proven")
        earlier.refresh_from_db()
        assert (earlier.state, later.state) == ("withdrawn", "open")
    else:
        with pytest.raises(AlreadyAsked):
            asked(cast, guarantee, party=second, by=actors[second], ground="proven")
        earlier.refresh_from_db()
        assert earlier.state == "open"


def test_the_beneficiarys_word_needs_no_paper(cast: Cast) -> None:
    by = Actor(None, "가상시청", "web", None, Scope(Reach.EVERYTHING), frozenset())
    request = asked(cast, make_guarantee(cast.member), party="beneficiary", papers=(), by=by)
    assert (request.asked_by, request.state) == (None, "open")


def test_the_same_paper_is_stored_once(cast: Cast) -> None:
    first, second = (asked(cast, make_guarantee(cast.member)) for _n in range(2))
    assert first.papers.get().file.name == second.papers.get().file.name
    with first.papers.get().file.open("rb") as stored:
        assert stored.read() == PDF


# ── Taking back and saying no ──


def test_a_request_taken_back(cast: Cast) -> None:
    request = asked(cast, make_guarantee(cast.member))
    for _again in range(2):
        release_requests.withdraw_release(request_id=request.pk, by=web(cast.user), at=NOW)
    request.refresh_from_db()
    assert (request.state, request.closed_by) == ("withdrawn", cast.user)
    assert AuditEvent.everything.filter(action="guarantee.withdraw_release").count() == 1
    assert "이미 ‘취하’" in text_of(do(cast.officer, request, "grant", note="확인"))
    assert Guarantee.everything.get().state == "active"


def test_a_refused_request_tells_the_member_why(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    request = asked(cast, guarantee)
    assert "필수" in text_of(do(cast.officer, request, "refuse", reason=""))
    do(cast.officer, request, "refuse", reason="확인서에 직인이 없습니다. 직인을 받아 다시 올려 주세요.")
    request.refresh_from_db()
    assert (request.state, request.closed_by) == ("refused", cast.officer)
    letter = Message.everything.get()
    assert (letter.channel, letter.to) == ("email", cast.member.representative_email)
    assert "확인서에 직인이 없습니다. 직인을 받아 다시 올려 주세요." in letter.body
    assert asked(cast, guarantee).state == "open"  # he may ask again


def test_an_answered_request_is_not_answered_again(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    request = asked(cast, guarantee)
    release_requests.withdraw_release(request_id=request.pk, by=web(cast.user), at=NOW)
    before = traces()
    with pytest.raises(releasing.RequestAnswered, match="‘취하’"):
        release_requests.refuse_release(request_id=request.pk, reason="-", by=admin(cast.officer), at=NOW)
    with pytest.raises(releasing.RequestAnswered, match="‘취하’"):
        release(
            guarantee_id=guarantee.pk, ground="confirmed", note="-", request_id=request.pk, by=admin(cast.officer),
            at=NOW,
        )  # fmt: skip
    with pytest.raises(NotFound):
        release_requests.refuse_release(request_id=request.pk, reason="-", by=admin(make_cast().officer), at=NOW)
    assert traces()["requests"] == before["requests"]
    assert traces()["releases"] == 0


# ── Releasing ──


def test_a_claim_stops_everything(cast: Cast) -> None:
    """Until it is answered: the member's request, the officer's release, a part of it, and the night's run."""
    guarantee = make_guarantee(cast.member, "B1", state="expired", ends_on=date(2026, 11, 1))
    claim = claim_on(guarantee, cast)
    before, officer = traces(), admin(cast.officer)
    which = {"guarantee_id": guarantee.pk, "ground": "confirmed", "note": "확인", "by": officer, "at": NOW}
    for step in (
        lambda: asked(cast, guarantee),
        lambda: release(**which),  # type: ignore[arg-type]
        lambda: release_partly(amount=1, **which),  # type: ignore[arg-type]
    ):
        with pytest.raises(OpenClaim):
            step()
    assert releasing.release_ended(today=TODAY, by=SYSTEM, at=NOW) == 0
    assert traces() == before

    Claim.everything.filter(pk=claim.pk).update(state="denied", closed_at=NOW)
    assert releasing.release_ended(today=TODAY, by=SYSTEM, at=NOW) == 1


def test_the_settlement_of_an_advance_in_parts(cast: Cast) -> None:
    """60,000,000 won advanced: 20,000,000 settled, then 15,000,000 more, then the rest released."""
    guarantee = make_guarantee(cast.member, "A1", amount=60_000_000)
    do(cast.officer, guarantee, "release_partly", ground="settled", amount="20,000,000", note="1차 기성 정산")
    guarantee.refresh_from_db()
    assert (guarantee.state, guarantee.outstanding) == ("active", 40_000_000)
    request = asked(cast, guarantee, ground="settled", amount=15_000_000)
    do(cast.officer, request, "grant_part", note="2차 기성 정산")
    request.refresh_from_db()
    guarantee.refresh_from_db()
    assert (request.state, guarantee.outstanding) == ("done", 25_000_000)
    do(cast.officer, guarantee, "release", ground="settled", note="정산 완료")
    rows = GuaranteeRelease.everything.values_list("amount", "outstanding_after", "ground")
    assert list(rows) == [
        (20_000_000, 40_000_000, "settled"), (15_000_000, 25_000_000, "settled"), (25_000_000, 0, "settled"),
    ]  # fmt: skip
    letters = Message.everything.filter(key__startswith="released_partly", channel="email").order_by("id")
    assert ["20,000,000원이 해제" in letter.body for letter in letters] == [True, False]
    assert "남은 보증잔액: 25,000,000원" in letters[1].body


@pytest.mark.parametrize("amount", ["50,000,000", "60,000,000"])
def test_all_of_it_is_no_part(cast: Cast, amount: str) -> None:
    guarantee = make_guarantee(cast.member)
    before = traces()
    response = do(cast.officer, guarantee, "release_partly", ground="confirmed", amount=amount, note="확인")
    assert response.status_code == 409
    assert "보증잔액 50,000,000원보다 작아야 합니다" in text_of(response)
    assert traces() == before


def test_a_part_leaves_a_request_for_all_waiting(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    request = asked(cast, guarantee)
    do(cast.officer, guarantee, "release_partly", ground="confirmed", amount="1", note="확인")
    request.refresh_from_db()
    assert request.state == "open"
    do(cast.officer, guarantee, "release", ground="confirmed", note="확인")
    request.refresh_from_db()
    assert request.state == "done"


def test_paid_out_in_full_it_is_released_whole(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    Guarantee.everything.update(outstanding=0)
    with pytest.raises(releasing.NoPart):
        release_partly(
            guarantee_id=guarantee.pk, ground="confirmed", amount=1, note="-", by=admin(cast.officer), at=NOW
        )
    release(guarantee_id=guarantee.pk, ground="extinguished", note="청구 지급", by=admin(cast.officer), at=NOW)
    assert GuaranteeRelease.everything.get().amount == 0


def test_a_ground_of_another_product_is_refused(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    before = traces()
    response = do(cast.officer, guarantee, "release", ground="settled", note="정산")
    assert "이 보증 종류에는 쓸 수 없는 해제 사유입니다" in text_of(response)
    assert traces() == before


def test_a_member_without_a_limit_row_is_released_all_the_same(cast: Cast) -> None:
    guarantee = make_guarantee(cast.member)
    MemberLimit.everything.all().delete()
    release(guarantee_id=guarantee.pk, ground="confirmed", note="확인", by=admin(cast.officer), at=NOW)
    assert Guarantee.everything.get().state == "released"


# ── What comes back of the fee ──


@pytest.mark.parametrize(
    ("_case", "pro_rata", "state", "refund"),
    [
        ("환급하지 않는 기준", False, "active", 0),
        ("남은 91일", True, "active", 179_500),
        ("기간이 끝난 뒤", True, "expired", 0),
    ],
)
def test_an_early_release_gives_back_what_the_terms_say(
    cast: Cast, _case: str, pro_rata: bool, state: str, refund: int
) -> None:
    """418,190 won for 2026-12-01 to 2027-06-30; released on 2027-03-31 (DOMAIN §2.4)."""
    guarantee, released_at = paid_guarantee(cast, state), at("2027-03-31 10:00")
    ScreeningPolicy.objects.update(refunds_pro_rata=pro_rata)
    release(guarantee_id=guarantee.pk, ground="confirmed", note="확인", by=admin(cast.officer), at=released_at)
    found = [(row.ground, row.amount, row.payment.amount) for row in Refund.everything.all()]
    assert found == ([("released", refund, 418_190)] if refund else [])


def paid_guarantee(cast: Cast, state: str) -> Guarantee:
    guarantee = make_guarantee(
        cast.member, state=state, starts_on=date(2026, 12, 1), ends_on=date(2027, 6, 30), amount=120_000_000
    )
    guarantee.application = stories.filled_draft(cast)
    with pgtrigger.ignore("guarantees.Guarantee:written_once"):
        guarantee.save(update_fields=["application"])
    Payment.everything.create(
        member=cast.member, application=guarantee.application, method="counter", state="paid", amount=418_190,
        order_id="order-1", asked_at=NOW, paid_at=NOW, closed_at=NOW,
    )  # fmt: skip
    return guarantee


# ── What releases itself ──


@pytest.mark.parametrize(
    ("_case", "code", "ends_on", "state", "then"),
    [
        ("어제 끝난 입찰", "B1", date(2026, 11, 19), "expired", "released"),
        ("어제 끝났으나 종료 처리 전", "B1", date(2026, 11, 19), "active", "released"),
        ("오늘 끝나는 입찰", "B1", date(2026, 11, 20), "active", "active"),
        ("하도급입찰", "B2", date(2026, 11, 19), "expired", "released"),
        ("하자보수", "D1", date(2026, 11, 1), "expired", "released"),
        ("계약은 스스로 풀리지 않음", "C1", date(2026, 11, 1), "expired", "expired"),
    ],
)
def test_the_night_after_the_end(cast: Cast, _case: str, code: str, ends_on: date, state: str, then: str) -> None:
    make_guarantee(cast.member, code, ends_on=ends_on, state=state)
    for _night in range(2):
        tasks.release_ended()
    guarantee = Guarantee.everything.get()
    assert guarantee.state == then
    rows = list(GuaranteeRelease.everything.values_list("ground", "by"))
    assert rows == ([("ended", None)] if then == "released" else [])
    assert AuditEvent.everything.filter(action="guarantee.release").count() == len(rows)
    if rows:
        assert guarantee.release_reason == "보증기간 종료(자동 해제)"


@pytest.mark.parametrize(("code", "channels"), [("B1", ["sms"]), ("D1", ["email", "sms"])])
def test_who_is_told_of_what_released_itself(cast: Cast, code: str, channels: list[str]) -> None:
    make_guarantee(cast.member, code, ends_on=date(2026, 11, 19), state="expired")
    tasks.release_ended()
    assert sorted(Message.everything.values_list("channel", flat=True)) == channels


def test_a_missed_night_is_made_up_for_and_one_failure_stops_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releasing, "CHUNK", 2)
    for day in range(1, 6):
        make_guarantee(cast.member, "B1", ends_on=date(2026, 11, day), state="expired")
    claim_on(Guarantee.everything.earliest("id"), cast)
    assert releasing.release_ended(today=TODAY, by=SYSTEM, at=NOW) == 4
    assert due_automatically(TODAY).count() == 0
    assert Guarantee.everything.filter(state="released").count() == 4


# ── The desk ──


def test_requests_of_another_branch_do_not_exist(cast: Cast) -> None:
    request = asked(cast, make_guarantee(cast.member))
    elsewhere = make_user(*cast.officer.roles, branch=make_branch())
    from_elsewhere = do(elsewhere, request, "grant", note="확인")
    assert from_elsewhere.status_code == 404
    request.refresh_from_db()
    assert request.state == "open"


def test_the_front_page_counts_open_requests(cast: Cast) -> None:
    asked(cast, make_guarantee(cast.member))
    works = desk(cast.officer).get(reverse("admin:index")).context["works"]
    assert [(work.label, work.count) for work in works if work.label.startswith("해제")] == [("해제 요청 확인", 1)]
