// Double-submit guard, unsaved warning, error focus, password reveal. Pages work without it.
const submitting = new WeakSet();
const dirty = new Set();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "repeat" in form.dataset) return;
  if (submitting.has(form)) {
    event.preventDefault();
    return;
  }
  submitting.add(form);
  dirty.delete(form);
  event.submitter?.setAttribute("aria-disabled", "true");
});
// Back/forward cache: the page returns as it was left, so the guard is lifted.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) submitting.delete(form);
  for (const button of document.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
});

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form && "unsaved" in form.dataset) dirty.add(form);
});
window.addEventListener("beforeunload", (event) => {
  if (dirty.size) event.preventDefault();
});

// A draft that keeps itself (keeping.js) has nothing to lose.
document.addEventListener("kept", (event) => dirty.delete(event.target));

// To what is wrong; or to the field that the address names, which a link of another page led to.
const named = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (named && "form" in named) named.focus();
document.querySelector(".error-summary")?.focus();

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  const caps = button.parentElement.nextElementSibling;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? "숨김" : "표시";
  });
  input.addEventListener("keyup", (event) => {
    caps.textContent = event.getModifierState?.("CapsLock") ? "Caps Lock이 켜져 있습니다." : "";
  });
}
