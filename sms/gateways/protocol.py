"""What the portal asks of any SMS gateway, in words no vendor owns. No network, no Django."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol, runtime_checkable
from uuid import UUID


class ErrorClass(StrEnum):
    """Why a gateway or carrier said no, and thereby what to do next (DOMAIN §4.5)."""

    BAD_NUMBER = "bad_number"
    REFUSED = "refused"
    SPAM_BLOCK = "spam_block"
    TEMPORARY = "temporary"
    CONTENT = "content"
    CONFIG = "config"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"

    @property
    def is_permanent(self) -> bool:
        """True where the same text to the same number can never succeed."""
        return self in _PERMANENT


_PERMANENT = frozenset({ErrorClass.BAD_NUMBER, ErrorClass.REFUSED, ErrorClass.SPAM_BLOCK, ErrorClass.CONTENT})


class ReportStatus(StrEnum):
    """How far a message the gateway accepted has come."""

    PENDING = "pending"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


class OutgoingText(NamedTuple):
    """One text as the gateway gets it.

    `key` is our message's UUID, written as RFC 9562 has it (lower case, hyphens); `to` and `sender` are digits
    only; `subject` is empty for an SMS. A tuple, as a thousand are made at once.
    """

    key: str
    to: str
    sender: str
    kind: Literal["sms", "lms"]
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway took the message and named it. It is not delivered yet."""

    provider_ref: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The gateway surely did not take this message."""

    error_class: ErrorClass
    code: str
    text: str
    permanent: bool
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class GatewayDown:
    """Surely not taken, and nothing else will be until a person repairs the account or the settings.

    Stop the queue of this gateway, alert, and count no attempt.
    """

    code: str
    text: str
    error_class: ErrorClass = ErrorClass.CONFIG


@dataclass(frozen=True, slots=True)
class Unknown:
    """No sure answer: the message may have been taken. Ask by key before sending it again."""

    reason: str


Outcome = Accepted | Refused | GatewayDown | Unknown


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an accepted message. `at` is the gateway's own claim: for display, never for logic."""

    key: str | None
    provider_ref: str
    status: ReportStatus
    code: str
    error_class: ErrorClass | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a send could succeed now. `senders` are the registered numbers; None when any is allowed.

    `is_refusal`: the account itself said that it takes nothing; otherwise not being usable may be mere silence.
    """

    usable: bool
    reason: str
    senders: frozenset[str] | None = None
    is_refusal: bool = False


class LookUpFailed(Exception):
    """The gateway could not be asked, or did not answer every question. Nothing is proven either way."""


class ForgedReport(Exception):
    """A delivery report whose signature or age is wrong. The text says which, for the log."""


class Gateway(Protocol):
    """A vendor behind one account.

    `quarantine` is the longest time after our deadline in which the vendor may still accept; only after it
    does "never seen" from `look_up` prove that a message may be sent again.
    """

    @property
    def name(self) -> str: ...
    @property
    def max_batch(self) -> int: ...
    @property
    def max_in_flight(self) -> int: ...
    @property
    def rate(self) -> int:
        """Messages a second the contract allows; 0 for as many as we can."""
        ...

    @property
    def supports_lookup(self) -> bool: ...
    @property
    def quarantine(self) -> timedelta: ...

    def send(self, batch_id: UUID, messages: Sequence[OutgoingText]) -> dict[str, Outcome]:
        """Exactly one outcome for each key. Never raises for network trouble.

        Keys beyond these are what the answer said of somebody else's messages: a reason for an alarm, no more.

        Raises ValueError for more than `max_batch` messages or a key given twice: our own mistake.
        """
        ...

    def look_up(self, keys: Collection[str]) -> dict[str, Report | None]:
        """One entry for each key; None means the gateway has never seen it. Raises LookUpFailed."""
        ...

    def reports(self, refs: Collection[str]) -> list[Report]:
        """The reports the gateway has for these references, in no order. Raises LookUpFailed."""
        ...

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Report]:
        """Reports of a callback received `at`, verified. Raises ForgedReport; rows not understood are left out.

        A vendor that signs nothing is asked about what the callback names, so LookUpFailed may come too.
        """
        ...

    def balance(self) -> int:
        """What is left of the prepaid money, in won. Raises LookUpFailed."""
        ...

    def health(self) -> Health:
        """Never raises."""
        ...


@runtime_checkable
class Grouped(Protocol):
    """A vendor that gathers a batch under an id of its own and sends it by a last, separate step.

    The id must be stored before that step: then a batch in doubt can be asked about whole, and a batch without
    a stored id was surely never sent.
    """

    def open_group(self) -> str | Refused | GatewayDown:
        """The id of a new, empty group. Never raises for network trouble; nothing is sent yet."""
        ...

    def send_group(self, group: str, messages: Sequence[OutgoingText]) -> dict[str, Outcome]:
        """As `Gateway.send`, into this group."""
        ...

    def look_up_group(self, group: str, keys: Collection[str]) -> dict[str, Report | None]:
        """As `Gateway.look_up`, of messages handed over in this group. Raises LookUpFailed."""
        ...


@runtime_checkable
class Refusing(Protocol):
    """A vendor that runs the line by which recipients refuse (080), and tells who did."""

    def refused_numbers(self) -> list[str]:
        """Every number that has refused, as the vendor writes them. Raises LookUpFailed."""
        ...

    def parse_refusals(self, headers: Mapping[str, str], body: bytes) -> list[str]:
        """The numbers that a callback says have refused; none for a callback about something else.

        Raises ForgedReport.
        """
        ...
