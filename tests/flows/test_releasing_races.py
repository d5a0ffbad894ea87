"""Two at once over one guarantee: one wins, the other reads a sentence, and nothing is released twice."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import time_machine

from guarantees.actions.bulk_releasing import finish_bulks, release_next, start_bulk
from guarantees.actions.release_requests import AlreadyAsked, ask_release, refuse_release, withdraw_release
from guarantees.actions.releasing import AlreadyReleased, RequestAnswered, release, release_partly
from guarantees.models import BulkRelease, Guarantee, GuaranteeRelease, ReleaseRequest
from portal.uploads.checking import check
from tests.factories import at, make_guarantee
from tests.flows.test_screening import at_once
from tests.stories import PDF, Cast, admin, make_cast, web

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
NOW = at("2026-11-20 10:00")
Step = Callable[[], object]


@pytest.fixture(autouse=True)
def _friday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def released(cast: Cast, guarantee: Guarantee, who: str = "officer", **fields: object) -> Step:
    given = {"ground": "confirmed", "note": "확인", "by": admin(getattr(cast, who)), "at": NOW, **fields}
    return lambda: release(guarantee_id=guarantee.pk, **given)  # type: ignore[arg-type]


def asking(cast: Cast, guarantee: Guarantee, ground: str = "confirmed") -> Step:
    papers = [check("a.pdf", PDF)]
    return lambda: ask_release(
        guarantee_id=guarantee.pk, party="member", ground=ground, papers=papers, by=web(cast.user), at=NOW
    )


def test_two_officers() -> None:
    cast = make_cast()
    guarantee = make_guarantee(cast.member)
    outcome = at_once(released(cast, guarantee), released(cast, guarantee, "colleague"))
    refused = [refusal for refusal in outcome if refusal is not None]
    assert [type(refusal) for refusal in refused] == [AlreadyReleased]
    assert str(refused[0]) in {
        f"이미 {name}님이 해제했습니다. 화면을 새로 고쳐 확인해 주세요." for name in ("박다솜", "최라온")
    }
    assert GuaranteeRelease.everything.count() == 1


def test_the_member_asks_while_the_officer_releases() -> None:
    """Either the request came first and is answered, or it finds the guarantee released."""
    cast = make_cast()
    guarantee = make_guarantee(cast.member)
    outcome = at_once(asking(cast, guarantee), released(cast, guarantee))
    assert outcome[1] is None
    states = list(ReleaseRequest.everything.values_list("state", flat=True))
    assert (type(outcome[0]), states) in [(type(None), ["done"]), (AlreadyReleased, [])]


def test_two_users_of_the_company_ask_on_different_grounds() -> None:
    cast = make_cast()
    guarantee = make_guarantee(cast.member)
    outcome = at_once(asking(cast, guarantee), asking(cast, guarantee, "proven"))
    assert sorted(type(refusal).__name__ for refusal in outcome) == [AlreadyAsked.__name__, "NoneType"]
    assert ReleaseRequest.everything.count() == 1


def test_withdrawn_while_refused() -> None:
    cast = make_cast()
    guarantee = make_guarantee(cast.member)
    request = asking(cast, guarantee)()
    assert isinstance(request, ReleaseRequest)
    outcome = at_once(
        lambda: withdraw_release(request_id=request.pk, by=web(cast.user), at=NOW),
        lambda: refuse_release(request_id=request.pk, reason="서류 부족", by=admin(cast.officer), at=NOW),
    )
    assert sorted(type(refusal).__name__ for refusal in outcome) == ["NoneType", RequestAnswered.__name__]


def test_two_parts_are_both_taken_off() -> None:
    cast = make_cast()
    guarantee = make_guarantee(cast.member)
    by = admin(cast.officer)

    def part() -> None:
        release_partly(
            guarantee_id=guarantee.pk, ground="confirmed", amount=20_000_000, note="확인", by=by, at=NOW
        )

    assert at_once(part, part) == [None, None]
    assert Guarantee.everything.get().outstanding == 10_000_000
    assert sorted(GuaranteeRelease.everything.values_list("outstanding_after", flat=True)) == [
        10_000_000, 30_000_000,
    ]  # fmt: skip


def test_bulk_workers_and_a_single_release_at_once() -> None:
    """Two workers and an officer over six guarantees: each is released once, each row has its answer."""
    cast = make_cast()
    guarantees = [make_guarantee(cast.member) for _n in range(6)]
    bulk = start_bulk(
        form_key=uuid4(), guarantee_ids=[row.pk for row in guarantees], ground="confirmed", note="확인",
        by=admin(cast.officer), at=NOW,
    )  # fmt: skip

    def work() -> None:
        while release_next(at=NOW):
            pass

    outcome = at_once(work, work, released(cast, guarantees[3], "colleague"))
    work()
    finish_bulks(at=NOW)
    assert GuaranteeRelease.everything.count() == 6
    answers = list(bulk.rows.values_list("state", flat=True))
    assert (answers.count("done"), answers.count("refused")) == ((6, 0) if outcome[2] else (5, 1))
    assert BulkRelease.objects.get().finished_at == NOW
