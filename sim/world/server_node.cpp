#include "sim/world/server_node.hpp"

#include <algorithm>
#include <functional>

#include "core/base/check.hpp"

namespace tutti::world {
namespace {
constexpr Micros kStopTime = 5 * kSecond;
constexpr std::size_t kViews = 64;  // of one write
// 2026-01-01T00:00:00Z, and a machine that was started a while ago.
constexpr std::int64_t kWallZero = 1'767'225'600'000'000;
constexpr std::int64_t kMonoZero = 1'000'000'000;

MutableBytes bytes_of(std::string& text) {
  return {reinterpret_cast<std::byte*>(text.data()), text.size()};
}
live::Peer peer_of(std::uint32_t number) {
  live::Peer peer;
  peer.kind = live::Peer::Kind::remote;
  peer.address[10] = peer.address[11] = std::byte{0xff};
  peer.address[12] = std::byte{10};
  for (std::size_t i = 0; i < 3; ++i)
    peer.address[13 + i] = static_cast<std::byte>(number >> (16 - 8 * i));
  peer.port = 40'000;
  return peer;
}
}  // namespace

Result<auth::Identity> AccountByHost::authenticate(const auth::Credentials& c, Now) const {
  if (c.host.starts_with("nobody")) return fail(Code::unauthenticated, "nobody knows you");
  return auth::Identity{AccountId{hash_mix(std::hash<std::string_view>{}(c.host)) | 1}, false};
}

char file_byte(std::uint64_t offset) { return static_cast<char>('a' + offset * 7 / 11 % 26); }

ServerNode::ServerNode(Sim& sim, Network& network, Disk& disk, const ServerOptions& options)
    : sim_(sim),
      network_(network),
      disk_(disk),
      options_(options),
      clock_(kMonoZero, 0, kWallZero),
      random_(sim.stream()),
      edges_(options.edges),
      armed_(options.edges + std::size_t{1}, kForever),
      deadlines_(options.edges + std::size_t{1}, kNever) {
  for (std::uint64_t i = 0; i < kFileBytes; ++i) file_ += file_byte(i);
}

ServerNode::~ServerNode() = default;

void ServerNode::start() {
  INVARIANT(!up());
  powered_ = true;
  ++incarnation_;
  ++counters_.starts;
  stopping_ = false;
  clock_.drift(sim_.now, ppm_);
  for (const std::string& name : disk_.list(kBackupFolder)) {
    if (!is_backup_name(name)) (void)disk_.remove(std::string(kBackupFolder) + "/" + name);
  }
  hub::HouseConfig config;
  config.version = "simulated";
  config.edges = options_.edges;
  config.connections_per_account = options_.connections_per_account;
  if (options_.trusts_proxies) config.trusted_proxies = {wire::parse_network("10.0.0.0/8").value()};
  config.files.push_back(
      {kFileRoute, kFileRoute, "text/javascript", "\"one\"", kFileBytes, "no-cache"});
  house_ = std::make_unique<hub::House>(std::move(config), by_host_, random_, time());
  for (std::uint16_t e = 0; e < options_.edges; ++e) {
    edges_[e] = EdgeUnit{};
    edges_[e].edge = std::make_unique<live::Edge>(live::EdgeConfig{
        .index = e, .held_bytes = options_.held_bytes, .deflate = options_.deflate});
  }
}

void ServerNode::set_health(bool good) {
  if (!up()) return;
  house_->set_health(good ? std::nullopt : std::optional(Error{Code::io, "the disk is sick"}));
}

void ServerNode::stop_in_order() {
  if (!listening()) return;
  stopping_ = true;
  house_->shut_down(time());
  collect_house();
  sim_.after(kStopTime, What::stop_over, 0, incarnation_);
  end_if_quiet();
}

void ServerNode::end_if_quiet() {
  if (!stopping_ || house_ == nullptr || house_->links() > 0 || open_ > 0) return;
  sim_.witness(Witness::stopped_in_order);
  end(false);
}

void ServerNode::lose_power() {
  if (backup_running()) sim_.witness(Witness::power_in_backup);
  sim_.witness(Witness::power_lost);
  if (up()) end(true);
  powered_ = false;
  disk_.lose_power();
  check_backups();
}

// The process is gone, and its sockets with it: closed by the kernel, or with the kernel.
void ServerNode::end(bool power) {
  for (EdgeUnit& unit : edges_) {
    for (Sock& sock : unit.socks) {
      if (!sock.open) continue;
      if (power) network_.forget(sock.link, Side::server);
      drop_socket(sock);
    }
    unit = EdgeUnit{};
  }
  INVARIANT(open_ == 0);
  house_.reset();
  jobs_.clear();
  backups_running_ = 0;
  live_by_client_.clear();
  std::fill(armed_.begin(), armed_.end(), kForever);
  std::fill(deadlines_.begin(), deadlines_.end(), kNever);
  stopping_ = false;
}

// ---- sockets, as EdgeServer keeps them ----

ServerNode::Sock* ServerNode::find(EdgeUnit& unit, Handle handle) {
  if (handle.slot >= unit.socks.size()) return nullptr;
  Sock& sock = unit.socks[handle.slot];
  return sock.open && sock.handle == handle ? &sock : nullptr;
}

ServerNode::Sock* ServerNode::sock_of(LinkId link, std::uint16_t* edge) {
  if (!up() || link.slot >= places_.size()) return nullptr;
  const Place& place = places_[link.slot];
  if (place.generation != link.generation) return nullptr;
  *edge = place.edge;
  Sock* sock = find(edges_[place.edge], place.handle);
  return sock != nullptr && sock->link == link ? sock : nullptr;
}

void ServerNode::drop_socket(Sock& sock) {
  network_.close(sock.link, Side::server);
  sock.open = false;
  --open_;
}

void ServerNode::accepted(LinkId link) {
  auto e = static_cast<std::uint16_t>(sim_.draw(options_.edges, "edge"));
  EdgeUnit& unit = edges_[e];
  Handle handle = unit.edge->opened(peer_of(network_.owner(link)), time());
  if (unit.socks.size() <= handle.slot) unit.socks.resize(handle.slot + std::size_t{1});
  Sock& sock = unit.socks[handle.slot];
  // Its Drop is still to come and finds nothing then.
  if (sock.open) drop_socket(sock);
  sim_.require(!sock.known || sock.closed, "a slot is used again before its Closed", handle.slot);
  sock = Sock{handle, link, true};
  ++open_;
  ++counters_.accepted;
  if (places_.size() <= link.slot) places_.resize(link.slot + std::size_t{1});
  places_[link.slot] = {link.generation, e, handle};
  collect(e);
  if (network_.unread(link, Side::server) > 0 || network_.at_end(link, Side::server))
    network_.read_later(link, Side::server, 1);
}

void ServerNode::readable(LinkId link) {
  std::uint16_t e = 0;
  Sock* sock = sock_of(link, &e);
  if (sock == nullptr || sock->paused || sock->eof) return;
  EdgeUnit& unit = edges_[e];
  if (unit.up.size() >= limits::kPlaneQueue) return network_.read_later(link, Side::server, 1000);
  std::size_t most = options_.read_most;
  if (most < limits::kReadPerTurn)
    most = static_cast<std::size_t>(sim_.between(1, static_cast<Micros>(most), "read"));
  if (network_.read(link, Side::server, most, scratch_) > 0) {
    sock->heard = true;
    Handle handle = sock->handle;
    unit.edge->received(handle, bytes_of(scratch_), time());
    collect(e);
    bool more = network_.unread(link, Side::server) > 0 || network_.at_end(link, Side::server);
    if (more && find(unit, handle) != nullptr) network_.read_later(link, Side::server, 20);
  } else if (network_.at_end(link, Side::server)) {
    sock->eof = true;
    unit.edge->ended(sock->handle, time());
    collect(e);
  }
}

void ServerNode::writable(LinkId link) {
  std::uint16_t e = 0;
  Sock* sock = sock_of(link, &e);
  if (sock == nullptr) return;
  sock->blocked = false;
  flush(e, *sock);
  collect(e);
}

void ServerNode::broken(LinkId link) {
  std::uint16_t e = 0;
  Sock* sock = sock_of(link, &e);
  if (sock == nullptr) return;
  edges_[e].edge->broken(sock->handle, time());
  collect(e);
}

void ServerNode::flush(std::uint16_t e, Sock& sock) {
  live::Edge& edge = *edges_[e].edge;
  while (sock.open && !sock.blocked) {
    views_.clear();
    edge.transmit(sock.handle, time(), limits::kStagedBytes, views_);
    if (views_.empty()) return;
    sim_.require(!sock.half_closed, "bytes after the half close", sock.link.slot);
    sim_.require(sock.heard || sock.addressed, "bytes before anything was asked", sock.link.slot);
    std::size_t total = 0;
    std::size_t taken = 0;
    std::size_t count = std::min(views_.size(), kViews);
    for (std::size_t i = 0; i < count; ++i) {
      total += views_[i].size();
      if (taken + views_[i].size() < total) continue;  // the one before was not taken whole
      taken += network_.send(sock.link, Side::server, views_[i]);
    }
    sim_.trace.note("sent", taken);
    edge.wrote(sock.handle, taken, time());
    if (taken < total) sock.blocked = true;
    if (count == kViews || total >= limits::kStagedBytes) continue;
    return;
  }
}

void ServerNode::effect(std::uint16_t e, const live::EdgeEffect& effect) {
  EdgeUnit& unit = edges_[e];
  Handle handle = std::visit([](const auto& what) { return what.conn; }, effect);
  if (const auto* block = std::get_if<live::ReadBlock>(&effect)) {
    std::uint32_t slot = new_job();
    jobs_[slot].block = *block;
    jobs_[slot].edge = e;
    return sim_.after(sim_.between(50, 3000, "block"), What::job, slot, incarnation_);
  }
  Sock* sock = find(unit, handle);
  if (sock == nullptr) return;
  switch (effect.index()) {
    case 0: return flush(e, *sock);  // WantWrite
    case 1: sock->paused = true; return;
    case 2: sock->paused = false; return network_.read_later(sock->link, Side::server, 1);
    case 3:
      sock->half_closed = true;
      network_.shut(sock->link, Side::server);
      if (sock->eof) unit.edge->broken(handle, time());  // both sides are done
      return;
    default: drop_socket(*sock);
  }
}

// The end of a turn: everything the edge wants done outside.
void ServerNode::pump(std::uint16_t e) {
  EdgeUnit& unit = edges_[e];
  unit.pump_due = false;
  for (std::size_t n = unit.effects.size(); n > 0; --n) effect(e, unit.effects.pop());
  collect(e);
  end_if_quiet();
}

}  // namespace tutti::world
