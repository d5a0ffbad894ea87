"""Handing one batch of texts to the gateway, once."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import NAMESPACE_OID, UUID, uuid5

from sms.delivery import circuits, pauses
from sms.delivery.alarms import raise_alarm
from sms.delivery.claim import Claim, Timing
from sms.delivery.crashpoints import crashpoint
from sms.delivery.letters import Letter, open_letters, sift_apart
from sms.delivery.results import Step
from sms.delivery.settle import Rest, keep_group, settle
from sms.delivery.verdicts import Fate, Verdict, rests, steps, took_nothing, verdict
from sms.eligibility import is_held
from sms.gateways.protocol import Gateway, Grouped, Outcome, OutgoingText
from sms.models import BatchState, Channel, GatewayAlarm

log = logging.getLogger(__name__)
NOT_PREPARED = "not prepared"


def send_texts(claim: Claim, *, gateway: Gateway, now: Callable[[], datetime], timing: Timing) -> bool:
    """Hand over what may still leave and write down each outcome. False: the gateway takes nothing just now."""
    if is_held(claim.purpose):  # switched off since the claim
        _give_back(claim, "held", now())
        return True
    try:
        letters, ended, spoilt = sift_apart(claim, open_letters(claim), now())
    except Exception:
        # Nothing was handed over, so the batch is not in doubt: it waits, and the others go on.
        log.exception("batch %s could not be prepared", claim.batch_id)
        return _give_back(claim, NOT_PREPARED, now())
    apart = [Rest(BatchState.READY, pauses.backoff(claim.attempt), NOT_PREPARED, spoilt)] if spoilt else []
    if not letters:
        settle(claim, steps=ended, rests=apart, at=now())
        return True
    if not claim.is_held_for(timing.call):
        return _give_back(claim, "too slow", now())
    crashpoint("before_call")
    outcomes = _hand_over(claim, [_text(letter) for letter in letters], gateway, timing)
    crashpoint("after_call")
    if outcomes is None:
        return _give_back(claim, "too slow", now())
    found = [verdict(letter.id, outcomes[letter.gateway_key]) for letter in letters]
    left = rests(found, attempt=claim.attempt, quarantine=gateway.quarantine, named=bool(apart))
    if took_nothing(found) and claim.has_other:
        left = [replace(rest, pause=timedelta(0)) for rest in left]  # surely not taken: the other one may have it
    settle(claim, steps=[*ended, *steps(found)], rests=[*left, *apart], at=now())
    _remember(claim, found, now())
    if strangers := outcomes.keys() - {letter.gateway_key for letter in letters}:
        text = f"{len(strangers)} keys in the answer to batch {claim.batch_id} are not of it"
        raise_alarm(GatewayAlarm.Kind.STRANGERS, gateway=claim.gateway, text=text, at=now())
    return not took_nothing(found)


def _remember(claim: Claim, found: Sequence[Verdict], at: datetime) -> None:
    """What the outcomes tell of the gateway itself."""
    fates = {one.fate for one in found}
    trouble = next((one.trouble for one in found if one.trouble), "")
    if trouble.startswith("tls "):
        raise_alarm(GatewayAlarm.Kind.UNTRUSTED, gateway=claim.gateway, text=trouble, at=at)
    if Fate.ENDED in fates and Fate.DOWN not in fates:
        circuits.worked(claim.gateway, at=at)
        return
    circuits.failed(
        claim.gateway,
        trouble=trouble,
        failures=claim.failures,
        at=at,
        needs_person=Fate.DOWN in fates,
        asked=max((one.wait for one in found if one.wait), default=None),
        is_refusal=took_nothing(found),
    )


def _hand_over(
    claim: Claim, texts: list[OutgoingText], gateway: Gateway, timing: Timing
) -> dict[str, Outcome] | None:
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
