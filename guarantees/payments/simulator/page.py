"""The visitor's pages as HTML. Every value from outside goes through `escape`."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from guarantees.payments.codes import BANKS
from guarantees.payments.simulator.bank import Payment, Switches

STATES = {
    "READY": "시작 전", "IN_PROGRESS": "동의함, 확인 대기", "WAITING_FOR_DEPOSIT": "입금 대기", "DONE": "입금됨",
    "CANCELED": "취소됨", "PARTIAL_CANCELED": "일부 환급", "ABORTED": "중단됨", "EXPIRED": "만료",
}  # fmt: skip
FAULTS = {
    "": "정상",
    "refuse": "한 번 거절",
    "down": "한 번 장애",
    "lost": "처리하고 응답 끊기",
    "slow": "한 번 늦게 응답",
}
CALLBACKS = {"on": "보냄", "off": "보내지 않음", "twice": "두 번 보냄"}

PAGE = """<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - 시험용 은행</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/bank.css">
</head>
<body>
<header class="top"><div class="wrap"><h1>{title}</h1>
<p>데모용 은행입니다. 실제 돈은 움직이지 않습니다.</p></div></header>
<main class="wrap">
{body}
</main>
</body>
</html>
"""


def orders(payments: Sequence[Payment], switches: Switches, wanted: str) -> str:
    """All orders, the wanted one on top, each with a form to deposit."""
    first = [payment for payment in payments if payment["orderId"] == wanted]
    others = [payment for payment in payments if payment["orderId"] != wanted]
    cards = "".join(_card(payment) for payment in [*first, *others])
    empty = '<p class="nothing">아직 납부 요청이 없습니다. 포털에서 가상계좌나 계좌이체를 선택해 보세요.</p>'
    return _page("입금하기", _switches(switches) + (cards or empty))


def checkout(payment: Payment) -> str:
    """The bank's own page of a transfer."""
    body = f"""<section class="card"><h2>{escape(payment["orderName"])}</h2>
{_facts(payment)}
<form method="post">
<button name="do" value="agree">이체에 동의</button>
<button name="do" value="broke" class="plain">동의(잔액 부족)</button>
<button name="do" value="cancel" class="plain">취소하고 돌아가기</button>
</form></section>"""
    return _page("계좌이체", body)


def missing() -> str:
    """What nobody asked for."""
    return _page("찾을 수 없음", '<p class="nothing">그런 주문이 없습니다. <a href="/">처음으로</a></p>')


def _page(title: str, body: str) -> str:
    return PAGE.format(title=escape(title), body=body)


def _card(payment: Payment) -> str:
    state = escape(str(STATES.get(payment["status"], payment["status"])))
    heading = f'<h2>{escape(payment["orderId"])} <span class="state">{state}</span></h2>'
    return f'<section class="card">{heading}{_facts(payment)}{_form(payment)}</section>'


def _facts(payment: Payment) -> str:
    account = payment["virtualAccount"]
    facts: dict[str, str] = {"낼 금액": f"{payment['_asked']:,}원", "내는 분": payment["_payer"]}
    if account:
        facts["계좌"] = f"{BANKS.get(account['bankCode'], account['bankCode'])} {account['accountNumber']}"
        facts["기한"] = account["dueDate"].replace("T", " ")
    if payment["approvedAt"]:
        facts["들어온 금액"] = f"{payment['totalAmount']:,}원 (남은 금액 {payment['balanceAmount']:,}원)"
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    return f"<dl>{rows}</dl>"


def _form(payment: Payment) -> str:
    if not payment["virtualAccount"]:
        return ""
    order, asked = escape(payment["orderId"]), payment["_asked"]
    return f"""<form method="post" action="/deposit"><input type="hidden" name="order" value="{order}">
<label>입금액 <input name="amount" value="{asked}" inputmode="numeric" pattern="[0-9,]+" required></label>
<button>입금</button></form>"""


def _switches(switches: Switches) -> str:
    fault = switches.next_fault if switches.times else ""
    return f"""<form method="post" action="/switches" class="switches">
<label>다음 요청 <select name="fault">{_options(FAULTS, fault)}</select></label>
<label>입금 통지 <select name="callbacks">{_options(CALLBACKS, switches.callbacks)}</select></label>
<button class="plain">바꾸기</button></form>"""


def _options(labels: Mapping[str, Any], chosen: str) -> str:
    return "".join(
        f'<option value="{key}"{" selected" if key == chosen else ""}>{escape(label)}</option>'
        for key, label in labels.items()
    )
