"""Files of an application, one input for each paper the product asks for."""

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from guarantees.models import Application, ApplicationDocument
from portal.uploads.checking import MAXIMUM_BYTES, Upload, UploadRefused, check

OTHER = "기타 서류"


@dataclass(frozen=True)
class Slot:
    """One paper: the name of its file input, what it is, and the files already there."""

    input_name: str
    name: str
    hint: str
    is_required: bool
    files: tuple[ApplicationDocument, ...]


@dataclass(frozen=True)
class Received:
    """Files that passed, by their slot, and the reasons why others did not."""

    accepted: tuple[tuple[Slot, Upload], ...]
    refused: tuple[tuple[Slot, UploadRefused], ...]


def slots_of(application: Application, attached: list[ApplicationDocument]) -> list[Slot]:
    """The product's papers in order, then everything else."""
    wanted = list(application.product.required_documents.all())
    slots = [
        Slot(
            input_name=f"document_{paper.pk}",
            name=paper.name,
            hint=paper.hint,
            is_required=paper.is_required,
            files=tuple(document for document in attached if document.name == paper.name),
        )
        for paper in wanted
    ]
    names = {paper.name for paper in wanted}
    rest = tuple(document for document in attached if document.name not in names)
    hint = "심사에 도움이 되는 서류가 있으면 올려 주세요."
    return [*slots, Slot("document_other", OTHER, hint, False, rest)]


def receive(slots: list[Slot], files: "MultiValueDict[str, Any]") -> Received:
    """Check every file sent with the form; one bad file keeps none of the others out."""
    accepted: list[tuple[Slot, Upload]] = []
    refused: list[tuple[Slot, UploadRefused]] = []
    for slot in slots:
        for sent in files.getlist(slot.input_name):
            try:
                accepted.append((slot, _checked(sent)))
            except UploadRefused as refusal:
                refused.append((slot, refusal))
    return Received(tuple(accepted), tuple(refused))


def _checked(sent: UploadedFile) -> Upload:
    # One byte more than allowed is enough to be refused: the rest is never read into memory.
    return check(sent.name or "", sent.read(MAXIMUM_BYTES + 1))
