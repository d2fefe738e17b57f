#include "core/render/deck.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tutti::render {
namespace {

constexpr double kMostGain = 24;  // dB; more would raise only noise
constexpr double kLeastGain = -60;
constexpr int kMaxRate = 3'000'000;  // DSD64 read as PCM of one bit has 2,822,400

bool sane(const SourceInfo& info) {
  return info.sample_rate > 0 && info.sample_rate <= kMaxRate && info.channels >= 1 &&
         info.channels <= ChannelMix::kMax && info.frames >= -1;
}

std::optional<double> usable(std::optional<double> first, std::optional<double> second) {
  if (first && std::isfinite(*first)) return first;
  if (second && std::isfinite(*second)) return second;
  return {};
}

}  // namespace

LevelGain level_gain(const Loudness& loudness, const SetLevelling& levelling) {
  if (levelling.by == LevelBy::off) return {};
  bool album = levelling.by == LevelBy::album;
  auto lufs = album ? usable(loudness.album_lufs, loudness.track_lufs)
                    : usable(loudness.track_lufs, loudness.album_lufs);
  if (!lufs) return {};
  // An unknown peak is taken for full scale.
  double peak = (album ? usable(loudness.album_peak, loudness.track_peak)
                       : usable(loudness.track_peak, loudness.album_peak))
                    .value_or(1);
  double db = std::clamp(levelling.target_lufs - *lufs, kLeastGain, kMostGain);
  double wanted = sound::from_db(db);
  // A hair below, for the factor is rounded to a float; a peak at full scale still stays as it is.
  double most = peak > 1 || peak < 1 - 1e-7 ? (1 - 1e-7) / peak : 1;
  if (peak <= 0 || wanted <= most) return {wanted, false};
  return {most, true};
}

Deck::Deck(const TrackRef& track, std::unique_ptr<Source> source, int channels)
    : track_(track),
      source_(std::move(source)),
      info_(source_->info()),
      mix_(info_.channels, channels),
      channels_(channels) {}

Result<std::unique_ptr<Deck>> Deck::open(const TrackRef& track, const OpenSource& open,
                                         int channels, const SetLevelling& levelling) {
  auto source = open(track.path);
  if (!source) return std::unexpected(source.error());
  if (!*source || !sane((*source)->info()))
    return fail(Code::corrupt, track.path + ": the file tells no rate or channels that can be");
  std::unique_ptr<Deck> deck(new Deck(track, std::move(*source), channels));
  deck->gain_ = level_gain(track.loudness, levelling);
  deck->mover_ = sound::Gain(deck->gain_.factor);
  return deck;
}

std::size_t Deck::read(std::size_t frames, std::vector<float>& out) {
  auto width = static_cast<std::size_t>(info_.channels);
  block_.resize(frames * width);
  std::size_t got = 0;
  while (got < frames && !ended_) {
    auto n = source_->read(std::span(block_).subspan(got * width));
    if (!n) error_ = n.error();
    ended_ = !n || *n == 0;
    if (n) got += std::min(*n, frames - got);
  }
  std::size_t had = out.size();
  mix_.process(std::span<const float>(block_).first(got * width), out);
  mover_.process(std::span(out).subspan(had), channels_);
  position_ += static_cast<std::int64_t>(got);
  return got;
}

Result<void> Deck::seek(std::int64_t frame) {
  if (info_.frames >= 0) frame = std::min(frame, info_.frames);
  if (auto done = source_->seek(frame); !done) return done;
  position_ = frame;
  ended_ = false;
  error_.reset();
  return {};
}

void Deck::level(const SetLevelling& levelling, Pace pace) {
  gain_ = level_gain(track_.loudness, levelling);
  mover_.set(gain_.factor,
             pace == Pace::ramp ? static_cast<std::size_t>(info_.sample_rate / 20) : 0);
}

}  // namespace tutti::render
