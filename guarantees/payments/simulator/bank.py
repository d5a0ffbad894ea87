"""The simulated bank: orders in the provider's own shape, deposits right and wrong, switches for trouble.

Unlike the real service an account here also takes wrong amounts, second deposits and late ones; what came in all
stands in `totalAmount` from the first deposit on. Amounts in whole won.
"""

import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
BAD_ACCOUNT = "0000000000"  # a refund account no bank accepts
SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (key TEXT PRIMARY KEY, order_id TEXT UNIQUE NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answered (key TEXT PRIMARY KEY, status INTEGER NOT NULL, body TEXT NOT NULL);
"""
Payment = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """An HTTP status and a JSON body."""

    status: int
    body: Mapping[str, Any]


class Error(Exception):
    """A refusal in the provider's words."""

    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code
        super().__init__(code)


@dataclass
class Switches:
    """What goes wrong from now on. `next_fault`: refuse, down, lost or slow, for `times` requests to `path`."""

    next_fault: str = ""
    path: str = ""
    times: int = 0
    code: str = "PROVIDER_ERROR"
    callbacks: str = "on"  # on, off or twice


@dataclass
class Bank:
    """One provider. `now` gives the instant; `tell` hears each callback body."""

    database: Path | str
    now: Callable[[], datetime]
    tell: Callable[[Payment, Mapping[str, Any]], None]
    url: str = ""  # where the payer's page is
    switches: Switches = field(default_factory=Switches)

    def __post_init__(self) -> None:
        self._lock = RLock()
        self._rows = sqlite3.connect(self.database, check_same_thread=False, isolation_level=None)
        self._rows.executescript(SCHEMA)

    def end(self) -> None:
        """Closes the file."""
        self._rows.close()

    def fault(self, path: str) -> str:
        """The fault this request meets, counted down."""
        with self._lock:
            if self.switches.times <= 0 or self.switches.path not in path:
                return ""
            self.switches.times -= 1
            return self.switches.next_fault

    def once(self, key: str, work: Callable[[], Payment]) -> Answer:
        """The answer to a request; the same idempotency key gives the first answer again."""
        with self._lock:
            known = self._rows.execute("SELECT status, body FROM answered WHERE key = ?", [key]).fetchone()
            if key and known:
                return Answer(known[0], json.loads(known[1]))
            try:
                answer = Answer(200, shown(work()))
            except Error as error:
                answer = Answer(error.status, {"code": error.code, "message": "simulated"})
            if key:
                text = json.dumps(answer.body, ensure_ascii=False)
                self._rows.execute("INSERT INTO answered VALUES (?, ?, ?)", [key, answer.status, text])
            return answer

    def open_account(self, given: Mapping[str, Any]) -> Payment:
        """POST /v1/virtual-accounts."""
        account = {
            "accountType": "일반", "accountNumber": f"{secrets.randbelow(10**14):014d}",
            "bankCode": str(given["bank"]), "customerName": str(given["customerName"]),
            "dueDate": str(given["dueDate"]), "refundStatus": "NONE", "expired": False,
        }  # fmt: skip
        return self._make(given, "가상계좌", "WAITING_FOR_DEPOSIT", virtualAccount=account)

    def start_transfer(self, given: Mapping[str, Any]) -> Payment:
        """POST /v1/payments; the payer's page is ours."""
        back = {"_success": str(given["successUrl"]), "_fail": str(given["failUrl"])}
        return self._make(given, "계좌이체", "READY", **back)

    def _make(self, given: Mapping[str, Any], method: str, status: str, **more: Any) -> Payment:
        order_id, amount = str(given["orderId"]), int(given["amount"])
        if not 6 <= len(order_id) <= 64 or amount <= 0:
            raise Error(400, "INVALID_REQUEST")
        if self.by_order(order_id) is not None:
            raise Error(400, "DUPLICATED_ORDER_ID")
        key = f"sim_{secrets.token_hex(12)}"
        payment: Payment = {
            "version": "2022-11-16", "paymentKey": key, "orderId": order_id,
            "orderName": str(given["orderName"]), "method": method, "status": status, "totalAmount": amount,
            "balanceAmount": amount, "requestedAt": self._at(), "approvedAt": None, "currency": "KRW",
            "lastTransactionKey": secrets.token_hex(16), "secret": f"ps_{secrets.token_hex(12)}", "cancels": None,
            "virtualAccount": None, "checkout": {"url": f"{self.url}/checkout/{key}"},
            "_payer": str(given["customerName"]), "_asked": amount,
            "_broke": False, **more,
        }  # fmt: skip
        self._keep(payment)
        return payment

    def confirm(self, given: Mapping[str, Any]) -> Payment:
        """POST /v1/payments/confirm."""
        payment = self.by_key(str(given["paymentKey"]))
        if payment["orderId"] != given["orderId"] or payment["_asked"] != given["amount"]:
            raise Error(400, "INVALID_REQUEST")
        if payment["status"] == "DONE":
            raise Error(400, "ALREADY_PROCESSED_PAYMENT")
        if payment["status"] != "IN_PROGRESS":
            raise Error(404, "NOT_FOUND_PAYMENT_SESSION")
        if payment["_broke"]:
            payment["status"] = "ABORTED"
            self._keep(payment)
            raise Error(403, "REJECT_ACCOUNT_PAYMENT")
        self._receive(payment, payment["_asked"], self._at())
        return payment

    def cancel(self, key: str, given: Mapping[str, Any]) -> Payment:
        """POST /v1/payments/{key}/cancel: closes an unpaid order, gives back part or all of a paid one."""
        payment = self.by_key(key)
        if payment["approvedAt"] is None:
            if payment["status"] not in ("WAITING_FOR_DEPOSIT", "READY", "IN_PROGRESS"):
                raise Error(403, "ALREADY_CANCELED_PAYMENT")
            payment["status"] = "CANCELED"
            self._keep(payment)
            return payment
        amount = int(given.get("cancelAmount") or payment["balanceAmount"])
        if not 0 < amount <= payment["balanceAmount"]:
            raise Error(403, "NOT_CANCELABLE_AMOUNT")
        if payment["virtualAccount"]:
            account = given.get("refundReceiveAccount") or {}
            if not account.get("accountNumber"):
                raise Error(400, "INVALID_REFUND_ACCOUNT_INFO")
            if account["accountNumber"] == BAD_ACCOUNT:
                raise Error(400, "INVALID_REFUND_ACCOUNT_NUMBER")
        payment["balanceAmount"] -= amount
        payment["status"] = "PARTIAL_CANCELED" if payment["balanceAmount"] else "CANCELED"
        payment["cancels"] = [
            *(payment["cancels"] or []),
            {"cancelAmount": amount, "cancelReason": str(given["cancelReason"]), "canceledAt": self._at(),
             "transactionKey": secrets.token_hex(16), "cancelStatus": "DONE"},
        ]  # fmt: skip
        self._keep(payment)
        return payment

    def deposit(self, order_id: str, amount: int, *, at: str = "") -> Payment:
        """A visitor pays into the account: any amount, at any time, as often as he likes."""
        with self._lock:
            payment = self.by_order(order_id)
            if payment is None or not payment["virtualAccount"] or amount <= 0:
                raise Error(404, "NOT_FOUND_PAYMENT")
            self._receive(payment, amount, at or self._at())
        self._tell(payment)
        return payment

    def agree(self, key: str, *, broke: bool = False) -> Payment:
        """The payer agrees on the bank's page; with `broke` the account then has not enough."""
        return self._visit(key, "IN_PROGRESS", broke)

    def turn_away(self, key: str) -> Payment:
        """The payer leaves the bank's page by its cancel button."""
        return self._visit(key, "ABORTED", False)

    def _visit(self, key: str, status: str, broke: bool) -> Payment:
        with self._lock:
            payment = self.by_key(key)
            if payment["status"] == "READY":
                payment["status"], payment["_broke"] = status, broke
                self._keep(payment)
            return payment

    def _receive(self, payment: Payment, amount: int, at: str) -> None:
        before = payment["totalAmount"] if payment["approvedAt"] else 0
        back = sum(part["cancelAmount"] for part in payment["cancels"] or [])
        payment["totalAmount"] = before + amount
        payment["balanceAmount"] = payment["totalAmount"] - back
        payment["status"], payment["approvedAt"] = "PARTIAL_CANCELED" if back else "DONE", at
        payment["lastTransactionKey"] = secrets.token_hex(16)
        self._keep(payment)

    def _tell(self, payment: Payment) -> None:
        body = callback_of(payment)
        for _ in range({"on": 1, "off": 0, "twice": 2}[self.switches.callbacks]):
            self.tell(payment, body)

    def by_order(self, order_id: str) -> Payment | None:
        """The payment of an order number, None when there is none."""
        with self._lock:
            row = self._rows.execute("SELECT body FROM payment WHERE order_id = ?", [order_id]).fetchone()
        return json.loads(row[0]) if row else None

    def by_key(self, key: str) -> Payment:
        """The payment of a key. Raises Error NOT_FOUND_PAYMENT."""
        with self._lock:
            row = self._rows.execute("SELECT body FROM payment WHERE key = ?", [key]).fetchone()
        if row is None:
            raise Error(404, "NOT_FOUND_PAYMENT")
        return dict(json.loads(row[0]))

    def latest(self, most: int = 30) -> list[Payment]:
        """The newest orders first."""
        with self._lock:
            rows = self._rows.execute("SELECT body FROM payment ORDER BY rowid DESC LIMIT ?", [most]).fetchall()
        return [json.loads(row[0]) for row in rows]

    def count(self) -> int:
        """How many orders there are: each stands for one account or one transfer."""
        return int(self._rows.execute("SELECT count(*) FROM payment").fetchone()[0])

    def _keep(self, payment: Payment) -> None:
        self._rows.execute(
            "INSERT INTO payment VALUES (:key, :order, :body) ON CONFLICT (key) DO UPDATE SET body = :body",
            {
                "key": payment["paymentKey"], "order": payment["orderId"],
                "body": json.dumps(payment, ensure_ascii=False),
            },
        )  # fmt: skip

    def _at(self) -> str:
        return self.now().astimezone(SEOUL).isoformat(timespec="seconds")


def shown(payment: Payment) -> Payment:
    """What the wire shows: our own marks stay inside."""
    return {name: value for name, value in payment.items() if not name.startswith("_")}


def callback_of(payment: Payment) -> dict[str, Any]:
    """DEPOSIT_CALLBACK of the last movement."""
    return {
        "createdAt": payment["approvedAt"], "secret": payment["secret"], "status": payment["status"],
        "transactionKey": payment["lastTransactionKey"], "orderId": payment["orderId"],
    }  # fmt: skip
