"""Facts of the messaging app: messages and their results, recipients, mileage."""

from sms.models.free_sms import Contact, LinkPermission, SendRequest, ServiceSwitch
from sms.models.gateways import CallbackMinute, Circuit, GatewayAlarm, GatewayState
from sms.models.messages import (
    FINAL_STATES,
    Batch,
    BatchState,
    BatchVerdict,
    Channel,
    Message,
    Purpose,
    Receipt,
    Result,
    ResultState,
)
from sms.models.mileage import Entry, EntryKind, Lot, Spend
from sms.models.mileage_desk import (
    Adjustment,
    AdjustmentReason,
    AdjustmentState,
    LapseReminder,
    LedgerCheck,
    MileageAnomaly,
)
from sms.models.mileage_terms import Extension, MileagePolicy, Suspension
from sms.models.recipients import NoticeKind, Proof, Reception, ReceptionChange, Recipient
from sms.models.senders import SenderNumber, SenderRegistration
from sms.models.suppressions import Suppression

__all__ = [
    "FINAL_STATES",
    "Adjustment",
    "AdjustmentReason",
    "AdjustmentState",
    "Batch",
    "BatchState",
    "BatchVerdict",
    "CallbackMinute",
    "Channel",
    "Circuit",
    "Contact",
    "Entry",
    "EntryKind",
    "Extension",
    "GatewayAlarm",
    "GatewayState",
    "LapseReminder",
    "LedgerCheck",
    "LinkPermission",
    "Lot",
    "Message",
    "MileageAnomaly",
    "MileagePolicy",
    "NoticeKind",
    "Proof",
    "Purpose",
    "Receipt",
    "Reception",
    "ReceptionChange",
    "Recipient",
    "Result",
    "ResultState",
    "SendRequest",
    "SenderNumber",
    "SenderRegistration",
    "ServiceSwitch",
    "Spend",
    "Suppression",
    "Suspension",
]
