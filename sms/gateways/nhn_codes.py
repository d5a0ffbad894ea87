"""NHN Cloud's result codes and the error class each belongs to (DOMAIN §4.5), from its published tables.

Negative ones answer a request or one of its recipients, the others come with delivery results.
"""

from sms.gateways.protocol import ErrorClass, ReportStatus

OK = "0"
DELIVERED = "1000"

_CODES = {
    ErrorClass.BAD_NUMBER: "1002 3001 3003 3010 -2018 -2019",
    ErrorClass.REFUSED: "3006 -6001",
    ErrorClass.SPAM_BLOCK: "3012 3013 3017 3018 3019",
    ErrorClass.TEMPORARY: "1001 1019 2000 2001 2002 2003 2004 2005 2006 2007 3004 3005 3008 3011 3015 E900 E999",
    ErrorClass.CONTENT: "-2014 -2015 -2023",
    ErrorClass.CONFIG: "-1000 -1001 -1002 -1003 -1004 -1005 -1006 -1007 -1008 -2312 -2313 -2052",
    ErrorClass.DUPLICATE: "E915",
}
ERROR_CLASSES = {code: error_class for error_class, codes in _CODES.items() for code in codes.split()}

# msgStatus of a row: 0 failed, 1 requested, 2 processing, 3 done, 4 cancelled, 5 duplicate, 6 and 7 advertising.
DUPLICATE = "5"
PENDING = frozenset({"1", "2", "7"})
# messageStatus of a callback.
CALLBACK_DUPLICATE = "DUPLICATED"


def classify(code: str) -> ErrorClass:
    """UNKNOWN for a code this table does not list."""
    return ERROR_CLASSES.get(code, ErrorClass.UNKNOWN)


def status_of(msg_status: str, code: str) -> ReportStatus:
    """How far a message has come, by its msgStatus (empty where the answer has none) and result code."""
    if msg_status in PENDING:
        return ReportStatus.PENDING
    return ReportStatus.DELIVERED if code == DELIVERED else ReportStatus.UNDELIVERED
