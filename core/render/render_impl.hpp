#pragma once
// What a Render is made of; render.cpp makes frames, render_commands.cpp obeys.

#include <memory>
#include <optional>

#include "core/render/chain.hpp"
#include "core/render/render.hpp"
#include "core/sound/crossfade.hpp"

namespace tutti::render {

struct Render::Impl {
  Impl(PcmFormat output, OpenSource open);

  void apply(const Command& command);
  // Makes up to `frames` frames into slice_->pcm.
  void make(std::size_t frames);
  void describe(Slice& slice) const;

  PcmFormat format;
  Slice* slice = nullptr;     // the one that is being made
  std::int64_t position = 0;  // output frames so far

 private:
  void on(const Start& command);
  void on(const SetNext& command);
  void on(const SetCrossfade& command);
  void on(const Seek& command);
  void on(const FadeOut& command);
  void on(const CancelFade& command);
  void on(const SetLevelling& command);

  void take_back();
  void open_next(const SetNext& command);
  void begin(std::unique_ptr<Deck> deck, Mark::Kind kind, FrameClock clock);
  void drop_all();  // with the marks that what played has ended
  void drop_tail();

  // One stretch without an event inside; false: there is nothing to make it from.
  bool make_stretch(std::span<float> out, std::size_t& made);
  bool settle();  // deals with all events that are due at `position`; false: nothing plays
  void finish_main();
  void start_crossfade();
  void fill(Chain& chain, std::int64_t until);
  void add_tail(std::span<float> out);
  std::size_t stretch(std::size_t room) const;

  // Where the pending crossfade begins; none without one.
  std::optional<std::int64_t> crossfade_at() const;
  std::int64_t crossfade_frames() const;
  std::int64_t frames_of(Duration time) const;
  void mark(Mark::Kind kind, const Deck& deck);
  void mark_end(const Deck& deck);
  SignalPath signal_path() const;

  OpenSource open_;
  SetLevelling levelling_;
  std::unique_ptr<Chain> main_;
  std::unique_ptr<Chain> tail_;  // what a crossfade leaves
  std::optional<sound::Crossfade> cross_;
  std::unique_ptr<Deck> next_;
  Duration crossfade_{};
  sound::Fade fade_;
  FrameClock clock_;            // what the ended track owes of a frame
  Status rest_ = Status::idle;  // while nothing plays
  bool faded_ = false;
  Position last_;  // of what played last
  std::vector<float> tail_pcm_;
};

}  // namespace tutti::render
