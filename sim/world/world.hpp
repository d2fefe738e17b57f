#pragma once
// World: one run of the whole server in virtual time, from a seed. A network, a disk, clocks,
// clients that follow scripts, players to dial, faults; the shipped house and edges in the middle.
//
// A run has three parts: faults and load for the time asked for; then faults stop, and within a
// stated time everybody who behaves must be served; then all leave, and nothing may be left.

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/world/dial_node.hpp"
#include "sim/world/faults.hpp"
#include "sim/world/peer.hpp"
#include "sim/world/report.hpp"
#include "sim/world/server_node.hpp"

namespace tutti::world {

struct WorldOptions {
  std::uint64_t seed = 1;
  Micros length = 120 * kSecond;  // with faults
  std::uint32_t clients = 16;
  std::uint16_t edges = 0;  // 0: one or two, drawn
  FaultChoice faults;
  bool idle = false;  // chat connections only, and no players
  // For tests: what is wrong on purpose.
  Care care = Care::right;
  std::uint32_t lose_closed_one_in = 0;
};

// Checks that look at every connection are made once in so many steps.
inline constexpr std::uint64_t kCheckEvery = 4096;
// After the last fault: until a client is served again (a dead connection is found after 75 s, its
// id is free then; stalls last at most 60 s), until a player is connected again (redialled after
// 360 s at most).
inline constexpr Micros kServedWithin = 180 * kSecond;
inline constexpr Micros kDialledWithin = 380 * kSecond;
inline constexpr Micros kQuietWithin = 180 * kSecond;

class World : private NetworkEnds {
 public:
  explicit World(const WorldOptions& options);
  ~World() override;

  // `progress` is called about a hundred times, with the part that is done.
  Report run(const std::function<void(double)>& progress = {});

 private:
  // world.cpp
  bool step_until(Micros t);
  bool stale(const Event& event) const;
  void dispatch(const Event& event);
  void start();
  bool served(const Peer& peer) const;
  bool all_served() const;
  std::string left_over() const;
  void sample(Micros until);
  void calm();
  void wait_until_served();
  void wait_until_told();
  void wait_until_quiet();
  bool step_while(const std::function<bool()>& condition, Micros most);
  void check();
  Report report() const;
  std::string who_waits() const;

  // world_faults.cpp
  void make_server();
  void make_peers();
  Path draw_path();
  Script draw_script();
  void schedule(Fault fault);
  void happen(Fault fault);
  void fail_where_aimed();

  // NetworkEnds
  bool listening() override { return server_->listening(); }
  bool host_is_up() override { return server_->powered(); }
  void accepted(LinkId link) override { server_->accepted(link); }
  void connected(LinkId link) override { peer(link).connected(link); }
  void refused(LinkId link) override { peer(link).refused(link); }
  void readable(LinkId link, Side side) override;
  void writable(LinkId link, Side side) override;
  void broken(LinkId link, Side side) override;
  Peer& peer(LinkId link) { return *peers_[network_.owner(link)]; }

  WorldOptions options_;
  SeededChoose choose_;
  Sim sim_;
  Network network_;
  Disk disk_;
  Faults faults_;
  std::unique_ptr<ServerNode> server_;
  std::unique_ptr<DialNode> dialling_;
  Crowd crowd_;
  std::vector<std::unique_ptr<Peer>> peers_;
  bool faults_on_ = true;
  bool start_due_ = false;
  bool proxied_ = false;
  // The power fails by chance, within a backup, or just after one was answered: by chance alone the
  // last two would be rare.
  enum class Aim : std::uint8_t { none, within_backup, after_backup } aim_ = Aim::none;
  std::uint64_t backups_before_ = 0;
  std::array<std::uint64_t, kFaults> happened_{};
  std::vector<Sample> samples_;
  double wall_seconds_ = 0;
  std::uint64_t next_check_ = kCheckEvery;
};

// The command that repeats a run.
std::string repeat_command(const WorldOptions& options, std::string_view faults);

}  // namespace tutti::world
