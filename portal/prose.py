"""Text as staff types it, turned into HTML: paragraphs, lists, tables, links. HTML typed into it is only shown."""

from functools import cache

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt


@cache
def _reader() -> MarkdownIt:
    """Raw HTML off; link targets are checked by the library, which lets neither javascript: nor data: pass."""
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False}).enable("table")
    return reader.disable(["image", "html_inline", "html_block", "heading", "lheading"])


def prose(text: str) -> SafeString:
    """HTML that is safe whatever was typed. Headings are not read: the page has its own."""
    return SafeString(_reader().render(text))
