#pragma once
// The members of each message, once: `fields(visitor, message)` names every member with its key and
// its bound. A reader, a writer, and the tests' generator are visitors. Their calls:
//   need(key, member, bound)            it must be there
//   maybe(key, optional, bound)         absent is allowed
//   delta(key, Delta, bound)            absent and null are allowed, and differ
//   list(key, vector, items, bound)     it must be there; maybe_list, loose_list: absent is allowed
//   usable(key, vector, items, skipped) a list of objects, without those that we cannot use
//   loose(key, member, bound)           what is absent or out of bounds leaves the default
//   elsewhere(object, key, optional)    an older place of an optional member, read only
// A key has an older spelling where one is known.

#include <concepts>
#include <string_view>
#include <type_traits>

#include "core/wire/sendspin/bounds.hpp"
#include "core/wire/sendspin/messages.hpp"

namespace tutti::wire::sendspin {

struct Key {
  constexpr Key(const char* name) : now(name) {}
  constexpr Key(const char* name, const char* before) : now(name), older(before) {}
  std::string_view now;
  std::string_view older;
};

template <class M>
inline constexpr std::string_view kTypeOf = "";
template <>
inline constexpr std::string_view kTypeOf<ClientHello> = "client/hello";
template <>
inline constexpr std::string_view kTypeOf<ClientInit> = "client/init";
template <>
inline constexpr std::string_view kTypeOf<ClientTime> = "client/time";
template <>
inline constexpr std::string_view kTypeOf<ClientState> = "client/state";
template <>
inline constexpr std::string_view kTypeOf<ClientCommand> = "client/command";
template <>
inline constexpr std::string_view kTypeOf<StreamRequestFormat> = "stream/request-format";
template <>
inline constexpr std::string_view kTypeOf<ClientGoodbye> = "client/goodbye";
template <>
inline constexpr std::string_view kTypeOf<ServerHello> = "server/hello";
template <>
inline constexpr std::string_view kTypeOf<ServerTimeReply> = "server/time";
template <>
inline constexpr std::string_view kTypeOf<ServerState> = "server/state";
template <>
inline constexpr std::string_view kTypeOf<ServerCommand> = "server/command";
template <>
inline constexpr std::string_view kTypeOf<StreamStart> = "stream/start";
template <>
inline constexpr std::string_view kTypeOf<StreamClear> = "stream/clear";
template <>
inline constexpr std::string_view kTypeOf<StreamEnd> = "stream/end";
template <>
inline constexpr std::string_view kTypeOf<GroupUpdate> = "group/update";

// `T` is a message or a part of one, const for writers: found by argument-dependent lookup.
template <class T, class M>
concept Is = std::same_as<std::remove_const_t<T>, M>;

template <class V, Is<DeviceInfo> T>
void fields(V& v, T& m) {
  v.maybe("product_name", m.product_name, bounds::kName);
  v.maybe("manufacturer", m.manufacturer, bounds::kName);
  v.maybe("software_version", m.software_version, bounds::kName);
  v.maybe("mac_address", m.mac_address, bounds::kName);
}

template <class V, Is<AudioFormat> T>
void fields(V& v, T& m) {
  v.need("codec", m.codec, Any{});
  v.need("channels", m.channels, bounds::kChannels);
  v.need("sample_rate", m.sample_rate, bounds::kRate);
  if (m.codec == Codec::opus) v.loose("bit_depth", m.bit_depth, bounds::kBits);
  else v.need("bit_depth", m.bit_depth, bounds::kBits);
}

template <class V, Is<PlayerSupport> T>
void fields(V& v, T& m) {
  v.usable({"supported_formats", "support_formats"}, m.supported_formats, bounds::kFormats,
           m.skipped_formats);
  v.need("buffer_capacity", m.buffer_capacity, bounds::kBufferCapacity);
  v.loose_list("supported_commands", m.supported_commands, bounds::kCommands, bounds::kWord);
}

template <class V, Is<ArtworkSupport::Channel> T>
void fields(V& v, T& m) {
  v.need("source", m.source, bounds::kWord);
  v.need("format", m.format, bounds::kWord);
  v.need("media_width", m.media_width, bounds::kPixels);
  v.need("media_height", m.media_height, bounds::kPixels);
}
template <class V, Is<ArtworkSupport> T>
void fields(V& v, T& m) {
  v.list("channels", m.channels, bounds::kArtworkChannels, Any{});
}

template <class V, Is<Spectrum> T>
void fields(V& v, T& m) {
  v.need("n_disp_bins", m.n_disp_bins, bounds::kBins);
  v.need("scale", m.scale, Any{});
  v.need("f_min", m.f_min, bounds::kHertz);
  v.need("f_max", m.f_max, bounds::kHertz);
}
template <class V, Is<VisualizerSupport> T>
void fields(V& v, T& m) {
  v.loose_list("types", m.types, bounds::kVisualizerTypes, bounds::kWord);
  v.need("buffer_capacity", m.buffer_capacity, bounds::kBufferCapacity);
  v.maybe("rate_max", m.rate_max, bounds::kFrameRate);
  v.maybe("spectrum", m.spectrum, Any{});
}

template <class V, Is<ClientHello> T>
void fields(V& v, T& m) {
  v.need("client_id", m.client_id, bounds::kId);
  v.need("name", m.name, bounds::kName);
  v.maybe("device_info", m.device_info, Any{});
  v.need("version", m.version, bounds::kVersion);
  v.list("supported_roles", m.supported_roles, bounds::kRoles, bounds::kRole);
  v.maybe({"player@v1_support", "player_support"}, m.player_v1_support, Any{});
  v.maybe({"artwork@v1_support", "artwork_support"}, m.artwork_v1_support, Any{});
  v.maybe({"visualizer@v1_support", "visualizer_support"}, m.visualizer_v1_support, Any{});
}

template <class V, Is<ClientInit> T>
void fields(V& v, T& m) {
  v.need("client_id", m.client_id, bounds::kId);
  v.maybe("suite", m.suite, bounds::kName);
}

template <class V, Is<ClientTime> T>
void fields(V& v, T& m) {
  v.need("client_transmitted", m.client_transmitted, bounds::kMicros);
}

template <class V, Is<PlayerState> T>
void fields(V& v, T& m) {
  v.maybe("volume", m.volume, bounds::kVolume);
  v.maybe("muted", m.muted, Any{});
  v.maybe("static_delay_ms", m.static_delay_ms, bounds::kStaticDelay);
  v.maybe("required_lead_time_ms", m.required_lead_time_ms, bounds::kLead);
  v.maybe("min_buffer_ms", m.min_buffer_ms, bounds::kLead);
  v.maybe_list("supported_commands", m.supported_commands, bounds::kCommands, bounds::kWord);
}

template <class V, Is<SyncReport> T>
void fields(V& v, T& m) {
  v.need("offset_us", m.offset_us, bounds::kClockOffset);
  v.need("drift_ppm", m.drift_ppm, bounds::kDrift);
  v.need("error_us", m.error_us, bounds::kError);
  v.need("buffer_ms", m.buffer_ms, bounds::kBufferedMs);
  v.need("late", m.late, bounds::kCount);
}

template <class V, Is<ClientState> T>
void fields(V& v, T& m) {
  v.maybe("state", m.state, Any{});
  v.elsewhere("player", "state", m.state);
  v.maybe("player", m.player, Any{});
  v.maybe("_tutti_sync", m.tutti_sync, Any{});
}

template <class V, Is<ControllerRequest> T>
void fields(V& v, T& m) {
  v.need("command", m.command, bounds::kWord);
  if (m.command == ControllerCommand::volume) v.need("volume", m.volume, bounds::kVolume);
  if (m.command == ControllerCommand::mute) v.need("mute", m.mute, Any{});
  if (m.command == ControllerCommand::seek) v.need("position_ms", m.position_ms, bounds::kPosition);
  if (m.command == ControllerCommand::seek_relative)
    v.need("offset_ms", m.offset_ms, bounds::kOffset);
}
template <class V, Is<ClientCommand> T>
void fields(V& v, T& m) {
  v.maybe("controller", m.controller, Any{});
}

template <class V, Is<PlayerFormatRequest> T>
void fields(V& v, T& m) {
  v.maybe("codec", m.codec, Any{});
  v.maybe("channels", m.channels, bounds::kChannels);
  v.maybe("sample_rate", m.sample_rate, bounds::kRate);
  v.maybe("bit_depth", m.bit_depth, bounds::kBits);
}
template <class V, Is<ArtworkFormatRequest> T>
void fields(V& v, T& m) {
  v.need("channel", m.channel, bounds::kArtworkChannel);
  v.maybe("source", m.source, bounds::kWord);
  v.maybe("format", m.format, bounds::kWord);
  v.maybe("media_width", m.media_width, bounds::kPixels);
  v.maybe("media_height", m.media_height, bounds::kPixels);
}
template <class V, Is<VisualizerFormatRequest> T>
void fields(V& v, T& m) {
  v.maybe_list("types", m.types, bounds::kVisualizerTypes, bounds::kWord);
  v.maybe("rate_max", m.rate_max, bounds::kFrameRate);
  v.maybe("spectrum", m.spectrum, Any{});
}
template <class V, Is<StreamRequestFormat> T>
void fields(V& v, T& m) {
  v.maybe("player", m.player, Any{});
  v.maybe("artwork", m.artwork, Any{});
  v.maybe("visualizer", m.visualizer, Any{});
}

template <class V, Is<ClientGoodbye> T>
void fields(V& v, T& m) {
  v.need("reason", m.reason, bounds::kWord);
}

}  // namespace tutti::wire::sendspin
