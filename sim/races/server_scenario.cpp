// The shipped house and edges, wired through their queues: each queue passes one value at a time,
// sockets take parts, peers come, upgrade, speak and go at any moment, timers fire at any moment,
// the server stops at any moment. With two clients both want the same client id; with two edges
// they are on different threads' worth of queues.
#include "core/hub/hub_test_kit.hpp"
#include "sim/races/invariants.hpp"
#include "sim/races/moves.hpp"
#include "sim/races/scenarios.hpp"

namespace tutti::races {
namespace {

using hub::test::Wiring;
using namespace live;

class ServerModel : public MoveModel {
 public:
  // How hostile the run is is drawn first: were every fault possible at every step, few connections
  // would become live.
  ServerModel(Choose& choose, int edges, int clients)
      : w_(static_cast<std::uint16_t>(edges), {}, explore::recorder()),
        faults_(static_cast<int>(choose.choose(3, "faults"))),
        early_timers_(static_cast<int>(choose.choose(3, "timers")) * 3),
        stopped_(choose.choose(3, "stops") < 2),
        asks_(choose.choose(2, "asks") == 1),
        late_(choose.choose(2, "late effects") == 1) {
    for (int i = 0; i < clients; ++i)
      scripts_.push_back({"client" + std::to_string(i + 1), static_cast<std::uint16_t>(i % edges)});
    for (auto& shell : w_.shell) shell.late = late_;
    w_.heard = [this](const Up& up) { heard(up); };
    explore::call_it(&w_.house, "house");
    for (std::size_t e = 0; e < w_.edge.size(); ++e) {
      std::string edge = "edge" + std::to_string(e);
      explore::call_it(&w_.shell[e], edge + " sockets");
      explore::call_it(&w_.up[e], edge + " up");
      explore::call_it(&w_.down[e], edge + " down");
    }
  }

  void moves(Moves& out) override {
    for (Script& script : scripts_) client_moves(out, script);
    for (std::uint16_t e = 0; e < w_.edge.size(); ++e) {
      std::string name = "edge" + std::to_string(e);
      if (!w_.up[e].empty())
        out.add(name, "to house: " + test::text_of(w_.up[e].front()),
                [this, e] { w_.pass_up(e), look(); });
      if (!w_.shell[e].waiting().empty())
        out.add(name, "shell does one thing", [this, e] { w_.shell[e].apply_next(), look(); });
      if (!w_.down[e].empty())
        out.add("house", "to " + name, [this, e] { w_.pass_down(e), look(); });
    }
    if (!stopped_ && started_ > 0) out.add("house", "stops", [this] { stop(); });
    // The topic's pace is short: it is a timer at any moment. The long ones pass when nothing else
    // can happen, and a few times before.
    if (w_.house.deadline() != kNever)
      out.add("house", "timer", [this] { w_.fire_house(), look(); });
    if (early_timers_ == 0 && !out.empty()) return;
    for (std::uint16_t e = 0; e < w_.edge.size(); ++e) {
      if (w_.edge[e]->deadline() != kNever)
        out.add("edge" + std::to_string(e), "timer", [this, e] { fire(e); });
    }
  }
  std::string_view check() const override {
    return first_broken(MoveModel::check(), closed_.broken(), live_.broken(), own_.broken());
  }
  std::string_view over() const override {
    for (std::size_t i = 0; i < w_.clients.size(); ++i) {
      if (closed_.times(i) != 1) return "an Opened without its Closed";
    }
    if (!(w_.house.counts() == hub::House::Counts{}))
      return "the house still counts connections that are gone";
    for (const auto& edge : w_.edge) {
      if (edge->connections() != 0 || edge->counters().held() != 0 || edge->deadline() != kNever)
        return "an edge holds something for nobody";
    }
    return {};
  }
  void describe(StateWriter& out) const override {
    w_.house.describe(out);
    for (std::size_t e = 0; e < w_.edge.size(); ++e) {
      w_.edge[e]->describe(out);
      for (const EdgeEffect& effect : w_.shell[e].waiting()) {
        out.number(effect.index());
        std::visit([&](const auto& what) { out.handle(what.conn); }, effect);
      }
      for (const Up& up : w_.up[e]) describe_value(out, up);
      for (const Down& down : w_.down[e]) describe_value(out, down);
    }
    for (const Script& script : scripts_) {
      out.number(static_cast<std::uint64_t>(script.step) | (script.gone ? 256U : 0U) |
                 static_cast<std::uint64_t>(script.lives) << 16 |
                 static_cast<std::uint64_t>(script.partial) << 24);
      if (!script.open) continue;
      const auto& socket = w_.socket(script.client);
      out.number((socket.open ? 1U : 0U) | (socket.wants_write ? 2U : 0U) |
                 (socket.paused ? 4U : 0U) | (socket.half_closed ? 8U : 0U));
      for (const std::string& item : socket.view.items()) out.text(item);
      out.number(socket.view.pending());
    }
    out.number(static_cast<std::uint64_t>(early_timers_ * 100 + faults_ * 10 + (stopped_ ? 1 : 0) +
                                          (asks_ ? 2 : 0) + (late_ ? 4 : 0)));
    closed_.state(out), live_.state(out);
  }
  ServerTime now() const override { return w_.now.mono; }

