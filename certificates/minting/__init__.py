"""Mints a whole bank-certificate world for tests and the demo: authorities, certificates, key files,
revocation lists, OCSP answers, and one certificate for each fault. Never part of a decision.
"""
