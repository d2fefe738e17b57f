// What a run consists of, drawn from its seed; and the faults that happen in it.
#include <fmt/format.h>

#include <algorithm>

#include "sim/world/world.hpp"

namespace tutti::world {
namespace {
constexpr std::uint32_t kPlayers = 4;
constexpr std::uint32_t kClientsPerAccount = 16;
}  // namespace

void World::make_server() {
  ServerOptions server;
  server.edges = options_.edges;
  if (server.edges == 0) server.edges = static_cast<std::uint16_t>(1 + sim_.draw(2, "edges"));
  // A busy loop takes its time: then more can happen between a value and its arrival.
  static constexpr Micros kHops[] = {50, 3000, 60'000};
  server.hop_most = kHops[sim_.draw(3, "hops")];
  if (faults_.on(Fault::slow_accept)) server.accept_hop = 100'000;
  if (faults_.on(Fault::pieces)) server.read_most = faults_.level(Fault::pieces) == 2 ? 40 : 1000;
  if (faults_.on(Fault::io_error)) server.block_fails_one_in = 20;
  // Little memory: then connections are refused for want of it, and told to come later.
  if (faults_.on(Fault::slow_reader) && sim_.draw(2, "memory") == 1)
    server.held_bytes = std::size_t{2} << 20;
  server.trusts_proxies = sim_.draw(3, "proxies") == 2;
  proxied_ = server.trusts_proxies;
  server.care = options_.care;
  server.lose_closed_one_in = options_.lose_closed_one_in;
  server_ = std::make_unique<ServerNode>(sim_, network_, disk_, server);
  if (faults_.on(Fault::drift)) server_->set_drift(sim_.between(-500, 500, "drift"));
  (void)disk_.sync_folder(kBackupFolder);
  if (!options_.idle)
    dialling_ =
        std::make_unique<DialNode>(sim_, server_->clock(), kPlayers, faults_.on(Fault::listeners));
  start();
}

Path World::draw_path() {
  Path path;
  path.latency = sim_.between(50, sim_.draw(3, "far") == 2 ? 80'000 : 2000, "latency");
  path.jitter = path.latency / (1 + sim_.draw(4, "jitter"));
  if (faults_.on(Fault::loss)) path.loss = faults_.level(Fault::loss) == 2 ? 40 : 400;
  if (faults_.on(Fault::pieces)) {
    path.piece = static_cast<std::size_t>(sim_.between(20, 1460, "piece"));
    path.window = static_cast<std::size_t>(sim_.between(2000, 65'536, "window"));
    path.rate = sim_.between(20'000, 2'000'000, "rate");
  }
  if (faults_.on(Fault::slow_accept)) path.accept_least = 50'000, path.accept_most = 150'000;
  return path;
}

Script World::draw_script() {
  if (options_.idle) return Script::chat;
  struct Row {
    Script script;
    Fault needs;  // kCount: none
    std::uint32_t weight;
  };
  static constexpr Row kRows[] = {
      {Script::chat, Fault::kCount, 3},       {Script::echo, Fault::kCount, 4},
      {Script::subscriber, Fault::kCount, 3}, {Script::requester, Fault::kCount, 3},
      {Script::backups, Fault::kCount, 1},    {Script::slow, Fault::slow_reader, 1},
      {Script::hostile, Fault::hostile, 2},   {Script::duplicate, Fault::duplicate, 2},
      {Script::flapping, Fault::flapping, 3}, {Script::vanishing, Fault::vanishing, 2},
  };
  std::uint32_t all = 0;
  for (const Row& row : kRows) all += row.weight;
  std::uint32_t drawn = sim_.draw(all, "script");
  for (const Row& row : kRows) {
    if (drawn < row.weight)
      return row.needs == Fault::kCount || faults_.on(row.needs) ? row.script : Script::echo;
    drawn -= row.weight;
  }
  return Script::echo;
}

void World::make_peers() {
  std::uint32_t accounts = 1 + options_.clients / kClientsPerAccount;
  for (std::uint32_t i = 0; i < options_.clients; ++i) {
    Peer::Options o{.number = i, .script = draw_script()};
    bool named = o.script == Script::vanishing || sim_.draw(2, "named") == 1;
    if (named) o.client = fmt::format("c{}", i);
    if (o.script == Script::duplicate) o.client = fmt::format("d{}", i / 8);
    // Those that share an id share the account too: another account's id is refused for good.
    std::uint32_t account = (o.script == Script::duplicate ? i / 8 : i) % accounts;
    o.host = fmt::format("a{}.localhost", account);
    o.path = draw_path();
    o.proxied = proxied_;
    // Padding deflates to nothing: who is to be flooded takes it as it is.
    o.deflate = sim_.draw(2, "deflate") == 1 && o.script != Script::slow;
    if (faults_.on(Fault::pieces))
      o.read_most = static_cast<std::size_t>(sim_.between(50, 4000, "reads"));
    peers_.push_back(std::make_unique<Peer>(crowd_, std::move(o)));
    peers_.back()->begin(sim_.between(0, 2 * kSecond, "begin"));
  }
}

// The next time this kind of fault happens, if it is one that happens at a time.
void World::schedule(Fault fault) {
  if (!faults_.on(fault)) return;
  Micros often = 4 * kSecond;
  switch (fault) {
    case Fault::stall:
    case Fault::reset: break;
    case Fault::half_open: often = 10 * kSecond; break;
    case Fault::wall_step:
    case Fault::io_error:
    case Fault::no_space: often = 15 * kSecond; break;
    case Fault::power:
    case Fault::stop: often = 40 * kSecond; break;
    default: return;
  }
  if (faults_.level(fault) == 1) often = often * 3;
  sim_.after(sim_.between(often / 4, often * 2, "next fault"), What::fault,
             static_cast<std::uint32_t>(fault));
}

void World::happen(Fault fault) {
  ++happened_[static_cast<std::size_t>(fault)];
  schedule(fault);
  LinkId link;
  if (network_.open() > 0)
    link = network_.nth(sim_.draw(static_cast<std::uint32_t>(network_.open()), "victim"));
  switch (fault) {
    case Fault::stall: {
      Micros most = faults_.level(fault) == 2 && sim_.draw(8, "long") == 7 ? 60 : 4;
      Micros until = sim_.now + sim_.between(100'000, most * kSecond, "stall");
      if (link) network_.stall(link, until);
      return;
    }
    case Fault::reset: return network_.reset(link);
    case Fault::half_open: return network_.silence(link);
    case Fault::wall_step:
      server_->clock().step_wall(sim_.between(-1800, 1800, "step") * kSecond);
      return sim_.witness(Witness::wall_stepped);
    case Fault::io_error: {
      bool sick = sim_.draw(2, "sick") == 1;
      server_->set_health(!sick);
      return disk_.fail_one_in(sick ? 6 : 0);
    }
    case Fault::no_space:
      return disk_.limit(sim_.draw(2, "full") == 0 ? SIZE_MAX : disk_.used() + 5000);
    case Fault::power:
      aim_ = static_cast<Aim>(sim_.draw(3, "aim"));
      backups_before_ = server_->counters().backups;
      return aim_ == Aim::none && server_->up() ? server_->lose_power() : void();
    case Fault::stop: return server_->stop_in_order();
    default: return;
  }
}

void World::fail_where_aimed() {
  if (!server_->up()) return;
  bool within = aim_ == Aim::within_backup && server_->backup_running();
  bool after = aim_ == Aim::after_backup && server_->counters().backups > backups_before_;
  if (!after && !(within && sim_.once_in(8, "now"))) return;
  aim_ = Aim::none;
  server_->lose_power();
}

}  // namespace tutti::world
