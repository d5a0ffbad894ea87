"""The simulated bank in a thread of the test, and signed applications whose fee is to be paid."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from guarantees.actions.payments import Choice
from guarantees.models import Application, Payment
from guarantees.payments.simulator.bank import Switches, callback_of
from guarantees.payments.simulator.server import PaymentSimulator
from guarantees.payments.toss import TossProvider
from sms.gateways.transport import Channel, Limits
from tests.calendar_2024_2030 import fill_calendar
from tests.stories import FRIDAY, Cast, approved

KEY = "test-payment-key"
ACCOUNT = Choice("virtual_account", "04", "88", "110123456789", "미르누리설비(주)")
TRANSFER = Choice("transfer")


class BankThread:
    """The bank, and our adapter for it. `told` holds the callbacks that would have been posted."""

    def __init__(self) -> None:
        self.server = PaymentSimulator(("127.0.0.1", 0), secret_key=KEY, slow_seconds=2)
        self.bank = self.server.bank
        self.told: list[Mapping[str, Any]] = []
        self.bank.tell = lambda _payment, body: self.told.append(body)
        limits = Limits(connect=1, read=1, whole=1.5)
        self.provider = TossProvider(Channel(self.server.url, limits), KEY, name="simulator")

    def reset(self) -> None:
        self.told.clear()
        self.bank.switches = Switches()

    def fails(self, fault: str, path: str = "", times: int = 1, code: str = "INVALID_BANK") -> None:
        """The next requests to `path` meet a fault: refuse, down, lost or slow."""
        self.bank.switches = Switches(next_fault=fault, path=path, times=times, code=code)

    def order(self, payment: Payment) -> dict[str, Any]:
        """What the bank holds of a payment."""
        found = self.bank.by_order(payment.order_id)
        assert found is not None
        return found

    def callback(self, payment: Payment, **changes: Any) -> HttpResponse:
        """The callback of the last movement reaches the portal."""
        return post_callback({**callback_of(self.order(payment)), **changes})


def post_callback(body: Mapping[str, Any] | bytes) -> HttpResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = reverse("guarantees:payment_callback", args=["simulator"])
    return Client().post(url, content, content_type="application/json")


@contextmanager
def running_bank() -> Iterator[BankThread]:
    bank = BankThread()
    thread = Thread(target=bank.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield bank
    finally:
        bank.server.shutdown()
        thread.join(timeout=5)
        bank.server.server_close()


def signed(cast: Cast, **fields: Any) -> Application:
    """An application signed on Friday 2026-11-20 with a fee of 111,940 won, payable until Tuesday 2026-12-01."""
    fill_calendar()
    application = approved(cast, **fields)
    Application.everything.filter(pk=application.pk).update(state="signed", signed_at=FRIDAY)
    application.refresh_from_db()
    return application
