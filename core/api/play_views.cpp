#include "core/api/play.hpp"

namespace tutti::play {

std::span<const EnumName<PlayState>> names_of(PlayState) {
  static constexpr EnumName<PlayState> kNames[] = {{PlayState::stopped, "stopped"},
                                                   {PlayState::loading, "loading"},
                                                   {PlayState::playing, "playing"},
                                                   {PlayState::paused, "paused"},
                                                   {PlayState::failed, "failed"}};
  return kNames;
}
std::span<const EnumName<Repeat>> names_of(Repeat) {
  static constexpr EnumName<Repeat> kNames[] = {
      {Repeat::off, "off"}, {Repeat::all, "all"}, {Repeat::one, "one"}};
  return kNames;
}
std::span<const EnumName<StreamType>> names_of(StreamType) {
  static constexpr EnumName<StreamType> kNames[] = {{StreamType::normal, "normal"},
                                                    {StreamType::enhanced, "enhanced"}};
  return kNames;
}
std::span<const EnumName<StreamCodec>> names_of(StreamCodec) {
  using Codec = StreamCodec;
  static constexpr EnumName<Codec> kNames[] = {{Codec::original, "original"},
                                               {Codec::opus, "opus"},
                                               {Codec::mp3, "mp3"},
                                               {Codec::flac, "flac"},
                                               {Codec::wav, "wav"}};
  return kNames;
}
std::span<const EnumName<LevelBy>> names_of(LevelBy) {
  static constexpr EnumName<LevelBy> kNames[] = {
      {LevelBy::off, "off"}, {LevelBy::track, "track"}, {LevelBy::album, "album"}};
  return kNames;
}
std::span<const EnumName<Sleep::Mode>> names_of(Sleep::Mode) {
  using Mode = Sleep::Mode;
  static constexpr EnumName<Mode> kNames[] = {{Mode::off, "off"},
                                              {Mode::at_time, "at_time"},
                                              {Mode::end_of_track, "end_of_track"},
                                              {Mode::end_of_album, "end_of_album"}};
  return kNames;
}

}  // namespace tutti::play

namespace tutti::api {
namespace {

std::optional<PathView> path_view(const play::SignalPath& path) {
  if (path.codec.empty()) return std::nullopt;
  return PathView{path.codec,       path.lossless,   path.source_rate,  path.source_channels,
                  path.source_bits, path.gain_db,    path.gain_limited, path.resampled,
                  path.remixed,     path.bit_perfect};
}

}  // namespace

void keep_position(const GroupView& told, GroupView& now) {
  if (told.state != now.state) return;
  std::int64_t passed = now.state == play::PlayState::playing ? now.as_of_ms - told.as_of_ms : 0;
  if (std::abs(told.position_ms + passed - now.position_ms) >= 250) return;
  now.position_ms = told.position_ms;
  now.as_of_ms = told.as_of_ms;
}

GroupView view_of(const play::Group& group, Now now) {
  GroupView view;
  view.group = group.id();
  view.name = group.name();
  view.state = group.state();
  if (const play::QueueItem* current = group.queue().current()) {
    view.item = current->id;
    view.track = current->track;
  }
  view.position_ms = group.position(now).us / 1000;
  view.as_of_ms = now.wall.us / 1000;
  if (group.track()) view.duration_ms = group.track()->duration_ms;
  if (!group.error().empty()) view.error = group.error();
  view.crossfade_ms = group.options().crossfade.us / 1000;
  view.level = group.options().level;
  view.level_target = group.options().level_target;
  view.sleep = group.sleep().mode;
  if (view.sleep == play::Sleep::Mode::at_time) view.sleep_at = utc_text(group.sleep().at);
  view.queue_version = group.queue().version().number();
  view.queue_length = static_cast<std::int64_t>(group.queue().items().size());
  view.path = path_view(group.signal_path());
  return view;
}

QueueView queue_view(const play::Group& group, std::optional<std::int64_t> from,
                     std::int64_t limit) {
  const play::Queue& queue = group.queue();
  QueueView view;
  view.group = group.id();
  view.version = queue.version().number();
  view.length = static_cast<std::int64_t>(queue.items().size());
  if (const play::QueueItem* current = queue.current())
    view.index = static_cast<std::int64_t>(queue.index_of(current->id));
  view.from = std::min(from.value_or(std::max<std::int64_t>(view.index, 0)), view.length);
  for (std::int64_t i = view.from; i < std::min(view.length, view.from + limit); ++i) {
    const play::QueueItem& item = queue.items()[static_cast<std::size_t>(i)];
    QueueEntry entry{item.id, item.track, {}};
    auto failed = group.failed_entries().find(item.id.value);
    if (failed != group.failed_entries().end()) entry.error = failed->second;
    view.items.push_back(std::move(entry));
  }
  view.shuffle = queue.shuffled();
  view.repeat = queue.repeat();
  view.can_undo = queue.can_undo();
  return view;
}

Result<QueueEdited> edited(const play::Group& group, const Result<void>& done) {
  if (!done && done.error().code != Code::stale) return std::unexpected(done.error());
  return QueueEdited{done.has_value(), queue_view(group, {}, kQueuePage)};
}

}  // namespace tutti::api
