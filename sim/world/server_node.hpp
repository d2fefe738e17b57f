#pragma once
// ServerNode: the shipped house and its edges on a simulated machine: sockets of the simulated
// network, the queues between edges and house with their delays, a clock that drifts, jobs on the
// simulated disk. It is what `shell/` is to them, and it checks at each value what they promise.

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/hub/house.hpp"
#include "core/live/edge.hpp"
#include "sim/world/backup.hpp"
#include "sim/world/clock.hpp"
#include "sim/world/network.hpp"

namespace tutti::world {

// The account is the first label of the Host; "nobody" is refused.
class AccountByHost final : public auth::Authenticator {
 public:
  Result<auth::Identity> authenticate(const auth::Credentials& c, Now now) const override;
};

struct ServerOptions {
  std::uint16_t edges = 1;
  bool deflate = true;
  int connections_per_account = 50;
  std::size_t held_bytes = std::size_t{64} << 20;  // of each edge
  Micros hop_most = 50;                            // a value's way between edge and house
  Micros accept_hop = 0;              // the way of what lets a client in takes up to so much more
  std::size_t read_most = 64 * 1024;  // bytes of one read
  bool trusts_proxies = false;        // all clients come through one, then
  std::uint32_t block_fails_one_in = 0;  // a read of the served file
  Care care = Care::right;
  std::uint32_t lose_closed_one_in = 0;  // for tests: a value that never reaches the house
};

// The file that is served, made of its offsets.
inline constexpr const char* kFileRoute = "/app.js";
inline constexpr std::uint64_t kFileBytes = 150'000;
char file_byte(std::uint64_t offset);

class ServerNode {
 public:
  ServerNode(Sim& sim, Network& network, Disk& disk, const ServerOptions& options);
  ~ServerNode();

  struct Counters {
    std::uint64_t starts = 0;
    std::uint64_t accepted = 0;
    std::uint64_t ups = 0;
    std::uint64_t downs = 0;
    std::uint64_t backups = 0;
    std::uint64_t backups_failed = 0;
    std::uint64_t expensive_checks = 0;
    std::array<std::uint64_t, static_cast<std::size_t>(live::CloseReason::kCount)> closes{};
  };

  void start();
  void stop_in_order();  // ends when all have left, after 5 s at most
  void lose_power();
  bool up() const { return house_ != nullptr; }
  bool listening() const { return up() && !stopping_; }
  bool powered() const { return powered_; }
  bool backup_running() const { return backups_running_ > 0; }
  Clock& clock() { return clock_; }
  Now time() const { return clock_.at(sim_.now); }
  // What its store says of itself.
  void set_health(bool good);
  void set_drift(std::int64_t ppm) { ppm_ = ppm; }  // from the next start
  const Counters& counters() const { return counters_; }
  std::uint64_t held() const;  // bytes, of all edges
  std::size_t connections() const { return open_; }
  std::size_t links() const { return up() ? house_->links() : 0; }

  // Of its sockets.
  void accepted(LinkId link);
  void readable(LinkId link);
  void writable(LinkId link);
  void broken(LinkId link);

  // An event of the agenda; `stale` ones are no step.
  bool stale(const Event& event) const;
  void handle(const Event& event);

  // Checks that cost something for each connection.
  void check();
  // What is left when nothing should be; empty when nothing is.
  std::string left_over() const;
  void calm() { options_.block_fails_one_in = 0; }
  // Every backup under its name is whole, and those that were answered are there.
  void check_backups();

 private:
  struct Sock {
    Handle handle;
    LinkId link;
    bool open = false;
    bool blocked = false;
    bool paused = false;
    bool eof = false;
    bool half_closed = false;
    bool heard = false;      // the peer has sent something
    bool addressed = false;  // the house has said something that may be sent
    bool known = false;      // Opened went up
    bool closed = false;     // Closed went up
    bool is_live = false;    // all latches were set
    std::uint8_t latches = 0;
    std::string client;  // the id it asked for
  };
  struct Lane {  // one direction of one edge's queue
    Micros last = 0;
  };
  struct EdgeUnit {
    std::unique_ptr<live::Edge> edge;
    std::vector<Sock> socks;  // by the slot of their handle
    Ring<live::Up> up{1 << 22};
    Ring<live::Down> down{1 << 22};
    Ring<live::EdgeEffect> effects{1 << 22};
    Lane up_lane;
    Lane down_lane;
    bool pump_due = false;
  };
  struct Place {
    std::uint64_t generation = 0;  // of the link
    std::uint16_t edge = 0;
    Handle handle;
  };
  struct Job {
    JobToken token;
    std::optional<Backup> backup;
    std::string metrics;
    std::optional<live::ReadBlock> block;
    std::uint16_t edge = 0;
    bool used = false;
  };

  // server_node.cpp: life, sockets
  void end(bool power);
  void end_if_quiet();
  Sock* sock_of(LinkId link, std::uint16_t* edge);
  Sock* find(EdgeUnit& unit, Handle handle);
  void drop_socket(Sock& sock);
  void flush(std::uint16_t e, Sock& sock);
  void effect(std::uint16_t e, const live::EdgeEffect& effect);
  void pump(std::uint16_t e);

  // server_values.cpp: queues, timers, jobs
  void collect(std::uint16_t e);
  void collect_house();
  void arm(std::size_t which, ServerTime deadline);
  void fire(std::uint32_t which);
  Micros hop(Lane& lane, Micros extra = 0);
  void submit(hub::JobRequest request);
  std::uint32_t new_job();
  void run_job(std::uint32_t slot);
  void run_backup(std::uint32_t slot);
  void answer_block(const Job& job);
  void forget_old_backups();

  // server_checks.cpp
  void check_up(std::uint16_t e, const live::Up& up);
  void note_closed(Sock& sock, live::CloseReason reason);
  void check_down(std::uint16_t e, const live::Down& down);
  void latch(Sock& sock, live::Latch latch);
  void went_live(Sock& sock);
  void check_edge(std::uint16_t e);

  Sim& sim_;
  Network& network_;
  Disk& disk_;
  ServerOptions options_;
  Clock clock_;
  std::int64_t ppm_ = 0;
  AccountByHost by_host_;
  DrawnRandom random_;
  std::unique_ptr<hub::House> house_;
  std::vector<EdgeUnit> edges_;
  std::vector<Micros> armed_;  // by edge, the house behind them
  std::vector<ServerTime> deadlines_;
  std::vector<Place> places_;  // by the slot of a link
  std::vector<Job> jobs_;
  std::size_t backups_running_ = 0;
  std::vector<std::string> answered_;  // backups that somebody was told of
  std::unordered_map<std::string, int> live_by_client_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t backups_named_ = 0;
  std::size_t open_ = 0;
  bool stopping_ = false;
  bool powered_ = true;
  Counters counters_;
  std::string file_;  // the one that is served
  std::vector<ByteView> views_;
  std::string scratch_;
};

}  // namespace tutti::world
