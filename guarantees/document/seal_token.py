"""The seal's key in a hardware token (PKCS#11), where pyHanko's extra `pkcs11` is installed.

Apart from `seal`, because the extra needs a compiled library that few machines have.
"""

from dataclasses import dataclass
from pathlib import Path

from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign.signers import Signer

from guarantees.document.seal import SealUnavailable

try:
    from pyhanko.sign import pkcs11
except ImportError:
    IS_POSSIBLE = False
else:
    IS_POSSIBLE = True


@dataclass(frozen=True)
class Token:
    """Where the key is: the maker's library, the token's label, the labels of key and certificates."""

    module: Path
    token_label: str
    pin: str
    key_label: str
    certificate_label: str
    issuer_labels: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Token({self.token_label!r}, {self.key_label!r})"  # the PIN stays out of logs

    def open(self) -> Signer:
        """A signer whose session stays open for the life of the process. Raises SealUnavailable."""
        if not IS_POSSIBLE:
            raise SealUnavailable("token: pyHanko's extra 'pkcs11' is not installed")
        try:
            session = pkcs11.open_pkcs11_session(
                str(self.module), token_criteria=TokenCriteria(label=self.token_label), user_pin=self.pin
            )
            signer = pkcs11.PKCS11Signer(
                session,
                key_label=self.key_label,
                cert_label=self.certificate_label,
                other_certs_to_pull=self.issuer_labels,
                use_raw_mechanism=True,  # hashed here: not every token knows "ECDSA with SHA-256"
            )
            signer.signing_cert  # noqa: B018 - reads the certificate now, not at the first signature
        except Exception as error:
            # The makers' libraries raise what they like; the text may quote the PIN.
            raise SealUnavailable(f"token: {type(error).__name__}") from None
        return signer
