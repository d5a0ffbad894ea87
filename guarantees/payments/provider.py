"""What we ask of a payment provider, and what its answers mean to us. Amounts in whole won.

Every call ends by a fixed moment. What may have happened without our knowing is `Unclear`: it is asked about by
`ask`, never simply done again with another order number or key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class OrderStatus(StrEnum):
    """Where an order stands at the provider."""

    READY = "ready"  # made; nobody has paid or agreed to pay
    WAITING = "waiting"  # an account waits for money
    AGREED = "agreed"  # the payer has agreed; we have to confirm before money moves
    PAID = "paid"  # money came in, whatever went back since
    CLOSED = "closed"  # cancelled, expired or failed before any money came


@dataclass(frozen=True)
class Account:
    """A bank account: our code of the bank, digits, and the holder's name."""

    bank: str
    number: str
    holder: str


@dataclass(frozen=True)
class Returned:
    """Money the provider gave back. `reason` carries our refund's key."""

    amount: int
    reason: str


@dataclass(frozen=True)
class Order:
    """An order as the provider knows it.

    `received` counts all that ever came in, `returned` what went back; `transaction` is the key of the last
    movement. `secret` proves callbacks about this order.
    """

    order_id: str
    key: str
    status: OrderStatus
    received: int = 0
    paid_at: datetime | None = None
    transaction: str = ""
    secret: str = ""
    account: Account | None = None
    checkout_url: str = ""
    returned: tuple[Returned, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What an order is opened with. `bank`: where a virtual account shall be; `until`: the last moment to pay."""

    order_id: str
    amount: int
    name: str
    payer: str
    until: datetime
    bank: str = ""
    back_url: str = ""


@dataclass(frozen=True)
class Callback:
    """What a notification says. Only `order_id` is used, once the notification is believed; the rest is asked."""

    kind: str
    order_id: str
    secret: str = ""


class ProviderFault(Exception):
    """The provider did not do what was asked."""


class NotDone(ProviderFault):
    """Surely nothing happened: no connection, or an answer that says to come again."""


class Unclear(ProviderFault):
    """It may have happened. Ask."""


class Refused(ProviderFault):
    """The provider's definite no. `message` tells a person in Korean what to do about it."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(code)


class NotACallback(ValueError):
    """A body that no provider of ours would send."""


class PaymentProvider(Protocol):
    """One provider. All but `read_callback` speak to the network and raise NotDone, Unclear or Refused."""

    name: str

    def open_account(self, asked: Asked) -> Order:
        """A virtual account for this order alone. Repeated with the same order number it is the same account."""

    def start_transfer(self, asked: Asked) -> Order:
        """An order the payer agrees to on the provider's own page (`checkout_url`)."""

    def confirm(self, *, order_id: str, key: str, amount: int) -> Order:
        """Move the money the payer agreed to; exactly `amount`."""

    def ask(self, order_id: str) -> Order | None:
        """The order as it stands, None when the provider never heard of it."""

    def close(self, order: Order) -> Order:
        """Let nobody pay an unpaid order any more."""

    def refund(self, order: Order, *, amount: int, reason: str, key: str, to: Account | None) -> Order:
        """Give back part or all of what was paid; the same `key` gives back once. `to` for virtual accounts."""

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        """What a notification claims. Raises NotACallback."""
