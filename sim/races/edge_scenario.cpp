// One edge whose house may say anything at any time, as if every value had been delayed: to a
// connection that upgrades, and to the next occupant of its slot. The hazards: bytes before the 101
// or before all latches, values for a connection that ended, values of the first connection that
// reach the second, a Closed too many or too few. And the same with hardly any memory: what does
// not fit must not let something else go out in its place.
#include "core/live/live_test_kit.hpp"
#include "sim/races/invariants.hpp"
#include "sim/races/moves.hpp"
#include "sim/races/scenarios.hpp"

namespace tutti::races {
namespace {

using namespace live;
using live::test::Bench;

class EdgeModel : public MoveModel {
 public:
  // `held`: what the edge may hold, bytes.
  EdgeModel(Choose& choose, std::size_t held)
      : b_({.held_bytes = held, .deflate = false}, explore::recorder()),
        short_(held < (std::size_t{1} << 20)) {
    // Half of the runs let the peer speak to the end; else the connection seldom lives long enough.
    faults_ = choose.choose(2, "faults");
    early_timers_ = static_cast<int>(choose.choose(2, "timers")) * 4;
    b_.shell.late = choose.choose(2, "late effects") == 1;
    b_.shell.open(b_.now);
    first_ = b_.id(0);
    explore::call_it(&b_.shell, "sockets");
  }

  void moves(Moves& out) override {
    peer_moves(out);
    house_moves(out);
    for (std::size_t i = 0; i < b_.shell.size(); ++i) {
      std::string name = i == 0 ? "socket1" : "socket2";
      if (!b_.shell[i].open || !b_.shell[i].wants_write) continue;
      out.add(name, "takes all", [this, i] { b_.shell.write(i, b_.now), look(); });
      if (partial_ > 0)
        out.add(name, "takes 7 bytes",
                [this, i] { --partial_, b_.shell.write(i, b_.now, 7), look(); });
    }
    if (!b_.shell.waiting().empty())
      out.add("shell", "does what the edge wants", [this] { b_.shell.apply_next(), look(); });
    // Time passes at any moment a few times, else when nothing else can happen.
    bool may_fire = early_timers_ > 0 || out.empty();
    if (may_fire && b_.edge.deadline() != kNever) out.add("clock", "fires", [this] { fire(); });
  }
  std::string_view check() const override {
    return first_broken(MoveModel::check(), sent_.broken(), closed_.broken(), lost_.broken(),
                        ready_.broken());
  }
  std::string_view over() const override {
    for (std::size_t i = 0; i < b_.shell.size(); ++i) {
      if (closed_.times(i) != 1) return "a connection without its Closed";
    }
    if (auto lost = lost_.missing(); !lost.empty()) return lost;
    if (b_.edge.connections() != 0 || b_.edge.counters().held() != 0)
      return "something is held for nobody";
    if (b_.edge.deadline() != kNever) return "a timer stands for nobody";
    return {};
  }
  void describe(StateWriter& out) const override {
    b_.edge.describe(out);
    sent_.state(out), closed_.state(out), lost_.state(out), ready_.state(out);
    for (std::size_t i = 0; i < b_.shell.size(); ++i) {
      const auto& socket = b_.shell[i];
      out.number((socket.open ? 1U : 0U) | (socket.wants_write ? 2U : 0U) |
                 (socket.paused ? 4U : 0U) | (socket.half_closed ? 8U : 0U));
      for (const std::string& item : socket.view.items()) out.text(item);
      out.number(socket.view.pending());
    }
    out.number(b_.shell.late);
    for (const EdgeEffect& effect : b_.shell.waiting()) {
      out.number(effect.index());
      std::visit([&](const auto& what) { out.handle(what.conn); }, effect);
    }
    out.number(said_);
    out.number(static_cast<std::uint64_t>(peer_) | static_cast<std::uint64_t>(partial_) << 8 |
               static_cast<std::uint64_t>(early_timers_) << 16 |
               static_cast<std::uint64_t>(faults_) << 30 | (gone_ ? 1ULL << 24 : 0) |
               (asked_ ? 1ULL << 25 : 0) | (answered_ ? 1ULL << 26 : 0) |
               (upgraded_ ? 1ULL << 27 : 0));
  }
  ServerTime now() const override { return b_.now.mono; }

