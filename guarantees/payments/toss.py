"""Toss Payments (토스페이먼츠), core API v1, version 2022-11-16, as its public documentation describes it.

Contract used here:
- `Authorization: Basic base64(secretKey + ":")`, JSON bodies, errors as `{"code", "message"}`.
- `Idempotency-Key` (at most 300 characters, kept for 15 days) on every POST: the same key gives the first answer
  again, and IDEMPOTENT_REQUEST_PROCESSING (409) while the first is still worked on.
- `POST /v1/virtual-accounts` {amount, orderId, orderName, customerName, bank, dueDate} makes an account for one
  order; `orderId` has 6 to 64 of letters, digits, `-`, `_`, `=` and is never used twice.
- `POST /v1/payments` {method, amount, orderId, orderName, successUrl, failUrl} makes an order whose
  `checkout.url` the payer visits; coming back with `paymentKey`, it is confirmed within ten minutes by
  `POST /v1/payments/confirm` {paymentKey, orderId, amount}: only then does money move.
- `GET /v1/payments/orders/{orderId}` answers the same Payment object, or 404 NOT_FOUND_PAYMENT.
- `POST /v1/payments/{paymentKey}/cancel` {cancelReason, cancelAmount, refundReceiveAccount {bank, accountNumber,
  holderName}}: the account is needed to give back what came through a virtual account. Without an amount an
  unpaid virtual account is closed.
- Webhooks are not signed. DEPOSIT_CALLBACK {createdAt, secret, status, transactionKey, orderId} carries the
  `secret` of the payment's own object, PAYMENT_STATUS_CHANGED {eventType, createdAt, data: Payment} the object
  with it. Either is only a reason to ask. It is repeated after 1, 4, 16, 64, 256, 1024 and 4096 minutes until
  the answer is 200.

Not tried against the real service: all of it has run against our simulator only. To be seen with test keys before
going live: that the contract includes `POST /v1/payments` for transfers (their examples use the browser SDK, which
our content security policy does not let in), the list of banks that give accounts, that `dueDate` may be as far
away as seven business days and two long holidays, and what the real service does with a wrong amount. Its account
takes the exact amount only; the simulator also lets through wrong amounts and second deposits, and then counts
them in `totalAmount`.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from guarantees.payments.codes import STATUSES, Meaning, meaning_of
from guarantees.payments.provider import (
    Account,
    Asked,
    Callback,
    NotACallback,
    NotDone,
    Order,
    OrderStatus,
    Refused,
    Returned,
    Unclear,
)
from sms.gateways.transport import Answer, Channel, NeverReached, NoSureAnswer

URL = "https://api.tosspayments.com"
SEOUL = ZoneInfo("Asia/Seoul")
LONGEST_NAME = 100
LONGEST_REASON = 200


class TossProvider:
    """The adapter; `name` differs for the simulator, which speaks the same wire."""

    def __init__(self, channel: Channel, secret_key: str, *, name: str = "toss") -> None:
        self.name = name
        self._channel = channel
        self._authorization = "Basic " + b64encode(f"{secret_key}:".encode()).decode()

    def open_account(self, asked: Asked) -> Order:
        body = {
            **_common(asked),
            "bank": asked.bank,
            "dueDate": asked.until.astimezone(SEOUL).strftime("%Y-%m-%dT%H:%M:%S"),
        }
        return self._post("/v1/virtual-accounts", body, key=f"open:{asked.order_id}")

    def start_transfer(self, asked: Asked) -> Order:
        body = {
            **_common(asked), "method": "TRANSFER", "successUrl": asked.back_url, "failUrl": asked.back_url,
        }  # fmt: skip
        return self._post("/v1/payments", body, key=f"open:{asked.order_id}")

    def confirm(self, *, order_id: str, key: str, amount: int) -> Order:
        body = {"paymentKey": key, "orderId": order_id, "amount": amount}
        return self._post("/v1/payments/confirm", body, key=f"confirm:{order_id}")

    def ask(self, order_id: str) -> Order | None:
        answer = self._exchange("GET", f"/v1/payments/orders/{quote(order_id, safe='')}", {}, None)
        if answer.status == 404:
            return None
        return self._understood(answer)

    def close(self, order: Order) -> Order:
        body = {"cancelReason": "납부하지 않음"}
        return self._post(_cancel(order), body, key=f"close:{order.order_id}")

    def refund(self, order: Order, *, amount: int, reason: str, key: str, to: Account | None) -> Order:
        body: dict[str, Any] = {"cancelReason": reason[:LONGEST_REASON], "cancelAmount": amount}
        if to is not None:
            body["refundReceiveAccount"] = {
                "bank": to.bank,
                "accountNumber": to.number,
                "holderName": to.holder,
            }
        return self._post(_cancel(order), body, key=key)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        given = _json(body)
        kind = str(given.get("eventType") or "DEPOSIT_CALLBACK")
        data = given.get("data") if isinstance(given.get("data"), dict) else given
        data = cast("dict[str, Any]", data)
        order_id = data.get("orderId")
        if not isinstance(order_id, str) or not 6 <= len(order_id) <= 64:
            raise NotACallback("no orderId")
        secret = data.get("secret")
        return Callback(kind[:40], order_id, secret if isinstance(secret, str) else "")

    def _post(self, path: str, body: Mapping[str, Any], *, key: str) -> Order:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        content = json.dumps(body, ensure_ascii=False).encode()
        return self._understood(self._exchange("POST", path, headers, content))

    def _exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        sent = {"Authorization": self._authorization, "Accept": "application/json", **headers}
        try:
            return self._channel.exchange(method, path, headers=sent, body=body)
        except NeverReached as error:
            raise NotDone(str(error)) from error
        except NoSureAnswer as error:
            raise Unclear(str(error)) from error

    def _understood(self, answer: Answer) -> Order:
        try:
            given = _json(answer.body)
        except NotACallback as error:
            raise Unclear(f"status {answer.status} without JSON") from error
        if answer.status == 200:
            try:
                return _order(given)
            except (KeyError, TypeError, ValueError) as error:
                raise Unclear("an answer we do not understand") from error
        code = str(given.get("code", ""))
        meaning, message = meaning_of(code, answer.status)
        if meaning is Meaning.AGAIN:
            raise NotDone(code)
        if meaning is Meaning.ASK:
            raise Unclear(code)
        raise Refused(code, message)


def _common(asked: Asked) -> dict[str, Any]:
    return {
        "amount": asked.amount,
        "orderId": asked.order_id,
        "orderName": asked.name[:LONGEST_NAME],
        "customerName": asked.payer[:LONGEST_NAME],
    }


def _cancel(order: Order) -> str:
    return f"/v1/payments/{quote(order.key, safe='')}/cancel"


def _order(given: Mapping[str, Any]) -> Order:
    paid_at = _instant(given.get("approvedAt"))
    account = given.get("virtualAccount") or None
    returned = tuple(
        Returned(int(part["cancelAmount"]), str(part.get("cancelReason") or ""))
        for part in given.get("cancels") or ()
    )
    return Order(
        order_id=str(given["orderId"]),
        key=str(given["paymentKey"]),
        status=_status(str(given["status"]), paid_at),
        received=int(given["totalAmount"]) if paid_at else 0,
        paid_at=paid_at,
        transaction=str(given.get("lastTransactionKey") or ""),
        secret=str(given.get("secret") or ""),
        account=account and Account(account["bankCode"], account["accountNumber"], account["customerName"]),
        checkout_url=str((given.get("checkout") or {}).get("url") or ""),
        returned=returned if paid_at else (),
    )


def _status(word: str, paid_at: datetime | None) -> OrderStatus:
    """CANCELED stands for an order given back in full as well as for one nobody ever paid."""
    if word == "CANCELED" and paid_at is not None:
        return OrderStatus.PAID
    return STATUSES[word]


def _instant(text: object) -> datetime | None:
    if not isinstance(text, str) or not text:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=SEOUL)


def _json(body: bytes) -> dict[str, Any]:
    """Raises NotACallback for anything but a JSON object."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotACallback("not JSON") from error
    if not isinstance(given, dict):
        raise NotACallback("no object")
    return given
