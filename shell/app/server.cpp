#include "shell/app/server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "core/base/check.hpp"
#include "shell/app/log.hpp"
#include "shell/app/metrics.hpp"
#include "shell/app/static_files.hpp"

namespace tutti::shell {
namespace {

constexpr Duration kTurn = millis(1);
constexpr Duration kStopTime = seconds(3);
constexpr Duration kHealthEvery = seconds(10);
constexpr std::uint16_t kPorts[] = {8927, 8937, 8947};
// Descriptors that are not connections: databases, epoll, files that are being served, the
// libraries' own.
constexpr std::size_t kReservedDescriptors = 128;

Result<Bytes> read_file_block(const live::ReadBlock& block) {
  Descriptor fd(::open(block.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(Code::io, "cannot open " + block.path);
  std::string bytes(block.size, '\0');
  ssize_t n = ::pread(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(block.offset));
  if (n <= 0) return fail(Code::io, "cannot read " + block.path);
  bytes.resize(static_cast<std::size_t>(n));
  return Bytes(std::move(bytes));
}

// With SO_REUSEPORT the kernel would let a second server share the port: without it first, whoever
// holds it is noticed.
Result<Listening> listen_alone(const std::string& host, std::uint16_t port, bool shared) {
  if (shared && port != 0) {
    if (auto alone = listen_tcp(host, port, false); !alone) return alone;
  }
  return listen_tcp(host, port, shared);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::create(const Config& config) {
  for (const std::string& folder : config.music) {
    if (::access(folder.c_str(), R_OK | X_OK) != 0) {
      return fail(Code::bad_request, "the music folder " + folder + " cannot be read",
                  "--music wants a folder that exists and that this user may read");
    }
  }
  if (auto outside = check_outside(config.data, config.music); !outside)
    return std::unexpected(outside.error());
  auto data = DataDir::lock(config.data);
  if (!data) return std::unexpected(data.error());
  auto store = Store::open(*data, {.program = build_info().version});
  if (!store) return std::unexpected(store.error());
  auto reader = store->open_reader();
  if (!reader) return std::unexpected(reader.error());
  auto local = store->local_account();
  if (!local) return std::unexpected(local.error());
  std::unique_ptr<Server> server(
      new Server(config, std::move(*data), std::move(*store), std::move(*reader), local->account));
  auto music = MusicUnit::create(server->loop_, server->store_, config.music,
                                 server->data_.path() + "/cache");
  if (!music) return std::unexpected(music.error());
  server->music_ = std::move(*music);
  if (auto ok = server->open_tls(); !ok) return std::unexpected(ok.error());
  if (auto ok = server->listen(); !ok) return std::unexpected(ok.error());
  return server;
}

Server::Server(const Config& config, DataDir data, Store store, StoreReader reader, AccountId local)
    : config_(config),
      data_(std::move(data)),
      authenticator_(local),
      store_(std::move(store)),
      reader_(std::move(reader)) {
  notes_ = store_.warnings();
  std::size_t descriptors = raise_descriptor_limit();
  max_connections_ =
      descriptors > 2 * kReservedDescriptors ? descriptors - kReservedDescriptors : descriptors / 2;
  reader_->hand_over();
}

Server::~Server() {
  others_.clear();  // threads end before what they use
  music_.reset();
  bulk_.reset();
  reads_.reset();
  files_.reset();
  reader_.reset();
}

Result<void> Server::open_tls() {
  if (config_.tls == TlsMode::off && config_.cert.empty()) return {};
  auto context = config_.cert.empty() ? TlsContext::self_signed(data_.path())
                                      : TlsContext::from_files(config_.cert, config_.key);
  if (!context) return std::unexpected(context.error());
  tls_ = std::move(*context);
  fingerprint_ = tls_->fingerprint();
  return {};
}

// A port of one's own choice or none; without one the next free of three will do, said in one line.
Result<Listening> Server::choose_port() {
  bool shared = config_.edges > 1;
  auto named = [](std::uint16_t port) {
    std::string holder = port_holder(port);
    return fmt::format("port {} is in use{}{}", port, holder.empty() ? "" : " by ", holder);
  };
  if (config_.port) {
    auto listening = listen_alone(config_.host, *config_.port, shared);
    if (!listening && listening.error().code == Code::in_use)
      listening.error().text = named(*config_.port);
    return listening;
  }
  Result<Listening> listening = fail(Code::internal, "no port was tried");
  for (std::uint16_t port : kPorts) {
    listening = listen_alone(config_.host, port, shared);
    if (listening || listening.error().code != Code::in_use) break;
  }
  if (listening && listening->port != kPorts[0])
    notes_.push_back(named(kPorts[0]) + fmt::format("; using {}", listening->port));
  return listening;
}

Result<void> Server::listen() {
  auto listening = choose_port();
  if (!listening) return std::unexpected(listening.error());
  port_ = listening->port;
  auto edges = static_cast<std::uint16_t>(config_.edges);
  std::size_t share = std::max<std::size_t>(1, max_connections_ / edges);
  live::EdgeConfig edge{.index = 0, .message_bytes = config_.limits.message_bytes};
  first_ = std::make_unique<EdgeUnit>(loop_, edge, tls_.get(), share);
  if (auto ok = first_->net.add(std::move(*listening)); !ok) return ok;
  auto control = listen_unix(data_.path(), kControlSocket);
  if (!control) return std::unexpected(control.error());
  if (auto ok = first_->net.add(std::move(*control), true); !ok) return ok;
  for (edge.index = 1; edge.index < edges; ++edge.index) {
    std::size_t at = edge.index - 1U;
    auto deliver = [this, at](EdgeThread::Ups ups) {
      loop_.post([this, at, ups = std::make_shared<EdgeThread::Ups>(std::move(ups))] {
        Now now = clock_now();
        for (live::Up& up : *ups) house_->handle(std::move(up), now);
        others_[at]->taken(ups->size());
      });
    };
    auto other = std::make_unique<EdgeThread>(edge, tls_.get(), share, deliver);
    auto more = listen_tcp(config_.host, port_, true);
    if (!more) return std::unexpected(more.error());
    if (auto ok = other->unit().net.add(std::move(*more)); !ok) return ok;
    others_.push_back(std::move(other));
  }
  return {};
}

void Server::start() {
  hub::HouseConfig house;
  house.version = build_.version;
  house.commit = build_.commit;
  house.core_hash = build_.core_hash;
  house.edges = static_cast<std::uint16_t>(config_.edges);
  house.max_connections = max_connections_;
  house.unauthenticated_per_address = static_cast<int>(config_.limits.unauthenticated_per_address);
  house.connections_per_account = static_cast<int>(config_.limits.connections_per_account);
  for (const std::string& proxy : config_.trusted_proxies)
    house.trusted_proxies.push_back(*wire::parse_network(proxy));
  house.files = static_files(config_.web);
  if (house.files.empty())
    log_line(LogLevel::warn, "web.missing folder=" + quoted(web_folder(config_.web)));
  house.music.emplace();
  house.music->edit_tags = config_.edit_tags;
  if (auto groups = music_->groups()) house.music->groups = std::move(*groups);
  else log_line(LogLevel::error, "groups.unreadable why=" + quoted(groups.error().text));
  house_ = std::make_unique<hub::House>(std::move(house), authenticator_, random_, clock_now());
  music_->start(*house_);
  files_ = std::make_unique<Lane>(loop_, "files", 2);
  reads_ = std::make_unique<Lane>(loop_, "store", 1);
  bulk_ = std::make_unique<Lane>(loop_, "bulk", 1);
  auto log = [](std::string line) { log_line(LogLevel::warn, line); };
  first_->net.on_log(log);
  first_->net.on_may_read([this] { return !first_->edge.is_behind(); });
  first_->net.on_read_block(
      [this](live::ReadBlock block) { read_block(*first_, false, std::move(block)); });
  for (auto& other : others_) {
    EdgeUnit& unit = other->unit();
    unit.net.on_log(log);
    // Jobs are the house's loop to submit; the block goes back to the edge's own.
    unit.net.on_read_block([this, &unit](live::ReadBlock block) {
      loop_.post([this, &unit, block = std::move(block)] { read_block(unit, true, block); });
    });
    other->start();
  }
  // From here on a signal ends the server in order, also one that comes before the first turn.
  loop_.on_signal(SIGTERM, [this] { stop(); });
  loop_.on_signal(SIGINT, [this] { stop(); });
}

void Server::run() {
  loop_.on_turn([this](Now now) { return turn(now); });
  loop_.on_long_turn([this](std::int64_t us) {
    log_line(LogLevel::info, fmt::format("loop.long_turn us={} values_up={} inbox={}", us,
                                         last_ups_, loop_.inbox_depth()));
  });
  loop_.run();
  log_line(LogLevel::info, "server.stopped");
}

void Server::stop() {
  if (stop_by_) return loop_.stop();  // a second signal means now
  log_line(LogLevel::info, "server.stopping");
  stop_by_ = clock_now().mono + kStopTime;
  first_->net.stop_accepting();
  house_->shut_down(clock_now());
}

// House and first edge until neither has anything for the other; then the sockets.
bool Server::turn(Now now) {
  route(now);
  bool more = first_->net.pump(now, now.mono + kTurn);
  if (first_->edge.has_up()) route(now);
  for (Lane* lane : {files_.get(), reads_.get(), bulk_.get()}) {
    if (lane->deadline() <= now.mono) lane->tick(now.mono);
  }
  music_->turn(now);
  if (now.mono >= health_at_) check_health();
  bool quiet = house_->links() == 0 && first_->net.open() == 0;
  if (stop_by_ && (quiet || now.mono >= *stop_by_)) loop_.stop();
  loop_.set_deadline(deadline());
  return more;
}

void Server::route(Now now) {
  live::Edge& edge = first_->edge;
  std::size_t ups = 0;
  edge.fire(now);
  do {
    while (auto up = edge.poll_up()) {
      house_->handle(std::move(*up), now);
      ++ups;
    }
    house_->fire(now);
    effects();
    while (auto down = house_->poll_down(0)) edge.handle(std::move(*down), now);
  } while (edge.has_up());
  for (std::size_t i = 0; i < others_.size(); ++i) {
    std::vector<live::Down> downs;
    while (auto down = house_->poll_down(static_cast<std::uint16_t>(i + 1)))
      downs.push_back(std::move(*down));
    if (!downs.empty()) others_[i]->send(std::move(downs));
  }
  if (ups > 0) last_ups_ = ups;
}

ServerTime Server::deadline() const {
  ServerTime at = std::min({first_->edge.deadline(), house_->deadline(), files_->deadline(),
                            reads_->deadline(), bulk_->deadline(), music_->deadline(), health_at_});
  return stop_by_ ? std::min(at, *stop_by_) : at;
}

void Server::effects() {
  while (auto effect = house_->poll()) {
    if (auto* line = std::get_if<hub::LogLine>(&*effect)) {
      log_line(LogLevel::info, line->text);
      continue;
    }
    if (music_->perform(*effect)) continue;
    auto& request = std::get<hub::JobRequest>(*effect);
    if (auto* metrics = std::get_if<hub::MetricsJob>(&request.work))
      house_->done({request.token, metrics->text + shell_metrics()}, clock_now());
    else backup(request.token, std::get<hub::BackupJob>(request.work));
  }
}

void Server::backup(JobToken token, const hub::BackupJob& job) {
  auto failed = [this, token](Error error) {
    house_->done({token, std::unexpected(std::move(error))}, clock_now());
  };
  std::string file = job.file.value_or("");
  if (file.empty()) {
    auto folder = data_.backups();
    if (!folder) return failed(folder.error());
    file = *folder + "/tutti-" + utc_text(clock_now().wall, true) + "-" +
           id_text(random_.bits()).substr(9) + ".db";
  }
  log_line(LogLevel::info, "backup.begin file=" + quoted(file));
  auto run = [this, token, file,
              overwrite = job.overwrite](const Cancelled& cancelled) -> Completion {
    BackupOptions options;
    options.overwrite = overwrite;
    options.progress = [&](const CopyProgress&) { return !cancelled; };
    auto made = make_backup(data_.path(), file, build_.version, options);
    return [this, token, made = std::move(made)] {
      if (!made) return house_->done({token, std::unexpected(made.error())}, clock_now());
      house_->done({token, api::BackupCreated{made->file, made->bytes, made->schema_version,
                                              utc_text(made->created_at)}},
                   clock_now());
    };
  };
  auto submitted = bulk_->submit({token, seconds(3600), std::move(run), failed});
  if (!submitted) failed(submitted.error());
}

void Server::read_block(EdgeUnit& unit, bool elsewhere, live::ReadBlock block) {
  auto deliver = [&unit, elsewhere, conn = block.conn,
                  serial = block.serial](const Result<Bytes>& bytes) {
    auto hand_in = [&unit, conn, serial, bytes] {
      unit.edge.file_block(conn, serial, bytes, clock_now());
    };
    if (elsewhere) unit.loop.post(hand_in);
    else hand_in();
  };
  if (block.stream) return music_->read_stream(block, deliver);
  auto run = [block = std::move(block), deliver](const Cancelled&) -> Completion {
    return [deliver, bytes = read_file_block(block)] { deliver(bytes); };
  };
  auto failed = [deliver](Error error) { deliver(std::unexpected(std::move(error))); };
  auto submitted = files_->submit({random_.id<JobToken>(), seconds(20), std::move(run), failed});
  if (!submitted) failed(submitted.error());
}

void Server::check_health() {
  health_at_ = clock_now().mono + kHealthEvery;
  if (health_asked_) return;
  health_asked_ = true;
  auto told = [this](const std::optional<Error>& error) {
    health_asked_ = false;
    if (error) log_line(LogLevel::error, "store.unhealthy why=" + quoted(error->text));
    house_->set_health(error);
  };
  auto run = [this, told](const Cancelled&) -> Completion {
    auto health = reader_->check_health();
    reader_->hand_over();  // the next check may be another worker's
    return [told, health] { told(health ? std::nullopt : std::optional(health.error())); };
  };
  auto submitted = reads_->submit(
      {random_.id<JobToken>(), seconds(5), run, [told](Error error) { told(error); }});
  if (!submitted) told(submitted.error());
}

std::string Server::shell_metrics() const {
  MetricsText out;
  out.process();
  out.histogram("tutti_loop_turn_us", "Work per turn of the house's loop, microseconds.", "",
                loop_.turn_us());
  out.histogram("tutti_loop_lag_us", "How late the loop came to its deadlines, microseconds.", "",
                loop_.lag_us());
  out.number("tutti_inbox_depth", "gauge", "Results found waiting at the last look.",
             loop_.inbox_depth());
  out.number("tutti_refused_full_total", "counter", "Sockets refused for want of descriptors.",
             first_->net.counters().refused_full);
  std::vector<const Lane*> lanes{files_.get(), reads_.get(), bulk_.get()};
  for (const Lane* lane : music_->lanes()) lanes.push_back(lane);
  for (const Lane* lane : lanes)
    out.histogram("tutti_lane_wait_us", "How long jobs waited for a worker, microseconds.",
                  "lane=\"" + lane->name() + "\"", lane->wait_us());
  for (const Lane* lane : lanes)
    out.number("tutti_lane_waiting", "gauge", "Jobs that wait for a worker.", lane->waiting(),
               "lane=\"" + lane->name() + "\"");
  for (const Lane* lane : lanes)
    out.number("tutti_lane_stuck", "gauge", "Workers lost to jobs past their deadline.",
               static_cast<std::uint64_t>(lane->stuck()), "lane=\"" + lane->name() + "\"");
  return out.text();
}

}  // namespace tutti::shell
