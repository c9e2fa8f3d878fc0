// limit: the floor. One thread, epoll, no allocation per message, no JSON, no limits, no timers.
//   limit PORT [mode]   mode: plain   one write() per message per member (default)
//                             batch   one write() per member per epoll tick (all frames of the room)
//                             batchN  like batch, but flush at most every N microseconds
// Each text frame goes, encoded once, to every connection of the same ?room= (sender included).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct room {
    char name[64];
    struct conn **m;
    int n, cap, dirty;
    uint8_t *pend;
    uint32_t pl, pc;
    struct room *next;
} room_t;
typedef struct conn {
    int fd, open, pos, outreg;
    room_t *room;
    uint8_t *ib;
    uint32_t il, ic;
    uint8_t *ob;
    uint32_t ol, oo, oc;
} conn_t;
static room_t *rooms[4096], *dirty[65536];
static int ndirty, ep, batch, closedq_n;
static uint64_t gap_ns;
static conn_t *closedq[65536];
static uint8_t rb[1 << 18], fb[1 << 18];

static uint32_t rol(uint32_t x, int n) {
    return x << n | x >> (32 - n);
}
static void sha1(const uint8_t *d, size_t n, uint8_t *o) {
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t b[192] = {0};
    size_t t = ((n + 8) / 64 + 1) * 64;
    memcpy(b, d, n);
    b[n] = 0x80;
    for (int i = 0; i < 8; i++) b[t - 1 - i] = (uint64_t)n * 8 >> (8 * i);
    for (size_t k = 0; k < t; k += 64) {
        uint32_t w[80], a = h[0], c = h[1], e = h[2], f = h[3], g = h[4];
        for (int i = 0; i < 16; i++)
            w[i] = b[k + i * 4] << 24 | b[k + i * 4 + 1] << 16 | b[k + i * 4 + 2] << 8 | b[k + i * 4 + 3];
        for (int i = 16; i < 80; i++) w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t q = i < 20   ? (c & e) | (~c & f)
                         : i < 40 ? c ^ e ^ f
                         : i < 60 ? (c & e) | (c & f) | (e & f)
                                  : c ^ e ^ f;
            uint32_t x = rol(a, 5) + q + g + w[i] +
                         (i < 20   ? 0x5A827999
                          : i < 40 ? 0x6ED9EBA1
                          : i < 60 ? 0x8F1BBCDC
                                   : 0xCA62C1D6);
            g = f;
            f = e;
            e = rol(c, 30);
            c = a;
            a = x;
        }
        h[0] += a;
        h[1] += c;
        h[2] += e;
        h[3] += f;
        h[4] += g;
    }
    for (int i = 0; i < 20; i++) o[i] = h[i / 4] >> (24 - i % 4 * 8);
}
static void b64(const uint8_t *d, int n, char *o) {
    static const char *T = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < n; i += 3) {
        uint32_t v = d[i] << 16 | (i + 1 < n ? d[i + 1] << 8 : 0) | (i + 2 < n ? d[i + 2] : 0);
        *o++ = T[v >> 18];
        *o++ = T[v >> 12 & 63];
        *o++ = i + 1 < n ? T[v >> 6 & 63] : '=';
        *o++ = i + 2 < n ? T[v & 63] : '=';
    }
    *o = 0;
}
static room_t *room_of(const char *n, int l) {
    uint32_t h = 5381;
    if (l > 63) l = 63;
    for (int i = 0; i < l; i++) h = h * 33 + n[i];
    room_t **p = &rooms[h & 4095];
    for (; *p; p = &(*p)->next)
        if (!strncmp((*p)->name, n, l) && !(*p)->name[l]) return *p;
    *p = calloc(1, sizeof **p);
    memcpy((*p)->name, n, l);
    return *p;
}
static void drop(conn_t *c) {
    if (c->fd < 0) return;
    close(c->fd);
    c->fd = -1;
    if (c->room) {
        room_t *r = c->room;
        r->m[c->pos] = r->m[--r->n];
        r->m[c->pos]->pos = c->pos;
        c->room = NULL;
    }
    closedq[closedq_n++] = c;
}
static void reg(conn_t *c, int out) {
    struct epoll_event e = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = c};
    c->outreg = out;
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}
static int put(conn_t *c, const uint8_t *d, uint32_t n) { // 0: gone
    if (c->ol == c->oo) {
        ssize_t k = send(c->fd, d, n, MSG_NOSIGNAL);
        if (k == (ssize_t)n) return 1;
        if (k < 0) {
            if (errno != EAGAIN) {
                drop(c);
                return 0;
            }
            k = 0;
        }
        d += k;
        n -= k;
        c->ol = c->oo = 0;
    }
    if (c->ol + n > c->oc) {
        c->oc = (c->ol + n) * 2;
        c->ob = realloc(c->ob, c->oc);
    }
    memcpy(c->ob + c->ol, d, n);
    c->ol += n;
    if (!c->outreg) reg(c, 1);
    return 1;
}
static void on_out(conn_t *c) {
    while (c->oo < c->ol) {
        ssize_t k = send(c->fd, c->ob + c->oo, c->ol - c->oo, MSG_NOSIGNAL);
        if (k < 0) {
            if (errno != EAGAIN) drop(c);
            return;
        }
        c->oo += k;
    }
    c->oo = c->ol = c->oc = 0;
    free(c->ob);
    c->ob = NULL;
    reg(c, 0);
}
static void fan(room_t *r, const uint8_t *d, uint32_t n) {
    for (int i = r->n - 1; i >= 0; i--) put(r->m[i], d, n);
}
static void message(conn_t *c, const uint8_t *p, uint32_t n) {
    uint32_t h = 2;
    fb[0] = 0x81;
    if (n < 126)
        fb[1] = n;
    else {
        fb[1] = 126;
        fb[2] = n >> 8;
        fb[3] = n;
        h = 4;
    }
    memcpy(fb + h, p, n);
    room_t *r = c->room;
    if (!batch) {
        fan(r, fb, h + n);
        return;
    }
    if (r->pl + h + n > r->pc) {
        r->pc = (r->pl + h + n) * 2;
        r->pend = realloc(r->pend, r->pc);
    }
    memcpy(r->pend + r->pl, fb, h + n);
    r->pl += h + n;
    if (!r->dirty) {
        r->dirty = 1;
        dirty[ndirty++] = r;
    }
}
static void handshake(conn_t *c, char *p, char *end) {
    char *k = strcasestr(p, "\r\nsec-websocket-key:"), out[300], key[128], acc[40];
    uint8_t dg[20];
    if (!k || k > end) {
        drop(c);
        return;
    }
    k += 20;
    while (*k == ' ') k++;
    int n = strcspn(k, "\r\n ");
    if (n > 60) {
        drop(c);
        return;
    }
    sprintf(key, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", n, k);
    sha1((uint8_t *)key, strlen(key), dg);
    b64(dg, 20, acc);
    char *q = strstr(p, "room=");
    room_t *r = q && q < strchr(p, '\r') ? room_of(q + 5, strcspn(q + 5, " &\r")) : room_of("main", 4);
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 16;
        r->m = realloc(r->m, r->cap * sizeof *r->m);
    }
    c->room = r;
    c->pos = r->n;
    r->m[r->n++] = c;
    c->open = 1;
    put(c, (uint8_t *)out,
        sprintf(out,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                "Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                acc));
}
static void on_in(conn_t *c) {
    uint32_t have = c->il;
    if (have) memcpy(rb, c->ib, have);
    ssize_t n = recv(c->fd, rb + have, sizeof rb - have - 1, 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) drop(c);
        return;
    }
    uint8_t *p = rb, *e = rb + have + n;
    *e = 0;
    c->il = 0;
    if (!c->open) {
        char *x = memmem(p, e - p, "\r\n\r\n", 4);
        if (!x) goto save;
        handshake(c, (char *)p, x);
        if (c->fd < 0) return;
        p = (uint8_t *)x + 4;
    }
    while (e - p >= 6) {
        uint32_t l = p[1] & 127, h = 6;
        if (l == 127) {
            drop(c);
            return;
        }
        if (l == 126) {
            if (e - p < 8) break;
            l = p[2] << 8 | p[3];
            h = 8;
        }
        if ((uint32_t)(e - p) < h + l) break;
        uint8_t *mk = p + h - 4, *d = p + h;
        for (uint32_t i = 0; i < l; i++) d[i] ^= mk[i & 3];
        int op = p[0] & 15;
        if (op == 8) {
            drop(c);
            return;
        }
        if (op == 1 || op == 2) {
            message(c, d, l);
            if (c->fd < 0) return;
        }
        p += h + l;
    }
save:
    if (p < e) {
        c->il = e - p;
        if (c->il > c->ic) {
            c->ic = c->il;
            c->ib = realloc(c->ib, c->ic);
        }
        memcpy(c->ib, p, c->il);
    } else if (c->ib) {
        free(c->ib);
        c->ib = NULL;
        c->ic = 0;
    }
}
static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}
int main(int ac, char **av) {
    int port = ac > 1 ? atoi(av[1]) : 9001, one = 1;
    if (ac > 2 && !strncmp(av[2], "batch", 5)) {
        batch = 1;
        gap_ns = atoll(av[2] + 5) * 1000;
    }
    signal(SIGPIPE, SIG_IGN);
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(s, (void *)&a, sizeof a) || listen(s, 4096)) {
        perror("bind");
        return 1;
    }
    ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, ev[256];
    epoll_ctl(ep, EPOLL_CTL_ADD, s, &e);
    uint64_t last = 0;
    for (;;) {
        struct timespec ts, *tp = NULL;
        if (ndirty && gap_ns) {
            uint64_t t = now_ns(), w = last + gap_ns > t ? last + gap_ns - t : 0;
            ts = (struct timespec){0, w};
            tp = &ts;
        }
        int n = epoll_pwait2(ep, ev, 256, tp, NULL);
        for (int i = 0; i < n; i++) {
            conn_t *c = ev[i].data.ptr;
            if (!c)
                for (int fd; (fd = accept4(s, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    c = calloc(1, sizeof *c);
                    c->fd = fd;
                    struct epoll_event x = {.events = EPOLLIN, .data.ptr = c};
                    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &x);
                }
            else {
                if (c->fd >= 0 && ev[i].events & EPOLLOUT) on_out(c);
                if (c->fd >= 0 && ev[i].events & ~EPOLLOUT) on_in(c);
            }
        }
        if (ndirty && (!gap_ns || now_ns() >= last + gap_ns)) {
            for (int i = 0; i < ndirty; i++) {
                room_t *r = dirty[i];
                fan(r, r->pend, r->pl);
                r->pl = 0;
                r->dirty = 0;
            }
            ndirty = 0;
            if (gap_ns) last = now_ns();
        }
        for (int i = 0; i < closedq_n; i++) {
            free(closedq[i]->ib);
            free(closedq[i]->ob);
            free(closedq[i]);
        }
        closedq_n = 0;
    }
}
