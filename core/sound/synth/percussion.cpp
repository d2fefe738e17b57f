#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/sound/synth/voices.hpp"

namespace tutti::sound::synth {
namespace {

constexpr double kTau = 2 * std::numbers::pi;

}  // namespace

std::vector<float> strike_bar(const BarModel& model, const Note& note, int rate, Noise noise) {
  double hz = key_hz(note.key);
  double longest = 0;
  for (const Mode& mode : model.modes) longest = std::max(longest, mode.decay);
  // High bars are light and ring shorter.
  double shorter = std::pow(440 / hz, 0.5);
  auto length = static_cast<std::size_t>(longest * shorter * rate);
  auto released = static_cast<std::size_t>(note.length * rate);
  if (model.release > 0)
    length = std::min(length, released + static_cast<std::size_t>(model.release * rate));
  std::vector<float> out(length);
  for (const Mode& mode : model.modes) {
    double f = hz * mode.ratio;
    if (f > 0.45 * rate) continue;
    // A soft mallet stays on the bar longer than a high mode's half period.
    double mallet = 1 / (1 + std::pow(f / (600 + 5000 * model.hardness * note.velocity), 2));
    double decay = std::pow(10, -3 / (mode.decay * shorter * rate));
    double gain = 0.5 * note.velocity * mode.gain * mallet;
    // A rotating phasor is a resonator that rings at exactly its frequency.
    double c = std::cos(kTau * f / rate) * decay;
    double s = std::sin(kTau * f / rate) * decay;
    double re = gain * (1 + 0.05 * noise.next());  // no two strokes hit the same spot
    double im = 0;
    for (float& x : out) {
      double next = c * re - s * im;
      im = s * re + c * im;
      re = next;
      x += static_cast<float>(im);
    }
  }
  auto attack = static_cast<std::size_t>(rate * 0.0015);
  double let_go = model.release > 0 ? std::pow(10, -3 / (model.release * rate)) : 1;
  double left = 1;
  for (std::size_t i = 0; i < length; ++i) {
    double t = static_cast<double>(i) / rate;
    double shape = i < attack ? 0.5 - 0.5 * std::cos(std::numbers::pi * static_cast<double>(i) /
                                                     static_cast<double>(attack))
                              : 1;
    if (i >= released) left *= let_go;
    shape *= left * (1 + model.tremolo * std::sin(kTau * 4.6 * t));
    out[i] = static_cast<float>(out[i] * shape);
  }
  return out;
}

// A membrane struck near its middle: its tone falls as its tension does.
std::vector<float> beat_kick(const Note& note, int rate) {
  auto length = static_cast<std::size_t>(0.35 * rate);
  std::vector<float> out(length);
  double phase = 0;
  for (std::size_t i = 0; i < length; ++i) {
    double t = static_cast<double>(i) / rate;
    phase += kTau * (48 + 70 * std::exp(-t * 38)) / rate;
    double shape = std::exp(-t * 15) * std::min(1.0, t * 700);
    out[i] = static_cast<float>(0.8 * note.velocity * shape * std::sin(phase));
  }
  return out;
}

// Many small grains at random, heard through one resonance.
std::vector<float> sweep_noise(const Note& note, int rate, Noise noise, double hz, double seconds) {
  auto length = static_cast<std::size_t>(seconds * rate);
  std::vector<float> out(length);
  double c = 2 * 0.93 * std::cos(kTau * hz / rate);
  double energy = 0;
  double y1 = 0;
  double y2 = 0;
  for (std::size_t i = 0; i < length; ++i) {
    double t = static_cast<double>(i) / static_cast<double>(length);
    double shape = std::min(1.0, t * 12) * std::exp(-5 * t) * (1 - t);
    if (noise.next() > 0.9) energy += 0.25;  // a grain hits
    energy *= 0.97;
    double y = c * y1 - 0.93 * 0.93 * y2 + energy * noise.next() * 0.12;
    out[i] = static_cast<float>(note.velocity * shape * (y - y2));
    y2 = y1;
    y1 = y;
  }
  return out;
}

}  // namespace tutti::sound::synth
