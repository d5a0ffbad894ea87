"""The simulator's result codes and the error class each belongs to (DOMAIN §4.5)."""

from sms.gateways.protocol import ErrorClass

ERROR_CLASSES: dict[str, ErrorClass] = {
    "2001": ErrorClass.BAD_NUMBER,  # no such subscriber
    "2002": ErrorClass.TEMPORARY,  # handset off or out of reach
    "2003": ErrorClass.SPAM_BLOCK,  # carrier's spam filter
    "2004": ErrorClass.REFUSED,  # recipient refused through the 080 number
    "3001": ErrorClass.BAD_NUMBER,  # not a mobile number
    "3002": ErrorClass.CONTENT,  # too long, or a character no handset can show
    "3003": ErrorClass.DUPLICATE,  # key known, and the first one not named
    "3009": ErrorClass.TEMPORARY,  # one message held back, others taken
    "4001": ErrorClass.CONFIG,  # sender number not registered
    "4002": ErrorClass.CONFIG,  # balance used up
    "4003": ErrorClass.CONFIG,  # key not valid
    "4004": ErrorClass.CONFIG,  # our clock is wrong
    "5001": ErrorClass.TEMPORARY,  # too many requests
    "5002": ErrorClass.TEMPORARY,  # maintenance, nothing taken
}


def classify(code: str) -> ErrorClass:
    """UNKNOWN for a code this table does not list."""
    return ERROR_CLASSES.get(code, ErrorClass.UNKNOWN)
