// The page in the sandboxed frame: choose a certificate, type its password, sign what the portal asks.

import { describe, readFacts, unfitness } from './facts.js';
import { bytesOf, filesOfDrop, filesOfInput, pairFiles } from './files.js';
import { openKeyFile } from './pkcs8.js';
import { base64, fromBase64, hear, readChallenge, tell } from './protocol.js';
import { SignerRefusal, sentence } from './refusal.js';
import { tryEveryWay, tryToLeave } from './selftest.js';
import { signChallenge } from './sign.js';

const DATA = JSON.parse(document.getElementById('signer-data').textContent);
const KEY_FILE_ABSENT = '개인키 파일(signPri.key)이 함께 선택되지 않았습니다. 두 파일을 같이 선택해 주세요.';
const NOTHING_FOUND = '인증서를 찾지 못했습니다. signCert.der와 signPri.key가 있는 폴더를 선택해 주세요.';
const FOLDER_DROPPED = '이 칸에는 폴더를 끌어다 놓을 수 없습니다. ‘NPKI 폴더 선택’을 눌러 폴더를 골라 주세요.';
const CHOOSE_FIRST = '먼저 사용할 인증서를 선택해 주세요.';
const PASSWORD_FIRST = '인증서 비밀번호를 입력해 주세요.';
const TROUBLE = '서명 화면에 문제가 생겼습니다. 화면을 새로 고친 뒤 다시 시도해 주세요.';
const CHALLENGE_LABELS = {
  purpose: '용도',
  member: '회사',
  business_number: '사업자등록번호',
  origin: '사이트',
  issued_at: '요청 시각',
  expires_at: '마감 시각',
};

const state = { request: null, candidates: [], loose: [] };

function at(id) {
  return document.getElementById(id);
}

function make(tag, content, className = '') {
  const element = document.createElement(tag);
  element.textContent = content;
  element.className = className;
  return element;
}

function showProblem(text) {
  at('problem').textContent = text;
}

/** Shows a refusal and tells the portal its code; anything else is our own fault. */
function showRefusal(error) {
  const refused = error instanceof SignerRefusal;
  showProblem(refused ? sentence(DATA.wordings, error.code, error.values) : TROUBLE);
  tell('refused', { code: refused ? error.code : 'SIGNER_TROUBLE' });
}

function shownTime(text) {
  return /^\d{4}-\d\d-\d\dT/.test(text) ? text.slice(0, 19).replace('T', ' ').replaceAll('-', '.') : text;
}

function start(message) {
  showSelfTest(message.selfTest);
  const { challenge } = message;
  const content = readChallenge(challenge?.text);
  if (!content) {
    showProblem(sentence(DATA.wordings, 'CHALLENGE_UNKNOWN'));
    at('waiting').textContent = sentence(DATA.wordings, 'CHALLENGE_UNKNOWN');
    tell('refused', { code: 'CHALLENGE_UNKNOWN' });
    return;
  }
  state.request = message;
  at('challenge-text').textContent = challenge.text;
  at('challenge-facts').replaceChildren(...Object.entries(CHALLENGE_LABELS).flatMap(([key, label]) => (
    [make('dt', label), make('dd', shownTime(String(content[key] ?? '-')))]
  )));
  at('resident-line').hidden = !message.residentNumber;
  at('waiting').hidden = true;
  at('work').hidden = false;
  if (state.loose.length) offer(state.loose).catch(showRefusal);
}

/** Reads the certificates of the chosen files and lists them, usable ones first. */
async function offer(named) {
  showProblem('');
  const candidates = [];
  for (const pair of pairFiles(named)) candidates.push(await candidateOf(pair));
  candidates.sort((a, b) => Boolean(a.why) - Boolean(b.why) || (b.facts?.until ?? 0) - (a.facts?.until ?? 0));
  state.candidates = candidates;
  at('certificates').hidden = !candidates.length;
  at('certificates').replaceChildren(make('legend', '찾은 인증서'), ...candidates.map(candidateRow));
  const usable = candidates.filter((candidate) => !candidate.why);
  if (usable.length === 1) at('certificates').querySelector('input:enabled').checked = true;
  if (!candidates.length) showProblem(NOTHING_FOUND);
  if (usable.length) at('password').focus();
}

async function candidateOf({ certificate, key }) {
  try {
    // the size is asked first: a large file is not read to find out that it is too large
    if (certificate.size > DATA.maxCertificate) throw new SignerRefusal('UPLOAD_TOO_LARGE');
    const bytes = await bytesOf(certificate);
    const facts = readFacts(bytes);
    const unfit = unfitness(facts, DATA, state.request?.allowedPolicies ?? DATA.allowedPolicies, Date.now());
    const why = unfit ? sentence(DATA.wordings, unfit.code, unfit.values) : key ? '' : KEY_FILE_ABSENT;
    return { bytes, facts, key, why, shown: describe(facts, DATA) };
  } catch (error) {
    const code = error instanceof SignerRefusal ? error.code : 'CERT_MALFORMED';
    return { why: sentence(DATA.wordings, code), shown: { holder: certificate.name } };
  }
}

