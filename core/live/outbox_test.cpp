// Guards: the bytes that go out are the bytes that were pushed, in order, however the socket takes
// them; bounds refuse whole pieces; every charge comes back. How: random sequences against a plain
// model of strings.
#include "core/live/outbox.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>

#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::live;

namespace {

Piece piece_of(std::string_view head, std::string payload) {
  Piece piece;
  std::copy_n(as_bytes(head).begin(), head.size(), piece.head.begin());
  piece.head_size = static_cast<std::uint8_t>(head.size());
  piece.payload = Bytes(std::move(payload));
  return piece;
}

std::string seen(const Outbox& outbox) {
  std::vector<ByteView> views;
  outbox.views(views);
  std::string out;
  for (ByteView view : views) out += as_text(view);
  return out;
}

// The same rules on strings.
struct Expected {
  std::deque<std::string> queue;
  std::string staged;
  void stage_own(std::size_t budget) {
    while (!queue.empty() && staged.size() < budget) {
      staged += queue.front();
      queue.pop_front();
    }
  }
};

}  // namespace

TEST_CASE(
    "outbox: any sequence of push, push_front, stage and partial writes sends the same bytes in "
    "order") {
  CHECK_FOR_ALL(3, 500, [](Choose& draw) {
    Budget budget("test", 1 << 20);
    {
      Outbox outbox(budget);
      Expected expected;
      char next = 'a';
      for (int step = 0; step < 60; ++step) {
        std::string head(draw.choose(4, "head"), next);
        std::string body(draw.choose(9, "body"), next);
        if (head.empty() && body.empty()) body = next;
        next = next == 'z' ? 'a' : static_cast<char>(next + 1);
        switch (draw.choose(5, "what")) {
          case 0:
            FAIL_UNLESS(outbox.push(piece_of(head, body)));
            expected.queue.push_back(head + body);
            break;
          case 1:
            FAIL_UNLESS(outbox.push_front(piece_of(head, body)));
            expected.queue.push_front(head + body);
            break;
          case 2: {
            std::size_t most = draw.choose(30, "budget");
            outbox.stage_own(most);
            expected.stage_own(most);
            break;
          }
          case 3:
            outbox.stage(piece_of(head, body));  // from a feed: charged there
            expected.staged += head + body;
            break;
          default: {
            std::size_t n =
                draw.choose(static_cast<std::uint32_t>(expected.staged.size() + 1), "wrote");
            outbox.wrote(n);
            expected.staged.erase(0, n);
          }
        }
        FAIL_UNLESS(seen(outbox) == expected.staged);
        FAIL_UNLESS(outbox.staged_bytes() == expected.staged.size());
        FAIL_UNLESS(outbox.own_waiting() == !expected.queue.empty());
        FAIL_UNLESS(budget.used() == outbox.queued_bytes());
      }
      if (draw.choose(3, "cut") == 0) {
        outbox.cut();
        expected.queue.clear();
      }
      outbox.stage_own(SIZE_MAX);
      expected.stage_own(SIZE_MAX);
      FAIL_UNLESS(seen(outbox) == expected.staged);
      outbox.wrote(expected.staged.size());
      FAIL_UNLESS(outbox.empty());
      FAIL_UNLESS(outbox.queued_bytes() == 0);
    }
    FAIL_UNLESS(budget.used() == 0);
    return kHolds;
  });
}

TEST_CASE("outbox: the bound and the budget refuse a piece whole and change nothing") {
  Budget budget("test", 100);
  Outbox outbox(budget);
  CHECK(outbox.push(piece_of("h", std::string(59, 'x')), 64));
  CHECK_FALSE(outbox.push(piece_of("", "12345"), 64));
  CHECK(outbox.push(piece_of("", "1234"), 64));
  CHECK(budget.used() == 64);
  CHECK_FALSE(outbox.push_front(piece_of("", std::string(37, 'y'))));  // the budget
  CHECK(outbox.push_front(piece_of("", std::string(36, 'y'))));
  CHECK(budget.used() == 100);
  outbox.stage_own(SIZE_MAX);
  CHECK(seen(outbox).starts_with('y'));
  outbox.wrote(50);  // the first piece whole, part of the second: its charge stays until it is gone
  CHECK(budget.used() == 64);
  outbox.wrote(50);
  CHECK(budget.used() == 0);
}

TEST_CASE("outbox: what was staged goes out after a cut, what was not is forgotten") {
  Budget budget("test", 1000);
  Outbox outbox(budget);
  CHECK(outbox.push(piece_of("1", "staged")));
  outbox.stage_own(1);
  CHECK(outbox.push(piece_of("2", "queued")));
  outbox.wrote(3);
  outbox.cut();
  CHECK(seen(outbox) == "aged");
  CHECK(budget.used() == 7);
  CHECK(outbox.push(piece_of("", "close")));
  outbox.stage_own(SIZE_MAX);
  CHECK(seen(outbox) == "agedclose");
  outbox.wrote(9);
  CHECK(budget.used() == 0);
}

TEST_CASE("outbox: an owner that dies gives everything back") {
  Budget budget("test", 1000);
  {
    Outbox outbox(budget);
    CHECK(outbox.push(piece_of("1", "abc")));
    outbox.stage_own(1);
    outbox.wrote(2);
    CHECK(outbox.push(piece_of("1", "abc")));
    CHECK(budget.used() == 8);
  }
  CHECK(budget.used() == 0);
}
