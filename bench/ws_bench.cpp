#include "bench/ws_bench.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "bench/peers.hpp"
#include "bench/ws_load.hpp"

namespace tutti::bench {
namespace {

// One delta of the topic `server` is due 250 ms after a connection came or went.
constexpr int kPaceMs = 270;
constexpr std::size_t kEchoConnections = 16;
constexpr std::size_t kReadersMost = 1000;
constexpr std::size_t kInFlight = 32;  // handshakes at a time, fewer than any server's backlog
constexpr std::size_t kSpareDescriptors = 100;

struct Samples {
  std::vector<double> ours;
  std::vector<double> theirs;
};

// What one run after the other fills.
struct Figures {
  Samples echo_1, echo_16, echo_alone, echo_tls, bare_1, bare_16, bare_alone, broadcast,
      broadcast_ws, idle_mb, idle_kb, accept_rate, accept_cpu;
};

#define TUTTI_TRY(expression) \
  if (auto tried = (expression); !tried) return std::unexpected(tried.error())

double us(std::int64_t ns) { return static_cast<double>(ns) / 1000; }

// A TCP connection that comes and goes: what makes the server's numbers change.
class Ticker {
 public:
  explicit Ticker(std::uint16_t port) : port_(port) {}
  ~Ticker() { toggle_off(); }
  void toggle() {
    if (fd_ >= 0) return toggle_off();
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }

