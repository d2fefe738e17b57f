#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/sound/synth/voices.hpp"

namespace tutti::sound::synth {
namespace {

// The string at rest, pulled by a burst of noise: soft plucks are dull, and the place of the pluck
// takes out the partials that have a node there (Jaffe and Smith, sections 2.3 and 2.5).
std::vector<double> burst(const StringModel& model, const Note& note, std::size_t period,
                          Noise& noise) {
  std::vector<double> out(period);
  double dull = 1 - std::clamp(model.brightness * (0.35 + 0.65 * note.velocity), 0.02, 0.98);
  double low = 0;
  for (double& x : out) x = low = (1 - dull) * noise.next() + dull * low;
  auto comb =
      std::max<std::size_t>(1, static_cast<std::size_t>(model.pluck * static_cast<double>(period)));
  for (std::size_t i = period; i-- > comb;) out[i] -= out[i - comb];
  double mean = 0;
  double power = 0;
  for (double x : out) mean += x / static_cast<double>(period);
  for (double& x : out) {
    x -= mean;
    power += x * x;
  }
  double scale = power > 0 ? 0.35 * std::sqrt(static_cast<double>(period) / power) : 0;
  for (double& x : out) x *= scale * note.velocity;
  return out;
}

}  // namespace

std::vector<float> pluck_string(const StringModel& model, const Note& note, int rate, Noise noise) {
  double hz = key_hz(note.key);
  double damping = model.damping;
  // The loop is the delay line, the loss filter ((1 - d) + d z^-1, whose delay is d at low
  // frequencies) and an allpass that makes up the fraction of a sample.
  double loop = rate / hz - damping;
  auto period = static_cast<std::size_t>(loop - 0.3);
  double fraction = loop - static_cast<double>(period);
  double allpass = (1 - fraction) / (1 + fraction);
  double decay = model.decay * std::pow(220 / hz, 0.6);
  double hold = std::pow(10, -3 / (decay * hz));
  double let_go = std::pow(10, -3 / (std::min(model.release, decay) * hz));
  auto released = static_cast<std::size_t>(note.length * rate);
  auto length = static_cast<std::size_t>(
      (std::min(note.length, decay) + std::min(model.release, decay) * 1.2) * rate);

  bool blown = model.breath > 0;
  std::vector<double> line =
      blown ? std::vector<double>(period) : burst(model, note, period, noise);
  std::vector<float> out(length);
  double last = 0;
  double allpass_in = 0;
  double allpass_out = 0;
  double breath = 0;
  double low = 0;
  for (std::size_t i = 0, at = 0; i < length; ++i, at = at + 1 == period ? 0 : at + 1) {
    double x = line[at];
    double lossy = ((1 - damping) * x + damping * last) * (i < released ? hold : let_go);
    last = x;
    double y = allpass * (lossy - allpass_out) + allpass_in;
    allpass_in = lossy;
    allpass_out = y;
    if (blown) {
      double target = i < released ? note.velocity * model.breath : 0;
      breath += (target - breath) * 6 / rate;  // a slow swell
      low += 0.05 * (noise.next() - low);      // breath is dull
      y += breath * low;
    }
    line[at] = y;
    out[i] = static_cast<float>(x);
  }
  return out;
}

// Pressure goes up and down a cylinder that is closed by a reed: the bell turns its sign and loses
// highs, the reed reflects by how far it is open (Smith's table: a line, clipped).
std::vector<float> blow_pipe(const Note& note, int rate, Noise noise) {
  double hz = key_hz(note.key);
  auto length = static_cast<std::size_t>((note.length + 0.25) * rate);
  auto released = static_cast<std::size_t>(note.length * rate);
  constexpr std::size_t kLine = 4096;
  std::vector<double> bore(kLine);
  std::vector<float> out(length);
  double bell = 0;
  double breath = 0;
  double smooth = 0;
  double blocked = 0;
  for (std::size_t i = 0; i < length; ++i) {
    double t = static_cast<double>(i) / rate;
    double vibrato = 1 + 0.0022 * std::min(1.0, t) * std::sin(2 * std::numbers::pi * 5.1 * t);
    // There and back is half a period, half a sample of which is the filter of the bell.
    double delay = std::clamp(rate / (hz * vibrato) / 2 - 0.5, 2.0, kLine - 2.0);
    double pressure = (i < released ? 0.62 + 0.2 * note.velocity : 0.0);
    breath += (pressure - breath) * (i < released ? 22.0 : 30.0) / rate;
    double place = static_cast<double>(i + kLine) - delay;
    auto whole = static_cast<std::size_t>(place);
    double part = place - static_cast<double>(whole);
    double back = bore[whole % kLine] * (1 - part) + bore[(whole + 1) % kLine] * part;
    double filtered = -0.95 * 0.5 * (back + bell);
    bell = back;
    double mouth = breath * (1 + 0.02 * noise.next());
    double difference = filtered - mouth;
    double reed = std::clamp(0.7 - 0.3 * difference, -1.0, 1.0);
    bore[i % kLine] = mouth + difference * reed;
    // The mouth's steady pressure is no sound.
    blocked += (bore[i % kLine] - blocked) * 0.003;
    smooth += 0.35 * (bore[i % kLine] - blocked - smooth);
    out[i] = static_cast<float>(smooth * 0.55 * note.velocity);
  }
  return out;
}

}  // namespace tutti::sound::synth
