"""Facts of the guarantee business."""

from guarantees.models.applications import Application, ApplicationDocument, Channel, SupplementItem
from guarantees.models.counters import Counter
from guarantees.models.expiry import ExpiryNotice, ExpiryRun, NoticeState, RunState
from guarantees.models.guarantees import Guarantee
from guarantees.models.imports import GuaranteeImport
from guarantees.models.products import Family, Product, ProductTerms, RequiredDocument

__all__ = [
    "Application",
    "ApplicationDocument",
    "Channel",
    "Counter",
    "ExpiryNotice",
    "ExpiryRun",
    "Family",
    "Guarantee",
    "GuaranteeImport",
    "NoticeState",
    "Product",
    "ProductTerms",
    "RequiredDocument",
    "RunState",
    "SupplementItem",
]
