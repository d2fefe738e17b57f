#include "shell/app/edge_unit.hpp"

namespace tutti::shell {
namespace {
constexpr Duration kTurn = millis(1);
}

EdgeThread::EdgeThread(const live::EdgeConfig& config, TlsContext* tls, std::size_t max_connections,
                       std::function<void(Ups)> deliver)
    : unit_(loop_, config, tls, max_connections), deliver_(std::move(deliver)) {
  unit_.net.on_may_read([this] { return in_flight_ < limits::kPlaneQueue; });
  loop_.on_turn([this](Now now) { return turn(now); });
}

EdgeThread::~EdgeThread() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void EdgeThread::start() {
  thread_ = std::thread([this] { loop_.run(); });
}

void EdgeThread::send(std::vector<live::Down> downs) {
  loop_.post([this, downs = std::make_shared<std::vector<live::Down>>(std::move(downs))] {
    Now now = clock_now();
    for (live::Down& down : *downs) unit_.edge.handle(std::move(down), now);
  });
}

bool EdgeThread::turn(Now now) {
  unit_.edge.fire(now);
  bool more = unit_.net.pump(now, now.mono + kTurn);
  Ups ups;
  while (auto up = unit_.edge.poll_up()) ups.push_back(std::move(*up));
  if (!ups.empty()) {
    in_flight_ += ups.size();
    deliver_(std::move(ups));
  }
  // The house is behind: look again soon, though nothing may arrive.
  bool held = in_flight_ >= limits::kPlaneQueue;
  loop_.set_deadline(held ? std::min(unit_.edge.deadline(), now.mono + millis(1))
                          : unit_.edge.deadline());
  return more;
}

}  // namespace tutti::shell
