// Broken streams and the close code they must end with: sent as they are, to our server and to npm `ws`.
import net from 'node:net';
import zlib from 'node:zlib';

const kKey = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

function frame(first, payload = '', { masked = true } = {}) {
  const bytes = Buffer.from(payload);
  const bit = masked ? 0x80 : 0;
  const length =
    bytes.length < 126 ? [bit | bytes.length] : [bit | 126, bytes.length >> 8, bytes.length & 0xff];
  if (!masked) return Buffer.concat([Buffer.from([first, ...length]), bytes]);
  for (let i = 0; i < bytes.length; ++i) bytes[i] ^= kKey[i % 4];
  return Buffer.concat([Buffer.from([first, ...length]), kKey, bytes]);
}

const close = (code, reason = '') =>
  frame(0x88, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]));
const bytes = (...values) => Buffer.from(values);
const bomb = zlib.deflateRawSync(Buffer.alloc(40 << 20), { finishFlush: zlib.constants.Z_SYNC_FLUSH });

// name, frames, code; 1005 stands for an answer without a code.
export const verdicts = [
  ['unmasked', [frame(0x81, 'x', { masked: false })], 1002],
  ['reserved bit 2', [frame(0xa1, 'x')], 1002],
  ['reserved bit 3', [frame(0x91, 'x')], 1002],
  ['compression bit on a ping', [frame(0xc9, 'x')], 1002],
  ['compression bit on a continuation', [frame(0x01, 'x'), frame(0xc0, 'x')], 1002],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((n) => [`opcode ${n}`, [frame(0x81, 'a'), frame(0x80 | n)], 1002]),
  ['fragmented ping', [frame(0x09, 'x')], 1002],
  ['fragmented close', [frame(0x08)], 1002],
  ['long ping', [frame(0x89, 'x'.repeat(126))], 1002],
  ['lone continuation', [frame(0x80, 'x')], 1002],
  ['message within a message', [frame(0x01, 'a'), frame(0x81, 'b')], 1002],
  ['64-bit length over 2^53', [bytes(0x82, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0), kKey], 1009],
  ['over the limit', [bytes(0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0), kKey], 1009],
  ['bomb', [bytes(0xc2, 0xfe, bomb.length >> 8, bomb.length & 0xff), masked(bomb)], 1009],
  ['no deflate stream', [frame(0xc2, bytes(0xff, 0xff))], 1007],
  ['surrogate', [frame(0x81, bytes(0x61, 0xed, 0xa0, 0x80))], 1007],
  ['overlong', [frame(0x81, bytes(0xc0, 0xaf))], 1007],
  ['cut character', [frame(0x81, bytes(0xce))], 1007],
  ['bad text in two fragments', [frame(0x01, bytes(0xf4)), frame(0x80, bytes(0x90, 0x80, 0x80))], 1007],
  ['close of one byte', [frame(0x88, 'x')], 1002],
  ['close with bad text', [close(1000, bytes(0xce))], 1007],
  ['close without a code', [frame(0x88)], 1005],
  ...[1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999].map((code) => [`close ${code}`, [close(code)], code]),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535].map((code) => [
    `close ${code}`,
    [close(code)],
    1002,
  ]),
];

// After the header that `bomb` writes itself.
function masked(payload) {
  const out = Buffer.from(payload);
  for (let i = 0; i < out.length; ++i) out[i] ^= kKey[i % 4];
  return Buffer.concat([kKey, out]);
}

// Sends the frames to a server on this port; resolves to the code of the close frame that comes back, 0 without one.
export function codeFrom(port, frames) {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      'GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n',
    );
    let sent = false;
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const head = received.indexOf('\r\n\r\n');
      if (head < 0) return;
      if (!sent) {
        sent = true;
        socket.write(Buffer.concat(frames));
      }
      const code = closeCode(received.subarray(head + 4));
      if (code === 0) return;
      socket.destroy();
      resolve(code);
    });
    socket.on('close', () => resolve(0));
  });
}

// Of the first close frame among a server's short frames.
function closeCode(stream) {
  for (let at = 0; at + 2 <= stream.length; at += 2 + stream[at + 1]) {
    if (stream.length < at + 2 + stream[at + 1]) return 0;
    if (stream[at] === 0x88) return stream[at + 1] === 0 ? 1005 : stream.readUInt16BE(at + 2);
  }
  return 0;
}
