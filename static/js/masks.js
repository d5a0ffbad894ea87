// Formats numbers while they are typed. The server strips and checks every value again.
const GROUPS = { business: [3, 2, 5], corporate: [6, 7], mobile: [3, 4, 4] };

const digitsOf = (text) => text.normalize("NFKC").replace(/\D/g, "");

function grouped(digits, sizes) {
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

function won(digits) {
  return digits.replace(/^0+(?=\d)/, "").slice(0, 15).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function format(kind, text) {
  let digits = digitsOf(text);
  if (kind === "won") return won(digits);
  if (/^\s*\+?\s*82/.test(text.normalize("NFKC")) && kind !== "business" && kind !== "corporate") {
    digits = digits.replace(/^820?/, "0");
  }
  return kind === "phone" ? phone(digits) : grouped(digits, GROUPS[kind]);
}

function reformat(input) {
  const before = digitsOf(input.value.slice(0, input.selectionStart)).length;
  const next = format(input.dataset.mask, input.value);
  if (next === input.value) return;
  const typedAtEnd = input.selectionStart === input.value.length;
  const dropped = digitsOf(input.value).length - digitsOf(next).length;
  input.value = next;
  let caret = next.length;
  if (!typedAtEnd) {
    let left = Math.max(0, before - Math.max(0, dropped));
    for (caret = 0; left > 0 && caret < next.length; caret += 1) if (/\d/.test(next[caret])) left -= 1;
  }
  if (input === document.activeElement) input.setSelectionRange(caret, caret);
}

document.addEventListener("input", (event) => {
  if (event.isComposing || !event.target.dataset?.mask) return;
  reformat(event.target);
});
document.addEventListener("compositionend", (event) => {
  if (event.target.dataset?.mask) reformat(event.target);
});
for (const input of document.querySelectorAll("[data-mask]")) if (input.value) reformat(input);