 private:
  enum Say : unsigned {
    kAccept,
    kAuthenticated,
    kServices,
    kAttached,
    kSend,
    kAttach,
    kAppend,
    kClose,
    kSayings
  };
  static constexpr const char* kNames[] = {
      "accepts", "grants authenticated", "grants services",     "grants attached",
      "sends",   "attaches a feed",      "appends to the feed", "closes"};
  static constexpr unsigned kReady = 15;  // the first four
  bool said(Say what) const { return (said_ & (1U << what)) != 0; }

  void peer_moves(Moves& out) {
    const auto& socket = b_.shell[0];
    if (socket.open && !socket.paused && !gone_ && peer_ < 3) {
      static const std::string kBytes[] = {test::upgrade(),
                                           test::text_frame(R"({"op":"echo","text":"early"})"),
                                           test::close_frame()};
      static const char* const kWhat[] = {"upgrades", "sends a message", "closes"};
      out.add("peer", kWhat[peer_], [this] { b_.shell.bytes(0, kBytes[peer_++], b_.now), look(); });
    }
    if (socket.open && !gone_ && faults_ > 0) {
      out.add("peer", "ends its side", [this] { gone_ = true, b_.shell.eof(0, b_.now), look(); });
      out.add("peer", "resets", [this] { gone_ = true, b_.shell.reset(0, b_.now), look(); });
    }
    if (b_.shell.size() == 1 && b_.edge.connections() == 0)
      out.add("peer2", "opens", [this] { open_second(); });
    if (b_.shell.size() < 2 || !b_.shell[1].open) return;
    if (!asked_)
      out.add("peer2", "asks",
              [this] { asked_ = true, b_.shell.bytes(1, test::get("/two"), b_.now), look(); });
    if (asked_) out.add("peer2", "resets", [this] { b_.shell.reset(1, b_.now), look(); });
  }

  // All that the first connection's house may have under way.
  void house_moves(Moves& out) {
    for (unsigned what = 0; what < kSayings; ++what) {
      if (said(static_cast<Say>(what))) continue;
      out.add("house", kNames[what], [this, what] { say(static_cast<Say>(what)); });
    }
    if (asked_ && !answered_)
      out.add("house", "answers the second",
              [this] { answered_ = true, b_.respond(1, "two"), look(); });
  }

  void say(Say what) {
    if (closed_.times(0) > 0) witness("a value for a connection that ended");
    if (b_.shell.size() == 2 && b_.shell[1].open)
      witness("a value for the slot's earlier occupant");
    if ((what == kSend || what == kAttach) && (said_ & kReady) != kReady)
      witness("sent before it is live");
    said_ |= 1U << what;
    // An Accept that comes before anybody asked for it is of no effect.
    if (what == kAccept) upgraded_ = peer_ > 0;
    switch (what) {
      case kAccept: b_.say(Accept{first_}); break;
      case kAuthenticated: b_.say(Grant{first_, Latch::authenticated}); break;
      case kServices: b_.say(Grant{first_, Latch::services_ready}); break;
      case kAttached: b_.say(Grant{first_, Latch::attached}); break;
      case kSend: say_hello(); break;
      case kAttach: b_.say(Attach{first_, FeedId{9}, {0}}); break;
      case kAppend: b_.say(Append{FeedId{9}, {0}, Frame{Bytes("delta")}}); break;
      default: b_.say(Close{first_, CloseReason::going_away});
    }
    if (what <= kAttached && closed_.times(0) == 0) granted();
    look();
  }
  void granted() {
    if (said(kAttached)) ready_.registered(0);
    if (!upgraded_ || (said_ & kReady) != kReady) return;
    ready_.live(0);
    sent_.opened(0);
  }
  // Whether the edge takes it is its answer to: are you ready?
  void say_hello() {
    std::size_t before = b_.edge.counters().held();
    b_.say(Send{first_, Bytes("hello")});
    bool taken = b_.edge.counters().held() > before;
    bool no_memory = short_ && !taken && ready_.is_live(0);  // that is no answer
    if (!no_memory) ready_.answered(0, taken);
    if (taken) sent_.sent(0), lost_.accepted(0);
  }
  void open_second() {
    if (b_.shell[0].open) witness("a slot is used again before the shell heard of its end");
    b_.shell.open(b_.now);
    require(b_.shell[1].handle.slot == b_.shell[0].handle.slot,
            "the slot is not used again: the scenario shows nothing");
    look();
  }
  void fire() {
    early_timers_ = std::max(0, early_timers_ - 1);
    b_.now.mono = std::max(b_.now.mono, b_.edge.deadline());
    if (auto key = b_.edge.take_due(b_.now)) b_.edge.fire(*key, b_.now);
    b_.shell.effects();
    look();
  }

