// Guards: a wrong type, a number or a list beyond its bounds, a missing member: each is an error
// that names the member, what was expected and what was found; and hostile text costs nothing but
// an error. How: tables of messages and the end of the text they must give.
#include "core/wire/sendspin/bounds.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/wire/sendspin/messages.hpp"

using namespace tutti;
using namespace tutti::wire::sendspin;

namespace {
struct Row {
  std::string_view payload;
  std::string_view error;  // empty: it is good
};
template <class Parse>
void check_rows(Parse parse, std::string_view type, std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    std::string text = fmt::format(R"({{"type":"{}","payload":{}}})", type, row.payload);
    CAPTURE(text);
    auto message = parse(text);
    if (row.error.empty()) {
      CHECK_MESSAGE(message.has_value(), (message ? "" : message.error().text));
      continue;
    }
    REQUIRE(!message);
    CHECK(message.error().code == Code::bad_request);
    CHECK(message.error().text == fmt::format("{}: payload{}", type, row.error));
  }
}
auto from_client(std::string_view text) { return parse_client(text); }
auto from_server(std::string_view text) { return parse_server(text); }

// A hello whose player offers one format.
std::string hello(std::string_view format, std::string_view capacity) {
  return fmt::format(
      R"({{"type":"client/hello","payload":{{"client_id":"c","name":"n","version":1,)"
      R"("supported_roles":[],"player@v1_support":{{"supported_formats":[{}],)"
      R"("buffer_capacity":{}}}}}}})",
      format, capacity);
}
std::string error_of(std::string_view text) {
  auto message = parse_client(text);
  return message ? "" : message.error().text;
}
}  // namespace

TEST_CASE("sendspin bounds: the frame around a message") {
  CHECK(error_of("[]") == "message: expected an object, found an array");
  CHECK(error_of("{}") == "type: expected a string, found nothing");
  CHECK(error_of(R"({"type":7})") == "type: expected a string, found 7");
  CHECK(error_of(R"({"type":"client/time"})") ==
        "client/time: payload.client_transmitted: expected an integer from -9223372036854775808 to "
        "9223372036854775807, found nothing");
  CHECK(error_of(R"({"type":"client/state","payload":[]})") ==
        "client/state: payload: expected an object, found an array");
  CHECK(error_of(R"({"type":"client/state","payload":null})").empty());
  std::string type(100, 't');
  auto unknown = parse_client(fmt::format(R"({{"type":"{}"}})", type));
  REQUIRE(unknown);
  CHECK(std::get<Unknown>(*unknown).type == type.substr(0, bounds::kType.most));
}

TEST_CASE("sendspin bounds: a hello's own members") {
  std::string long_id(257, 'i');
  std::string id_row = fmt::format(R"({{"client_id":"{}"}})", long_id);
  check_rows(
      from_client, "client/hello",
      {{"{}", ".client_id: expected a string, found nothing"},
       {R"({"client_id":null})", ".client_id: expected a string, found null"},
       {R"({"client_id":""})", ".client_id: expected a string of 1 to 256 bytes, found one of 0"},
       {id_row, ".client_id: expected a string of 1 to 256 bytes, found one of 257"},
       {R"({"client_id":"c"})", ".name: expected a string, found nothing"},
       {R"({"client_id":"c","name":"","version":"1"})",
        ".version: expected an integer from 0 to 1000000, found \"1\""},
       {R"({"client_id":"c","name":"","version":1,"supported_roles":"player"})",
        ".supported_roles: expected an array, found \"player\""},
       {R"({"client_id":"c","name":"","version":1,"supported_roles":["a",{}]})",
        ".supported_roles[1]: expected a string, found an object"},
       {R"({"client_id":"c","name":"","version":2,"supported_roles":[]})", ""}});
  std::string roles;
  for (int i = 0; i < 65; ++i) roles += fmt::format("{}\"r\"", i == 0 ? "" : ",");
  CHECK(error_of(fmt::format(R"({{"type":"client/hello","payload":{{"client_id":"c","name":"n",)"
                             R"("version":1,"supported_roles":[{}]}}}})",
                             roles)) ==
        "client/hello: payload.supported_roles: expected an array of 0 to 64 items, found one of "
        "65");
}

