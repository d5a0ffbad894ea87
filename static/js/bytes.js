// Counts SMS bytes as the mobile networks do, and writes the text into its preview.
import { measure, sanitise } from "./ksx1001.js";

function show(area) {
  const output = document.getElementById(area.dataset.count);
  const { size } = measure(sanitise(area.value));
  const sms = Number(area.dataset.bytes);
  const most = Number(area.dataset.bytesMost || sms);
  const long = size > sms && most > sms;
  output.classList.toggle("over", size > most);
  output.querySelector("[data-size]").textContent = size.toLocaleString("ko-KR");
  output.querySelector("[data-limit]").textContent = (long ? most : sms).toLocaleString("ko-KR");
  output.querySelector("[data-kind]").textContent = size > most
    ? `${(size - most).toLocaleString("ko-KR")}바이트 줄여 주세요`
    : long ? output.dataset.long : output.dataset.short;
  const preview = document.querySelector("[data-preview-of='" + area.id + "']");
  if (preview) preview.textContent = area.value;
}

for (const area of document.querySelectorAll("textarea[data-bytes]")) {
  area.addEventListener("input", () => show(area));
  show(area);
}
