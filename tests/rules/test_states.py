"""The state tables, told as the journeys they allow and the steps they refuse: DOMAIN §2.5."""

import pytest

from guarantees.rules.states import (
    APPLICATION_TRANSITIONS,
    GUARANTEE_TRANSITIONS,
    ApplicationEvent,
    ApplicationState,
    GuaranteeEvent,
    GuaranteeState,
    Guard,
    ImpossibleTransition,
    Party,
    next_state,
    step,
)
from portal.members.roles import Role

A, AE, G, GE = ApplicationState, ApplicationEvent, GuaranteeState, GuaranteeEvent
MEMBER = {Role.MEMBER_USER, Role.MEMBER_REP}
OFFICERS = {Role.BRANCH_OFFICER, Role.BRANCH_HEAD, Role.HQ_UNDERWRITER}


@pytest.mark.parametrize(
    ("_case", "events", "state"),
    [
        ("발급까지", "create submit take approve sign pay issue", A.ISSUED),
        (
            "보완을 거쳐 발급",
            "create submit take request_supplement resubmit approve sign pay issue",
            A.ISSUED,
        ),
        ("두 번 보완", "create submit take request_supplement resubmit request_supplement", A.SUPPLEMENT),
        ("반려", "create submit take reject", A.REJECTED),
        ("보완 기한 경과", "create submit take request_supplement lapse", A.LAPSED),
        ("승인 뒤 기한 경과", "create submit take approve lapse", A.LAPSED),
        ("약정 뒤 기한 경과", "create submit take approve sign lapse", A.LAPSED),
        ("작성 중 취하", "create withdraw", A.WITHDRAWN),
        ("수수료 납부 뒤 취하", "create submit take approve sign pay withdraw", A.WITHDRAWN),
    ],
)
def test_journeys_of_an_application(_case: str, events: str, state: ApplicationState) -> None:
    reached: ApplicationState | None = None
    for event in events.split():
        reached = next_state(reached, AE(event))
    assert reached is state


@pytest.mark.parametrize(
    ("_case", "events", "state"),
    [
        ("만료 뒤 해제", "issue expire request_release release", G.RELEASED),
        ("만료 전 해제", "issue release", G.RELEASED),
        ("변경 두 번", "issue endorse endorse", G.ACTIVE),
        ("일부 해제", "issue release_partly expire release_partly", G.EXPIRED),
        ("만료 뒤 청구", "issue expire claim", G.EXPIRED),
        ("취소", "issue cancel", G.CANCELLED),
    ],
)
def test_journeys_of_a_guarantee(_case: str, events: str, state: GuaranteeState) -> None:
    reached: GuaranteeState | None = None
    for event in events.split():
        reached = next_state(reached, GE(event))
    assert reached is state


@pytest.mark.parametrize(
    ("state", "events"),
    [
        (None, {AE.CREATE}),
        (A.DRAFT, {AE.SUBMIT, AE.WITHDRAW}),
        (A.SUBMITTED, {AE.TAKE, AE.WITHDRAW}),
        (A.IN_REVIEW, {AE.REQUEST_SUPPLEMENT, AE.APPROVE, AE.REJECT, AE.WITHDRAW}),
        (A.SUPPLEMENT, {AE.RESUBMIT, AE.LAPSE, AE.WITHDRAW}),
        (A.APPROVED, {AE.SIGN, AE.LAPSE, AE.WITHDRAW}),
        (A.SIGNED, {AE.PAY, AE.LAPSE, AE.WITHDRAW}),
        (A.FEE_PAID, {AE.ISSUE, AE.WITHDRAW}),
        (A.ISSUED, set()),
        (A.REJECTED, set()),
        (A.LAPSED, set()),
        (A.WITHDRAWN, set()),
    ],
)
def test_nothing_else_can_happen_to_an_application(
    state: ApplicationState | None, events: set[ApplicationEvent]
) -> None:
    for event in set(AE) - events:
        with pytest.raises(ImpossibleTransition):
            next_state(state, event)
    assert {event for from_state, event in APPLICATION_TRANSITIONS if from_state == state} == events


