// The words between this page and the portal page around it. Messages go to and come from the portal's
// origin only, which is the origin of this page's own address.

const NAME = 'seolbi-signer';

/** Sends {type, …} to the portal page. */
export function tell(type, fields = {}) {
  window.parent.postMessage({ protocol: NAME, version: 1, type, ...fields }, location.origin);
}

/** Calls `handler(message)` for each message of the portal page. */
export function hear(handler) {
  window.addEventListener('message', (event) => {
    const ours = event.source === window.parent && event.origin === location.origin;
    if (ours && event.data?.protocol === NAME) handler(event.data);
  });
}

export function base64(bytes) {
  return btoa(Array.from(bytes, (octet) => String.fromCharCode(octet)).join(''));
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/**
 * The challenge's JSON, if the text is one of ours and for this site; else null. Nothing else is signed.
 */
export function readChallenge(text) {
  const [prefix, body, ...rest] = String(text).split('\n');
  if (prefix !== 'SEOLBI-CERT-AUTH-V1' || rest.length) return null;
  try {
    const challenge = JSON.parse(body);
    return challenge.origin === location.origin ? challenge : null;
  } catch {
    return null;
  }
}
