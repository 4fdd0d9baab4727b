// An upstream that answers like a chat server, for benchmarks: one thread, epoll, no allocation a request.
//
//     mock PORT...        (several processes may share the ports)
//
// The request's text says how it is answered, so that one mock serves every measurement through every gateway:
//   "mock:delay=50,chunks=100,gap=10"   wait 50 ms; a stream has 100 chunks, 10 ms apart (0: as fast as they go)
//   "#00001234"                         comes back in the answer, so that an answer to another request is noticed
// Chunk number 7 holds "~00007". Streams that are due take turns, one chunk a turn and one write a chunk, as a model
// that decodes a batch does.
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

enum { MAX_FDS = 65536, MAX_BODY = 1 << 20, PIECE = 1024 };
#define NAME "\"id\":\"chatcmpl-mock\",\"created\":1700000000,\"model\":\"deepseek-r1\""
#define USAGE "\"usage\":{\"prompt_tokens\":84,\"completion_tokens\":%d,\"total_tokens\":%d}"

typedef struct {
    int is_listener, is_due, wants_stream, wants_usage, left, chunk, chunks;
    uint32_t life;  // grows with each connection of this number, so that old timers are told from new ones
    int64_t gap_ns;
    char number[9];
    char *in;
    int have, room;
    char out[2 * PIECE];  // what the peer has not taken yet
} Conn;
typedef struct {
    int64_t at;
    int fd;
    uint32_t life;
} Timer;

