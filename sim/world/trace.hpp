#pragma once
// Trace: what happened, as one running hash of 128 bits, and the last events as lines of text for
// whoever reads a violation. Two runs of one seed have the same hash; bytes count, not only events.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "sim/world/agenda.hpp"

namespace tutti::world {

class Trace {
 public:
  void event(const Event& event) {
    add(static_cast<std::uint64_t>(event.at));
    add((std::uint64_t{event.a} << 8) | static_cast<std::uint64_t>(event.what));
    add(event.b);
    last_[steps_++ % kLast] = Line{event, {}};
  }
  // What the step did, beside its event: bytes that were moved, an outcome. `note` is a literal.
  void bytes(ByteView bytes) {
    // Words alternate between the two halves; what follows mixes each with the other's sums.
    std::size_t i = 0;
    for (; i + 16 <= bytes.size(); i += 16) {
      std::uint64_t words[2];
      std::memcpy(words, bytes.data() + i, 16);
      one_ = (one_ ^ words[0]) * kOne;
      two_ = (two_ + words[1]) * kTwo;
      one_ ^= one_ >> 32;
      two_ ^= two_ >> 29;
    }
    std::uint64_t rest = bytes.size();
    for (; i < bytes.size(); ++i) rest = (rest ^ std::to_integer<std::uint64_t>(bytes[i])) * kOne;
    add(rest ^ two_);
  }
  void note(const char* what, std::uint64_t number = 0) {
    add(number + 0x9e37);
    if (steps_ == 0) return;
    Line& line = last_[(steps_ - 1) % kLast];
    if (line.notes < line.note.size()) line.note[line.notes++] = {what, number};
  }

  std::uint64_t steps() const { return steps_; }
  std::string hash() const;  // 32 digits
  std::vector<std::string> last() const;

 private:
  static constexpr std::size_t kLast = 32;
  static constexpr std::uint64_t kOne = 0x9fb21c651e98df25ULL;
  static constexpr std::uint64_t kTwo = 0xd6e8feb86659fd93ULL;
  struct Note {
    const char* what = nullptr;
    std::uint64_t number = 0;
  };
  struct Line {
    Event event;
    std::array<Note, 4> note{};
    std::uint8_t notes = 0;
  };
  // Two multiplicative hashes with different odd constants, each finished by a shift; collisions
  // would have to happen in both at once.
  void add(std::uint64_t word) {
    one_ = (one_ ^ word) * kOne;
    one_ ^= one_ >> 32;
    two_ = (two_ + word) * kTwo;
    two_ ^= two_ >> 29;
  }
  std::uint64_t one_ = 0x243f6a8885a308d3ULL;  // the first digits of pi, for want of a better start
  std::uint64_t two_ = 0x13198a2e03707344ULL;
  std::uint64_t steps_ = 0;
  std::array<Line, kLast> last_{};
};

}  // namespace tutti::world