TEST_CASE("sendspin bounds: texts for people are cut between characters") {
  std::string agent = "x" + std::string(150, '\xc3');
  for (std::size_t i = agent.size(); i > 1; --i) agent.insert(i, "\xa9");
  auto message = parse_client(
      fmt::format(R"({{"type":"client/hello","payload":{{"client_id":"c","name":"{}","version":1,)"
                  R"("supported_roles":[],"device_info":{{"software_version":"{}"}}}}}})",
                  agent, agent));
  REQUIRE(message);
  const auto& hello = std::get<ClientHello>(*message);
  CHECK(hello.name == agent.substr(0, 255));
  CHECK(hello.device_info->software_version == agent.substr(0, 255));
}

TEST_CASE("sendspin bounds: formats of a player") {
  constexpr std::string_view kAt = "client/hello: payload.player@v1_support.";
  constexpr std::string_view kGood =
      R"({"codec":"pcm","channels":8,"sample_rate":384000,"bit_depth":32})";
  CHECK(error_of(hello(kGood, "2147483648")).empty());
  CHECK(error_of(hello(kGood, "2147483649")) ==
        fmt::format("{}buffer_capacity: expected an integer from 1 to 2147483648, found "
                    "2147483649",
                    kAt));
  CHECK(error_of(hello(kGood, "0")).ends_with("from 1 to 2147483648, found 0"));
  CHECK(error_of(hello(kGood, "1.5")).ends_with("from 1 to 2147483648, found 1.5"));
  // Wrong types are errors; what is right but beyond us is set aside.
  CHECK(error_of(hello(R"({"codec":"pcm","channels":"2"})", "1")) ==
        fmt::format("{}supported_formats[0].channels: expected an integer from 1 to 8, found "
                    "\"2\"",
                    kAt));
  CHECK(error_of(hello(R"({"codec":7})", "1")) ==
        fmt::format("{}supported_formats[0].codec: expected opus or flac or pcm, found 7", kAt));
  CHECK(error_of(hello("[]", "1")) ==
        fmt::format("{}supported_formats[0]: expected an object, found an array", kAt));
  for (std::string_view beyond :
       {R"({"codec":"pcm","channels":9,"sample_rate":48000,"bit_depth":16})",
        R"({"codec":"pcm","channels":0,"sample_rate":48000,"bit_depth":16})",
        R"({"codec":"pcm","channels":2,"sample_rate":7999,"bit_depth":16})",
        R"({"codec":"pcm","channels":2,"sample_rate":384001,"bit_depth":16})",
        R"({"codec":"pcm","channels":2,"sample_rate":48000,"bit_depth":8})",
        R"({"codec":"pcm","channels":2,"sample_rate":48000,"bit_depth":17})",
        R"({"codec":"pcm","channels":2,"sample_rate":48000,"bit_depth":40})",
        R"({"codec":"mp3","channels":2,"sample_rate":48000,"bit_depth":16})"}) {
    CAPTURE(beyond);
    auto message = parse_client(hello(beyond, "1"));
    REQUIRE(message);
    const auto& support = *std::get<ClientHello>(*message).player_v1_support;
    CHECK(support.supported_formats.empty());
    CHECK(support.skipped_formats == std::vector<std::string>{std::string(beyond)});
  }
}