@pytest.mark.parametrize(
    ("state", "events"),
    [
        (None, {GE.ISSUE}),
        (G.ACTIVE, set(GE) - {GE.ISSUE}),
        (G.EXPIRED, {GE.RELEASE_PARTLY, GE.REQUEST_RELEASE, GE.RELEASE, GE.CLAIM}),
        (G.RELEASED, set()),
        (G.CANCELLED, set()),
    ],
)
def test_nothing_else_can_happen_to_a_guarantee(state: GuaranteeState | None, events: set[GuaranteeEvent]) -> None:
    for event in set(GE) - events:
        with pytest.raises(ImpossibleTransition):
            next_state(state, event)
    assert {event for from_state, event in GUARANTEE_TRANSITIONS if from_state == state} == events


@pytest.mark.parametrize(
    ("_case", "state", "event", "actors"),
    [
        ("제출은 조합원", A.DRAFT, AE.SUBMIT, MEMBER),
        ("접수는 직원이나 자동심사", A.SUBMITTED, AE.TAKE, OFFICERS | {Party.SYSTEM}),
        ("승인", A.IN_REVIEW, AE.APPROVE, OFFICERS),
        ("반려는 승인과 같음", A.IN_REVIEW, AE.REJECT, OFFICERS),
        ("약정은 대표만", A.APPROVED, AE.SIGN, {Role.MEMBER_REP}),
        ("발급은 자동", A.FEE_PAID, AE.ISSUE, {Party.SYSTEM}),
        ("납부 전 취하는 조합원", A.SIGNED, AE.WITHDRAW, MEMBER),
        ("납부 뒤 취하는 직원만", A.FEE_PAID, AE.WITHDRAW, OFFICERS),
    ],
)
def test_who_may_move_an_application(
    _case: str, state: ApplicationState, event: ApplicationEvent, actors: set[Role | Party]
) -> None:
    assert step(state, event).by == actors


@pytest.mark.parametrize(
    ("_case", "state", "event", "actors"),
    [
        ("해제는 직원이나 자동해제", G.EXPIRED, GE.RELEASE, OFFICERS | {Party.SYSTEM}),
        ("해제 신청은 조합원", G.EXPIRED, GE.REQUEST_RELEASE, MEMBER),
        ("일부 해제는 채권자 확인으로도", G.ACTIVE, GE.RELEASE_PARTLY, OFFICERS | {Party.BENEFICIARY}),
        ("취소는 지점장부터", G.ACTIVE, GE.CANCEL, OFFICERS - {Role.BRANCH_OFFICER}),
        ("청구 등록은 본부", G.EXPIRED, GE.CLAIM, {Role.HQ_UNDERWRITER}),
        ("만료는 자동", G.ACTIVE, GE.EXPIRE, {Party.SYSTEM}),
    ],
)
def test_who_may_move_a_guarantee(
    _case: str, state: GuaranteeState, event: GuaranteeEvent, actors: set[Role | Party]
) -> None:
    assert step(state, event).by == actors


def test_guards_that_protect_money() -> None:
    approve = step(A.IN_REVIEW, AE.APPROVE).guards
    assert approve >= {Guard.AUTHORITY, Guard.SECOND_PERSON, Guard.LIMIT_AVAILABLE}
    assert Guard.REASON_GIVEN in step(A.IN_REVIEW, AE.REJECT).guards
    assert Guard.CERTIFICATE_VALID in step(A.APPROVED, AE.SIGN).guards
    for event in (GE.ENDORSE, GE.RELEASE, GE.RELEASE_PARTLY, GE.CANCEL):
        assert Guard.NO_OPEN_CLAIM in step(G.ACTIVE, event).guards


def test_a_stored_state_is_as_good_as_the_enum() -> None:
    assert next_state("draft", AE.SUBMIT) is A.SUBMITTED


def test_a_refusal_says_what_to_do() -> None:
    with pytest.raises(ImpossibleTransition, match="approve from rejected") as refused:
        next_state(A.REJECTED, AE.APPROVE)
    assert refused.value.message == (
        "지금 단계에서는 할 수 없는 처리입니다. "
        "그 사이 상태가 바뀌었을 수 있으니 화면을 새로 고친 뒤 다시 확인해 주세요."
    )
