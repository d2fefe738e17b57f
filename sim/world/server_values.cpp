// The values between edges and house, their timers, and jobs.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/check.hpp"
#include "sim/world/server_node.hpp"

namespace tutti::world {
namespace {

constexpr std::size_t kBackupsKept = 6;
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
  Result<Bytes> bytes(Bytes(file_.substr(job.block->offset, job.block->size)));
  if (sim_.once_in(options_.block_fails_one_in, "block fails")) bytes = fail(Code::io, "no block");
  edges_[job.edge].edge->file_block(job.block->conn, job.block->serial, std::move(bytes), time());
  collect(job.edge);
}

void ServerNode::forget_old_backups() {
  if (answered_.size() <= kBackupsKept) return;
  (void)disk_.remove(answered_.front());
  answered_.erase(answered_.begin());
}

}  // namespace tutti::world
