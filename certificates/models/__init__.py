"""Facts of the bank certificate (공동인증서): what is registered, trusted, revoked, asked and proven."""

from certificates.models.authorities import Authority, AuthorityRole
from certificates.models.challenges import Challenge, SignatureEvidence
from certificates.models.registered import BankCertificate, Method, Status, StopReason, Warned
from certificates.models.replacements import WAITING, Replacement, ReplacementState
from certificates.models.revocations import RevocationFetch, RevocationList, RevokedSerial
from certificates.models.tickets import CallBackTo, ReplacementTicket, TicketAttempt

__all__ = [
    "WAITING",
    "Authority",
    "AuthorityRole",
    "BankCertificate",
    "CallBackTo",
    "Challenge",
    "Method",
    "Replacement",
    "ReplacementState",
    "ReplacementTicket",
    "RevocationFetch",
    "RevocationList",
    "RevokedSerial",
    "SignatureEvidence",
    "Status",
    "StopReason",
    "TicketAttempt",
    "Warned",
]
