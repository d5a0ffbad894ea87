"""Scripts that tests run inside the browser: each way out of a page, and changed files for the readers."""

# Each is a function that answers "open" when the way is open and rejects or stays silent when not.
WAYS_OUT = [
    ("fetch", "() => fetch(target, {mode: 'no-cors'}).then(() => 'open')"),
    (
        "WebSocket",
        """() => new Promise((yes, no) => {
          const socket = new WebSocket(target.replace('http', 'ws'));
          socket.onopen = () => yes('open');
          socket.onerror = no;
        })""",
    ),
    (
        "EventSource",
        """() => new Promise((yes, no) => {
          const source = new EventSource(target);
          source.onopen = () => yes('open');
          source.onerror = no;
        })""",
    ),
    (
        "XMLHttpRequest",
        """() => new Promise((yes, no) => {
          const call = new XMLHttpRequest();
          call.open('POST', target);
          call.onload = () => yes('open');
          call.onerror = no;
          call.send('x');
        })""",
    ),
    (
        "WebRTC",
        """() => new Promise((yes, no) => {
          const peer = new RTCPeerConnection({ iceServers: [{ urls: target.replace('http://', 'stun:') }] });
          peer.createDataChannel('x');
          peer.createOffer().then((offer) => peer.setLocalDescription(offer));
          peer.onicecandidateerror = no;
          setTimeout(no, 800);
        })""",
    ),
    (
        "비콘",
        """() => {
          navigator.sendBeacon(target, 'x');
          return new Promise((yes) => setTimeout(yes, 500, 'silent'));
        }""",
    ),
    (
        "이미지",
        """() => new Promise((yes, no) => {
          const image = new Image();
          image.onload = image.onerror = no;
          image.src = target;
        })""",
    ),
    ("모듈", "() => import(target).then(() => 'open')"),
    (
        "워커",
        """() => new Promise((yes, no) => {
          const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])));
          worker.onmessage = () => yes('open');
          worker.onerror = no;
        })""",
    ),
    (
        "스타일",
        """() => new Promise((yes, no) => {
          const link = document.createElement('link');
          link.rel = 'stylesheet';
          link.onload = () => yes('open');
          link.onerror = no;
          link.href = target;
          document.head.append(link);
        })""",
    ),
    (
        "미리 가져오기",
        """() => new Promise((yes, no) => {
          const link = document.createElement('link');
          link.rel = 'prefetch';
          link.href = target;
          document.head.append(link);
          setTimeout(no, 600);
        })""",
    ),
    (
        "폼",
        """() => new Promise((yes, no) => {
          const form = document.createElement('form');
          form.action = target;
          document.body.append(form);
          form.submit();
          setTimeout(no, 600);
        })""",
    ),
    (
        "링크의 ping",
        """() => new Promise((yes, no) => {
          const link = document.createElement('a');
          link.href = '#';
          link.ping = target;
          document.body.append(link);
          link.click();
          setTimeout(no, 600);
        })""",
    ),
    (
        "안쪽 창",
        """() => new Promise((yes, no) => {
          const frame = document.createElement('iframe');
          frame.src = target;
          document.body.append(frame);
          setTimeout(no, 600);
        })""",
    ),
    ("새 창", "async () => { if (window.open(target)) return 'open'; throw new Error('none'); }"),
    ("바깥 화면 이동", "async () => { top.location.href = target; return 'open'; }"),
    ("쿠키", "async () => { document.cookie; return 'open'; }"),
    ("저장소", "async () => { localStorage.length; return 'open'; }"),
    ("부모 문서", "async () => { parent.document.title; return 'open'; }"),
    (
        "이 화면 이동",
        "() => new Promise((yes, no) => { location.href = target; setTimeout(no, 1000); })",
    ),
]

MUTATE = """async ([texts, count, seed]) => {
  const { openKeyFile } = await import('/static/signer/pkcs8.js');
  const { readFacts } = await import('/static/signer/facts.js');
  const { SignerRefusal } = await import('/static/signer/refusal.js');
  const files = texts.map((text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
  let state = seed;
  const draw = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 4294967296 * below);
  };
  const outcomes = {};
  for (let i = 0; i < count; i++) {
    const which = i % files.length;
    let bytes = files[which].slice();
    for (let n = 1 + draw(3); n; n--) bytes[draw(bytes.length)] = draw(256);
    if (draw(4) === 0) bytes = bytes.slice(0, draw(bytes.length));
    let outcome = 'read';
    try {
      if (which) await openKeyFile(bytes, 'pw'); else readFacts(bytes);
    } catch (error) {
      outcome = error instanceof SignerRefusal ? error.code : `ESCAPED ${error}`;
    }
    outcomes[outcome] = (outcomes[outcome] || 0) + 1;
  }
  return outcomes;
}"""
