// SEED (RFC 4269) in CBC mode, decryption only. The S-boxes are computed, not copied:
// S1(x) = L1(x^247) ^ 169 and S2(x) = L2(x^251) ^ 56 over GF(2^8) modulo x^8+x^6+x^5+x+1.

const COLUMNS_1 = [44, 208, 105, 194, 65, 68, 88, 226];
const COLUMNS_2 = [208, 42, 225, 44, 33, 48, 162, 108];
const MASKS = [0xfc, 0xf3, 0xcf, 0x3f];
const ROUNDS = 16;
const BLOCK = 16;
const GOLDEN = 0x9e3779b9;

function fieldProduct(left, right) {
  let product = 0;
  for (let a = left, b = right; b; b >>= 1) {
    if (b & 1) product ^= a;
    a <<= 1;
    if (a & 0x100) a ^= 0x163;
  }
  return product;
}

function substitution(columns, exponent, constant) {
  return Array.from({ length: 256 }, (_, x) => {
    let power = 1;
    for (let i = 0; i < exponent; i++) power = fieldProduct(power, x);
    return columns.reduce((sum, column, bit) => ((power >> bit) & 1 ? sum ^ column : sum), constant);
  });
}

/** One table per byte of a word, lowest first: the byte through its S-box, spread over four masks. */
function spreadTables() {
  const boxes = [substitution(COLUMNS_1, 247, 169), substitution(COLUMNS_2, 251, 56)];
  return MASKS.map((_, position) => Uint32Array.from({ length: 256 }, (_unused, x) => {
    const value = boxes[position & 1][x];
    return MASKS.reduce((word, _mask, out) => word | ((value & MASKS[(out + position) & 3]) << (8 * out)), 0);
  }));
}

const SPREAD = spreadTables();

function mixWord(word) {
  return SPREAD[0][word & 255] ^ SPREAD[1][(word >>> 8) & 255]
    ^ SPREAD[2][(word >>> 16) & 255] ^ SPREAD[3][word >>> 24];
}

function roundKeys(key) {
  const view = new DataView(key.buffer, key.byteOffset, BLOCK);
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => view.getUint32(at));
  const keys = [];
  let constant = GOLDEN;
  for (let round = 1; round <= ROUNDS; round++) {
    keys.push([mixWord((a + c - constant) | 0), mixWord((b - d + constant) | 0)]);
    if (round & 1) [a, b] = [(a >>> 8) | (b << 24), (b >>> 8) | (a << 24)];
    else [c, d] = [(c << 8) | (d >>> 24), (d << 8) | (c >>> 24)];
    constant = ((constant << 1) | (constant >>> 31)) | 0;
  }
  return keys;
}

/** Runs one block of four words through the rounds; keys in reverse order decrypt. */
function runBlock(words, keys) {
  let [left0, left1, right0, right1] = words;
  for (const [key0, key1] of keys) {
    const c = right0 ^ key0;
    const t = mixWord(c ^ right1 ^ key1);
    const u = mixWord((t + c) | 0);
    const v = mixWord((u + t) | 0);
    [left0, left1, right0, right1] = [right0, right1, left0 ^ ((v + u) | 0), left1 ^ v];
  }
  return [right0, right1, left0, left1];
}

/** Decrypts without removing the padding. Key and IV of 16 bytes; length a multiple of 16. */
export function seedCbcDecrypt(key, iv, encrypted) {
  const keys = roundKeys(key).reverse();
  const input = new DataView(encrypted.buffer, encrypted.byteOffset, encrypted.byteLength);
  const plain = new Uint8Array(encrypted.length);
  const output = new DataView(plain.buffer);
  const chain = new DataView(iv.buffer, iv.byteOffset, BLOCK);
  let previous = [0, 4, 8, 12].map((at) => chain.getUint32(at));
  for (let at = 0; at < encrypted.length; at += BLOCK) {
    const block = [0, 4, 8, 12].map((word) => input.getUint32(at + word));
    runBlock(block, keys).forEach((word, i) => output.setUint32(at + 4 * i, word ^ previous[i]));
    previous = block;
  }
  return plain;
}
