// The peer of `tutti bench ws`: npm `ws`, doing what tutti does with an echo: parse the JSON, write it again.
// Says {"event":"ready","port":N} when it accepts connections. A connection that sends {"op":"subscribe"} gets
// everything that a later {"op":"publish","text":S} of any connection says.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  backlog: 4096,
  perMessageDeflate: false,
  handleProtocols: (offered) => offered.values().next().value,
});
const readers = new Set();

server.on("connection", (socket) => {
  socket.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.op === "echo") socket.send(JSON.stringify(message));
    else if (message.op === "subscribe") readers.add(socket);
    else if (message.op === "publish") {
      const frame = Buffer.from(message.text);
      for (const reader of readers) reader.send(frame, { binary: false });
    }
  });
  socket.on("error", () => socket.terminate());
  socket.on("close", () => readers.delete(socket));
});
server.on("listening", () => console.log(JSON.stringify({ event: "ready", port: server.address().port })));
process.on("SIGTERM", () => process.exit(0));
