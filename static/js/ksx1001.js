// What an SMS can carry and how many bytes it takes: portal/ksx1001.py in the browser.
// The browser's "euc-kr" is CP949. Of it, a character of KS X 1001 has both bytes at or above 0xA1.
// tests/browser/test_sms_pages.py compares both rules on every code point of the basic plane.
const ELSEWHERE = /[\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f]/g;
const SPELLINGS = {
  "\u00a0": " ", "\t": " ", "\u20a9": "\uffe6",
  "\u2014": "-", "\u2013": "-", "\u2011": "-", "\u2212": "-", "\u2022": "\u00b7", "\u301c": "~",
};
const SPELT = new RegExp(`[${Object.keys(SPELLINGS).join("")}]`, "g");

function wideCharacters() {
  const bytes = [];
  for (let lead = 0xa1; lead <= 0xfe; lead += 1) {
    for (let trail = 0xa1; trail <= 0xfe; trail += 1) bytes.push(lead, trail, 0x0a);
  }
  const read = new TextDecoder("euc-kr").decode(Uint8Array.from(bytes)).split("\n");
  return new Set(read.filter((text) => text.length === 1 && text !== "\ufffd"));
}
const WIDE = wideCharacters();

function sizeOf(character) {
  if (character === "\n") return 1;
  const code = character.codePointAt(0);
  if (code < 0x80) return code < 0x20 || code === 0x7f ? 0 : 1;
  return WIDE.has(character) ? 2 : 0;
}

// Composed, with look-alikes in their sendable spelling; may leave characters that cannot be sent.
export function sanitise(text) {
  const composed = text.normalize("NFC").replace(/\r\n?/g, "\n");
  return composed.replace(ELSEWHERE, "").replace(SPELT, (one) => SPELLINGS[one]);
}

// The white space that the server strips.
export function strip(text) {
  return text.replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, "");
}

// Bytes of a sanitised text, and the characters that cannot be sent, each once.
export function measure(text) {
  let size = 0;
  const refused = new Set();
  for (const character of text) {
    const bytes = sizeOf(character);
    if (bytes) size += bytes;
    else refused.add(character);
  }
  return { size, refused: [...refused] };
}
