"""How Solapi says what the simulator means: result codes, and the words of refused requests."""

# The simulator's own codes on the left; what a message of that state carries as statusCode on the right.
STATUS_CODES = {
    "0000": "2000",
    "1100": "3000",
    "1000": "4000",
    "2001": "3010",
    "2002": "3042",
    "2003": "3054",
    "2004": "3047",
    "3001": "1013",
    "3002": "1028",
    "3003": "1026",
    "3009": "1099",  # no code of theirs: one we have never heard of
    "4001": "1062",
}
# HTTP status and errorCode of a request refused whole.
ERRORS = {
    "4002": (402, "NotEnoughBalance"),
    "4003": (403, "InvalidAPIKey"),
    "4004": (403, "RequestTimeTooSkewed"),
    "5001": (429, "TooManyRequests"),
    "5002": (503, "ServiceUnavailable"),
}
COUNTED = (
    "total", "sentTotal", "sentFailed", "sentSuccess", "sentPending", "sentReplacement", "refund",
    "registeredFailed", "registeredSuccess",
)  # fmt: skip
CASH = {"requested": 0, "replacement": 0, "refund": 0, "sum": 0}
ACCOUNT_ID = "00000000000001"
