"""How every action begins: the row locked inside the actor's sight, and the step looked up in the table."""

from guarantees.models import OPEN_CLAIM, Application, Guarantee
from guarantees.rules.states import (
    ApplicationEvent,
    ApplicationState,
    GuaranteeEvent,
    GuaranteeState,
    ImpossibleTransition,
    Party,
    Step,
    step,
)
from portal.access import Actor
from portal.refusals import Refusal


class NotFound(Refusal):
    """No such row, or none in the actor's sight: the two are not told apart."""

    message = "찾을 수 없는 건입니다. 목록에서 다시 선택하시고, 계속되면 관할 지점에 문의해 주세요."


class NotAllowed(Refusal):
    """The actor's role does not take this step."""

    message = "이 처리를 할 권한이 없습니다. 권한이 있는 담당자에게 요청해 주세요."


class NotNow(Refusal):
    """The row is in a state from which the step does not start."""


class OpenClaim(Refusal):
    """The beneficiary has called on the guarantee and is not answered yet."""

    message = (
        "보증금 청구가 처리 중인 보증이라 해제하거나 취소·변경할 수 없습니다. 청구가 끝난 뒤 다시 처리해 주세요."
    )


# Locked without joining: a row that was waited for comes back fresh, but what is joined to it comes from
# before the wait, so that a decision made meanwhile would seem to have been made by nobody.


def locked_application(application_id: int, by: Actor) -> Application:
    """The application, locked until the transaction ends. Raises NotFound."""
    try:
        rows = Application.everything.within(by.scope).select_for_update(of=("self",))
        return rows.get(pk=application_id)
    except Application.DoesNotExist:
        raise NotFound from None


def locked_guarantee(guarantee_id: int, by: Actor) -> Guarantee:
    """The guarantee, locked until the transaction ends. Raises NotFound."""
    try:
        rows = Guarantee.everything.within(by.scope).select_for_update(of=("self",))
        return rows.get(pk=guarantee_id)
    except Guarantee.DoesNotExist:
        raise NotFound from None


def application_step(application: Application, event: ApplicationEvent, by: Actor) -> ApplicationState:
    """Where `event` leads the application, if `by` may cause it. Raises NotNow, NotAllowed."""
    try:
        found = step(application.state, event)
    except ImpossibleTransition:
        raise not_now(application) from None
    _require_party(found, by)
    return found.to


def guarantee_step(guarantee: Guarantee, event: GuaranteeEvent, by: Actor) -> GuaranteeState:
    """Where `event` leads the guarantee, if `by` may cause it. Raises NotNow, NotAllowed."""
    try:
        found = step(guarantee.state, event)
    except ImpossibleTransition:
        raise not_now(guarantee) from None
    _require_party(found, by)
    return found.to


def refuse_open_claim(guarantee: Guarantee) -> None:
    """Raises OpenClaim. The caller holds the guarantee's row, and so does whoever enters a claim."""
    if guarantee.claims.filter(state__in=OPEN_CLAIM).exists():
        raise OpenClaim


def not_now(row: Application | Guarantee) -> NotNow:
    """The refusal that tells in which state the row is."""
    return NotNow(
        f"이 {row._meta.verbose_name}({row})은 지금 ‘{row.get_state_display()}’ 상태라 처리할 수 없습니다. "
        "화면을 새로 고쳐 지금 상태를 확인해 주세요."
    )


def _require_party(found: Step[ApplicationState] | Step[GuaranteeState], by: Actor) -> None:
    parties = by.roles | ({Party.SYSTEM} if by.channel == "system" else frozenset())
    if not parties & found.by:
        raise NotAllowed
