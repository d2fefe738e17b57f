// Guards: HTTP on an edge: one request in work and in order, deadlines, refusals, files in blocks;
// every end of every phase gives exactly one Closed, and nothing is held when it is over. How:
// bytes in, bytes out, virtual time.
#include <doctest/doctest.h>

#include <numeric>

#include "core/live/live_test_kit.hpp"

using namespace tutti;
using namespace tutti::live;
using namespace tutti::live::test;
using Lines = std::vector<std::string>;

TEST_CASE(
    "edge: a kept connection carries requests one after the other, then ends after 60 s of "
    "idleness") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  for (const char* target : {"/a", "/b", "/c"}) {
    b.shell.bytes(i, get(target), b.now);
    b.respond(i, target);
    b.shell.flush(b.now);
    CHECK(b.shell[i].view.last() == std::string("200 ") + target);
    b.advance(seconds(59));
  }
  CHECK(b.heard() == Lines{"opened", "GET /a", "GET /b", "GET /c"});
  b.advance(seconds(1));
  CHECK(b.heard() == Lines{"closed request_timeout"});
  CHECK_FALSE(b.shell[i].open);
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: of pipelined requests one is in work, the others wait in order, split anywhere") {
  std::string all = get("/a") + get("/b") + get("/c");
  for (std::size_t cut = 1; cut < all.size(); ++cut) {
    Bench b;
    std::size_t i = b.shell.open(b.now);
    b.shell.bytes(i, all.substr(0, cut), b.now);
    // The kernel keeps the rest while the edge does not read.
    bool fed = false;
    Lines heard = b.heard();
    for (int turn = 0; turn < 6; ++turn) {
      if (!fed && !b.shell[i].paused) b.shell.bytes(i, all.substr(cut), b.now), fed = true;
      Lines more = b.heard();
      heard.insert(heard.end(), more.begin(), more.end());
      CHECK(heard.size() - 1 <= b.shell[i].view.items().size() + 1);
      if (heard.size() - 1 > b.shell[i].view.items().size()) b.respond(i, heard.back());
      b.shell.flush(b.now);
    }
    CHECK(heard == Lines{"opened", "GET /a", "GET /b", "GET /c"});
    CHECK(b.shell[i].view.items() == Lines{"200 GET /a", "200 GET /b", "200 GET /c"});
    b.shell.eof(i, b.now);
    CHECK(b.heard() == Lines{"closed peer_closed"});
    CHECK(left_over(b) == "");
  }
}

TEST_CASE("edge: a request cut while the one before it is in work is read to its end") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, get("/a"), b.now);
  b.shell.bytes(i, get("/b").substr(0, 10), b.now);
  CHECK(b.shell[i].paused);
  b.respond(i, "a");
  REQUIRE_FALSE(b.shell[i].paused);
  b.shell.bytes(i, get("/b").substr(10), b.now);
  b.respond(i, "b");
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.items() == Lines{"200 a", "200 b"});
}

