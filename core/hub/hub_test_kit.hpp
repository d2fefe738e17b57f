#pragma once
// For tests and the explorer: a house and its edges, with the queues between them in the caller's
// hands. A thread of an edge and the house's are two orders of the same values, so whoever drives
// this decides which value passes when.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/hub/house.hpp"
#include "core/live/live_test_kit.hpp"

namespace tutti::hub::test {

// The account is the first label of the Host: "anna.localhost".
class ByHost final : public auth::Authenticator {
 public:
  Result<auth::Identity> authenticate(const auth::Credentials& c, Now) const override {
    if (c.host.starts_with("nobody")) return fail(Code::unauthenticated, "nobody knows you");
    return auth::Identity{AccountId{hash_mix(std::hash<std::string_view>{}(c.host)) | 1}, false};
  }
};

class Wiring {
 public:
  struct Client {
    std::uint16_t edge = 0;
    std::size_t socket = 0;
  };

  explicit Wiring(std::uint16_t edges = 1, HouseConfig config = {}, Recorder* recorder = nullptr)
      : random_(7),
        recorder_(recorder),
        house(with_edges(std::move(config), edges), by_host_, random_, now, recorder),
        up(edges),
        down(edges) {
    for (std::uint16_t i = 0; i < edges; ++i) {
      edge.push_back(std::make_unique<live::Edge>(
          live::EdgeConfig{.index = i, .held_bytes = std::size_t{16} << 20, .deflate = false},
          recorder));
      shell.emplace_back(*edge.back(), recorder);
    }
  }

  std::size_t open(std::uint16_t on = 0, const live::Peer& peer = live::test::loopback()) {
    clients.push_back({on, shell[on].open(now, peer)});
    collect();
    return clients.size() - 1;
  }
  void bytes(std::size_t client, std::string bytes) {
    shell[clients[client].edge].bytes(clients[client].socket, std::move(bytes), now);
    collect();
  }
  void eof(std::size_t client) {
    shell[clients[client].edge].eof(clients[client].socket, now);
    collect();
  }
  void reset(std::size_t client) {
    shell[clients[client].edge].reset(clients[client].socket, now);
    collect();
  }
  void write(std::size_t client, std::size_t most = SIZE_MAX) {
    shell[clients[client].edge].write(clients[client].socket, now, most);
    collect();
  }
  const live::test::Shell::Socket& socket(std::size_t client) const {
    return shell[clients[client].edge][clients[client].socket];
  }
  const std::vector<std::string>& items(std::size_t client) const {
    return socket(client).view.items();
  }

  // One value passes.
  void pass_up(std::uint16_t from) {
    note_write(recorder_, &up[from]);
    live::Up value = std::move(up[from].front());
    up[from].pop_front();
    if (heard) heard(value);
    house.handle(std::move(value), now);
    collect();
  }
  void pass_down(std::uint16_t to) {
    note_write(recorder_, &down[to]);
    live::Down value = std::move(down[to].front());
    down[to].pop_front();
    edge[to]->handle(std::move(value), now);
    shell[to].effects();
    collect();
  }
  // The earliest timer of an edge, or of the house: time jumps there when it is ahead.
  void fire_edge(std::uint16_t on) {
    note_write(recorder_, &now);
    now.mono = std::max(now.mono, edge[on]->deadline());
    if (auto key = edge[on]->take_due(now)) edge[on]->fire(*key, now);
    shell[on].effects();
    collect();
  }
  void fire_house() {
    note_write(recorder_, &now);
    now.mono = std::max(now.mono, house.deadline());
    house.fire(now);
    collect();
  }
  void shut_down() {
    house.shut_down(now);
    collect();
  }
  void done(Result<JobResult> result) {
    JobToken token = jobs.front().token;
    jobs.pop_front();
    house.done({token, std::move(result)}, now);
    collect();
  }

  // Values and writes until none is left; no time passes.
  void settle() {
    for (bool busy = true; busy;) {
      busy = false;
      for (std::uint16_t i = 0; i < edge.size(); ++i) {
        while (!up[i].empty()) pass_up(i), busy = true;
        while (!down[i].empty()) pass_down(i), busy = true;
        for (std::size_t s = 0; s < shell[i].size(); ++s) {
          while (shell[i][s].open && shell[i][s].wants_write)
            shell[i].write(s, now), collect(), busy = true;
        }
      }
    }
  }
  void advance(Duration by) {
    ServerTime until = now.mono + by;
    for (settle();; settle()) {
      ServerTime next = house.deadline();
      for (const auto& e : edge) next = std::min(next, e->deadline());
      if (until < next) break;
      for (std::uint16_t i = 0; i < edge.size(); ++i) {
        if (edge[i]->deadline() == next) fire_edge(i);
      }
      if (house.deadline() == next) fire_house();
    }
    now.mono = until;
  }
  // A WebSocket that is live.
  std::size_t live(std::string_view target = "/ws", std::uint16_t on = 0) {
    std::size_t client = open(on);
    bytes(client, live::test::upgrade(target));
    settle();
    return client;
  }

  Now now{{1'000'000}, {1'000'000}};

 private:
  static HouseConfig with_edges(HouseConfig config, std::uint16_t edges) {
    config.edges = edges;
    return config;
  }
  // What the machines have to say goes into the queues.
  void collect() {
    note_read(recorder_, &now);
    for (std::uint16_t i = 0; i < edge.size(); ++i) {
      while (auto value = edge[i]->poll_up())
        note_write(recorder_, &up[i]), up[i].push_back(std::move(*value));
      while (auto value = house.poll_down(i))
        note_write(recorder_, &down[i]), down[i].push_back(std::move(*value));
    }
    while (auto effect = house.poll()) {
      if (auto* job = std::get_if<JobRequest>(&*effect)) jobs.push_back(std::move(*job));
      else log.push_back(std::get<LogLine>(*effect).text);
    }
  }

  ByHost by_host_;
  SeededRandom random_;
  Recorder* recorder_;

 public:
  House house;
  std::vector<std::unique_ptr<live::Edge>> edge;
  std::vector<live::test::Shell> shell;
  std::vector<std::deque<live::Up>> up;
  std::vector<std::deque<live::Down>> down;
  std::deque<JobRequest> jobs;
  std::vector<std::string> log;
  std::vector<Client> clients;
  std::function<void(const live::Up&)> heard;  // sees each value as it passes up
};

// What is wrong with the frames of the topic that a client read: a state, then deltas whose
// versions are dense, and so on from each further state; nothing when all is well. `skip`: versions
// of an earlier state must not come after it.
inline std::string topic_fault(const std::vector<std::string>& items,
                               std::int64_t* last = nullptr) {
  auto version_of = [](const std::string& item) {
    return std::stoll(item.substr(item.find("\"version\":") + 10));
  };
  std::int64_t held = 0;
  for (const std::string& item : items) {
    if (item.starts_with("text {\"op\":\"state\"")) {
      if (version_of(item) < held) return "a state older than what was read: " + item;
      held = version_of(item);
    } else if (item.starts_with("text {\"op\":\"delta\"")) {
      if (held == 0) return "a delta before any state: " + item;
      if (version_of(item) != held + 1)
        return "after version " + std::to_string(held) + " came " + item;
      ++held;
    }
  }
  if (last != nullptr) *last = held;
  return {};
}

}  // namespace tutti::hub::test
