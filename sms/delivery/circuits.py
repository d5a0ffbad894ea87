"""Which gateways texts may leave by just now: circuit, rate and what is under way, one row a gateway.

Everything here costs a constant number of small statements a batch. What a batch already handed over waits for
is not decided here: it stays with its gateway, whatever becomes of the circuit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from portal.access import Actor
from portal.audit import trail
from portal.refusals import Refusal
from sms.delivery import pauses
from sms.delivery.alarms import raise_alarm
from sms.gateways.protocol import Gateway
from sms.models import Circuit, GatewayAlarm, GatewayState

# So many requests in a row that took nothing, or whose answers were lost, open the circuit.
MOST_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Outlet:
    """A gateway that would take a batch now. `barred` are sender numbers not registered there."""

    name: str
    failures: int
    is_trial: bool
    barred: tuple[str, ...]


_LOCK = "SELECT 1 FROM sms_gatewaystate WHERE name = ANY(%s) ORDER BY name FOR UPDATE"
# After the lock, so that the batches of whoever held it are counted.
_USABLE = """
    SELECT state.name, state.failures, state.circuit <> 'closed',
           array(SELECT number.number FROM sms_senderregistration AS known
                   JOIN sms_sendernumber AS number ON number.id = known.sender_id
                  WHERE known.gateway = state.name AND NOT known.is_registered)
      FROM unnest(%s::text[], %s::int[]) WITH ORDINALITY AS given (name, most, place)
      JOIN sms_gatewaystate AS state ON state.name = given.name
     WHERE NOT state.is_held
       AND (state.retry_at IS NULL OR state.retry_at <= %s)
       AND (state.paced_until IS NULL OR state.paced_until <= clock_timestamp())
       AND (SELECT count(*) FROM sms_batch AS batch
             WHERE batch.gateway = state.name AND batch.state = 'claimed') < given.most
     ORDER BY given.place
"""
_TOOK = """
    UPDATE sms_gatewaystate
       SET circuit = CASE WHEN %s THEN 'half_open' ELSE circuit END,
           retry_at = CASE WHEN %s THEN %s ELSE retry_at END,
           paced_until = CASE WHEN %s > 0
                              THEN greatest(paced_until, clock_timestamp()) + interval '1 second' * %s / %s
                              ELSE paced_until END
     WHERE name = %s
"""
_WORKED = """
    UPDATE sms_gatewaystate SET circuit = 'closed', failures = 0, retry_at = NULL, since = %s
     WHERE name = %s AND NOT is_held AND (failures > 0 OR circuit <> 'closed')
"""
_FAILED = """
    UPDATE sms_gatewaystate
       SET failures = least(failures + 1, 1000), trouble = %s, trouble_at = %s,
           since = CASE WHEN circuit = 'closed' AND (%s OR failures + 1 >= %s) THEN %s ELSE since END,
           retry_at = CASE WHEN %s OR circuit <> 'closed' OR failures + 1 >= %s THEN %s ELSE retry_at END,
           circuit = CASE WHEN %s OR circuit <> 'closed' OR failures + 1 >= %s THEN 'open' ELSE circuit END
     WHERE name = %s AND NOT is_held
    RETURNING circuit
"""


class NotNow(Refusal):
    """The circuit is already as wanted."""

    message = "이미 처리된 중계사입니다. 지금 상태를 확인해 주세요."


def know(gateways: Sequence[Gateway]) -> None:
    """A row for each gateway."""
    known = set(GatewayState.objects.values_list("name", flat=True))
    missing = [GatewayState(name=one.name) for one in gateways if one.name not in known]
    if missing:
        GatewayState.objects.bulk_create(missing, ignore_conflicts=True)


def usable(gateways: Sequence[Gateway], *, at: datetime) -> list[Outlet]:
    """Those that take a batch now, in the order given; their rows stay locked until the transaction ends.

    A circuit whose pause is over lets one batch try.
    """
    names = [one.name for one in gateways]
    if not names:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [names])
        if cursor.rowcount < len(names):
            know(gateways)
        cursor.execute(_USABLE, [names, [one.max_in_flight for one in gateways], at])
        return [
            Outlet(name, failures, trial, tuple(barred)) for name, failures, trial, barred in cursor.fetchall()
        ]


def took(outlet: Outlet, *, size: int, rate: int, at: datetime, lease: timedelta) -> None:
    """Count a batch against the rate, and let nobody else try a circuit that is being tried."""
    if not rate and not outlet.is_trial:
        return
    values: list[Any] = [outlet.is_trial, outlet.is_trial, at + lease, rate, size, rate or 1, outlet.name]
    with connection.cursor() as cursor:
        cursor.execute(_TOOK, values)


def worked(name: str, *, at: datetime) -> None:
    """The gateway took a text: whatever was wrong is over."""
    with connection.cursor() as cursor:
        cursor.execute(_WORKED, [at, name])


def failed(
    name: str, *, trouble: str, failures: int, at: datetime, needs_person: bool = False,
    asked: timedelta | None = None, is_refusal: bool = True,
) -> None:  # fmt: skip
    """Count a request in vain. What needs a person opens the circuit at once, all else the third time in a row.

    A refusal is waited out at the gateway as well as by its batch: the next batch would only be refused, too.
    A doubtful answer holds up nobody until the circuit opens.
    """
    pause = pauses.ACCOUNT if needs_person else pauses.probe(failures, asked)
    values: list[Any] = [trouble[:200], at, needs_person, MOST_FAILURES, at, is_refusal, MOST_FAILURES, at + pause]
    values += [needs_person, MOST_FAILURES, name]
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, values)
        row = cursor.fetchone()
    if row and row[0] == Circuit.OPEN:
        raise_alarm(GatewayAlarm.Kind.CIRCUIT, gateway=name, text=trouble, at=at)


def hold(*, name: str, reason: str, by: Actor, at: datetime) -> GatewayState:
    """A person stops all texts by this gateway, until a person lets them again. Raises NotNow."""
    with transaction.atomic():
        state = _locked(name, is_held=False)
        state.circuit, state.is_held, state.since, state.retry_at = Circuit.OPEN, True, at, None
        state.trouble, state.trouble_at = reason[:200], at
        state.save(update_fields=["circuit", "is_held", "since", "retry_at", "trouble", "trouble_at"])
        trail.record(action="gatewaystate.hold", by=by, at=at, subject=state, detail={"reason": reason})
    return state


def release(*, name: str, reason: str, by: Actor, at: datetime) -> GatewayState:
    """A person lets texts leave by this gateway again, now. Raises NotNow."""
    with transaction.atomic():
        state = _locked(name)
        if state.circuit == Circuit.CLOSED and state.retry_at is None:
            raise NotNow
        state.circuit, state.is_held, state.since, state.retry_at = Circuit.CLOSED, False, at, None
        state.failures = 0
        state.save(update_fields=["circuit", "is_held", "since", "retry_at", "failures"])
        trail.record(action="gatewaystate.release", by=by, at=at, subject=state, detail={"reason": reason})
    return state


def _locked(name: str, **conditions: Any) -> GatewayState:
    state = GatewayState.objects.select_for_update().filter(name=name, **conditions).first()
    if state is None:
        raise NotNow
    return state
