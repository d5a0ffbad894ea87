"""Facts of the messaging app: messages and their results, recipients, mileage."""

from sms.models.messages import (
    FINAL_STATES,
    Batch,
    BatchState,
    Channel,
    Message,
    Purpose,
    Receipt,
    Result,
    ResultState,
)
from sms.models.mileage import Entry, EntryKind, Lot, MileagePolicy, Spend
from sms.models.recipients import Reception, ReceptionChange, Recipient
from sms.models.senders import SenderNumber

__all__ = [
    "FINAL_STATES",
    "Batch",
    "BatchState",
    "Channel",
    "Entry",
    "EntryKind",
    "Lot",
    "Message",
    "MileagePolicy",
    "Purpose",
    "Receipt",
    "Reception",
    "ReceptionChange",
    "Recipient",
    "Result",
    "ResultState",
    "SenderNumber",
    "Spend",
]
