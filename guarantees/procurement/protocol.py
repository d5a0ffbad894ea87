"""What we tell a procurement system, and what it can answer. Values only; no network, no database.

Every call ends in one of these answers and never in an exception, so that whoever calls has to decide about the
unclear one: the guarantee may have arrived, and must be asked after by its key before it is sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Transmission:
    """One guarantee document for one buyer (DOMAIN §2.3).

    `key` is ours: the same key is the same transmission, however often it is sent. `reference_number` is the
    notice number of a bid guarantee, else the contract number. Business numbers are ten digits, `amount` whole
    won, `content` the sealed PDF and `sha256` its hash.
    """

    key: str
    is_bid: bool
    guarantee_number: str
    reference_number: str
    beneficiary_name: str
    beneficiary_number: str
    applicant_number: str
    amount: int
    starts_on: date
    ends_on: date
    sha256: str
    content: bytes


@dataclass(frozen=True)
class Received:
    """The system has it. `reference` is its own number."""

    reference: str


@dataclass(frozen=True)
class Refused:
    """The system surely did not take it and never will as it is. `message` is Korean, for member and officer."""

    message: str


@dataclass(frozen=True)
class Unclear:
    """Nobody can tell whether it was taken. `reason` is English, for the log."""

    reason: str


@dataclass(frozen=True)
class NotThere:
    """Asked by its key: the system has never seen it."""


@dataclass(frozen=True)
class Standing:
    """What the buyer's officer did with a transmission: `state` is waiting, accepted or returned."""

    key: str
    reference: str
    state: str
    by: str = ""
    reason: str = ""


class ForgedAnswer(Exception):
    """A call that does not prove that it comes from the system."""


class ProcurementSystem(Protocol):
    def submit(self, transmission: Transmission) -> Received | Refused | Unclear:
        """Hand it over. Sending a key again is answered like the first time."""

    def look_up(self, key: str) -> Standing | NotThere | Unclear:
        """What became of a key."""

    def read_callback(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Standing:
        """The answer of an officer as the system tells it by itself. Raises ForgedAnswer."""
