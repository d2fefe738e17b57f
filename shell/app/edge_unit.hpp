#pragma once
// One edge with its sockets: on the house's loop, or on a thread of its own. The house is reached
// by values only.

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "core/live/edge.hpp"
#include "shell/net/edge_server.hpp"

namespace tutti::shell {

// Thread: the loop given.
struct EdgeUnit {
  EdgeUnit(Loop& on, const live::EdgeConfig& config, TlsContext* tls, std::size_t max_connections)
      : loop(on), edge(config), net(on, edge, tls, max_connections) {}
  Loop& loop;
  live::Edge edge;
  EdgeServer net;
};

// Thread: the house's loop for everything public; the edge itself lives on its own.
class EdgeThread {
 public:
  using Ups = std::vector<live::Up>;
  // `deliver` is called on the edge's thread with what goes up; it posts to the house's loop.
  EdgeThread(const live::EdgeConfig& config, TlsContext* tls, std::size_t max_connections,
             std::function<void(Ups)> deliver);
  ~EdgeThread();  // stops and joins
  EdgeUnit& unit() { return unit_; }
  void start();
  // Values for the edge, in order.
  void send(std::vector<live::Down> downs);
  // So many values from below were taken.
  void taken(std::size_t count) { in_flight_ -= count; }

 private:
  bool turn(Now now);
  Loop loop_;
  EdgeUnit unit_;
  std::function<void(Ups)> deliver_;
  std::atomic<std::size_t> in_flight_ = 0;  // values on their way up: too many stop reading
  std::thread thread_;
};

}  // namespace tutti::shell
