// Guards: each command parses to its value, whatever stands beside it; what is wrong is told, with
// the id of its cause. How: fixed frames, and the answers read back with the JSON parser.
#include "core/wire/session.hpp"

#include <doctest/doctest.h>

using namespace tutti;
using namespace tutti::wire;

namespace {
SessionCommand parse(std::string_view text) {
  JsonParser parser;
  return parse_session(text, parser);
}
Code code_of(std::string_view text) {
  auto command = parse(text);
  const auto* invalid = std::get_if<SessionInvalid>(&command.what);
  return invalid == nullptr ? Code::internal : invalid->error.code;
}
}  // namespace

TEST_CASE("session: commands parse and unknown fields are ignored") {
  auto ping = parse(R"({"id":7,"op":"ping","x":[1]})");
  CHECK(std::holds_alternative<SessionPing>(ping.what));
  CHECK(pong_frame(ping.id) == R"({"op":"pong","id":7})");
  auto echo = parse(R"({"op":"echo","id":"a","text":"\u00e9\n"})");
  REQUIRE(std::holds_alternative<SessionEcho>(echo.what));
  CHECK(*parse_json(echo_frame(echo.id, std::get<SessionEcho>(echo.what).text)) ==
        Json::object({{"op", Json("echo")}, {"id", Json("a")}, {"text", Json("\u00e9\n")}}));
  auto call = parse(R"({"op":"call","id":1,"name":"server.info"})");
  REQUIRE(std::holds_alternative<SessionCall>(call.what));
  CHECK(std::get<SessionCall>(call.what).args.as_object() != nullptr);
  CHECK(std::get<SessionSubscribe>(parse(R"({"op":"subscribe","topic":"server"})").what).topic ==
        "server");
}

TEST_CASE("session: what is wrong is an error that says so") {
  CHECK(code_of("{") == Code::bad_request);
  CHECK(code_of("[]") == Code::bad_request);
  CHECK(code_of("{}") == Code::bad_request);
  CHECK(code_of(R"({"op":1})") == Code::bad_request);
  CHECK(code_of(R"({"op":"dance"})") == Code::unknown_operation);
  CHECK(code_of(R"({"op":"echo"})") == Code::bad_request);
  CHECK(code_of(R"({"op":"ping","id":{}})") == Code::bad_request);
  CHECK(code_of(R"({"op":"call","name":"x","args":[]})") == Code::bad_request);
  CHECK(error_frame(Json(3), Error{Code::busy, "one at a time", "", 500}) ==
        R"({"op":"error","id":3,"code":"busy","text":"one at a time","retry_after_ms":500})");
}