 private:
  struct Script {
    std::string name;
    std::uint16_t edge = 0;
    std::size_t client = 0;
    int step = 0;
    int lives = 2;    // how often it may come
    int partial = 2;  // how often its socket takes only a part
    bool open = false;
    bool gone = false;
  };

  template <class Value>
  static void describe_value(StateWriter& out, const Value& value) {
    out.number(value.index());
    std::visit(
        [&](const auto& what) {
          using T = std::decay_t<decltype(what)>;
          if constexpr (requires { what.conn; }) out.conn(what.conn);
          if constexpr (std::is_same_v<T, Send>) out.text(what.text.text());
          if constexpr (std::is_same_v<T, Append>) out.text(what.frame.bytes.text());
          if constexpr (std::is_same_v<T, Close> || std::is_same_v<T, Closed>)
            out.number(static_cast<std::uint64_t>(what.reason));
          if constexpr (std::is_same_v<T, Grant>)
            out.number(static_cast<std::uint64_t>(what.latch));
          if constexpr (std::is_same_v<T, Respond>) out.text(std::get<Bytes>(what.body).text());
          if constexpr (std::is_same_v<T, Message>) out.text(test::text_of(what));
        },
        value);
  }

  void client_moves(Moves& out, Script& script) {
    if (!script.open || !w_.socket(script.client).open) {
      if (script.lives > 0) out.add(script.name, "opens", [this, &script] { open(script); });
      return;
    }
    const auto& socket = w_.socket(script.client);
    if (!script.gone && !socket.paused && script.step < 5) {
      out.add(script.name, kWhat[script.step], [this, &script] { speak(script); });
    }
    if (!script.gone && faults_ > 0) {
      out.add(script.name, "ends its side",
              [this, &script] { fault(script), w_.eof(script.client), look(); });
      out.add(script.name, "resets",
              [this, &script] { fault(script), w_.reset(script.client), look(); });
    }
    if (!socket.wants_write) return;
    out.add(script.name, "reads all", [this, &script] { w_.write(script.client), look(); });
    if (script.partial > 0)
      out.add(script.name, "reads 40 bytes",
              [this, &script] { --script.partial, w_.write(script.client, 40), look(); });
  }
  static constexpr const char* kWhat[] = {"asks", "upgrades", "subscribes", "echoes",
                                          "subscribes again"};

  // What clients share beside the server: recorded like the machines.
  void stop() {
    note_write(explore::recorder(), &stopped_);
    stopped_ = true;
    w_.shut_down();
    look();
  }
  void fault(Script& script) {
    note_write(explore::recorder(), &faults_);
    --faults_;
    script.gone = true;
  }
  void open(Script& script) {
    note_write(explore::recorder(), &stopped_);  // only then may it stop
    for (const Script& other : scripts_) {
      if (&other != &script && other.open && !w_.socket(other.client).open &&
          other.edge == script.edge)
        witness("a slot is used again");
    }
    --script.lives;
    ++started_;
    script.client = w_.open(script.edge);
    script.open = true;
    script.gone = false;
    script.step = asks_ ? 0 : 1;
    client_of_[conn_of(script)] = script.client;
    look();
  }
  ConnId conn_of(const Script& script) const {
    return {script.edge, w_.socket(script.client).handle};
  }

