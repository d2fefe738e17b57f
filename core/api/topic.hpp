#pragma once
// A topic: a state that clients follow. A subscriber gets the whole state with its version, then
// deltas with dense versions; a delta is a JSON merge patch (RFC 7396). Sent as frames of one feed
// per (topic, view).

#include <optional>
#include <string>

#include "core/base/feed.hpp"
#include "core/base/ids.hpp"
#include "core/base/json.hpp"

namespace tutti::api {

class Topic {
 public:
  Topic(std::string name, FeedId feed, Json state)
      : name_(std::move(name)), feed_(feed), state_(std::move(state)) {}

  const std::string& name() const { return name_; }
  FeedId feed() const { return feed_; }
  // Where the next delta will stand: a subscriber who got `whole()` now reads on from here.
  Position head() const { return head_; }
  // The frame of the whole state, as it is after all deltas so far.
  std::string whole() const;
  // The delta frame from the state as it was to `next`; nothing when they are equal.
  std::optional<std::string> update(Json next);

 private:
  std::string name_;
  FeedId feed_;
  Json state_;
  std::uint32_t version_ = 1;  // of state_; version v + 1 is the delta at position v - 1
  Position head_;
};

}  // namespace tutti::api
