#include "core/sound/loudness_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace tutti::sound {
namespace {

constexpr double kFloor = -70;     // LUFS: the absolute gate
constexpr double kBinsPerLu = 10;  // as in EBU Tech 3341's meters
constexpr std::size_t kBins = 1000;
constexpr double kPlaces = 256;       // of a mean within its bin
constexpr double kRelativeGate = 10;  // LU

double places_above_floor(double power) { return (power_to_lufs(power) - kFloor) * kBinsPerLu; }

void put_number(std::string& out, std::uint64_t value) {  // 7 bits a byte, the lowest first
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7f));
  out += static_cast<char>(value);
}

std::optional<std::uint64_t> take_number(std::string_view& in) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 56 && !in.empty(); shift += 7) {
    auto byte = static_cast<std::uint8_t>(in.front());
    in.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  return {};
}

}  // namespace

LoudnessHistogram::LoudnessHistogram(const LoudnessMeter& meter) {
  for (std::size_t i = 0; i < meter.blocks(); ++i) add_block(meter.block_power(i));
}

LoudnessHistogram::Bin& LoudnessHistogram::bin(std::size_t index) {
  if (bins_.size() <= index) bins_.resize(index + 1);
  return bins_[index];
}

void LoudnessHistogram::add_block(double power) {
  if (!(power > lufs_to_power(kFloor))) return;
  double place = std::clamp(places_above_floor(power), 0.0, double{kBins - 1});
  Bin& into = bin(static_cast<std::size_t>(place));
  ++into.count;
  into.power += power;
}

void LoudnessHistogram::add(const LoudnessHistogram& other) {
  for (std::size_t i = 0; i < other.bins_.size(); ++i) {
    if (other.bins_[i].count == 0) continue;
    Bin& into = bin(i);
    into.count += other.bins_[i].count;
    into.power += other.bins_[i].power;
  }
}

// `gate` in bins above the floor: the one it cuts counts by the part above it.
double LoudnessHistogram::mean_above(double gate) const {
  double count = 0;
  double power = 0;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    double part = std::clamp(static_cast<double>(i) + 1 - gate, 0.0, 1.0);
    count += part * static_cast<double>(bins_[i].count);
    power += part * bins_[i].power;
  }
  return count == 0 ? 0 : power / count;
}

std::optional<double> LoudnessHistogram::integrated() const {
  double mean = mean_above(0);  // nothing below the absolute gate is in a bin
  if (mean <= 0) return {};
  mean = mean_above(places_above_floor(mean) - kRelativeGate * kBinsPerLu);
  return power_to_lufs(mean);
}

std::string LoudnessHistogram::bytes() const {
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    const Bin& each = bins_[i];
    if (each.count == 0) continue;
    double within =
        places_above_floor(each.power / static_cast<double>(each.count)) - static_cast<double>(i);
    put_number(out, i - next);
    put_number(out, each.count);
    out += static_cast<char>(
        static_cast<std::uint8_t>(std::clamp(within * kPlaces, 0.0, kPlaces - 1)));
    next = i + 1;
  }
  return out;
}

Result<LoudnessHistogram> LoudnessHistogram::from_bytes(std::string_view bytes) {
  LoudnessHistogram made;
  std::size_t next = 0;
  while (!bytes.empty()) {
    auto gap = take_number(bytes);
    auto count = take_number(bytes);
    if (!gap || !count || *count == 0 || bytes.empty() || *gap >= kBins - next)
      return fail(Code::corrupt, "a stored measurement of loudness cannot be read");
    std::size_t index = next + *gap;
    double within = (static_cast<std::uint8_t>(bytes.front()) + 0.5) / kPlaces;
    bytes.remove_prefix(1);
    double lufs = kFloor + (static_cast<double>(index) + within) / kBinsPerLu;
    made.bin(index) = {*count, static_cast<double>(*count) * lufs_to_power(lufs)};
    next = index + 1;
    if (next == kBins && !bytes.empty())
      return fail(Code::corrupt, "a stored measurement of loudness cannot be read");
  }
  return made;
}

}  // namespace tutti::sound
