#pragma once
// The members of what a server says; see client_fields.hpp, which tells the visitors' calls.

#include "core/wire/sendspin/client_fields.hpp"

namespace tutti::wire::sendspin {

template <class V, Is<ServerHello> T>
void fields(V& v, T& m) {
  v.need("server_id", m.server_id, bounds::kId);
  v.need("name", m.name, bounds::kName);
  v.need("version", m.version, bounds::kVersion);
  v.list("active_roles", m.active_roles, bounds::kRoles, bounds::kRole);
  v.maybe("connection_reason", m.connection_reason, bounds::kWord);
}

template <class V, Is<ServerTimeReply> T>
void fields(V& v, T& m) {
  v.need("client_transmitted", m.client_transmitted, bounds::kMicros);
  v.need("server_received", m.server_received, bounds::kMicros);
  v.need("server_transmitted", m.server_transmitted, bounds::kMicros);
}

template <class V, Is<Progress> T>
void fields(V& v, T& m) {
  v.need("track_progress", m.track_progress, bounds::kPosition);
  v.need("track_duration", m.track_duration, bounds::kPosition);
  v.need("playback_speed", m.playback_speed, bounds::kSpeed);
}
template <class V, Is<MetadataState> T>
void fields(V& v, T& m) {
  v.need("timestamp", m.timestamp, bounds::kMicros);
  v.delta("title", m.title, bounds::kTitle);
  v.delta("artist", m.artist, bounds::kTitle);
  v.delta("album_artist", m.album_artist, bounds::kTitle);
  v.delta("album", m.album, bounds::kTitle);
  v.delta("artwork_url", m.artwork_url, bounds::kUrl);
  v.delta("year", m.year, bounds::kYear);
  v.delta("track", m.track, bounds::kTrack);
  v.delta("progress", m.progress, Any{});
  v.delta("repeat", m.repeat, Any{});
  v.delta("shuffle", m.shuffle, Any{});
}
template <class V, Is<ControllerState> T>
void fields(V& v, T& m) {
  v.maybe_list("supported_commands", m.supported_commands, bounds::kCommands, bounds::kWord);
  v.maybe("volume", m.volume, bounds::kVolume);
  v.maybe("muted", m.muted, Any{});
  v.maybe("repeat", m.repeat, Any{});
  v.maybe("shuffle", m.shuffle, Any{});
  v.delta("seek_max_ms", m.seek_max_ms, bounds::kPosition);
}
template <class V, Is<ColorState> T>
void fields(V& v, T& m) {
  v.need("timestamp", m.timestamp, bounds::kMicros);
  v.delta("background_dark", m.background_dark, Any{});
  v.delta("background_light", m.background_light, Any{});
  v.delta("primary", m.primary, Any{});
  v.delta("accent", m.accent, Any{});
  v.delta("on_dark", m.on_dark, Any{});
  v.delta("on_light", m.on_light, Any{});
}
template <class V, Is<ServerState> T>
void fields(V& v, T& m) {
  v.maybe("metadata", m.metadata, Any{});
  v.maybe("controller", m.controller, Any{});
  v.maybe("color", m.color, Any{});
}

template <class V, Is<PlayerRequest> T>
void fields(V& v, T& m) {
  v.need("command", m.command, bounds::kWord);
  if (m.command == PlayerCommand::volume) v.need("volume", m.volume, bounds::kVolume);
  if (m.command == PlayerCommand::mute) v.need("mute", m.mute, Any{});
  if (m.command == PlayerCommand::set_static_delay)
    v.need("static_delay_ms", m.static_delay_ms, bounds::kStaticDelay);
}
template <class V, Is<ServerCommand> T>
void fields(V& v, T& m) {
  v.maybe("player", m.player, Any{});
}

template <class V, Is<PlayerStream> T>
void fields(V& v, T& m) {
  fields(v, m.format);
  v.maybe("codec_header", m.codec_header, bounds::kCodecHeader);
}
template <class V, Is<ArtworkStream::Channel> T>
void fields(V& v, T& m) {
  v.need("source", m.source, bounds::kWord);
  v.need("format", m.format, bounds::kWord);
  v.need("width", m.width, bounds::kPixels);
  v.need("height", m.height, bounds::kPixels);
}
template <class V, Is<ArtworkStream> T>
void fields(V& v, T& m) {
  v.list("channels", m.channels, Items{bounds::kArtworkChannels.most}, Any{});
}
template <class V, Is<VisualizerStream> T>
void fields(V& v, T& m) {
  v.loose_list("types", m.types, bounds::kVisualizerTypes, bounds::kWord);
  v.maybe("rate_max", m.rate_max, bounds::kFrameRate);
  v.maybe("tracks_downbeats", m.tracks_downbeats, Any{});
  v.maybe("spectrum", m.spectrum, Any{});
}
template <class V, Is<StreamStart> T>
void fields(V& v, T& m) {
  v.maybe("player", m.player, Any{});
  v.maybe("artwork", m.artwork, Any{});
  v.maybe("visualizer", m.visualizer, Any{});
}
template <class V, Is<StreamClear> T>
void fields(V& v, T& m) {
  v.maybe_list("roles", m.roles, bounds::kRoles, bounds::kRole);
}
template <class V, Is<StreamEnd> T>
void fields(V& v, T& m) {
  v.maybe_list("roles", m.roles, bounds::kRoles, bounds::kRole);
}

template <class V, Is<GroupUpdate> T>
void fields(V& v, T& m) {
  v.delta("playback_state", m.playback_state, bounds::kWord);
  v.delta("group_id", m.group_id, bounds::kId);
  v.delta("group_name", m.group_name, bounds::kName);
}

}  // namespace tutti::wire::sendspin
