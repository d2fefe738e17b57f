#pragma once
// Chain: tracks of one rate one after the other, through one resampler (or none) to the output's
// rate. Where two of them join, the resampler goes on: not a sample is lost or made up.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/render/deck.hpp"
#include "core/render/frame_clock.hpp"
#include "core/render/resampler.hpp"

namespace tutti::render {

class Chain {
 public:
  // Its first frame is the output frame `first`; `clock` says what fraction of a frame is owed.
  static Result<std::unique_ptr<Chain>> create(std::unique_ptr<Deck> deck, PcmFormat output,
                                               std::int64_t first, FrameClock clock);

  // Reads until output frames up to `until` (absolute) are ready. False: the deck ended before, so
  // join or close, then call again.
  bool fill(std::int64_t until);
  // Another deck follows the one that ended, without a seam. Only while one deck is held.
  bool can_join(const Deck& next) const;
  void join(std::unique_ptr<Deck> deck);
  // Nothing follows.
  void close();
  // Takes back what joined and is not heard yet; the chain ends where it would have begun.
  std::unique_ptr<Deck> cut();

  // Moves ready frames into `out` (interleaved): as many as fit, up to the end.
  std::size_t take(std::span<float> out);
  // Forgets the first deck, for the output has reached the joint.
  std::unique_ptr<Deck> pass_joint();
  // The deck whose end has come; the chain is of no more use.
  std::unique_ptr<Deck> release();

  Deck& heard() { return *heard_; }
  const Deck& heard() const { return *heard_; }
  Deck* joined() { return joined_.get(); }
  std::optional<std::int64_t> joint() const;  // where the joined deck begins
  // Where all of it ends: surely, or as far as the deck tells its length.
  std::optional<std::int64_t> end() const;
  std::optional<std::int64_t> expected_end() const;
  std::int64_t position() const { return position_; }  // the output frame taken next
  FrameClock clock_at_end() const;                     // once closed
  bool resampling() const { return resampler_.has_value(); }
  int rate() const { return rate_; }
  // The source frame of the heard deck that stands at the output frame.
  std::int64_t source_frame(std::int64_t output_frame) const;

 private:
  Chain(std::unique_ptr<Deck> deck, PcmFormat output, std::int64_t first, FrameClock clock);
  Deck& reading() { return joined_ ? *joined_ : *heard_; }
  const Deck& reading() const { return joined_ ? *joined_ : *heard_; }
  std::int64_t ready_until() const;
  void push(std::span<const float> frames);

  std::unique_ptr<Deck> heard_;
  std::unique_ptr<Deck> joined_;
  PcmFormat output_;
  int rate_;
  std::optional<Resampler> resampler_;
  std::int64_t first_;
  FrameClock clock_;            // at `first_`
  std::int64_t fed_ = 0;        // source frames since `first_`
  std::int64_t joint_fed_ = 0;  // of them before the joint
  std::optional<std::int64_t> end_;
  std::int64_t position_;
  std::int64_t heard_from_;  // the heard deck's frame `heard_source_` stands here
  std::int64_t heard_source_;
  std::vector<float> block_;  // from the deck
  std::vector<float> ready_;  // resampled, from ready_at_ on
  std::size_t ready_at_ = 0;
};

}  // namespace tutti::render
