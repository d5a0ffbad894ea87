"""The worker's loop: batch after batch until nothing is due. Any number of them may run at once."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sms.delivery.claim import USUAL, Claim, Timing, Work, sweep, take
from sms.delivery.crashpoints import crashpoint
from sms.delivery.dispatch import send_texts
from sms.delivery.email import send_mails
from sms.delivery.reconcile import ask
from sms.gateways.protocol import Gateway


def drain(
    *, now: Callable[[], datetime], gateway: Gateway, spares: Sequence[Gateway] = (), timing: Timing = USUAL,
    seconds: float = 120.0,
) -> int:  # fmt: skip
    """Deliver what is due. Returns how many batches were taken; begins none after `seconds`.

    Texts leave by `gateway`, or by the first of `spares` that takes them where it does not. A gateway or mail
    server that takes nothing is left alone for this call, and all other work goes on. Must not be called inside
    a transaction; raises RuntimeError when it is.
    """
    gateways = {one.name: one for one in (gateway, *spares)}
    sweep(quarantine=max(one.quarantine for one in gateways.values()))
    end = time.monotonic() + seconds
    works, shut, silent = set(Work), set[str](), set[str]()
    taken = 0
    while works and time.monotonic() < end:
        left = [one for name, one in gateways.items() if name not in shut]
        claim = take(at=now(), works=works, gateways=left, timing=timing, silent=silent)
        if claim is None:
            break
        taken += 1
        crashpoint("after_claim")
        if not _do(claim, gateways, now, timing, end):
            match claim.work:
                case Work.TEXTS:
                    shut.add(claim.gateway)
                case Work.DOUBTS:
                    silent.add(claim.gateway)
                case Work.MAILS:
                    works.discard(Work.MAILS)
    return taken


def _do(
    claim: Claim, gateways: Mapping[str, Gateway], now: Callable[[], datetime], timing: Timing, end: float
) -> bool:
    """False when its gateway or the mail server does no more work of this kind just now."""
    match claim.work:
        case Work.MAILS:
            return send_mails(claim, now=now, timing=timing, end=end)
        case Work.TEXTS if claim.gateway in gateways:
            return send_texts(claim, gateway=gateways[claim.gateway], now=now, timing=timing)
    return ask(claim, gateways=gateways, at=now())
