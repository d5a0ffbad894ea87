// Beside the form: what it comes to. Worked out by the server at each pause; a newer question cancels the older.
const form = document.querySelector("form[data-outlook-url]");
const PAUSE = 350; // ms

if (form) {
  const beside = form.querySelector("[data-outlook]");
  const line = form.querySelector("[data-outlook-line]");
  let asking = new AbortController();
  let timer = 0;

  const later = (milliseconds) => {
    asking.abort();
    clearTimeout(timer);
    timer = setTimeout(ask, milliseconds);
  };

  async function ask() {
    asking = new AbortController();
    const sent = new FormData(form);
    for (const [name, value] of [...sent]) if (typeof value !== "string") sent.delete(name);
    beside.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.outlookUrl, {
        method: "POST", body: new URLSearchParams(sent), redirect: "manual", signal: asking.signal,
      });
      if (answer.status === 429) return later(Number(answer.headers.get("Retry-After")) * 1000);
      if (!answer.ok) return; // stays marked as out of date
      const figures = await answer.json();
      beside.innerHTML = figures.html;
      line.innerHTML = figures.line;
      beside.removeAttribute("aria-busy");
      for (const name of figures.right) forgive(form.elements[name]);
    } catch {
      // cancelled by a newer question, or no connection: the next one tells
    }
  }

  form.addEventListener("input", (event) => event.isComposing || later(PAUSE));
  form.addEventListener("compositionend", () => later(PAUSE));
}

// What has been put right is not called wrong any longer.
function forgive(input) {
  const field = input?.closest?.(".field.invalid");
  if (!field) return;
  field.classList.remove("invalid");
  field.querySelector(".errors")?.remove();
  input.removeAttribute("aria-invalid");
}
