"""How long the by-products of certificates are kept. Evidence is not among them: it stays as long as the
guarantees it serves may be disputed, which another rule decides."""

from datetime import timedelta

CHALLENGES_KEPT_FOR = timedelta(days=30)  # a member who calls names the number of his receipt
REQUESTS_KEPT_FOR = timedelta(days=365)  # refused requests, for who asks why he could not replace
TICKETS_KEPT_FOR = timedelta(days=365)  # refused calls and codes nobody used
ATTEMPTS_KEPT_FOR = timedelta(days=1)  # longer than any window they are counted in
FETCHES_KEPT_FOR = timedelta(days=90)