static Conn conns[MAX_FDS];
static Timer heap[MAX_FDS * 2];
static int timers, due[MAX_FDS], due_count, poller, clock_fd;
static int64_t alarm_at;  // when the clock rings; 0: not at all

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void push_timer(int64_t at, int fd) {
    if (timers == MAX_FDS * 2) exit(3);
    int i = timers++;
    for (; i > 0 && heap[(i - 1) / 2].at > at; i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = (Timer){at, fd, conns[fd].life};
}

static Timer pop_timer(void) {
    Timer top = heap[0], last = heap[--timers];
    int i = 0, child;
    while ((child = 2 * i + 1) < timers) {
        if (child + 1 < timers && heap[child + 1].at < heap[child].at) child++;
        if (heap[child].at >= last.at) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

static void drop(int fd) {
    Conn *c = &conns[fd];
    close(fd);
    c->life++;
    c->have = c->left = c->chunk = c->is_due = 0;
}

static void make_due(int fd) {
    if (conns[fd].is_due) return;
    conns[fd].is_due = 1;
    due[due_count++] = fd;
}

static void watch(int fd, uint32_t events, int operation) {
    struct epoll_event e = {.events = events, .data.fd = fd};
    epoll_ctl(poller, operation, fd, &e);
}

// Write, keep what does not fit. Returns 0 where the connection is gone.
static int put(int fd, const char *text, int size) {
    Conn *c = &conns[fd];
    int sent = send(fd, text, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return drop(fd), 0;
    if (sent < 0) sent = 0;
    if (sent < size) {
        c->left = size - sent;
        memmove(c->out, text + sent, c->left);
        watch(fd, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
    return 1;
}

static int framed(char *to, const char *event, int size) { return sprintf(to, "%x\r\n%.*s\r\n", size, size, event); }

static void answer_whole(int fd) {
    Conn *c = &conns[fd];
    char body[PIECE], all[2 * PIECE];
    int size = sprintf(body,
                       "{" NAME ",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
                       "\"assistant\",\"content\":\"#%s Paris has been the capital for most of a thousand years; it "
                       "lies on the Seine.\"},\"finish_reason\":\"stop\"}]," USAGE "}",
                       c->number, 24, 108);
    size = sprintf(all, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s", size, body);
    put(fd, all, size);
}

#define EVENT "data: {" NAME ",\"object\":\"chat.completion.chunk\",\"choices\":["

static void answer_next(int fd) {
    Conn *c = &conns[fd];
    char event[PIECE], all[2 * PIECE];
    int size;
    if (!c->wants_stream) return answer_whole(fd);
    if (c->chunk == 0) {
        size = sprintf(event, EVENT "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"#%s \"},\"finish_reason\""
                       ":null}]}\n\n", c->number);
        int head = sprintf(all, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
        if (!put(fd, all, head + framed(all + head, event, size))) return;
    } else if (c->chunk <= c->chunks) {
        size = sprintf(event, EVENT "{\"index\":0,\"delta\":{\"content\":\"~%05d \"},\"finish_reason\":null}]}\n\n",
                       c->chunk - 1);
        if (!put(fd, all, framed(all, event, size))) return;
    } else {
        size = sprintf(event, EVENT "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
        if (c->wants_usage) size += sprintf(event + size, EVENT "]," USAGE "}\n\n", c->chunks, 84 + c->chunks);
        size += sprintf(event + size, "data: [DONE]\n\n");
        int end = framed(all, event, size);
        memcpy(all + end, "0\r\n\r\n", 5);
        c->chunk = 0;
        put(fd, all, end + 5);
        return;
    }
    c->chunk++;
    if (c->left) return;  // goes on when the peer has taken it
    if (c->gap_ns && c->chunk > 1) push_timer(now_ns() + c->gap_ns, fd);
    else make_due(fd);
}

static long number_after(const char *text, const char *word, long otherwise) {
    const char *at = strstr(text, word);
    return at ? atol(at + strlen(word)) : otherwise;
}

static void take_request(int fd, char *body) {
    Conn *c = &conns[fd];
    char *mark = strchr(body, '#'), *how = strstr(body, "mock:");
    snprintf(c->number, sizeof c->number, "%s", mark ? mark + 1 : "00000000");
    long delay = how ? number_after(how, "delay=", 0) : 0;
    c->chunks = how ? number_after(how, "chunks=", 8) : 8;
    c->gap_ns = (how ? number_after(how, "gap=", 0) : 0) * 1000000LL;
    c->wants_stream = strstr(body, "\"stream\":true") || strstr(body, "\"stream\": true");
    c->wants_usage = strstr(body, "include_usage") != NULL;
    c->chunk = 0;
    if (delay) push_timer(now_ns() + delay * 1000000LL, fd);
    else if (c->wants_stream) make_due(fd);
    else answer_next(fd);
}

// Read what came; each whole request is answered. Returns 0 where the connection is gone.
static int take(int fd) {
    Conn *c = &conns[fd];
    if (c->room - c->have < 4096) {
        if (c->room > MAX_BODY) return drop(fd), 0;
        c->in = realloc(c->in, c->room = c->room ? c->room * 2 : 16384);
    }
    int got = recv(fd, c->in + c->have, c->room - c->have - 1, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return drop(fd), 0;
    if (got < 0) return 1;
    c->have += got;
    c->in[c->have] = 0;
    char *end = strstr(c->in, "\r\n\r\n");
    if (!end) return 1;
    char *length = strcasestr(c->in, "\r\ncontent-length:");
    int size = length && length < end ? atoi(length + 17) : 0, whole = end + 4 - c->in + size;
    if (c->have < whole) return 1;
    if (strncmp(c->in, "POST", 4) == 0) {
        take_request(fd, end + 4);
    } else {
        const char *list = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 76\r\n\r\n"
                           "{\"object\":\"list\",\"data\":[{\"id\":\"deepseek-r1\",\"object\":\"model\",\"created\":1}]} ";
        put(fd, list, strlen(list));
    }
    c->have = 0;  // nobody pipelines requests to a model
    return 1;
}

static void flush_rest(int fd) {
    Conn *c = &conns[fd];
    int size = c->left;
    c->left = 0;
    watch(fd, EPOLLIN, EPOLL_CTL_MOD);
    if (put(fd, c->out, size) && !c->left && c->chunk) make_due(fd);
}

static void meet(int listener) {
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MAX_FDS) exit(3);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
}

static void listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096)) {
        perror("mock: listen");
        exit(1);
    }
    conns[fd].is_listener = 1;
    watch(fd, EPOLLIN, EPOLL_CTL_ADD);
}

static void run_timers(void) {
    while (timers && heap[0].at <= now_ns()) {
        Timer t = pop_timer();
        if (conns[t.fd].life == t.life) answer_next(t.fd);
    }
    int64_t next = timers ? heap[0].at : 0;
    if (next == alarm_at) return;
    alarm_at = next;
    struct itimerspec when = {0};
    if (timers) when.it_value = (struct timespec){heap[0].at / 1000000000LL, heap[0].at % 1000000000LL};
    timerfd_settime(clock_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files = {MAX_FDS, MAX_FDS};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < MAX_FDS ? files.rlim_max : MAX_FDS;
    setrlimit(RLIMIT_NOFILE, &files);
    poller = epoll_create1(0);
    clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(clock_fd, EPOLLIN, EPOLL_CTL_ADD);
    for (int i = 1; i < argc; i++) listen_on(atoi(argv[i]));
    struct epoll_event events[512];
    for (;;) {
        int count = epoll_wait(poller, events, 512, due_count ? 0 : -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            uint64_t ticks;
            if (fd == clock_fd) alarm_at = read(fd, &ticks, sizeof ticks) > 0 ? 0 : alarm_at;
            else if (conns[fd].is_listener) meet(fd);
            else if (!(events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || take(fd))
                if (events[i].events & EPOLLOUT && conns[fd].left) flush_rest(fd);
        }
        int turn = due_count;
        for (int i = 0; i < turn; i++) {
            int fd = due[i];
            if (!conns[fd].is_due) continue;  // it was dropped
            conns[fd].is_due = 0;
            answer_next(fd);
        }
        memmove(due, due + turn, sizeof(int) * (due_count - turn));
        due_count -= turn;
        run_timers();
    }
}