 private:
  void toggle_off() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  std::uint16_t port_;
  int fd_ = -1;
};

// CPU microseconds per echo, so many outstanding on each of so many connections; the first fifth
// warms up.
Result<double> echo_us(ServerProcess& server, std::size_t connections, std::uint64_t outstanding,
                       double seconds, bool tls = false) {
  WsLoad load(server.port(), tls);
  TUTTI_TRY(load.open(connections, 1));
  TUTTI_TRY(load.echo(outstanding, seconds / 4));
  std::int64_t before = server.cpu_ns();
  auto count = load.echo(outstanding, seconds);
  if (!count) return std::unexpected(count.error());
  return us(server.cpu_ns() - before) / static_cast<double>(*count);
}

Result<void> measure_echo(const BenchOptions& options, const std::string& folder,
                          Figures& figures) {
  struct Load {
    Samples Figures::* figure;
    Samples Figures::* bare;
    std::size_t connections;
    std::uint64_t outstanding;
  };
  constexpr Load kLoads[] = {{&Figures::echo_alone, &Figures::bare_alone, 1, 1},
                             {&Figures::echo_1, &Figures::bare_1, kEchoConnections, 1},
                             {&Figures::echo_16, &Figures::bare_16, 1, 16}};
  auto all = [&](Result<ServerProcess> server,
                 const std::function<void(const Load&, double)>& take) -> Result<void> {
    if (!server) return std::unexpected(server.error());
    for (const Load& load : kLoads) {
      auto figure = echo_us(*server, load.connections, load.outstanding, options.seconds);
      if (!figure) return std::unexpected(figure.error());
      take(load, *figure);
    }
    return {};
  };
  TUTTI_TRY(all(start_tutti(folder), [&](const Load& load, double figure) {
    (figures.*load.figure).ours.push_back(figure);
    (figures.*load.bare).ours.push_back(figure);
  }));
  TUTTI_TRY(all(start_bare_echo(), [&](const Load& load, double figure) {
    (figures.*load.bare).theirs.push_back(figure);
  }));
  return all(start_node_ws(folder), [&](const Load& load, double figure) {
    (figures.*load.figure).theirs.push_back(figure);
  });
}

// The same echoes over TLS, beside clear text of the same run.
Result<void> measure_tls(const BenchOptions& options, const std::string& folder, Figures& figures) {
  auto server = start_tutti(folder, true);
  if (!server) return std::unexpected(server.error());
  auto figure = echo_us(*server, kEchoConnections, 1, options.seconds, true);
  if (!figure) return std::unexpected(figure.error());
  figures.echo_tls.ours.push_back(*figure);
  figures.echo_tls.theirs.push_back(figures.echo_1.ours.back());
  return {};
}

struct Spent {
  std::int64_t cpu_ns = 0;
  std::uint64_t messages = 0;
};

// Reads for `seconds`, at least two paces, and calls `tick` at the begin of each pace.
Result<Spent> spend(ServerProcess& server, WsLoad& load, double seconds,
                    const std::function<Result<void>()>& tick) {
  Spent spent;
  std::int64_t before = server.cpu_ns();
  int paces = std::max(2, static_cast<int>(seconds * 1000 / kPaceMs));
  for (int i = 0; i < paces; ++i) {
    TUTTI_TRY(tick());
    auto came = load.receive_for(kPaceMs / 1000.0);
    if (!came) return std::unexpected(came.error());
    spent.messages += *came;
  }
  spent.cpu_ns = server.cpu_ns() - before;
  return spent;
}

struct Broadcast {
  double us_per_delivery = 0;
  std::size_t frame_bytes = 0;
};

// Deltas of the topic `server` to all readers, less what the same ticking costs with nobody
// subscribed.
Result<Broadcast> broadcast_tutti(const std::string& folder, std::size_t readers, double seconds) {
  auto server = start_tutti(folder);
  if (!server) return std::unexpected(server.error());
  WsLoad load(server->port());
  TUTTI_TRY(load.open(readers, kInFlight));
  Ticker ticker(server->port());
  auto tick = [&]() -> Result<void> { return ticker.toggle(), Result<void>(); };
  auto tell_all = [&](std::string_view text) -> Result<void> {
    for (std::size_t i = 0; i < readers; ++i) TUTTI_TRY(load.send(i, text));
    return load.receive(readers);
  };
  TUTTI_TRY(load.receive_for(2 * kPaceMs / 1000.0));  // the numbers stand still
  auto without = spend(*server, load, seconds, tick);
  if (!without) return std::unexpected(without.error());
  TUTTI_TRY(tell_all(R"({"op":"subscribe","topic":"server"})"));
  TUTTI_TRY(spend(*server, load, 0, tick));
  auto with = spend(*server, load, seconds, tick);
  if (!with) return std::unexpected(with.error());
  if (with->messages < readers) return fail(Code::internal, "no broadcast came");
  return Broadcast{us(with->cpu_ns - without->cpu_ns) / static_cast<double>(with->messages),
                   load.last_frame_bytes()};
}

Result<double> broadcast_bare(std::size_t readers, std::size_t frame_bytes, double seconds) {
  auto server = start_bare_sender(readers, frame_bytes, kPaceMs);
  if (!server) return std::unexpected(server.error());
  WsLoad load(server->port());
  TUTTI_TRY(load.open(readers, 1));
  auto nothing = []() -> Result<void> { return {}; };
  TUTTI_TRY(spend(*server, load, 0, nothing));
  auto spent = spend(*server, load, seconds, nothing);
  if (!spent) return std::unexpected(spent.error());
  return us(spent->cpu_ns) / static_cast<double>(spent->messages);
}

Result<double> broadcast_node(const std::string& folder, std::size_t readers,
                              std::size_t frame_bytes, double seconds) {
  auto server = start_node_ws(folder);
  if (!server) return std::unexpected(server.error());
  WsLoad load(server->port());
  TUTTI_TRY(load.open(readers, kInFlight));
  for (std::size_t i = 0; i < readers; ++i) TUTTI_TRY(load.send(i, R"({"op":"subscribe"})"));
  std::string publish = R"({"op":"publish","text":")" + std::string(frame_bytes - 2, 'x') + "\"}";
  auto tick = [&]() -> Result<void> { return load.send(0, publish); };
  TUTTI_TRY(spend(*server, load, 0, tick));
  auto spent = spend(*server, load, seconds, tick);
  if (!spent) return std::unexpected(spent.error());
  return us(spent->cpu_ns) / static_cast<double>(spent->messages);
}

Result<void> measure_broadcast(const BenchOptions& options, const std::string& folder,
                               Figures& figures) {
  std::size_t readers = std::min(options.clients, kReadersMost);
  double seconds = options.seconds * 2;
  auto ours = broadcast_tutti(folder, readers, seconds);
  if (!ours) return std::unexpected(ours.error());
  auto bare = broadcast_bare(readers, ours->frame_bytes, seconds);
  if (!bare) return std::unexpected(bare.error());
  auto node = broadcast_node(folder, readers, ours->frame_bytes, seconds);
  if (!node) return std::unexpected(node.error());
  figures.broadcast.ours.push_back(ours->us_per_delivery);
  figures.broadcast.theirs.push_back(*bare);
  figures.broadcast_ws.ours.push_back(ours->us_per_delivery);
  figures.broadcast_ws.theirs.push_back(*node);
  return {};
}

Result<void> measure_idle(const BenchOptions& options, const std::string& folder,
                          Figures& figures) {
  auto one = [&](Result<ServerProcess> server,
                 std::vector<double> Samples::* side) -> Result<void> {
    if (!server) return std::unexpected(server.error());
    WsLoad load(server->port());
    TUTTI_TRY(load.open(1, 1));
    std::int64_t kb = server->rss_anon_kb();
    std::int64_t cpu = server->cpu_ns();
    double begin = now_s();
    TUTTI_TRY(load.open(options.clients, kInFlight));
    double elapsed = now_s() - begin;
    cpu = server->cpu_ns() - cpu;
    TUTTI_TRY(load.receive_for(0.5));
    auto count = static_cast<double>(options.clients);
    std::int64_t all_kb = server->rss_anon_kb();
    (figures.idle_mb.*side).push_back(static_cast<double>(all_kb) / 1024);
    (figures.idle_kb.*side).push_back(static_cast<double>(all_kb - kb) / count);
    (figures.accept_rate.*side).push_back(count / elapsed);
    (figures.accept_cpu.*side).push_back(us(cpu) / count);
    return {};
  };
  TUTTI_TRY(one(start_tutti(folder), &Samples::ours));
  return one(start_node_ws(folder), &Samples::theirs);
}

std::vector<Row> rows_of(const BenchOptions& options, Figures& f) {
  std::size_t readers = std::min(options.clients, kReadersMost);
  auto row = [](std::string key, std::string what, std::string unit, std::string peer,
                Samples& samples) {
    return Row{.key = std::move(key),
               .what = std::move(what),
               .unit = std::move(unit),
               .peer = std::move(peer),
               .ours = samples.ours,
               .theirs = samples.theirs};
  };
  std::vector<Row> rows;
  auto add = [&](Row one, std::optional<double> target, std::optional<double> ratio,
                 bool more = false) {
    one.target = target;
    one.target_ratio = ratio;
    one.more_is_better = more;
    rows.push_back(std::move(one));
  };
  std::string to = "broadcast 1 to " + std::to_string(readers);
  std::string many = fmt::format("echo, 1 outstanding on each of {}", kEchoConnections);
  std::string idle = std::to_string(options.clients) + " idle connections";
  add(row("echo_1", many, "us/msg", "ws", f.echo_1), 6, 0.6);
  add(row("echo_16", "echo, 16 outstanding", "us/msg", "ws", f.echo_16), 2, 0.4);
  add(row("echo_1_bare", many, "us/msg", "bare", f.bare_1), {}, {});
  add(row("echo_16_bare", "echo, 16 outstanding", "us/msg", "bare", f.bare_16), {}, {});
  add(row("echo_alone", "echo, 1 in all", "us/msg", "ws", f.echo_alone), 6, 0.6);
  add(row("echo_alone_bare", "echo, 1 in all", "us/msg", "bare", f.bare_alone), {}, {});
  add(row("echo_tls", "the first over TLS 1.3", "us/msg", "clear text", f.echo_tls), {}, {});
  add(row("broadcast", to, "us/msg", "bare send", f.broadcast), {}, 1.3);
  add(row("broadcast_ws", to, "us/msg", "ws", f.broadcast_ws), {}, {});
  add(row("idle_mb", idle, "MB", "ws", f.idle_mb), 64, {});
  add(row("idle_kb", "one idle connection", "kB", "ws", f.idle_kb), 4, {});
  add(row("accept_rate", "accept and authenticate", "conn/s", "ws", f.accept_rate), 3000, {}, true);
  add(row("accept_cpu", "one of these", "us", "ws", f.accept_cpu), {}, {});
  return rows;
}

// Both ends of a connection are a descriptor, each in its own process.
Result<void> raise_limits(std::size_t clients) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max >= clients + 2 * kSpareDescriptors) return {};
  return fail(Code::bad_request,
              fmt::format("{} connections need more open files than the limit of {}", clients,
                          limit.rlim_max),
              "choose fewer with --clients, or raise the limit (ulimit -Hn)");
}

}  // namespace

