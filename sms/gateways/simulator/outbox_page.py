"""The outbox as HTML. Every value from outside goes through `escape`."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from itertools import islice

from sms.gateways.simulator import magic
from sms.gateways.simulator.content import LIMITS
from sms.gateways.simulator.mailbox import Mail

SEOUL = timezone(timedelta(hours=9))
PER_PHONE = 3
STATES = {
    "pending": "결과 대기",
    "delivered": "전달됨",
    "undelivered": "전달 안 됨",
    "refused": "접수 안 됨",
}
KINDS = {"sms": "단문", "lms": "장문"}

PAGE = """<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>발송함 - 시험용 문자 중계사</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/outbox.css">
<script src="/outbox.js" defer></script>
<noscript><meta http-equiv="refresh" content="5"></noscript>
</head>
<body>
<header class="top">
<div class="wrap">
<h1>발송함</h1>
<p>데모 데이터입니다. 실제 문자와 전자우편은 나가지 않으며, 포털이 보낸 내용이 여기에 모입니다.</p>
<form action="/" method="get" role="search">
<label for="number">휴대전화 번호</label>
<input id="number" name="number" value="{number}" inputmode="tel" autocomplete="off" maxlength="13"
 placeholder="010-0000-1000">
<button>찾기</button>
{everything}
</form>
<nav aria-label="이 화면"><a href="#texts">문자</a> <a href="#mails">전자우편</a></nav>
</div>
</header>
<main id="live" class="wrap">
<section aria-labelledby="texts">
<h2 id="texts">문자 <span class="count">{message_count}</span></h2>
<div class="phones">{phones}</div>
</section>
<section aria-labelledby="mails" class="mails">
<h2 id="mails">전자우편 <span class="count">{mail_count}</span></h2>
{mails}
</section>
</main>
</body>
</html>
"""


def render(rows: Sequence[sqlite3.Row], mails: Sequence[Mail], digits: str) -> str:
    """`rows` newest first; `digits` is the filter, empty for none."""
    phones: dict[str, list[sqlite3.Row]] = {}
    for row in rows:
        phones.setdefault(row["recipient"], []).append(row)
    nothing = "이 번호로 보낸 문자가 없습니다." if digits else "아직 보낸 문자가 없습니다."
    return PAGE.format(
        number=escape(number(digits)),
        everything='<a class="all" href="/">전체 보기</a>' if digits else "",
        message_count=f"{len(rows)}건",
        mail_count=f"{len(mails)}통",
        phones="".join(_phone(to, sent, len(phones) == 1) for to, sent in phones.items())
        or f'<p class="nothing">{nothing} 포털에서 심사 결과 안내나 무료 문자를 보내면 곧 나타납니다.</p>',
        mails="".join(map(_mail, mails)) or '<p class="nothing">아직 보낸 전자우편이 없습니다.</p>',
    )


def number(digits: str) -> str:
    """`01000001000` as 010-0000-1000; anything else as it is."""
    return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}" if len(digits) == 11 else digits


def _phone(recipient: str, sent: list[sqlite3.Row], is_alone: bool) -> str:
    shown = sent if is_alone else list(islice(sent, PER_PHONE))
    earlier = len(sent) - len(shown)
    more = (
        f'<p class="earlier"><a href="/?number={escape(recipient)}">이전 문자 {earlier}건 더 보기</a></p>'
        if earlier
        else ""
    )
    bubbles = "".join(_bubble(row) for row in reversed(shown))
    label = escape(number(recipient))
    return (
        f'<article class="phone" aria-label="{label} 수신 화면">'
        f'<h3><span class="speaker" aria-hidden="true"></span>{label}</h3>'
        f'<div class="screen">{more}<ol>{bubbles}</ol></div></article>'
    )


def _bubble(row: sqlite3.Row) -> str:
    state, kind = row["state"], row["kind"]
    why = magic.SENTENCES.get(row["code"], "") if state in ("undelivered", "refused") else ""
    subject = f'<strong class="subject">{escape(row["subject"])}</strong>' if row["subject"] else ""
    size = f"{KINDS.get(kind, kind)} {row['size']}/{LIMITS.get(kind, 0)}바이트"
    reason = f'<p class="why">{escape(why)}</p>' if why else ""
    return (
        f'<li class="{escape(state)}">'
        f'<p class="from"><span>보낸 번호 {escape(row["sender"])}</span> {_time(row["at"])}</p>'
        f'<p class="bubble">{subject}{escape(row["text"])}</p>'
        f'<p class="meta"><span class="state">{STATES[state]}</span> <span>{escape(size)}</span></p>'
        f"{reason}</li>"
    )


def _time(milliseconds: int) -> str:
    return _at(datetime.fromtimestamp(milliseconds / 1000, UTC))


def _at(instant: datetime) -> str:
    at = instant.astimezone(SEOUL)
    return f'<time datetime="{at.isoformat()}">{at.month}월 {at.day}일 {at:%H:%M:%S}</time>'


def _mail(mail: Mail) -> str:
    names = ", ".join(mail.attachments)
    when = _at(mail.at) if mail.at else ""
    attached = f'<p class="attached">첨부 {escape(names)}</p>' if names else ""
    return (
        f'<details class="mail" id="mail-{mail.id}"><summary><strong>{escape(mail.subject) or "(제목 없음)"}'
        f"</strong><span>받는 사람 {escape(mail.to)}</span><span>{when}</span></summary>"
        f'<p class="sender">보낸 사람 {escape(mail.sender)}</p>{attached}'
        f'<div class="body">{escape(mail.text)}</div></details>'
    )
