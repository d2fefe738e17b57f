#include "core/sound/synth/instruments.hpp"

#include <cmath>

#include "core/sound/synth/voices.hpp"

namespace tutti::sound::synth {

double Noise::next() {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  std::uint64_t bits = state_ * 0x2545f4914f6cdd1dULL;
  return static_cast<double>(static_cast<std::int64_t>(bits)) / 0x1p63;
}

double key_hz(double key) { return 440 * std::pow(2, (key - 69) / 12); }

namespace {

// Ratios: the arched bars of marimba and vibraphone are tuned to 1:4:10 and 1:4:10, a plain bar
// free at its ends has 1:2.756:5.404:8.933, a kalimba's tongue, clamped at one end, 1:6.267.
BarModel bar(Instrument instrument) {
  switch (instrument) {
    case Instrument::marimba:
      return {{{1, 1, 1.1}, {3.98, 0.35, 0.4}, {9.9, 0.12, 0.15}}, 0.5, 0, 0};
    case Instrument::vibraphone:
      return {{{1, 0.8, 6}, {4, 0.14, 3}, {10.1, 0.03, 1}}, 0.45, 0.16, 0.8};
    case Instrument::kalimba:
      return {{{1, 0.9, 1.9}, {2.01, 0.1, 0.9}, {6.267, 0.16, 0.35}}, 0.5, 0, 0};
    default:
      return {{{1, 0.5, 3.5}, {2.756, 0.25, 2}, {5.404, 0.1, 1}, {8.933, 0.04, 0.5}}, 1, 0, 0};
  }
}

}  // namespace

std::vector<float> play(const Note& note, int rate, Noise noise) {
  switch (note.instrument) {
    case Instrument::guitar: return pluck_string({5, 0.45, 0.42, 0.16, 0.3, 0}, note, rate, noise);
    case Instrument::harp: return pluck_string({7, 0.32, 0.38, 0.31, 2.5, 0}, note, rate, noise);
    case Instrument::bass: return pluck_string({5, 0.16, 0.5, 0.24, 0.12, 0}, note, rate, noise);
    case Instrument::air: return pluck_string({9, 0.3, 0.5, 0.2, 1.4, 0.05}, note, rate, noise);
    case Instrument::marimba:
    case Instrument::vibraphone:
    case Instrument::kalimba:
    case Instrument::glockenspiel: return strike_bar(bar(note.instrument), note, rate, noise);
    case Instrument::clarinet: return blow_pipe(note, rate, noise);
    case Instrument::kick: return beat_kick(note, rate);
    case Instrument::brush: return sweep_noise(note, rate, noise, 2600, 0.22);
    case Instrument::shaker: return sweep_noise(note, rate, noise, 6800, 0.09);
  }
  return {};
}

}  // namespace tutti::sound::synth
