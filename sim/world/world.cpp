#include "sim/world/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace tutti::world {
namespace {
constexpr int kSamples = 120;
}

World::World(const WorldOptions& options)
    : options_(options),
      choose_(options.seed),
      sim_(choose_),
      network_(sim_, *this),
      disk_(choose_),
      faults_(draw_faults(sim_, options.faults)),
      crowd_{sim_, network_, std::move(wire::Inflater::create()).value(), {}} {
  crowd_.strict = !faults_.cost_answers();
  make_server();
  make_peers();
  for (std::size_t i = 0; i < kFaults; ++i) schedule(static_cast<Fault>(i));
}

World::~World() = default;

Report World::run(const std::function<void(double)>& progress) {
  auto began = std::chrono::steady_clock::now();
  for (int i = 1; i <= kSamples && sim_.violations.empty(); ++i) {
    sample(options_.length / kSamples * i);
    if (progress) progress(static_cast<double>(i) / kSamples);
  }
  if (sim_.violations.empty()) wait_until_served();
  if (sim_.violations.empty()) wait_until_told();
  if (sim_.violations.empty()) wait_until_quiet();
  wall_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return report();
}

void World::sample(Micros until) {
  auto faults = [&] {
    std::uint64_t all = 0;
    for (std::uint64_t count : happened_) all += count;
    return static_cast<double>(all);
  };
  double before = faults();
  std::uint64_t steps = sim_.trace.steps();
  Micros began = sim_.now;
  step_until(until);
  double seconds = static_cast<double>(std::max<Micros>(1, sim_.now - began)) / kSecond;
  samples_.push_back({static_cast<double>(sim_.now) / kSecond,
                      static_cast<double>(server_->connections()),
                      static_cast<double>(sim_.trace.steps() - steps) / seconds,
                      static_cast<double>(server_->held()), faults() - before});
}

// One event is one step; what its time has passed over is none. False: something is broken.
bool World::step_until(Micros t) {
  while (sim_.agenda.next_at() <= t) {
    Event event = sim_.agenda.take();
    sim_.now = event.at;
    if (stale(event)) continue;
    sim_.trace.event(event);
    dispatch(event);
    if (sim_.trace.steps() >= next_check_) check();
    if (!sim_.violations.empty()) return false;
  }
  sim_.now = t;
  return true;
}

bool World::stale(const Event& event) const {
  if (event.what <= What::client_reads) return network_.stale(event);
  if (event.what <= What::stop_over) return server_->stale(event);
  if (event.what == What::peer) return peers_[event.a]->stale(event);
  if (event.what >= What::dial_timer && event.what <= What::wish)
    return !dialling_ || dialling_->stale(event);
  return event.what == What::fault && !faults_on_;
}

