#include "core/render/render.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/render/render_impl.hpp"

namespace tutti::render {
namespace {

constexpr int kLeastRate = 8'000;
constexpr int kMostRate = 384'000;
constexpr std::int64_t kSecond = 1'000'000;
// A crossfade shorter than this is none: it would only blur the seam.
constexpr std::int64_t kLeastCrossfadeMs = 20;

}  // namespace

Duration Position::time() const {
  if (source_rate == 0) return {};
  return {source_frame / source_rate * kSecond +
          source_frame % source_rate * kSecond / source_rate};
}

std::optional<Duration> Position::duration() const {
  if (source_rate == 0 || source_frames < 0) return {};
  return Duration{source_frames / source_rate * kSecond +
                  source_frames % source_rate * kSecond / source_rate};
}

Render::Impl::Impl(PcmFormat output, OpenSource open)
    : format(output), open_(std::move(open)), clock_(output.sample_rate) {}

Render::Render(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Render::~Render() = default;

Result<std::unique_ptr<Render>> Render::create(PcmFormat output, OpenSource open) {
  if (output.sample_rate < kLeastRate || output.sample_rate > kMostRate || output.channels < 1 ||
      output.channels > ChannelMix::kMax)
    return fail(Code::bad_request, "audio comes out at 8000 to 384000 Hz in 1 to 8 channels");
  return std::unique_ptr<Render>(new Render(std::make_unique<Impl>(output, std::move(open))));
}

PcmFormat Render::output() const { return impl_->format; }

std::size_t Render::max_frames() const {
  return static_cast<std::size_t>(impl_->format.sample_rate / 10);
}

Slice Render::run(const SliceRequest& request) {
  Slice slice;
  run(request, slice);
  return slice;
}

void Render::run(const SliceRequest& request, Slice& slice) {
  slice.marks.clear();
  slice.pcm.clear();
  slice.first_frame = impl_->position;
  impl_->slice = &slice;
  for (const Command& command : request.commands) impl_->apply(command);
  impl_->make(std::min(request.frames, max_frames()));
  impl_->describe(slice);
  impl_->slice = nullptr;
}

void Render::Impl::make(std::size_t frames) {
  auto width = static_cast<std::size_t>(format.channels);
  slice->pcm.resize(frames * width);
  std::size_t made = 0;
  while (made < frames && make_stretch(std::span(slice->pcm).subspan(made * width), made)) {
  }
  slice->frames = made;
  slice->pcm.resize(made * width);
}

bool Render::Impl::make_stretch(std::span<float> out, std::size_t& made) {
  if (faded_ || !settle()) return false;
  auto width = static_cast<std::size_t>(format.channels);
  std::size_t want = stretch(out.size() / width);
  fill(*main_, position + static_cast<std::int64_t>(want));
  want = stretch(want);  // reading may have met the end of the track
  std::size_t got = main_->take(out.first(want * width));
  std::span<float> piece = out.first(got * width);
  if (tail_) add_tail(piece);
  bool was_fading = !fade_.idle();
  fade_.process(piece, format.channels);
  position += static_cast<std::int64_t>(got);
  made += got;
  if (was_fading && fade_.silent()) {
    faded_ = true;
    mark(Mark::Kind::faded, main_->heard());
  }
  return true;
}

// Up to the next frame at which something happens.
std::size_t Render::Impl::stretch(std::size_t room) const {
  auto want = static_cast<std::int64_t>(room);
  auto limit = [&](std::optional<std::int64_t> at) {
    if (at && *at > position) want = std::min(want, *at - position);
  };
  limit(main_->joint());
  limit(crossfade_at());
  if (cross_) limit(position + cross_->left());
  if (fade_.left() > 0) limit(position + fade_.left());
  return static_cast<std::size_t>(want);
}

// The deck that is read may end long before its last frame is heard: then the next one joins, or
// the chain is closed.
void Render::Impl::fill(Chain& chain, std::int64_t until) {
  while (!chain.fill(until)) {
    bool seamless = next_ && &chain == main_.get() && chain.can_join(*next_) && !crossfade_at();
    if (seamless) chain.join(std::move(next_));
    else chain.close();
  }
}

void Render::Impl::add_tail(std::span<float> out) {
  tail_pcm_.resize(out.size());
  auto frames = out.size() / static_cast<std::size_t>(format.channels);
  fill(*tail_, position + static_cast<std::int64_t>(frames));
  std::size_t got = tail_->take(tail_pcm_);
  cross_->mix(out, std::span(tail_pcm_).first(got * static_cast<std::size_t>(format.channels)),
              format.channels);
  if (cross_->left() > 0) return;
  // Told at the frame behind this piece.
  position += static_cast<std::int64_t>(frames);
  drop_tail();
  position -= static_cast<std::int64_t>(frames);
}

bool Render::Impl::settle() {
  while (true) {
    if (!main_) {
      if (!next_) return false;
      begin(std::move(next_), Mark::Kind::began, clock_);
      continue;
    }
    if (auto at = crossfade_at(); at && *at <= position) {
      start_crossfade();
      continue;
    }
    // One frame ahead tells whether the track goes on.
    fill(*main_, position + 1);
    if (auto joint = main_->joint(); joint && *joint == position) {
      std::unique_ptr<Deck> old = main_->pass_joint();
      mark_end(*old);
      mark(Mark::Kind::began, main_->heard());
      continue;
    }
    if (main_->end() != position) return true;
    finish_main();
  }
}

void Render::Impl::finish_main() {
  if (tail_) drop_tail();
  clock_ = main_->clock_at_end();
  std::unique_ptr<Deck> deck = main_->release();
  rest_ = deck->error() ? Status::failed : Status::ended;
  mark_end(*deck);
  main_.reset();
}

void Render::Impl::start_crossfade() {
  if (tail_) drop_tail();
  std::int64_t frames = crossfade_frames();
  tail_ = std::move(main_);
  cross_.emplace(frames);
  begin(std::move(next_), Mark::Kind::began, FrameClock(format.sample_rate));
  if (!main_) drop_tail();
}

std::int64_t Render::Impl::crossfade_frames() const {
  if (!next_ || !main_ || main_->joined() != nullptr) return 0;
  auto end = main_->expected_end();
  if (!end) return 0;
  std::int64_t frames = std::min(frames_of(crossfade_), *end - position);
  if (next_->info().frames >= 0) {
    FrameClock clock(format.sample_rate);
    frames = std::min(frames, clock.until(next_->info().frames, next_->info().sample_rate) / 2);
  }
  return frames;
}

std::optional<std::int64_t> Render::Impl::crossfade_at() const {
  std::int64_t frames = crossfade_frames();
  if (frames * 1000 < kLeastCrossfadeMs * format.sample_rate) return {};
  return *main_->expected_end() - frames;
}

}  // namespace tutti::render
