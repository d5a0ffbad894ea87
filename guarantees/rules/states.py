"""States of applications and guarantees, and every step between them (DOMAIN §2.5).

A step that is in neither table does not exist. Guards are named here and checked by the action that takes
the step; who reaches which amount is told by `guarantees.rules.authority`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar, overload

from portal.members.roles import DECIDING_ROLES, Role

State = TypeVar("State", bound=StrEnum)


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    SUPPLEMENT = "supplement"
    APPROVED = "approved"
    SIGNED = "signed"
    FEE_PAID = "fee_paid"
    ISSUED = "issued"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class GuaranteeState(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    RELEASED = "released"
    CANCELLED = "cancelled"


class ApplicationEvent(StrEnum):
    CREATE = "create"
    SUBMIT = "submit"
    TAKE = "take"
    REQUEST_SUPPLEMENT = "request_supplement"
    RESUBMIT = "resubmit"
    APPROVE = "approve"
    REJECT = "reject"
    SIGN = "sign"
    PAY = "pay"
    ISSUE = "issue"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"


class GuaranteeEvent(StrEnum):
    ISSUE = "issue"
    ENDORSE = "endorse"
    RELEASE_PARTLY = "release_partly"
    REQUEST_RELEASE = "request_release"
    RELEASE = "release"
    EXPIRE = "expire"
    CANCEL = "cancel"
    CLAIM = "claim"


class Guard(StrEnum):
    """What must hold beside state and role."""

    COMPLETE = "complete"  # required fields and documents present, contact mobile valid
    AMOUNT_ALLOWED = "amount_allowed"  # not above what law or contract asks
    OWN_BRANCH = "own_branch"
    DUE_PASSED = "due_passed"  # the supplement's or the approval's due day is over
    AUTHORITY = "authority"  # the amount is within the role's authority
    SECOND_PERSON = "second_person"  # approver is not the reviewer, above 100,000,000 won
    LIMIT_AVAILABLE = "limit_available"
    REASON_GIVEN = "reason_given"  # reason code and plain words
    CERTIFICATE_VALID = "certificate_valid"  # active and not revoked
    PAID_AS_QUOTED = "paid_as_quoted"  # amount equals the quote, rate version unchanged
    REFUND = "refund"  # the paid fee goes back
    NO_OPEN_CLAIM = "no_open_claim"
    EVIDENCE = "evidence"  # completion confirmed, document returned, or follow-up guarantee issued
    PART_OF_OUTSTANDING = "part_of_outstanding"  # 0 < released < outstanding
    AUTO_PRODUCT = "auto_product"  # only where the actor is SYSTEM
    END_PASSED = "end_passed"
    NOT_ACCEPTED = "not_accepted"  # delivery not accepted; never a transmitted bid guarantee
    CLAIM_PERIOD_OPEN = "claim_period_open"  # two years after the end not over


class Party(StrEnum):
    """Those who act without a role: nobody logs in as them."""

    SYSTEM = "system"
    BENEFICIARY = "beneficiary"


By = frozenset[Role | Party]
MEMBER: By = frozenset({Role.MEMBER_USER, Role.MEMBER_REP})
OFFICERS: By = DECIDING_ROLES
HEADS: By = DECIDING_ROLES - {Role.BRANCH_OFFICER}
SYSTEM: By = frozenset({Party.SYSTEM})
DECISION = frozenset({Guard.OWN_BRANCH, Guard.AUTHORITY, Guard.SECOND_PERSON})


@dataclass(frozen=True)
class Step(Generic[State]):
    """Where an event leads, who may cause it, and what must hold."""

    to: State
    by: By
    guards: frozenset[Guard] = frozenset()


_A, _AE = ApplicationState, ApplicationEvent
_G, _GE = GuaranteeState, GuaranteeEvent

APPLICATION_TRANSITIONS: dict[tuple[str | None, ApplicationEvent], Step[ApplicationState]] = {
    (None, _AE.CREATE): Step(_A.DRAFT, MEMBER),
    (_A.DRAFT, _AE.SUBMIT): Step(_A.SUBMITTED, MEMBER, frozenset({Guard.COMPLETE, Guard.AMOUNT_ALLOWED})),
    (_A.SUBMITTED, _AE.TAKE): Step(_A.IN_REVIEW, OFFICERS | SYSTEM, frozenset({Guard.OWN_BRANCH})),
    (_A.IN_REVIEW, _AE.REQUEST_SUPPLEMENT): Step(
        _A.SUPPLEMENT, OFFICERS, frozenset({Guard.OWN_BRANCH, Guard.REASON_GIVEN})
    ),
    (_A.SUPPLEMENT, _AE.RESUBMIT): Step(_A.IN_REVIEW, MEMBER, frozenset({Guard.COMPLETE, Guard.AMOUNT_ALLOWED})),
    (_A.SUPPLEMENT, _AE.LAPSE): Step(_A.LAPSED, SYSTEM, frozenset({Guard.DUE_PASSED})),
    (_A.IN_REVIEW, _AE.APPROVE): Step(_A.APPROVED, OFFICERS, DECISION | {Guard.LIMIT_AVAILABLE}),
    (_A.IN_REVIEW, _AE.REJECT): Step(_A.REJECTED, OFFICERS, DECISION | {Guard.REASON_GIVEN}),
    (_A.APPROVED, _AE.SIGN): Step(_A.SIGNED, frozenset({Role.MEMBER_REP}), frozenset({Guard.CERTIFICATE_VALID})),
    (_A.SIGNED, _AE.PAY): Step(_A.FEE_PAID, OFFICERS | SYSTEM, frozenset({Guard.PAID_AS_QUOTED})),
    (_A.FEE_PAID, _AE.ISSUE): Step(_A.ISSUED, SYSTEM),
    (_A.APPROVED, _AE.LAPSE): Step(_A.LAPSED, SYSTEM, frozenset({Guard.DUE_PASSED})),
    (_A.SIGNED, _AE.LAPSE): Step(_A.LAPSED, SYSTEM, frozenset({Guard.DUE_PASSED})),
    (_A.DRAFT, _AE.WITHDRAW): Step(_A.WITHDRAWN, MEMBER),
    (_A.SUBMITTED, _AE.WITHDRAW): Step(_A.WITHDRAWN, MEMBER),
    (_A.IN_REVIEW, _AE.WITHDRAW): Step(_A.WITHDRAWN, MEMBER),
    (_A.SUPPLEMENT, _AE.WITHDRAW): Step(_A.WITHDRAWN, MEMBER),
    (_A.APPROVED, _AE.WITHDRAW): Step(_A.WITHDRAWN, MEMBER),
    (_A.SIGNED, _AE.WITHDRAW): Step(_A.WITHDRAWN, MEMBER),
    (_A.FEE_PAID, _AE.WITHDRAW): Step(_A.WITHDRAWN, OFFICERS, frozenset({Guard.OWN_BRANCH, Guard.REFUND})),
}

_RELEASE = Step(
    _G.RELEASED, OFFICERS | SYSTEM, frozenset({Guard.OWN_BRANCH, Guard.NO_OPEN_CLAIM, Guard.AUTO_PRODUCT})
)
_PARTLY = frozenset({Guard.OWN_BRANCH, Guard.EVIDENCE, Guard.PART_OF_OUTSTANDING, Guard.NO_OPEN_CLAIM})
_RELEASERS: By = OFFICERS | {Party.BENEFICIARY}
_ENTERING_CLAIMS: By = frozenset({Role.HQ_UNDERWRITER})
_CLAIMABLE = frozenset({Guard.CLAIM_PERIOD_OPEN})

GUARANTEE_TRANSITIONS: dict[tuple[str | None, GuaranteeEvent], Step[GuaranteeState]] = {
    (None, _GE.ISSUE): Step(_G.ACTIVE, SYSTEM),
    (_G.ACTIVE, _GE.ENDORSE): Step(
        _G.ACTIVE,
        OFFICERS,
        frozenset({Guard.OWN_BRANCH, Guard.AUTHORITY, Guard.NO_OPEN_CLAIM, Guard.LIMIT_AVAILABLE}),
    ),
    (_G.ACTIVE, _GE.RELEASE_PARTLY): Step(_G.ACTIVE, _RELEASERS, _PARTLY),
    (_G.EXPIRED, _GE.RELEASE_PARTLY): Step(_G.EXPIRED, _RELEASERS, _PARTLY),
    (_G.ACTIVE, _GE.REQUEST_RELEASE): Step(_G.ACTIVE, MEMBER, frozenset({Guard.EVIDENCE})),
    (_G.EXPIRED, _GE.REQUEST_RELEASE): Step(_G.EXPIRED, MEMBER, frozenset({Guard.EVIDENCE})),
    (_G.ACTIVE, _GE.RELEASE): _RELEASE,
    (_G.EXPIRED, _GE.RELEASE): _RELEASE,
    (_G.ACTIVE, _GE.EXPIRE): Step(_G.EXPIRED, SYSTEM, frozenset({Guard.END_PASSED})),
    (_G.ACTIVE, _GE.CANCEL): Step(
        _G.CANCELLED, HEADS, frozenset({Guard.NOT_ACCEPTED, Guard.NO_OPEN_CLAIM, Guard.REFUND})
    ),
    (_G.ACTIVE, _GE.CLAIM): Step(_G.ACTIVE, _ENTERING_CLAIMS, _CLAIMABLE),
    (_G.EXPIRED, _GE.CLAIM): Step(_G.EXPIRED, _ENTERING_CLAIMS, _CLAIMABLE),
}


class ImpossibleTransition(ValueError):
    """A step the tables do not have. `message` tells the person who tried it."""

    def __init__(self, state: str | None, event: str) -> None:
        self.state = state
        self.event = event
        self.message = (
            "지금 단계에서는 할 수 없는 처리입니다. 그 사이 상태가 바뀌었을 수 있으니 "
            "화면을 새로 고친 뒤 다시 확인해 주세요."
        )
        super().__init__(f"{event} from {state}")


@overload
def step(state: str | None, event: ApplicationEvent) -> Step[ApplicationState]: ...
@overload
def step(state: str | None, event: GuaranteeEvent) -> Step[GuaranteeState]: ...
def step(
    state: str | None, event: ApplicationEvent | GuaranteeEvent
) -> Step[ApplicationState] | Step[GuaranteeState]:
    """The step `event` takes from `state` (None before the first one). Raises ImpossibleTransition."""
    try:
        if isinstance(event, ApplicationEvent):
            return APPLICATION_TRANSITIONS[state, event]
        return GUARANTEE_TRANSITIONS[state, event]
    except KeyError:
        raise ImpossibleTransition(state, event) from None


@overload
def next_state(state: str | None, event: ApplicationEvent) -> ApplicationState: ...
@overload
def next_state(state: str | None, event: GuaranteeEvent) -> GuaranteeState: ...
def next_state(state: str | None, event: ApplicationEvent | GuaranteeEvent) -> ApplicationState | GuaranteeState:
    """The state after `event`. Raises ImpossibleTransition."""
    return step(state, event).to
