// Load for a chat server, for benchmarks: one thread, epoll. Prints one JSON object with counts and distributions.
//
//     load -p PORT -b BODY [-H "Name: value"] [-c CONNECTIONS] [-s SECONDS | -n REQUESTS] [-r RATE] [-w WARM_UP_S]
//          [-R RAMP_S] [-k CHUNKS] [-x CHUNKS]
//
// Without -r a connection sends its next request when it has its answer. With -r requests are due at a constant rate
// whatever the server does, and time counts from when one was due: a server that falls behind cannot hide it.
// BODY is a file with "#00000000" in it: each request has a number of its own there, and the answer must say it.
// -k: an answer must hold so many chunks, "~00000" and on, in order. -x: hang up after so many. -R: the connections
// begin within so many seconds.
#define _GNU_SOURCE
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
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNS = 20000, HEAD = 8192, TAIL = 16, BUCKETS = 64 * 128, GRACE_S = 5, CONNECT_S = 10, SILENCE_S = 60 };
typedef enum { CLOSED, CONNECTING, IDLE, BUSY } State;
typedef enum { IN_HEAD, BY_LENGTH, BY_CLOSE, SIZE, DATA, DATA_END, TRAILER } Part;
typedef struct {
    State state;
    Part part;
    int fd, status, closes, head_have, chunks, torn, named, mark, digits, value, line;
    long left;
    int64_t begun, last, again_at;  // when it was due, when its last chunk came, when to connect again
    uint32_t number;
    char head[HEAD], tail[TAIL];
} Conn;
typedef uint64_t Spread[BUCKETS];

static Conn conns[MAX_CONNS];
static Spread whole, first, gaps;
static char *request, *number_at, buffer[1 << 18];
static int request_size, poller, clock_fd, port, count = 1, want_chunks, hang_up_after, idle[MAX_CONNS], idle_count;
static double seconds = 1e9, rate, warm_s, ramp_s;
static long requests = -1, sent, offered, ok, bad, cut, mixed_up, lost, refused, hung_up, chunks, statuses[6], finished;
static uint64_t first_number;  // of this run, so that no cache knows its questions
static int64_t began, warm_until, end_at, progress;  // progress: when something came last

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// Buckets of 0.8% width: exact below 128 ns, then 128 to a doubling.
static void add(Spread to, int64_t ns) {
    uint64_t v = ns < 0 ? 0 : ns;
    int shift = v < 128 ? 0 : 56 - __builtin_clzll(v);
    to[v < 128 ? v : (uint64_t)shift * 128 + (v >> shift)]++;
}

static void print_spread(const char *name, Spread from) {
    printf(", \"%s\": [", name);
    const char *comma = "";
    for (long i = 0; i < BUCKETS; i++) {
        if (!from[i]) continue;
        long shift = i < 256 ? 0 : i / 128 - 1;
        printf("%s[%ld, %lu]", comma, i < 256 ? i : (i - shift * 128) << shift, from[i]);
        comma = ", ";
    }
    printf("]");
}

static void watch(int fd, uint32_t events, int at, int operation) {
    struct epoll_event e = {.events = events, .data.u32 = at};
    epoll_ctl(poller, operation, fd, &e);
}

static int is_over(int64_t now) { return now >= end_at || (requests >= 0 && sent >= requests); }

static void shut(Conn *c, int64_t again_at) {
    if (c->fd) close(c->fd);
    c->fd = 0;
    c->state = CLOSED;
    c->again_at = again_at;
}

static void dial(int at) {
    Conn *c = &conns[at];
    int one = 1;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) perror("load: socket"), exit(1);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->state = CONNECTING;
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) {
        refused++;
        return shut(c, now_ns() + 10000000);
    }
    watch(c->fd, EPOLLIN | EPOLLOUT, at, EPOLL_CTL_ADD);
}

static void fail(Conn *c, long *why, int64_t now) {
    if (c->state == BUSY) finished++;
    if (c->begun >= warm_until || c->state != BUSY) ++*why;
    shut(c, now + 10000000);
}

