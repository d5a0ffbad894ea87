"""Handing one batch of texts to the gateway, once."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import NAMESPACE_OID, UUID, uuid5

from sms.delivery import pauses
from sms.delivery.claim import Claim, Timing
from sms.delivery.crashpoints import crashpoint
from sms.delivery.letters import Letter, open_letters, sift
from sms.delivery.results import Step
from sms.delivery.settle import Rest, keep_group, settle
from sms.delivery.verdicts import rests, steps, took_nothing, verdict
from sms.gateways.protocol import Gateway, Grouped, Outcome, OutgoingText
from sms.models import BatchState, Channel

log = logging.getLogger(__name__)


def send_texts(claim: Claim, *, gateway: Gateway, now: Callable[[], datetime], timing: Timing) -> bool:
    """Hand over what may still leave and write down each outcome. False: the gateway takes nothing just now."""
    try:
        letters, ended = sift(claim, open_letters(claim), now())
    except Exception:
        # Nothing was handed over, so the batch is not in doubt: it waits, and the others go on.
        log.exception("batch %s could not be prepared", claim.batch_id)
        return _give_back(claim, "not prepared", now())
    if not letters:
        settle(claim, steps=ended, at=now())
        return True
    if not claim.is_held_for(timing.call):
        return _give_back(claim, "too slow", now())
    crashpoint("before_call")
    outcomes = _hand_over(claim, [_text(letter) for letter in letters], gateway, timing)
    crashpoint("after_call")
    if outcomes is None:
        return _give_back(claim, "too slow", now())
    found = [verdict(letter.id, outcomes[letter.gateway_key]) for letter in letters]
    left = rests(found, attempt=claim.attempt, quarantine=gateway.quarantine)
    settle(claim, steps=[*ended, *steps(found)], rests=left, at=now())
    if took_nothing(found):
        log.error("the gateway takes no texts: %s", found[0].trouble)
    return not took_nothing(found)


def _hand_over(
    claim: Claim, texts: list[OutgoingText], gateway: Gateway, timing: Timing
) -> dict[UUID, Outcome] | None:
    """None: nothing was handed over, for the lease no longer covers it."""
    if not isinstance(gateway, Grouped):
        return gateway.send(_request_id(claim), texts)
    group = gateway.open_group()
    if not isinstance(group, str):
        return dict.fromkeys((text.key for text in texts), group)
    crashpoint("group_open")
    if not keep_group(claim, group) or not claim.is_held_for(timing.call):
        return None
    crashpoint("group_kept")
    return gateway.send_group(group, texts)


def _give_back(claim: Claim, why: str, at: datetime) -> bool:
    rest = Rest(BatchState.READY, pauses.OWN_TROUBLE, why, tried=False)
    settle(claim, steps=list[Step](), rests=[rest], at=at)
    return True


def _request_id(claim: Claim) -> UUID:
    """A name of this one request: another try is another request, possibly with fewer messages."""
    return uuid5(NAMESPACE_OID, f"batch:{claim.batch_id}:{claim.token}")


def _text(letter: Letter) -> OutgoingText:
    kind: Literal["sms", "lms"] = "lms" if letter.channel == Channel.LMS else "sms"
    return OutgoingText(
        key=letter.gateway_key,
        to=letter.to,
        sender=letter.sender,
        kind=kind,
        subject=letter.subject if kind == "lms" else "",
        text=letter.body,
    )
