#include <fmt/format.h>

#include <algorithm>

#include "core/api/metrics.hpp"
#include "core/base/check.hpp"
#include "core/hub/house.hpp"
#include "core/wire/session.hpp"

namespace tutti::hub {
api::Context House::context_for(const api::Caller& caller, ReplyTo to, Now now) {
  asking_ = std::move(to);
  return api::Context{caller, now, random_.id<api::ReplyToken>(), this};
}

api::ServerInfo House::server_info(const api::Context& context) {
  return {.name = config_.name,
          .version = config_.version,
          .commit = config_.commit,
          .core = config_.core_hash,
          .started_at = utc_text(started_.wall),
          .uptime_s = (context.now.mono - started_.mono).us / 1'000'000,
          .account = to_text(context.caller.account),
          .edges = config_.edges,
          .max_connections = static_cast<std::int64_t>(config_.max_connections)};
}

void House::start_survey(api::ReplyToken token, Waiter waiter) {
  waiter.edges_left = config_.edges;
  bool rows = waiter.what == Wait::connections;
  waiters_.emplace(token.value, std::move(waiter));
  for (std::uint16_t edge = 0; edge < config_.edges; ++edge)
    down(edge, live::Survey{token.value, rows});
}

void House::ask_stats(const api::Context& context) {
  start_survey(context.reply, {Wait::stats, asking_});
}
void House::ask_connections(const api::Context& context, const api::ListConnections& request) {
  start_survey(context.reply, {Wait::connections, asking_, 0, request.limit});
}
void House::metrics(Link& link) {
  start_survey(random_.id<api::ReplyToken>(), {Wait::metrics, {link.conn, true, {}}});
}

Result<void> House::ask_backup(const api::Context& context, const api::CreateBackup& request) {
  if (request.file && !context.caller.local_operator) {
    return fail(Code::forbidden, "only `tutti backup` on the server's machine may name the file",
                "leave `file` out: the backup goes into the data directory");
  }
  for (const auto& [token, waiter] : waiters_) {
    if (waiter.what == Wait::backup)
      return std::unexpected(
          Error{Code::busy, "a backup is being made", "try again when it is done", 1000});
  }
  waiters_.emplace(context.reply.value, Waiter{Wait::backup, asking_});
  effect(JobRequest{JobToken{context.reply.value}, BackupJob{request.file, request.overwrite}});
  return {};
}

void House::surveyed(live::Surveyed answer) {
  auto found = waiters_.find(answer.token);
  if (found == waiters_.end()) return;  // who asked has left
  Waiter& waiter = found->second;
  waiter.counters += answer.counters;
  std::move(answer.rows.begin(), answer.rows.end(), std::back_inserter(waiter.rows));
  if (--waiter.edges_left > 0) return;
  api::ServerStats stats = stats_of(waiter.counters, registry_, Projection::of(stale_));
  stats.absorbed.push_back(
      {"refused_by_address", static_cast<std::int64_t>(Projection::of(refused_address_))});
  stats.absorbed.push_back(
      {"refused_by_account", static_cast<std::int64_t>(Projection::of(refused_account_))});
  if (waiter.what == Wait::stats) return finish(answer.token, write_json(api::to_json(stats)));
  if (waiter.what == Wait::metrics) {
    // The core's numbers are known; the shell adds its own.
    std::string text = api::prometheus(stats);
    if (config_.music) text += api::prometheus(scan_, groups_, streams_);
    effect(JobRequest{JobToken{answer.token}, MetricsJob{std::move(text)}});
    return;
  }
  api::ConnectionList list;
  list.total = static_cast<std::int64_t>(waiter.rows.size());
  for (const live::ConnectionRow& row : waiter.rows) {
    if (static_cast<std::int64_t>(list.connections.size()) >= waiter.limit) break;
    auto handle = by_conn_.find(row.conn);
    const Link* link = handle == by_conn_.end() ? nullptr : links_.read(handle->second);
    api::ConnectionInfo info;
    info.id = fmt::format("{}-{}-{}", row.conn.edge, row.conn.handle.slot,
                          row.conn.handle.generation.number());
    info.client = link != nullptr ? link->client : "";
    info.address = address_text(row.peer);
    info.kind = row.peer.kind == live::Peer::Kind::control ? "control"
                : row.websocket                            ? "websocket"
                                                           : "http";
    info.state = name(row.state);
    info.encrypted = row.peer.encrypted;
    info.deflate = row.deflate;
    info.queued_bytes = static_cast<std::int64_t>(row.queued_bytes);
    if (link != nullptr) {
      for (std::size_t topic : link->topics) info.topics.push_back(topics_[topic].name());
    }
    for (const live::Transition& t : row.history) {
      info.history.push_back({t.version, std::string(name(t.from)), std::string(name(t.to)),
                              std::string(name(t.cause)), utc_text(t.at)});
    }
    list.connections.push_back(std::move(info));
  }
  finish(answer.token, write_json(api::to_json(list)));
}

void House::done(JobDone done, Now now) {
  note_write(recorder_, this);
  if (group_job_done(done, now) || stream_job_done(done, now)) return;
  if (auto change = changing_.extract(done.token)) changed_by(change.mapped());
  auto found = waiters_.find(done.token.value);
  if (found == waiters_.end()) return;  // forgotten: who asked has left
  if (!done.result) return finish(done.token.value, std::unexpected(done.result.error()));
  if (auto* backup = std::get_if<api::BackupCreated>(&*done.result)) {
    log(fmt::format("backup.done file={} bytes={}", backup->file, backup->bytes));
    return finish(done.token.value, write_json(api::to_json(*backup)));
  }
  if (auto* tracks = std::get_if<library::TrackIds>(&*done.result)) {
    found_tracks(done.token.value, std::move(*tracks), now);
    return drain_groups(now);
  }
  if (auto* file = std::get_if<StaticFile>(&*done.result)) {
    auto waiter = waiters_.extract(found);
    return send_file(waiter.mapped().to.conn, waiter.mapped().to.wanted, *file, {});
  }
  if (std::holds_alternative<Stored>(*done.result)) return finish(done.token.value, "{}");
  const std::string& text = std::get<std::string>(*done.result);
  answered(found->second, text);
  finish(done.token.value, text);
}

// The answer goes where the question came from, if that connection still lives.
void House::finish(std::uint64_t token, const Result<std::string>& result) {
  auto node = waiters_.extract(token);
  INVARIANT(!node.empty());
  const Waiter& waiter = node.mapped();
  auto handle = by_conn_.find(waiter.to.conn);
  Link* link = handle == by_conn_.end() ? nullptr : links_.edit(handle->second);
  if (link == nullptr) return;
  if (waiter.to.rest) {
    if (!result) return refuse(waiter.to.conn, result.error());
    if (waiter.what == Wait::library) return respond_tagged(waiter.to, *result + "\n");
    bool text = waiter.what == Wait::metrics;
    return respond(waiter.to.conn, 200, text ? "text/plain; version=0.0.4" : "application/json",
                   text ? *result : *result + "\n");
  }
  --link->calls;
  if (!result) return send(waiter.to.conn, wire::error_frame(waiter.to.id, result.error()));
  send(waiter.to.conn, wire::result_frame_text(waiter.to.id, *result));
}

api::ServerStats stats_of(const live::EdgeCounters& c, const live::Registry& registry,
                          std::uint64_t stale) {
  auto number = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
  api::ServerStats stats;
  for (std::size_t i = 0; i < c.by_state.size(); ++i) {
    stats.connections.push_back(
        {std::string(name(static_cast<live::State>(i))), number(c.by_state[i])});
  }
  for (std::size_t i = 0; i < c.closes.size(); ++i) {
    stats.closes.push_back(
        {std::string(row(static_cast<live::CloseReason>(i)).name), number(c.closes[i])});
  }
  stats.absorbed = {{"repeated_closes", number(c.repeated_closes)},
                    {"stale_at_edge", number(c.stale_dropped)},
                    {"stale_at_house", number(stale)},
                    {"sends_not_ready", number(c.sends_not_ready)},
                    {"late_frames", number(c.late_frames)},
                    {"players_dropped", number(c.players_dropped)},
                    {"registrations_refused", number(registry.refused())},
                    {"registrations_foreign", number(registry.foreign())},
                    {"registrations_stale", number(registry.stale())}};
  stats.opened = number(c.opened);
  stats.messages_in = number(c.messages_in);
  stats.frames_out = number(c.frames_out);
  stats.bytes_in = number(c.bytes_in);
  stats.bytes_out = number(c.bytes_out);
  stats.held = {{"input", number(c.held_input)}, {"output", number(c.held_output)}};
  stats.registered = number(registry.size());
  return stats;
}

std::string address_text(const live::Peer& peer) {
  if (peer.kind == live::Peer::Kind::control) return "control";
  std::string address = wire::address_text(peer.address);
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  return address + ":" + std::to_string(peer.port);
}

}  // namespace tutti::hub
