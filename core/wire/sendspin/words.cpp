#include "core/wire/sendspin/words.hpp"

namespace tutti::wire::sendspin {

std::span<const EnumName<ClientStatus>> names_of(ClientStatus) {
  static constexpr EnumName<ClientStatus> kNames[] = {
      {ClientStatus::synchronized, "synchronized"},
      {ClientStatus::error, "error"},
      {ClientStatus::external_source, "external_source"}};
  return kNames;
}

std::span<const EnumName<GoodbyeReason>> names_of(GoodbyeReason) {
  static constexpr EnumName<GoodbyeReason> kNames[] = {
      {GoodbyeReason::another_server, "another_server"},
      {GoodbyeReason::shutdown, "shutdown"},
      {GoodbyeReason::restart, "restart"},
      {GoodbyeReason::user_request, "user_request"}};
  return kNames;
}

std::span<const EnumName<ConnectionReason>> names_of(ConnectionReason) {
  static constexpr EnumName<ConnectionReason> kNames[] = {
      {ConnectionReason::discovery, "discovery"}, {ConnectionReason::playback, "playback"}};
  return kNames;
}

std::span<const EnumName<PlaybackState>> names_of(PlaybackState) {
  static constexpr EnumName<PlaybackState> kNames[] = {{PlaybackState::playing, "playing"},
                                                       {PlaybackState::stopped, "stopped"}};
  return kNames;
}

std::span<const EnumName<Codec>> names_of(Codec) {
  static constexpr EnumName<Codec> kNames[] = {
      {Codec::opus, "opus"}, {Codec::flac, "flac"}, {Codec::pcm, "pcm"}};
  return kNames;
}

std::span<const EnumName<PlayerCommand>> names_of(PlayerCommand) {
  static constexpr EnumName<PlayerCommand> kNames[] = {
      {PlayerCommand::volume, "volume"},
      {PlayerCommand::mute, "mute"},
      {PlayerCommand::set_static_delay, "set_static_delay"}};
  return kNames;
}

std::span<const EnumName<ControllerCommand>> names_of(ControllerCommand) {
  static constexpr EnumName<ControllerCommand> kNames[] = {
      {ControllerCommand::play, "play"},
      {ControllerCommand::pause, "pause"},
      {ControllerCommand::stop, "stop"},
      {ControllerCommand::next, "next"},
      {ControllerCommand::previous, "previous"},
      {ControllerCommand::volume, "volume"},
      {ControllerCommand::mute, "mute"},
      {ControllerCommand::repeat_off, "repeat_off"},
      {ControllerCommand::repeat_one, "repeat_one"},
      {ControllerCommand::repeat_all, "repeat_all"},
      {ControllerCommand::shuffle, "shuffle"},
      {ControllerCommand::unshuffle, "unshuffle"},
      {ControllerCommand::switch_group, "switch"},
      {ControllerCommand::seek, "seek"},
      {ControllerCommand::seek_relative, "seek_relative"}};
  return kNames;
}

std::span<const EnumName<Repeat>> names_of(Repeat) {
  static constexpr EnumName<Repeat> kNames[] = {
      {Repeat::off, "off"}, {Repeat::one, "one"}, {Repeat::all, "all"}};
  return kNames;
}

std::span<const EnumName<ArtworkSource>> names_of(ArtworkSource) {
  static constexpr EnumName<ArtworkSource> kNames[] = {{ArtworkSource::album, "album"},
                                                       {ArtworkSource::artist, "artist"},
                                                       {ArtworkSource::none, "none"}};
  return kNames;
}

std::span<const EnumName<ImageFormat>> names_of(ImageFormat) {
  static constexpr EnumName<ImageFormat> kNames[] = {
      {ImageFormat::jpeg, "jpeg"}, {ImageFormat::png, "png"}, {ImageFormat::bmp, "bmp"}};
  return kNames;
}

std::span<const EnumName<VisualizerType>> names_of(VisualizerType) {
  static constexpr EnumName<VisualizerType> kNames[] = {{VisualizerType::beat, "beat"},
                                                        {VisualizerType::loudness, "loudness"},
                                                        {VisualizerType::f_peak, "f_peak"},
                                                        {VisualizerType::spectrum, "spectrum"},
                                                        {VisualizerType::peak, "peak"}};
  return kNames;
}

std::span<const EnumName<SpectrumScale>> names_of(SpectrumScale) {
  static constexpr EnumName<SpectrumScale> kNames[] = {
      {SpectrumScale::mel, "mel"}, {SpectrumScale::log, "log"}, {SpectrumScale::lin, "lin"}};
  return kNames;
}

}  // namespace tutti::wire::sendspin
