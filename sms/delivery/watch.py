"""Looking after the gateways beside the flow of messages: money, contract, quota, sender numbers, refusals."""

from datetime import datetime

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Greatest

from portal.clock import SEOUL
from sms.delivery import circuits
from sms.gateways.protocol import Gateway, LookUpFailed, Refusing
from sms.models import GatewayState, SenderNumber, SenderRegistration
from sms.suppression import refused_at

# Shares of the money or quota, in percent, from which on it is told.
LEVELS = (70, 90, 100)

_USED = "SELECT count(*) FROM sms_result WHERE at >= %s AND gateway = %s AND state = 'accepted'"


def look_at(gateway: Gateway, *, quota: int, at: datetime) -> None:
    """Ask for money, contract and sender numbers, and write down what was said. Never raises for the network.

    An account that could send nothing opens the circuit as a refused text would; being silent proves nothing.
    """
    health = gateway.health()
    try:
        balance: int | None = gateway.balance()
    except LookUpFailed:
        balance = None
    circuits.know([gateway])
    rows = GatewayState.objects.filter(name=gateway.name)
    rows.update(quota=quota or None, used=_used(gateway.name, at) if quota else None, checked_at=at)
    if balance is not None:
        # Only a top-up makes it grow: what is used is reckoned from there.
        rows.filter(Q(balance__isnull=True) | Q(balance__lt=balance)).update(balance_full=balance)
        rows.update(balance=balance, balance_full=Greatest("balance_full", balance))
    if health.senders is not None:
        _note_senders(gateway.name, health.senders, at)
    if health.is_refusal or (balance is not None and balance <= 0):
        failures = rows.values_list("failures", flat=True)[0]
        trouble = health.reason or "no money left"
        circuits.failed(gateway.name, trouble=trouble, failures=failures, at=at, needs_person=True)


def take_over_refusals(gateway: Gateway, *, at: datetime) -> int:
    """Numbers that refused at the vendor's 080 line. Returns how many are new. Raises LookUpFailed."""
    return refused_at(gateway.name, gateway.refused_numbers(), at=at) if isinstance(gateway, Refusing) else 0


def used_share(state: GatewayState) -> int:
    """The larger share, in percent, of the month's quota and of the last top-up that is used up; 0 if unknown."""
    shares = [0]
    if state.quota:
        shares.append((state.used or 0) * 100 // state.quota)
    if state.balance is not None and state.balance_full:
        shares.append((state.balance_full - state.balance) * 100 // state.balance_full)
    return max(shares)


def level_of(state: GatewayState) -> int:
    """The highest of LEVELS that is reached; 0 below the lowest."""
    return max((level for level in LEVELS if used_share(state) >= level), default=0)


def _used(name: str, at: datetime) -> int:
    first = at.astimezone(SEOUL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_USED, [first, name])
        return int(cursor.fetchone()[0])


def _note_senders(name: str, registered: frozenset[str], at: datetime) -> None:
    rows = [
        SenderRegistration(sender=sender, gateway=name, is_registered=sender.number in registered, checked_at=at)
        for sender in SenderNumber.objects.all()
    ]
    SenderRegistration.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["sender", "gateway"],
        update_fields=["is_registered", "checked_at"],
    )  # fmt: skip
