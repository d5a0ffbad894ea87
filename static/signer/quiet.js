// First of all modules. No content policy reaches WebRTC. Chromium's Connection-Allowlist stops its servers but
// not its direct packets (seen in 156), and Firefox lets both out (153). Nothing here needs it, so it is taken
// away before anything else runs. That is the script's doing and not the browser's, and the self-test says so.

for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) delete window[name];