static void ask(int at, int64_t begun) {
    Conn *c = &conns[at];
    char digits[9];
    c->number = (first_number + sent++) % 100000000;
    snprintf(digits, sizeof digits, "%08u", c->number);
    memcpy(number_at, digits, 8);
    c->state = BUSY;
    c->part = IN_HEAD;
    c->head_have = c->chunks = c->torn = c->named = c->mark = 0;
    c->begun = begun;
    memset(c->tail, 0, TAIL);
    if (begun >= warm_until) offered++;
    if (send(c->fd, request, request_size, MSG_NOSIGNAL) != request_size) fail(c, &cut, now_ns());
}

static void end_answer(int at, int64_t now) {
    Conn *c = &conns[at];
    finished++;
    if (c->begun >= warm_until) {
        int is_whole = want_chunks == 0 || (!c->torn && c->chunks == want_chunks && memmem(c->tail, TAIL, "[DONE]", 6));
        statuses[c->status / 100 < 6 ? c->status / 100 : 0]++;
        if (c->status != 200) bad++;
        else if (c->named != 1) mixed_up++;
        else if (!is_whole) lost++;
        else {
            ok++;
            add(whole, now - c->begun);
        }
    }
    c->state = IDLE;
    if (c->closes) shut(c, now);
    else if (rate > 0) idle[idle_count++] = at;
    else if (!is_over(now)) ask(at, now);
}

static void see_mark(Conn *c, int64_t now) {
    if (c->mark == '#') {
        c->named = (uint32_t)c->value == c->number ? 1 : 2;
        return;
    }
    if (c->value != c->chunks) c->torn = 1;
    if (now >= warm_until && now <= end_at) {
        chunks++;
        if (c->chunks) add(gaps, now - c->last);
        else add(first, now - c->begun);
    }
    c->chunks++;
    c->last = now;
}

static void scan(Conn *c, const char *text, long size, int64_t now) {
    for (const char *end = text + size; text < end; text++) {
        if (c->mark && *text >= '0' && *text <= '9') {
            c->value = c->value * 10 + *text - '0';
            if (++c->digits == (c->mark == '#' ? 8 : 5)) see_mark(c, now), c->mark = 0;
        } else {
            c->mark = *text == '#' || *text == '~' ? *text : 0;
            c->digits = c->value = 0;
        }
    }
}

static void take_content(Conn *c, const char *text, long size, int64_t now) {
    scan(c, text, size, now);
    if (size >= TAIL) {
        memcpy(c->tail, text + size - TAIL, TAIL);
        return;
    }
    memmove(c->tail, c->tail + size, TAIL - size);
    memcpy(c->tail + TAIL - size, text, size);
}

// Returns how many bytes were the head's, or -1 where it is not a head that we can read.
static long take_head(Conn *c, const char *text, long size) {
    int before = c->head_have, room = HEAD - 1 - before;
    int more = size < room ? size : room;
    memcpy(c->head + before, text, more);
    c->head[c->head_have += more] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    if (!end) return more == size ? size : -1;
    c->status = atoi(c->head + 9);
    end[2] = 0;
    char *length = strcasestr(c->head, "\r\ncontent-length:");
    c->closes = strcasestr(c->head, "\r\nconnection: close") != NULL;
    c->part = strcasestr(c->head, "\r\ntransfer-encoding: chunked") ? SIZE : length ? BY_LENGTH : BY_CLOSE;
    c->left = c->part == BY_LENGTH ? atol(length + 17) : 0;
    c->line = 0;
    return end + 4 - c->head - before;
}

static int hex(char of) { return of <= '9' ? of - '0' : (of | 32) - 'a' + 10; }

// Take one byte of what frames chunks. Returns 1 at the answer's end.
static int take_framing(Conn *c, char byte) {
    if (c->part == DATA_END) {
        if (byte == '\n') c->part = SIZE, c->left = c->line = 0;
    } else if (c->part == TRAILER) {
        if (byte == '\n' && c->line == 0) return 1;
        if (byte != '\r') c->line = byte == '\n' ? 0 : 1;
    } else if (byte == '\n') {
        c->part = c->left ? DATA : TRAILER;
        c->line = 0;
    } else if (byte == ';' || byte == '\r') {
        c->line = 1;  // an extension
    } else if (!c->line) {
        c->left = c->left * 16 + hex(byte);
    }
    return 0;
}

