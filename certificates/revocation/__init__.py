"""Getting revocation lists and answers from configured places only, and keeping what was checked.

Nothing here ever goes to an address that stands in a certificate (SSRF): a certificate names its partition,
the approved authority's row names the server.
"""
