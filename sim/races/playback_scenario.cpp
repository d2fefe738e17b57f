// One group whose listeners skip, seek, pause, edit and stop while facts, slices and saves are
// under way and come back in any order. The hazards: frames of an earlier stream after a seek,
// rapid skips that play the wrong track, two workers that read ahead, a queue that is read while it
// is edited, a position that is overwritten by a late advance.
#include <deque>

#include "core/base/limits.hpp"
#include "core/play/play_test_kit.hpp"
#include "sim/races/invariants.hpp"
#include "sim/races/moves.hpp"
#include "sim/races/scenarios.hpp"

namespace tutti::races {
namespace {

using namespace play;

constexpr std::size_t kTracks = 3;
constexpr std::int64_t kFrames = kTestRate * 3 / 10;  // three slices each

class PlaybackModel : public MoveModel {
 public:
  PlaybackModel() {
    explore::call_it(&group_, "group");
    for (std::size_t i = 0; i < kTracks; ++i) tracks_.push_back({kFrames});
    require(group_.edit(AddTracks{{TrackId{1}, TrackId{2}}}, {}, now_).has_value(), "no queue");
    drain();
  }
  void moves(Moves& out) override {
    if (asks_ > 0) list_asks(out);
    for (std::size_t i = 0; i < facts_.size(); ++i)
      out.add("library", "facts" + std::to_string(i), [this, i] { answer_facts(i); });
    // Slices of different streams run on different workers; those of one are one at a time.
    for (std::size_t i = 0; i < slices_.size(); ++i)
      out.add("render", "slice" + std::to_string(i), [this, i] { answer_slice(i); });
    if (saving_) out.add("store", "saved", [this] { answer_save(true); });
    if (saving_ && failures_ > 0) out.add("store", "fails", [this] { answer_save(false); });
    if (group_.deadline() != kNever && (active() || now_.mono < group_.deadline()))
      out.add("clock", "fires", [this] { fire(); });
  }
  std::string_view check() const override {
    if (auto broken = first_broken(MoveModel::check(), streams_.broken()); !broken.empty())
      return broken;
    if (group_.state() != PlayState::playing) return {};
    const QueueItem* current = group_.queue().current();
    if (current == nullptr) return "it plays, and nothing is current";
    if (!group_.track() || !(group_.track()->track == current->track))
      return "what it says it plays is not the current entry";
    if (!(ear_.sounds(group_, now_) == current->id)) return "what sounds is not the current entry";
    return {};
  }
  std::string_view over() const override {
    if (group_.state() == PlayState::loading) return "it waits for something that never comes";
    return "";
  }
  void describe(StateWriter& out) const override {
    group_.describe(out);
    out.number(facts_.size() << 16 | slices_.size() << 8 | (saving_ ? 1U : 0U));
    for (const AskFacts& ask : facts_) out.id(ask.token.value);
    for (const SliceRequest& slice : slices_)
      out.number(group_.epoch().number() - slice.epoch.number());
    out.number(static_cast<std::uint64_t>(asks_ * 10 + failures_));
  }
  ServerTime now() const override { return now_.mono; }

 private:
  bool active() const { return group_.state() == PlayState::playing; }
  void list_asks(Moves& out) {
    auto ask = [&](const char* what, auto act) {
      out.add("listener", what, [this, act] {
        --asks_;
        act();
        drain();
      });
    };
    ask("plays", [this] { (void)group_.play({}, AccountId{1}, now_); });
    if (active() || group_.state() == PlayState::loading) {
      ask("skips", [this] { (void)group_.skip(now_); });
      ask("seeks", [this] { seek(); });
      ask("pauses", [this] { group_.pause(now_); });
      ask("stops", [this] { group_.stop(now_); });
    }
    ask("adds a track", [this] { edit(AddTracks{{TrackId{3}}}); });
    if (!group_.queue().items().empty()) {
      ask("removes the last", [this] { edit(RemoveItems{{group_.queue().items().back().id}}); });
      ask("undoes", [this] { edit(UndoEdit{}); });
    }
  }
  void seek() {
    Duration to = millis(200);
    bool ok = group_.seek(to, now_).has_value();
    if (ok) require(group_.position(now_) == to, "a position was overwritten");
  }
  void edit(const QueueEdit& edit) {
    // A second editor that read the list before.
    Version before = group_.queue().version();
    if (group_.edit(edit, before, now_)) {
      auto late = group_.edit(ClearQueue{}, before, now_);
      require(!late && late.error().code == Code::stale, "an edit of an old list was taken");
      witness("a stale edit was refused");
    }
  }
  void answer_facts(std::size_t i) {
    AskFacts ask = facts_[i];
    facts_.erase(facts_.begin() + static_cast<std::ptrdiff_t>(i));
    std::uint64_t stale = group_.stale();
    group_.facts(ask.token, facts_of(tracks_, ask.track), now_);
    if (group_.stale() > stale) witness("facts nobody waits for");
    drain();
  }
  void answer_slice(std::size_t i) {
    SliceRequest slice = slices_[i];
    slices_.erase(slices_.begin() + static_cast<std::ptrdiff_t>(i));
    streams_.ended(slice.epoch.number() % kIds);
    auto& stream = playing_.try_emplace(slice.epoch.number(), tracks_).first->second;
    SliceDone done = stream.run(slice);
    bool current = slice.epoch.number() == group_.epoch().number();
    bool taken = group_.slice_done(done, now_);
    require(!taken || current, "frames of an earlier stream are played");
    if (taken) ear_.delivered(done);
    else witness("a slice of an earlier stream");
    drain();
  }
  void answer_save(bool ok) {
    SaveGroup save = *std::exchange(saving_, std::nullopt);
    if (!ok) --failures_, witness("a save failed");
    group_.saved(save.serial, ok ? Result<void>{} : fail(Code::no_space, "full"), now_);
    drain();
  }
  void fire() {
    now_.mono = std::max(now_.mono, group_.deadline());
    group_.fire(now_);
    drain();
  }
  void drain() {
    for (int n = 0; auto effect = group_.poll(); ++n) {
      require(n < 100, "one event has no end of effects");
      if (auto* ask = std::get_if<AskFacts>(&*effect)) facts_.push_back(*ask);
      if (auto* run = std::get_if<RunSlice>(&*effect)) {
        streams_.began(run->slice.epoch.number() % kIds);
        slices_.push_back(run->slice);
      }
      if (auto* save = std::get_if<SaveGroup>(&*effect)) {
        require(!saving_, "two saves at once");
        saving_ = *save;
      }
    }
    if (group_.state() == PlayState::playing &&
        group_.queue().index_of(group_.queue().current()->id) == 1)
      witness("the second track plays");
  }

  SeededRandom random_{3};
  TestTracks tracks_;
  Group group_{GroupId{1}, "kitchen", Pace::realtime, random_, explore::recorder()};
  Now now_{{1'000'000}, {}};
  std::vector<AskFacts> facts_;
  std::vector<SliceRequest> slices_;
  std::optional<SaveGroup> saving_;
  std::map<std::uint32_t, TestStream> playing_;
  TestEar ear_;
  OneLivePerKey streams_;  // slices under way of one stream
  int asks_ = 6, failures_ = 1;
};

}  // namespace

Plan playback_plan() {
  return {{"playback",
           [](Choose&) { return std::make_unique<PlaybackModel>(); },
           {"a stale edit was refused", "facts nobody waits for", "a slice of an earlier stream",
            "a save failed", "the second track plays"}},
          explore::Bounds{.depth = 8, .states = 100'000},
          100'000,
          80};
}

}  // namespace tutti::races
