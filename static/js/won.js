// Shows an amount in words beside its field: 120000000 → 금 일억이천만원정.
const DIGITS = ["", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"];
const SMALL = ["", "십", "백", "천"];
const LARGE = ["", "만", "억", "조"];

export function inWords(digits) {
  const number = digits.replace(/^0+/, "");
  if (!number || number.length > 16) return "";
  let words = "";
  for (let group = LARGE.length - 1; group >= 0; group -= 1) {
    const end = number.length - group * 4;
    const four = number.slice(Math.max(0, end - 4), Math.max(0, end));
    let part = "";
    [...four].forEach((digit, index) => {
      if (digit !== "0") part += DIGITS[digit] + SMALL[four.length - 1 - index];
    });
    if (part) words += part + LARGE[group];
  }
  return `금 ${words}원정`;
}

function show(input) {
  const output = document.getElementById(input.dataset.words);
  if (output) output.textContent = inWords(input.value.normalize("NFKC").replace(/\D/g, ""));
}

document.addEventListener("input", (event) => {
  if (!event.isComposing && event.target.dataset?.words) show(event.target);
});
for (const input of document.querySelectorAll("[data-words]")) show(input);
