"""The helpdesk's pages of the desk."""

from portal.helpdesk.admin import downloads, faq, notices, questions

__all__ = ["downloads", "faq", "notices", "questions"]
