// Guards: the messages of the specification are read to their values and written back to the same
// text. How: its examples, with our own values, in the order in which we write the keys.
#include "core/wire/sendspin/messages.hpp"

#include <doctest/doctest.h>

using namespace tutti;
using namespace tutti::wire::sendspin;

namespace {
// Reads, and checks that writing gives the same text again.
template <class M>
M client(std::string_view json) {
  auto message = parse_client(json);
  REQUIRE_MESSAGE(message.has_value(), (message ? "" : message.error().text));
  REQUIRE(std::holds_alternative<M>(*message));
  CHECK(write(*message) == json);
  return std::get<M>(*message);
}
template <class M>
M server(std::string_view json) {
  auto message = parse_server(json);
  REQUIRE_MESSAGE(message.has_value(), (message ? "" : message.error().text));
  REQUIRE(std::holds_alternative<M>(*message));
  CHECK(write(*message) == json);
  return std::get<M>(*message);
}
}  // namespace

TEST_CASE("sendspin: a hello with every role") {
  auto hello = client<ClientHello>(
      R"({"type":"client/hello","payload":{"client_id":"panel-7","name":"Wall panel",)"
      R"("device_info":{"product_name":"Panel","mac_address":"02:00:00:00:00:07"},"version":1,)"
      R"("supported_roles":["player@v1","metadata@v1","artwork@v1","visualizer@v1","color@v1"],)"
      R"("player@v1_support":{"supported_formats":[{"codec":"flac","channels":2,)"
      R"("sample_rate":96000,"bit_depth":24},{"codec":"pcm","channels":1,"sample_rate":8000,)"
      R"("bit_depth":16}],"buffer_capacity":1048576,"supported_commands":["volume","mute"]},)"
      R"("artwork@v1_support":{"channels":[{"source":"album","format":"jpeg",)"
      R"("media_width":800,"media_height":480},{"source":"none","format":"png",)"
      R"("media_width":0,"media_height":0}]},)"
      R"("visualizer@v1_support":{"types":["loudness","spectrum"],"buffer_capacity":4096,)"
      R"("rate_max":60,"spectrum":{"n_disp_bins":32,"scale":"mel","f_min":40,"f_max":16000}}}})");
  CHECK(hello.client_id == "panel-7");
  CHECK(hello.device_info->product_name == "Panel");
  CHECK(!hello.device_info->manufacturer);
  CHECK(hello.device_info->mac_address == "02:00:00:00:00:07");
  CHECK(hello.supported_roles.size() == 5);
  REQUIRE(hello.player_v1_support);
  CHECK(hello.player_v1_support->supported_formats ==
        std::vector<AudioFormat>{{Codec::flac, 2, 96'000, 24}, {Codec::pcm, 1, 8'000, 16}});
  CHECK(hello.player_v1_support->buffer_capacity == 1'048'576);
  CHECK(hello.player_v1_support->supported_commands ==
        std::vector<Word<PlayerCommand>>{PlayerCommand::volume, PlayerCommand::mute});
  REQUIRE(hello.artwork_v1_support->channels.size() == 2);
  CHECK(hello.artwork_v1_support->channels[0].media_height == 480);
  CHECK(hello.artwork_v1_support->channels[1].source == ArtworkSource::none);
  CHECK(hello.visualizer_v1_support->rate_max == 60);
  CHECK(hello.visualizer_v1_support->spectrum == Spectrum{32, SpectrumScale::mel, 40, 16'000});
}

TEST_CASE("sendspin: what a client says after its hello") {
  CHECK(client<ClientTime>(R"({"type":"client/time","payload":{"client_transmitted":-12}})")
            .client_transmitted == -12);
  auto state = client<ClientState>(
      R"({"type":"client/state","payload":{"state":"external_source",)"
      R"("player":{"volume":0,"muted":true,"static_delay_ms":5000,"required_lead_time_ms":400,)"
      R"("min_buffer_ms":250,"supported_commands":["set_static_delay"]},)"
      R"("_tutti_sync":{"offset_us":-1.5,"drift_ppm":12.25,"error_us":80.5,"buffer_ms":4800,)"
      R"("late":2}}})");
  CHECK(state.state == ClientStatus::external_source);
  CHECK(state.player->muted == true);
  CHECK(state.player->static_delay_ms == 5'000);
  CHECK(state.tutti_sync == SyncReport{-1.5, 12.25, 80.5, 4'800, 2});
  auto seek = client<ClientCommand>(
      R"({"type":"client/command","payload":{"controller":{"command":"seek_relative",)"
      R"("offset_ms":-10000}}})");
  CHECK(seek.controller->command == ControllerCommand::seek_relative);
  CHECK(seek.controller->offset_ms == -10'000);
  auto change = client<StreamRequestFormat>(
      R"({"type":"stream/request-format","payload":{"player":{"codec":"opus",)"
      R"("sample_rate":48000},"artwork":{"channel":3,"source":"artist"},)"
      R"("visualizer":{"types":[]}}})");
  CHECK(change.player == PlayerFormatRequest{Codec::opus, std::nullopt, 48'000, std::nullopt});
  CHECK(change.artwork->channel == 3);
  CHECK(change.visualizer->types->empty());  // none, which is not the same as no change
  CHECK(client<ClientGoodbye>(R"({"type":"client/goodbye","payload":{"reason":"another_server"}})")
            .reason == GoodbyeReason::another_server);
}

TEST_CASE("sendspin: each command of a controller carries its own parameter") {
  for (const auto& row : names_of(ControllerCommand{})) {
    ControllerRequest request{row.value, 30, true, 61'000, -5};
    std::string text = write(ClientCommand{request});
    CAPTURE(text);
    auto again = parse_client(text);
    REQUIRE(again);
    CHECK(std::get<ClientCommand>(*again).controller->command == row.value);
    CHECK(text.contains("\"volume\":30") == (row.value == ControllerCommand::volume));
    CHECK(text.contains("\"mute\":true") == (row.value == ControllerCommand::mute));
    CHECK(text.contains("\"position_ms\":61000") == (row.value == ControllerCommand::seek));
    CHECK(text.contains("\"offset_ms\":-5") == (row.value == ControllerCommand::seek_relative));
  }
}

TEST_CASE("sendspin: what a server says") {
  auto hello = server<ServerHello>(
      R"({"type":"server/hello","payload":{"server_id":"s-1","name":"House","version":1,)"
      R"("active_roles":["player@v1"],"connection_reason":"playback"}})");
  CHECK(hello.connection_reason == Word(ConnectionReason::playback));
  auto time = server<ServerTimeReply>(
      R"({"type":"server/time","payload":{"client_transmitted":9007199254740993,)"
      R"("server_received":1700000001,"server_transmitted":1700000057}})");
  CHECK(time.client_transmitted == 9007199254740993);  // beyond what a double holds
  CHECK(time.server_transmitted - time.server_received == micros(56));
  auto command = server<ServerCommand>(
      R"({"type":"server/command","payload":{"player":{"command":"set_static_delay",)"
      R"("static_delay_ms":120}}})");
  CHECK(command.player->static_delay_ms == 120);
  auto update = server<GroupUpdate>(
      R"({"type":"group/update","payload":{"playback_state":"playing","group_id":"g-2",)"
      R"("group_name":null}})");
  CHECK(update.playback_state.value() == Word(PlaybackState::playing));
  CHECK(update.group_name.null());
}

TEST_CASE("sendspin: streams begin, change, are cleared and end") {
  auto start = server<StreamStart>(
      R"({"type":"stream/start","payload":{"player":{"codec":"flac","channels":2,)"
      R"("sample_rate":44100,"bit_depth":16,"codec_header":"ZkxhQw=="},)"
      R"("artwork":{"channels":[{"source":"album","format":"bmp","width":64,"height":48}]},)"
      R"("visualizer":{"types":["beat"],"rate_max":30,"tracks_downbeats":false}}})");
  CHECK(start.player->format == AudioFormat{Codec::flac, 2, 44'100, 16});
  CHECK(start.player->codec_header == "ZkxhQw==");
  CHECK(start.artwork->channels.at(0).format == ImageFormat::bmp);
  CHECK(start.visualizer->tracks_downbeats == false);
  CHECK(
      server<StreamClear>(R"({"type":"stream/clear","payload":{"roles":["player","visualizer"]}})")
          .roles->size() == 2);
  // All roles: the payload is written, for browsers look into it.
  CHECK(!server<StreamClear>(R"({"type":"stream/clear","payload":{}})").roles);
  CHECK(!server<StreamEnd>(R"({"type":"stream/end","payload":{}})").roles);
}

TEST_CASE("sendspin: in a state, absent leaves, null clears, and a value sets") {
  auto state = server<ServerState>(
      R"({"type":"server/state","payload":{"metadata":{"timestamp":1700000000,)"
      R"("title":"Reverie","album":null,"year":1890,)"
      R"("progress":{"track_progress":1000,"track_duration":0,"playback_speed":1000},)"
      R"("repeat":"one","shuffle":null},)"
      R"("controller":{"supported_commands":["play","switch"],"volume":25,"muted":false,)"
      R"("repeat":"all","shuffle":true,"seek_max_ms":null},)"
      R"("color":{"timestamp":-1,"primary":[255,0,16],"accent":null}}})");
  std::optional<std::string> title = "Before", artist = "Someone", album = "Old";
  state.metadata->title.apply(title);
  state.metadata->artist.apply(artist);
  state.metadata->album.apply(album);
  CHECK(title == "Reverie");
  CHECK(artist == "Someone");
  CHECK(!album);
  CHECK(state.metadata->artist.absent());
  CHECK(state.metadata->album.null());
  CHECK(state.metadata->progress.value() == Progress{1'000, 0, 1'000});
  CHECK(state.metadata->repeat.value() == Repeat::one);
  CHECK(state.controller->supported_commands ==
        std::vector<Word<ControllerCommand>>{ControllerCommand::play,
                                             ControllerCommand::switch_group});
  CHECK(state.controller->seek_max_ms.null());
  CHECK(state.color->primary.value() == Rgb{255, 0, 16});
  CHECK(state.color->accent.null());
  CHECK(state.color->on_dark.absent());
}

TEST_CASE("sendspin: every text, number and colour of a state stands under its key") {
  auto state = server<ServerState>(
      R"({"type":"server/state","payload":{"metadata":{"timestamp":5,"title":"T","artist":"A",)"
      R"("album_artist":"AA","album":"B","artwork_url":"http://h/a.jpg","year":1999,"track":12},)"
      R"("color":{"timestamp":6,"background_dark":[1,2,3],"background_light":[4,5,6],)"
      R"("primary":[7,8,9],"accent":[10,11,12],"on_dark":[13,14,15],"on_light":[16,17,18]}}})");
  MetadataState metadata{ServerTime{5}, {"T"}, {"A"}, {"AA"}, {"B"}, {"http://h/a.jpg"}, 1'999, 12};
  CHECK(state.metadata == metadata);
  ColorState color{ServerTime{6},   Rgb{1, 2, 3},    Rgb{4, 5, 6},   Rgb{7, 8, 9},
                   Rgb{10, 11, 12}, Rgb{13, 14, 15}, Rgb{16, 17, 18}};
  CHECK(state.color == color);
}

TEST_CASE("sendspin: newer peers are understood as far as we know, and the rest is kept to show") {
  auto unknown = parse_client(R"({"type":"client/leave","payload":{"x":[1,{}]}})");
  REQUIRE(unknown);
  CHECK(std::get<Unknown>(*unknown).type == "client/leave");
  // A server's message from a client is none of ours either.
  CHECK(std::holds_alternative<Unknown>(*parse_client(R"({"type":"stream/end"})")));
  auto init = parse_client(R"({"type":"client/init","payload":{"client_id":"AbC_-","version":1,)"
                           R"("suite":"25519_ChaChaPoly_SHA256"}})");
  REQUIRE(init);
  CHECK(std::get<ClientInit>(*init).client_id == "AbC_-");
  auto command = client<ClientCommand>(R"({"type":"client/command","payload":{"controller":{)"
                                       R"("command":"dance"}}})");
  CHECK(!command.controller->command.known());
  CHECK(command.controller->command.text() == "dance");
  CHECK(role_name("player@v2") == RoleName{"player", "v2"});
  CHECK(role_name("player") == RoleName{"player", "v1"});
  CHECK(role_name("_tutti_sync@v1").application());
  CHECK(!role_name("metadata@v1").application());
}
