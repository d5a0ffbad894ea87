"""Logs as one JSON object a line, with personal numbers masked before they are written."""

import json
import logging
import re

# Longest first, so that a resident number is not taken for something shorter.
PERSONAL = (
    (re.compile(r"(?<!\d)\d{6}-?[0-9]\d{6}(?!\d)"), "<resident-number>"),
    (re.compile(r"(?<!\d)(?:\+?82[-. ]?|0)10[-. ]?\d{4}[-. ]?\d{4}(?!\d)"), "<mobile>"),
    (re.compile(r"(?<!\d)\d{3}-?\d{2}-?\d{5}(?!\d)"), "<business-number>"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "<email>"),
)
# Digits of a SHA-256 or a UUID may look like a number of somebody's, and without them nobody finds the file.
FINGERPRINT = re.compile(r"(?<![0-9a-f])([0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-f])")


def mask(text: str) -> str:
    """`text` without resident numbers, mobile numbers, business numbers and e-mail addresses."""
    parts = FINGERPRINT.split(text)
    parts[::2] = map(_mask, parts[::2])
    return "".join(parts)


def _mask(text: str) -> str:
    for pattern, instead in PERSONAL:
        text = pattern.sub(instead, text)
    return text


class MaskPersonalNumbers(logging.Filter):
    """Masks the finished message, its arguments included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = mask(record.getMessage())
        record.args = ()
        return True


class JsonLine(logging.Formatter):
    """Time, level, logger, message and, after a fault, the masked traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
