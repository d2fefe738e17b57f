#pragma once
// LoudnessHistogram: the 400 ms blocks of a programme as counts by loudness, so that the integrated
// loudness of an album follows from those of its tracks, whose audio need not be read again.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/sound/loudness.hpp"

namespace tutti::sound {

// Bins of 0.1 LU from -70 to +30 LUFS, each with how many blocks it holds and their mean power.
// What a meter says of the tracks one after the other, but for two things: the three blocks over
// each joint are missing, and a bin that the relative gate cuts counts by the part above it, as if
// its blocks were spread evenly: that moves 1 % of the blocks by 0.04 LU at most. The means are
// kept to 1/256 of a bin, 0.0004 LU.
class LoudnessHistogram {
 public:
  LoudnessHistogram() = default;
  // Every whole block of what was measured.
  explicit LoudnessHistogram(const LoudnessMeter& meter);

  void add(const LoudnessHistogram& other);
  // LUFS, gated as LoudnessMeter::integrated (BS.1770-5 annex 1). None: nothing passes the gates.
  std::optional<double> integrated() const;

  // About three bytes a bin that holds anything, 200 to 700 for a piece of music; none for silence.
  std::string bytes() const;
  // corrupt: bytes() did not make it.
  static Result<LoudnessHistogram> from_bytes(std::string_view bytes);

 private:
  struct Bin {
    std::uint64_t count = 0;
    double power = 0;  // sum
  };
  void add_block(double power);
  double mean_above(double gate) const;
  Bin& bin(std::size_t index);

  std::vector<Bin> bins_;  // up to the loudest
};

}  // namespace tutti::sound