Result<Report> bench_ws(const BenchOptions& options) {
  TUTTI_TRY(raise_limits(options.clients));
  TUTTI_TRY(install_peers());
  auto folder = TempFolder::create();
  if (!folder) return std::unexpected(folder.error());
  pin(kClientCore);
  Figures figures;
  for (int run = 1; run <= options.runs; ++run) {
    if (isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "run %d of %d\n", run, options.runs);
    TUTTI_TRY(measure_echo(options, folder->path(), figures));
    TUTTI_TRY(measure_tls(options, folder->path(), figures));
    TUTTI_TRY(measure_broadcast(options, folder->path(), figures));
    TUTTI_TRY(measure_idle(options, folder->path(), figures));
  }
  Report report{"ws", rows_of(options, figures), {}};
  report.notes = {fmt::format("CPU time of the server process (user and kernel), medians of {} "
                              "runs; the server on one core, the client",
                              options.runs),
                  "in a process of its own on another; clear text, no deflate; memory is RssAnon "
                  "of the whole server.",
                  "Echo: {\"op\":\"echo\",\"id\":N,\"text\":64 bytes}; ws does JSON.parse and "
                  "JSON.stringify. 1 in all: the server sleeps after",
                  "each, so that this is mostly what sleeping and waking cost on this machine; the "
                  "others keep it busy.",
                  "Bare: epoll_wait, recv and send of the same frames, unread: what the kernel "
                  "alone costs on this machine.",
                  "Broadcast: deltas of the topic `server`, about 4 a second, which a connection "
                  "that comes and goes sets off, less what",
                  "that costs with nobody subscribed; bare send: a loop of send() of as many "
                  "bytes, at the same pace, to as many sockets."};
  return report;
}

#undef TUTTI_TRY

}  // namespace tutti::bench
