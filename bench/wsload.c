// wsload: WebSocket fan-out load generator (Linux, epoll, one thread, libc only).
// Every delivery carries a marker T<send ns>S<seq>C<sender>, found by substring search, so the server's
// JSON envelope does not matter. Prints one JSON line at the end.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
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

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define RB (1 << 20)
#define MAXEV 64

typedef struct {
    char host[64];
    int port;
    char path[512];
} url_t;
enum { ST_NONE, ST_CONN, ST_HS, ST_OPEN, ST_DEAD };
typedef struct {
    int fd, state, room, sender, outreg, dirty, live;
    uint8_t *ib;
    uint32_t il, ic;
    uint8_t *ob;
    uint32_t ol, oo, oc;
} conn_t;
typedef struct {
    uint32_t last;
    uint32_t pad;
    uint64_t win;
} seen_t;
typedef struct {
    uint32_t seq, rem;
    uint64_t t;
} slot_t;

static url_t urls[16];
static int nurl;
static char *hello[8];
static int nhello;
static const char *subprotocol; // offered in the handshake; NULL: none
static const char *answer;      // a connection is live once a frame contains this; NULL: none is
static char *tmpl = "{\"type\":\"chat\",\"text\":\"{payload}\",\"ts\":{ts}}";
static int N = 100, K = 1, R = 1, SIZE = 128, W = 4, BURST = 64, echo_self = 1;
static double rate = 100, dur = 10, warm = 2, settle = 1, drain_s = 3, hs_timeout = 90;
static char mode = 'r'; // r: open loop, m: closed loop, i: idle
static const char *label = "";
static int pids[32], npid, aux[32], naux;

static conn_t *cs;
static seen_t *seen;
static slot_t *slots;
static uint32_t *nseq;
static int *members;
static int ep;
static uint8_t *rbuf;
static conn_t **dirtyl;
static int ndirty;
static int n_open, n_inflight, n_next, n_failed, n_closed, n_live;
static uint64_t live_at; // when the last connection became live
static uint64_t w0, w1;  // measured window (send stamps and wall clock)
static uint64_t sent_w, expect_w, recv_w, dup_n, ooo_n, misroute_n, deliv_wall, bytes_wall, reads_wall, frames_wall,
    stalls;
