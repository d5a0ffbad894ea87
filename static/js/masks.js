// Formats numbers while they are typed or pasted, and only what the server would read the same way: anything else
// stays as it is, for the server to say what is wrong with it. Cutting it to fit would make another number of it.
const MINUS = "\u2212"; // not a dash by Unicode category, yet typed as one
const GROUPS = { business: [3, 2, 5], corporate: [6, 7], mobile: [3, 4, 4] };
const PHONES = ["mobile", "phone"];
const folded = (text) => text.normalize("NFKC");
const bare = (text) => folded(text).replace(/[\s\p{Pd}\p{Cf}]/gu, "").replaceAll(MINUS, "");
const digitsOf = (text) => folded(text).replace(/[^0-9]/g, "");

function grouped(digits, sizes) {
  if (digits.length > sizes.reduce((sum, size) => sum + size)) return digits;
  const parts = [];
  let start = 0;
  for (const size of sizes) {
    if (start < digits.length) parts.push(digits.slice(start, start + size));
    start += size;
  }
  return parts.join("-");
}

// Seoul is the only area code with two digits; 15xx/16xx/18xx numbers have no area code.
function phone(digits) {
  if (/^1[568]/.test(digits)) return grouped(digits, [4, 4]);
  const area = digits.startsWith("02") ? 2 : 3;
  const tail = digits.length - area > 7 ? 4 : 3;
  return grouped(digits, [area, tail, 4]);
}

// Commas are put anew while somebody types between them; in what is pasted they must stand between thousands.
function won(text, isPasted) {
  const plain = folded(text).replace(/\s/g, "");
  const match = /^\u20a9?([0-9,]*[0-9][0-9,]*)원?$/.exec(plain);
  if (!match || (isPasted && !/^([0-9]*|[0-9]{1,3}(,[0-9]{3})+)$/.test(match[1]))) return text;
  return match[1].replaceAll(",", "").replace(/^0+(?=[0-9])/, "").replace(/\B(?=([0-9]{3})+$)/g, ",");
}

// 2026-11-20, 2026.11.20, 20261120 and 2026년 11월 20일 for the browser's own date field; "" for anything else.
export function day(text) {
  const plain = folded(text).replace(/\s/g, "");
  const match = /^([0-9]{4})[-./년]?([0-9]{1,2})[-./월]?([0-9]{1,2})[.일]?$/.exec(plain);
  if (!match || (/^[0-9]+$/.test(plain) && plain.length !== 8)) return "";
  const [year, month, date] = match.slice(1).map(Number);
  const found = new Date(Date.UTC(year, month - 1, date));
  const exists = found.getUTCMonth() === month - 1 && found.getUTCDate() === date;
  return exists ? found.toISOString().slice(0, 10) : "";
}

export function format(kind, text, isPasted = false) {
  if (kind === "won") return won(text, isPasted);
  const isPhone = PHONES.includes(kind);
  const digits = isPhone
    ? bare(text).replace(/[().]/g, "").replace(/^(?:\+|00)?820?(?=[1-9][0-9]{6})/, "0")
    : bare(text);
  if (!/^[0-9]*$/.test(digits)) return text;
  return kind === "phone" ? phone(digits) : grouped(digits, GROUPS[kind]);
}

// The caret stays behind as many digits as before, counted from the end: what is dropped (a country code) stands
// in front. Deleting forward over a separator steps over it, or the key would do nothing.
function reformat(input, { isPasted = false, isForward = false } = {}) {
  const after = digitsOf(input.value.slice(input.selectionEnd)).length;
  const next = format(input.dataset.mask, input.value, isPasted);
  if (next === input.value) return;
  input.value = next;
  let caret = next.length;
  for (let left = after; left > 0 && caret > 0; ) {
    caret -= 1;
    if (/[0-9]/.test(next[caret])) left -= 1;
  }
  if (!isForward) while (caret > 0 && /[-,]/.test(next[caret - 1])) caret -= 1;
  if (input === document.activeElement) input.setSelectionRange(caret, caret);
}

let pasted = null;
document.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text");
  if (event.target.dataset?.mask) pasted = text.trim();
  const found = event.target.type === "date" ? day(text) : "";
  if (!found) return;
  event.preventDefault();
  event.target.value = found;
  for (const type of ["input", "change"]) event.target.dispatchEvent(new Event(type, { bubbles: true }));
});
document.addEventListener("input", (event) => {
  if (event.isComposing || !event.target.dataset?.mask) return;
  const isPasted = event.target.value.trim() === pasted; // and not put between digits that stood there
  pasted = null;
  reformat(event.target, { isPasted, isForward: event.inputType === "deleteContentForward" });
});
document.addEventListener("compositionend", (event) => {
  if (event.target.dataset?.mask) reformat(event.target);
});
for (const input of document.querySelectorAll("[data-mask]")) if (input.value) reformat(input, { isPasted: true });
