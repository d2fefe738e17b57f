// Listeners who ask for audio over HTTP, leave, ask again and wait, with two slots for three of
// them, while streams are opened, fail and end in any order. The hazards: more streams than slots,
// a slot that is never given back or twice, a stream that is told another's type.
#include <map>

#include "core/play/streams.hpp"
#include "sim/races/invariants.hpp"
#include "sim/races/moves.hpp"
#include "sim/races/scenarios.hpp"

namespace tutti::races {
namespace {

using namespace play;

class StreamsModel : public MoveModel {
 public:
  StreamsModel() { explore::call_it(&streams_, "streams"); }
  void moves(Moves& out) override {
    for (std::uint32_t who = 1; who <= kListeners; ++who) {
      std::string name = "listener" + std::to_string(who);
      if (asks_ > 0) {
        for (auto type : {StreamType::normal, StreamType::enhanced})
          out.add(name, type == StreamType::normal ? "asks for normal" : "asks for enhanced",
                  [this, who, type] { ask(who, type); });
      }
      if (wanted_.contains(who)) out.add(name, "leaves", [this, who] { leave(who); });
    }
    for (std::size_t i = 0; i < opening_.size(); ++i) {
      std::string name = "decoder" + std::to_string(i);
      out.add(name, "opens", [this, i] { opened(i, true); });
      out.add(name, "cannot open", [this, i] { opened(i, false); });
    }
    for (std::size_t i = 0; i < open_.size(); ++i)
      out.add("encoder" + std::to_string(i), "ends", [this, i] { over(i); });
    if (streams_.deadline() != kNever) out.add("clock", "fires", [this] { fire(); });
  }
  std::string_view check() const override {
    if (auto broken = MoveModel::check(); !broken.empty()) return broken;
    if (held_ > kSlots) return "more streams play than there are slots";
    if (streams_.playing() != held_) return "the slots that are held are not those of streams";
    return {};
  }
  std::string_view over() const override {
    return wanted_.empty() || !open_.empty() ? "" : "somebody waits for a stream for ever";
  }
  void describe(StateWriter& out) const override {
    streams_.describe(out);
    for (const auto& [who, type] : wanted_) out.number(who * 4 + static_cast<std::uint64_t>(type));
    for (StreamId id : opening_) out.id(id.value);
    for (StreamId id : open_) out.id(id.value);
    out.number(static_cast<std::uint64_t>(asks_));
  }
  ServerTime now() const override { return now_.mono; }

 private:
  static constexpr std::uint32_t kListeners = 3;
  static constexpr std::size_t kSlots = 2;
  static ConnId conn(std::uint32_t who) { return {0, {who, Generation(1)}}; }

  void ask(std::uint32_t who, StreamType type) {
    --asks_;
    if (wanted_.contains(who)) witness("a listener asks again");
    wanted_[who] = type;
    streams_.ask(conn(who), {{}, TrackId{1}, type}, now_);
    drain();
  }
  void leave(std::uint32_t who) {
    wanted_.erase(who);
    streams_.closed(conn(who), now_);
    drain();
  }
  void opened(std::size_t i, bool well) {
    StreamId id = opening_[i];
    opening_.erase(opening_.begin() + static_cast<std::ptrdiff_t>(i));
    bool ended = ended_.contains(id.value);
    if (ended) witness("a stream is open after its listener left");
    if (!well && !ended) --held_;
    streams_.opened(id, well ? Result<void>{} : fail(Code::corrupt, "bad"), now_);
    drain();
  }
  void over(std::size_t i) {
    StreamId id = open_[i];
    streams_.over(id, now_);
    drain();
    std::uint64_t stale = streams_.stale();
    streams_.over(id, now_);  // the last block and the end of its connection may both say so
    require(streams_.stale() == stale + 1, "a stream ended twice");
    drain();
  }
  void fire() {
    now_.mono = std::max(now_.mono, streams_.deadline());
    streams_.fire(now_);
    drain();
  }
  void drain() {
    while (auto effect = streams_.poll()) {
      if (auto* open = std::get_if<Streams::Open>(&*effect)) {
        opening_.push_back(open->stream);
        types_[open->stream.value] = open->wish.type;
        if (++held_ == kSlots) witness("all slots are taken");
      }
      if (auto* begin = std::get_if<Streams::Begin>(&*effect)) began(*begin);
      if (auto* refusal = std::get_if<Streams::Refuse>(&*effect)) {
        wanted_.erase(refusal->conn.handle.slot);
        if (refusal->error.code == Code::overloaded) witness("waited too long");
      }
      if (auto* end = std::get_if<Streams::End>(&*effect)) {
        --held_;
        ended_[end->stream.value] = true;
        std::erase(open_, end->stream);
      }
    }
  }
  void began(const Streams::Begin& begin) {
    open_.push_back(begin.stream);
    auto asked = wanted_.find(begin.conn.handle.slot);
    require(asked != wanted_.end(), "a stream begins for a listener who has left");
    if (asked == wanted_.end()) return;
    require(asked->second == begin.wish.type, "a stream is not what its listener asked for");
    require(types_.at(begin.stream.value) == begin.wish.type, "a stream's type has changed");
  }

  SeededRandom random_{3};
  Streams streams_{random_, explore::recorder(), kSlots};
  Now now_{{1'000'000}, {}};
  std::map<std::uint32_t, StreamType> wanted_;  // what each listener asked for last
  std::map<std::uint64_t, StreamType> types_;
  std::map<std::uint64_t, bool> ended_;
  std::vector<StreamId> opening_, open_;
  std::size_t held_ = 0;
  int asks_ = 5;
};

}  // namespace

Plan streams_plan() {
  return {{"streams",
           [](Choose&) { return std::make_unique<StreamsModel>(); },
           {"a listener asks again", "a stream is open after its listener left",
            "all slots are taken", "waited too long"}},
          explore::Bounds{.depth = 9, .states = 100'000},
          60'000,
          60};
}

}  // namespace tutti::races
