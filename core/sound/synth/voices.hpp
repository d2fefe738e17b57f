#pragma once
// The models behind `play`, one function a family. Samples at `rate`, mono.

#include <vector>

#include "core/sound/synth/instruments.hpp"

namespace tutti::sound::synth {

struct StringModel {
  double decay = 4;         // seconds to -60 dB at 220 Hz; higher strings decay sooner
  double brightness = 0.5;  // of the pluck, 0 to 1
  double damping = 0.5;     // weight of the loss filter: 0 rings bright, 0.5 is Karplus and Strong
  double pluck = 0.13;      // where it is plucked, as a part of its length
  double release = 0.25;    // seconds to -60 dB once it is let go
  double breath = 0;        // drive by noise instead of a pluck
};
std::vector<float> pluck_string(const StringModel& model, const Note& note, int rate, Noise noise);

struct Mode {
  double ratio;  // to the fundamental
  double gain;
  double decay;  // seconds to -60 dB
};
struct BarModel {
  std::vector<Mode> modes;
  double hardness = 0.5;  // of the mallet: what it lets through of high modes
  double tremolo = 0;     // depth of a vibraphone's turning discs
  double release = 0;     // seconds to -60 dB once let go; 0: rings on
};
std::vector<float> strike_bar(const BarModel& model, const Note& note, int rate, Noise noise);

std::vector<float> blow_pipe(const Note& note, int rate, Noise noise);
std::vector<float> beat_kick(const Note& note, int rate);
std::vector<float> sweep_noise(const Note& note, int rate, Noise noise, double hz, double seconds);

}  // namespace tutti::sound::synth
