"""Field validators for what will be printed on the guarantee document."""

from django.core.exceptions import ValidationError

from guarantees.document.glyphs import named, normalised, unprintable


def printable_line(text: str) -> None:
    """For a field of one line. Raises ValidationError."""
    if "\n" in normalised(text):
        raise ValidationError("한 줄로 적어 주세요.", code="lines")
    refuse_unprintable(text)


def refuse_unprintable(text: str) -> None:
    """A character outside the document's fonts would stop the issue. Raises ValidationError that names it."""
    if characters := unprintable(text):
        raise ValidationError(
            f"보증서에 인쇄할 수 없는 글자가 있습니다: {named(characters)}. 다른 글자나 한글로 적어 주세요.",
            code="unprintable",
        )
