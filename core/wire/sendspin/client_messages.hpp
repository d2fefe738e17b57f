#pragma once
// What a Sendspin client says, one struct a message. Members have the names of the specification;
// ranges are in bounds.hpp. An optional member is absent where the message left it out.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/wire/sendspin/words.hpp"

namespace tutti::wire::sendspin {

// A message of a type that we do not know: counted, shown, and ignored.
struct Unknown {
  std::string type;
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

// "Client → Server: client/hello", device_info. All of it is for people.
struct DeviceInfo {
  std::optional<std::string> product_name;
  std::optional<std::string> manufacturer;
  std::optional<std::string> software_version;
  std::optional<std::string> mac_address;  // 2026: "aa:bb:cc:dd:ee:ff"
  friend bool operator==(const DeviceInfo&, const DeviceInfo&) = default;
};

// "client/hello player@v1 support object", supported_formats. The bit depth says nothing of opus
// and may be missing or wrong there; it is read as 16.
struct AudioFormat {
  Codec codec = Codec::opus;
  int channels = 2;
  int sample_rate = 48'000;  // Hz
  int bit_depth = 16;        // 24 is packed in three bytes
  friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

// "client/hello player@v1 support object". Clients of 2026 name set_static_delay not here but in
// client/state, and repeat nothing there: what a player takes is the union of both lists.
struct PlayerSupport {
  std::vector<AudioFormat> supported_formats;  // most preferred first
  std::int64_t buffer_capacity = 1;            // bytes of chunks that are not played yet
  std::vector<Word<PlayerCommand>> supported_commands;
  // Formats that we do not make (a new codec, 768 kHz), as JSON, for an operator. Never written.
  std::vector<std::string> skipped_formats;
  friend bool operator==(const PlayerSupport&, const PlayerSupport&) = default;
};

// "client/hello artwork@v1 support object": the index is the channel.
struct ArtworkSupport {
  struct Channel {
    Word<ArtworkSource> source;
    Word<ImageFormat> format;
    int media_width = 0;  // pixels, at most
    int media_height = 0;
    friend bool operator==(const Channel&, const Channel&) = default;
  };
  std::vector<Channel> channels;
  friend bool operator==(const ArtworkSupport&, const ArtworkSupport&) = default;
};

// The visualizer role of 2026: how frequencies become bins.
struct Spectrum {
  int n_disp_bins = 1;
  SpectrumScale scale = SpectrumScale::mel;
  int f_min = 0;  // Hz
  int f_max = 0;
  friend bool operator==(const Spectrum&, const Spectrum&) = default;
};

// "client/hello visualizer@v1 support object": of January 2026 is buffer_capacity, the rest of
// later.
struct VisualizerSupport {
  std::vector<Word<VisualizerType>> types;
  std::int64_t buffer_capacity = 1;  // bytes
  std::optional<int> rate_max;       // periodic frames a second
  std::optional<Spectrum> spectrum;  // comes with the type spectrum
  friend bool operator==(const VisualizerSupport&, const VisualizerSupport&) = default;
};

// "Client → Server: client/hello". Roles controller, metadata and color have no support object.
struct ClientHello {
  std::string client_id;
  std::string name;
  std::optional<DeviceInfo> device_info;
  int version = 1;  // of the core messages; others than 1 are refused by the handshake
  std::vector<std::string> supported_roles;        // as said; see role_name
  std::optional<PlayerSupport> player_v1_support;  // also read from `player_support` (2025)
  std::optional<ArtworkSupport> artwork_v1_support;
  std::optional<VisualizerSupport> visualizer_v1_support;
  friend bool operator==(const ClientHello&, const ClientHello&) = default;
};

// The first message of the encrypted form, recognised so that its device can be listed.
struct ClientInit {
  std::string client_id;
  std::optional<std::string> suite;
  friend bool operator==(const ClientInit&, const ClientInit&) = default;
};

// "Client → Server: client/time".
struct ClientTime {
  std::int64_t client_transmitted = 0;  // microseconds of the client's clock
  friend bool operator==(const ClientTime&, const ClientTime&) = default;
};

// "client/state player object". After the first message only what changed.
struct PlayerState {
  std::optional<int> volume;  // 0 to 100, perceived loudness
  std::optional<bool> muted;
  // Of 2026. What a player does not report is 0 for the delay, and ours to choose for the others.
  std::optional<int> static_delay_ms;
  std::optional<int> required_lead_time_ms;
  std::optional<int> min_buffer_ms;
  std::optional<std::vector<Word<PlayerCommand>>> supported_commands;
  friend bool operator==(const PlayerState&, const PlayerState&) = default;
};

// Our own role _tutti_sync@v1: how well a player keeps time.
struct SyncReport {
  double offset_us = 0;        // server clock minus client clock
  double drift_ppm = 0;        // how much faster the server's clock runs
  double error_us = 0;         // of the output against the timeline, absolute
  std::int64_t buffer_ms = 0;  // audio that waits to be played
  std::int64_t late = 0;       // chunks dropped for lateness since the stream began
  friend bool operator==(const SyncReport&, const SyncReport&) = default;
};

// "Client → Server: client/state".
struct ClientState {
  // Browsers write it into the player object, as was the rule in 2025: it is read from there too.
  std::optional<ClientStatus> state;
  std::optional<PlayerState> player;
  std::optional<SyncReport> tutti_sync;  // "_tutti_sync"
  friend bool operator==(const ClientState&, const ClientState&) = default;
};

// "client/command controller object". A parameter stands with its command only.
struct ControllerRequest {
  Word<ControllerCommand> command;
  int volume = 0;
  bool mute = false;
  std::int64_t position_ms = 0;  // seek
  std::int64_t offset_ms = 0;    // seek_relative
  friend bool operator==(const ControllerRequest&, const ControllerRequest&) = default;
};
// "Client → Server: client/command".
struct ClientCommand {
  std::optional<ControllerRequest> controller;
  friend bool operator==(const ClientCommand&, const ClientCommand&) = default;
};

// "stream/request-format player object": what is absent stays.
struct PlayerFormatRequest {
  std::optional<Codec> codec;
  std::optional<int> channels;
  std::optional<int> sample_rate;
  std::optional<int> bit_depth;
  friend bool operator==(const PlayerFormatRequest&, const PlayerFormatRequest&) = default;
};
// "stream/request-format artwork object".
struct ArtworkFormatRequest {
  int channel = 0;
  std::optional<Word<ArtworkSource>> source;
  std::optional<Word<ImageFormat>> format;
  std::optional<int> media_width;
  std::optional<int> media_height;
  friend bool operator==(const ArtworkFormatRequest&, const ArtworkFormatRequest&) = default;
};
// 2026: the visualizer's share of stream/request-format.
struct VisualizerFormatRequest {
  std::optional<std::vector<Word<VisualizerType>>> types;
  std::optional<int> rate_max;
  std::optional<Spectrum> spectrum;
  friend bool operator==(const VisualizerFormatRequest&, const VisualizerFormatRequest&) = default;
};
// "Client → Server: stream/request-format".
struct StreamRequestFormat {
  std::optional<PlayerFormatRequest> player;
  std::optional<ArtworkFormatRequest> artwork;
  std::optional<VisualizerFormatRequest> visualizer;
  friend bool operator==(const StreamRequestFormat&, const StreamRequestFormat&) = default;
};

// "Client → Server: client/goodbye".
struct ClientGoodbye {
  Word<GoodbyeReason> reason;
  friend bool operator==(const ClientGoodbye&, const ClientGoodbye&) = default;
};

using ClientMessage = std::variant<Unknown, ClientHello, ClientInit, ClientTime, ClientState,
                                   ClientCommand, StreamRequestFormat, ClientGoodbye>;

}  // namespace tutti::wire::sendspin