  // Each life asks for a path of its own, so that a misdirected answer is seen.
  std::string path_of(const Script& script) const {
    return "/" + std::to_string(script.client) + ".";
  }
  // The client whose path an answer repeats.
  static std::size_t meant_for(const std::string& item) {
    std::size_t end = item.find('.', item.find('/'));
    return std::stoul(item.substr(item.rfind('/', end) + 1));
  }
  void speak(Script& script) {
    static const std::string kSubscribe =
        test::text_frame(R"({"op":"subscribe","id":1,"topic":"server"})");
    std::string bytes[] = {
        test::get(path_of(script)), test::upgrade("/ws?client=tv"), kSubscribe,
        test::text_frame(R"({"op":"echo","id":2,"text":")" + path_of(script) + "\"}"), kSubscribe};
    w_.bytes(script.client, std::move(bytes[script.step++]));
    look();
  }

  void fire(std::uint16_t e) {
    note_write(explore::recorder(), &early_timers_);
    early_timers_ = std::max(0, early_timers_ - 1);
    w_.fire_edge(e);
    look();
  }
  void heard(const Up& up) {
    if (const auto* closed = std::get_if<Closed>(&up)) {
      std::size_t client = client_of_.at(closed->conn);
      closed_.closed(client);
      if (std::erase(upgraded_, client) > 0) live_.ended(0);
    }
    if (const auto* message = std::get_if<Message>(&up))
      require(closed_.times(client_of_.at(message->conn)) == 0, "a message after the Closed");
  }

  void look() {
    int live = 0;
    for (const Script& script : scripts_) {
      if (!script.open) continue;
      const auto& socket = w_.socket(script.client);
      check_items(script, socket.view.items());
      bool is_live = socket.open && socket.view.upgraded() && closed_.times(script.client) == 0;
      live += is_live ? 1 : 0;
      if (is_live &&
          std::find(upgraded_.begin(), upgraded_.end(), script.client) == upgraded_.end()) {
        upgraded_.push_back(script.client);
        live_.began(0);
      }
    }
    for (const auto& shell : w_.shell) require(shell.wrong().empty(), shell.wrong());
    bool quiet = true;
    for (std::size_t e = 0; e < w_.up.size(); ++e)
      quiet = quiet && w_.up[e].empty() && w_.down[e].empty();
    if (!quiet) return;
    require(static_cast<int>(w_.house.counts().registered) >= live,
            "a live connection is not registered");
    if (live == 1) witness("quiet and live");
    std::size_t connections = 0;
    for (const auto& edge : w_.edge) connections += edge->connections();
    require(w_.house.counts().links <= connections,
            "the house knows more connections than the edges");
  }
  void check_items(const Script& script, const std::vector<std::string>& items) {
    if (auto fault = hub::test::topic_fault(items); !fault.empty()) require(false, fault);
    for (const std::string& item : items) {
      require(!item.starts_with("nonsense"), "bytes that are no answer");
      if (item.starts_with("404")) own_.reached(script.client, meant_for(item));
      if (item.starts_with("409")) witness("refused as a duplicate");
      if (item.find("\"op\":\"delta\"") != std::string::npos) witness("a delta was read");
      if (item.find("\"op\":\"echo\"") == std::string::npos) continue;
      own_.reached(script.client, meant_for(item));
      witness("an echo was read");
    }
  }

  Wiring w_;
  std::vector<Script> scripts_;
  std::unordered_map<ConnId, std::size_t> client_of_;
  std::vector<std::size_t> upgraded_;  // clients that read a 101 and are not closed
  ClosedOnce closed_;                  // by client
  OneLivePerKey live_;                 // of the one client id
  OwnOnly own_;
  int faults_;
  int early_timers_;
  bool stopped_;
  bool asks_;
  bool late_;
  int started_ = 0;
};

}  // namespace

Plan server_plan(int edges, int clients) {
  std::string name = "server " + std::to_string(edges) + "x" + std::to_string(clients);
  std::vector<std::string> witnesses = {"quiet and live", "an echo was read"};
  if (clients > 1)
    witnesses.insert(witnesses.end(), {"refused as a duplicate", "a delta was read"});
  if (clients > 1 && edges == 1) witnesses.push_back("a slot is used again");
  return {
      {name, [=](Choose& choose) { return std::make_unique<ServerModel>(choose, edges, clients); },
       witnesses},
      clients == 1 ? std::optional(explore::Bounds{.depth = 13, .states = 40'000}) : std::nullopt,
      60'000,
      250};
}

}  // namespace tutti::races
