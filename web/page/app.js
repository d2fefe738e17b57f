// The page over the native wire: one WebSocket, the topic `server`, and calls. At a gap or a reconnect the whole state
// is asked for again; nothing is polled.
const show = (id, text) => { document.getElementById(id).textContent = text; };
const PING_MS = 20_000;
const RETRY_MS = { first: 1000, most: 30_000 };

let socket = null;
let nextId = 1;
let waiting = new Map();   // id -> what to do with the answer
let state = null;          // of the topic
let version = 0;
let retry = RETRY_MS.first;
let listAsked = false;

function status(name, text) {
  document.getElementById('status').dataset.state = name;
  show('status-text', text);
}

function ask(frame, done) {
  if (!socket || socket.readyState !== WebSocket.OPEN) return false;
  const id = nextId++;
  if (done) waiting.set(id, done);
  socket.send(JSON.stringify({ ...frame, id }));
  return true;
}

// RFC 7396.
function merge(target, patch) {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const out = target !== null && typeof target === 'object' && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key]; else out[key] = merge(out[key], value);
  }
  return out;
}

function render() {
  show('version', state.version);
  show('since', new Date(state.started_at).toLocaleString());
  show('connections', String(state.connections));
  if (listAsked) return;
  listAsked = ask({ op: 'call', name: 'connections.list', args: { limit: 50 } }, (answer) => {
    listAsked = false;
    if (answer.op === 'result') renderRows(answer.value);
  });
}

function renderRows(list) {
  const rows = list.connections.map((c) => {
    const row = document.createElement('tr');
    const last = c.history.at(-1);
    const state = c.kind === 'websocket' ? c.state : 'open';
    for (const text of [c.address, c.kind, state, last ? `${last.from} to ${last.to}: ${last.cause}` : '']) {
      row.append(Object.assign(document.createElement('td'), { textContent: text }));
    }
    return row;
  });
  document.getElementById('rows').replaceChildren(...rows);
}

function onFrame(frame) {
  if (frame.op === 'state') { state = frame.data; version = frame.version; return render(); }
  if (frame.op === 'delta') {
    if (frame.version !== version + 1) { ask({ op: 'subscribe', topic: 'server' }); return; }
    state = merge(state, frame.data);
    version = frame.version;
    return render();
  }
  const done = waiting.get(frame.id);
  waiting.delete(frame.id);
  if (done) done(frame);
}

function ping() {
  const sent = performance.now();
  ask({ op: 'ping' }, () => show('rtt', `${(performance.now() - sent).toFixed(1)} ms`));
}

function connect() {
  const url = new URL('ws', document.baseURI);
  url.protocol = url.protocol.replace('http', 'ws');
  const mine = new WebSocket(url, 'tutti.session.v1');
  socket = mine;
  mine.onopen = () => {
    retry = RETRY_MS.first;
    status('live', 'Live');
    ask({ op: 'subscribe', topic: 'server' });
    ping();
  };
  mine.onmessage = (event) => { if (mine === socket) onFrame(JSON.parse(event.data)); };
  mine.onclose = () => {
    if (mine !== socket) return;   // an old one's end changes nothing
    waiting = new Map();
    listAsked = false;
    const delay = retry * (0.8 + 0.4 * Math.random());
    retry = Math.min(retry * 2, RETRY_MS.most);
    status('waiting', 'Not connected, trying again');
    setTimeout(connect, delay);
  };
}

document.getElementById('backup').addEventListener('click', (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  show('backup-result', 'Writing...');
  const end = (text) => { button.disabled = false; show('backup-result', text); };
  const asked = ask({ op: 'call', name: 'backup.create', args: {} }, (answer) => {
    end(answer.op === 'result' ? `${answer.value.file} (${answer.value.bytes} bytes)` : `${answer.text} ${answer.hint ?? ''}`);
  });
  if (!asked) end('Not connected.');
});

setInterval(ping, PING_MS);
connect();