void World::dispatch(const Event& event) {
  if (event.what <= What::client_reads) network_.handle(event);
  else if (event.what <= What::stop_over) server_->handle(event);
  else if (event.what == What::peer) peers_[event.a]->planned();
  else if (event.what == What::fault) happen(static_cast<Fault>(event.a));
  else if (event.what == What::start) start();
  else dialling_->handle(event);
  if (aim_ != Aim::none && faults_on_) fail_where_aimed();
  if (!server_->up() && !start_due_) {
    if (dialling_) dialling_->end();
    start_due_ = true;
    sim_.after(sim_.between(100'000, 5 * kSecond, "restart"), What::start);
  }
}

void World::start() {
  start_due_ = false;
  server_->start();
  if (dialling_) dialling_->start();
}

void World::readable(LinkId link, Side side) {
  if (side == Side::server) server_->readable(link);
  else peer(link).readable(link);
}
void World::writable(LinkId link, Side side) {
  if (side == Side::server) server_->writable(link);
  else peer(link).writable(link);
}
void World::broken(LinkId link, Side side) {
  if (side == Side::server) server_->broken(link);
  else peer(link).broken(link);
}

void World::check() {
  next_check_ = sim_.trace.steps() + kCheckEvery;
  server_->check();
}

// ---- the end: served, then quiet ----

void World::calm() {
  faults_on_ = false;
  disk_.fail_one_in(0);
  disk_.limit(SIZE_MAX);
  network_.heal();
  server_->calm();
  server_->set_health(true);
  for (auto& each : peers_) each->calm();
  if (dialling_) dialling_->calm();
}

// Of those that share a client id one can be served.
bool World::served(const Peer& peer) const {
  if (peer.proven()) return true;
  if (peer.options().script != Script::duplicate) return false;
  return std::any_of(peers_.begin(), peers_.end(), [&](const auto& other) {
    return other->proven() && other->options().client == peer.options().client;
  });
}

bool World::all_served() const {
  return std::all_of(peers_.begin(), peers_.end(), [&](const auto& each) { return served(*each); });
}

std::string World::who_waits() const {
  for (const auto& each : peers_) {
    if (!served(*each)) return each->state_text();
  }
  return "a player that is wanted";
}

void World::wait_until_served() {
  calm();
  Micros since = sim_.now;
  bool peers = false;
  bool players = !dialling_;
  while (!peers || !players) {
    if (!step_until(sim_.now + kSecond)) return;
    peers = peers || all_served();
    players = players || dialling_->settled();
    Micros waited = sim_.now - since;
    if (!peers && waited > kServedWithin)
      return sim_.violate("not served in time after the last fault: " + who_waits());
    if (!players && waited > kDialledWithin)
      return sim_.violate("not dialled in time after the last fault");
  }
}

std::string World::left_over() const {
  std::string left = server_->left_over();
  if (dialling_) left += dialling_->left_over();
  if (network_.open() > 0) left += " links";
  bool gone =
      std::all_of(peers_.begin(), peers_.end(), [](const auto& each) { return each->gone(); });
  if (!gone) left += " clients";
  return left;
}

// A second at a time, at most so long. False: something is broken.
bool World::step_while(const std::function<bool()>& condition, Micros most) {
  for (Micros until = sim_.now + most; condition() && sim_.now < until;) {
    if (!step_until(sim_.now + kSecond)) return false;
  }
  return true;
}

// All leave but those that follow the topic: when nothing changes any more, it has told them so.
void World::wait_until_told() {
  std::size_t staying = 0;
  for (auto& each : peers_) {
    if (each->told()) ++staying;
    else each->leave();
  }
  auto others = [&] { return network_.open() > staying || server_->links() > staying; };
  if (!step_while(others, kQuietWithin) || !step_until(sim_.now + 10 * kSecond)) return;
  sim_.require(!others(), "connections that nobody has any more", server_->links());
  for (auto& each : peers_) {
    bool right = !each->told() || *each->told() == static_cast<std::int64_t>(server_->links());
    sim_.require(right, "a topic that tells something else than what is", each->options().number);
  }
}

void World::wait_until_quiet() {
  for (auto& each : peers_) each->leave();
  if (dialling_) dialling_->let_go();
  if (!step_while([&] { return !left_over().empty(); }, kQuietWithin)) return;
  if (!left_over().empty()) sim_.violate("left when all are gone:" + left_over());
  check();
  server_->check_backups();
}

Report World::report() const {
  Report report;
  report.seed = options_.seed;
  report.hash = sim_.trace.hash();
  report.steps = sim_.trace.steps();
  report.virtual_seconds = static_cast<double>(sim_.now) / kSecond;
  report.wall_seconds = wall_seconds_;
  report.violations = sim_.violations;
  report.last_events = sim_.trace.last();
  report.witnessed = sim_.witnessed;
  report.samples = samples_;
  const ServerNode::Counters& server = server_->counters();
  auto& c = report.counters;
  c = {{"starts", server.starts},           {"accepted", server.accepted},
       {"values_up", server.ups},           {"values_down", server.downs},
       {"backups", server.backups},         {"backups_failed", server.backups_failed},
       {"checks", server.expensive_checks}, {"connects", crowd_.connects},
       {"echoes", crowd_.echoes},           {"answers", crowd_.answers},
       {"deltas", crowd_.deltas},           {"unanswered", crowd_.lost},
       {"bytes", network_.bytes_moved()},   {"dials", dialling_ ? dialling_->dials() : 0}};
  for (std::size_t i = 0; i < server.closes.size(); ++i) {
    auto reason = static_cast<live::CloseReason>(i);
    if (server.closes[i] > 0) c["closed_" + std::string(live::row(reason).name)] = server.closes[i];
  }
  for (std::size_t i = 0; i < kFaults; ++i) {
    if (happened_[i] > 0) c[std::string("fault_") + name(static_cast<Fault>(i))] = happened_[i];
  }
  return report;
}

std::string repeat_command(const WorldOptions& options, std::string_view faults) {
  return fmt::format(
      "tutti simulate --seed {} --minutes {:g} --clients {} --edges {} --faults {}{}", options.seed,
      static_cast<double>(options.length) / (60.0 * kSecond), options.clients, options.edges,
      faults, options.idle ? " --workload idle" : "");
}

}  // namespace tutti::world
