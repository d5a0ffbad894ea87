// A strict reader of DER (definite, minimal lengths; tag numbers below 31). Throws NotDer, nothing else.

export const SEQUENCE = 0x30;
export const INTEGER = 0x02;
export const OCTET_STRING = 0x04;
export const OBJECT_IDENTIFIER = 0x06;

/** The bytes are not what the structure says. */
export class NotDer extends Error {}

/** The element at `at`: {tag, value, encoded, end}; views into the same bytes, nothing copied. */
export function elementAt(bytes, at = 0) {
  if (at + 2 > bytes.length) throw new NotDer('cut off');
  const tag = bytes[at];
  let length = bytes[at + 1];
  let body = at + 2;
  if ((tag & 0x1f) === 0x1f) throw new NotDer('long tag');
  if (length & 0x80) {
    const octets = length & 0x7f;
    if (octets < 1 || octets > 3 || body + octets > bytes.length) throw new NotDer('length form');
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + bytes[body + i];
    if (length < 0x80 || (octets > 1 && bytes[body] === 0)) throw new NotDer('length not minimal');
    body += octets;
  }
  const end = body + length;
  if (end > bytes.length) throw new NotDer('value cut off');
  return { tag, value: bytes.subarray(body, end), encoded: bytes.subarray(at, end), end };
}

/** The one element that `bytes` is, of the given tag; its value. */
export function only(bytes, tag) {
  const element = elementAt(bytes);
  if (element.end !== bytes.length || element.tag !== tag) throw new NotDer('unexpected element');
  return element.value;
}

/** The elements inside a constructed value, in order. */
export function members(value) {
  const found = [];
  for (let at = 0; at < value.length;) {
    const element = elementAt(value, at);
    found.push(element);
    at = element.end;
  }
  return found;
}

/** Members of an element that must be a SEQUENCE. */
export function sequence(element) {
  if (!element || element.tag !== SEQUENCE) throw new NotDer('sequence expected');
  return members(element.value);
}

/** Value of an element that must have this tag. */
export function valueOf(element, tag) {
  if (!element || element.tag !== tag) throw new NotDer('unexpected tag');
  return element.value;
}

/** Dotted form of an OBJECT IDENTIFIER. */
export function oidText(element) {
  const value = valueOf(element, OBJECT_IDENTIFIER);
  const arcs = [];
  let arc = 0;
  for (const octet of value) {
    arc = arc * 128 + (octet & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER / 128) throw new NotDer('arc too large');
    if (octet & 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  if (!arcs.length || value[value.length - 1] & 0x80) throw new NotDer('object identifier');
  const first = Math.min(Math.floor(arcs[0] / 40), 2);
  return [first, arcs[0] - 40 * first, ...arcs.slice(1)].join('.');
}

/** A small non-negative INTEGER as a number; -1 for anything larger than 2^31. */
export function smallInteger(element) {
  const value = valueOf(element, INTEGER);
  if (!value.length || value.length > 4 || value[0] & 0x80) return -1;
  return value.reduce((number, octet) => number * 256 + octet, 0);
}

/** One element around the parts, joined. */
export function wrap(tag, ...parts) {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const lengthOctets = [];
  for (let rest = size; rest && size > 0x7f; rest >>= 8) lengthOctets.unshift(rest & 255);
  const head = size > 0x7f ? [tag, 0x80 | lengthOctets.length, ...lengthOctets] : [tag, size];
  const whole = new Uint8Array(head.length + size);
  whole.set(head);
  let at = head.length;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
