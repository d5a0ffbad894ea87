// Fetches this page again every few seconds and shows what changed; without scripts the page reloads itself.
"use strict";

const EVERY = 3000;

async function refresh() {
  const shown = document.getElementById("live");
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
  for (const mail of shown.querySelectorAll("details[open]")) {
    fresh.querySelector(`#${mail.id}`)?.setAttribute("open", "");
  }
  if (fresh.innerHTML === shown.innerHTML) return;
  const focused = shown.contains(document.activeElement) ? document.activeElement.closest("details")?.id : null;
  shown.replaceChildren(...fresh.childNodes);
  if (focused) document.querySelector(`#${focused} > summary`)?.focus();
}

async function again() {
  if (!document.hidden) {
    try {
      await refresh();
    } catch {
      // The simulator is being restarted: the next round shows it.
    }
  }
  setTimeout(again, EVERY);
}

setTimeout(again, EVERY);
