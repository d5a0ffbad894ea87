"""Names of CRL partitions as plain strings, so that lists and certificates compare name by name.

yessign splits its list: each certificate names its part (`ldap://…/ou=dp<N>p<M>,…`), and the list
repeats that name in its critical issuingDistributionPoint (RFC 5280 §5.2.5, §6.3.3).
"""

from collections.abc import Iterable

from cryptography import x509


def name_key(name: x509.GeneralName) -> str:
    """A URI as it stands; a directory name as `dirname:` and the hex of its DER; others by their repr."""
    if isinstance(name, x509.UniformResourceIdentifier):
        return name.value
    if isinstance(name, x509.DirectoryName):
        return f"dirname:{name.value.public_bytes().hex()}"
    return f"other:{name!r}"


def name_keys(names: Iterable[x509.GeneralName] | None) -> tuple[str, ...]:
    return tuple(name_key(name) for name in names or ())


def points_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Full names of the certificate's distribution points. Points limited to some reasons are left out."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(key for point in points if point.reasons is None for key in name_keys(point.full_name))
