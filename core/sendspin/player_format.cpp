#include "core/sendspin/player_format.hpp"

#include <algorithm>
#include <array>

namespace tutti::sendspin {

using wire::sendspin::AudioFormat;
using wire::sendspin::Codec;

bool can_make(const AudioFormat& format) {
  static constexpr std::array<int, 5> kOpusRates{8'000, 12'000, 16'000, 24'000, 48'000};
  switch (format.codec) {
    case Codec::pcm:
      return format.bit_depth == 16 || format.bit_depth == 24 || format.bit_depth == 32;
    case Codec::flac: return format.bit_depth == 16 || format.bit_depth == 24;
    case Codec::opus:
      return format.channels <= 2 && std::find(kOpusRates.begin(), kOpusRates.end(),
                                               format.sample_rate) != kOpusRates.end();
  }
  return false;
}

std::optional<AudioFormat> preferred_format(const wire::sendspin::PlayerSupport& support) {
  auto found =
      std::find_if(support.supported_formats.begin(), support.supported_formats.end(), can_make);
  return found == support.supported_formats.end() ? std::nullopt : std::optional(*found);
}

std::optional<AudioFormat> requested_format(const wire::sendspin::PlayerSupport& support,
                                            const AudioFormat& current,
                                            const wire::sendspin::PlayerFormatRequest& request) {
  const auto& formats = support.supported_formats;
  auto asked = [&](const AudioFormat& format) {
    return can_make(format) && format.codec == request.codec.value_or(format.codec) &&
           format.channels == request.channels.value_or(format.channels) &&
           format.sample_rate == request.sample_rate.value_or(format.sample_rate) &&
           format.bit_depth == request.bit_depth.value_or(format.bit_depth);
  };
  auto alike = [&](const AudioFormat& format) {
    return asked(format) && format.codec == request.codec.value_or(current.codec) &&
           format.channels == request.channels.value_or(current.channels) &&
           format.sample_rate == request.sample_rate.value_or(current.sample_rate) &&
           format.bit_depth == request.bit_depth.value_or(current.bit_depth);
  };
  auto found = std::find_if(formats.begin(), formats.end(), alike);
  if (found == formats.end()) found = std::find_if(formats.begin(), formats.end(), asked);
  return found == formats.end() ? std::nullopt : std::optional(*found);
}

Duration group_lead(std::span<const PlayerTiming> players) {
  int lead = players.empty() ? std::max(kDefaultLeadMs, kDefaultBufferMs) : 0;
  for (const PlayerTiming& player : players) {
    int buffer = player.min_buffer_ms.value_or(kDefaultBufferMs) + player.static_delay_ms;
    lead = std::max({lead, player.required_lead_time_ms.value_or(kDefaultLeadMs), buffer});
  }
  return millis(lead);
}

}  // namespace tutti::sendspin
