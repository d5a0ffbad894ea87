"""고객지원 from a reader's, an asker's and the staff's side (S01-S06, S45, S51)."""

import re
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.audit.models import AuditEvent
from portal.clock import SEOUL
from portal.helpdesk import tasks
from portal.helpdesk.links import key_of
from portal.helpdesk.mailing import tell_askers
from portal.helpdesk.models import (
    Answer,
    Download,
    DownloadFile,
    FaqEntry,
    FaqOpinion,
    Notice,
    Question,
)
from portal.letters import MOST_TRIES
from portal.members.models import User
from portal.members.roles import Role
from portal.prose import prose
from tests.factories import at, make_member, make_user
from tests.stories import PDF

pytestmark = pytest.mark.django_db
NOON = at("2026-11-23 12:00")  # Mon
ASKED = {"name": "김보람", "email": "kim@example.kr", "title": "환급 문의", "body": "언제 환급됩니까?"}


@pytest.fixture
def webmaster() -> User:
    return make_user(Role.WEBMASTER)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="portal.members.login.MemberBackend")
    return browser


def ask(browser: Client, **fields: Any) -> Question:
    response = browser.post(reverse("helpdesk:ask"), {**ASKED, **fields})
    assert response.status_code == 302, response.context["form"].errors
    return Question.objects.latest("pk")


def press(browser: Client, question: Question, button: str, **answers: str) -> Any:
    return browser.post(f"/admin/helpdesk/question/{question.pk}/do/{button}/", answers)


# ── Questions and answers ──


def test_the_page_has_the_two_headings_and_every_question_with_its_own_address() -> None:
    page = Client().get(reverse("helpdesk:faq")).content.decode()
    assert re.findall(r'<h2 id="category-\d+">(.*?)</h2>', page) == [
        "핸드폰 문자서비스 전송서비스 관련",
        "은행결재관련",
    ]
    anchors = list(FaqEntry.objects.values_list("anchor", flat=True))
    assert len(anchors) == 9
    assert all(f'id="{anchor}"' in page for anchor in anchors)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("쇼핑몰과 금융결제원간 통신오류입니다.", ["error-kftc"]),
        ("주체값을 가져오지 못했습니다", ["error-subject"]),
        ("수신거부", ["expiry-notice"]),
        ("없는말없는말", []),
    ],
)
def test_search_takes_the_exact_words_of_an_error(words: str, found: list[str]) -> None:
    page = Client().get(reverse("helpdesk:faq"), {"q": words}).content.decode()
    assert re.findall(r'<details class="qa" id="([a-z-]+)"', page) == found


def test_every_link_of_the_first_answers_leads_somewhere() -> None:
    page = Client().get(reverse("helpdesk:faq")).content.decode()
    links = set(re.findall(r'<div class="prose">.*?</div>', page, re.DOTALL))
    paths = {path for text in links for path in re.findall(r'href="(/[^"#?]*)', text)}
    assert len(paths) >= 6
    assert {path: Client().get(path).status_code for path in paths if Client().get(path).status_code >= 400} == {}


