// Guards: requests parse the same however their bytes are split, and each malformed or oversized
// one gets its status. How: fixed requests cut at every place and at random places from the choose
// stream.
#include <doctest/doctest.h>

#include "core/wire/http_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::wire;
using test::requests_of;

namespace {

constexpr std::string_view kTwo =
    "POST /api/x?a=1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
    "chunked\r\n\r\n4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n"
    "GET /y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

int status_of(std::string_view bytes) {
  std::string out = requests_of(bytes, {});
  auto at = out.find("error ");
  return at == std::string::npos ? 0 : std::stoi(out.substr(at + 6));
}

}  // namespace

TEST_CASE("http: any split of the bytes gives the same requests") {
  std::string whole = requests_of(kTwo, {});
  CHECK(whole ==
        "POST /api/x?a=1 11 keep|Host=h|Transfer-Encoding=chunked|abcdefg\nGET /y 11 "
        "close|Host=h|Connection=close|\n");
  for (std::size_t cut = 1; cut < kTwo.size(); ++cut) REQUIRE(requests_of(kTwo, {cut}) == whole);
  CHECK_FOR_ALL(1, 300, [&](Choose& draw) {
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; (at += 1 + draw.choose(12, "piece")) < kTwo.size();)
      cuts.push_back(at);
    FAIL_UNLESS(requests_of(kTwo, cuts) == whole);
    return kHolds;
  });
}

TEST_CASE("http: malformed requests are refused with the status that says why") {
  CHECK(status_of("GARBAGE\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);                        // no Host
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == 400);  // two
  CHECK(status_of("GET x HTTP/1.1\r\nHost: a\r\n\r\n") == 400);             // no path
  CHECK(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
  CHECK(status_of("GET / HTTP/1.1\r\nHost : a\r\n\r\n") == 400);  // space before the colon
  CHECK(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n") == 400);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n") ==
        400);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n0\r\n\r\n") == 400);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") == 400);
  CHECK(status_of(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n") ==
        501);
  CHECK(status_of(std::string("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 34)) == 400);
}

TEST_CASE("http: an empty chunked body may come byte by byte, with trailers or without") {
  for (std::string_view last : {"0\r\n\r\n", "0;a=b\r\n\r\n", "0\r\nA: b\r\n\r\n"}) {
    std::string bytes =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(last);
    std::string whole = requests_of(bytes, {});
    REQUIRE(whole.ends_with("|\n"));
    std::vector<std::size_t> every;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      every.push_back(cut);
      for (std::size_t next = cut; next < bytes.size(); ++next)
        REQUIRE(requests_of(bytes, {cut, next}) == whole);
    }
    CHECK(requests_of(bytes, every) == whole);
  }
}

TEST_CASE("http: a trailer never becomes a header") {
  std::string bytes =
      "POST / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.168.1.9\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "1\r\nx\r\n0\r\nX-Forwarded-For: 127.0.0.1\r\nHost: b\r\n\r\n";
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    REQUIRE(requests_of(bytes, {cut}) ==
            "POST / 11 keep|Host=a|X-Forwarded-For=192.168.1.9|Transfer-Encoding=chunked|x\n");
  }
}

TEST_CASE(
    "http: what is refused whole is refused however it is split, and its body never becomes a "
    "request") {
  for (std::string_view refused : {
           "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
           "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nTransfer-Encoding: "
           "chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
           "POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
       }) {
    std::string whole = requests_of(refused, {});
    REQUIRE(whole.starts_with("error "));
    for (std::size_t cut = 1; cut < refused.size(); ++cut)
      REQUIRE(requests_of(refused, {cut}) == whole);
  }
}

TEST_CASE("http: what is too large is refused before it is held") {
  CHECK(status_of("GET /" + std::string(20000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 431);
  CHECK(status_of("GET /" + std::string(20000, 'a')) == 431);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 2000; ++i) many += "X" + std::to_string(i) + ": y\r\n";
  CHECK(status_of(many + "\r\n") == 431);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n") == 413);
  std::string chunks = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 70; ++i) chunks += "400\r\n" + std::string(1024, 'b') + "\r\n";
  CHECK(status_of(chunks) == 413);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4;" +
                  std::string(20000, 'e')) >= 400);
  CHECK(status_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n" +
                  std::string(65536, 'c')) == 0);
}

TEST_CASE("http: a client that waits for 100 Continue is told once") {
  HttpParser parser;
  REQUIRE(parser.feed(
      as_bytes("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")));
  CHECK(parser.take_expects_continue());
  CHECK_FALSE(parser.take_expects_continue());
  REQUIRE(parser.feed(as_bytes("ok")));
  CHECK(parser.take().body == "ok");
}

TEST_CASE("http: a response head carries its length where the status allows one") {
  CHECK(response_head({200, {{"A", "b"}}, {}}, 5, true, {}) ==
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nA: b\r\nContent-Length: "
        "5\r\nConnection: keep-alive\r\n\r\n");
  CHECK(response_head({304, {}, {}}, 5, false, {}) ==
        "HTTP/1.1 304 Not Modified\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection: "
        "close\r\n\r\n");
}
