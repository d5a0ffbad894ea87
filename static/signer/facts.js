// What a certificate says of itself, for the list "which of my certificates fits". Nothing is verified
// here: the portal judges; this only spares the member a password for a certificate that cannot pass.

import { INTEGER, SEQUENCE, elementAt, members, oidText, only, sequence, valueOf } from './der.js';
import { SignerRefusal } from './refusal.js';

const MAX_CERTIFICATE = 8 * 1024;
const COMMON_NAME = '2.5.4.3';
const ORGANIZATIONAL_UNIT = '2.5.4.11';
const KEY_USAGE = '2.5.29.15';
const POLICIES = '2.5.29.32';
const UTC_TIME = 0x17;
const BMP_STRING = 0x1e;
const KOREAN_HOURS = 9;

function text(element) {
  const form = element.tag === BMP_STRING ? 'utf-16be' : 'utf-8';
  return new TextDecoder(form).decode(element.value);
}

function nameValues(name, wanted) {
  return sequence(name).flatMap((rdn) => members(rdn.value)).flatMap((attribute) => {
    const [kind, value] = sequence(attribute);
    return oidText(kind) === wanted ? [text(value)] : [];
  });
}

/** Milliseconds of a UTCTime or GeneralizedTime. */
function instant(element) {
  const digits = text(element);
  const full = element.tag === UTC_TIME ? (digits < '5' ? '20' : '19') + digits : digits;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (!parts) throw new SignerRefusal('CERT_MALFORMED');
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** `2027.03.02`, the day in Korea. */
export function koreanDay(milliseconds) {
  const day = new Date(milliseconds + KOREAN_HOURS * 3600 * 1000).toISOString().slice(0, 10);
  return day.replaceAll('-', '.');
}

function extensionValues(tbs) {
  const holder = tbs.find((element) => element.tag === 0xa3);
  const found = new Map();
  for (const extension of holder ? sequence(elementAt(holder.value)) : []) {
    const parts = sequence(extension);
    found.set(oidText(parts[0]), parts[parts.length - 1].value);
  }
  return found;
}

function publicModulus(spki) {
  const bits = sequence(spki)[1].value;
  return valueOf(sequence(elementAt(bits.subarray(1)))[0], INTEGER);
}

function readFactsStrictly(bytes) {
  const tbs = sequence(members(only(bytes, SEQUENCE))[0]);
  const first = tbs[0].tag === 0xa0 ? 1 : 0;
  const [, , , validity, subject, spki] = tbs.slice(first);
  const [from, until] = sequence(validity).map(instant);
  const extensions = extensionValues(tbs);
  const usage = extensions.get(KEY_USAGE);
  const policies = extensions.get(POLICIES);
  return {
    commonName: nameValues(subject, COMMON_NAME).pop() || '',
    units: nameValues(subject, ORGANIZATIONAL_UNIT),
    from,
    until,
    forSigning: Boolean(usage) && (members(usage)[0].value[1] & 0xc0) === 0xc0,
    policies: policies ? sequence(elementAt(policies)).map((policy) => oidText(sequence(policy)[0])) : [],
    modulus: publicModulus(spki),
  };
}

/** Facts of a DER certificate. Refusals: UPLOAD_TOO_LARGE, CERT_MALFORMED. */
export function readFacts(bytes) {
  if (bytes.length > MAX_CERTIFICATE) throw new SignerRefusal('UPLOAD_TOO_LARGE');
  try {
    return readFactsStrictly(bytes);
  } catch (error) {
    throw error instanceof SignerRefusal ? error : new SignerRefusal('CERT_MALFORMED');
  }
}

/** What to show of it: {holder, bank, purpose, day}, by the tables that came with the page. */
export function describe(facts, tables) {
  const [, holder, code] = /^(.*?)\([^()]*\)0?(\d{3})?[0-9A-Za-z]*$/.exec(facts.commonName) || [];
  const unit = facts.units.find((name) => tables.bankUnits[name]);
  return {
    holder: holder || facts.commonName,
    bank: tables.banks[code] || tables.bankUnits[unit] || '',
    purpose: tables.purposes[facts.policies[0]]?.name || '',
    day: koreanDay(facts.until),
  };
}

/** null when it may fit, else {code, values} of the first reason why it cannot. */
export function unfitness(facts, tables, allowed, now) {
  if (now > facts.until) return { code: 'EXPIRED', values: { day: koreanDay(facts.until) } };
  if (now < facts.from) return { code: 'NOT_YET_VALID', values: { day: koreanDay(facts.from) } };
  if (!facts.forSigning) return { code: 'KEY_USAGE', values: {} };
  if (facts.policies.some((oid) => allowed.includes(oid))) return null;
  const purpose = tables.purposes[facts.policies[0]];
  if (purpose?.kind === 'personal') return { code: 'PERSONAL_WHERE_CORPORATE', values: {} };
  return { code: 'POLICY_NOT_ALLOWED', values: { purpose: purpose?.name || '알 수 없는' } };
}
