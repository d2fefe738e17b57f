// Guards: what a browser that has something, or a part of it, is answered. How: tables of requests.
#include "core/wire/conditional.hpp"

#include <doctest/doctest.h>

using namespace tutti;
using wire::answer_file;
using wire::Conditions;

namespace {
std::string content_range(const wire::FileAnswer& answer) {
  for (const auto& header : answer.headers) {
    if (header.name == "Content-Range") return header.value;
  }
  return "";
}
}  // namespace

TEST_CASE("conditional: who has it is told so, whatever the tag's strength") {
  CHECK(wire::not_modified("\"a\"", "\"a\""));
  CHECK(wire::not_modified("W/\"a\"", "\"a\""));
  CHECK(wire::not_modified("\"b\", \"a\"", "\"a\""));
  CHECK(wire::not_modified("*", "\"a\""));
  CHECK_FALSE(wire::not_modified("\"b\"", "\"a\""));
  CHECK_FALSE(wire::not_modified("", "\"a\""));
  auto answer = answer_file({"bytes=0-1", "", "\"a\""}, "\"a\"", 100);
  CHECK(answer.status == 304);
}

TEST_CASE("conditional: a part, the whole, or that there is no such part") {
  auto whole = answer_file({}, "\"a\"", 100);
  CHECK(whole.status == 200);
  CHECK(whole.part == wire::ByteRange{0, 100});
  auto part = answer_file({"bytes=10-19", "", ""}, "\"a\"", 100);
  CHECK(part.status == 206);
  CHECK(part.part == wire::ByteRange{10, 10});
  CHECK(content_range(part) == "bytes 10-19/100");
  auto none = answer_file({"bytes=100-", "", ""}, "\"a\"", 100);
  CHECK(none.status == 416);
  CHECK(content_range(none) == "bytes */100");
}

TEST_CASE("conditional: a part of another content is not sent") {
  CHECK(answer_file({"bytes=10-19", "\"a\"", ""}, "\"a\"", 100).status == 206);
  CHECK(answer_file({"bytes=10-19", "\"old\"", ""}, "\"a\"", 100).status == 200);
  // A weak tag promises no equal bytes (section 13.1.5).
  CHECK(answer_file({"bytes=10-19", "W/\"a\"", ""}, "\"a\"", 100).status == 200);
}