def test_staff_write_a_new_version_and_the_old_one_stays(webmaster: User) -> None:
    entry = FaqEntry.objects.get(anchor="sms-fee")
    form = {"category": entry.category_id, "anchor": "sms-fee", "position": 40, "is_shown": "on",
            "reason": "다듬음",
            "question": "이용요금이 있나요?", "answer": "무료입니다. <script>alert(1)</script>"}  # fmt: skip
    inline = {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    response = signed_in(webmaster).post(f"/admin/helpdesk/faqentry/{entry.pk}/change/", {**form, **inline})
    assert response.status_code == 302
    assert list(entry.versions.values_list("number", "reason")) == [(2, "다듬음"), (1, "처음 등록")]
    page = Client().get(reverse("helpdesk:faq")).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_an_opinion_counts_once_a_reader_and_may_change() -> None:
    version = FaqEntry.objects.get(anchor="mileage").versions.get()
    url = reverse("helpdesk:helpful", args=[version.pk])
    for said in ("yes", "no", "yes", "no"):
        response = Client().post(url, {"helpful": said})
    assert response["Location"] == f"{reverse('helpdesk:faq')}#mileage"
    Client(headers={"user-agent": "another"}).post(url, {"helpful": "yes"})
    assert sorted(FaqOpinion.objects.values_list("is_helpful", flat=True)) == [False, True]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("하나\n\n둘", "<p>하나</p>\n<p>둘</p>\n"),
        ("1. 가\n2. 나", "<ol>\n<li>가</li>\n<li>나</li>\n</ol>\n"),
        ("[여기](javascript:alert(1))", "<p>[여기](javascript:alert(1))</p>\n"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("![그림](https://x.example.kr/a.png)", '<p>!<a href="https://x.example.kr/a.png">그림</a></p>\n'),
    ],
)
def test_what_staff_type_becomes_harmless_html(text: str, html: str) -> None:
    assert prose(text) == html


# ── Notices ──


