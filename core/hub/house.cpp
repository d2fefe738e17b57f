#include "core/hub/house.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace tutti::hub {
namespace {
constexpr std::size_t kQueue = std::size_t{1} << 22;  // a turn's values; drained each turn
constexpr std::uint16_t kHouseMachine = 3;
constexpr TimerKey kTopicTimer{kHouseMachine, 0, 0};
// How often the numbers of the `server` topic change at most.
constexpr Duration kTopicPace = millis(250);

std::string address_key(const wire::Address& address) {
  return std::string(as_text(ByteView(address)));
}
}  // namespace

House::House(HouseConfig config, const auth::Authenticator& authenticator, Random& random, Now now,
             Recorder* recorder)
    : config_(std::move(config)),
      authenticator_(authenticator),
      random_(random),
      started_(now),
      links_(recorder),
      registry_(recorder),
      effects_(kQueue),
      groups_(random, recorder),
      streams_(random, recorder),
      cache_(limits::kQueryCacheBytes, limits::kQueryCacheEntry, recorder),
      recorder_(recorder) {
  api::add_server_operations(operations_);
  if (config_.music) api::add_library_operations(operations_);
  if (config_.music) api::add_play_operations(operations_);
  if (config_.music) api::add_stream_operations(operations_);
  for (std::uint16_t i = 0; i < config_.edges; ++i) down_.emplace_back(kQueue);
  topics_.emplace_back("server", random_.id<FeedId>(),
                       Json::object({{"version", Json(config_.version)},
                                     {"started_at", Json(utc_text(now.wall))},
                                     {"connections", Json(0)}}));
  if (config_.music) {
    for (const char* name : {"library", "playback", "queue"})
      topics_.emplace_back(name, random_.id<FeedId>(), Json::object());
  }
  readers_.assign(topics_.size(), std::vector<int>(config_.edges, 0));
  if (config_.music) begin_music(now);
}

House::~House() = default;

void House::down(std::uint16_t edge, live::Down&& value) {
  INVARIANT(down_[edge].push(std::move(value)));
}
void House::effect(HouseEffect value) { INVARIANT(effects_.push(std::move(value))); }

std::optional<live::Down> House::poll_down(std::uint16_t edge) {
  if (down_[edge].empty()) return std::nullopt;
  note_write(recorder_, this);
  return down_[edge].pop();
}
std::optional<HouseEffect> House::poll() {
  if (effects_.empty()) return std::nullopt;
  note_write(recorder_, this);
  return effects_.pop();
}

House::Link* House::link_of(ConnId conn) {
  auto found = by_conn_.find(conn);
  Link* link = found == by_conn_.end() ? nullptr : links_.edit(found->second);
  if (link == nullptr) stale_.add(1);
  return link;
}

void House::handle(live::Up&& up, Now now) {
  note_write(recorder_, this);
  if (auto* message = std::get_if<live::Message>(&up)) {
    Link* link = link_of(message->conn);
    if (link == nullptr) return;
    if (auto* what = std::get_if<wire::SessionCommand>(&message->body)) command(*link, *what, now);
    else if (auto* wish = std::get_if<live::UpgradeRequest>(&message->body))
      upgrade(*link, *wish, now);
    else request(*link, std::get<wire::HttpRequest>(message->body), now);
    drain_groups(now);
    drain_streams(now);
    return;
  }
  if (auto* what = std::get_if<live::Opened>(&up)) {
    opened(*what);
    connections_changed(now);
  }
  if (auto* what = std::get_if<live::Closed>(&up)) closed(*what, now);
  if (auto* what = std::get_if<live::Lagging>(&up)) lagging(*what);
  if (auto* what = std::get_if<live::Surveyed>(&up)) surveyed(std::move(*what));
}

void House::opened(const live::Opened& opened) {
  Handle handle = links_.create(Link{opened.conn, opened.peer});
  by_conn_[opened.conn] = handle;
  if (stopping_)
    return down(opened.conn.edge, live::Close{opened.conn, live::CloseReason::going_away});
  if (opened.peer.kind == live::Peer::Kind::control) return;
  // A proxy's connections are counted with each request, for the client it asks for.
  if (trusted(opened.peer)) return;
  if (count_address(*links_.edit(handle), opened.peer.address)) return;
  down(opened.conn.edge, live::Close{opened.conn, live::CloseReason::refused});
}