// Take what was read. Returns 1 at the answer's end, -1 on what is no answer.
static int take(Conn *c, const char *text, long size, int64_t now) {
    while (size > 0) {
        long used = 1;
        if (c->part == IN_HEAD) {
            if ((used = take_head(c, text, size)) < 0) return -1;
        } else if (c->part == BY_LENGTH || c->part == DATA || c->part == BY_CLOSE) {
            used = c->part == BY_CLOSE || size < c->left ? size : c->left;
            take_content(c, text, used, now);
            if (c->part != BY_CLOSE) c->left -= used;
            if (c->part == DATA && c->left == 0) c->part = DATA_END;
        } else if (take_framing(c, *text)) {
            return 1;
        }
        text += used;
        size -= used;
        if (c->part == BY_LENGTH && c->left == 0) return 1;
    }
    return 0;
}

static void on_ready(int at, uint32_t events) {
    Conn *c = &conns[at];
    int64_t now = now_ns();
    if (c->state == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) return fail(c, &refused, now);
        if (!(events & EPOLLOUT)) return;
        watch(c->fd, EPOLLIN, at, EPOLL_CTL_MOD);
        c->state = IDLE;
        if (rate > 0) idle[idle_count++] = at;
        else if (began && !is_over(now) && now >= c->again_at) ask(at, now);
        return;
    }
    long got = recv(c->fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (c->state == IDLE) {  // the server closed a connection that it had kept
        for (int i = 0; i < idle_count; i++)
            if (idle[i] == at) idle[i] = idle[--idle_count];
        return shut(c, now);
    }
    if (got <= 0) {
        if (got == 0 && c->part == BY_CLOSE) return c->closes = 1, end_answer(at, now);
        return fail(c, &cut, now);
    }
    progress = now;
    int end = take(c, buffer, got, now);
    if (end < 0) fail(c, &bad, now);
    else if (end) end_answer(at, now);
    else if (hang_up_after && c->chunks >= hang_up_after) {
        hung_up++;
        finished++;
        shut(c, now);
    }
}

