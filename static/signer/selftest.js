// "전송 차단 확인": tries every way out of this page, towards the portal itself (which would answer), and
// reports which the browser blocked. Leaving the page by navigation is tried last, with the parent's help.

const WAIT = 400;
const TARGET = '/signer-self-test';

function settled(attempt) {
  const late = new Promise((resolve) => { setTimeout(resolve, WAIT, 'silent'); });
  const tried = new Promise((resolve) => {
    try {
      resolve(attempt());
    } catch {
      resolve('refused');
    }
  });
  return Promise.race([tried.then((value) => value, () => 'refused'), late]);
}

function eventOf(target) {
  return new Promise((resolve) => {
    target.onload = target.onopen = () => resolve('open');
    target.onerror = () => resolve('refused');
  });
}

function attempts(url) {
  return [
    ['fetch', () => fetch(url, { mode: 'no-cors' }).then(() => 'open')],
    ['WebSocket', () => eventOf(new WebSocket(url.replace(/^http/, 'ws')))],
    ['이미지', () => {
      const image = new Image();
      const outcome = eventOf(image);
      image.src = url;
      return outcome;
    }],
    ['WebRTC (이 칸의 프로그램이 끔)', () => new Promise((resolve) => {
      const peer = new RTCPeerConnection();
      peer.onicecandidate = ({ candidate }) => resolve(candidate ? 'open' : 'refused');
      peer.createDataChannel('x');
      peer.createOffer().then((offer) => peer.setLocalDescription(offer));
    })],
    ['비콘', () => {
      navigator.sendBeacon(url, 'x');
      return 'silent';
    }],
    ['폼 전송', () => {
      const form = document.createElement('form');
      form.action = url;
      form.method = 'post';
      document.body.append(form);
      form.submit();
      form.remove();
      return 'silent';
    }],
    ['새 창', () => (window.open(url) ? 'open' : 'refused')],
    ['안쪽 창', () => {
      const frame = document.createElement('iframe');
      frame.hidden = true;
      frame.src = url;
      document.body.append(frame);
      setTimeout(() => frame.remove(), WAIT);
      return 'silent';
    }],
    ['바깥 화면 이동', () => {
      window.top.location.href = url;
      return 'open';
    }],
  ];
}

/** [{way, blocked}] after every attempt; a way that stays silent is blocked if the browser says so. */
export async function tryEveryWay() {
  const url = location.origin + TARGET;
  const rows = [];
  for (const [way, attempt] of attempts(url)) {
    let reported = false;
    const listen = () => { reported = true; };
    document.addEventListener('securitypolicyviolation', listen);
    const outcome = await settled(attempt);
    if (outcome === 'silent') await new Promise((resolve) => { setTimeout(resolve, WAIT); });
    document.removeEventListener('securitypolicyviolation', listen);
    // a sandboxed form is dropped without report: being still here is the proof
    const blocked = outcome === 'refused' || (outcome === 'silent' && (reported || way === '폼 전송'));
    rows.push({ way, blocked });
  }
  return rows;
}

/** Tries to leave; if the parent's policy lets it, this page is gone. */
export function tryToLeave() {
  location.href = location.origin + TARGET;
}