TEST_CASE("edge: a peer that was paused is heard again once its connection closes") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, get("/a") + get("/b"), b.now);
  b.shell.bytes(i, get("/c"), b.now);
  REQUIRE(b.shell[i].paused);
  b.say(Close{b.id(i), CloseReason::going_away});
  CHECK_FALSE(b.shell[i].paused);
  b.shell.flush(b.now);
  b.shell.eof(i, b.now);  // its end is heard at once, not after the time for closing
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: slow headers, slow bodies and silence end with 408 or without a word") {
  Bench b;
  std::size_t silent = b.shell.open(b.now);
  std::size_t header = b.shell.open(b.now);
  std::size_t body = b.shell.open(b.now);
  b.shell.bytes(header, "GET / HT", b.now);
  b.shell.bytes(body, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab", b.now);
  b.heard();
  b.advance(millis(9999));
  CHECK(b.heard().empty());
  b.advance(millis(1));
  b.shell.flush(b.now);
  CHECK(b.heard() == Lines{"closed request_timeout", "closed request_timeout"});
  CHECK_FALSE(b.shell[silent].open);
  CHECK(b.shell[silent].view.items().empty());
  CHECK(b.shell[header].view.last().starts_with("408"));
  CHECK(b.shell[header].half_closed);
  CHECK(b.shell[body].view.items().empty());
  b.advance(seconds(10));
  b.shell.flush(b.now);
  CHECK(b.shell[body].view.last().starts_with("408"));
  b.advance(seconds(5));
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: a broken request is told so once, and nothing behind it is read") {
  for (const char* bytes : {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"}) {
    Bench b;
    std::size_t i = b.shell.open(b.now);
    b.shell.bytes(i, bytes, b.now);
    b.shell.bytes(i, get("/a"), b.now);
    b.shell.flush(b.now);
    CHECK(b.heard() == Lines{"opened", "closed protocol_error"});
    REQUIRE(b.shell[i].view.items().size() == 1);
    CHECK(b.shell[i].view.last()[0] >= '4');
    CHECK(b.shell[i].half_closed);
    b.shell.eof(i, b.now);
    CHECK_FALSE(b.shell[i].open);
    CHECK(left_over(b) == "");
  }
}

TEST_CASE("edge: refused by the house means 429 with a time, before and after the request came") {
  for (bool asked : {false, true}) {
    Bench b;
    std::size_t i = b.shell.open(b.now);
    if (asked) b.shell.bytes(i, get("/a"), b.now);
    b.say(Close{b.id(i), CloseReason::refused});
    b.respond(i, "too late");
    b.shell.flush(b.now);
    REQUIRE(b.shell[i].view.items().size() == 1);
    CHECK(b.shell[i].view.last().starts_with("429"));
    b.shell.eof(i, b.now);
    CHECK(left_over(b) == "");
  }
}

TEST_CASE("edge: end of stream and reset give exactly one Closed in every phase of a request") {
  for (bool reset : {false, true}) {
    for (int phase = 0; phase < 5; ++phase) {
      Bench b;
      std::size_t i = b.shell.open(b.now);
      if (phase == 1) b.shell.bytes(i, "GET / HTTP", b.now);
      if (phase >= 2) b.shell.bytes(i, get("/a"), b.now);
      if (phase >= 3) b.respond(i, std::string(1000, 'x'));
      if (phase >= 4) b.shell.write(i, b.now, 100);
      if (reset) b.shell.reset(i, b.now);
      else b.shell.eof(i, b.now);
      if (phase == 2) b.respond(i, std::string(1000, 'x'));
      b.shell.flush(b.now);
      INFO("phase ", phase, " reset ", reset);
      // A peer that only ended its own side still gets its whole answer, and then the connection
      // ends.
      bool answered = !b.shell[i].view.items().empty();
      CHECK(answered == (phase >= 2 && !reset));
      CHECK_FALSE(b.shell[i].open);
      Lines heard = b.heard();
      CHECK(std::count_if(heard.begin(), heard.end(),
                          [](auto& line) { return line.starts_with("closed"); }) == 1);
      b.shell.reset(i, b.now);  // the shell may report what it saw before it learned of the drop
      b.shell.eof(i, b.now);
      CHECK(b.heard().empty());
      CHECK(left_over(b) == "");
    }
  }
}

TEST_CASE("edge: who pipelines requests and ends its side gets every answer, then the end") {
  std::string all = get("/a") + get("/b") + get("/c");
  for (std::size_t extra : {0, 9}) {  // and behind them a request that never comes whole
    Bench b;
    std::size_t i = b.shell.open(b.now);
    b.shell.bytes(i, all + get("/never").substr(0, extra), b.now);
    b.shell.eof(i, b.now);
    for (const char* target : {"/a", "/b", "/c"}) {
      REQUIRE(b.shell[i].open);
      b.respond(i, target);
    }
    b.shell.flush(b.now);
    CHECK(b.shell[i].view.items() == Lines{"200 /a", "200 /b", "200 /c"});
    CHECK_FALSE(b.shell[i].open);
    Lines heard = b.heard();
    CHECK(Lines(heard.begin(), heard.begin() + 4) == Lines{"opened", "GET /a", "GET /b", "GET /c"});
    CHECK(heard.size() == 5);
    CHECK(left_over(b) == "");
  }
}

TEST_CASE("edge: an answer that closes is sent whole to a slow reader that keeps reading") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, get("/a", "Connection: close\r\n"), b.now);
  std::string body(100'000, 'y');
  b.respond(i, body);
  while (b.shell[i].open && b.shell[i].wants_write) {
    b.shell.write(i, b.now, 4000);
    b.advance(seconds(1));
  }
  CHECK((b.shell[i].view.last() == "200 " + body));
  CHECK(b.shell[i].half_closed);
  b.shell.eof(i, b.now);
  CHECK(b.heard() == Lines{"opened", "GET /a", "closed done"});
  CHECK(left_over(b) == "");
}

