#include "sim/world/network.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace tutti::world {
namespace {
// What TCP needs to notice that a piece was lost and to send it again (RFC 6298: at least 200 ms in
// practice, doubled when that is lost too).
constexpr Micros kResendLeast = 200'000;
constexpr Micros kResendMost = 1'600'000;
}  // namespace

void Network::Pipe::clear() {
  bytes.clear();
  pieces.clear();
  taken = arrived = first = 0;
  last_at = busy_until = 0;
  shut = ended = wants_room = false;
}

Network::Link* Network::find(std::uint32_t slot, std::uint64_t generation) {
  if (slot >= links_.size()) return nullptr;
  Link& link = links_[slot];
  return link.used && link.generation == generation ? &link : nullptr;
}

LinkId Network::nth(std::size_t n) const {
  for (std::uint32_t slot = 0; slot < links_.size(); ++slot) {
    if (links_[slot].used && n-- == 0) return {slot, links_[slot].generation};
  }
  return {};
}

Micros Network::travel(const Link& link) {
  Micros extra = link.path.jitter > 0 ? sim_.between(0, link.path.jitter, "jitter") : 0;
  if (sim_.once_in(link.path.loss, "loss"))
    extra += sim_.between(kResendLeast, kResendMost, "resend");
  return link.path.latency + extra;
}

LinkId Network::connect(const Path& path, std::uint32_t owner) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(links_.size()));
    links_.emplace_back();
  }
  std::uint32_t slot = free_.back();
  free_.pop_back();
  Link& link = links_[slot];
  for (Pipe& each : link.pipe) each.clear();  // keeps its memory for the slot's next link
  link.generation = ++made_;
  link.owner = owner;
  link.path = path;
  link.closed = {};
  link.accepted = link.silent = false;
  link.stalled_until = 0;
  link.used = true;
  ++open_;
  sim_.after(travel(link), What::syn, slot, link.generation);
  return {slot, link.generation};
}

