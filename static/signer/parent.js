// The portal's side of the signer: starts it in its frame and hands the result back. It never sees a file,
// a key or a password. Loaded as an ordinary module by the pages that need a signature.

const NAME = 'seolbi-signer';
const BACK_AFTER = 1500; // milliseconds until the frame is put back after the last attempt
const LEAVING = '/signer-self-test';

/**
 * Wires an <iframe sandbox="allow-scripts"> to a request
 * {challenge: {id, text}, allowedPolicies, residentNumber}. Calls back with
 *   onResult({id, certificate, signature, sealedRandom})  base64, for POST to the portal
 *   onRefused({code})  a refusal inside the signer, already explained there
 *   onCancel()
 * Returns a function that ends the listening.
 */
export function connectSigner(frame, request, { onResult, onRefused, onCancel } = {}) {
  const address = frame.src;
  let rows = null;
  let left = true;

  function tell(type, fields) {
    // the sandboxed page has an opaque origin, so it can be addressed by its window only
    frame.contentWindow.postMessage({ protocol: NAME, version: 1, type, ...fields }, '*');
  }

  function onViolation(event) {
    if (event.effectiveDirective === 'frame-src' && event.blockedURI.endsWith(LEAVING)) left = false;
  }

  function testLeaving(message) {
    rows = message.rows;
    tell('leave');
    setTimeout(() => { frame.src = address; }, BACK_AFTER);
  }

  const answers = {
    ready() {
      const selfTest = rows && [...rows, { way: '이 화면 이동', blocked: !left }];
      [rows, left] = [null, true];
      tell('start', { ...request, selfTest });
    },
    'leaving-test': testLeaving,
    resize({ height }) { frame.height = Math.min(Math.max(Number(height) || 0, 200), 2000); },
    result(message) { onResult?.(message); },
    refused({ code }) { onRefused?.({ code }); },
    cancel() { onCancel?.(); },
  };

  function onMessage(event) {
    if (event.source !== frame.contentWindow || event.data?.protocol !== NAME) return;
    if (Object.hasOwn(answers, event.data.type)) answers[event.data.type](event.data);
  }

  window.addEventListener('message', onMessage);
  document.addEventListener('securitypolicyviolation', onViolation);
  tell('hello');
  return () => {
    window.removeEventListener('message', onMessage);
    document.removeEventListener('securitypolicyviolation', onViolation);
  };
}
