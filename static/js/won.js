// Shows an amount in words beside its field: 120000000 → 금 일억이천만원정.
const DIGITS = ["", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"];
const SMALL = ["", "십", "백", "천"];
const LARGE = ["", "만", "억", "조"];

// Nothing for what is no amount: the server says what is wrong with it.
export function inWords(text) {
  const plain = text.normalize("NFKC").replace(/\s/g, "").replace(/^\u20a9|원$/g, "");
  if (!/^([0-9]+|[0-9]{1,3}(,[0-9]{3})+)$/.test(plain)) return "";
  const number = plain.replaceAll(",", "").replace(/^0+/, "");
  if (!number || number.length > 15) return "";
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
  if (output) output.textContent = inWords(input.value);
}

document.addEventListener("input", (event) => {
  if (!event.isComposing && event.target.dataset?.words) show(event.target);
});
for (const input of document.querySelectorAll("[data-words]")) show(input);