typedef struct {
    uint64_t b[64 * 128], n, max, sum;
} hist_t;
static hist_t H, HX; // all deliveries; deliveries from a sender on another node
static uint64_t lag_max, id_ctr, sent_all, recv_all;
static int measuring;
static uint64_t rng = 88172645463325252ull;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}
static uint64_t xr(void) {
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng;
}
static void hrec(hist_t *h, uint64_t v) { // 64..127 steps per power of two: under 1.6 % error
    h->n++;
    h->sum += v;
    if (v > h->max) h->max = v;
    int e = v < 128 ? 0 : 63 - __builtin_clzll(v) - 6;
    h->b[e * 128 + (v >> e)]++;
}
static double hpct(hist_t *h, double p) {
    uint64_t want = (uint64_t)(h->n * p), c = 0;
    if (!h->n) return 0;
    for (int i = 0; i < 64 * 128; i++)
        if ((c += h->b[i]) > want) {
            int e = i / 128;
            return (double)((uint64_t)(i % 128) << e) / 1000.0;
        }
    return h->max / 1000.0;
}
typedef struct {
    double cpu, rss, user;
} use_t; // seconds (user + system), KiB, seconds (user)
static use_t usage(const int *p, int n) {
    use_t u = {0, 0, 0};
    char f[64], b[1024];
    double tck = sysconf(_SC_CLK_TCK);
    for (int i = 0; i < n; i++) {
        snprintf(f, sizeof f, "/proc/%d/stat", p[i]);
        FILE *h = fopen(f, "r");
        if (!h) continue;
        size_t k = fread(b, 1, sizeof b - 1, h);
        fclose(h);
        b[k] = 0;
        char *q = strrchr(b, ')');
        unsigned long ut, st;
        if (q && sscanf(q + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &ut, &st) == 2) {
            u.cpu += (ut + st) / tck;
            u.user += ut / tck;
        }
        snprintf(f, sizeof f, "/proc/%d/statm", p[i]);
        h = fopen(f, "r");
        unsigned long sz, rs;
        if (h) {
            if (fscanf(h, "%lu %lu", &sz, &rs) == 2) u.rss += rs * (sysconf(_SC_PAGESIZE) / 1024.0);
            fclose(h);
        }
    }
    return u;
}
static double self_cpu(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}
static double sys_busy(double *steal) { // seconds of CPU used by anyone
    FILE *h = fopen("/proc/stat", "r");
    unsigned long long a[8] = {0};
    if (!h) return 0;
    if (fscanf(h, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", a, a + 1, a + 2, a + 3, a + 4, a + 5, a + 6, a + 7) <
        7)
        a[0] = 0;
    fclose(h);
    double t = sysconf(_SC_CLK_TCK);
    *steal = a[7] / t;
    return (a[0] + a[1] + a[2] + a[5] + a[6]) / t;
}

static void oput(conn_t *c, const void *d, uint32_t n) {
    if (c->oo == c->ol) c->oo = c->ol = 0;
    if (c->ol + n > c->oc) {
        c->oc = (c->ol + n) * 2;
        c->ob = realloc(c->ob, c->oc);
    }
    memcpy(c->ob + c->ol, d, n);
    c->ol += n;
    if (!c->dirty) {
        c->dirty = 1;
        dirtyl[ndirty++] = c;
    }
}
static void kill_conn(conn_t *c) {
    if (c->state == ST_DEAD) return;
    if (c->state == ST_OPEN) {
        n_closed++;
        members[c->room]--;
    } else {
        n_failed++;
        n_inflight--;
    }
    c->state = ST_DEAD;
    close(c->fd);
    c->fd = -1;
}
static void reg(conn_t *c, int out) {
    struct epoll_event e = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = c};
    c->outreg = out;
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}
static void oflush(conn_t *c) {
    c->dirty = 0;
    if (c->state == ST_DEAD) return;
    while (c->oo < c->ol) {
        ssize_t n = send(c->fd, c->ob + c->oo, c->ol - c->oo, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN) {
                if (!c->outreg) reg(c, 1);
                return;
            }
            kill_conn(c);
            return;
        }
        c->oo += n;
    }
    c->oo = c->ol = 0;
    if (c->outreg) reg(c, 0);
}
static void flush_all(void) {
    for (int i = 0; i < ndirty; i++) oflush(dirtyl[i]);
    ndirty = 0;
}
static void frame(conn_t *c, int op, const char *p, uint32_t n) {
    static uint8_t b[1 << 17];
    uint32_t h = 0;
    uint32_t m = (uint32_t)xr();
    uint8_t *mk = (uint8_t *)&m;
    b[h++] = 0x80 | op;
    if (n < 126)
        b[h++] = 0x80 | n;
    else {
        b[h++] = 0x80 | 126;
        b[h++] = n >> 8;
        b[h++] = n;
    }
    memcpy(b + h, mk, 4);
    h += 4;
    for (uint32_t i = 0; i < n; i++) b[h + i] = p[i] ^ mk[i & 3];
    oput(c, b, h + n);
}
static uint32_t expand(char *o, const char *t, int room, const char *pl, uint32_t pn) {
    char *s = o;
    while (*t) {
        if (*t == '{') {
            if (!strncmp(t, "{payload}", 9)) {
                memcpy(o, pl, pn);
                o += pn;
                t += 9;
                continue;
            }
            if (!strncmp(t, "{id}", 4)) {
                o += sprintf(o, "%llu", (unsigned long long)++id_ctr);
                t += 4;
                continue;
            }
            if (!strncmp(t, "{room}", 6)) {
                o += sprintf(o, "r%d", room);
                t += 6;
                continue;
            }
            if (!strncmp(t, "{ts}", 4)) {
                o += sprintf(o, "%llu", (unsigned long long)(time(NULL) * 1000ull));
                t += 4;
                continue;
            }
        }
        *o++ = *t++;
    }
    *o = 0;
    return o - s;
}
static char xbuf[1 << 17], pbuf[1 << 16];
static int send_msg(int s, uint64_t t) {
    conn_t *c = &cs[s];
    if (c->state != ST_OPEN) return 0;
    uint32_t q = ++nseq[s];
    int n = sprintf(pbuf, "T%lluS%uC%d;", (unsigned long long)t, q, s);
    if (n < SIZE) {
        memset(pbuf + n, 'x', SIZE - n);
        n = SIZE;
    }
    uint32_t l = expand(xbuf, tmpl, c->room, pbuf, n);
    frame(c, 1, xbuf, l);
    int e = members[c->room] - (echo_self ? 0 : 1);
    sent_all++;
    if (t >= w0 && t < w1) {
        sent_w++;
        expect_w += e;
    }
    if (mode == 'm') {
        slot_t *z = &slots[s * W + q % W];
        z->seq = q;
        z->rem = e;
        z->t = t;
    }
    return 1;
}
static int node_of(int i) {
    return (i / R) % nurl;
}
static void deliver(conn_t *c, uint64_t t, uint32_t q, uint32_t s, uint64_t now) {
    if (s >= (uint32_t)K) return;
    if (cs[s].room != c->room) {
        misroute_n++;
        return;
    }
    seen_t *z = &seen[(size_t)(c - cs) * K + s];
    if (q > z->last) {
        uint32_t d = q - z->last;
        z->win = d < 64 ? (z->win << d) | 1 : 1;
        z->last = q;
    } else {
        uint32_t d = z->last - q;
        if (d < 64 && !(z->win >> d & 1)) {
            ooo_n++;
            z->win |= 1ull << d;
        } else {
            dup_n++;
            return;
        }
    }
    recv_all++;
    if (measuring) deliv_wall++;
    if (t >= w0 && t < w1) {
        uint64_t v = now > t ? now - t : 0;
        recv_w++;
        hrec(&H, v);
        if (nurl > 1 && node_of(c - cs) != node_of(s)) hrec(&HX, v);
    }
    if (mode == 'm') {
        slot_t *k = &slots[s * W + q % W];
        if (k->seq == q && k->rem) k->rem--;
    }
}
static void scan(conn_t *c, const char *p, const char *e, uint64_t now) {
    while (p < e && (p = memchr(p, 'T', e - p))) {
        const char *q = ++p;
        uint64_t t = 0;
        uint32_t s = 0, k = 0;
        while (q < e && (unsigned)(*q - '0') < 10) t = t * 10 + (*q++ - '0');
        if (q - p < 6 || q >= e || *q != 'S') continue;
        for (q++; q < e && (unsigned)(*q - '0') < 10; q++) s = s * 10 + (*q - '0');
        if (q >= e || *q != 'C') continue;
        for (q++; q < e && (unsigned)(*q - '0') < 10; q++) k = k * 10 + (*q - '0');
        if (q >= e || *q != ';') continue;
        deliver(c, t, s, k, now);
        p = q;
    }
}
static void on_open(conn_t *c) {
    c->state = ST_OPEN;
    n_open++;
    n_inflight--;
    members[c->room]++;
    for (int i = 0; i < nhello; i++) {
        uint32_t l = expand(xbuf, hello[i], c->room, "", 0);
        frame(c, 1, xbuf, l);
    }
}
static void on_read(conn_t *c) {
    uint32_t have = c->il;
    if (have) memcpy(rbuf, c->ib, have);
    ssize_t n = recv(c->fd, rbuf + have, RB - have, 0);
    if (n <= 0) {
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        kill_conn(c);
        return;
    }
    uint64_t now = now_ns();
    if (measuring) {
        bytes_wall += n;
        reads_wall++;
    }
    uint8_t *p = rbuf, *e = rbuf + have + n;
    c->il = 0;
    if (c->state == ST_HS) {
        *e = 0;
        char *x = memmem(p, e - p, "\r\n\r\n", 4);
        if (!x) goto save;
        if (strncmp((char *)p, "HTTP/1.1 101", 12) || !memmem(p, x - (char *)p, ACCEPT, strlen(ACCEPT))) {
            static int said;
            if (!said++) fprintf(stderr, "handshake refused: %.300s\n", (char *)p);
            kill_conn(c);
            return;
        }
        p = (uint8_t *)x + 4;
        on_open(c);
    }
    while (e - p >= 2) {
        uint64_t l = p[1] & 127;
        uint32_t h = 2;
        if (l == 126) {
            if (e - p < 4) break;
            l = p[2] << 8 | p[3];
            h = 4;
        } else if (l == 127) {
            if (e - p < 10) break;
            l = 0;
            for (int i = 0; i < 8; i++) l = l << 8 | p[2 + i];
            h = 10;
        }
        if (l + h > RB - 16) {
            fprintf(stderr, "frame too large\n");
            kill_conn(c);
            return;
        }
        if ((uint64_t)(e - p) < h + l) break;
        int op = p[0] & 15;
        char *d = (char *)p + h;
        if (op <= 2) {
            if (measuring) frames_wall++;
            if (answer && !c->live && memmem(d, l, answer, strlen(answer))) {
                c->live = 1;
                n_live++;
                live_at = now;
            }
            scan(c, d, d + l, now);
        } else if (op == 9)
            frame(c, 10, d, l);
        else if (op == 8) {
            static int said;
            if (!said++) fprintf(stderr, "server close %d\n", l >= 2 ? (uint8_t)d[0] << 8 | (uint8_t)d[1] : 0);
            kill_conn(c);
            return;
        }
        p += h + l;
    }
save:
    if (p < e) {
        c->il = e - p;
        if (c->il > c->ic) {
            c->ic = c->il + 512;
            c->ib = realloc(c->ib, c->ic);
        }
        memcpy(c->ib, p, c->il);
    }
}
static void start_conn(int i) {
    conn_t *c = &cs[i];
    url_t *u = &urls[(i / R) % nurl];
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    c->room = i % R;
    c->sender = i < K ? i : -1;
    n_inflight++;
    if (c->fd < 0) {
        perror("socket");
        c->state = ST_DEAD;
        n_failed++;
        n_inflight--;
        return;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(u->port)};
    inet_pton(AF_INET, u->host, &a.sin_addr);
    if (connect(c->fd, (void *)&a, sizeof a) < 0 && errno != EINPROGRESS) {
        static int said;
        if (!said++) perror("connect");
        c->state = ST_CONN;
        kill_conn(c);
        return;
    }
    c->state = ST_CONN;
    struct epoll_event e = {.events = EPOLLOUT, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}
static void on_connected(int i) {
    conn_t *c = &cs[i];
    url_t *u = &urls[(i / R) % nurl];
    char path[600], b[1200];
    int err = 0;
    socklen_t el = sizeof err;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &el);
    if (err) {
        kill_conn(c);
        return;
    }
    expand(path, u->path, c->room, "", 0);
    int n = snprintf(
        b, sizeof b,
        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " KEY
        "\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
        path, u->host, u->port, subprotocol ? "Sec-WebSocket-Protocol: " : "", subprotocol ? subprotocol : "",
        subprotocol ? "\r\n" : "");
    c->state = ST_HS;
    reg(c, 0);
    oput(c, b, n);
}
static void poll_once(int64_t ns) {
    struct epoll_event ev[MAXEV];
    if (ns < 0) ns = 0;
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    int n = epoll_pwait2(ep, ev, MAXEV, &t, NULL);
    for (int i = 0; i < n; i++) {
        conn_t *c = ev[i].data.ptr;
        if (c->state == ST_DEAD) continue;
        if (c->state == ST_CONN) {
            if (ev[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) on_connected(c - cs);
            continue;
        }
        if (ev[i].events & EPOLLOUT) oflush(c);
        if (c->state != ST_DEAD && ev[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) on_read(c);
    }
    flush_all();
}
static void wait_for(double s) {
    uint64_t e = now_ns() + (uint64_t)(s * 1e9), t;
    while ((t = now_ns()) < e) poll_once(e - t);
}
static void parse_pids(char *s, int *o, int *n) {
    for (char *p = strtok(s, ", "); p; p = strtok(NULL, ", "))
        if (*n < 32) o[(*n)++] = atoi(p);
}

int main(int ac, char **av) {
    static struct option lo[] = {{"url", 1, 0, 'u'},
                                 {"conns", 1, 0, 'n'},
                                 {"senders", 1, 0, 'k'},
                                 {"rate", 1, 0, 'r'},
                                 {"duration", 1, 0, 'd'},
                                 {"warmup", 1, 0, 'w'},
                                 {"size", 1, 0, 's'},
                                 {"rooms", 1, 0, 'R'},
                                 {"send-template", 1, 0, 't'},
                                 {"hello-template", 1, 0, 'h'},
                                 {"pid", 1, 0, 'p'},
                                 {"aux-pid", 1, 0, 'a'},
                                 {"mode", 1, 0, 'm'},
                                 {"window", 1, 0, 'W'},
                                 {"burst", 1, 0, 'b'},
                                 {"settle", 1, 0, 'S'},
                                 {"drain", 1, 0, 'D'},
                                 {"label", 1, 0, 'l'},
                                 {"no-echo", 0, 0, 'E'},
                                 {"handshake-timeout", 1, 0, 'H'},
                                 {"subprotocol", 1, 0, 'P'},
                                 {"answer", 1, 0, 'A'},
                                 {0}};
    for (int o; (o = getopt_long(ac, av, "", lo, NULL)) != -1;) switch (o) {
        case 'u':
            if (nurl < 16) {
                url_t *u = &urls[nurl++];
                strcpy(u->path, "/");
                if (sscanf(optarg, "%63[^:]:%d%511s", u->host, &u->port, u->path) < 2) return 2;
            }
            break;
        case 'n':
            N = atoi(optarg);
            break;
        case 'k':
            K = atoi(optarg);
            break;
        case 'r':
            rate = atof(optarg);
            break;
        case 'd':
            dur = atof(optarg);
            break;
        case 'w':
            warm = atof(optarg);
            break;
        case 's':
            SIZE = atoi(optarg);
            break;
        case 'R':
            R = atoi(optarg);
            break;
        case 't':
            tmpl = optarg;
            break;
        case 'h':
            if (nhello < 8) hello[nhello++] = optarg;
            break;
        case 'p':
            parse_pids(optarg, pids, &npid);
            break;
        case 'a':
            parse_pids(optarg, aux, &naux);
            break;
        case 'm':
            mode = *optarg == 'm' ? 'm' : *optarg == 'i' ? 'i' : 'r';
            break;
        case 'W':
            W = atoi(optarg);
            break;
        case 'b':
            BURST = atoi(optarg);
            break;
        case 'S':
            settle = atof(optarg);
            break;
        case 'D':
            drain_s = atof(optarg);
            break;
        case 'l':
            label = optarg;
            break;
        case 'E':
            echo_self = 0;
            break;
        case 'H':
            hs_timeout = atof(optarg);
            break;
        case 'P':
            if (strlen(optarg) > 64) return 2;
            subprotocol = optarg;
            break;
        case 'A':
            answer = optarg;
            break;
        default:
            return 2;
        }
    if (!nurl || N < 1 || SIZE > 60000) {
        fprintf(stderr, "usage: wsload --url 127.0.0.1:port/path [...]\n");
        return 2;
    }
    if (K > N) K = N;
    signal(SIGPIPE, SIG_IGN);
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    cs = calloc(N, sizeof *cs);
    seen = calloc((size_t)N * K, sizeof *seen);
    slots = calloc((size_t)K * W, sizeof *slots);
    nseq = calloc(K, sizeof *nseq);
    members = calloc(R, sizeof *members);
    dirtyl = calloc(N, sizeof *dirtyl);
    rbuf = malloc(RB + 16);
    ep = epoll_create1(0);

    use_t u_pre = usage(pids, npid);
    uint64_t h0 = now_ns(), hend = h0 + (uint64_t)(hs_timeout * 1e9);
    while (n_open + n_failed + n_closed < N && now_ns() < hend) {
        while (n_next < N && n_inflight < BURST) start_conn(n_next++);
        poll_once(100000000);
    }
    uint64_t h1 = now_ns();
    int connected = n_open;
    use_t u_hs = usage(pids, npid);
    wait_for(settle);
    use_t u_idle = usage(pids, npid);
    double hs_rate = connected / ((h1 - h0) / 1e9), st0 = 0, st1 = 0;
    use_t a, b, xa, xb;
    double ca, cb, sa, sb;
    uint64_t t0, t1;

    if (mode == 'i') {
        a = usage(pids, npid);
        xa = usage(aux, naux);
        ca = self_cpu();
        sa = sys_busy(&st0);
        t0 = now_ns();
        measuring = 1;
        wait_for(dur);
        measuring = 0;
        b = usage(pids, npid);
        xb = usage(aux, naux);
        cb = self_cpu();
        sb = sys_busy(&st1);
        t1 = now_ns();
        u_idle = b;
    } else {
        uint64_t start = now_ns(), t;
        w0 = start + (uint64_t)(warm * 1e9);
        w1 = w0 + (uint64_t)(dur * 1e9);
        uint64_t m = 0;
        double gap = 1e9 / rate;
        int phase = 0;
        a = b = xa = xb = (use_t){0, 0, 0};
        ca = cb = sa = sb = 0;
        t0 = t1 = w0;
        while ((t = now_ns()) < w1) {
            if (!phase && t >= w0) {
                phase = 1;
                a = usage(pids, npid);
                xa = usage(aux, naux);
                ca = self_cpu();
                sa = sys_busy(&st0);
                t0 = now_ns();
                measuring = 1;
            }
            uint64_t next;
            if (mode == 'r') {
                while ((next = start + (uint64_t)(m * gap)) <= t && next < w1) {
                    send_msg(m % K, next);
                    if (t - next > lag_max && phase) lag_max = t - next;
                    m++;
                }
            } else {
                next = t + 100000000;
                for (int s = 0; s < K; s++)
                    for (int i = 0; i < W; i++) {
                        slot_t *z = &slots[s * W + (nseq[s] + 1) % W];
                        if (z->rem) {
                            if (t - z->t > 5000000000ull) {
                                stalls++;
                                z->rem = 0;
                            } else
                                break;
                        }
                        if (!send_msg(s, t)) break;
                    }
            }
            flush_all();
            uint64_t lim = next < w1 ? next : w1;
            if (!phase && w0 < lim) lim = w0;
            t = now_ns();
            poll_once(lim > t ? (int64_t)(lim - t) : 0);
        }
        measuring = 0;
        t1 = now_ns();
        b = usage(pids, npid);
        xb = usage(aux, naux);
        cb = self_cpu();
        sb = sys_busy(&st1);
        uint64_t dend = now_ns() + (uint64_t)(drain_s * 1e9);
        while (recv_w < expect_w && now_ns() < dend) poll_once(50000000);
    }
    double el = (t1 - t0) / 1e9, scpu = b.cpu - a.cpu, xcpu = xb.cpu - xa.cpu, lcpu = cb - ca;
    uint64_t D = deliv_wall ? deliv_wall : 1;
    double other = (sb - sa) - scpu - xcpu - lcpu;
    printf("{\"label\":\"%s\",\"mode\":\"%c\",\"conns\":%d,\"connected\":%d,\"failed\":%d,\"closed\":%d,\"handshakes_"
           "per_s\":%.0f,\"cpu_us_per_handshake\":%.1f,\"live\":%d,\"live_s\":%.2f,"
           "\"window_s\":%.2f,\"sent\":%llu,\"sent_per_s\":%.0f,\"expected\":%llu,\"received\":%llu,\"lost\":%lld,"
           "\"duplicated\":%llu,\"out_of_order\":%llu,\"misrouted\":%llu,\"stalled\":%llu,"
           "\"deliveries_per_s\":%.0f,\"lat_us_p50\":%.0f,\"lat_us_p99\":%.0f,\"lat_us_p999\":%.0f,\"lat_us_max\":%.0f,"
           "\"lat_us_mean\":%.0f,\"cross_lat_us_p50\":%.0f,\"cross_lat_us_p99\":%.0f,\"send_lag_us_max\":%.0f,"
           "\"server_cpu_us_per_delivery\":%.3f,\"server_user_us_per_delivery\":%.3f,\"server_cpu_pct\":%.1f,\"aux_cpu_"
           "us_per_delivery\":%.3f,\"aux_cpu_pct\":%.1f,\"load_cpu_us_per_delivery\":%.3f,\"load_cpu_pct\":%.1f,"
           "\"other_cpu_pct\":%.1f,\"steal_pct\":%.1f,"
           "\"bytes_per_delivery\":%.1f,\"frames_per_read\":%.2f,\"rss_pre_kib\":%.0f,\"rss_idle_kib\":%.0f,\"rss_end_"
           "kib\":%.0f,\"rss_kib_per_conn\":%.2f}\n",
           label, mode, N, connected, n_failed, n_closed, hs_rate,
           connected ? (u_hs.cpu - u_pre.cpu) * 1e6 / connected : 0, n_live, n_live ? (live_at - h0) / 1e9 : 0, el,
           (unsigned long long)sent_w, sent_w / el, (unsigned long long)expect_w, (unsigned long long)recv_w,
           (long long)(expect_w - recv_w), (unsigned long long)dup_n, (unsigned long long)ooo_n,
           (unsigned long long)misroute_n, (unsigned long long)stalls, deliv_wall / el, hpct(&H, .5), hpct(&H, .99),
           hpct(&H, .999), H.max / 1000.0, H.n ? H.sum / 1000.0 / H.n : 0, hpct(&HX, .5), hpct(&HX, .99),
           lag_max / 1000.0, scpu * 1e6 / D, (b.user - a.user) * 1e6 / D, scpu / el * 100, xcpu * 1e6 / D,
           xcpu / el * 100, lcpu * 1e6 / D, lcpu / el * 100, other / el * 100, (st1 - st0) / el * 100,
           (double)bytes_wall / D, reads_wall ? (double)frames_wall / reads_wall : 0, u_pre.rss, u_idle.rss, b.rss,
           connected ? (u_idle.rss - u_pre.rss) / connected : 0);
    fflush(stdout);
    for (int i = 0; i < N; i++)
        if (cs[i].state == ST_OPEN) {
            frame(&cs[i], 8, "\x03\xe8", 2);
        }
    flush_all();
    for (int i = 0; i < N; i++)
        if (cs[i].fd > 0) close(cs[i].fd);
    return connected == N ? 0 : 1;
}
