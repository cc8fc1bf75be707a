// A WebSocket client of a few lines, over TLS: node wss_client.js PORT PATH.
const crypto = require("crypto");
const tls = require("tls");

const [port, path] = process.argv.slice(2);
const socket = tls.connect({ host: "127.0.0.1", port: Number(port), rejectUnauthorized: false }, () => {
    const key = crypto.randomBytes(16).toString("base64");
    socket.write(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
});

function send(opcode, payload) {
    const mask = crypto.randomBytes(4);
    socket.write(Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, payload.map((byte, index) => byte ^ mask[index % 4])]));
}

let answers = -1;
socket.on("data", (data) => {
    if ((data[0] & 0x0f) === 8 && answers >= 3) return socket.end();
    answers += 1;
    if (answers < 3) send(1, Buffer.from(`message ${answers}`));
    else send(8, Buffer.from([0x03, 0xe8]));
});
socket.on("close", () => process.exit(5));
