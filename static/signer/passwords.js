// What bytes a typed password may stand for. UTF-8 in all we saw; old clients may have used CP949.

/** CP949 bytes of a text, or null when it holds other characters. The table comes from the decoder. */
function cp949(text) {
  const decoder = new TextDecoder('euc-kr', { fatal: true });
  const table = new Map();
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x41; trail <= 0xfe; trail++) {
      try {
        table.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]);
      } catch {
        // no character at this place
      }
    }
  }
  const encoded = [...text].map((char) => (char < '\u0080' ? [char.charCodeAt(0)] : table.get(char)));
  return encoded.includes(undefined) ? null : Uint8Array.from(encoded.flat());
}

/** The byte forms to try, most likely first. */
export function passwordForms(text) {
  const utf8 = new TextEncoder().encode(text);
  if (/^[\u0000-\u007f]*$/.test(text)) return [utf8];
  const old = cp949(text.normalize('NFC'));
  return old ? [utf8, old] : [utf8];
}
