// Passkeys: asks the browser for one and sends its answer. Forms stay hidden where the browser knows none.
const SAID = {
  InvalidStateError: "이 기기에는 이미 등록한 패스키가 있습니다.",
  SecurityError: "이 주소에서는 패스키를 쓸 수 없습니다. 조합의 정식 주소로 접속해 주세요.",
};
const OTHERWISE = "패스키를 확인하지 못했습니다. 다시 시도하시거나 다른 방법을 이용해 주세요.";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withIds = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

function creation({ publicKey }) {
  return {
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      user: { ...publicKey.user, id: toBytes(publicKey.user.id) },
      excludeCredentials: withIds(publicKey.excludeCredentials),
      // One that signs in by itself: kept by the device, opened by finger, face or PIN.
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    },
  };
}

function request({ publicKey }) {
  const challenge = toBytes(publicKey.challenge);
  return { publicKey: { ...publicKey, challenge, allowCredentials: withIds(publicKey.allowCredentials) } };
}

function asJson(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function optionsOf(form) {
  const given = document.getElementById("js_data");
  if (given) return JSON.parse(given.textContent);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function ask(form) {
  const { creation_options: make, request_options: find } = await optionsOf(form);
  const made = make ? await navigator.credentials.create(creation(make)) : await navigator.credentials.get(request(find));
  form.elements.credential.value = asJson(made);
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  const problem = form.querySelector("[role=alert]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    problem.textContent = "";
    ask(form).catch((error) => {
      problem.textContent = SAID[error.name] ?? OTHERWISE;
    });
  });
}
