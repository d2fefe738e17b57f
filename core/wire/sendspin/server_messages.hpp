#pragma once
// What a Sendspin server says, one struct a message. Members have the names of the specification;
// ranges are in bounds.hpp. The clear form has no goodbye of the server: it closes the WebSocket.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/time.hpp"
#include "core/wire/sendspin/client_messages.hpp"

namespace tutti::wire::sendspin {

// "Server → Client: server/hello".
struct ServerHello {
  std::string server_id;
  std::string name;
  int version = 1;
  std::vector<std::string> active_roles;
  // Of meaning only where the server dialled, yet clients refuse a hello without it. Absent in what
  // older servers write.
  std::optional<Word<ConnectionReason>> connection_reason;
  friend bool operator==(const ServerHello&, const ServerHello&) = default;
};

// "Server → Client: server/time", the answer to ClientTime.
struct ServerTimeReply {
  std::int64_t client_transmitted = 0;  // as it came
  ServerTime server_received;
  ServerTime server_transmitted;  // when the bytes go to the socket
  friend bool operator==(const ServerTimeReply&, const ServerTimeReply&) = default;
};

// "server/state metadata object", progress, measured at the metadata's timestamp.
struct Progress {
  std::int64_t track_progress = 0;  // milliseconds
  std::int64_t track_duration = 0;  // milliseconds, 0 where unknown
  int playback_speed = 1'000;       // times 1000, 0 is paused
  friend bool operator==(const Progress&, const Progress&) = default;
};

// "server/state metadata object", a delta. A timestamp in the future schedules it (2026): a client
// holds one such update, and the next replaces it.
struct MetadataState {
  ServerTime timestamp;
  Delta<std::string> title;
  Delta<std::string> artist;
  Delta<std::string> album_artist;
  Delta<std::string> album;
  Delta<std::string> artwork_url;
  Delta<int> year;
  Delta<int> track;
  Delta<Progress> progress;
  // Since 2026 also in ControllerState, where newer clients look for them.
  Delta<Repeat> repeat;
  Delta<bool> shuffle;
  friend bool operator==(const MetadataState&, const MetadataState&) = default;
};

// "server/state controller object". A delta by the text, but small players take what is missing for
// 0, off and none: a server writes it whole, seek_max_ms as null where there is none.
struct ControllerState {
  std::optional<std::vector<Word<ControllerCommand>>> supported_commands;
  std::optional<int> volume;  // of the group
  std::optional<bool> muted;
  std::optional<Repeat> repeat;  // this and what follows: 2026
  std::optional<bool> shuffle;
  Delta<std::int64_t> seek_max_ms;
  friend bool operator==(const ControllerState&, const ControllerState&) = default;
};

// 2026, color@v1, a delta, scheduled as metadata is. on_dark is a light colour for dark ground.
struct ColorState {
  ServerTime timestamp;
  Delta<Rgb> background_dark;
  Delta<Rgb> background_light;
  Delta<Rgb> primary;
  Delta<Rgb> accent;
  Delta<Rgb> on_dark;
  Delta<Rgb> on_light;
  friend bool operator==(const ColorState&, const ColorState&) = default;
};

// "Server → Client: server/state".
struct ServerState {
  std::optional<MetadataState> metadata;
  std::optional<ControllerState> controller;
  std::optional<ColorState> color;
  friend bool operator==(const ServerState&, const ServerState&) = default;
};

// "server/command player object". A parameter stands with its command only.
struct PlayerRequest {
  Word<PlayerCommand> command;
  int volume = 0;
  bool mute = false;
  int static_delay_ms = 0;
  friend bool operator==(const PlayerRequest&, const PlayerRequest&) = default;
};
// "Server → Client: server/command".
struct ServerCommand {
  std::optional<PlayerRequest> player;
  friend bool operator==(const ServerCommand&, const ServerCommand&) = default;
};

// "stream/start player object".
struct PlayerStream {
  AudioFormat format;                       // codec, sample_rate, channels, bit_depth
  std::optional<std::string> codec_header;  // base64; of flac: "fLaC" and STREAMINFO
  friend bool operator==(const PlayerStream&, const PlayerStream&) = default;
};
// "stream/start artwork object": the index is the channel.
struct ArtworkStream {
  struct Channel {
    Word<ArtworkSource> source;
    Word<ImageFormat> format;
    int width = 0;  // pixels of the image that is sent
    int height = 0;
    friend bool operator==(const Channel&, const Channel&) = default;
  };
  std::vector<Channel> channels;
  friend bool operator==(const ArtworkStream&, const ArtworkStream&) = default;
};
// The stream of the visualizer role of 2026.
struct VisualizerStream {
  std::vector<Word<VisualizerType>> types;  // of those asked for
  std::optional<int> rate_max;
  std::optional<bool> tracks_downbeats;  // comes with the type beat
  std::optional<Spectrum> spectrum;      // comes with the type spectrum
  friend bool operator==(const VisualizerStream&, const VisualizerStream&) = default;
};
// "Server → Client: stream/start". For a role whose stream is under way: its new format.
struct StreamStart {
  std::optional<PlayerStream> player;
  std::optional<ArtworkStream> artwork;
  std::optional<VisualizerStream> visualizer;
  friend bool operator==(const StreamStart&, const StreamStart&) = default;
};

// "Server → Client: stream/clear". Without roles: player and visualizer.
struct StreamClear {
  std::optional<std::vector<std::string>> roles;
  friend bool operator==(const StreamClear&, const StreamClear&) = default;
};
// "Server → Client: stream/end". Without roles: all.
struct StreamEnd {
  std::optional<std::vector<std::string>> roles;
  friend bool operator==(const StreamEnd&, const StreamEnd&) = default;
};

// "Server → Client: group/update", a delta.
struct GroupUpdate {
  Delta<Word<PlaybackState>> playback_state;
  Delta<std::string> group_id;
  Delta<std::string> group_name;
  friend bool operator==(const GroupUpdate&, const GroupUpdate&) = default;
};

using ServerMessage = std::variant<Unknown, ServerHello, ServerTimeReply, ServerState,
                                   ServerCommand, StreamStart, StreamClear, StreamEnd, GroupUpdate>;

}  // namespace tutti::wire::sendspin
