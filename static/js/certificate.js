// The portal's page around the signer: asks for a text, lets it be signed once or twice, sends the answer.
// It handles signatures only; files, keys and passwords stay in the frame, which cannot send anything.
import { connectSigner } from "../signer/parent.js";

const TROUBLE = "조합 서버에 연결하지 못했습니다. 인터넷 연결을 확인하고 다시 눌러 주세요.";

const root = document.querySelector("[data-signing]");
const part = (name) => root.querySelector(`[data-${name}]`);
const { challengeUrl, answerUrl, signerUrl, document: shownDocument } = root.dataset;
let stop = () => {};

async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": root.querySelector("[name=csrfmiddlewaretoken]").value },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  return { ok: response.ok, ...answer };
}

function say(text, isProblem = false) {
  part("status").textContent = isProblem ? "" : text;
  part("problem").textContent = isProblem ? text : "";
}

function end() {
  stop();
  part("frame").replaceChildren();
  part("begin").disabled = false;
}

function fail(text) {
  end();
  say(text, true);
  part("problem").focus();
}

function openFrame(request, handlers) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.title = "공동인증서로 서명";
  frame.width = "100%";
  frame.src = signerUrl;
  part("frame").replaceChildren(frame);
  stop = connectSigner(frame, request, handlers);
}

async function send(signed) {
  say("서명을 확인하는 중입니다.");
  const answer = await post(answerUrl, signed);
  if (answer.next) location.assign(answer.next);
  else fail(answer.message);
}

function onSigned(wantsTwo) {
  let first = null;
  return ({ id, certificate, signature, sealedRandom }) => {
    if (wantsTwo && !first) {
      first = { id, certificate, signature, sealedRandom };
      say("새 인증서로 서명했습니다. 이어서 위 칸에서 기존 인증서를 선택해 한 번 더 서명해 주세요.");
      return;
    }
    const answer = first ? { ...first, old: { certificate, signature } } : { id, certificate, signature, sealedRandom };
    send(answer).catch(() => fail(TROUBLE));
  };
}

async function begin() {
  say("서명할 내용을 만드는 중입니다.");
  part("begin").disabled = true;
  const wantsTwo = Boolean(part("with-old")?.checked);
  const given = await post(challengeUrl, shownDocument ? { document: shownDocument } : {});
  if (!given.ok) {
    fail(given.message);
    return;
  }
  part("text").textContent = given.challenge.text;
  part("text-box").hidden = false;
  say(wantsTwo ? "먼저 새 인증서로 서명해 주세요. 3분 안에 두 번 모두 서명해야 합니다." : "아래 칸에서 3분 안에 서명해 주세요.");
  const { challenge, allowedPolicies, residentNumber } = given;
  openFrame(
    { challenge, allowedPolicies, residentNumber },
    { onResult: onSigned(wantsTwo), onCancel: () => fail("서명을 취소했습니다. 다시 하려면 ‘서명 시작’을 눌러 주세요.") },
  );
}

part("begin").addEventListener("click", () => begin().catch(() => fail(TROUBLE)));
part("begin").disabled = false;
