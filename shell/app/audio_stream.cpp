#include "shell/app/audio_stream.hpp"

#include <algorithm>
#include <filesystem>

namespace tutti::shell {
namespace {

using play::StreamCodec;
using render::StreamFormat;

StreamFormat format_of(StreamCodec codec) {
  switch (codec) {
    case StreamCodec::mp3: return StreamFormat::mp3;
    case StreamCodec::flac: return StreamFormat::flac;
    case StreamCodec::wav: return StreamFormat::wav;
    default: return StreamFormat::opus;
  }
}

// As near to the source as the codec allows (Opus: RFC 6716 section 2; MP3: ISO 11172-3, 13818-3).
int rate_of(StreamCodec codec, int source) {
  if (codec == StreamCodec::opus) return 48'000;
  if (codec != StreamCodec::mp3) return std::clamp(source, 8'000, 192'000);
  for (int known : {16'000, 22'050, 24'000, 32'000, 44'100})
    if (source == known) return known;
  return source % 11'025 == 0 ? 44'100 : 48'000;
}

}  // namespace

Result<std::unique_ptr<AudioStream>> AudioStream::open(const Media& media,
                                                       const play::TrackFacts& facts,
                                                       const play::StreamWish& wish) {
  auto source = media.open_source(facts.path);  // what cannot be played is refused, not cut
  if (!source) return std::unexpected(source.error());
  const render::SourceInfo info = (*source)->info();
  source->reset();
  render::PcmFormat pcm{rate_of(wish.codec, info.sample_rate), info.channels == 1 ? 1 : 2};
  auto render = render::Render::create(pcm, media.open_source);
  if (!render) return std::unexpected(render.error());
  render::EncoderSpec spec{format_of(wish.codec), pcm.sample_rate, pcm.channels,
                           info.bits > 16 ? 24 : 16, wish.kbps};
  auto encoder = media.open_encoder(spec);
  if (!encoder) return std::unexpected(encoder.error());
  std::unique_ptr<AudioStream> stream(new AudioStream);
  stream->render_ = std::move(*render);
  stream->type_ = (*encoder)->mime();
  stream->encoder_ = std::move(*encoder);
  stream->commands_.push_back(render::Start{{facts.track, 1, facts.path, {}}, wish.from});
  return stream;
}

Result<std::string> AudioStream::read(std::size_t bytes) {
  while (ready_.size() < bytes && !finished_) {
    auto commands = std::exchange(commands_, {});
    render::Slice slice = render_->run({commands, render_->max_frames()});
    for (const render::Mark& mark : slice.marks) {
      if (mark.kind == render::Mark::Kind::failed) return std::unexpected(mark.error);
    }
    if (!slice.pcm.empty()) {
      if (auto ok = encoder_->encode(slice.pcm, ready_); !ok) return std::unexpected(ok.error());
    }
    if (slice.status == render::Status::playing) continue;
    finished_ = true;
    if (auto ok = encoder_->finish(ready_); !ok) return std::unexpected(ok.error());
  }
  std::string block = ready_.substr(0, bytes);
  ready_.erase(0, bytes);
  return block;
}

std::string music_type(const std::string& path) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".mp3", "audio/mpeg"},  {".flac", "audio/flac"},    {".ogg", "audio/ogg"},
      {".oga", "audio/ogg"},   {".opus", "audio/ogg"},     {".m4a", "audio/mp4"},
      {".mp4", "audio/mp4"},   {".aac", "audio/aac"},      {".wav", "audio/wav"},
      {".aif", "audio/aiff"},  {".aiff", "audio/aiff"},    {".wv", "audio/x-wavpack"},
      {".ape", "audio/x-ape"}, {".wma", "audio/x-ms-wma"}, {".dsf", "audio/x-dsf"}};
  std::string extension = std::filesystem::path(path).extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [known, type] : kTypes)
    if (extension == known) return std::string(type);
  return "application/octet-stream";
}

}  // namespace tutti::shell
