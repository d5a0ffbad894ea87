// Opens signPri.key: six encryption schemes, R from the attributes, attributes stripped for importKey.

import { INTEGER, NotDer, OCTET_STRING, SEQUENCE, elementAt, members, oidText, only, sequence, smallInteger, valueOf, wrap } from './der.js';
import { passwordForms } from './passwords.js';
import { SignerRefusal } from './refusal.js';
import { seedCbcDecrypt } from './seed.js';
import { sha1 } from './sha1.js';

const MAX_KEY_FILE = 16 * 1024;
const MAX_ITERATIONS = 200000;
const PBE_SEED = '1.2.410.200004.1.15';
const SEED_CBC = '1.2.410.200004.1.4';
const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const RANDOM_NUMBER = '1.2.410.200004.10.1.1.3';
const RSA = '1.2.840.113549.1.1.1';
const RANDOM_LENGTH = 20;
const OLD_IV = new TextEncoder().encode('0123456789012345');
const AES_BITS = { '2.16.840.1.101.3.4.1.2': 128, '2.16.840.1.101.3.4.1.42': 256 };
const PRF_HASH = {
  '1.2.840.113549.2.7': 'SHA-1',
  '1.2.840.113549.2.9': 'SHA-256',
  '1.2.840.113549.2.10': 'SHA-384',
  '1.2.840.113549.2.11': 'SHA-512',
};

function unsupported(oid) {
  return new SignerRefusal('KEY_FILE_UNSUPPORTED', { oid });
}

function iterationCount(element) {
  const count = smallInteger(element);
  if (count < 1 || count > MAX_ITERATIONS) throw new NotDer('iterations');
  return count;
}

/** {encrypted, decrypt(passwordBytes) -> padded or unpadded plain bytes}, read from the file's head. */
function readEnvelope(bytes) {
  const [algorithm, data, ...rest] = members(only(bytes, SEQUENCE));
  const encrypted = valueOf(data, OCTET_STRING);
  if (rest.length || !encrypted.length || encrypted.length % 16) throw new NotDer('envelope');
  const [kind, parameters] = sequence(algorithm);
  const oid = oidText(kind);
  if (oid === PBES2) return readPbes2(parameters, encrypted);
  if (oid !== PBE_SEED && oid !== SEED_CBC) throw unsupported(oid);
  const [salt, iterations] = sequence(parameters);
  const saltBytes = valueOf(salt, OCTET_STRING);
  const count = iterationCount(iterations);
  return async (password) => {
    const derived = derive1(password, saltBytes, count);
    const iv = oid === SEED_CBC ? OLD_IV : sha1(derived.subarray(16)).subarray(0, 16);
    return unpad(seedCbcDecrypt(derived.slice(0, 16), iv, encrypted));
  };
}

function derive1(password, salt, count) {
  let derived = new Uint8Array([...password, ...salt]);
  for (let i = 0; i < count; i++) derived = sha1(derived);
  return derived;
}

function readPbes2(parameters, encrypted) {
  const [derivation, encryption] = sequence(parameters);
  const [kdf, kdfParameters] = sequence(derivation);
  const [cipher, ivElement] = sequence(encryption);
  if (oidText(kdf) !== PBKDF2) throw unsupported(oidText(kdf));
  const cipherOid = oidText(cipher);
  const bits = cipherOid === SEED_CBC ? 128 : AES_BITS[cipherOid];
  if (!bits) throw unsupported(cipherOid);
  const [salt, iterations, ...options] = sequence(kdfParameters);
  const named = options.find((option) => option.tag === SEQUENCE);
  const prf = named ? oidText(sequence(named)[0]) : '1.2.840.113549.2.7';
  if (!PRF_HASH[prf]) throw unsupported(prf);
  const kdfOptions = {
    name: 'PBKDF2',
    hash: PRF_HASH[prf],
    salt: valueOf(salt, OCTET_STRING),
    iterations: iterationCount(iterations),
  };
  const iv = valueOf(ivElement, OCTET_STRING);
  if (iv.length !== 16) throw new NotDer('iv');
  return async (password) => {
    const base = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const derived = new Uint8Array(await crypto.subtle.deriveBits(kdfOptions, base, bits));
    if (cipherOid === SEED_CBC) return unpad(seedCbcDecrypt(derived, iv, encrypted));
    return decryptAes(derived, iv, encrypted);
  };
}

async function decryptAes(derived, iv, encrypted) {
  const key = await crypto.subtle.importKey('raw', derived, 'AES-CBC', false, ['decrypt']);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, key, encrypted));
  } catch {
    throw new SignerRefusal('WRONG_PASSWORD');
  }
}

function unpad(plain) {
  const padding = plain[plain.length - 1];
  const tail = plain.subarray(plain.length - padding);
  if (padding < 1 || padding > 16 || tail.some((octet) => octet !== padding)) {
    throw new SignerRefusal('WRONG_PASSWORD');
  }
  return plain.subarray(0, plain.length - padding);
}

/** {pkcs8, random, modulus} of a decrypted PrivateKeyInfo. Garbage there means a wrong password. */
function readPrivateKey(plain) {
  const [version, algorithm, key, ...attributes] = members(only(plain, SEQUENCE));
  const oid = oidText(sequence(algorithm)[0]);
  if (oid !== RSA) throw unsupported(oid);
  const modulus = valueOf(sequence(elementAt(valueOf(key, OCTET_STRING)))[1], INTEGER);
  return {
    pkcs8: wrap(SEQUENCE, version.encoded, algorithm.encoded, key.encoded),
    random: readRandom(attributes),
    modulus,
  };
}

function readRandom(attributes) {
  for (const holder of attributes.filter((element) => element.tag === 0xa0)) {
    for (const attribute of members(holder.value)) {
      const [kind, values] = sequence(attribute);
      if (oidText(kind) !== RANDOM_NUMBER) continue;
      const random = only(values.value, 0x03);
      if (random.length === RANDOM_LENGTH + 1 && random[0] === 0) return random.slice(1);
    }
  }
  return null;
}

/** Bytes beginning like a PFX: SEQUENCE { INTEGER 3, SEQUENCE … }. */
export function isPfx(bytes) {
  try {
    const [version, content] = members(only(bytes, SEQUENCE));
    return version.tag === INTEGER && smallInteger(version) === 3 && content.tag === SEQUENCE;
  } catch {
    return false;
  }
}

/**
 * Opens a key file with the typed password: {pkcs8 without attributes, random or null, modulus}.
 * Refusals: UPLOAD_TOO_LARGE, PFX_NOT_YET, KEY_FILE_MALFORMED, KEY_FILE_UNSUPPORTED, WRONG_PASSWORD.
 */
export async function openKeyFile(bytes, passwordText) {
  if (bytes.length > MAX_KEY_FILE) throw new SignerRefusal('UPLOAD_TOO_LARGE');
  if (isPfx(bytes)) throw new SignerRefusal('PFX_NOT_YET');
  const decrypt = refusingNotDer('KEY_FILE_MALFORMED', () => readEnvelope(bytes));
  let last = new SignerRefusal('WRONG_PASSWORD');
  for (const form of passwordForms(passwordText)) {
    try {
      const plain = await decrypt(form);
      return refusingNotDer('WRONG_PASSWORD', () => readPrivateKey(plain));
    } catch (refusal) {
      if (!(refusal instanceof SignerRefusal)) throw refusal;
      last = refusal;
    }
  }
  throw last;
}

function refusingNotDer(code, read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof SignerRefusal) throw error;
    // a structure shorter than expected shows as NotDer, or as a TypeError over a missing member
    throw new SignerRefusal(code);
  }
}
