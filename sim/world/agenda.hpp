#pragma once
// Agenda: what is still to happen, as one heap of values ordered by virtual time and then by when
// it was entered. A step of the simulation is one event taken from here.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tutti::world {

// Virtual time: microseconds since the run began. No node sees it; each has a clock of its own.
using Micros = std::int64_t;
inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kForever = INT64_MAX / 4;

enum class What : std::uint8_t {
  // of a link: `a` is its slot, `b` its generation
  syn,          // a connection request reaches the server's host
  accepted,     // the server takes it from the backlog
  connected,    // the client learns that it stands
  refused,      // the client learns that nobody listens
  to_server,    // bytes (or an end) arrive at the server
  to_client,    // and at the client
  server_room,  // a sender may write again
  client_room,
  server_broken,  // a reset arrives
  client_broken,
  server_reads,  // a reader comes back for what it left
  client_reads,
  // of the server: `a` is an edge (or the house behind the last), `b` its incarnation
  timer,
  up,
  down,
  effects,
  job,        // `a` is the job's slot
  stop_over,  // the time to stop in order has passed
  start,
  // of a peer: `a` is its number, `b` counts its plans, an old one is void
  peer,
  // of the dialler: `a` is what, `b` the attempt
  dial_timer,
  dial_outcome,
  dial_over,
  listener,
  wish,
  // of the world
  fault,
  kCount,
};
const char* name(What what);

struct Event {
  Micros at = 0;
  std::uint64_t order = 0;  // ties happen in the order they were entered
  std::uint64_t b = 0;
  std::uint32_t a = 0;
  What what = What::fault;
};

class Agenda {
 public:
  void add(Micros at, What what, std::uint32_t a = 0, std::uint64_t b = 0) {
    heap_.push_back({at, added_++, b, a, what});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  Micros next_at() const { return heap_.empty() ? kForever : heap_.front().at; }
  Event take() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Event event = heap_.back();
    heap_.pop_back();
    return event;
  }

 private:
  static bool later(const Event& x, const Event& y) {
    return x.at != y.at ? x.at > y.at : x.order > y.order;
  }
  std::vector<Event> heap_;
  std::uint64_t added_ = 0;
};

}  // namespace tutti::world
