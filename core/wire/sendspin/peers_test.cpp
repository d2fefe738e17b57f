// Guards: we understand what the clients of mid-2026 write, and write what they can read. How:
// their messages as sendspin-js 3.2.1 sent them when it was run, and as sendspin-cpp 0.7 puts them
// together, with values of ours; and the keys without which they refuse or misread a message.
#include <doctest/doctest.h>

#include "core/wire/sendspin/messages.hpp"

using namespace tutti;
using namespace tutti::wire::sendspin;

namespace {
template <class M>
M read(std::string_view json) {
  auto message = parse_client(json);
  REQUIRE_MESSAGE(message.has_value(), (message ? "" : message.error().text));
  REQUIRE(std::holds_alternative<M>(*message));
  return std::get<M>(*message);
}
// The payload's member as a client's JSON parser sees it.
Json payload(const ServerMessage& message) { return *parse_json(write(message))->find("payload"); }
}  // namespace

TEST_CASE("sendspin peers: a browser's hello") {
  auto hello = read<ClientHello>(
      R"({"type":"client/hello","payload":{"client_id":"page-1","name":"Kitchen page",)"
      R"("version":1,"supported_roles":["player@v1","controller@v1","metadata@v1"],)"
      R"("device_info":{"product_name":"Web Browser","manufacturer":"Unknown",)"
      R"("software_version":"Unknown"},"player@v1_support":{"supported_formats":[)"
      R"({"codec":"flac","sample_rate":48000,"channels":2,"bit_depth":16},)"
      R"({"codec":"pcm","sample_rate":44100,"channels":2,"bit_depth":16}],)"
      R"("buffer_capacity":5242880,"supported_commands":["volume","mute"]}}})");
  CHECK(hello.player_v1_support->supported_formats ==
        std::vector<AudioFormat>{{Codec::flac, 2, 48'000, 16}, {Codec::pcm, 2, 44'100, 16}});
  CHECK(hello.player_v1_support->buffer_capacity == 5'242'880);
}

TEST_CASE("sendspin peers: a browser says its state inside of the player object, with fractions") {
  auto first = read<ClientState>(
      R"({"type":"client/state","payload":{"player":{"state":"synchronized","volume":100,)"
      R"("muted":false,"static_delay_ms":0,"required_lead_time_ms":12.5,"min_buffer_ms":250,)"
      R"("supported_commands":["set_static_delay"]}}})");
  CHECK(first.state == ClientStatus::synchronized);
  CHECK(first.player->required_lead_time_ms == 13);
  CHECK(first.player->supported_commands ==
        std::vector<Word<PlayerCommand>>{PlayerCommand::set_static_delay});
  // Every five seconds, also when nothing changed.
  auto nothing = read<ClientState>(R"({"type":"client/state","payload":{"player":{}}})");
  CHECK(nothing.player == PlayerState{});
  CHECK(!nothing.state);
  // A state at its present place counts before an old one.
  CHECK(read<ClientState>(R"({"type":"client/state","payload":{"state":"error",)"
                          R"("player":{"state":"synchronized"}}})")
            .state == ClientStatus::error);
}