  // After every move: what the house heard and what the peers read.
  void look() {
    while (auto up = b_.edge.poll_up()) {
      if (const auto* closed = std::get_if<Closed>(&*up)) count(*closed);
      if (const auto* message = std::get_if<Message>(&*up)) heard(*message);
    }
    const auto& view = b_.shell[0].view;
    bool ready = (said_ & kReady) == kReady;
    require(!view.upgraded() || said(kAccept), "bytes before the upgrade was accepted");
    require(view.upgraded() || view.items().empty() || !said(kAccept) || closed_.times(0) > 0,
            "an answer beside the 101");
    for (const std::string& item : view.items()) {
      require(!item.starts_with("nonsense"), "bytes that are no answer");
      if (item.starts_with("text")) require(ready, "sent before all latches were set");
    }
    if (b_.shell.size() == 2) {
      for (const std::string& item : b_.shell[1].view.items())
        require(item == "200 two", "the second read what was not meant for it");
    }
    require(b_.shell.wrong().empty(), b_.shell.wrong());
    if (view.has("text hello")) lost_.delivered(0);
    if (view.has("text hello") && b_.edge.connections() > 0) witness("sent when live");
  }
  void count(const Closed& closed) {
    std::size_t i = closed.conn == first_ ? 0 : 1;
    closed_.closed(i);
    bool refused = i == 0 && closed.reason == CloseReason::overloaded && upgraded_;
    if (refused && !b_.shell[0].view.upgraded()) witness("no memory for the 101");
    if (i == 0) sent_.ended(0), ready_.ended(0), lost_.reported(0);
    require(i == 0 || closed.reason != CloseReason::going_away,
            "the second was closed in place of the first");
  }
  void heard(const Message& message) {
    bool first = message.conn == first_;
    require(closed_.times(first ? 0 : 1) == 0, "a message after the Closed");
    if (first && std::holds_alternative<wire::SessionCommand>(message.body)) {
      require((said_ & kReady) == kReady, "a message before all latches were set");
      witness("an early message arrived");
    }
  }

  Bench b_;
  bool short_;  // of memory
  ConnId first_;
  // Of the first connection, but for `closed_`: of both.
  SentOnlyWhileOpen sent_;
  ClosedOnce closed_;
  DeliveredOrReported lost_;
  ReadyIfLive ready_;
  unsigned said_ = 0;
  int peer_ = 0;
  int partial_ = 1;
  int early_timers_ = 0;
  std::uint32_t faults_ = 0;
  bool gone_ = false, asked_ = false, answered_ = false, upgraded_ = false;
};

}  // namespace

Plan edge_plan() {
  return {
      {"edge",
       [](Choose& choose) { return std::make_unique<EdgeModel>(choose, std::size_t{256} << 20); },
       {"a value for a connection that ended", "a value for the slot's earlier occupant",
        "sent before it is live", "sent when live", "an early message arrived",
        "a slot is used again before the shell heard of its end"}},
      explore::Bounds{.depth = 7, .states = 400'000},
      220'000,
      60};
}

Plan short_edge_plan() {
  return {{"edge short of memory",
           [](Choose& choose) {
             // A 101 takes 208 bytes, a message 7.
             std::size_t held = 214 - choose.choose(12, "memory");
             return std::make_unique<EdgeModel>(choose, held);
           },
           {"no memory for the 101"}},
          std::nullopt,
          100'000,
          60};
}

}  // namespace tutti::races
