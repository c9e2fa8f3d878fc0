"""socketify_uws.py PORT [REDIS_PORT]: uWebSockets (C++ topics) driven from Python; fan-out is native.

With a Redis port each message is sent with PUBLISH and received by a PSUBSCRIBE thread, which passes it to the event
loop, so that fan-out stays on the loop's thread.
"""

import socket
import sys
import threading

from socketify import App, AppListenOptions, CompressOptions, OpCode

port, rport = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
app = App()
pub = None


def resp(*args: bytes) -> bytes:
    return b"*%d\r\n" % len(args) + b"".join(b"$%d\r\n%s\r\n" % (len(a), a) for a in args)


def upgrade(res, req, sock_ctx):
    room = req.get_query("room") or "main"
    res.upgrade(
        req.get_header("sec-websocket-key"),
        req.get_header("sec-websocket-protocol"),
        req.get_header("sec-websocket-extensions"),
        sock_ctx,
        room,
    )


def on_open(ws):
    ws.subscribe(ws.get_user_data())


def on_message(ws, message, opcode):
    room = ws.get_user_data()
    if pub is not None:
        pub.sendall(
            resp(b"PUBLISH", b"room:" + room.encode(), message.encode() if isinstance(message, str) else message)
        )
    else:
        app.publish(room, message, OpCode.TEXT)


def subscriber(loop):
    s = socket.create_connection(("127.0.0.1", rport))
    s.sendall(resp(b"PSUBSCRIBE", b"room:*"))
    f = s.makefile("rb")

    def fan(batch):
        for room, data in batch:
            app.publish(room, data, OpCode.TEXT)

    while True:
        n = int(f.readline()[1:])
        out = []
        for _ in range(n):
            h = f.readline()
            if h[:1] == b"$":
                out.append(f.read(int(h[1:])))
                f.read(2)
            else:
                out.append(h)
        if n == 4:
            loop.call_soon_threadsafe(fan, [(out[2][5:].decode(), out[3].decode())])


if rport:
    pub = socket.create_connection(("127.0.0.1", rport))
    pub.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=lambda p: [p.recv(65536) for _ in iter(int, 1)], args=(pub,), daemon=True).start()
    threading.Thread(target=subscriber, args=(app.loop.loop,), daemon=True).start()

app.ws(
    "/ws",
    {
        "compression": CompressOptions.DISABLED,
        "max_payload_length": 65536,
        "idle_timeout": 120,
        "max_backpressure": 64 * 1024 * 1024,
        "upgrade": upgrade,
        "open": on_open,
        "message": on_message,
    },
)
app.listen(AppListenOptions(port=port, host="127.0.0.1"), lambda c: None)
if rport:
    app.run()  # asyncio bridge: busy-polls one core, so its CPU per delivery is meaningless below saturation
else:
    app.loop.uv_loop.run()  # libuv alone: sleeps in epoll like the C++ original
