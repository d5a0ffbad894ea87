"""Turns whatever the parsers raise over hostile bytes into one refusal.

`cryptography` parses lazily: an attribute of a loaded object may still raise, so every function that
touches outside bytes wears this decorator, not only the one that loads them.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from cryptography import x509
from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm

from certificates.refusals import Code, Refused

P = ParamSpec("P")
T = TypeVar("T")

PARSER_ERRORS: tuple[type[Exception], ...] = (
    ValueError,  # with UnicodeError and the library's parse errors
    TypeError,
    LookupError,
    OverflowError,
    RecursionError,
    MemoryError,
    NotImplementedError,
    UnsupportedAlgorithm,
    InternalError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
    x509.AttributeNotFound,
    Warning,  # where warnings are errors, a deprecated form of certificate is a refusal too
)

# what asking "did this key sign that?" may raise for "no"
NOT_ISSUED: tuple[type[Exception], ...] = (InvalidSignature, *PARSER_ERRORS)


def refusing(code: Code) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorator: a parser error inside becomes `Refused(code)` with the error's class as detail."""

    def wrap(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def inner(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return function(*args, **kwargs)
            except PARSER_ERRORS as error:
                # the text of the error may quote input bytes: only its class is kept
                raise Refused(code, f"{function.__name__}: {type(error).__name__}") from None

        return inner

    return wrap
