#pragma once
// The words and small values that Sendspin messages are made of. A section named here, as in the
// other headers of this folder, is one of the specification's clear form: README.md of
// Sendspin/spec at 7e3157c (January 2026); "2026" marks what clients have added since.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/names.hpp"

namespace tutti::wire::sendspin {

// A word of an open set: a newer peer may say one that we do not know. It is kept as it was said,
// so that it can be shown to an operator; the rules treat it as they treat nothing.
template <class E>
class Word {
 public:
  Word() = default;
  Word(E known) : known_(known) {}
  // The enumerator of that name, or the text itself.
  static Word of(std::string_view text) {
    for (const EnumName<E>& row : std::span<const EnumName<E>>(names_of(E{}))) {
      if (row.name == text) return row.value;
    }
    Word word;
    word.known_ = std::nullopt;
    word.other_ = text;
    return word;
  }
  std::optional<E> known() const { return known_; }
  std::string_view text() const { return known_ ? enum_name(*known_) : std::string_view(other_); }
  friend bool operator==(const Word&, const Word&) = default;
  friend bool operator==(const Word& word, E value) { return word.known_ == value; }

 private:
  std::optional<E> known_ = E{};
  std::string other_;
};

// A member of a delta ("server/state", "group/update"): absent leaves what the receiver knows,
// null clears it.
template <class T>
class Delta {
 public:
  Delta() = default;
  Delta(T value) : value_(std::move(value)), present_(true) {}
  static Delta cleared() {
    Delta delta;
    delta.present_ = true;
    return delta;
  }
  bool absent() const { return !present_; }
  bool null() const { return present_ && !value_; }
  const std::optional<T>& value() const { return value_; }  // empty when absent or null
  // What a receiver does with it.
  void apply(std::optional<T>& known) const {
    if (present_) known = value_;
  }
  friend bool operator==(const Delta&, const Delta&) = default;

 private:
  std::optional<T> value_;
  bool present_ = false;
};

// "Role Versioning": `player@v1` is version v1 of the family player. Names without a version, as
// clients of 2025 wrote them, are v1.
struct RoleName {
  std::string_view family;
  std::string_view version;
  // "Application-Specific Roles": the specification never takes these names.
  bool application() const { return family.starts_with('_'); }
  friend bool operator==(const RoleName&, const RoleName&) = default;
};
// Views into `role`.
constexpr RoleName role_name(std::string_view role) {
  auto at = role.find('@');
  if (at == std::string_view::npos) return {role, "v1"};
  return {role.substr(0, at), role.substr(at + 1)};
}
// Our own role, by which tutti-player and our page report how well they keep time.
inline constexpr std::string_view kSyncRole = "_tutti_sync@v1";

// "client/state": closed, for what to do next hangs on it.
enum class ClientStatus : std::uint8_t { synchronized, error, external_source };
// "client/goodbye".
enum class GoodbyeReason : std::uint8_t { another_server, shutdown, restart, user_request };
// "server/hello".
enum class ConnectionReason : std::uint8_t { discovery, playback };
// "group/update".
enum class PlaybackState : std::uint8_t { playing, stopped };
// "client/hello player@v1 support object".
enum class Codec : std::uint8_t { opus, flac, pcm };
// "server/command player object"; set_static_delay is of 2026.
enum class PlayerCommand : std::uint8_t { volume, mute, set_static_delay };
// "client/command controller object"; seek and seek_relative are of 2026.
enum class ControllerCommand : std::uint8_t {
  play,
  pause,
  stop,
  next,
  previous,
  volume,
  mute,
  repeat_off,
  repeat_one,
  repeat_all,
  shuffle,
  unshuffle,
  switch_group,  // "switch"
  seek,
  seek_relative
};
// "server/state metadata object".
enum class Repeat : std::uint8_t { off, one, all };
// "client/hello artwork@v1 support object".
enum class ArtworkSource : std::uint8_t { album, artist, none };
enum class ImageFormat : std::uint8_t { jpeg, png, bmp };
// The visualizer role of 2026: kinds of data, and how frequencies are laid out on bins.
enum class VisualizerType : std::uint8_t { beat, loudness, f_peak, spectrum, peak };
enum class SpectrumScale : std::uint8_t { mel, log, lin };

std::span<const EnumName<ClientStatus>> names_of(ClientStatus);
std::span<const EnumName<GoodbyeReason>> names_of(GoodbyeReason);
std::span<const EnumName<ConnectionReason>> names_of(ConnectionReason);
std::span<const EnumName<PlaybackState>> names_of(PlaybackState);
std::span<const EnumName<Codec>> names_of(Codec);
std::span<const EnumName<PlayerCommand>> names_of(PlayerCommand);
std::span<const EnumName<ControllerCommand>> names_of(ControllerCommand);
std::span<const EnumName<Repeat>> names_of(Repeat);
std::span<const EnumName<ArtworkSource>> names_of(ArtworkSource);
std::span<const EnumName<ImageFormat>> names_of(ImageFormat);
std::span<const EnumName<VisualizerType>> names_of(VisualizerType);
std::span<const EnumName<SpectrumScale>> names_of(SpectrumScale);

// Red, green, blue.
using Rgb = std::array<std::uint8_t, 3>;

}  // namespace tutti::wire::sendspin