TEST_CASE(
    "edge: a peer that ends its side behind a broken request is dropped when it has its answer") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, "nonsense\r\n\r\n", b.now);
  b.shell.eof(i, b.now);
  CHECK(b.shell[i].open);
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.last().starts_with("400"));
  CHECK_FALSE(b.shell[i].open);
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: a peer that takes nothing of its answer for 30 s is cut") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, get("/a"), b.now);
  b.respond(i, std::string(1000, 'x'));
  b.shell.write(i, b.now, 10);
  b.advance(seconds(29));
  b.shell.write(i, b.now, 10);  // any progress starts the wait anew
  b.advance(seconds(29));
  b.shell.write(i, b.now, 0);
  CHECK(b.shell[i].open);
  b.advance(seconds(1));
  CHECK_FALSE(b.shell[i].open);
  CHECK(b.heard() == Lines{"opened", "GET /a", "closed write_stalled"});
  CHECK(left_over(b) == "");
}

TEST_CASE(
    "edge: a file goes out in blocks as the peer takes them, then the next request is served") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  constexpr std::size_t kSize = 1'000'000;
  b.shell.bytes(i, get("/file") + get("/next"), b.now);
  b.say(Respond{b.id(i), {200, {}, {}}, FileBody{"f", 0, kSize}});
  std::size_t most_held = 0, blocks = 0;
  std::uint64_t expected_offset = 0;
  while (b.shell[i].view.items().empty()) {
    if (!b.shell[i].blocks.empty()) {
      ReadBlock asked = b.shell[i].blocks.front();
      CHECK(asked.offset == expected_offset);
      expected_offset += asked.size;
      b.shell.answer_block(i, Bytes(std::string(asked.size, static_cast<char>('a' + blocks++))),
                           b.now);
    } else {
      REQUIRE(b.shell.write(i, b.now, 50'000) > 0);
    }
    most_held = std::max<std::size_t>(most_held, b.edge.counters().held());
  }
  CHECK(b.shell[i].view.last().size() == kSize + 4);
  CHECK(most_held < 300'000);
  CHECK(b.heard() == Lines{"opened", "GET /file", "GET /next"});
  b.respond(i, "n");
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.last() == "200 n");
  b.shell.eof(i, b.now);
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: a file that fails, ends early or grows is cut off, never padded") {
  for (int kind = 0; kind < 3; ++kind) {
    Bench b;
    std::size_t i = b.shell.open(b.now);
    b.shell.bytes(i, get("/file"), b.now);
    b.say(Respond{b.id(i), {200, {}, {}}, FileBody{"f", 0, 10}});
    REQUIRE(b.shell[i].blocks.size() == 1);
    Result<Bytes> blocks[] = {fail(Code::io, "gone"), Bytes(), Bytes(std::string(11, 'x'))};
    b.shell.answer_block(i, std::move(blocks[kind]), b.now);
    b.shell.flush(b.now);
    CHECK_FALSE(b.shell[i].open);
    CHECK(b.heard() == Lines{"opened", "GET /file", "closed internal"});
    CHECK(left_over(b) == "");
  }
}

TEST_CASE(
    "edge: a block that comes after its connection is gone, or its slot's next, is nobody's") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, get("/file"), b.now);
  b.say(Respond{b.id(i), {200, {}, {}}, FileBody{"f", 0, 10}});
  ReadBlock asked = b.shell[i].blocks.front();
  b.shell.reset(i, b.now);
  std::size_t next = b.shell.open(b.now);
  CHECK(b.shell[next].handle.slot == b.shell[i].handle.slot);
  b.edge.file_block(asked.conn, asked.serial, Bytes("0123456789"), b.now);
  b.respond(i, "for the first");
  b.shell.flush(b.now);
  CHECK(b.shell[next].view.items().empty());
  CHECK(b.edge.counters().stale_dropped > 0);
  b.shell.eof(next, b.now);
  CHECK(left_over(b) == "");
}

