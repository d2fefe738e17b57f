// The values between edges and house, their timers and jobs, and what is checked of them.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/check.hpp"
#include "sim/world/server_node.hpp"

namespace tutti::world {
namespace {

constexpr std::size_t kBackupsKept = 6;

std::string client_of(std::string_view target) {
  std::size_t at = target.find("client=");
  return at == std::string_view::npos ? "" : std::string(target.substr(at + 7));
}

// The connection that a value is about; null for those about none.
template <class Value>
const ConnId* conn_of(const Value& value) {
  return std::visit(
      [](const auto& what) -> const ConnId* {
        if constexpr (requires { what.conn; }) return &what.conn;
        else return nullptr;
      },
      value);
}

}  // namespace

Micros ServerNode::hop(Lane& lane, Micros extra) {
  Micros way = sim_.between(0, options_.hop_most, "hop");
  if (extra > 0) way += sim_.between(0, extra, "accept hop");
  return lane.last = std::max(lane.last, sim_.now + way);
}

// What an edge has to say goes on its way.
void ServerNode::collect(std::uint16_t e) {
  EdgeUnit& unit = edges_[e];
  while (auto up = unit.edge->poll_up()) {
    check_up(e, *up);
    bool closed = std::holds_alternative<live::Closed>(*up);
    if (closed && sim_.once_in(options_.lose_closed_one_in, "planted")) continue;
    INVARIANT(unit.up.push(std::move(*up)));
    sim_.agenda.add(hop(unit.up_lane), What::up, e, incarnation_);
  }
  while (auto effect = unit.edge->poll()) INVARIANT(unit.effects.push(std::move(*effect)));
  if (!unit.effects.empty() && !unit.pump_due) {
    unit.pump_due = true;
    sim_.after(sim_.between(0, options_.hop_most, "turn"), What::effects, e, incarnation_);
  }
  arm(e, unit.edge->deadline());
}

void ServerNode::collect_house() {
  for (std::uint16_t e = 0; e < options_.edges; ++e) {
    EdgeUnit& unit = edges_[e];
    while (auto down = house_->poll_down(e)) {
      bool lets_in =
          std::holds_alternative<live::Accept>(*down) || std::holds_alternative<live::Grant>(*down);
      Micros extra = lets_in ? options_.accept_hop : 0;
      INVARIANT(unit.down.push(std::move(*down)));
      sim_.agenda.add(hop(unit.down_lane, extra), What::down, e, incarnation_);
    }
  }
  while (auto effect = house_->poll()) {
    if (auto* job = std::get_if<hub::JobRequest>(&*effect)) submit(std::move(*job));
  }
  arm(options_.edges, house_->deadline());
}

// A timer that moved later leaves its event, which then finds nothing due; one that moved earlier
// gets a further one.
void ServerNode::arm(std::size_t which, ServerTime deadline) {
  if (deadline == deadlines_[which]) return;
  deadlines_[which] = deadline;
  Micros at = std::max(sim_.now, clock_.when(deadline));
  if (at >= armed_[which]) return;
  armed_[which] = at;
  sim_.agenda.add(at, What::timer, static_cast<std::uint32_t>(which), incarnation_);
}

void ServerNode::fire(std::uint32_t which) {
  armed_[which] = kForever;
  deadlines_[which] = kNever;
  if (which == options_.edges) {
    house_->fire(time());
    return collect_house();
  }
  edges_[which].edge->fire(time());
  collect(static_cast<std::uint16_t>(which));
}

bool ServerNode::stale(const Event& event) const {
  if (!up() || event.b != incarnation_) return true;
  return event.what == What::timer && armed_[event.a] != event.at;
}

void ServerNode::handle(const Event& event) {
  auto e = static_cast<std::uint16_t>(event.a);
  switch (event.what) {
    case What::timer: return fire(event.a);
    case What::up: {
      live::Up up = edges_[e].up.pop();
      sim_.trace.note("up", up.index());
      ++counters_.ups;
      house_->handle(std::move(up), time());
      collect_house();
      return end_if_quiet();
    }
    case What::down: {
      live::Down down = edges_[e].down.pop();
      sim_.trace.note("down", down.index());
      ++counters_.downs;
      check_down(e, down);
      edges_[e].edge->handle(std::move(down), time());
      return collect(e);
    }
    case What::effects: return pump(e);
    case What::job: return run_job(event.a);
    case What::stop_over: return end(false);
    default: return;
  }
}

// ---- what is checked at each value ----

void ServerNode::check_up(std::uint16_t e, const live::Up& up) {
  const ConnId* conn = conn_of(up);
  if (conn == nullptr) return;
  Sock& sock = edges_[e].socks[conn->handle.slot];
  if (std::holds_alternative<live::Opened>(up)) {
    sock.known = true;
    return;
  }
  bool its_own = sock.handle == conn->handle && sock.known;
  if (!its_own) return sim_.violate("a value of a connection that is not there", up.index());
  if (sock.closed) return sim_.violate("a value after the Closed", up.index());
  if (const auto* closed = std::get_if<live::Closed>(&up)) note_closed(sock, closed->reason);
  const auto* message = std::get_if<live::Message>(&up);
  if (message == nullptr) return;
  if (const auto* wish = std::get_if<live::UpgradeRequest>(&message->body))
    sock.client = client_of(wish->request.target);
  bool session = std::holds_alternative<wire::SessionCommand>(message->body);
  sim_.require(!session || sock.is_live, "a message before the connection is live");
}

void ServerNode::note_closed(Sock& sock, live::CloseReason reason) {
  using live::CloseReason;
  sock.closed = true;
  ++counters_.closes[static_cast<std::size_t>(reason)];
  if (reason == CloseReason::write_stalled || reason == CloseReason::slow_reader)
    sim_.witness(Witness::stalled_reader_cut);
  if (reason == CloseReason::heartbeat_lost) sim_.witness(Witness::half_open_found);
  if (reason == CloseReason::protocol_error || reason == CloseReason::bad_text ||
      reason == CloseReason::message_too_big || reason == CloseReason::wrong_data)
    sim_.witness(Witness::hostile_closed);
  if (sock.is_live && !sock.client.empty()) --live_by_client_[sock.client];
}

void ServerNode::check_down(std::uint16_t e, const live::Down& down) {
  const ConnId* conn = conn_of(down);
  if (conn == nullptr || conn->handle.slot >= edges_[e].socks.size()) return;
  Sock& sock = edges_[e].socks[conn->handle.slot];
  if (!(sock.handle == conn->handle) || sock.closed) return;  // stale: the edge drops it too
  sock.addressed = true;
  if (std::holds_alternative<live::Accept>(down)) latch(sock, live::Latch::accepted);
  if (const auto* grant = std::get_if<live::Grant>(&down)) latch(sock, grant->latch);
}

void ServerNode::latch(Sock& sock, live::Latch latch) {
  sock.latches |= static_cast<std::uint8_t>(latch);
  if (sock.latches == live::kAllLatches && !sock.is_live) went_live(sock);
}

void ServerNode::went_live(Sock& sock) {
  sock.is_live = true;
  sim_.witness(Witness::live);
  if (sock.client.empty()) return;
  sim_.require(++live_by_client_[sock.client] == 1, "two live connections of one client id");
}

// ---- jobs ----

std::uint32_t ServerNode::new_job() {
  auto free = std::find_if(jobs_.begin(), jobs_.end(), [](const Job& job) { return !job.used; });
  if (free == jobs_.end()) free = jobs_.insert(free, Job{});
  *free = Job{};
  free->used = true;
  return static_cast<std::uint32_t>(free - jobs_.begin());
}

void ServerNode::submit(hub::JobRequest request) {
  std::uint32_t slot = new_job();
  Job& job = jobs_[slot];
  job.token = request.token;
  if (auto* metrics = std::get_if<hub::MetricsJob>(&request.work)) {
    job.metrics = std::move(metrics->text);
  } else {
    ++backups_running_;
    std::string path = fmt::format("{}/tutti-{}.db", kBackupFolder, ++backups_named_);
    auto bytes = static_cast<std::size_t>(sim_.between(100, 60'000, "backup size"));
    job.backup.emplace(path, bytes, backups_named_, options_.care);
  }
  sim_.after(sim_.between(20, 2000, "job"), What::job, slot, incarnation_);
}

void ServerNode::run_job(std::uint32_t slot) {
  if (jobs_[slot].backup) return run_backup(slot);
  Job job = std::move(jobs_[slot]);
  jobs_[slot] = Job{};
  if (job.block) return answer_block(job);
  house_->done({job.token, std::move(job.metrics)}, time());
  collect_house();
}

// One operation of the disk at a time, so that the power can fail between any two.
void ServerNode::run_backup(std::uint32_t slot) {
  Backup& backup = *jobs_[slot].backup;
  if (!backup.step(disk_))
    return sim_.after(sim_.between(20, 40'000, "disk"), What::job, slot, incarnation_);
  JobToken token = jobs_[slot].token;
  hub::JobDone done{token, std::unexpected(Error{})};
  if (backup.result()) {
    sim_.witness(Witness::backup_done);
    ++counters_.backups;
    answered_.push_back(backup.path());
    done.result = api::BackupCreated{backup.path(), static_cast<std::int64_t>(*backup.result()), 1,
                                     utc_text(time().wall)};
  } else {
    sim_.witness(Witness::backup_failed);
    ++counters_.backups_failed;
    done.result = std::unexpected(backup.result().error());
  }
  jobs_[slot] = Job{};
  --backups_running_;
  house_->done(std::move(done), time());
  collect_house();
  forget_old_backups();
}

void ServerNode::answer_block(const Job& job) {
  Bytes bytes(file_.substr(job.block->offset, job.block->size));
  edges_[job.edge].edge->file_block(job.block->conn, job.block->serial, std::move(bytes), time());
  collect(job.edge);
}

void ServerNode::forget_old_backups() {
  if (answered_.size() <= kBackupsKept) return;
  (void)disk_.remove(answered_.front());
  answered_.erase(answered_.begin());
}

void ServerNode::check_backups() {
  for (const std::string& name : disk_.list(kBackupFolder)) {
    if (!is_backup_name(name)) continue;
    auto content = disk_.read(std::string(kBackupFolder) + "/" + name);
    sim_.require(content && is_whole_backup(*content), "a backup that is not whole",
                 content ? content->size() : 0);
  }
  for (const std::string& path : answered_)
    sim_.require(disk_.read(path).has_value(), "a backup that was answered is gone");
}

// ---- checks that look at every connection ----

void ServerNode::check_edge(std::uint16_t e) {
  EdgeUnit& unit = edges_[e];
  unit.edge->handle(live::Survey{1, true}, time());
  auto up = unit.edge->poll_up();
  INVARIANT(up && std::holds_alternative<live::Surveyed>(*up));
  const auto& answer = std::get<live::Surveyed>(*up);
  sim_.require(answer.counters.held() <= options_.held_bytes, "an edge holds more than its limit",
               answer.counters.held());
  std::uint64_t queued = 0;
  for (const live::ConnectionRow& row : answer.rows) queued += row.queued_bytes;
  sim_.require(queued == answer.counters.held_output,
               "the bytes charged for output are not those that wait", queued);
}

void ServerNode::check() {
  if (!up()) return;
  ++counters_.expensive_checks;
  std::size_t known = 0;
  bool under_way = false;
  for (std::uint16_t e = 0; e < options_.edges; ++e) {
    check_edge(e);
    under_way = under_way || !edges_[e].up.empty();
    for (const Sock& sock : edges_[e].socks) known += sock.known && !sock.closed ? 1 : 0;
  }
  hub::House::Counts counts = house_->counts();
  sim_.require(counts.registered <= counts.links, "more registered than connected");
  if (!under_way)
    sim_.require(counts.links == known, "the house and the edges disagree on who is here",
                 counts.links);
}

std::uint64_t ServerNode::held() const {
  std::uint64_t bytes = 0;
  for (const EdgeUnit& unit : edges_) bytes += unit.edge ? unit.edge->counters().held() : 0;
  return bytes;
}

std::string ServerNode::left_over() const {
  if (!up()) return "the server is down";
  std::string left;
  for (const EdgeUnit& unit : edges_) {
    if (unit.edge->connections() != 0) left += " connections";
    if (unit.edge->counters().held() != 0) left += " bytes";
    if (unit.edge->deadline() != kNever) left += " timers";
    if (!unit.up.empty() || !unit.down.empty() || !unit.effects.empty()) left += " values";
  }
  if (!(house_->counts() == hub::House::Counts{})) left += " counts of the house";
  if (house_->deadline() != kNever) left += " a timer of the house";
  if (open_ != 0) left += " sockets";
  bool busy = std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.used; });
  if (busy) left += " jobs";
  return left;
}

}  // namespace tutti::world
