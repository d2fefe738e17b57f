// One key that is connected and disconnected while dials are under way, succeed late, fail, and
// connections end. The hazards: two dials at once, a connection nobody wants left open, dialling a
// peer that said it leaves for good.
#include "core/live/dialer.hpp"
#include "sim/races/invariants.hpp"
#include "sim/races/moves.hpp"
#include "sim/races/scenarios.hpp"

namespace tutti::races {
namespace {

using live::Dialer;
using live::Goodbye;

class DialerModel : public MoveModel {
 public:
  DialerModel() { explore::call_it(&dialer_, "dialer"); }
  void moves(Moves& out) override {
    if (requests_ > 0) {
      out.add("user", "connect", [this] { ask(true); });
      out.add("user", "disconnect", [this] { ask(false); });
    }
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
      Attempt& a = attempts_[i];
      std::string name = "attempt" + std::to_string(i);
      if (a.phase == Phase::dialing) {
        out.add(name, "succeeds", [this, &a] { succeed(a); });
        if (failures_ > 0)
          out.add(name, "fails",
                  [this, &a] { --failures_, end(a), dialer_.failed(a.handle, now_), drain(); });
      }
      if (a.phase == Phase::connected && endings_ > 0) {
        out.add(name, "is lost", [this, &a] { say_goodbye(a, Goodbye::lost); });
        out.add(name, "leaves for good", [this, &a] { say_goodbye(a, Goodbye::shutdown); });
      }
    }
    if (dialer_.deadline() != kNever) out.add("clock", "fires", [this] { fire(); });
  }
  std::string_view check() const override {
    if (auto broken = first_broken(MoveModel::check(), dials_.broken()); !broken.empty())
      return broken;
    int dialing = 0, connected = 0;
    for (const Attempt& a : attempts_) {
      dialing += a.phase == Phase::dialing && !a.cancelled ? 1 : 0;
      connected += a.phase == Phase::connected ? 1 : 0;
    }
    if (dialer_.wanted("tv") != wanted_) return "it wants something else than was asked last";
    if (!wanted_ && (dialing > 0 || connected > 0 || dialer_.deadline() != kNever))
      return "something goes on that nobody wants";
    return {};
  }
  std::string_view over() const override {
    bool connected = false;
    for (const Attempt& a : attempts_) connected = connected || a.phase == Phase::connected;
    if (connected != wanted_) return "in the end it is not what was asked last";
    return {};
  }
  void describe(StateWriter& out) const override {
    dialer_.describe(out);
    for (const Attempt& a : attempts_) {
      if (a.phase == Phase::over) continue;
      out.handle(a.handle);
      out.number(static_cast<std::uint64_t>(a.phase) * 2 + (a.cancelled ? 1 : 0));
    }
    out.number(static_cast<std::uint64_t>(requests_ * 1000 + failures_ * 100 + endings_ * 10 +
                                          (wanted_ ? 1 : 0)));
  }
  ServerTime now() const override { return now_.mono; }

 private:
  enum class Phase { dialing, connected, over };
  struct Attempt {
    Handle handle;
    Phase phase = Phase::dialing;
    bool cancelled = false;  // the wish is on its way; the dial may still succeed
    bool counted = true;     // among the key's dials and connections
  };

  void ask(bool wanted) {
    --requests_;
    wanted_ = wanted;
    if (wanted) dialer_.connect("tv", "ws://tv", now_);
    else dialer_.disconnect("tv", now_);
    drain();
  }
  void succeed(Attempt& a) {
    if (a.cancelled) witness("a cancelled dial succeeds");
    a.phase = Phase::connected;
    dialer_.dialed(a.handle, now_);
    drain();
  }
  void say_goodbye(Attempt& a, Goodbye goodbye) {
    --endings_;
    end(a);
    if (goodbye == Goodbye::shutdown) wanted_ = false;
    dialer_.ended(a.handle, goodbye, now_);
    drain();
  }
  void end(Attempt& a) {
    a.phase = Phase::over;
    give_up(a);
  }
  // A cancelled dial is none of the key's any more, though it may still succeed.
  void give_up(Attempt& a) {
    if (a.counted) dials_.ended(0);
    a.counted = false;
  }
  void fire() {
    witness("dialled again");
    now_.mono = std::max(now_.mono, dialer_.deadline());
    if (auto key = dialer_.take_due(now_)) dialer_.fire(*key, now_);
    drain();
  }
  Attempt& find(Handle handle) {
    return *std::find_if(attempts_.begin(), attempts_.end(),
                         [&](const Attempt& a) { return a.handle == handle; });
  }
  void drain() {
    while (auto effect = dialer_.poll()) {
      if (auto* dial = std::get_if<Dialer::Dial>(&*effect)) {
        attempts_.push_back({dial->attempt});
        dials_.began(0);
      }
      if (auto* cancel = std::get_if<Dialer::CancelDial>(&*effect))
        find(cancel->attempt).cancelled = true, give_up(find(cancel->attempt));
      if (auto* hangup = std::get_if<Dialer::Hangup>(&*effect)) {
        require(find(hangup->attempt).phase == Phase::connected,
                "a connection hung up that is none");
        end(find(hangup->attempt));
        witness("hung up");
      }
    }
  }

  SeededRandom random_{3};
  Dialer dialer_{random_, explore::recorder()};
  Now now_{{1'000'000}, {}};
  std::vector<Attempt> attempts_;
  OneLivePerKey dials_;
  int requests_ = 5, failures_ = 2, endings_ = 2;
  bool wanted_ = false;
};

}  // namespace

Plan dialer_plan() {
  return {{"dialer",
           [](Choose&) { return std::make_unique<DialerModel>(); },
           {"a cancelled dial succeeds", "dialled again", "hung up"}},
          explore::Bounds{},
          400'000};
}

}  // namespace tutti::races
