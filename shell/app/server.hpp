#pragma once
// Server: the wiring. One loop with the house and the first edge, further edges on threads, lanes
// for work elsewhere. Thread: loop.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/hub/house.hpp"
#include "shell/app/config.hpp"
#include "shell/app/edge_unit.hpp"
#include "shell/app/music.hpp"
#include "shell/loop/lane.hpp"
#include "shell/loop/system_random.hpp"
#include "shell/store/store.hpp"

namespace tutti::shell {

struct BuildInfo {
  std::string version;
  std::string commit;
  std::string core_hash;
};
// Of this program.
BuildInfo build_info();

class Server {
 public:
  // Takes the data directory's lock, opens the store, listens. Errors name what failed and what to
  // do.
  static Result<std::unique_ptr<Server>> create(const Config& config);
  ~Server();

  std::uint16_t port() const { return port_; }
  std::size_t max_connections() const { return max_connections_; }
  const std::string& fingerprint() const {
    return fingerprint_;
  }  // of the certificate; empty without TLS
  // What happened at start and is worth a person's attention.
  const std::vector<std::string>& notes() const { return notes_; }
  // Makes what serves and catches SIGTERM and SIGINT; then run() serves until one of them comes.
  void start();
  void run();

 private:
  Server(const Config& config, DataDir data, Store store, StoreReader reader, AccountId local);
  Result<void> open_tls();
  Result<Listening> choose_port();
  Result<void> listen();
  bool turn(Now now);
  void route(Now now);
  void effects();
  void backup(JobToken token, const hub::BackupJob& job);
  void read_block(EdgeUnit& unit, bool elsewhere, live::ReadBlock block);
  std::string shell_metrics() const;
  void check_health();
  void stop();
  ServerTime deadline() const;

  Config config_;
  BuildInfo build_ = build_info();
  DataDir data_;
  SystemRandom random_;
  auth::LocalAuthenticator authenticator_;
  std::unique_ptr<TlsContext> tls_;
  std::string fingerprint_;
  std::size_t max_connections_ = 0;
  std::vector<std::string> notes_;
  std::uint16_t port_ = 0;
  Loop loop_;
  Store store_;
  std::optional<StoreReader> reader_;  // closed before the store, so that no -wal is left
  std::unique_ptr<hub::House> house_;
  std::unique_ptr<MusicUnit> music_;
  std::unique_ptr<EdgeUnit> first_;
  std::vector<std::unique_ptr<EdgeThread>> others_;
  std::unique_ptr<Lane> files_;  // blocks of files
  std::unique_ptr<Lane> reads_;  // the store's reader
  std::unique_ptr<Lane> bulk_;   // backups
  ServerTime health_at_{};
  bool health_asked_ = false;
  std::optional<ServerTime> stop_by_;
  std::size_t last_ups_ = 0;  // values from the edge in the last turn that had any
};

}  // namespace tutti::shell
