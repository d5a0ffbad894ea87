// While a message is written: its bytes, the phone that will show it, and what it costs. The server decides again.
import { measure, sanitise, strip } from "./ksx1001.js";

const form = document.querySelector("form[data-compose]");
const { dataset, elements } = form;
const korean = (number) => number.toLocaleString("ko-KR");
const numberIn = (text) => text.normalize("NFKC").match(/010-\d{4}-\d{4}/)?.[0].replaceAll("-", "");

function checked(name) {
  return [...form.querySelectorAll(`[name="${name}"]:checked`)];
}

const AD_MARK = "(광고)";

// The message as it will arrive. Without a declaration yet, as information.
export function bodyOf(words, category, frames) {
  let own = strip(sanitise(words));
  if (category === "advertising" && own.startsWith(AD_MARK)) own = strip(own.slice(AD_MARK.length));
  const head = frames[`${category}Head`] ?? "";
  const tail = frames[`${category}Tail`] ?? "";
  return { own, whole: head + own + tail };
}

function pastedNumbers() {
  const found = new Set();
  for (const piece of elements.numbers.value.normalize("NFKC").split(/[,;\n\t、·/|]+/)) {
    const whole = mobileOf(piece);
    for (const one of whole ? [whole] : piece.split(/\s+/).map(mobileOf)) if (one) found.add(one);
  }
  return found;
}

function mobileOf(piece) {
  const digits = piece.replace(/\D/g, "").replace(/^(00)?82(?=0?10)/, "0").replace(/^00/, "0");
  return /^010\d{8}$/.test(digits) ? digits : "";
}

function addressees() {
  const found = pastedNumbers();
  for (const box of checked("chosen")) found.add(box.value);
  const groups = new Set(checked("groups").map((box) => box.value));
  for (const label of form.querySelectorAll(".names label")) {
    const mobile = numberIn(label.textContent);
    const group = label.textContent.split(/010-\d{4}-\d{4}/).pop().replace(/^ · /, "").trim();
    if (mobile && (label.querySelector("input").checked || groups.has(group))) found.add(mobile);
  }
  return found;
}

function show() {
  const category = checked("category")[0]?.value ?? "information";
  const wantsLong = checked("kind")[0]?.value === "lms";
  const { own, whole } = bodyOf(elements.text.value, category, dataset);
  const { size, refused } = measure(whole);
  const short = Number(dataset.limitSms);
  const isLong = wantsLong && size > short;
  const limit = Number(isLong ? dataset.limitLms : dataset.limitSms);
  const each = Number(isLong ? dataset.costLms : dataset.costSms);
  const count = document.getElementById("compose-count");
  const isOver = size > limit || refused.length > 0;
  count.classList.toggle("over", isOver);
  count.querySelector("[data-count]").textContent = `${korean(size)} / ${korean(limit)}바이트`;
  let verdict = `${isLong ? "장문" : "단문"} · ${each}콜`;
  if (size > limit) verdict = `${korean(size - limit)}바이트 줄여 주세요`;
  if (refused.length) verdict = `보낼 수 없는 글자: ${refused.slice(0, 10).join(" ")}`;
  const told = count.querySelector("[data-verdict]");
  if (told.textContent !== verdict) told.textContent = verdict;
  const bubble = form.querySelector("[data-bubble]");
  bubble.textContent = own ? whole : bodyOf("내용이 이어집니다", category, dataset).whole;
  showCost(each);
}

function showCost(each) {
  const people = addressees().size;
  const line = form.querySelector("[data-cost]");
  const need = people * each;
  const left = Number(dataset.balance) - need;
  const words = people === 0 ? ""
    : left < 0 ? `받는 사람 ${korean(people)}명 · ${korean(need)}콜이 필요한데 ${korean(-left)}콜이 모자랍니다`
    : `받는 사람 ${korean(people)}명 · ${korean(need)}콜 · 남는 콜 ${korean(left)}`;
  line.classList.toggle("over", left < 0);
  if (line.textContent !== words) line.textContent = words;
}

// In a long address book only the people looked for, and those already picked.
const finder = form.querySelector("[data-finder]");
if (finder) {
  finder.hidden = false;
  finder.querySelector("input").addEventListener("input", (event) => {
    const words = event.target.value.normalize("NFC").replace(/[-\s]/g, "");
    for (const label of form.querySelectorAll(".names label")) {
      const shown = label.textContent.replace(/[-\s]/g, "").includes(words) || label.querySelector("input").checked;
      label.parentElement.hidden = !shown;
    }
  });
}

form.addEventListener("input", show);
show();
