// What commands do to a Render, and what it says about itself.

#include <algorithm>
#include <utility>

#include "core/render/render_impl.hpp"

namespace tutti::render {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

// floor(time * rate), without overflow for any time; negative times are 0.
std::int64_t to_frames(Duration time, int rate) {
  if (time.us <= 0) return 0;
  return time.us / kSecond * rate + time.us % kSecond * rate / kSecond;
}

bool same(const TrackRef& a, const TrackRef& b) {
  return a.track == b.track && a.entry == b.entry && a.path == b.path;
}

}  // namespace

void Render::Impl::apply(const Command& command) {
  std::visit([this](const auto& one) { on(one); }, command);
}

std::int64_t Render::Impl::frames_of(Duration time) const {
  return to_frames(time, format.sample_rate);
}

void Render::Impl::mark(Mark::Kind kind, const Deck& deck) {
  slice->marks.push_back({.kind = kind,
                          .frame = position,
                          .track = deck.track().track,
                          .entry = deck.track().entry,
                          .source_frame = main_ ? main_->source_frame(position) : 0,
                          .info = deck.info()});
}

void Render::Impl::mark_end(const Deck& deck) {
  last_ = {.track = deck.track().track,
           .entry = deck.track().entry,
           .source_frame = deck.position(),
           .source_rate = deck.info().sample_rate,
           .source_frames = deck.length()};
  slice->marks.push_back({.kind = deck.error() ? Mark::Kind::failed : Mark::Kind::ended,
                          .frame = position,
                          .track = deck.track().track,
                          .entry = deck.track().entry,
                          .source_frame = deck.position(),
                          .info = deck.info(),
                          .error = deck.error().value_or(Error{})});
}

void Render::Impl::drop_tail() {
  mark_end(tail_->heard());
  tail_.reset();
  cross_.reset();
}

void Render::Impl::drop_all() {
  if (tail_) drop_tail();
  if (main_) mark_end(main_->heard());
  main_.reset();
  next_.reset();
  clock_ = FrameClock(format.sample_rate);
}

// Plays the deck from where it stands, at this frame.
void Render::Impl::begin(std::unique_ptr<Deck> deck, Mark::Kind kind, FrameClock clock) {
  TrackRef track = deck->track();
  auto chain = Chain::create(std::move(deck), format, position, clock);
  if (!chain) {
    rest_ = Status::failed;
    slice->marks.push_back({.kind = Mark::Kind::failed,
                            .frame = position,
                            .track = track.track,
                            .entry = track.entry,
                            .error = chain.error()});
    return;
  }
  main_ = std::move(*chain);
  mark(kind, main_->heard());
}

void Render::Impl::on(const Start& command) {
  drop_all();
  fade_ = {};
  faded_ = false;
  auto deck = Deck::open(command.track, open_, format.channels, levelling_);
  Result<void> ready{};
  if (deck && command.from.us > 0)
    ready = (*deck)->seek(to_frames(command.from, (*deck)->info().sample_rate));
  if (deck && ready) return begin(std::move(*deck), Mark::Kind::began, clock_);
  rest_ = Status::failed;
  slice->marks.push_back({.kind = Mark::Kind::failed,
                          .frame = position,
                          .track = command.track.track,
                          .entry = command.track.entry,
                          .error = deck ? ready.error() : deck.error()});
}

void Render::Impl::on(const SetNext& command) {
  crossfade_ = command.crossfade;
  if (command.track && next_ && same(next_->track(), *command.track)) return;
  if (Deck* joined = main_ ? main_->joined() : nullptr) {
    if (command.track && same(joined->track(), *command.track)) return;
    main_->cut();
  }
  next_.reset();
  if (command.track) open_next(command);
}

void Render::Impl::open_next(const SetNext& command) {
  auto deck = Deck::open(*command.track, open_, format.channels, levelling_);
  slice->marks.push_back({.kind = deck ? Mark::Kind::next_ready : Mark::Kind::next_failed,
                          .frame = position,
                          .track = command.track->track,
                          .entry = command.track->entry,
                          .info = deck ? (*deck)->info() : SourceInfo{},
                          .error = deck ? Error{} : deck.error()});
  if (deck) next_ = std::move(*deck);
}

void Render::Impl::on(const SetCrossfade& command) { crossfade_ = command.crossfade; }

// What joined ahead of time will come again, from its beginning.
void Render::Impl::take_back() {
  if (!main_ || main_->joined() == nullptr) return;
  std::unique_ptr<Deck> joined = main_->cut();
  if (!next_ && joined->seek(0)) next_ = std::move(joined);
}

void Render::Impl::on(const Seek& command) {
  if (!main_) return;
  if (tail_) drop_tail();
  take_back();
  std::unique_ptr<Deck> deck = main_->release();
  main_.reset();
  clock_ = FrameClock(format.sample_rate);
  if (auto done = deck->seek(to_frames(command.to, deck->info().sample_rate)); done)
    return begin(std::move(deck), Mark::Kind::sought, clock_);
  else
    slice->marks.push_back({.kind = Mark::Kind::failed,
                            .frame = position,
                            .track = deck->track().track,
                            .entry = deck->track().entry,
                            .info = deck->info(),
                            .error = done.error()});
  rest_ = Status::failed;
}

void Render::Impl::on(const FadeOut& command) {
  if (faded_) return;
  fade_.out(std::max<std::int64_t>(0, command.frames));
  if (!fade_.silent() || !main_) return;
  faded_ = true;
  mark(Mark::Kind::faded, main_->heard());
}

void Render::Impl::on(const CancelFade&) {
  faded_ = false;
  fade_.in(format.sample_rate / 10);
}

void Render::Impl::on(const SetLevelling& command) {
  if (levelling_ == command) return;
  levelling_ = command;
  take_back();
  if (main_) main_->heard().level(command, Deck::Pace::ramp);
  if (tail_) tail_->heard().level(command, Deck::Pace::ramp);
  if (next_) next_->level(command, Deck::Pace::at_once);  // nobody hears it yet
}

SignalPath Render::Impl::signal_path() const {
  const Deck& deck = main_->heard();
  const SourceInfo& info = deck.info();
  SignalPath path{.codec = info.codec,
                  .lossless = info.lossless,
                  .source_rate = info.sample_rate,
                  .source_channels = info.channels,
                  .source_bits = info.bits,
                  .gain_db = sound::to_db(deck.gain().factor),
                  .gain_limited = deck.gain().limited,
                  .resampled = main_->resampling(),
                  .remixed = info.channels > format.channels,
                  .crossfading = tail_ != nullptr,
                  .fading = !fade_.idle(),
                  .output = format};
  path.bit_perfect = info.lossless && !path.resampled && !path.remixed && !path.crossfading &&
                     !path.fading && deck.unity();
  return path;
}

void Render::Impl::describe(Slice& out) const {
  out.status = main_ ? Status::playing : rest_;
  if (faded_) out.status = Status::faded;
  out.path = main_ ? signal_path() : SignalPath{.output = format};
  out.position = last_;
  if (!main_) return;
  const Deck& deck = main_->heard();
  out.position = {.track = deck.track().track,
                  .entry = deck.track().entry,
                  .source_frame = main_->source_frame(position),
                  .source_rate = deck.info().sample_rate,
                  .source_frames = deck.length()};
}

}  // namespace tutti::render
