"""Facts of the guarantee business."""

from guarantees.models.applications import Application, ApplicationDocument, Channel, SupplementItem
from guarantees.models.claims import OPEN_CLAIM, Claim
from guarantees.models.contracts import PUBLIC_OWNERS, Contract, ContractRole, OwnerKind, WorkKind
from guarantees.models.counters import Counter
from guarantees.models.deliveries import Delivery, DeliveryEvent, DeliveryState
from guarantees.models.documents import DocumentCheck, GuaranteeDocument, SealCertificate
from guarantees.models.endorsements import Endorsement, EndorsementState
from guarantees.models.expiry import DigestLine, ExpiryAlarm, ExpiryNotice, ExpiryRun, NoticeState, RunState
from guarantees.models.feeds import CalendarFeed
from guarantees.models.guarantees import Guarantee
from guarantees.models.imports import GuaranteeImport
from guarantees.models.limits import Capital, LimitChange, LimitPolicy, MemberLimit, SubLimit
from guarantees.models.payments import (
    EventOutcome,
    Payment,
    PaymentEvent,
    PaymentMethod,
    PaymentState,
    Refund,
    RefundGround,
    RefundState,
)
from guarantees.models.policies import AmountRule, FeeAdjustment, ScreeningPolicy
from guarantees.models.products import Family, Product, ProductTerms, RequiredDocument
from guarantees.models.releases import (
    BulkRelease,
    BulkReleaseRow,
    BulkRowState,
    GuaranteeRelease,
    ReleasePaper,
    ReleaseRequest,
    RequestParty,
    RequestState,
)
from guarantees.models.screenings import AutoScreening

__all__ = [
    "OPEN_CLAIM",
    "PUBLIC_OWNERS",
    "AmountRule",
    "Application",
    "ApplicationDocument",
    "AutoScreening",
    "BulkRelease",
    "BulkReleaseRow",
    "BulkRowState",
    "CalendarFeed",
    "Capital",
    "Channel",
    "Claim",
    "Contract",
    "ContractRole",
    "Counter",
    "Delivery",
    "DeliveryEvent",
    "DeliveryState",
    "DigestLine",
    "DocumentCheck",
    "Endorsement",
    "EndorsementState",
    "EventOutcome",
    "ExpiryAlarm",
    "ExpiryNotice",
    "ExpiryRun",
    "Family",
    "FeeAdjustment",
    "Guarantee",
    "GuaranteeDocument",
    "GuaranteeImport",
    "GuaranteeRelease",
    "LimitChange",
    "LimitPolicy",
    "MemberLimit",
    "NoticeState",
    "OwnerKind",
    "Payment",
    "PaymentEvent",
    "PaymentMethod",
    "PaymentState",
    "Product",
    "ProductTerms",
    "Refund",
    "RefundGround",
    "RefundState",
    "ReleasePaper",
    "ReleaseRequest",
    "RequestParty",
    "RequestState",
    "RequiredDocument",
    "RunState",
    "ScreeningPolicy",
    "SealCertificate",
    "SubLimit",
    "SupplementItem",
    "WorkKind",
]
