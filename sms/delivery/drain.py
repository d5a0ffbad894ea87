"""The worker's loop: batch after batch until nothing is due. Any number of them may run at once."""

import time
from collections.abc import Callable
from datetime import datetime

from sms.delivery.claim import USUAL, Claim, Timing, Work, sweep, take
from sms.delivery.crashpoints import crashpoint
from sms.delivery.dispatch import send_texts
from sms.delivery.email import send_mails
from sms.delivery.reconcile import ask
from sms.gateways.protocol import Gateway


def drain(*, now: Callable[[], datetime], gateway: Gateway, timing: Timing = USUAL, seconds: float = 120.0) -> int:
    """Deliver what is due. Returns how many batches were taken; begins none after `seconds`.

    A gateway or mail server that takes nothing ends its kind of work for this call, and no other. Must not be
    called inside a transaction; raises RuntimeError when it is.
    """
    sweep(quarantine=gateway.quarantine)
    end = time.monotonic() + seconds
    works = set(Work)
    taken = 0
    while works and time.monotonic() < end:
        claim = take(at=now(), works=works, gateway=gateway.name, timing=timing)
        if claim is None:
            break
        taken += 1
        crashpoint("after_claim")
        if not _do(claim, gateway, now, timing, end):
            works.discard(claim.work)
    return taken


def _do(claim: Claim, gateway: Gateway, now: Callable[[], datetime], timing: Timing, end: float) -> bool:
    """False when no more work of this kind can be done just now."""
    match claim.work:
        case Work.TEXTS:
            return send_texts(claim, gateway=gateway, now=now, timing=timing)
        case Work.MAILS:
            return send_mails(claim, now=now, timing=timing, end=end)
        case Work.DOUBTS:
            return ask(claim, gateway=gateway, at=now())
