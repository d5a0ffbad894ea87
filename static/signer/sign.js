// From an opened key file to what the portal is sent: signature over the challenge, and R sealed to it.

import { SignerRefusal } from './refusal.js';

function joined(...parts) {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** A key that cannot be read out again, from PKCS#8 without attributes. */
async function signingKey(pkcs8) {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  try {
    return await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  } catch {
    throw new SignerRefusal('KEY_FILE_MALFORMED');
  }
}

/** R ‖ SHA-256(challenge) [‖ 13 digits] under the portal's key: RSA-OAEP with SHA-256. */
async function sealRandom(random, challenge, sealingSpki, residentNumber) {
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('spki', sealingSpki, algorithm, false, ['encrypt']);
  const binding = new Uint8Array(await crypto.subtle.digest('SHA-256', challenge));
  const plain = joined(random, binding, new TextEncoder().encode(residentNumber));
  const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plain));
  plain.fill(0);
  return sealed;
}

/**
 * {signature, sealedRandom} for the exact challenge text. The opened key's bytes are wiped.
 * Refusals: R_MISSING, KEY_MISMATCH, KEY_FILE_MALFORMED.
 */
export async function signChallenge({ opened, modulus, text, sealingSpki, residentNumber = '' }) {
  try {
    if (!opened.random) throw new SignerRefusal('R_MISSING');
    if (opened.modulus.length !== modulus.length || opened.modulus.some((octet, i) => octet !== modulus[i])) {
      throw new SignerRefusal('KEY_MISMATCH');
    }
    const challenge = new TextEncoder().encode(text);
    const key = await signingKey(opened.pkcs8);
    const signature = new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, challenge));
    const sealedRandom = await sealRandom(opened.random, challenge, sealingSpki, residentNumber);
    return { signature, sealedRandom };
  } finally {
    opened.pkcs8.fill(0);
    opened.random?.fill(0);
  }
}
