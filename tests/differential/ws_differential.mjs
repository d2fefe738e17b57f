// Our WebSocket codec against npm `ws`, in both directions: ws as client against our server codec, ws as server
// against our client codec; plain and with every combination of the four deflate parameters.
//
//   node tests/differential/ws_differential.mjs --driver build/dev/ws_driver [--rounds N] [--seed N]
//
// The peer sends messages (fragmented, empty, 64 KiB and more, unicode) and pings; each must come back as it was, in
// order; then one side's close must be answered with its code and reason. All choices come from the printed seed.
// Last, broken streams: both servers must end each with the same close code.
import { spawn } from 'node:child_process';
import net from 'node:net';
import { parseArgs } from 'node:util';
import WebSocket, { WebSocketServer } from 'ws';
import { codeFrom, verdicts } from './ws_verdicts.mjs';

const { values: args } = parseArgs({
  options: {
    driver: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '' },
  },
});
if (!args.driver) {
  console.error('usage: ws_differential.mjs --driver PROGRAM [--rounds N] [--seed N]');
  process.exit(2);
}
const seed = args.seed === '' ? (Date.now() & 0x3fffffff) : Number(args.seed);
const kTimeoutMs = 20000;

// splitmix32 (Steele, Lea, Flood 2014, in 32 bits): small numbers below n.
function makeDraw(state) {
  return (n) => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) % n;
  };
}

const kPieces = ['room ', 'queue', 'é', '€', '\u{1f3b5}', '\u0000', '\ud7ff', 'a', 'tutti '];
const kSizes = [0, 1, 2, 124, 125, 126, 127, 1024, 4000, 65535, 65536, 70000, 140000];

function drawMessage(draw) {
  const size = kSizes[draw(kSizes.length)];
  if (draw(2) === 0) {
    const bytes = Buffer.alloc(size);
    const spread = [1, 4, 256][draw(3)];
    for (let i = 0; i < size; ++i) bytes[i] = draw(spread);
    return bytes;
  }
  let text = '';
  while (text.length < size) text += kPieces[draw(kPieces.length)];
  return text;
}

// Sends one message, in fragments that may cut characters and have pings between them.
function sendMessage(socket, message, draw, expected) {
  const binary = typeof message !== 'string';
  const compress = draw(4) !== 0;
  let rest = Buffer.from(message);
  for (let fragments = draw(4); fragments > 0; --fragments) {
    const size = draw(rest.length + 1);
    socket.send(rest.subarray(0, size), { binary, compress, fin: false });
    rest = rest.subarray(size);
    if (draw(4) === 0) ping(socket, draw, expected);
  }
  socket.send(rest, { binary, compress, fin: true });
  expected.messages.push(message);
}

function ping(socket, draw, expected) {
  const payload = 'p'.repeat(draw(126));
  socket.ping(payload);
  expected.pongs.push(payload);
}

// Drives one open ws socket against our echo; resolves when closed, rejects at the first difference.
function converse(socket, draw) {
  const expected = { messages: [], pongs: [] };
  const code = [1000, 1001, 1011, 3000, 4999][draw(5)];
  const reason = ['', 'bye', 'é'.repeat(61)][draw(3)];
  const count = 4 + draw(12);
  return new Promise((resolve, reject) => {
    let echoed = 0;
    let ponged = 0;
    const fail = (text) => {
      socket.terminate();
      reject(new Error(text));
    };
    const closeWhenDone = () => {
      if (echoed === count && ponged === expected.pongs.length) socket.close(code, reason);
    };
    socket.on('message', (data, binary) => {
      const wanted = expected.messages[echoed];
      if (wanted === undefined) return fail(`message ${echoed} was never sent`);
      if (binary !== (typeof wanted !== 'string')) return fail(`message ${echoed} changed its type`);
      if (!Buffer.from(wanted).equals(data)) return fail(`message ${echoed} of ${data.length} bytes differs`);
      ++echoed;
      closeWhenDone();
    });
    socket.on('pong', (data) => {
      if (expected.pongs[ponged] !== data.toString()) return fail(`pong ${ponged} differs`);
      ++ponged;
      closeWhenDone();
    });
    socket.on('error', (error) => fail(`ws: ${error.message}`));
    socket.on('close', (gotCode, gotReason) => {
      if (gotCode === code && gotReason.toString() === reason) return resolve();
      reject(new Error(`closed with ${gotCode} "${gotReason}" after ${echoed} of ${count}, not ${code} "${reason}"`));
    });
    for (let i = 0; i < count; ++i) sendMessage(socket, drawMessage(draw), draw, expected);
    ping(socket, draw, expected);
  });
}