TEST_CASE(
    "edge: a body that is made meanwhile goes out in chunks, then the next request is served") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, get("/audio") + get("/next"), b.now);
  b.say(Respond{b.id(i), {200, {}, {}}, LiveBody{StreamId{7}}});
  std::string all;
  std::size_t most_held = 0;
  for (int n = 0; b.shell[i].view.items().empty(); ++n) {
    if (!b.shell[i].blocks.empty()) {
      CHECK(b.shell[i].blocks.front().stream == StreamId{7});
      std::string block(n < 60 ? static_cast<std::size_t>(1000 * n + 1) : 0, 'x');
      all += block;
      b.shell.answer_block(i, Bytes(std::move(block)), b.now);
    } else {
      REQUIRE(b.shell.write(i, b.now, 40'000) > 0);
    }
    most_held = std::max<std::size_t>(most_held, b.edge.counters().held());
  }
  CHECK(b.shell[i].view.last() == "200 " + all);
  CHECK(most_held < 300'000);
  b.respond(i, "n");
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.last() == "200 n");
  b.shell.eof(i, b.now);
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: HTTP/1.0 gets such a body until the close, HEAD gets none of it") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, "GET /audio HTTP/1.0\r\nHost: a\r\n\r\n", b.now);
  b.say(Respond{b.id(i), {200, {}, {}}, LiveBody{StreamId{7}}});
  b.shell.answer_block(i, Bytes("abc"), b.now);
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.items() == Lines{"200", "nonsense abc"});  // no length, no chunks
  b.shell.answer_block(i, Bytes(), b.now);
  b.shell.flush(b.now);
  CHECK(b.heard() == Lines{"opened", "GET /audio", "closed done"});
  std::size_t head = b.shell.open(b.now);
  b.shell.bytes(head, "HEAD /audio HTTP/1.1\r\nHost: a\r\n\r\n", b.now);
  b.say(Respond{b.id(head), {200, {}, {}}, LiveBody{StreamId{8}}});
  CHECK(b.shell[head].blocks.empty());
}

TEST_CASE("edge: a body that cannot be made further is cut, one that nobody takes for 10 s too") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(i, get("/audio"), b.now);
  b.say(Respond{b.id(i), {200, {}, {}}, LiveBody{StreamId{7}}});
  b.shell.answer_block(i, fail(Code::corrupt, "not decodable"), b.now);
  b.shell.flush(b.now);
  CHECK_FALSE(b.shell[i].open);
  CHECK(b.heard() == Lines{"opened", "GET /audio", "closed internal"});
  std::size_t slow = b.shell.open(b.now);
  b.shell.bytes(slow, get("/audio"), b.now);
  b.say(Respond{b.id(slow), {200, {}, {}}, LiveBody{StreamId{8}}});
  while (!b.shell[slow].blocks.empty())
    b.shell.answer_block(slow, Bytes(std::string(65'536, 'x')), b.now);
  CHECK(b.shell.write(slow, b.now, 1000) == 1000);
  b.advance(millis(9'999));
  CHECK(b.shell[slow].open);
  b.advance(millis(1));
  CHECK_FALSE(b.shell[slow].open);
  CHECK(left_over(b) == "");
}

TEST_CASE("edge: HEAD has the length and no body, and 100 Continue is said when it is waited for") {
  Bench b;
  std::size_t i = b.shell.open(b.now);
  b.shell.bytes(
      i, "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", b.now);
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.items() == Lines{"100"});
  b.shell.bytes(i, "ab", b.now);
  b.respond(i, "ok");
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.last() == "200 ok");
  b.shell.bytes(i, "HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n", b.now);
  b.respond(i, "never sent");
  b.shell.flush(b.now);
  CHECK(b.shell[i].view.items().size() == 2);
  CHECK(b.shell[i].view.pending() > 0);  // a head that promises ten bytes
  b.shell.reset(i, b.now);
  CHECK(left_over(b) == "");
}