function candidateRow({ shown, why }, index) {
  const row = make('label', '');
  const radio = document.createElement('input');
  Object.assign(radio, { type: 'radio', name: 'certificate', value: String(index), disabled: Boolean(why) });
  const words = make('span', shown.holder);
  const facts = [shown.bank, shown.purpose, shown.day && `${shown.day}까지`].filter(Boolean).join(' · ');
  if (facts) words.append(make('small', facts));
  words.append(make('small', why || '사용할 수 있습니다.', why ? 'why' : 'blocked'));
  row.append(radio, words);
  return row;
}

function chosenCandidate() {
  const radio = at('certificates').querySelector('input:checked');
  return radio ? state.candidates[Number(radio.value)] : null;
}

/** Takes a secret out of its field, so that it does not stay in the page. */
function taken(id) {
  const { value } = at(id);
  at(id).value = '';
  return value;
}

function residentNumber() {
  if (!state.request.residentNumber) return '';
  const digits = taken('resident').replace(/[\s-]/g, '');
  if (!/^\d{13}$/.test(digits)) throw new SignerRefusal('IDENTITY_NUMBER_FORMAT');
  return digits;
}

async function sign() {
  const candidate = chosenCandidate();
  if (!candidate || !at('password').value) {
    showProblem(candidate ? PASSWORD_FIRST : CHOOSE_FIRST);
    return;
  }
  busy('개인키를 여는 중입니다.');
  try {
    const { challenge } = state.request;
    const number = residentNumber();
    if (candidate.key.size > DATA.maxKeyFile) throw new SignerRefusal('UPLOAD_TOO_LARGE');
    const opened = await openKeyFile(await bytesOf(candidate.key), taken('password'));
    busy('서명하는 중입니다.');
    const { signature, sealedRandom } = await signChallenge({
      opened,
      modulus: candidate.facts.modulus,
      text: challenge.text,
      sealingSpki: fromBase64(DATA.sealingSpki),
      residentNumber: number,
    });
    tell('result', {
      id: challenge.id,
      certificate: base64(candidate.bytes),
      signature: base64(signature),
      sealedRandom: base64(sealedRandom),
    });
    idle('서명했습니다. 조합 화면에서 결과를 확인해 주세요.');
  } catch (error) {
    idle('');
    showRefusal(error);
    at('password').focus();
  }
}

function busy(text) {
  showProblem('');
  at('status').textContent = text;
  at('progress').hidden = false;
  at('sign').disabled = true;
}

function idle(text) {
  at('status').textContent = text;
  at('progress').hidden = true;
  at('sign').disabled = false;
}

function showSelfTest(rows) {
  if (!Array.isArray(rows)) return;
  at('self-test-rows').hidden = false;
  at('self-test-hint').hidden = rows.every(({ blocked }) => blocked);
  at('self-test-rows').querySelector('tbody').replaceChildren(...rows.map(({ way, blocked }) => {
    const row = make('tr', '');
    row.append(make('td', way), make('td', blocked ? '막힘' : '열려 있음', blocked ? 'blocked' : 'open'));
    return row;
  }));
}

async function selfTest() {
  at('self-test').disabled = true;
  const rows = await tryEveryWay();
  showSelfTest(rows);
  at('self-test').disabled = false;
  // the portal page answers `leave`, and puts this page back after the last attempt
  tell('leaving-test', { rows });
}

function takeFiles(named) {
  const loose = named.every(({ path }) => !path.includes('/'));
  const fresh = new Set(named.map(({ path }) => path));
  // two files picked one after the other still make a pair
  state.loose = loose ? [...state.loose.filter(({ path }) => !fresh.has(path)), ...named] : named;
  return offer(state.loose);
}

function listen() {
  at('files').addEventListener('change', () => takeFiles(filesOfInput(at('files'))).catch(showRefusal));
  at('folder').addEventListener('change', () => takeFiles(filesOfInput(at('folder'))).catch(showRefusal));
  at('sign').addEventListener('click', sign);
  at('cancel').addEventListener('click', () => tell('cancel'));
  at('self-test').addEventListener('click', selfTest);
  at('password').addEventListener('keydown', (event) => { if (event.key === 'Enter') sign(); });
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    at('drop').classList.add('over');
  });
  document.addEventListener('dragleave', () => at('drop').classList.remove('over'));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    at('drop').classList.remove('over');
    const named = filesOfDrop(event.dataTransfer);
    if (named) takeFiles(named).catch(showRefusal);
    else showProblem(FOLDER_DROPPED);
  });
  new ResizeObserver(() => tell('resize', { height: document.documentElement.offsetHeight })).observe(document.body);
  hear((message) => {
    if (message.type === 'hello') tell('ready');
    if (message.type === 'start') start(message);
    if (message.type === 'leave') tryToLeave();
  });
  tell('ready');
}

listen();
