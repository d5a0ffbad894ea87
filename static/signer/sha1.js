// SHA-1 (FIPS 180-4), synchronous: the old key derivation calls it 2,048 times in a row, and waiting for
// crypto.subtle as often takes longer than the hashing. Used for nothing but opening key files.

const START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
const ADDED = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];

function turn(word, by) {
  return (word << by) | (word >>> (32 - by));
}

function choose(phase, b, c, d) {
  if (phase === 0) return (b & c) | (~b & d);
  if (phase === 2) return (b & c) | (b & d) | (c & d);
  return b ^ c ^ d;
}

function compress(state, view, at, w) {
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
  for (let i = 16; i < 80; i++) w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  let [a, b, c, d, e] = state;
  for (let i = 0; i < 80; i++) {
    const phase = (i / 20) | 0;
    const next = (turn(a, 5) + choose(phase, b, c, d) + e + ADDED[phase] + w[i]) | 0;
    e = d;
    d = c;
    c = turn(b, 30);
    b = a;
    a = next;
  }
  return [state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e].map((word) => word | 0);
}

/** The 20 bytes of SHA-1 of a Uint8Array. */
export function sha1(message) {
  const length = ((message.length + 8) >> 6) * 64 + 64;
  const padded = new Uint8Array(length);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(length - 4, message.length * 8);
  const schedule = new Int32Array(80);
  let state = START;
  for (let at = 0; at < length; at += 64) state = compress(state, view, at, schedule);
  const digest = new Uint8Array(20);
  const output = new DataView(digest.buffer);
  state.forEach((word, i) => output.setUint32(4 * i, word));
  return digest;
}
