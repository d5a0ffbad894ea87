// Keeps a step of a draft while it is typed. The server keeps what is valid by the rules of the step itself;
// nothing of another window is overwritten, since each attempt says which stored values the page was made from.
const form = document.querySelector("form[data-keep-url]");
const TYPING = 1200; // ms without a key until what was typed is sent
const AGAIN = [3, 6, 12, 30]; // seconds between attempts that fail
const LONGEST = 2000; // ms that pressing a button waits for an answer on its way
const OFFLINE = "저장하지 못했습니다. 인터넷 연결을 확인해 주세요. 연결되면 저절로 다시 저장합니다.";
const SIGNED_OUT = "로그인이 끊겨 저장하지 못합니다. ‘다음’을 누르면 로그인한 뒤 입력하신 내용으로 돌아옵니다.";

if (form) keepWhileTyped(form, form.querySelector("[data-kept]"));

function typedIn(form) {
  const typed = [...new FormData(form)].filter(
    ([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken" && name !== "version",
  );
  return new URLSearchParams(typed).toString();
}

// Whether something stands in the form that the server did not put there: a browser brings typing back, too.
function holdsMore(form) {
  return [...form.elements].some(({ type, options, selectedIndex, value, defaultValue }) => {
    if (["hidden", "file", "submit", "fieldset"].includes(type)) return false;
    if (!options) return value !== defaultValue;
    const given = [...options].findIndex((option) => option.defaultSelected);
    return selectedIndex !== Math.max(0, given);
  });
}

// The token of a page from before a login elsewhere is stale: the page itself, fetched again, has a new one.
async function renewToken(form) {
  const page = await fetch(location.href, { redirect: "manual" });
  if (!page.ok) return false;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
  const token = fresh.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (token) form.querySelector("[name=csrfmiddlewaretoken]").value = token;
  return Boolean(token);
}

function keepWhileTyped(form, line) {
  const { version } = form.elements;
  let kept = holdsMore(form) ? null : typedIn(form);
  let unanswered = null; // repeated word for word until it is answered, so that its own trace is no other window's
  let underWay = null;
  let failures = 0;
  let renewed = false;
  let timer = 0;
  let isOver = false;
  let isLeaving = false;

  function say(words, isTrouble = false) {
    line.classList.toggle("trouble", isTrouble);
    if (line.textContent !== words) line.textContent = words;
  }

  function later(milliseconds) {
    clearTimeout(timer);
    if (!isOver && !isLeaving) timer = setTimeout(keep, milliseconds);
  }

  function send(attempt) {
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    return fetch(form.dataset.keepUrl, {
      method: "POST",
      body: new URLSearchParams(`${attempt.typed}&version=${attempt.version}`),
      headers: { "X-CSRFToken": token },
      redirect: "manual",
      keepalive: true,
    });
  }

  function keep() {
    clearTimeout(timer);
    if (isOver || underWay) return underWay;
    if (!unanswered && typedIn(form) === kept) return null;
    unanswered ??= { typed: typedIn(form), version: version.value };
    underWay = send(unanswered).then(take, failed).finally(() => {
      underWay = null;
    });
    return underWay;
  }

  async function take(answer) {
    if (answer.type === "opaqueredirect") return end(SIGNED_OUT);
    if (answer.status === 403 && !renewed) {
      renewed = true;
      return (await renewToken(form)) ? later(0) : end(SIGNED_OUT);
    }
    if (answer.status === 409) return end((await answer.json()).message);
    if (answer.status === 429) return later(Number(answer.headers.get("Retry-After")) * 1000);
    if (!answer.ok) return failed();
    const { said, whole, version: seen } = await answer.json();
    kept = unanswered.typed;
    unanswered = null;
    failures = 0;
    renewed = false;
    version.value = seen;
    say(said);
    if (typedIn(form) !== kept) later(TYPING);
    else if (whole) form.dispatchEvent(new CustomEvent("kept", { bubbles: true }));
  }

  function end(words) {
    isOver = true;
    say(words, true);
  }

  function failed() {
    if (!isLeaving) say(OFFLINE, true);
    later(AGAIN[Math.min(failures, AGAIN.length - 1)] * 1000);
    failures += 1;
  }

  form.addEventListener("input", (event) => {
    if (!event.isComposing && !failures) later(TYPING);
  });
  form.addEventListener("compositionend", () => later(TYPING));
  form.addEventListener("change", () => later(0));
  window.addEventListener("online", () => later(0));
  window.addEventListener("pagehide", () => isLeaving || keep());
  document.addEventListener("visibilitychange", () => document.hidden && !isLeaving && keep());
  // A page that comes back as it was left no longer knows what is stored.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());

  // A button must not overtake the attempt on its way: it would look like another window's.
  form.addEventListener("submit", (event) => {
    isLeaving = true;
    clearTimeout(timer);
    if (!underWay) return;
    event.preventDefault();
    const patience = new Promise((resolve) => setTimeout(resolve, LONGEST));
    Promise.race([underWay, patience]).then(() => {
      underWay = null;
      form.requestSubmit(event.submitter);
    });
  });

  if (kept === null) setTimeout(() => form.dispatchEvent(new Event("input", { bubbles: true })));
}