// Our codec as a process between a TCP socket's two directions; resolves to its exit code.
function bridge(socket, side, options) {
  const child = spawn(args.driver, [side, ...Object.entries(options).map(([k, v]) => `${k}=${v}`)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {});
  socket.on('error', () => {});
  socket.pipe(child.stdin);
  child.stdout.pipe(socket);
  return new Promise((resolve) => child.on('exit', (status, signal) => resolve(signal ?? status)));
}

const listening = (server) => new Promise((resolve) => server.on('listening', resolve));

async function asServer(plan, draw) {
  let ended;
  const server = net.createServer((socket) => {
    ended = bridge(socket, 'server', plan.ours);
  });
  server.listen(0, '127.0.0.1');
  await listening(server);
  try {
    const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`, {
      perMessageDeflate: plan.foreign,
      maxPayload: 1 << 20,
    });
    await new Promise((resolve, reject) => socket.on('open', resolve).once('error', reject));
    socket.removeAllListeners('error');
    agreedOrFail(socket, plan);
    await converse(socket, draw);
    await exitedWell(ended);
  } finally {
    server.close();
  }
}

async function asClient(plan, draw) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: plan.foreign });
  await listening(server);
  try {
    const opened = new Promise((resolve) => server.on('connection', resolve));
    const ended = bridge(net.connect(server.address().port, '127.0.0.1'), 'client', plan.ours);
    const early = ended.then((status) => Promise.reject(new Error(`our client ended at once with ${status}`)));
    const socket = await Promise.race([opened, early]);
    early.catch(() => {});
    agreedOrFail(socket, plan);
    await converse(socket, draw);
    await exitedWell(ended);
  } finally {
    server.close();
  }
}

function agreedOrFail(socket, plan) {
  const agreed = socket.extensions.includes('permessage-deflate');
  if (agreed !== (plan.foreign !== false)) throw new Error(`deflate agreed: ${agreed}`);
}

async function exitedWell(ended) {
  const status = await ended;
  if (status !== 0) throw new Error(`our codec ended with ${status}`);
}

// What both sides are told; bits of `mask` are the four parameters, `keep` whether ours would keep contexts.
function makePlan(direction, mask, keep, deflate, draw) {
  const bits = () => 8 + draw(8);
  const server = direction === 'server';
  const named = { server: (mask & 4) !== 0, client: (mask & 8) !== 0 };
  const window = { server: named.server ? bits() : 15, client: named.client ? bits() : 15 };
  const ours = { seed: draw(1 << 30), deflate: deflate ? 1 : 0 };
  // As a server ours answers the offer; as a client it makes it and the foreign server answers.
  ours.server_forgets = server ? Number(!keep) : mask & 1;
  ours.client_forgets = server ? Number(!keep) : (mask >> 1) & 1;
  ours.client_bits = server ? (keep ? 15 : bits()) : window.client;
  ours.server_bits = server ? 15 : window.server;
  if (!deflate) return { ours, foreign: false };
  const foreign = { threshold: 0 };
  if (server || keep) {
    if ((mask & 1) !== 0) foreign.serverNoContextTakeover = true;
    if ((mask & 2) !== 0) foreign.clientNoContextTakeover = true;
    if (server && named.server) foreign.serverMaxWindowBits = window.server;
    if (named.client) foreign.clientMaxWindowBits = window.client;
  }
  return { ours, foreign };
}

async function withTimeout(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('no end')), kTimeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

// Broken streams to both servers.
async function compareVerdicts() {
  const ours = net.createServer((socket) => bridge(socket, 'server', { seed, deflate: 1, limit: 1 << 20 }));
  ours.listen(0, '127.0.0.1');
  const foreign = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    maxPayload: 1 << 20,
    perMessageDeflate: true,
  });
  foreign.on('connection', (socket) => socket.on('error', () => {}));
  await Promise.all([listening(ours), listening(foreign)]);
  for (const [name, frames, code] of verdicts) {
    const ports = [ours.address().port, foreign.address().port];
    const codes = Promise.all(ports.map((port) => codeFrom(port, frames)));
    const [our, their] = await withTimeout(codes).catch(() => ['no end', 'no end']);
    if (our === code && their === code) {
      ++passed;
    } else {
      ++failed;
      console.log(`FAILED verdict ${name}: ours ${our}, ws ${their}, not ${code}`);
    }
  }
  ours.close();
  foreign.close();
}

console.log(`seed ${seed}`);
let passed = 0;
let failed = 0;
for (let round = 0; round < Number(args.rounds); ++round) {
  for (const direction of ['server', 'client']) {
    for (let mask = -2; mask < 32; ++mask) {
      const name = `round ${round} ${direction} ${mask < 0 ? 'plain' : `deflate ${mask.toString(2).padStart(5, '0')}`}`;
      const draw = makeDraw(seed + round * 1000 + mask * 10 + (direction === 'server' ? 0 : 5));
      const plan = makePlan(direction, mask & 15, (mask & 16) !== 0, mask >= 0, draw);
      try {
        await withTimeout(direction === 'server' ? asServer(plan, draw) : asClient(plan, draw));
        ++passed;
      } catch (error) {
        ++failed;
        console.log(`FAILED ${name} ${JSON.stringify(plan)}: ${error.message}`);
      }
    }
  }
}
await compareVerdicts();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
