#pragma once
// Network: connections as TCP shows them to programs. Two pipes of bytes each, in order and whole,
// with latency, jitter, a rate, pieces of any size, bounded buffers, and an end that is orderly
// (FIN), abrupt (reset) or not noticed at all (half-open). Loss is what it is above TCP: a stall.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "sim/world/sim.hpp"

namespace tutti::world {

enum class Side : std::uint8_t { client, server };
constexpr Side other(Side side) { return side == Side::client ? Side::server : Side::client; }

// A connection and which one of its slot.
struct LinkId {
  std::uint32_t slot = 0;
  std::uint64_t generation = 0;  // 0: none
  explicit operator bool() const { return generation != 0; }
  friend bool operator==(LinkId, LinkId) = default;
};

// How a path behaves. The first values of each are those of a good one.
struct Path {
  Micros latency = 200;             // one way
  Micros jitter = 0;                // up to so much more, per piece
  std::int64_t rate = 0;            // bytes per second, 0: no limit
  std::size_t piece = 65536;        // most bytes that travel together
  std::size_t window = 256 * 1024;  // bytes on the way and unread, per direction
  std::uint32_t loss = 0;           // one piece in so many is sent again, late
  Micros accept_least = 0;          // how long the server's accept takes
  Micros accept_most = 0;
};

// What happens to the two ends. Called from `handle` only, each as the last thing of its step.
class NetworkEnds {
 public:
  virtual ~NetworkEnds() = default;
  virtual bool listening() = 0;   // refused otherwise
  virtual bool host_is_up() = 0;  // silence otherwise
  virtual void accepted(LinkId link) = 0;
  virtual void connected(LinkId link) = 0;
  virtual void refused(LinkId link) = 0;
  virtual void readable(LinkId link, Side side) = 0;  // bytes, or the end
  virtual void writable(LinkId link, Side side) = 0;  // after a send that took less
  virtual void broken(LinkId link, Side side) = 0;    // a reset came; the link is closed for it
};

class Network {
 public:
  Network(Sim& sim, NetworkEnds& ends) : sim_(sim), ends_(ends) {}

  // The client's host calls; `connected`, `refused` or nothing follows. `owner`: whose it is.
  LinkId connect(const Path& path, std::uint32_t owner);
  // How many bytes the socket took; fewer than offered: `writable` follows when there is room.
  std::size_t send(LinkId link, Side from, ByteView bytes);
  // At most `most` of the bytes that have arrived, appended to `to` (which is cleared first).
  std::size_t read(LinkId link, Side at, std::size_t most, std::string& to);
  std::size_t unread(LinkId link, Side at) const;
  bool at_end(LinkId link, Side at) const;  // all was read and the other side sends no more
  // This side sends no more.
  void shut(LinkId link, Side from);
  // This side is done with it. What it has not read resets the other, as the kernel does.
  void close(LinkId link, Side from);
  // Its machine is gone, and with it all that it knew: the other side learns of it when it sends
  // something after the machine is up again.
  void forget(LinkId link, Side side);
  // This side comes back to read in so long.
  void read_later(LinkId link, Side at, Micros delay);

  // Faults.
  void reset(LinkId link);                // from the middle: both ends learn of it
  void silence(LinkId link);              // nothing arrives any more, nobody learns of it
  void stall(LinkId link, Micros until);  // nothing arrives until then
  void heal();                            // nothing is lost any more; what is silent stays so

  bool stale(const Event& event) const { return find({event.a, event.b}) == nullptr; }
  void handle(const Event& event);
  std::uint32_t owner(LinkId link) const { return links_[link.slot].owner; }
  // Links that stand or are being made, for faults and for checks.
  std::size_t open() const { return open_; }
  std::uint64_t bytes_moved() const { return bytes_moved_; }
  LinkId nth(std::size_t n) const;

 private:
  struct Piece {
    Micros at = 0;
    std::size_t size = 0;
    bool end = false;
  };
  // One direction.
  struct Pipe {
    std::string bytes;  // [taken | arrived | on the way]
    std::size_t taken = 0;
    std::size_t arrived = 0;
    std::vector<Piece> pieces;  // on the way, from `first`
    std::size_t first = 0;
    Micros last_at = 0;     // order is kept
    Micros busy_until = 0;  // the sender's rate
    bool shut = false;
    bool ended = false;  // the end has arrived
    bool wants_room = false;
    std::size_t held() const { return bytes.size() - taken; }
    void clear();
  };
  struct Link {
    std::uint64_t generation = 0;
    std::uint32_t owner = 0;
    Path path;
    std::array<Pipe, 2> pipe;  // by the side that sends
    std::array<bool, 2> closed{};
    bool accepted = false;
    bool silent = false;
    bool used = false;
    Micros stalled_until = 0;
  };

  Link* find(std::uint32_t slot, std::uint64_t generation);
  Link* find(LinkId id) { return find(id.slot, id.generation); }
  const Link* find(LinkId id) const { return const_cast<Network*>(this)->find(id); }
  Pipe& pipe(Link& link, Side from) { return link.pipe[static_cast<std::size_t>(from)]; }
  void put(Link& link, LinkId id, Side from, std::size_t size, bool end);
  void arrive(Link& link, LinkId id, Side to);
  void arrive_syn(Link& link, LinkId id);
  void break_side(Link& link, LinkId id, Side side);
  void tell_broken(LinkId id, Side side, Micros delay);
  void side_done(Link& link, LinkId id, Side side);
  Micros travel(const Link& link);

  Sim& sim_;
  NetworkEnds& ends_;
  std::vector<Link> links_;
  std::vector<std::uint32_t> free_;
  std::size_t open_ = 0;
  std::uint64_t made_ = 0;
  std::uint64_t bytes_moved_ = 0;
};

}  // namespace tutti::world