TEST_CASE("sendspin peers: a browser's commands and its goodbye") {
  auto volume = read<ClientCommand>(
      R"({"type":"client/command","payload":{"controller":{"command":"volume","volume":40}}})");
  CHECK(volume.controller->volume == 40);
  auto go = read<ClientCommand>(
      R"({"type":"client/command","payload":{"controller":{"command":"switch"}}})");
  CHECK(go.controller->command == ControllerCommand::switch_group);
  CHECK(read<ClientGoodbye>(R"({"type":"client/goodbye","payload":{"reason":"user_request"}})")
            .reason == GoodbyeReason::user_request);
  CHECK(read<ClientTime>(R"({"type":"client/time","payload":{"client_transmitted":150705}})")
            .client_transmitted == 150'705);
}

TEST_CASE("sendspin peers: a small player's hello with all its roles") {
  auto hello = read<ClientHello>(
      R"({"type":"client/hello","payload":{"client_id":"02:00:00:00:00:01","name":"Shelf",)"
      R"("device_info":{"product_name":"Speaker","manufacturer":"Example",)"
      R"("software_version":"2026.6.0","mac_address":"02:00:00:00:00:01"},"version":1,)"
      R"("supported_roles":["player@v1","controller@v1","metadata@v1","artwork@v1",)"
      R"("visualizer@v1","color@v1"],)"
      R"("player@v1_support":{"supported_formats":[{"codec":"flac","channels":2,)"
      R"("sample_rate":48000,"bit_depth":24},{"codec":"opus","channels":2,)"
      R"("sample_rate":48000,"bit_depth":0}],"buffer_capacity":800000,)"
      R"("supported_commands":["volume","mute"]},)"
      R"("artwork@v1_support":{"channels":[{"source":"album","format":"jpeg",)"
      R"("media_width":240,"media_height":240}]},)"
      R"("visualizer@v1_support":{"types":["beat","loudness","spectrum"],)"
      R"("buffer_capacity":2730,"rate_max":30,"spectrum":{"n_disp_bins":16,"scale":"log",)"
      R"("f_min":60,"f_max":12000}}}})");
  CHECK(hello.supported_roles.size() == 6);
  CHECK(hello.player_v1_support->supported_formats ==
        std::vector<AudioFormat>{{Codec::flac, 2, 48'000, 24}, {Codec::opus, 2, 48'000, 16}});
  CHECK(hello.visualizer_v1_support->types.size() == 3);
  CHECK(hello.visualizer_v1_support->spectrum->scale == SpectrumScale::log);
}

TEST_CASE("sendspin peers: a small player's state, without lead and buffer, and its requests") {
  auto state = read<ClientState>(
      R"({"type":"client/state","payload":{"state":"synchronized","player":{"volume":45,)"
      R"("muted":false,"static_delay_ms":80,"supported_commands":["set_static_delay"]}}})");
  CHECK(state.state == ClientStatus::synchronized);
  CHECK(state.player->static_delay_ms == 80);
  CHECK(!state.player->required_lead_time_ms);
  CHECK(!state.player->min_buffer_ms);
  // A client without the player role.
  CHECK(!read<ClientState>(R"({"type":"client/state","payload":{"state":"error"}})").player);
  auto seek =
      read<ClientCommand>(R"({"type":"client/command","payload":{"controller":{"command":"seek",)"
                          R"("position_ms":30000}}})");
  CHECK(seek.controller->position_ms == 30'000);
  // A request in which nothing is set has no payload at all.
  CHECK(read<StreamRequestFormat>(R"({"type":"stream/request-format"})") == StreamRequestFormat{});
  auto bins = read<StreamRequestFormat>(
      R"({"type":"stream/request-format","payload":{"visualizer":{"types":["spectrum"],)"
      R"("rate_max":25,"spectrum":{"n_disp_bins":8,"scale":"lin","f_min":0,"f_max":8000}}}})");
  CHECK(bins.visualizer->spectrum == Spectrum{8, SpectrumScale::lin, 0, 8'000});
}

TEST_CASE("sendspin peers: clients of 2025 leave the versions out") {
  auto hello = read<ClientHello>(
      R"({"type":"client/hello","payload":{"client_id":"old","name":"Old","version":1,)"
      R"("supported_roles":["player","metadata"],"player_support":{"support_formats":[)"
      R"({"codec":"pcm","channels":2,"sample_rate":48000,"bit_depth":16}],)"
      R"("buffer_capacity":65536},"artwork_support":{"channels":[{"source":"artist",)"
      R"("format":"png","media_width":1,"media_height":1}]},)"
      R"("visualizer_support":{"buffer_capacity":512}}})");
  CHECK(role_name(hello.supported_roles[0]) == RoleName{"player", "v1"});
  CHECK(hello.supported_roles[0] == "player");  // and can be answered in its own words
  REQUIRE(hello.player_v1_support);
  CHECK(hello.player_v1_support->supported_formats.size() == 1);
  CHECK(hello.player_v1_support->supported_commands.empty());
  CHECK(hello.artwork_v1_support->channels[0].source == ArtworkSource::artist);
  CHECK(hello.visualizer_v1_support->buffer_capacity == 512);
  CHECK(hello.visualizer_v1_support->types.empty());
}

TEST_CASE("sendspin peers: formats that we do not make are set aside, not the player") {
  auto hello = read<ClientHello>(
      R"({"type":"client/hello","payload":{"client_id":"new","name":"New","version":1,)"
      R"("supported_roles":["player@v2","player@v1","_lamp@v3"],)"
      R"("player@v2_support":{"anything":true},"player@v1_support":{"supported_formats":[)"
      R"({"codec":"lc3","channels":2,"sample_rate":48000,"bit_depth":16},)"
      R"({"codec":"pcm","channels":2,"sample_rate":768000,"bit_depth":32},)"
      R"({"codec":"pcm","channels":2,"sample_rate":48000,"bit_depth":20},)"
      R"({"codec":"pcm","channels":2,"sample_rate":48000,"bit_depth":32}],)"
      R"("buffer_capacity":1000000,"supported_commands":["volume","equalize"]}}})");
  const PlayerSupport& support = *hello.player_v1_support;
  CHECK(support.supported_formats == std::vector<AudioFormat>{{Codec::pcm, 2, 48'000, 32}});
  REQUIRE(support.skipped_formats.size() == 3);
  CHECK(support.skipped_formats[0] ==
        R"({"codec":"lc3","channels":2,"sample_rate":48000,"bit_depth":16})");
  CHECK(support.supported_commands[1].text() == "equalize");
  CHECK(hello.supported_roles[2] == "_lamp@v3");
}

TEST_CASE("sendspin peers: what clients cannot do without is in what we write") {
  // A small player refuses a hello without a reason, a state without its time.
  ServerHello hello{"s", "House", 1, {"player@v1"}, Word(ConnectionReason::discovery)};
  CHECK(payload(hello).text("connection_reason") == "discovery");
  ServerState state;
  state.metadata.emplace();
  state.color.emplace();
  CHECK(payload(state).find("metadata")->find("timestamp") != nullptr);
  CHECK(payload(state).find("color")->find("timestamp") != nullptr);
  // It takes a stream only with all four of its members, and each channel of artwork too.
  StreamStart start;
  start.player = PlayerStream{AudioFormat{Codec::opus, 2, 48'000, 16}, std::nullopt};
  start.artwork = ArtworkStream{{{ArtworkSource::none, ImageFormat::jpeg, 0, 0}}};
  Json streams = payload(start);
  for (const char* key : {"codec", "channels", "sample_rate", "bit_depth"})
    CHECK(streams.find("player")->find(key) != nullptr);
  for (const char* key : {"source", "format", "width", "height"})
    CHECK(streams.find("artwork")->find("channels")->as_array()->at(0).find(key) != nullptr);
  // A browser looks into the payload of a clear.
  CHECK(payload(StreamClear{}).as_object() != nullptr);
}
