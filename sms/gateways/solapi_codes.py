"""Solapi's result codes and the error class each belongs to (DOMAIN §4.5), from its published tables."""

from sms.gateways.protocol import ErrorClass

REGISTERED = "2000"
DELIVERED = "4000"
PENDING = frozenset({REGISTERED, "3000"})

_CODES = {
    ErrorClass.BAD_NUMBER: "3010 3032 3050",
    ErrorClass.REFUSED: "1060 2060 1061 2061 3047",
    ErrorClass.SPAM_BLOCK: "1064 2064 2254 3054 3055 3059",
    ErrorClass.TEMPORARY: "3012 3024 3040 3041 3042 3043 3044 3045 3046 3051 3053 3056 3057",
    ErrorClass.CONTENT: "1013 1014 1028 1029 1031",
    ErrorClass.CONFIG: "1020 1030 2230 1062 2062 2063",
    ErrorClass.DUPLICATE: "1026",
}
ERROR_CLASSES = {code: error_class for error_class, codes in _CODES.items() for code in codes.split()}

# Words in the answer to a whole request, beside the ones its HTTP status explains by itself.
ALREADY_SENT = "AlreadySent"
# The group is on its way, or nobody knows: sending another would risk two texts.
IN_DOUBT = frozenset({"GroupInProcessing", "FailedGroup", "InvalidStatus"})
# This group will never be sent; a new one may be.
GONE = frozenset({"DeletedGroup"})


def classify(code: str) -> ErrorClass:
    """UNKNOWN for a code this table does not list."""
    return ERROR_CLASSES.get(code, ErrorClass.UNKNOWN)
