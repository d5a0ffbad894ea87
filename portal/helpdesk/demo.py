"""What the demo's visitor finds at the helpdesk: notices, files, questions with and without answers."""

from datetime import datetime, timedelta

from portal.access import Actor
from portal.helpdesk.actions import downloads, notices, questions
from portal.helpdesk.models import Download, Notice, Section
from portal.members.models import User
from portal.uploads.checking import check

NOTICES = (
    (
        3, True, False, "보증해제대상 정보 문자메시지 발송 서비스 안내",
        "조합이 발급한 보증서의 보증기간이 끝나기 15일 전에 대표이사와 등록하신 수신 담당자에게 "
        "문자로 알려 드립니다.\n\n"
        "- 대상: 입찰·하자보증을 뺀 보증금액 1천만원 이상의 보증\n- 수신 설정: 마이페이지 › SMS 수신자 등록",
    ),
    (
        12, False, False, "프로그램 설치 없는 인증서갱신 안내",
        "이제 보안 프로그램을 설치하지 않고 브라우저에서 바로 은행 공동인증서를 갱신하실 수 있습니다.\n\n"
        "사이버영업창구 › 인증서갱신에서 새 인증서 파일을 골라 주세요.",
    ),
    (
        40, False, True, "문자메시지 마일리지 운영 기준",
        "인터넷 보증서 1건을 발급할 때마다 1콜을 적립하며, 적립한 날부터 1년 동안 쓰실 수 있습니다.\n\n"
        "기준이 바뀌거나 서비스를 멈출 때는 30일 전까지 이 게시판에 알려 드립니다.",
    ),
)  # fmt: skip
# A page of one line, enough for the demo to hand out.
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>endobj\n"
    b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n0000000104 00000 n \n"
    b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n180\n%%EOF\n"
)
FILES = (
    (
        Section.FORMS,
        "보증서 발급 신청서(방문용)",
        "지점을 방문하여 신청하실 때 쓰는 서식입니다.",
        "보증서발급신청서.pdf",
    ),
    (Section.FORMS, "보증해제 요청서", "준공검사 확인서 등 증빙과 함께 내시면 됩니다.", "보증해제요청서.pdf"),
    (Section.GENERAL, "인터넷 보증 이용 안내", "신청부터 발급까지의 순서를 설명합니다.", "인터넷보증이용안내.pdf"),
)
QUESTIONS = (
    (
        "visitor@example.kr", "김보람", False, "하자보증도 문자로 알려 주나요?",
        "하자보증 기간이 끝나기 전에도 안내 문자를 받을 수 있는지 궁금합니다.",
        "하자보증과 입찰보증은 안내 문자 대상에서 빠집니다. 기간이 끝나면 자동으로 해제되므로 "
        "따로 하실 일이 없습니다.\n\n"
        "종료일은 보증현황에서 보실 수 있습니다.",
    ),
    (
        "site@example.kr", "이한결", False, "휴대폰으로도 보증 신청이 되나요?",
        "현장에 있을 때가 많은데 휴대폰만으로 신청할 수 있는지 알려 주세요.", "",
    ),
    (
        "quiet@example.kr", "박새봄", True, "수수료 환급 문의",
        "지난달에 취소한 보증의 수수료 환급 시기를 알고 싶습니다.", "",
    ),
)  # fmt: skip


def tell(at: datetime) -> None:
    """Write it all as if staff and visitors had."""
    staff = Actor.system("seed_demo")
    for days, is_pinned, is_legal, title, body in NOTICES:
        notice = Notice.objects.create(publish_at=at - timedelta(days=days), is_pinned=is_pinned)
        notices.write_version(notice_id=notice.pk, title=title, body=body, reason="", by=staff, at=at)
        Notice.objects.filter(pk=notice.pk).update(is_legal=is_legal)
    for days, (section, title, body, filename) in enumerate(FILES, 2):
        post = Download.objects.create(section=section, title=title, body=body, made_at=at - timedelta(days=days))
        upload = check(filename, PDF)
        downloads.add_file(download_id=post.pk, upload=upload, note="", will_be_scanned=False, by=staff, at=at)
    answerer = _answerer()
    for days, (email, name, is_private, title, body, said) in enumerate(QUESTIONS, 1):
        question, _covered = questions.ask(
            name=name, email=email, title=title, body=body, is_private=is_private, uploads=(),
            by=Actor.system("seed_demo"), at=at - timedelta(days=days),
        )  # fmt: skip
        if said and answerer is not None:
            questions.answer(question_id=question.pk, body=said, by=answerer, at=at - timedelta(hours=5))


def _answerer() -> Actor | None:
    for user in User.objects.filter(is_staff=True).order_by("pk"):
        if user.roles & questions.ANSWERERS:
            return Actor.user(user)
    return None
