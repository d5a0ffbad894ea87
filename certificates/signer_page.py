"""The signer: one HTML page without network, put together from static/signer, and its policy header.

The page runs in `<iframe sandbox="allow-scripts">`. Its policy allows exactly one script and one style, by
hash, and no connection at all. Content policies do not reach WebRTC and DNS hints. The empty
Connection-Allowlist (Chromium from 152 on) stops DNS hints and WebRTC's servers, but direct WebRTC packets
still leave in 156; Firefox 153 stops neither of the two. So the script takes WebRTC away from itself first; for
that one way the published hash of the script is the proof, not the browser.
"""

import base64
import functools
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from certificates.refusals import WORDINGS, Code
from certificates.x509.banks import BANK_OUS, BANKS
from certificates.x509.facts import MAX_CERTIFICATE
from certificates.x509.purposes import DEFAULT_ALLOWED, PURPOSES

SOURCE = Path(__file__).resolve().parent.parent / "static" / "signer"
MAX_KEY_FILE = 16 * 1024  # bytes
# in the order of their imports; parent.js belongs to the page around
MODULES = (
    "quiet.js",
    "refusal.js",
    "der.js",
    "seed.js",
    "sha1.js",
    "passwords.js",
    "pkcs8.js",
    "sign.js",
    "facts.js",
    "files.js",
    "selftest.js",
    "protocol.js",
    "signer.js",
)
CLIENT_CODES = (
    Code.KEY_MISMATCH,
    Code.WRONG_PASSWORD,
    Code.KEY_FILE_UNSUPPORTED,
    Code.KEY_FILE_MALFORMED,
    Code.PFX_NOT_YET,
    Code.R_MISSING,
    Code.CERT_MALFORMED,
    Code.UPLOAD_TOO_LARGE,
    Code.EXPIRED,
    Code.NOT_YET_VALID,
    Code.KEY_USAGE,
    Code.POLICY_NOT_ALLOWED,
    Code.PERSONAL_WHERE_CORPORATE,
    Code.IDENTITY_NUMBER_FORMAT,
    Code.CHALLENGE_UNKNOWN,
)

_IMPORT = re.compile(r"^import .* from '\./([a-z0-9]+\.js)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


@dataclass(frozen=True)
class SignerPage:
    """`csp` is the whole Content-Security-Policy header; hashes are in its form, `sha256-…`.

    The answer must carry all of `headers`, and the page around it a `frame-src` that names only the
    signer's address: a frame may otherwise leave by navigating itself.
    """

    html: str
    csp: str
    script_hash: str
    style_hash: str

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Security-Policy": self.csp,
            "Connection-Allowlist": "()",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }

    @property
    def size(self) -> int:
        """Bytes on the wire before compression."""
        return len(self.html.encode("utf-8"))


@functools.lru_cache(maxsize=4)
def build(sealing_spki: bytes) -> SignerPage:
    """The page that seals R to `sealing_spki` (DER SubjectPublicKeyInfo of the newest sealing key).

    The key is part of the page and not of the parent's message, so that a script in the parent cannot
    put its own in place.
    """
    script, style = _script(), _read("signer.css")
    html = _read("signer.html")
    for mark, content in (("STYLE", style), ("DATA", _data(sealing_spki)), ("SCRIPT", script)):
        html = html.replace(f"/*{mark}*/", content)
    script_hash, style_hash = _hash(script), _hash(style)
    return SignerPage(html, _policy(script_hash, style_hash), script_hash, style_hash)


def _policy(script_hash: str, style_hash: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{script_hash}'",
            f"style-src '{style_hash}'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
            "sandbox allow-scripts",  # also when somebody opens the address by itself
        )
    )


def _script() -> str:
    """The modules in one scope: imports and the word export fall away."""
    parts = []
    seen: set[str] = set()
    for name in MODULES:
        source = _read(name)
        missing = set(_IMPORT.findall(source)) - seen
        if missing:
            raise ValueError(f"{name} comes before {', '.join(sorted(missing))}")
        seen.add(name)
        parts.append(_EXPORT.sub("", _IMPORT.sub("", source)))
    return "\n" + "\n".join(parts)


def _data(sealing_spki: bytes) -> str:
    """Tables and sentences as JSON; `<` is escaped so that nothing ends the element early."""
    data = {
        "sealingSpki": base64.b64encode(sealing_spki).decode("ascii"),
        "maxCertificate": MAX_CERTIFICATE,
        "maxKeyFile": MAX_KEY_FILE,
        "allowedPolicies": sorted(DEFAULT_ALLOWED),
        "banks": BANKS,
        "bankUnits": BANK_OUS,
        "purposes": {oid: {"name": p.name, "kind": p.kind} for oid, p in PURPOSES.items()},
        "wordings": {code: WORDINGS[code].text for code in CLIENT_CODES},
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _read(name: str) -> str:
    return (SOURCE / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
