#pragma once
// For tests: sources that lie in memory, and a loop that drives a Render the way a group does.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "core/base/choose.hpp"
#include "core/render/render.hpp"

namespace tutti::render::test {

struct Recording {
  int rate = 44'100;
  int channels = 2;
  std::vector<float> samples;
  bool knows_length = true;
  std::size_t read_at_most = 1'000'000;  // frames a call
  std::int64_t fails_at = -1;            // frame
  std::int64_t frames() const { return static_cast<std::int64_t>(samples.size()) / channels; }
};

class MemorySource final : public Source {
 public:
  explicit MemorySource(const Recording& recording) : recording_(recording) {
    info_ = {.sample_rate = recording.rate,
             .channels = recording.channels,
             .bits = 16,
             .lossless = true,
             .frames = recording.knows_length ? recording.frames() : -1,
             .codec = "pcm"};
  }
  const SourceInfo& info() const override { return info_; }
  Result<std::size_t> read(std::span<float> out) override {
    auto width = static_cast<std::size_t>(recording_.channels);
    std::int64_t end = recording_.fails_at >= 0 ? recording_.fails_at : recording_.frames();
    auto left = static_cast<std::size_t>(std::max<std::int64_t>(0, end - at_));
    std::size_t n = std::min({out.size() / width, left, recording_.read_at_most});
    if (n == 0 && recording_.fails_at >= 0) return fail(Code::corrupt, "broken here");
    std::copy_n(recording_.samples.begin() + at_ * recording_.channels, n * width, out.begin());
    at_ += static_cast<std::int64_t>(n);
    return n;
  }
  Result<void> seek(std::int64_t frame) override {
    at_ = std::min(frame, recording_.frames());
    return {};
  }

 private:
  const Recording& recording_;
  SourceInfo info_;
  std::int64_t at_ = 0;
};

// Path -> recording; a path that is not there cannot be opened.
using Shelf = std::map<std::string, Recording>;

inline OpenSource opener(const Shelf& shelf) {
  return [&shelf](const std::string& path) -> Result<std::unique_ptr<Source>> {
    auto found = shelf.find(path);
    if (found == shelf.end()) return fail(Code::not_found, path + " is not there");
    return std::make_unique<MemorySource>(found->second);
  };
}

// Samples of 16 bits, as decoded.
inline std::vector<float> noise(std::uint64_t seed, std::size_t count) {
  SeededChoose random(seed);
  std::vector<float> out(count);
  for (float& x : out)
    x = static_cast<float>(static_cast<int>(random.next() >> 48) - 32768) / 32768.0F;
  return out;
}

inline std::vector<float> sine(double hz, int rate, std::size_t frames, int channels,
                               double level = 0.5) {
  std::vector<float> out;
  for (std::size_t i = 0; i < frames; ++i) {
    double x = level * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate);
    for (int c = 0; c < channels; ++c) out.push_back(static_cast<float>(x));
  }
  return out;
}

inline TrackRef ref(const std::string& path, std::uint64_t entry = 0) {
  return {.track = TrackId{std::hash<std::string>{}(path) | 1}, .entry = entry, .path = path};
}

// What came out of a stream.
struct Heard {
  std::vector<float> pcm;
  std::vector<Mark> marks;
  Status status = Status::idle;
  const Mark* find(Mark::Kind kind, std::uint64_t entry) const {
    for (const Mark& mark : marks)
      if (mark.kind == kind && mark.entry == entry) return &mark;
    return nullptr;
  }
};

// Commands that come before given output frames; a player of `tracks` in order, which sets the next
// one whenever one began (or could not be had).
struct Session {
  std::vector<std::string> tracks;
  Duration crossfade{};
  std::map<std::int64_t, std::vector<Command>> at;
  std::int64_t until = INT64_MAX;  // output frames
};

class Player {
 public:
  Player(Render& render, const Session& session) : render_(render), session_(session) {
    commands_.push_back(Start{ref(session.tracks.at(0), 0), {}});
    set_next();
  }
  // The size of each slice is drawn; without `choose` each is as large as can be.
  Heard play(Choose* choose) {
    for (int idle = 0; idle < 20 && position_ < session_.until;) {
      std::size_t frames =
          choose == nullptr ? render_.max_frames() : 1 + choose->choose(2500, "slice");
      idle = step(frames) == 0 ? idle + 1 : 0;
    }
    return std::move(heard_);
  }

 private:
  void set_next() {
    ++next_;
    if (next_ < session_.tracks.size())
      commands_.push_back(SetNext{ref(session_.tracks[next_], next_), session_.crossfade});
  }
  std::size_t step(std::size_t frames) {
    auto due = session_.at.find(position_);
    if (due != session_.at.end() && !std::exchange(done_[position_], true))
      commands_.insert(commands_.end(), due->second.begin(), due->second.end());
    auto later = session_.at.upper_bound(position_);
    std::int64_t stop = later == session_.at.end() ? session_.until : later->first;
    frames = static_cast<std::size_t>(
        std::min<std::int64_t>(static_cast<std::int64_t>(frames), stop - position_));
    Slice slice = render_.run({commands_, frames});
    commands_.clear();
    for (const Mark& mark : slice.marks) {
      bool taken = mark.kind == Mark::Kind::began && mark.entry == next_;
      if (taken || mark.kind == Mark::Kind::next_failed) set_next();
      heard_.marks.push_back(mark);
    }
    heard_.pcm.insert(heard_.pcm.end(), slice.pcm.begin(), slice.pcm.end());
    heard_.status = slice.status;
    position_ += static_cast<std::int64_t>(slice.frames);
    return slice.frames;
  }

  Render& render_;
  const Session& session_;
  std::vector<Command> commands_;
  std::map<std::int64_t, bool> done_;
  std::size_t next_ = 0;
  std::int64_t position_ = 0;
  Heard heard_;
};

inline Heard play(const Shelf& shelf, PcmFormat format, const Session& session,
                  Choose* choose = nullptr) {
  auto render = Render::create(format, opener(shelf));
  return Player(**render, session).play(choose);
}

}  // namespace tutti::render::test
