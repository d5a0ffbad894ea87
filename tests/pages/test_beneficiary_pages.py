"""The page behind a beneficiary's link, and the member's and the desk's view of the same delivery."""

import hashlib
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from guarantees.actions.deliveries import deliver_anew, revoke_link
from guarantees.deliveries import delivery_of
from guarantees.models import Delivery, DeliveryEvent, Guarantee, ReleaseRequest
from guarantees.procurement.client import NoSystem
from portal.audit.models import AuditEvent
from sms.models import Message
from tests.calendar_2024_2030 import fill_calendar
from tests.flows.delivery_world import AT, EMAIL, deliver, document_of, issued, last_delivery, last_link, letters
from tests.stories import BACKEND, Cast, admin, make_cast, web

pytestmark = pytest.mark.django_db
NOBODY = NoSystem()
SOON = AT + timedelta(minutes=1)
GONE = "열 수 없는 링크입니다"


@pytest.fixture
def cast(db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    settings.DOCUMENT_FOLDER = tmp_path / "documents"
    monkeypatch.setattr("portal.clock.now", lambda: SOON)
    fill_calendar()
    return make_cast()


def sent(cast: Cast, **fields: object) -> tuple[Guarantee, str]:
    """A guarantee on its way by e-mail, and the address of its page."""
    guarantee = issued(cast, "email", **fields)
    deliver(NOBODY, SOON)
    return guarantee, f"/b/{last_link(guarantee)}/"


def accepted(cast: Cast, client: Client) -> tuple[Guarantee, str]:
    guarantee, page = sent(cast)
    client.post(f"{page}accept/", {"name": "시설과 이나래"})
    return guarantee, page


def text(response: HttpResponse) -> str:
    return response.content.decode()


def test_the_page_shows_the_document_and_what_can_be_answered(client: Client, cast: Cast) -> None:
    _guarantee, page = sent(cast)
    shown = client.get(page)
    assert shown.status_code == 200
    for words in ("계약보증 보증서가 도착했습니다", "30,000,000원", cast.member.name, "접수하기", "반려하기"):
        assert words in text(shown)
    assert "이행 완료 확인" not in text(shown)


def test_nothing_of_it_is_kept_or_told_on(client: Client, cast: Cast) -> None:
    _guarantee, page = sent(cast)
    for url in (page, f"{page}document/"):
        shown = client.get(url)
        assert "no-store" in shown["Cache-Control"]
        assert (shown["Referrer-Policy"], shown["X-Robots-Tag"]) == ("same-origin", "noindex")


def test_the_file_is_the_sealed_one(client: Client, cast: Cast) -> None:
    guarantee, page = sent(cast)
    file = client.get(f"{page}document/")
    assert hashlib.sha256(file.content).hexdigest() == document_of(guarantee).sha256
    assert file["Content-Disposition"].startswith("attachment")
    assert file["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_accepted_with_a_name(client: Client, cast: Cast) -> None:
    guarantee, page = sent(cast)
    answer = client.post(f"{page}accept/", {"name": "시설과 이나래"}, REMOTE_ADDR="10.1.2.3", follow=True)
    delivery = last_delivery(guarantee)
    assert (delivery.state, delivery.answered_by, delivery.answered_at) == ("accepted", "시설과 이나래", SOON)
    assert "접수하셨습니다. 조합원과 조합에 알렸습니다." in text(answer)
    event = AuditEvent.everything.get(action="delivery.accept")
    assert (event.actor_name, event.channel, event.address) == ("보증채권자 시설과 이나래", "link", "10.1.2.3")
    told = [letter for letter in letters(guarantee) if letter[0] == "delivery_accepted"]
    assert told == [
        ("delivery_accepted", cast.officer.email), ("delivery_accepted", "contact@example.kr")
    ]  # fmt: skip


def test_pressed_twice_it_is_accepted_once(client: Client, cast: Cast) -> None:
    guarantee, page = accepted(cast, client)
    client.post(f"{page}accept/", {"name": "누군가"})
    assert last_delivery(guarantee).answered_by == "시설과 이나래"
    assert len(letters(guarantee)) == 3


def test_returned_with_its_reason(client: Client, cast: Cast) -> None:
    guarantee, page = sent(cast)
    client.post(f"{page}return/", {"name": "시설과 이나래", "reason": "보증기간이 하루 짧습니다."})
    delivery = last_delivery(guarantee)
    assert (delivery.state, delivery.return_reason) == ("returned", "보증기간이 하루 짧습니다.")
    assert "보증기간이 하루 짧습니다." in Message.everything.filter(to="contact@example.kr").latest("id").body
    shown = text(client.get(page))
    assert "반려하신 보증서입니다" in shown
    assert "접수하기" not in shown


@pytest.mark.parametrize(
    ("_case", "what", "typed", "sentence"),
    [
        ("이름 없이 접수", "accept", {}, "이 필드는 필수 항목입니다"),
        ("사유 없이 반려", "return", {"name": "이나래"}, "이 필드는 필수 항목입니다"),
        (
            "접수 전 완료 확인",
            "complete",
            {"name": "이나래", "completed_on": "2026-11-19"},
            "먼저 보증서를 접수해 주세요",
        ),
    ],
)
def test_what_is_missing_changes_nothing(
    client: Client, cast: Cast, _case: str, what: str, typed: dict[str, str], sentence: str
) -> None:
    guarantee, page = sent(cast)
    answer = client.post(f"{page}{what}/", typed)
    assert sentence in text(answer)
    assert (last_delivery(guarantee).state, len(letters(guarantee))) == ("sent", 1)
    assert ReleaseRequest.everything.count() == 0


def test_a_bid_guarantee_is_not_returned(client: Client, cast: Cast) -> None:
    guarantee, page = sent(cast, product_code="B1", amount=20_000_000, completes_on=date(2026, 11, 25))
    assert "반려하기" not in text(client.get(page))
    answer = client.post(f"{page}return/", {"name": "이나래", "reason": "필요 없음"})
    assert (answer.status_code, last_delivery(guarantee).state) == (409, "sent")
    assert "반려할 수 없습니다" in text(answer)


# ── The works are done ──


@pytest.mark.parametrize(("_case", "amount", "asked"), [("전부", "", None), ("일부", "10,000,000", 10_000_000)])
def test_completion_asks_for_a_release(
    client: Client, cast: Cast, _case: str, amount: str, asked: int | None
) -> None:
    guarantee, page = accepted(cast, client)
    typed = {"name": "시설과 이나래", "completed_on": "2026-11-19", "amount": amount, "remark": "하자 없음"}
    answer = client.post(f"{page}complete/", typed, follow=True)
    assert "관할 지점이 확인한 뒤 보증을 해제합니다" in text(answer)
    request = guarantee.release_requests.get()
    assert (request.party, request.ground, request.amount, request.asked_by) == (
        "beneficiary", "confirmed", asked, None
    )  # fmt: skip
    assert request.note == "시설과 이나래님이 2026-11-19 이행 완료를 확인했습니다. 하자 없음"
    guarantee.refresh_from_db()
    assert guarantee.outstanding == 30_000_000  # the branch decides


@pytest.mark.parametrize(
    ("_case", "typed", "sentence"),
    [
        ("내일", {"completed_on": "2026-11-21"}, "오늘보다 뒤입니다"),
        (
            "보증금액보다 많이",
            {"completed_on": "2026-11-19", "amount": "30,000,000"},
            "보증잔액 30,000,000원보다 작아야",
        ),
    ],
)
def test_a_completion_that_cannot_be(
    client: Client, cast: Cast, _case: str, typed: dict[str, str], sentence: str
) -> None:
    _guarantee, page = accepted(cast, client)
    answer = client.post(f"{page}complete/", {"name": "이나래", **typed})
    assert (answer.status_code, sentence in text(answer)) == (409, True)
    assert ReleaseRequest.everything.count() == 0


# ── Links that open nothing ──


def test_every_dead_link_gives_the_same_page(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    guarantee, revoked = sent(cast)
    revoke_link(delivery_id=last_delivery(guarantee).pk, reason="오배송", by=admin(cast.officer), at=SOON)
    guarantee, replaced = sent(cast)
    deliver_anew(guarantee_id=guarantee.pk, channel="print", by=web(cast.user), at=SOON)
    guarantee, superseded = sent(cast)
    document_of(guarantee)
    type(document_of(guarantee)).everything.filter(guarantee=guarantee).update(superseded_at=SOON)
    guarantee, cancelled = sent(cast)
    Guarantee.everything.filter(pk=guarantee.pk).update(
        state="cancelled", cancelled_at=SOON, cancel_reason="-", outstanding=0
    )
    _guarantee, expired = sent(cast)
    links = [revoked, replaced, superseded, cancelled, "/b/unknown/", f"/b/{'x' * 300}/"]
    pages = [client.get(link) for link in links]
    before = DeliveryEvent.everything.count()
    pages += [client.post(f"{revoked}{what}/", {"name": "x", "reason": "x", "completed_on": "2026-11-19"})
              for what in ("accept", "return", "complete")]  # fmt: skip
    pages += [client.get(f"{revoked}document/")]
    later = SOON + timedelta(days=60)
    monkeypatch.setattr("portal.clock.now", lambda: later)
    pages += [client.get(expired)]
    assert {page.status_code for page in pages} == {410}
    assert len({page.content for page in pages}) == 1
    assert GONE in text(pages[0])
    assert DeliveryEvent.everything.count() == before


def test_openings_and_downloads_are_noted(client: Client, cast: Cast) -> None:
    guarantee, page = sent(cast)
    for address in ("10.1.1.1", "10.1.1.1", "10.2.2.2"):
        client.get(page, REMOTE_ADDR=address)
    client.get(f"{page}document/", REMOTE_ADDR="10.2.2.2")
    events = last_delivery(guarantee).events.exclude(address="").values_list("kind", "address")
    assert list(events) == [("opened", "10.1.1.1"), ("opened", "10.2.2.2"), ("downloaded", "10.2.2.2")]


def test_a_form_without_our_token_is_refused(cast: Cast) -> None:
    guarantee, page = sent(cast)
    answer = Client(enforce_csrf_checks=True).post(f"{page}accept/", {"name": "시설과 이나래"})
    assert (answer.status_code, last_delivery(guarantee).state) == (403, "sent")


def test_one_address_does_not_try_links_without_end(client: Client, cast: Cast) -> None:
    asked = [client.get(f"/b/{n}/").status_code for n in range(61)]
    assert asked == [410] * 60 + [429]


# ── The member ──


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_the_member_follows_it_on_the_guarantees_page(client: Client, cast: Cast) -> None:
    guarantee, page = sent(cast)
    client.get(page)
    client.post(f"{page}return/", {"name": "시설과 이나래", "reason": "보증기간이 하루 짧습니다."})
    shown = text(browser(cast.user).get(reverse("guarantees:guarantee", args=[guarantee.public_id])))
    for words in (EMAIL, "보증채권자가 열어 보았습니다", "보증기간이 하루 짧습니다.", "다시 보내기"):
        assert words in shown


def test_the_member_sends_it_elsewhere(cast: Cast) -> None:
    guarantee, page = sent(cast)
    member, url = browser(cast.user), reverse("guarantees:deliver", args=[guarantee.public_id])
    assert EMAIL in text(member.get(url))
    lacking = member.post(url, {"channel": "email", "to_email": ""})
    assert "이메일 주소를 입력해 주세요" in text(lacking)
    done = member.post(url, {"channel": "email", "to_email": "new@example.kr"}, follow=True)
    assert "이메일을 보냅니다" in text(done)
    assert last_delivery(guarantee).to_email == "new@example.kr"
    assert Client().get(page).status_code == 410


def test_the_member_hands_it_in_himself(cast: Cast) -> None:
    guarantee, _page = sent(cast)
    url = reverse("guarantees:deliver", args=[guarantee.public_id])
    done = browser(cast.user).post(url, {"channel": "print", "to_email": ""}, follow=True)
    assert "직접 제출하기로 했습니다" in text(done)
    assert (last_delivery(guarantee).channel, last_delivery(guarantee).state) == ("print", "sent")


def test_the_member_renews_the_link(cast: Cast) -> None:
    guarantee, page = sent(cast)
    url = reverse("guarantees:renew_delivery_link", args=[last_delivery(guarantee).public_id])
    assert browser(make_cast().user).post(url).status_code == 404
    assert Client().get(page).status_code == 200
    browser(cast.user).post(url)
    assert Client().get(page).status_code == 410
    assert Client().get(f"/b/{last_link(guarantee)}/").status_code == 200


def test_an_accepted_one_is_not_sent_again(client: Client, cast: Cast) -> None:
    guarantee, _page = accepted(cast, client)
    url = reverse("guarantees:deliver", args=[guarantee.public_id])
    refused = browser(cast.user).post(url, {"channel": "email", "to_email": "new@example.kr"})
    assert "이미 접수했습니다" in text(refused)
    assert guarantee.deliveries.count() == 1


# ── The desk ──


def desk(delivery: Delivery, button: str) -> str:
    return reverse("admin:guarantees_delivery_do", args=[delivery.pk, button])


def test_the_desk_finds_what_came_back_and_sends_it_again(client: Client, cast: Cast) -> None:
    guarantee, page = sent(cast)
    client.post(f"{page}return/", {"name": "이나래", "reason": "부서가 다릅니다."})
    officer = browser(cast.officer)
    home = text(officer.get(reverse("admin:index")))
    assert re.search(r"반려·실패한 송부.*?1", home, re.S)
    listed = text(officer.get(reverse("admin:guarantees_delivery_changelist") + "?attention=yes"))
    assert guarantee.number in listed
    officer.post(desk(last_delivery(guarantee), "send_again"), {"channel": "email", "to_email": "b@example.kr"})
    assert last_delivery(guarantee).to_email == "b@example.kr"
    again = text(officer.get(reverse("admin:guarantees_delivery_changelist") + "?attention=yes"))
    assert guarantee.number not in again


def test_the_desk_withdraws_a_link(cast: Cast) -> None:
    guarantee, page = sent(cast)
    officer, url = browser(cast.officer), desk(last_delivery(guarantee), "revoke")
    officer.post(url, {"reason": ""})
    assert Client().get(page).status_code == 200
    officer.post(url, {"reason": "다른 기관에 전달됨"})
    assert Client().get(page).status_code == 410
    event = AuditEvent.everything.get(action="delivery.revoke_link")
    assert event.detail["reason"] == "다른 기관에 전달됨"


def test_the_desk_reads_the_letter_without_its_secret(cast: Cast) -> None:
    """Otherwise whoever sees the outbox could accept in the beneficiary's name."""
    guarantee, _page = sent(cast)
    letter = Message.everything.get(to=EMAIL)
    shown = text(browser(cast.officer).get(reverse("admin:sms_message_change", args=[letter.pk])))
    assert last_link(guarantee) not in shown
    assert "/b/…/" in shown


def test_the_desk_sends_what_was_to_be_handed_in(cast: Cast) -> None:
    guarantee = issued(cast)
    url = reverse("admin:guarantees_guarantee_do", args=[guarantee.pk, "deliver"])
    browser(cast.officer).post(url, {"channel": "email", "to_email": EMAIL})
    deliver(NOBODY, SOON)
    assert delivery_of(last_link(guarantee), at=SOON) == last_delivery(guarantee)
