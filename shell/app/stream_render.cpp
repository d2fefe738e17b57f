#include "shell/app/stream_render.hpp"

namespace tutti::shell {
namespace {

render::TrackRef ref_of(const play::StreamTrack& track) {
  const play::Loudness& loudness = track.facts.loudness;
  return {track.facts.track,
          track.entry.value,
          track.facts.path,
          {loudness.track_lufs, loudness.album_lufs, loudness.track_peak, loudness.album_peak}};
}

play::SignalPath path_of(const render::SignalPath& path) {
  return {path.codec,       path.lossless,    path.source_rate,  path.source_channels,
          path.source_bits, path.gain_db,     path.gain_limited, path.resampled,
          path.remixed,     path.crossfading, path.fading,       path.bit_perfect};
}

std::optional<play::StreamMark> mark_of(const render::Mark& mark, int source_rate) {
  using From = render::Mark::Kind;
  using To = play::StreamMark::Kind;
  play::StreamMark out{To::began, mark.frame, play::ItemId{mark.entry}, {}, mark.error.text};
  switch (mark.kind) {
    case From::began: out.source_time = {mark.source_frame * 1'000'000 / source_rate}; return out;
    case From::sought: return std::nullopt;  // a group begins anew instead
    case From::ended: out.kind = To::ended; return out;
    case From::failed: out.kind = To::failed; return out;
    case From::next_ready: out.kind = To::follow_ready; return out;
    case From::next_failed: out.kind = To::follow_failed; return out;
    case From::faded: out.kind = To::faded; return out;
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<StreamRender>> StreamRender::create(render::PcmFormat format,
                                                           const render::OpenSource& open) {
  auto made = render::Render::create(format, open);
  if (!made) return std::unexpected(made.error());
  return std::unique_ptr<StreamRender>(new StreamRender(std::move(*made)));
}

std::int64_t StreamRender::frames_of(Duration time) const {
  return time.us * render_->output().sample_rate / 1'000'000;
}

render::Command StreamRender::command_of(const play::StreamCommand& command) const {
  struct Visitor {
    const StreamRender& self;
    render::Command operator()(const play::Begin& begin) const {
      return render::Start{ref_of(begin.track), begin.from};
    }
    render::Command operator()(const play::Follow& follow) const {
      if (!follow.track) return render::SetNext{};
      return render::SetNext{ref_of(*follow.track), follow.crossfade};
    }
    render::Command operator()(const play::SetCrossfade& set) const {
      return render::SetCrossfade{set.crossfade};
    }
    render::Command operator()(const play::FadeOut& fade) const {
      return render::FadeOut{self.frames_of(fade.over)};
    }
    render::Command operator()(play::CancelFade) const { return render::CancelFade{}; }
    render::Command operator()(const play::Level& level) const {
      return render::SetLevelling{static_cast<render::LevelBy>(level.by), level.target_lufs};
    }
  };
  return std::visit(Visitor{*this}, command);
}

MadeSlice StreamRender::run(const play::SliceRequest& request) {
  std::vector<render::Command> commands;
  for (const play::StreamCommand& command : request.commands)
    commands.push_back(command_of(command));
  render::Slice slice = render_->run({commands, request.frames});
  MadeSlice made{{request.group, request.epoch, slice.frames, {}, false, path_of(slice.path)},
                 std::move(slice.pcm)};
  for (const render::Mark& mark : slice.marks) {
    int rate = mark.info.sample_rate > 0 ? mark.info.sample_rate : render_->output().sample_rate;
    if (auto each = mark_of(mark, rate)) made.done.marks.push_back(std::move(*each));
  }
  made.done.over = slice.status == render::Status::ended || slice.status == render::Status::failed;
  return made;
}

}  // namespace tutti::shell
