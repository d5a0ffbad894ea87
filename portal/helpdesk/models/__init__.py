"""Facts of the helpdesk."""

from portal.helpdesk.models.downloads import Download, DownloadFile, ScanState, Section
from portal.helpdesk.models.faq import FaqCategory, FaqEntry, FaqOpinion, FaqVersion
from portal.helpdesk.models.notices import Notice, NoticeVersion
from portal.helpdesk.models.questions import Answer, Attachment, Question

__all__ = [
    "Answer",
    "Attachment",
    "Download",
    "DownloadFile",
    "FaqCategory",
    "FaqEntry",
    "FaqOpinion",
    "FaqVersion",
    "Notice",
    "NoticeVersion",
    "Question",
    "ScanState",
    "Section",
]
