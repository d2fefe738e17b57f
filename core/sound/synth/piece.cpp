#include "core/sound/synth/piece.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/sound/gain.hpp"
#include "core/sound/loudness.hpp"

namespace tutti::sound::synth {
namespace {

constexpr double kTargetLufs = -14.5;
constexpr double kKnee = 0.68;     // from here on peaks are rounded off ...
constexpr double kCeiling = 0.92;  // ... below this; lossy codecs add up to a decibel

// A room: eight delays that feed each other through a Householder matrix, each losing highs (J.-M.
// Jot, A. Chaigne, "Digital delay networks for designing artificial reverberators", AES 90, 1991).
class Room {
 public:
  Room(int rate, double seconds) : early_(static_cast<std::size_t>(rate / 50) + 1) {
    constexpr std::array<int, 8> kLengths{1153, 1327, 1559, 1801, 2053, 2311, 2687, 2953};
    for (std::size_t i = 0; i < 8; ++i) {
      auto length = static_cast<std::size_t>(static_cast<double>(kLengths[i]) * rate / 44'100);
      lines_[i].resize(length);
      gain_[i] = std::pow(10, -3 * static_cast<double>(length) / (seconds * rate));
    }
  }
  // One frame of what the instruments send; what comes back is added to left and right.
  void process(double in, double wet, float& left, float& right) {
    std::swap(in, early_[early_at_]);
    early_at_ = early_at_ + 1 == early_.size() ? 0 : early_at_ + 1;
    std::array<double, 8> out;
    double sum = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      low_[i] += 0.55 * (lines_[i][at_[i]] - low_[i]);
      out[i] = low_[i] * gain_[i];
      sum += out[i];
    }
    for (std::size_t i = 0; i < 8; ++i) {
      lines_[i][at_[i]] = (i % 2 == 0 ? in : -in) + out[i] - sum / 4;
      at_[i] = at_[i] + 1 == lines_[i].size() ? 0 : at_[i] + 1;
    }
    left += static_cast<float>(wet * (out[0] - out[2] + out[4] - out[6]));
    right += static_cast<float>(wet * (out[1] - out[3] + out[5] - out[7]));
  }

 private:
  std::vector<double> early_;  // 20 ms until the first wall answers
  std::size_t early_at_ = 0;
  std::array<std::vector<double>, 8> lines_;
  std::array<std::size_t, 8> at_{};
  std::array<double, 8> low_{};
  std::array<double, 8> gain_{};
};

// Where each instrument sits and how loud it is beside the others.
double level(Instrument instrument) {
  switch (instrument) {
    case Instrument::guitar: return 0.5;
    case Instrument::harp: return 0.5;
    case Instrument::bass: return 0.75;
    case Instrument::marimba: return 0.55;
    case Instrument::vibraphone: return 0.4;
    case Instrument::kalimba: return 0.5;
    case Instrument::glockenspiel: return 0.16;
    case Instrument::clarinet: return 0.3;
    case Instrument::air: return 0.5;
    case Instrument::kick: return 0.8;
    case Instrument::brush: return 0.9;
    case Instrument::shaker: return 0.5;
  }
  return 0;
}

double soften(double x) {
  double size = std::abs(x);
  if (size <= kKnee) return x;
  double over = (size - kKnee) / (kCeiling - kKnee);
  return std::copysign(kKnee + (kCeiling - kKnee) * std::tanh(over), x);
}

// Loudness, then the rounding of peaks; twice, for the rounding costs some loudness.
void master(std::vector<float>& mix, int rate) {
  std::vector<float> dry = mix;
  double gain = 1;
  for (int pass = 0; pass < 3; ++pass) {
    LoudnessMeter meter(rate, 2);
    meter.add(mix);
    gain *= from_db(kTargetLufs - meter.integrated().value_or(kTargetLufs));
    for (std::size_t i = 0; i < mix.size(); ++i) mix[i] = static_cast<float>(soften(dry[i] * gain));
  }
}

// Below 20 Hz there is no music; models leave some there.
void block_dc(std::vector<float>& mix, int rate) {
  double pole = 1 - 2 * std::numbers::pi * 20 / rate;
  std::array<double, 2> in{};
  std::array<double, 2> out{};
  for (std::size_t i = 0; i < mix.size(); ++i) {
    double x = mix[i];
    out[i % 2] = x - in[i % 2] + pole * out[i % 2];
    in[i % 2] = x;
    mix[i] = static_cast<float>(out[i % 2]);
  }
}

void add(const Note& note, const std::vector<float>& sound, int rate, std::vector<float>& mix,
         std::vector<float>& send) {
  double angle = (note.pan + 1) * std::numbers::pi / 4;
  double gain = level(note.instrument);
  auto left = static_cast<float>(gain * std::cos(angle) * std::numbers::sqrt2);
  auto right = static_cast<float>(gain * std::sin(angle) * std::numbers::sqrt2);
  // Low and noisy instruments would muddy the room.
  bool dry = note.instrument == Instrument::kick || note.instrument == Instrument::bass;
  auto to_room = static_cast<float>(gain * (dry ? 0.15 : 1));
  auto first = static_cast<std::size_t>(std::max(0.0, note.at) * rate);
  for (std::size_t i = 0; i < sound.size() && first + i < send.size(); ++i) {
    mix[2 * (first + i)] += left * sound[i];
    mix[2 * (first + i) + 1] += right * sound[i];
    send[first + i] += to_room * sound[i];
  }
}

}  // namespace

std::vector<float> record(const Piece& piece, int rate, std::uint64_t seed,
                          const std::function<void(double)>& progress) {
  auto frames = static_cast<std::size_t>(piece.seconds * rate);
  std::vector<float> mix(2 * frames);
  std::vector<float> send(frames);
  Noise hands(seed);
  std::size_t done = 0;
  for (Note note : piece.notes) {
    // Nobody plays like a clock: 4 ms and a tenth in strength.
    note.at += 0.004 * (1 + hands.next());
    note.velocity *= 1 + 0.1 * hands.next();
    add(note, play(note, rate, Noise(seed + 31 * ++done)), rate, mix, send);
    if (done % 16 == 0)
      progress(0.8 * static_cast<double>(done) / static_cast<double>(piece.notes.size()));
  }
  Room room(rate, piece.reverberation);
  for (std::size_t i = 0; i < frames; ++i)
    room.process(send[i], piece.room, mix[2 * i], mix[2 * i + 1]);
  block_dc(mix, rate);
  master(mix, rate);
  auto fade = static_cast<std::size_t>(rate / 2);
  for (std::size_t i = 0; i < fade && i < frames; ++i)
    for (std::size_t c : {0, 1})
      mix[2 * (frames - 1 - i) + c] *= static_cast<float>(i) / static_cast<float>(fade);
  progress(1);
  return mix;
}

}  // namespace tutti::sound::synth