TEST_CASE("sendspin bounds: a client's state and commands") {
  check_rows(from_client, "client/state",
             {{R"({"state":"dreaming"})",
               ".state: expected synchronized or error or external_source, found \"dreaming\""},
              {R"({"player":{"state":1}})",
               ".player.state: expected synchronized or error or external_source, found 1"},
              {R"({"player":7})", ".player: expected an object, found 7"},
              {R"({"player":{"volume":101}})",
               ".player.volume: expected an integer from 0 to 100, found 101"},
              {R"({"player":{"volume":-1}})",
               ".player.volume: expected an integer from 0 to 100, found -1"},
              {R"({"player":{"volume":99.6}})", ""},
              {R"({"player":{"muted":0}})", ".player.muted: expected true or false, found 0"},
              {R"({"player":{"static_delay_ms":5001}})",
               ".player.static_delay_ms: expected an integer from 0 to 5000, found 5001"},
              {R"({"player":{"min_buffer_ms":30001}})",
               ".player.min_buffer_ms: expected an integer from 0 to 30000, found 30001"},
              {R"({"_tutti_sync":{"offset_us":0,"drift_ppm":1e9}})",
               "._tutti_sync.drift_ppm: expected a number from -10000 to 10000, found 1e+09"}});
  check_rows(from_client, "client/command",
             {{R"({"controller":{}})", ".controller.command: expected a string, found nothing"},
              {R"({"controller":{"command":"volume"}})",
               ".controller.volume: expected an integer from 0 to 100, found nothing"},
              {R"({"controller":{"command":"mute","mute":"yes"}})",
               ".controller.mute: expected true or false, found \"yes\""},
              {R"({"controller":{"command":"seek","position_ms":-1}})",
               ".controller.position_ms: expected an integer from 0 to 4294967295, found -1"},
              {R"({"controller":{"command":"play","volume":"loud"}})", ""},
              {R"({"controller":null})", ""}});
  check_rows(
      from_client, "stream/request-format",
      {{R"({"player":{"codec":"mp3"}})",
        ".player.codec: expected opus or flac or pcm, found \"mp3\""},
       {R"({"player":{"bit_depth":20}})", ".player.bit_depth: expected 16 or 24 or 32, found 20"},
       {R"({"artwork":{"channel":4}})",
        ".artwork.channel: expected an integer from 0 to 3, found 4"},
       {R"({"artwork":{"channel":0,"media_width":65536}})",
        ".artwork.media_width: expected an integer from 0 to 65535, found 65536"},
       {R"({"visualizer":{"rate_max":0}})",
        ".visualizer.rate_max: expected an integer from 1 to 1000, found 0"}});
}

TEST_CASE("sendspin bounds: a server's messages") {
  check_rows(
      from_server, "server/state",
      {{R"({"metadata":{}})",
        ".metadata.timestamp: expected an integer from -9223372036854775808 to "
        "9223372036854775807, found nothing"},
       {R"({"metadata":{"timestamp":1,"title":7}})", ".metadata.title: expected a string, found 7"},
       {R"({"metadata":{"timestamp":1,"progress":{"track_progress":-1}}})",
        ".metadata.progress.track_progress: expected an integer from 0 to 4294967295, found "
        "-1"},
       {R"({"color":{"timestamp":1,"primary":[1,2]}})",
        ".color.primary: expected an array of three integers from 0 to 255, found an array"},
       {R"({"color":{"timestamp":1,"primary":[1,2,256]}})",
        ".color.primary[2]: expected an integer from 0 to 255, found 256"},
       {R"({"metadata":null,"color":null})", ""}});
  check_rows(from_server, "stream/start",
             {{R"({"player":{"codec":"flac","channels":2,"sample_rate":48000}})",
               ".player.bit_depth: expected 16 or 24 or 32, found nothing"},
              {R"({"player":{"codec":"opus","channels":2,"sample_rate":48000}})", ""},
              {R"({"artwork":{"channels":[{},{},{},{},{}]}})",
               ".artwork.channels: expected an array of 0 to 4 items, found one of 5"}});
}

TEST_CASE("sendspin bounds: hostile text is an error, soon") {
  auto code = [](std::string_view text) {
    auto message = parse_client(text);
    return message ? Code::internal : message.error().code;
  };
  CHECK(code("") == Code::bad_request);
  CHECK(code("{\"type\":\"client/time\"") == Code::bad_request);
  CHECK(code("{\"type\":\"\xff\"}") == Code::bad_request);
  CHECK(code("{\"type\":\"client/time\",\"payload\":{\"client_transmitted\":1e999}}") ==
        Code::bad_request);
  CHECK(code(std::string(60'000, '[')) == Code::too_large);
  std::string many = R"({"type":"client/state","payload":{"x":[0)";
  for (int i = 0; i < 20'000; ++i) many += ",0";
  CHECK(code(many + "]}}") == Code::too_large);
  // A thousand keys that nobody asks for.
  std::string keys = R"({"type":"client/time","payload":{)";
  for (int i = 0; i < 1'000; ++i) keys += fmt::format(R"("k{}":{},)", i, i);
  CHECK(parse_client(keys + R"("client_transmitted":1}})").has_value());
  // The last of two wins, as everywhere in our JSON.
  auto twice = parse_client(
      R"({"type":"client/time","payload":{"client_transmitted":1,"client_transmitted":2}})");
  CHECK(std::get<ClientTime>(*twice).client_transmitted == 2);
  CHECK(error_of(R"({"type":"client/time","payload":{"client_transmitted":")" +
                 std::string(500, 'x') + "\"}}")
            .size() < 250);
}