void Network::arrive_syn(Link& link, LinkId id) {
  auto client = static_cast<std::size_t>(Side::client);
  link.closed[1 - client] = true;  // until it is accepted
  if (link.closed[client]) return side_done(link, id, Side::client);
  if (link.silent || !ends_.host_is_up()) return;
  if (!ends_.listening()) return sim_.after(travel(link), What::refused, id.slot, id.generation);
  link.closed[1 - client] = false;
  sim_.after(travel(link), What::connected, id.slot, id.generation);
  Micros accept = link.path.accept_least;
  if (link.path.accept_most > accept)
    accept = sim_.between(accept, link.path.accept_most, "accept");
  if (accept >= 50'000) sim_.witness(Witness::slow_accept);
  sim_.after(accept, What::accepted, id.slot, id.generation);
}

std::size_t Network::send(LinkId id, Side from, ByteView bytes) {
  Link* link = find(id);
  if (link == nullptr) return bytes.size();  // into nothing, as a socket that does not know it yet
  Pipe& to = pipe(*link, from);
  INVARIANT(!to.shut);
  std::size_t room = link->path.window - std::min(link->path.window, to.held());
  std::size_t taken = std::min(room, bytes.size());
  to.wants_room = taken < bytes.size();
  to.bytes += as_text(bytes.first(taken));
  for (std::size_t left = taken; left > 0;) {
    std::size_t size = std::min(left, link->path.piece);
    put(*link, id, from, size, false);
    left -= size;
  }
  return taken;
}

// One piece sets out. It never overtakes the one before.
void Network::put(Link& link, LinkId id, Side from, std::size_t size, bool end) {
  Pipe& to = pipe(link, from);
  to.busy_until = std::max(to.busy_until, sim_.now);
  if (link.path.rate > 0) to.busy_until += static_cast<Micros>(size) * kSecond / link.path.rate;
  Micros at = std::max({to.last_at, to.busy_until + travel(link), link.stalled_until});
  to.last_at = at;
  to.pieces.push_back({at, size, end});
  What what = from == Side::client ? What::to_server : What::to_client;
  sim_.agenda.add(at, what, id.slot, id.generation);
}

void Network::arrive(Link& link, LinkId id, Side to) {
  Pipe& from = pipe(link, other(to));
  if (link.silent) return;
  if (sim_.now < link.stalled_until) {
    What what = to == Side::server ? What::to_server : What::to_client;
    return sim_.agenda.add(link.stalled_until, what, id.slot, id.generation);
  }
  bool gone = link.closed[static_cast<std::size_t>(to)];
  if (gone && to == Side::server && !ends_.host_is_up())  // sent again until somebody answers
    return sim_.after(kResendMost, What::to_server, id.slot, id.generation);
  Piece piece = from.pieces[from.first++];
  if (from.first == from.pieces.size()) from.pieces.clear(), from.first = 0;
  sim_.trace.note(piece.end ? "end" : "bytes", piece.size);
  if (gone) {
    // Nobody is there to take it: the kernel answers with a reset.
    return tell_broken(id, other(to), travel(link));
  }
  sim_.trace.bytes(as_bytes(std::string_view(from.bytes)).subspan(from.arrived, piece.size));
  from.arrived += piece.size;
  from.ended = from.ended || piece.end;
  bytes_moved_ += piece.size;
  if (to == Side::server && !link.accepted) return;  // waits in the backlog
  ends_.readable(id, to);
}

std::size_t Network::read(LinkId id, Side at, std::size_t most, std::string& to) {
  to.clear();
  Link* link = find(id);
  if (link == nullptr) return 0;
  Pipe& from = pipe(*link, other(at));
  std::size_t size = std::min(most, from.arrived - from.taken);
  to.assign(from.bytes, from.taken, size);
  from.taken += size;
  if (from.taken == from.bytes.size()) {
    from.bytes.clear();
    from.taken = from.arrived = 0;
  } else if (from.taken > 64 * 1024 && from.taken > from.bytes.size() / 2) {
    from.bytes.erase(0, from.taken);
    from.arrived -= from.taken;
    from.taken = 0;
  }
  if (size > 0 && from.wants_room && from.held() <= link->path.window / 2) {
    from.wants_room = false;
    What what = at == Side::client ? What::server_room : What::client_room;
    sim_.after(travel(*link), what, id.slot, id.generation);
  }
  return size;
}

std::size_t Network::unread(LinkId id, Side at) const {
  const Link* link = find(id);
  if (link == nullptr) return 0;
  const Pipe& from = link->pipe[static_cast<std::size_t>(other(at))];
  return from.arrived - from.taken;
}

bool Network::at_end(LinkId id, Side at) const {
  const Link* link = find(id);
  if (link == nullptr) return true;
  const Pipe& from = link->pipe[static_cast<std::size_t>(other(at))];
  return from.ended && from.arrived == from.taken;
}

void Network::read_later(LinkId id, Side at, Micros delay) {
  sim_.after(delay, at == Side::server ? What::server_reads : What::client_reads, id.slot,
             id.generation);
}

void Network::shut(LinkId id, Side from) {
  Link* link = find(id);
  if (link == nullptr || pipe(*link, from).shut) return;
  pipe(*link, from).shut = true;
  put(*link, id, from, 0, true);
}

void Network::close(LinkId id, Side from) {
  Link* link = find(id);
  if (link == nullptr || link->closed[static_cast<std::size_t>(from)]) return;
  bool rude = unread(id, from) > 0;
  if (rude) tell_broken(id, other(from), link->silent ? kForever : travel(*link));
  else shut(id, from);
  side_done(*link, id, from);
}

void Network::forget(LinkId id, Side side) {
  Link* link = find(id);
  if (link != nullptr && !link->closed[static_cast<std::size_t>(side)]) side_done(*link, id, side);
}

// The slot is free when both sides are done; what is still under way then finds nothing.
void Network::side_done(Link& link, LinkId id, Side side) {
  link.closed[static_cast<std::size_t>(side)] = true;
  if (!link.closed[0] || !link.closed[1]) return;
  link.used = false;
  --open_;
  free_.push_back(id.slot);
}

void Network::tell_broken(LinkId id, Side side, Micros delay) {
  if (delay >= kForever) return;
  sim_.after(delay, side == Side::server ? What::server_broken : What::client_broken, id.slot,
             id.generation);
}

void Network::break_side(Link& link, LinkId id, Side side) {
  if (link.silent || link.closed[static_cast<std::size_t>(side)]) return;
  bool known = side == Side::client || link.accepted;
  side_done(link, id, side);
  if (known) ends_.broken(id, side);
}

void Network::reset(LinkId id) {
  Link* link = find(id);
  if (link == nullptr) return;
  tell_broken(id, Side::client, sim_.between(1, 2000, "reset to client"));
  tell_broken(id, Side::server, sim_.between(1, 2000, "reset to server"));
}

void Network::silence(LinkId id) {
  if (Link* link = find(id)) link->silent = true;
}

void Network::stall(LinkId id, Micros until) {
  if (Link* link = find(id)) link->stalled_until = std::max(link->stalled_until, until);
}

void Network::heal() {
  for (Link& link : links_) {
    link.path.loss = 0;
    link.path.jitter = std::min<Micros>(link.path.jitter, 1000);
  }
}

void Network::handle(const Event& event) {
  Link* link = find(event.a, event.b);
  if (link == nullptr) return;
  LinkId id{event.a, event.b};
  bool client_gone = link->closed[static_cast<std::size_t>(Side::client)];
  bool server_gone = link->closed[static_cast<std::size_t>(Side::server)];
  switch (event.what) {
    case What::syn: return arrive_syn(*link, id);
    case What::accepted:
      if (server_gone) return;
      if (!ends_.listening()) {  // the backlog went with its listener
        side_done(*link, id, Side::server);
        return tell_broken(id, Side::client, 1);
      }
      // Also when its client has fallen silent meanwhile: the kernel cannot know.
      link->accepted = true;
      return ends_.accepted(id);
    case What::connected:
      if (!client_gone && !link->silent) ends_.connected(id);
      return;
    case What::refused:
      if (client_gone) return;
      side_done(*link, id, Side::client);
      return ends_.refused(id);
    case What::to_server: return arrive(*link, id, Side::server);
    case What::to_client: return arrive(*link, id, Side::client);
    case What::server_room:
      if (!server_gone && !link->silent) ends_.writable(id, Side::server);
      return;
    case What::client_room:
      if (!client_gone && !link->silent) ends_.writable(id, Side::client);
      return;
    case What::server_broken: return break_side(*link, id, Side::server);
    case What::client_broken: return break_side(*link, id, Side::client);
    case What::server_reads:
      if (!server_gone && link->accepted) ends_.readable(id, Side::server);
      return;
    case What::client_reads:
      if (!client_gone) ends_.readable(id, Side::client);
      return;
    default: return;
  }
}

}  // namespace tutti::world