def notice_form(**fields: Any) -> dict[str, Any]:
    given = {"publish_at_0": "2026-11-24", "publish_at_1": "09:00:00", "title": "휴무", "body": "쉽니다."}
    return {**given, "versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0, **fields}


def test_a_notice_appears_at_its_hour(webmaster: User, at_noon: Any) -> None:
    desk, add = signed_in(webmaster), "/admin/helpdesk/notice/add/"
    assert desk.post(add, notice_form()).status_code == 302
    notice = Notice.objects.get()
    url = reverse("helpdesk:notice", args=[notice.pk])
    seen = []
    for moment in ("2026-11-24 08:59", "2026-11-24 09:00"):
        at_noon.move_to(at(moment))
        listed = "휴무" in Client().get(reverse("helpdesk:notices")).content.decode()
        seen.append((Client().get(url).status_code, listed))
    assert seen == [(404, False), (200, True)]


def test_a_legal_notice_that_is_out_is_not_changed(webmaster: User) -> None:
    desk = signed_in(webmaster)
    form = notice_form(is_legal="on", publish_at_0="2026-11-23", publish_at_1="11:00:00")
    desk.post("/admin/helpdesk/notice/add/", form)
    notice = Notice.objects.get()
    response = desk.post(f"/admin/helpdesk/notice/{notice.pk}/change/", {**form, "body": "다르게"})
    assert response.status_code == 403
    assert [version.body for version in notice.versions.all()] == ["쉽니다."]


# ── The library ──


def upload(webmaster: User, content: bytes = PDF, name: str = "서식.pdf") -> Any:
    form = {"section": "forms", "title": "해제 요청서", "body": "", "note": "", "files-TOTAL_FORMS": 0,
            "files-INITIAL_FORMS": 0, "upload": SimpleUploadedFile(name, content)}  # fmt: skip
    return signed_in(webmaster).post("/admin/helpdesk/download/add/", form)


def test_a_file_is_handed_out_with_its_checksum_and_counted(webmaster: User) -> None:
    assert upload(webmaster).status_code == 302
    file = DownloadFile.objects.get()
    page = Client().get(reverse("helpdesk:download", args=[file.download_id])).content.decode()
    assert file.sha256 in page
    response = Client().get(reverse("helpdesk:download_file", args=[file.public_id]))
    assert (response.content, response["Content-Type"]) == (PDF, "application/pdf")
    assert response["Content-Disposition"].startswith("attachment")
    assert Download.objects.get().fetched == 1


def test_a_program_is_refused_and_the_typed_title_kept(webmaster: User) -> None:
    response = upload(webmaster, b"MZ" + bytes(100), "xw_install2.exe")
    assert response.status_code == 200
    assert "올릴 수 있는 형식이 아닙니다" in response.content.decode()
    assert response.context["adminform"].form["title"].value() == "해제 요청서"
    assert not Download.objects.exists()


@pytest.fixture
def scanner(settings: Any) -> Iterator[dict[str, Any]]:
    """A clamd that reads the stream and says what the test wants."""
    said: dict[str, Any] = {"answer": b"stream: OK\0", "read": b""}
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.UPLOAD_SCANNER = f"tcp://127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            while True:
                try:
                    line, _address = server.accept()
                except OSError:
                    return
                with line:
                    said["read"] = read_stream(line)
                    line.sendall(said["answer"])

        threading.Thread(target=serve, daemon=True).start()
        yield said


def read_stream(line: socket.socket) -> bytes:
    source = line.makefile("rb")
    assert source.read(10) == b"zINSTREAM\0"
    content = b""
    while size := int.from_bytes(source.read(4), "big"):
        content += source.read(size)
    return content


@pytest.mark.parametrize(
    ("answer", "scan", "status"),
    [
        (b"stream: OK\0", "clean", 200),
        (b"stream: Eicar-Test-Signature FOUND\0", "infected", 404),
        (b"INSTREAM size limit exceeded. ERROR\0", "waiting", 404),
        (b"", "waiting", 404),
    ],
)
def test_with_a_scanner_a_file_waits_for_its_verdict(
    webmaster: User, scanner: dict[str, Any], answer: bytes, scan: str, status: int
) -> None:
    upload(webmaster)
    file = DownloadFile.objects.get()
    url = reverse("helpdesk:download_file", args=[file.public_id])
    assert (file.scan, Client().get(url).status_code) == ("waiting", 404)
    scanner["answer"] = answer
    tasks.scan_downloads()
    file.refresh_from_db()
    assert (file.scan, Client().get(url).status_code, scanner["read"]) == (scan, status, PDF)


# ── The board ──


def test_a_visitor_asks_is_answered_and_reads_it_by_his_link(webmaster: User, mailoutbox: list) -> None:
    question = ask(Client(), body="사업자 901-81-12019, 010-0000-1000 환급은요?", is_private="on")
    assert question.body == "사업자 ●●●-●●-●●●●●, ●●●-●●●●-●●●● 환급은요?"
    url = reverse("helpdesk:question", args=[question.public_id])
    assert Client().get(url).status_code == 404
    assert "비밀글입니다" in Client().get(reverse("helpdesk:questions")).content.decode()
    assert "환급 문의" not in Client().get(reverse("helpdesk:questions")).content.decode()

    assert press(signed_in(webmaster), question, "answer", body="다음 달 10일입니다.").status_code == 302
    assert Answer.objects.get().mail == "due"
    assert tell_askers(lambda: NOON) == 1
    assert tell_askers(lambda: NOON) == 0
    (letter,) = mailoutbox
    assert letter.to == ["kim@example.kr"]
    (link,) = re.findall(r"http://localhost:8000(/\S+)", letter.body)
    page = Client().get(link).content.decode()
    assert "다음 달 10일입니다." in page
    assert "답변완료" in page
    assert Client().get(f"{url}?key=wrong").status_code == 404
    other = ask(Client(), is_private="on")
    assert Client().get(f"{url}?key={key_of(other)}").status_code == 404
    assert list(AuditEvent.everything.filter(action__startswith="question").values_list("action", flat=True)) == [
        "question.ask", "question.answer", "question.ask",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "fields", "field"),
    [
        ("제목 없음", {"title": ""}, "title"),
        ("내용 없음", {"body": " "}, "body"),
        ("이메일 틀림", {"email": "kim@"}, "email"),
        ("이름 없음", {"name": ""}, "name"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_kept(_case: str, fields: dict[str, str], field: str) -> None:
    response = Client().post(reverse("helpdesk:ask"), {**ASKED, **fields})
    assert list(response.context["form"].errors) == [field]
    kept = {name: value for name, value in ASKED.items() if name not in fields}
    assert {name: response.context["form"][name].value() for name in kept} == kept
    assert not Question.objects.exists()


def test_machines_and_floods_leave_nothing() -> None:
    Client().post(reverse("helpdesk:ask"), {**ASKED, "website": "http://spam.example"})
    assert not Question.objects.exists()
    answers = [Client().post(reverse("helpdesk:ask"), ASKED).status_code for _ in range(6)]
    assert (answers, Question.objects.count()) == ([302] * 5 + [429], 5)


def test_attachments_are_checked_and_only_the_askers() -> None:
    member = make_member()
    asker, colleague = make_user(Role.MEMBER_USER, member=member), make_user(Role.MEMBER_USER, member=member)
    question = ask(signed_in(asker), attachments=[SimpleUploadedFile("영수증.pdf", PDF)])
    file = question.attachments.get()
    url = reverse("helpdesk:attachment", args=[file.public_id])
    found = [browser.get(url).status_code for browser in (signed_in(asker), signed_in(colleague), Client())]
    assert found == [200, 404, 404]
    bad = {**ASKED, "attachments": SimpleUploadedFile("a.pdf", b"MZ")}
    assert "attachments" in signed_in(asker).post(reverse("helpdesk:ask"), bad).context["form"].errors
    many = {**ASKED, "attachments": [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(4)]}
    assert "attachments" in signed_in(asker).post(reverse("helpdesk:ask"), many).context["form"].errors


@pytest.mark.parametrize(
    ("_case", "minutes", "answered", "then"),
    [("바로", 1, False, 302), ("30분 지남", 30, False, 200), ("답변을 받음", 1, True, 200)],
)
def test_a_question_may_be_changed_for_a_while(
    webmaster: User, at_noon: Any, _case: str, minutes: int, answered: bool, then: int
) -> None:
    question = ask(Client())
    if answered:
        press(signed_in(webmaster), question, "answer", body="네.")
    at_noon.move_to(NOON + timedelta(minutes=minutes))
    url = f"{reverse('helpdesk:edit_question', args=[question.public_id])}?key={key_of(question)}"
    response = Client().post(url, {"title": "고친 제목", "body": "고친 내용"})
    question.refresh_from_db()
    assert (response.status_code, question.title) == (then, "고친 제목" if then == 302 else "환급 문의")
    if then == 200:
        assert "30분 동안" in response.content.decode()


def test_a_hidden_question_is_gone_for_all_but_its_asker(webmaster: User) -> None:
    question = ask(Client())
    url = reverse("helpdesk:question", args=[question.public_id])
    desk = signed_in(webmaster)
    assert press(desk, question, "hide", reason="광고").status_code == 302
    assert Client().get(url).status_code == 404
    assert "광고" in Client().get(f"{url}?key={key_of(question)}").content.decode()
    press(desk, question, "show", reason="잘못 가림")
    assert Client().get(url).status_code == 200


def test_only_the_head_office_answers() -> None:
    question = ask(Client())
    for role in (Role.POLICY_ADMIN, Role.AUDITOR):
        assert press(signed_in(make_user(role)), question, "answer", body="네.").status_code in (403, 404)
    assert not Answer.objects.exists()


def test_a_dead_mail_server_is_waited_out_and_then_a_person_told(
    webmaster: User, settings: Any, at_noon: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    question = ask(Client())
    press(signed_in(webmaster), question, "answer", body="네.")
    tries, moment = [], NOON
    for _ in range(MOST_TRIES + 2):
        assert tell_askers(partial(datetime.fromtimestamp, moment.timestamp(), SEOUL)) == 0
        letter = Answer.objects.get()
        tries.append((letter.mail_tries, letter.mail))
        moment += timedelta(hours=3)
    assert tries[:3] == [(1, "due"), (2, "due"), (3, "due")]
    assert tries[-1] == (MOST_TRIES, "failed")
    assert "이메일로 알리지 못한 답변" in signed_in(webmaster).get("/admin/").content.decode()
