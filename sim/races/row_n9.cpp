// N9 and N10, found in the system of report 004: the buffer is flushed by priority, which reorders
// what one producer said; and when it is full it compares the names of priorities as strings, by
// which "critical" is the least of all and is refused. No interleaving: a property of any buffer.
#include <algorithm>
#include <string_view>

#include "sim/explore/property.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

// The least first.
constexpr std::string_view kPriorities[] = {"low", "normal", "high", "critical"};

struct Event {
  std::size_t sequence = 0;
  std::size_t rank = 0;
};

struct EventBuffer {
  const bool repaired;
  std::size_t capacity;
  std::vector<Event> events;
  std::vector<Event> refused;  // reported to the producer

  bool below(const Event& a, const Event& b) const {
    // The fix: ranks are compared, not their names.
    return repaired ? a.rank < b.rank : kPriorities[a.rank] < kPriorities[b.rank];
  }
  void add(Event event) {
    if (events.size() < capacity) return events.push_back(event);
    auto least = std::min_element(events.begin(), events.end(),
                                  [&](const Event& a, const Event& b) { return below(a, b); });
    if (!below(*least, event)) return refused.push_back(event);
    refused.push_back(*least);
    events.erase(least);
    events.push_back(event);
  }
  std::vector<Event> flush() {
    // The fix: as they came.
    if (!repaired)
      std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
        return a.rank != b.rank ? a.rank > b.rank : a.sequence < b.sequence;
      });
    return events;
  }
};

explore::Broken order_and_overflow(Choose& choose, bool repaired) {
  EventBuffer buffer{repaired, 1 + choose.choose(4, "capacity"), {}, {}};
  std::size_t events = choose.choose(8, "events");
  for (std::size_t i = 0; i < events; ++i) buffer.add({i, choose.choose(4, "priority")});
  std::vector<Event> sent = buffer.flush();
  FAIL_UNLESS(sent.size() + buffer.refused.size() == events, "neither delivered nor reported");
  for (std::size_t i = 1; i < sent.size(); ++i)
    FAIL_UNLESS(sent[i - 1].sequence < sent[i].sequence, "the flush reorders");
  for (const Event& lost : buffer.refused) {
    for (const Event& kept : sent)
      FAIL_UNLESS(lost.rank <= kept.rank, "refused, and a lesser one was kept");
  }
  return explore::kHolds;
}

}  // namespace

Row row_n9() {
  Row row{"N9, N10", "beyond", "L", "flush by priority; overflow by name",
          "order is the log's; on overflow nothing lesser is kept than what is refused"};
  row.wrong_property = [](Choose& choose) { return order_and_overflow(choose, false); };
  row.repaired_property = [](Choose& choose) { return order_and_overflow(choose, true); };
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
