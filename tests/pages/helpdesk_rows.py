"""One row of every kind of the helpdesk."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.access import Actor
from portal.helpdesk.actions import downloads, notices, questions
from portal.helpdesk.models import Attachment, Download, DownloadFile, FaqCategory, FaqVersion, Notice, Question
from portal.members.models import User
from portal.members.roles import Role
from portal.uploads.checking import check
from tests.factories import make_user
from tests.stories import PDF


@dataclass(frozen=True)
class HelpdeskRows:
    """What can be addressed. The question is private and asked by a member."""

    version: FaqVersion
    category: FaqCategory
    notice: Notice
    download: Download
    file: DownloadFile
    question: Question
    attachment: Attachment


def make_helpdesk(asker: User, now: datetime) -> HelpdeskRows:
    staff = Actor.system("시험")
    notice = Notice.objects.create(publish_at=now - timedelta(days=1))
    notices.write_version(notice_id=notice.pk, title="휴무 안내", body="쉽니다.", reason="", by=staff, at=now)
    download = Download.objects.create(section="forms", title="해제 요청서", made_at=now)
    file = downloads.add_file(
        download_id=download.pk, upload=check("해제요청서.pdf", PDF), note="", will_be_scanned=False, by=staff,
        at=now,
    )  # fmt: skip
    question, _covered = questions.ask(
        name=asker.full_name, email=asker.email, title="환급 문의", body="언제 환급됩니까?", is_private=True,
        uploads=[check("영수증.pdf", PDF)], by=Actor.user(asker), at=now,
    )  # fmt: skip
    answerer = make_user(Role.WEBMASTER)
    questions.answer(question_id=question.pk, body="다음 달입니다.", by=Actor.user(answerer), at=now)
    question.refresh_from_db()
    version = FaqVersion.objects.select_related("entry__category").order_by("pk")[0]
    return HelpdeskRows(
        version, version.entry.category, notice, download, file, question, question.attachments.get()
    )
