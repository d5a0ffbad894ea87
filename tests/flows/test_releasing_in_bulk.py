"""일괄 해제: chosen on the desk, worked off one by one in the background, twice nothing (S23)."""

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guarantees import tasks
from guarantees.actions import bulk_releasing
from guarantees.actions.bulk_releasing import NothingToRelease, TooManyAtOnce, release_next, start_bulk
from guarantees.actions.release_requests import ask_release
from guarantees.actions.releasing import NoReleaseReason, release
from guarantees.actions.rows import NotAllowed
from guarantees.models import BulkRelease, BulkReleaseRow, Guarantee, GuaranteeRelease
from portal.audit.models import AuditEvent
from portal.refusals import Refusal
from portal.uploads.checking import check
from tests.factories import at, make_branch, make_guarantee, make_member
from tests.flows.test_desk import desk, text_of
from tests.stories import PDF, Cast, admin, make_cast, traces, web

pytestmark = pytest.mark.django_db
NOW = at("2026-11-20 10:00")  # Friday


@pytest.fixture(autouse=True)
def _friday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def started(cast: Cast, guarantees: list[Guarantee], **fields: object) -> BulkRelease:
    given = {
        "form_key": uuid4(), "ground": "confirmed", "note": "준공검사 조서", "by": admin(cast.officer), "at": NOW,
        **fields,
    }  # fmt: skip
    return start_bulk(guarantee_ids=[row.pk for row in guarantees], **given)  # type: ignore[arg-type]


def results(bulk: BulkRelease) -> list[tuple[str, str]]:
    return list(bulk.rows.order_by("id").values_list("state", "message"))


def post(cast: Cast, model: str, action: str, rows: list[int]) -> object:
    address = reverse(f"admin:guarantees_{model}_changelist")
    return desk(cast.officer).post(address, {"action": action, "_selected_action": rows})


def test_from_the_list_through_the_question_to_the_result(cast: Cast) -> None:
    guarantees = [make_guarantee(cast.member, state="expired", ends_on=date(2026, 11, day)) for day in (1, 2, 3)]
    gone = make_guarantee(cast.member, state="released", outstanding=0, released_at=NOW)
    asked = post(cast, "guarantee", "release_in_bulk", [row.pk for row in (*guarantees, gone)])
    body = text_of(asked)
    assert "보증 3건을 한꺼번에 해제합니다" in body
    assert "150,000,000원" in body
    assert "고른 1건은 이미 끝났거나 볼 수 없어 뺐습니다." in body
    assert not BulkRelease.objects.exists()

    form = {
        "form_key": str(uuid4()), "guarantee": [row.pk for row in guarantees], "ground": "confirmed",
        "note": "준공검사 조서",
    }  # fmt: skip
    start = reverse("admin:guarantees_bulkrelease_start")
    assert "필수" in text_of(desk(cast.officer).post(start, {**form, "note": ""}))
    for _pressed_twice in range(2):
        response = desk(cast.officer).post(start, form, follow=True)
    assert str(BulkRelease.objects.get()) == f"2026-11-20 10:00 {cast.officer}"
    body = text_of(response)
    assert '<meta http-equiv="refresh" content="3">' in body
    assert "0/3건 처리" in body

    tasks.release_in_bulk()
    body = text_of(desk(cast.officer).get(response.redirect_chain[-1][0]))
    assert "3/3건 처리" in body
    assert 'http-equiv="refresh"' not in body
    assert list(GuaranteeRelease.everything.values_list("by", flat=True)) == [cast.officer.pk] * 3
    assert AuditEvent.everything.filter(action="guarantee.release").count() == 3
    assert BulkRelease.objects.get().finished_at == NOW


def test_requests_chosen_together_are_answered(cast: Cast) -> None:
    """Those that ask for a part are left out: a part is released one by one."""
    whole, part = make_guarantee(cast.member), make_guarantee(cast.member)
    requests = [
        ask_release(
            guarantee_id=row.pk, party="member", ground="confirmed", amount=amount, papers=[check("a.pdf", PDF)],
            by=web(cast.user), at=NOW,
        )
        for row, amount in ((whole, None), (part, 1_000_000))
    ]  # fmt: skip
    body = text_of(post(cast, "releaserequest", "release_in_bulk", [row.pk for row in requests]))
    assert "보증 1건을 한꺼번에 해제합니다" in body
    assert whole.number in body
    started(cast, [whole])
    tasks.release_in_bulk()
    for row in requests:
        row.refresh_from_db()
    assert [row.state for row in requests] == ["done", "open"]


