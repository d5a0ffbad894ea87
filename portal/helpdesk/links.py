"""The link by which a visitor opens his own private question: a signature of its id that nobody can guess."""

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.helpdesk.models import Question

SALT = "portal.helpdesk.question"


def key_of(question: Question) -> str:
    """The key that belongs into the link of this question."""
    return Signer(salt=SALT).signature(str(question.public_id))


def opens(question: Question, key: str) -> bool:
    """Whether `key` is the one of this question."""
    return bool(key) and constant_time_compare(key.encode("utf-8", "replace"), key_of(question).encode())


def reader_of(address: str | None, browser: str) -> str:
    """A name for one reader that tells nothing of him, for counting his opinion once."""
    return salted_hmac("portal.helpdesk.reader", f"{address}|{browser}", algorithm="sha256").hexdigest()[:32]
