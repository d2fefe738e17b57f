#pragma once
// Piece: notes to a finished recording: instruments in a room, brought to a loudness.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/sound/synth/instruments.hpp"

namespace tutti::sound::synth {

struct Piece {
  std::vector<Note> notes;
  double seconds =
      0;              // of the recording; what still sounds then is faded over the last half second
  double room = 0.2;  // how much of it is heard
  double reverberation = 1.8;  // seconds to -60 dB
};

// Interleaved stereo at `rate`, at about -14.5 LUFS (BS.1770) and below 0.92 of full scale, the
// same for the same seed. `progress` gets 0 to 1.
std::vector<float> record(const Piece& piece, int rate, std::uint64_t seed,
                          const std::function<void(double)>& progress);

// The demo album's music, ours, CC0. Tracks of a recording are cut at `cuts` (seconds): they run
// into each other without a gap.
struct Recording {
  Piece piece;
  std::vector<std::string> titles;
  std::vector<double> cuts;  // one fewer than titles
};
std::vector<Recording> demo_recordings();

}  // namespace tutti::sound::synth
