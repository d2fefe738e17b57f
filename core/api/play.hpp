#pragma once
// Operations of playback: groups, their queues, what they play. A change is answered when it is
// stored, so that what was acknowledged survives any end of the server.

#include "core/api/table.hpp"
#include "core/library/browse.hpp"
#include "core/play/groups.hpp"
#include "core/play/streams.hpp"

namespace tutti::play {
std::span<const EnumName<PlayState>> names_of(PlayState);
std::span<const EnumName<Repeat>> names_of(Repeat);
std::span<const EnumName<StreamType>> names_of(StreamType);
std::span<const EnumName<StreamCodec>> names_of(StreamCodec);
std::span<const EnumName<LevelBy>> names_of(LevelBy);
std::span<const EnumName<Sleep::Mode>> names_of(Sleep::Mode);
}  // namespace tutti::play

namespace tutti::api {

inline constexpr std::int64_t kQueuePage = 200;
inline constexpr std::size_t kGroupName = 64;

struct QueueEntry {
  play::ItemId item;
  TrackId track;
  std::optional<std::string> error;
  template <class V>
  void fields(V& v) {
    v.field("item", item, {.text = "this entry; it keeps its id when it is moved"});
    v.field("track", track, {.text = "what it plays"});
    v.field("error", error, {.text = "why it could not be played"});
  }
};
struct QueueView {
  GroupId group;
  std::int64_t version = 0;
  std::int64_t length = 0;
  std::int64_t from = 0;
  std::vector<QueueEntry> items;
  std::int64_t index = -1;
  bool shuffle = false;
  play::Repeat repeat = play::Repeat::off;
  bool can_undo = false;
  template <class V>
  void fields(V& v) {
    v.field("group", group, {.text = "whose queue it is"});
    v.field("version", version, {.text = "name it in an edit that is based on this list"});
    v.field("length", length, {.text = "entries in all", .min = 0});
    v.field("from", from, {.text = "place of the first entry that is shown, from 0", .min = 0});
    v.field("items", items, {.text = "entries in playing order"});
    v.field("index", index, {.text = "place of the current entry, -1 without one", .min = -1});
    v.field("shuffle", shuffle, {.text = "the order is mixed"});
    v.field("repeat", repeat, {.text = "off, all or one"});
    v.field("can_undo", can_undo, {.text = "the last edit can be undone"});
  }
};
struct QueueEdited {
  bool applied = false;
  QueueView queue;
  template <class V>
  void fields(V& v) {
    v.field("applied", applied, {.text = "false: the edit was based on an old version"});
    v.field("queue", queue, {.text = "the queue as it is now, from the current entry on"});
  }
};

struct PathView {  // the signal path
  std::string codec;
  bool lossless = false;
  std::int64_t source_rate = 0;
  std::int64_t source_channels = 0;
  std::int64_t source_bits = 0;
  double gain_db = 0;
  bool gain_limited = false;
  bool resampled = false;
  bool remixed = false;
  bool bit_perfect = false;
  template <class V>
  void fields(V& v) {
    v.field("codec", codec, {.text = "of the file"});
    v.field("lossless", lossless, {.text = "whether it keeps every sample"});
    v.field("source_rate", source_rate, {.text = "Hz", .min = 0});
    v.field("source_channels", source_channels, {.text = "channels", .min = 0});
    v.field("source_bits", source_bits, {.text = "per sample; 0: the codec has none", .min = 0});
    v.field("gain_db", gain_db, {.text = "of levelling"});
    v.field("gain_limited", gain_limited, {.text = "lowered so that nothing clips"});
    v.field("resampled", resampled, {.text = "the rate was changed"});
    v.field("remixed", remixed, {.text = "the channels were changed"});
    v.field("bit_perfect", bit_perfect, {.text = "the samples come out as they are in the file"});
  }
};
struct GroupView {
  GroupId group;
  std::string name;
  play::PlayState state = play::PlayState::stopped;
  std::optional<play::ItemId> item;
  std::optional<TrackId> track;
  std::int64_t position_ms = 0;
  std::int64_t as_of_ms = 0;
  std::int64_t duration_ms = 0;
  std::optional<std::string> error;
  std::int64_t crossfade_ms = 0;
  play::LevelBy level = play::LevelBy::track;
  double level_target = -18;
  play::Sleep::Mode sleep = play::Sleep::Mode::off;
  std::optional<std::string> sleep_at;
  std::int64_t queue_version = 0;
  std::int64_t queue_length = 0;
  std::optional<PathView> path;
  template <class V>
  void fields(V& v) {
    v.field("group", group, {.text = "rooms that play one queue"});
    v.field("name", name, {.text = "what people call it"});
    v.field("state", state, {.text = "stopped, loading, playing, paused or failed"});
    v.field("item", item, {.text = "the current entry of the queue"});
    v.field("track", track, {.text = "what it plays"});
    v.field("position_ms", position_ms, {.text = "in the track, at `as_of_ms`", .min = 0});
    v.field("as_of_ms", as_of_ms,
            {.text = "milliseconds since 1970; while it plays, the position goes on from there"});
    v.field("duration_ms", duration_ms, {.text = "of the track; 0: not known", .min = 0});
    v.field("error", error, {.text = "why the last track was skipped"});
    v.field("crossfade_ms", crossfade_ms, {.text = "between albums", .min = 0});
    v.field("level", level, {.text = "loudness is evened out by track, by album or not"});
    v.field("level_target", level_target, {.text = "LUFS"});
    v.field("sleep", sleep, {.text = "when it falls asleep"});
    v.field("sleep_at", sleep_at, {.text = "UTC, RFC 3339"});
    v.field("queue_version", queue_version, {.text = "moves with every edit"});
    v.field("queue_length", queue_length, {.text = "entries", .min = 0});
    v.field("path", path, {.text = "what is done to the samples while it plays"});
  }
};
struct GroupList {
  std::vector<GroupView> groups;
  template <class V>
  void fields(V& v) {
    v.field("groups", groups, {.text = "in the order they were made"});
  }
};
struct HistoryRow {
  TrackId track;
  std::string at;
  template <class V>
  void fields(V& v) {
    v.field("track", track, {.text = "what was played"});
    v.field("at", at, {.text = "since when, UTC, RFC 3339"});
  }
};
struct HistoryView {
  std::vector<HistoryRow> tracks;
  template <class V>
  void fields(V& v) {
    v.field("tracks", tracks, {.text = "the last ones, newest first"});
  }
};

GroupView view_of(const play::Group& group, Now now);
// A position that only went on as time does is no change: then `now` has it as it was told before.
void keep_position(const GroupView& told, GroupView& now);
// `from`: none for a window that begins with the current entry.
QueueView queue_view(const play::Group& group, std::optional<std::int64_t> from,
                     std::int64_t limit);

// Adding tracks that are named by what they belong to: first their ids are asked for.
struct AddToQueue {
  GroupId group;
  std::vector<TrackId> tracks;
  std::optional<AlbumId> album;
  std::optional<ArtistId> artist;
  std::optional<PlaylistId> playlist;
  std::string search;
  std::string where = "end";
  std::optional<play::ItemId> before;
  std::optional<std::int64_t> version;
  bool play = false;
  template <class V>
  void fields(V& v) {
    v.field("group", group, {.text = "whose queue"});
    v.optional("tracks", tracks, {.text = "in this order", .max_items = 1000});
    v.optional("album", album, {.text = "or all of an album"});
    v.optional("artist", artist, {.text = "or all of an artist"});
    v.optional("playlist", playlist, {.text = "or a playlist"});
    v.optional("search", search, {.text = "or what a search finds", .max_length = 256});
    v.optional("where", where, {.text = "end, next, before or instead of all", .max_length = 16});
    v.optional("before", before, {.text = "the entry to insert before"});
    v.optional("version", version, {.text = "of the queue this is based on", .min = 0});
    v.optional("play", play, {.text = "begin to play the first of them"});
  }
  bool by_name() const { return album || artist || playlist || !search.empty(); }
};
// What the library is asked for such an addition. Errors: bad_request (none or several are named).
Result<library::ListTrackIds> tracks_wanted(const AddToQueue& request);
// Does it, with the tracks that were found or named.
Result<void> add_to_queue(play::Group& group, const AddToQueue& request,
                          std::vector<TrackId> tracks, AccountId account, Now now);
// An edit's outcome as its answer; a stale one is an answer too.
Result<QueueEdited> edited(const play::Group& group, const Result<void>& done);

void add_play_operations(OperationTable& table);
void add_stream_operations(OperationTable& table);

}  // namespace tutti::api
