"""What the visitor is shown of a verification, as JSON: each check with its evidence, and how it ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from certificates.models import Challenge
from certificates.refusals import Refused
from certificates.x509.receipt import Check, shown_time

DONE, PARKED, REVIEW, REFUSED = "done", "parked", "review", "refused"


def shown(
    checks: Sequence[Check], *, state: str, at: datetime, code: str = "", message: str = ""
) -> dict[str, Any]:
    """`state` is done, parked, review or refused; the checks in the order they were made."""
    return {
        "state": state,
        "code": code,
        "message": message,
        "at": shown_time(at),
        "checks": [_check(check) for check in checks],
    }


def _check(check: Check) -> dict[str, Any]:
    evidence = [{"label": line.label, "value": line.value} for line in check.evidence]
    return {"title": check.title, "passed": check.passed, "evidence": evidence}


def line(title: str, *, passed: bool, **evidence: str) -> dict[str, Any]:
    """A check of the portal itself, beside those of the verifier."""
    shown_lines = [{"label": label.replace("_", " "), "value": value} for label, value in evidence.items()]
    return {"title": title, "passed": passed, "evidence": shown_lines}


def keep(challenge: Challenge, outcome: dict[str, Any]) -> None:
    """Store what the visitor is shown beside the challenge he answered."""
    challenge.outcome = outcome
    Challenge.objects.filter(pk=challenge.pk).update(outcome=outcome)


def keep_refusal(challenge: Challenge, refused: Refused, at: datetime) -> None:
    """The checks that went well, the one that did not, and what to do."""
    outcome = shown(refused.passed, state=REFUSED, at=at, code=public_code(refused), message=refused.message)
    keep(challenge, outcome)


def public_code(refused: Refused) -> str:
    """The code a visitor may see: whether a number belongs to nobody or to a company that left is not told."""
    return "MEMBER_NOT_FOUND" if refused.code == "MEMBER_INACTIVE" else str(refused.code)