bool House::trusted(const live::Peer& peer) const {
  if (peer.kind == live::Peer::Kind::control) return false;
  auto holds = [&](const wire::Network& network) { return network.contains(peer.address); };
  return std::any_of(config_.trusted_proxies.begin(), config_.trusted_proxies.end(), holds);
}

// False: this address has too many connections that have not signed in; this one, refused, is not
// among them.
bool House::count_address(Link& link, const wire::Address& address) {
  forget_address(link);
  link.counted = address;
  if (++unauthenticated_[address_key(address)] <= config_.unauthenticated_per_address) return true;
  refused_address_.add(1);
  forget_address(link);
  return false;
}

void House::forget_address(Link& link) {
  if (!link.counted) return;
  auto found = unauthenticated_.find(address_key(*link.counted));
  link.counted.reset();
  INVARIANT(found != unauthenticated_.end() && found->second > 0);
  if (--found->second == 0) unauthenticated_.erase(found);
}

void House::closed(const live::Closed& closed, Now now) {
  Link* link = link_of(closed.conn);
  if (link == nullptr) return;
  forget_address(*link);
  leave_topics(*link);
  streams_.closed(closed.conn, now);
  stream_replies_.erase(closed.conn);
  drain_streams(now);
  if (link->websocket) {
    registry_.leave(link->client, link->conn);
    auto account = per_account_.find(link->identity->account);
    if (--account->second == 0) per_account_.erase(account);
  }
  // Nobody waits for these answers any more; a backup that runs goes on, its result is logged.
  std::erase_if(waiters_, [&](const auto& waiter) {
    return waiter.second.to.conn == closed.conn && waiter.second.what != Wait::backup;
  });
  Handle handle = by_conn_.at(closed.conn);
  by_conn_.erase(closed.conn);
  links_.erase(handle);
  connections_changed(now);
}

// The first change is told at once, what follows within the pace together at its end.
void House::connections_changed(Now now) {
  bool pacing = timers_.deadline() != kNever;
  topic_due_ = pacing;
  if (!pacing) tell_connections(now);
}

void House::tell_connections(Now now) {
  topic_due_ = false;
  publish(0, Json::object({{"version", Json(config_.version)},
                           {"started_at", Json(utc_text(started_.wall))},
                           {"connections", Json(links_.size())}}));
  timers_.arm(kTopicTimer, now.mono + kTopicPace);
}

void House::fire(Now now) {
  note_write(recorder_, this);
  while (auto key = timers_.take_due(now.mono)) {
    INVARIANT(*key == kTopicTimer);
    if (topic_due_) tell_connections(now);
  }
  if (groups_.deadline() <= now.mono) groups_.fire(now);
  drain_groups(now);
  if (streams_.deadline() <= now.mono) streams_.fire(now);
  drain_streams(now);
}

void House::shut_down(Now) {
  note_write(recorder_, this);
  stopping_ = true;
  links_.for_each([&](Handle, const Link& link) {
    down(link.conn.edge, live::Close{link.conn, live::CloseReason::going_away});
  });
}

House::Counts House::counts() const {
  Counts counts{links_.size(),
                registry_.size(),
                unauthenticated_.size(),
                per_account_.size(),
                waiters_.size() + stream_replies_.size(),
                0};
  for (const auto& edges : readers_) {
    for (int readers : edges) counts.readers += static_cast<std::size_t>(readers);
  }
  return counts;
}

void House::describe(StateWriter& out) const {
  out.number(links_.size());
  links_.for_each([&](Handle, const Link& link) {
    out.conn(link.conn);
    out.number((link.identity ? 1U : 0U) | (link.counted ? 2U : 0U) | (link.websocket ? 4U : 0U));
    out.text(link.client);
    out.number(link.topics.size());
    for (std::size_t topic : link.topics) out.number(topic);
    out.number(static_cast<std::uint64_t>(link.calls));
  });
  registry_.describe(out);
  for (const api::Topic& topic : topics_) out.text(topic.whole());
  // Waiters by who waits: their tokens are random and their order is nobody's.
  std::size_t left = 0;
  for (const auto& [token, waiter] : waiters_)
    left += static_cast<std::size_t>(waiter.edges_left) + 1000;
  out.number(left);
  groups_.describe(out);
  streams_.describe(out);
  cache_.describe(out);
  out.number(group_jobs_.size());
  out.number((topic_due_ ? 1U : 0U) | (stopping_ ? 2U : 0U));
  for (const auto& queue : down_) out.number(queue.size());
  out.number(effects_.size());
  timers_.describe(out);
}

}  // namespace tutti::hub
