#pragma once
// Draws a run as one HTML page that needs nothing else: a lane for each actor, time downwards, a
// box for each step, and arrows where one actor's write meets another's read or write. No script;
// light or dark as the reader's system is.

#include <string>
#include <string_view>
#include <vector>

namespace tutti::explore {

// Texts are any bytes: they are escaped, and what is not UTF-8 or not printable is shown as such.
struct SwimStep {
  std::string actor, operation;
  std::vector<std::string> reads, writes;  // objects, by name
  std::vector<std::string> draws;          // what the model chose, "latency 2/5"
};

struct SwimLanes {
  std::string title, subtitle;
  std::string failure;  // what the last step broke; empty: nothing
  std::vector<SwimStep> steps;
};

// Lanes stand in order of the actors' first steps. An arrow goes from the last write of an object
// to the next step that touches it, if that is in another lane; for one write, one arrow.
std::string html(const SwimLanes& lanes);

struct GalleryEntry {
  std::string id, title, kind;
  std::size_t steps = 0;
  std::string link;  // relative to the gallery
};
// A page that lists such pages, in the order given.
std::string gallery(const std::vector<GalleryEntry>& entries);

// The arrows of `html`, from step to step; `objects` joined by ", ".
struct SwimArrow {
  std::size_t from, to;
  std::string objects;
};
std::vector<SwimArrow> arrows(const std::vector<SwimStep>& steps);

}  // namespace tutti::explore