static void ring_at(int64_t at) {
    struct itimerspec when = {.it_value = {at / 1000000000LL, at % 1000000000LL}};
    timerfd_settime(clock_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void wait_ms(int ms) {
    struct epoll_event events[512];
    int found = epoll_wait(poller, events, 512, ms);
    for (int i = 0; i < found; i++) {
        uint64_t ticks;
        if (events[i].data.u32 == MAX_CONNS) (void)!read(clock_fd, &ticks, sizeof ticks);
        else if (conns[events[i].data.u32].state != CLOSED) on_ready(events[i].data.u32, events[i].events);
    }
}

static int redial(int64_t now, int most) {
    int open = 0, dialled = 0;
    for (int i = 0; i < count; i++) {
        if (conns[i].state == CLOSED && conns[i].again_at <= now && dialled++ < most) dial(i);
        open += conns[i].state == IDLE || conns[i].state == BUSY;
    }
    return open;
}

// Send what is due. Returns when the next is due, or 0 where nothing can be sent now.
static int64_t send_due(int64_t now) {
    static int64_t step;
    for (;;) {
        int64_t at = began + (int64_t)((double)step / rate * 1e9);
        if (at >= end_at || (requests >= 0 && sent >= requests)) return 0;
        if (at > now) return at;
        if (!idle_count) return 0;
        ask(idle[--idle_count], at);
        step++;
    }
}

static void run(void) {
    int64_t give_up = now_ns() + CONNECT_S * 1000000000LL, looked = 0;
    int open;
    while ((open = redial(now_ns(), 32)) < count && now_ns() < give_up && (open || refused < 20L * count)) wait_ms(1);
    progress = began = now_ns();
    if (!open) end_at = warm_until = began;
    if (!open) return;  // nobody is there
    warm_until = began + (int64_t)(warm_s * 1e9);
    end_at = seconds > 1e8 ? INT64_MAX : began + (int64_t)(seconds * 1e9);
    for (int i = 0; i < count; i++) conns[i].again_at = began + (int64_t)(ramp_s * 1e9 / count * i);
    for (int next = 0;;) {
        int64_t now = now_ns(), due = 0;
        if (rate > 0) due = send_due(now);
        for (; rate <= 0 && next < count && conns[next].again_at <= now; next++)
            if (conns[next].state == IDLE && !is_over(now)) ask(next, now);
        if (due) ring_at(due);
        else if (rate <= 0 && next < count) ring_at(conns[next].again_at);
        if (now - looked > 1000000) {
            looked = now;
            if (!is_over(now)) redial(now, count);
        }
        int has_more = rate > 0 && now < end_at && (requests < 0 || sent < requests);
        if (!has_more && is_over(now) && finished >= sent) break;
        if (now > end_at && now - end_at > GRACE_S * 1000000000LL) break;
        if (now - progress > SILENCE_S * 1000000000LL) break;
        wait_ms(5);
    }
}

static void read_body(const char *path, char **headers, int header_count) {
    FILE *file = fopen(path, "rb");
    if (!file) perror(path), exit(2);
    static char body[1 << 20];
    size_t size = fread(body, 1, sizeof body - 1, file);
    fclose(file);
    request = malloc(size + 8192);
    request_size = sprintf(request, "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: "
                           "application/json\r\nContent-Length: %zu\r\n", port, size);
    for (int i = 0; i < header_count; i++) request_size += sprintf(request + request_size, "%s\r\n", headers[i]);
    request_size += sprintf(request + request_size, "\r\n");
    memcpy(request + request_size, body, size);
    number_at = memmem(request + request_size, size, "#00000000", 9);
    request_size += size;
    if (!number_at) fprintf(stderr, "load: there is no #00000000 in %s\n", path), exit(2);
    number_at++;
}

int main(int argc, char **argv) {
    char *body = NULL, *headers[16];
    int option, header_count = 0;
    while ((option = getopt(argc, argv, "p:b:H:c:s:n:r:w:R:k:x:")) > 0) {
        if (option == 'p') port = atoi(optarg);
        else if (option == 'b') body = optarg;
        else if (option == 'H' && header_count < 16) headers[header_count++] = optarg;
        else if (option == 'c') count = atoi(optarg);
        else if (option == 's') seconds = atof(optarg);
        else if (option == 'n') requests = atol(optarg);
        else if (option == 'r') rate = atof(optarg);
        else if (option == 'w') warm_s = atof(optarg);
        else if (option == 'R') ramp_s = atof(optarg);
        else if (option == 'k') want_chunks = atoi(optarg);
        else if (option == 'x') hang_up_after = atoi(optarg);
        else exit(2);
    }
    if (!port || !body || count < 1 || count > MAX_CONNS) fprintf(stderr, "load: -p, -b and -c are needed\n"), exit(2);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    read_body(body, headers, header_count);
    poller = epoll_create1(0);
    clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(clock_fd, EPOLLIN, MAX_CONNS, EPOLL_CTL_ADD);
    first_number = (uint64_t)now_ns() / 1000 % 100000000;
    run();
    int64_t now = now_ns();
    double took = ((now < end_at ? now : end_at) - warm_until) / 1e9;
    printf("{\"seconds\": %.6f, \"offered\": %ld, \"ok\": %ld, \"bad\": %ld, \"cut\": %ld, \"mixed_up\": %ld, ", took,
           offered, ok, bad, cut, mixed_up);
    printf("\"lost\": %ld, \"refused\": %ld, \"hung_up\": %ld, \"chunks\": %ld, ", lost, refused, hung_up, chunks);
    printf("\"unanswered\": %ld, \"statuses\": [%ld, %ld, %ld, %ld, %ld, %ld]", sent - finished, statuses[0],
           statuses[1], statuses[2], statuses[3], statuses[4], statuses[5]);
    print_spread("latency", whole);
    print_spread("first", first);
    print_spread("gap", gaps);
    printf("}\n");
}
