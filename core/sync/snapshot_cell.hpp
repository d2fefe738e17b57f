#pragma once
// SnapshotCell: hands ClockSnapshots from the thread that has the filter to those that ask for the
// time and must not wait, such as the speaker's. A sequence lock without fences: Boehm, "Can
// Seqlocks Get Along with Programming Language Memory Models?", MSPC 2012, section 4. A reader that
// sees any word of a new value also sees, when it looks at the sequence again, that it has changed.
//
// Writing and reading are made of steps, one access to memory each, so that the explorer runs the
// same code in every order of them.

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>

#include "core/base/check.hpp"
#include "core/sync/clock_snapshot.hpp"

namespace tutti::sync {

class SnapshotCell {
  static constexpr std::size_t kWords = sizeof(ClockSnapshot) / sizeof(std::uint64_t);

 public:
  using Words = std::array<std::uint64_t, kWords>;
  static_assert(std::has_unique_object_representations_v<Words> &&
                sizeof(Words) == sizeof(ClockSnapshot));
  // Reads that may be disturbed before `read` gives up: one is written twice a second, within
  // nanoseconds, so a second disturbance means that the writer was held up in the middle.
  static constexpr int kTries = 4;

  SnapshotCell() { publish({}); }
  SnapshotCell(const SnapshotCell&) = delete;
  SnapshotCell& operator=(const SnapshotCell&) = delete;

  // By one thread only. Never waits.
  void publish(const ClockSnapshot& snapshot) {
    Writing writing = begin(snapshot);
    while (!step(writing)) continue;
  }
  // By any thread. Never waits; nothing when the writer was in the middle each time: what was read
  // before is still good.
  std::optional<ClockSnapshot> read() const {
    for (int i = 0; i < kTries; ++i) {
      Reading reading;
      while (!step(reading)) continue;
      if (auto snapshot = result(reading)) return snapshot;
    }
    return {};
  }

  struct Writing {
    Words words{};
    std::uint64_t sequence = 0;
    std::size_t next = 0;
  };
  static Writing begin(const ClockSnapshot& snapshot) {
    return {.words = std::bit_cast<Words>(snapshot)};
  }
  // True when it was the last. While it is written the sequence is odd.
  bool step(Writing& writing) {
    std::size_t word = writing.next++;
    if (word == 0) {
      writing.sequence = sequence_.load(std::memory_order_relaxed);
      sequence_.store(writing.sequence + 1, std::memory_order_relaxed);
    } else if (word <= kWords) {
      words_[word - 1].store(writing.words[word - 1], std::memory_order_release);
    } else {
      sequence_.store(writing.sequence + 2, std::memory_order_release);
    }
    return word > kWords;
  }

  struct Reading {
    Words words{};
    std::uint64_t before = 0, after = 0;
    std::size_t next = 0;
  };
  bool step(Reading& reading) const {
    std::size_t word = reading.next++;
    if (word == 0) reading.before = sequence_.load(std::memory_order_acquire);
    else if (word <= kWords) reading.words[word - 1] = load(word - 1);
    else reading.after = sequence_.load(std::memory_order_relaxed);
    return word > kWords;
  }
  // Nothing when a writer came in between.
  static std::optional<ClockSnapshot> result(const Reading& reading) {
    bool whole = reading.before == reading.after && reading.before % 2 == 0;
    if (!GUARD("snapshot_cell.whole", whole)) return {};
    return std::bit_cast<ClockSnapshot>(reading.words);
  }

  void describe(StateWriter& out) const {
    out.number(sequence_.load(std::memory_order_relaxed));
    for (const auto& word : words_) out.number(word.load(std::memory_order_relaxed));
  }

 private:
  std::uint64_t load(std::size_t word) const {
    return words_[word].load(std::memory_order_acquire);
  }
  std::atomic<std::uint64_t> sequence_{0};
  std::array<std::atomic<std::uint64_t>, kWords> words_{};
};

}  // namespace tutti::sync