def test_each_row_tells_what_became_of_it(cast: Cast) -> None:
    """One was released in the meantime, one does not fit the ground; the others are done all the same."""
    faster, advance, plain = (
        make_guarantee(cast.member), make_guarantee(cast.member, "A1"), make_guarantee(cast.member),
    )  # fmt: skip
    bulk = started(cast, [faster, advance, plain], ground="follow_up")
    release(guarantee_id=faster.pk, ground="confirmed", note="-", by=admin(cast.colleague), at=NOW)
    tasks.release_in_bulk()
    assert results(bulk) == [
        ("refused", "이미 최라온님이 해제했습니다. 화면을 새로 고쳐 확인해 주세요."),
        ("refused", "이 보증 종류에는 쓸 수 없는 해제 사유입니다. 다른 사유를 골라 주세요."),
        ("done", ""),
    ]
    assert GuaranteeRelease.everything.count() == 2


def test_an_officer_who_lost_his_role_releases_nothing_more(cast: Cast) -> None:
    bulk = started(cast, [make_guarantee(cast.member)])
    cast.officer.groups.set(Group.objects.none())
    tasks.release_in_bulk()
    assert [state for state, _message in results(bulk)] == ["refused"]
    assert Guarantee.everything.get().state == "active"


def test_only_rows_within_sight_are_taken(cast: Cast) -> None:
    own, others = make_guarantee(cast.member), make_guarantee(make_member(make_branch()))
    bulk = started(cast, [own, others])
    assert [row.guarantee for row in bulk.rows.all()] == [own]


@pytest.mark.parametrize(
    ("_case", "who", "rows", "note", "refusal"),
    [
        ("조합원", "user", 1, "확인", NotAllowed),
        ("설명 없음", "officer", 1, "  ", NoReleaseReason),
        ("해제할 것 없음", "officer", 0, "확인", NothingToRelease),
        ("501건", "officer", 501, "확인", TooManyAtOnce),
    ],
)
def test_not_started(cast: Cast, _case: str, who: str, rows: int, note: str, refusal: type[Refusal]) -> None:
    guarantee = make_guarantee(cast.member)
    before = traces()
    with pytest.raises(refusal):
        started(cast, [guarantee] * rows, by=admin(getattr(cast, who)), note=note)
    assert (traces(), BulkRelease.objects.count()) == (before, 0)


def test_a_row_that_breaks_keeps_no_other_waiting(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_guarantee(cast.member), make_guarantee(cast.member)
    bulk = started(cast, [first, second])
    breaking(monkeypatch, ValueError("a bug"), only=first)
    tasks.release_in_bulk()
    assert results(bulk) == [("refused", bulk_releasing.BROKEN), ("done", "")]
    assert Guarantee.everything.get(pk=first.pk).state == "active"


def test_a_database_that_fails_leaves_the_row_waiting(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    guarantee = make_guarantee(cast.member)
    bulk = started(cast, [guarantee])
    with monkeypatch.context() as broken:
        breaking(broken, OperationalError("gone"), only=guarantee)
        with pytest.raises(OperationalError):
            release_next(at=NOW)
    assert results(bulk) == [("waiting", "")]
    tasks.release_in_bulk()
    assert results(bulk) == [("done", "")]
    assert not BulkReleaseRow.everything.filter(state="waiting").exists()


def breaking(patch: pytest.MonkeyPatch, error: Exception, *, only: Guarantee) -> None:
    """Something outside our reach fails while one guarantee is released: here the text of its letter."""
    real = bulk_releasing.release

    def release_or_break(**given: object) -> Guarantee:
        if given["guarantee_id"] == only.pk:
            raise error
        return real(**given)  # type: ignore[arg-type]

    patch.setattr(bulk_releasing, "release", release_or_break)


def test_a_branch_sees_only_what_its_people_started(cast: Cast) -> None:
    bulk = started(cast, [make_guarantee(cast.member)])
    elsewhere = make_cast()
    address = reverse("admin:guarantees_bulkrelease_change", args=[bulk.pk])
    seen = {
        name: desk(person).get(address).status_code
        for name, person in (("own", cast.head), ("hq", cast.underwriter), ("far", elsewhere.officer))
    }
    assert seen == {"own": 200, "hq": 200, "far": 404}
    assert desk(cast.user).get(address).status_code == 302


def test_the_list_of_bulk_releases_counts_in_one_question(cast: Cast) -> None:
    """As many questions for one bulk release as for four."""
    address, asked = reverse("admin:guarantees_bulkrelease_changelist"), []
    for more in (1, 3):
        for _n in range(more):
            started(cast, [make_guarantee(cast.member), make_guarantee(cast.member, "A1")], ground="follow_up")
        tasks.release_in_bulk()
        browser = desk(cast.officer)
        with CaptureQueriesContext(connection) as found:
            body = text_of(browser.get(address))
        asked.append(len(found))
    assert asked[0] == asked[1]
    assert body.count("1건 해제 못 함") == 4
    assert body.count(">2건<") == 4
