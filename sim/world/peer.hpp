#pragma once
// Peer: one scripted client of the simulated server. It dials, asks or upgrades, plays its role,
// checks each answer against what it asked, and comes again as the close code tells it.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/wire/deflate.hpp"
#include "sim/world/client_reader.hpp"
#include "sim/world/faults.hpp"
#include "sim/world/network.hpp"

namespace tutti::world {

enum class Script : std::uint8_t {
  chat,        // connected, says nothing, answers pings
  echo,        // asks for echoes
  subscriber,  // follows the topic, subscribes again, unsubscribes
  requester,   // HTTP with keep-alive and pipelining
  backups,     // a requester that asks for backups too
  slow,        // asks for much and reads little
  hostile,     // bytes that are random, frames that are damaged
  duplicate,   // shares its client id with another
  flapping,    // leaves in every way there is and comes again
  vanishing,   // goes silent, and comes again under the same client id
};
const char* name(Script script);

// What all peers share.
struct Crowd {
  Sim& sim;
  Network& network;
  wire::Inflater inflater;
  std::string scratch;
  std::uint64_t connects = 0;
  std::uint64_t echoes = 0;
  std::uint64_t answers = 0;
  std::uint64_t deltas = 0;
  std::uint64_t lost = 0;  // asked for, and the connection ended first
  bool strict = false;     // nothing happens that explains it: then it is a violation
};

class Peer final : private ClientReader::Takes {
 public:
  struct Options {
    std::uint32_t number = 0;
    Script script = Script::chat;
    std::string client;  // its id; empty: none
    std::string host = "localhost";
    Path path;
    bool deflate = false;
    bool proxied = false;  // its requests may name whom they are for
    std::size_t read_most = 64 * 1024;
  };
  Peer(Crowd& crowd, Options options) : crowd_(crowd), sim_(crowd.sim), o_(std::move(options)) {}

  void begin(Micros delay) { plan(delay); }
  // Faults are over: from here on it behaves, and wants one answer to prove that it is served.
  void calm();
  bool proven() const { return proven_ || o_.script == Script::hostile; }
  // For good: in one of the ways that a client may leave.
  void leave();
  bool gone() const { return phase_ == Phase::away; }
  // How many connections the topic has told it of; nothing while it does not follow it.
  std::optional<std::int64_t> told() const {
    return phase_ == Phase::live && subscribed_ && version_ > 0 ? std::optional(told_)
                                                                : std::nullopt;
  }
  bool in_handshake() const { return phase_ == Phase::dialing || phase_ == Phase::upgrading; }
  LinkId link() const { return link_; }
  const Options& options() const { return o_; }
  std::string state_text() const;

  // Of its socket and its plans.
  void connected(LinkId link);
  void refused(LinkId link);
  void readable(LinkId link);
  void writable(LinkId link);
  void broken(LinkId link);
  bool stale(const Event& event) const { return event.b != plan_; }
  void planned();

 private:
  enum class Phase : std::uint8_t { away, dialing, asking, upgrading, live, leaving };
  enum class Ask : std::uint8_t {
    missing,
    health,
    info,
    list,
    metrics,
    file,
    head,
    nobody,
    unchanged,
    backup
  };
  struct Asked {
    Ask what = Ask::missing;
    std::uint64_t token = 0;
    bool proof = false;
  };
  struct Echo {
    std::uint64_t token = 0;
    std::uint32_t padding = 0;
    bool proof = false;
  };

  bool speaks_http() const {
    return o_.script == Script::requester || o_.script == Script::backups;
  }
  // peer.cpp: connecting, leaving
  void plan(Micros delay);
  void plan_next();
  void dial();
  void upgrade();
  void send(std::string_view bytes);
  void send_frame(wire::Opcode opcode, std::string_view payload);
  void flush();
  void end(Micros come_again);
  void lost_it();
  Micros backoff();
  bool expects_body() override;
  bool answer(int status, std::string_view head, std::string_view body) override;
  bool frame(const wire::WebSocketEvent& event) override;
  void nonsense(const char* what) override;
  bool refused_upgrade(int status, std::string_view head);
  bool closed_by_server(std::uint16_t code);

  // peer_scripts.cpp, peer_http.cpp: the roles
  void went_live();
  void act();
  void act_subscriber();
  void act_hostile();
  void send_hostile_requests();
  void act_flapping();
  void act_vanishing();
  void act_slow();
  void leave_rudely();
  void ask_echo(std::uint32_t padding);
  void send_text(std::string_view text);
  void call();
  void check_result(std::string_view text);
  void ask_some();
  void ask(Ask what, bool last);
  std::string draw_headers();
  void check_answer(const Asked& asked, int status, std::string_view body);
  void check_text(std::string_view text);
  void check_echo(std::string_view text);
  void check_topic(std::string_view text, bool whole);
  std::string damaged(std::string bytes);

  Crowd& crowd_;
  Sim& sim_;
  Options o_;
  Phase phase_ = Phase::away;
  LinkId link_;
  ClientReader reader_;
  std::string out_;  // what the socket did not take yet
  std::size_t out_sent_ = 0;
  std::uint64_t plan_ = 0;
  Micros heard_ = 0;
  Micros act_at_ = kForever;
  std::uint64_t tokens_ = 0;
  std::deque<Asked> asked_;
  std::deque<Echo> echoes_;
  std::vector<std::uint64_t> calls_;
  std::int64_t version_ = 0;  // of the topic, 0: none read since it connected
  std::int64_t told_ = 0;
  bool subscribed_ = false;
  bool half_closed_ = false;
  bool asks_first_ = false;  // an answer comes before the 101
  int failures_ = 0;
  bool calm_ = false;
  bool leaving_for_good_ = false;
  bool proven_ = false;
};

}  // namespace tutti::world
