// Counts down to the end of the login and offers to extend it.
const WARN_SECONDS = 180;
const bar = document.querySelector("[data-session]");
const dialog = document.getElementById("session-end");
const length = Number(bar.dataset.session) * 1000;
// Every page opened in another tab extends the same login.
const tabs = new BroadcastChannel("session");
let ends = 0;
let dismissed = false;
let over = false;

function renew() {
  ends = Date.now() + length;
  tabs.postMessage(ends);
}

function show(part) {
  for (const name of ["soon", "over"]) dialog.querySelector(`[data-session-${name}]`).hidden = name !== part;
  dialog.setAttribute("aria-labelledby", dialog.querySelector(`[data-session-${part}] h2`).id);
  if (!dialog.open) dialog.showModal();
}

function tick() {
  const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
  const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  for (const place of document.querySelectorAll("[data-session-left]")) place.textContent = text;
  if (left > WARN_SECONDS) {
    dismissed = false;
    if (!over && dialog.open) dialog.close();
  } else if (left === 0) {
    if (!over) show("over");
    over = true;
  } else if (!dismissed && !over) {
    dismissed = true; // closed with Esc, it does not come again before the end
    show("soon");
  }
}

async function extend(event) {
  event.preventDefault();
  const form = event.target;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
      redirect: "error",
    });
    if (!answer.ok) throw new Error(String(answer.status));
    renew();
    over = false;
    tick();
  } catch {
    over = true; // not extended: the page stays as it is, with what was typed
    show("over");
  }
}

tabs.addEventListener("message", (event) => {
  ends = Math.max(ends, event.data);
  over = false;
  tick();
});
for (const form of document.querySelectorAll("[data-session], [data-session-extend]")) {
  form.addEventListener("submit", extend);
}
renew();
tick();
setInterval(tick, 1000);
