#pragma once
// Which format a player is sent, and how early. Pure rules over what it said in its hello and
// state.

#include <optional>
#include <span>

#include "core/base/time.hpp"
#include "core/wire/sendspin/client_messages.hpp"

namespace tutti::sendspin {

// Whether this server can make it: pcm of 16, 24 and 32 bits, flac of 16 and 24, at any rate; opus
// at 8, 12, 16, 24 and 48 kHz in mono and stereo (RFC 6716 section 2).
bool can_make(const wire::sendspin::AudioFormat& format);

// The first of the player's list that can be made; nothing: it cannot be served.
std::optional<wire::sendspin::AudioFormat> preferred_format(
    const wire::sendspin::PlayerSupport& support);
// What it asks for now ("stream/request-format"): of its list, the first that has all that is
// asked, and as `current` where nothing is; else the first that has all that is asked. Nothing: it
// stays.
std::optional<wire::sendspin::AudioFormat> requested_format(
    const wire::sendspin::PlayerSupport& support, const wire::sendspin::AudioFormat& current,
    const wire::sendspin::PlayerFormatRequest& request);

// When a player must have a chunk before it is heard.
struct PlayerTiming {
  std::optional<int> required_lead_time_ms;
  std::optional<int> min_buffer_ms;
  int static_delay_ms = 0;
};
// For players that do not say: what a browser asks for, and small devices take.
inline constexpr int kDefaultLeadMs = 250;
inline constexpr int kDefaultBufferMs = 250;
// The most of max(required lead, buffer + delay); the default's without players.
Duration group_lead(std::span<const PlayerTiming> players);

}  // namespace tutti::sendspin
