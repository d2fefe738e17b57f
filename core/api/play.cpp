#include "core/api/play.hpp"

#include "core/api/server.hpp"
#include "core/base/limits.hpp"

namespace tutti::api {
namespace {

using play::Group;

// ---- requests ----

struct OfGroup {
  GroupId group;
  template <class V>
  void fields(V& v) {
    v.field("group", group, {.text = "the group"});
  }
};
struct OfQueue : OfGroup {
  std::optional<std::int64_t> version;
  template <class V>
  void fields(V& v) {
    OfGroup::fields(v);
    v.optional("version", version,
               {.text = "of the queue this is based on; absent: whatever it is",
                .min = 0,
                .max = UINT32_MAX});
  }
  std::optional<Version> based_on() const {
    if (!version) return std::nullopt;
    return Version(static_cast<std::uint32_t>(*version));
  }
};
struct NameGroup {
  std::string name;
  template <class V>
  void fields(V& v) {
    v.field("name", name, {.text = "what people call it", .max_length = kGroupName});
  }
};
struct RenameGroup : OfGroup {
  std::string name;
  template <class V>
  void fields(V& v) {
    OfGroup::fields(v);
    v.field("name", name, {.text = "what people call it from now on", .max_length = kGroupName});
  }
};
struct GetQueue : OfGroup {
  std::optional<std::int64_t> from;
  std::int64_t limit = kQueuePage;
  template <class V>
  void fields(V& v) {
    OfGroup::fields(v);
    v.optional("from", from, {.text = "first place; absent: the current entry's", .min = 0});
    v.optional("limit", limit, {.text = "at most so many", .min = 1, .max = kQueuePage});
  }
};
struct RemoveEntries : OfQueue {
  std::vector<play::ItemId> items;
  template <class V>
  void fields(V& v) {
    OfQueue::fields(v);
    v.field("items", items, {.text = "entries", .max_items = 1000});
  }
};
struct MoveEntries : OfQueue {
  std::vector<play::ItemId> items;
  std::optional<play::ItemId> before;
  template <class V>
  void fields(V& v) {
    OfQueue::fields(v);
    v.field("items", items, {.text = "entries, in the order wanted", .max_items = 1000});
    v.optional("before", before, {.text = "the entry to move them before; absent: to the end"});
  }
};
struct Shuffle : OfQueue {
  bool on = true;
  template <class V>
  void fields(V& v) {
    OfQueue::fields(v);
    v.field("on", on, {.text = "false: back to the order before"});
  }
};
struct SetRepeat : OfQueue {
  play::Repeat mode = play::Repeat::off;
  template <class V>
  void fields(V& v) {
    OfQueue::fields(v);
    v.field("mode", mode, {.text = "off, all or one"});
  }
};
struct SaveQueue : OfGroup {
  std::string name;
  template <class V>
  void fields(V& v) {
    OfGroup::fields(v);
    v.field("name", name, {.text = "of the new playlist", .max_length = 200});
  }
};
struct TransferQueue : OfGroup {
  GroupId to;
  template <class V>
  void fields(V& v) {
    OfGroup::fields(v);
    v.field("to", to, {.text = "the group that plays on"});
  }
};
struct Play : OfGroup {
  std::optional<play::ItemId> item;
  template <class V>
  void fields(V& v) {
    OfGroup::fields(v);
    v.optional("item", item, {.text = "an entry; absent: from where it stands"});
  }
};
struct SeekTo : OfGroup {
  std::int64_t position_ms = 0;
  template <class V>
  void fields(V& v) {
    OfGroup::fields(v);
    v.field("position_ms", position_ms, {.text = "in the track", .min = 0, .max = 360'000'000});
  }
};
struct SetOptions : OfGroup {
  std::optional<std::int64_t> crossfade_ms;
  std::optional<play::LevelBy> level;
  std::optional<double> level_target;
  template <class V>
  void fields(V& v) {
    OfGroup::fields(v);
    v.optional("crossfade_ms", crossfade_ms, {.text = "between albums", .min = 0, .max = 15'000});
    v.optional("level", level, {.text = "even out loudness by track, by album or not"});
    v.optional("level_target", level_target, {.text = "LUFS", .min = -40, .max = -5});
  }
};
struct SetSleep : OfGroup {
  play::Sleep::Mode mode = play::Sleep::Mode::off;
  std::int64_t minutes = 30;
  template <class V>
  void fields(V& v) {
    OfGroup::fields(v);
    v.field("mode", mode, {.text = "off, at_time, end_of_track or end_of_album"});
    v.optional("minutes", minutes, {.text = "from now, of at_time", .min = 1, .max = 1440});
  }
};

// ---- handlers ----

Result<Group*> group_of(Context& context, GroupId id) {
  Group* group = context.services->groups().find(id);
  if (group == nullptr)
    return fail(Code::not_found, "there is no group " + to_text(id), "groups.list names them");
  return group;
}

Spec spec(std::string name, Method method, std::string path, std::string summary,
          Permission permission) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .method = method,
          .path = "/api/groups/{group}" + std::move(path),
          .permission = permission,
          .effect = method == Method::get ? Effect::reads : Effect::changes};
}

// Changes a group; the answer is given when the change is stored.
template <class Request>
using Act = Result<void> (*)(Group&, const Request&, Context&);

template <class Request>
void playback(OperationTable& table, Spec what, Act<Request> act) {
  table.add(operation<Request, GroupView>(
      std::move(what), [act](Context& context, const Request& request) -> Outcome<GroupView> {
        auto group = group_of(context, request.group);
        if (!group) return group.error();
        if (auto done = act(**group, request, context); !done) return done.error();
        context.services->when_saved(context, request.group, write(view_of(**group, context.now)));
        return Pending{};
      }));
}

template <class Request>
void edit_queue(OperationTable& table, Spec what, Act<Request> act) {
  table.add(operation<Request, QueueEdited>(
      std::move(what), [act](Context& context, const Request& request) -> Outcome<QueueEdited> {
        auto group = group_of(context, request.group);
        if (!group) return group.error();
        auto answer = edited(**group, act(**group, request, context));
        if (!answer || !answer->applied) return answer;
        context.services->when_saved(context, request.group, write(*answer));
        return Pending{};
      }));
}

void add_groups(OperationTable& table) {
  table.add(operation<Nothing, GroupList>(
      {.name = "groups.list", .summary = "The groups and what each plays.", .path = "/api/groups"},
      [](Context& context, const Nothing&) {
        GroupList list;
        context.services->groups().for_each(
            [&](Group& group) { list.groups.push_back(view_of(group, context.now)); });
        return Outcome<GroupList>(std::move(list));
      }));
  table.add(operation<NameGroup, GroupView>(
      {.name = "groups.create",
       .summary = "Makes a group with an empty queue.",
       .method = Method::post,
       .path = "/api/groups",
       .permission = Permission::rooms,
       .effect = Effect::changes},
      [](Context& context, const NameGroup& request) -> Outcome<GroupView> {
        if (request.name.empty()) return Error{Code::bad_request, "args.name: a name is wanted"};
        auto made = context.services->groups().create(request.name);
        if (!made) return made.error();
        Group& group = **group_of(context, *made);
        group.rename(request.name, context.now);
        context.services->when_saved(context, *made, write(view_of(group, context.now)));
        return Pending{};
      }));
  table.add(operation<OfGroup, GroupView>(
      spec("groups.get", Method::get, "", "A group and what it plays.", Permission::none),
      [](Context& context, const OfGroup& request) -> Outcome<GroupView> {
        auto group = group_of(context, request.group);
        if (!group) return group.error();
        return view_of(**group, context.now);
      }));
  playback<RenameGroup>(
      table, spec("groups.rename", Method::put, "/name", "Renames a group.", Permission::rooms),
      [](Group& group, const RenameGroup& request, Context& context) {
        if (request.name.empty())
          return Result<void>(fail(Code::bad_request, "args.name: a name is wanted"));
        group.rename(request.name, context.now);
        return Result<void>{};
      });
  Spec remove = spec("groups.remove", Method::remove, "", "Ends a group and forgets its queue.",
                     Permission::rooms);
  remove.effect = Effect::destroys;
  table.add(operation<OfGroup, Nothing>(
      std::move(remove), [](Context& context, const OfGroup& request) -> Outcome<Nothing> {
        if (auto gone = context.services->remove_group(context, request.group); !gone)
          return gone.error();
        return Pending{};
      }));
}

void add_queue(OperationTable& table) {
  using enum Permission;
  table.add(operation<GetQueue, QueueView>(
      spec("queue.get", Method::get, "/queue", "A page of the queue.", none),
      [](Context& context, const GetQueue& request) -> Outcome<QueueView> {
        auto group = group_of(context, request.group);
        if (!group) return group.error();
        return queue_view(**group, request.from, request.limit);
      }));
  table.add(operation<AddToQueue, QueueEdited>(
      spec("queue.add", Method::post, "/queue",
           "Adds tracks, an album, an artist, a playlist or what a search finds.", queue),
      [](Context& context, const AddToQueue& request) -> Outcome<QueueEdited> {
        auto group = group_of(context, request.group);
        if (!group) return group.error();
        if (request.by_name() || request.tracks.empty()) {
          auto wanted = tracks_wanted(request);
          if (!wanted) return wanted.error();
          auto asked = context.services->ask_tracks_for(context, *wanted, request);
          if (!asked) return asked.error();
          return Pending{};
        }
        auto done =
            add_to_queue(**group, request, request.tracks, context.caller.account, context.now);
        auto answer = edited(**group, done);
        if (!answer || !answer->applied) return answer;
        context.services->when_saved(context, request.group, write(*answer));
        return Pending{};
      }));
  edit_queue<RemoveEntries>(
      table, spec("queue.remove", Method::post, "/queue/remove", "Takes entries out.", queue),
      [](Group& group, const RemoveEntries& r, Context& c) {
        return group.edit(play::RemoveItems{r.items}, r.based_on(), c.now);
      });
  edit_queue<MoveEntries>(
      table, spec("queue.move", Method::post, "/queue/move", "Moves entries together.", queue),
      [](Group& group, const MoveEntries& r, Context& c) {
        return group.edit(play::MoveItems{r.items, r.before.value_or(play::ItemId{})}, r.based_on(),
                          c.now);
      });
  edit_queue<OfQueue>(table,
                      spec("queue.clear", Method::remove, "/queue", "Empties the queue.", queue),
                      [](Group& group, const OfQueue& r, Context& c) {
                        return group.edit(play::ClearQueue{}, r.based_on(), c.now);
                      });
  edit_queue<Shuffle>(table,
                      spec("queue.shuffle", Method::put, "/queue/shuffle",
                           "Mixes the queue, or brings its order back.", queue),
                      [](Group& group, const Shuffle& r, Context& c) {
                        return group.edit(play::SetShuffle{r.on}, r.based_on(), c.now);
                      });
  edit_queue<SetRepeat>(table,
                        spec("queue.repeat", Method::put, "/queue/repeat",
                             "What follows the last entry, or each.", queue),
                        [](Group& group, const SetRepeat& r, Context& c) {
                          return group.edit(play::SetRepeat{r.mode}, r.based_on(), c.now);
                        });
  edit_queue<OfQueue>(
      table, spec("queue.undo", Method::post, "/queue/undo", "Undoes the last edit.", queue),
      [](Group& group, const OfQueue& r, Context& c) {
        return group.edit(play::UndoEdit{}, r.based_on(), c.now);
      });
}

void add_queue_more(OperationTable& table) {
  using enum Permission;
  table.add(operation<OfGroup, HistoryView>(
      spec("queue.history", Method::get, "/history", "What was played here.", none),
      [](Context& context, const OfGroup& request) -> Outcome<HistoryView> {
        auto group = group_of(context, request.group);
        if (!group) return group.error();
        HistoryView view;
        const auto& history = (*group)->queue().history();
        for (auto at = history.rbegin(); at != history.rend(); ++at)
          view.tracks.push_back({at->track, utc_text(at->at)});
        return view;
      }));
  table.add(operation<SaveQueue, library::PlaylistChanged>(
      spec("queue.save", Method::post, "/queue/save", "Makes a playlist of the queue.", queue),
      [](Context& context, const SaveQueue& request) -> Outcome<library::PlaylistChanged> {
        auto group = group_of(context, request.group);
        if (!group) return group.error();
        library::CreatePlaylist create{request.name, {}};
        for (const play::QueueItem& item : (*group)->queue().items())
          create.tracks.push_back(item.track);
        auto asked = context.services->ask_library(context, std::move(create));
        if (!asked) return asked.error();
        return Pending{};
      }));
  table.add(operation<TransferQueue, GroupView>(
      spec("queue.transfer", Method::post, "/queue/transfer",
           "Moves the queue to another group, which plays on.", rooms),
      [](Context& context, const TransferQueue& request) -> Outcome<GroupView> {
        auto from = group_of(context, request.group);
        if (!from) return from.error();
        auto to = group_of(context, request.to);
        if (!to) return to.error();
        if (*from == *to) return Error{Code::bad_request, "args.to: it is the same group"};
        if (auto done = (*to)->take_over(**from, context.now); !done) return done.error();
        context.services->when_saved(context, request.to, write(view_of(**to, context.now)));
        return Pending{};
      }));
}

Result<void> set_options(Group& group, const SetOptions& request, Context& context) {
  play::GroupOptions options = group.options();
  if (request.crossfade_ms) options.crossfade = millis(*request.crossfade_ms);
  if (request.level) options.level = *request.level;
  if (request.level_target) options.level_target = *request.level_target;
  group.set_options(options, context.now);
  return {};
}

Result<void> set_sleep(Group& group, const SetSleep& request, Context& context) {
  WallTime at{context.now.wall.us + request.minutes * 60'000'000};
  bool timed = request.mode == play::Sleep::Mode::at_time;
  group.set_sleep({request.mode, timed ? at : WallTime{}}, context.now);
  return {};
}

void add_playback(OperationTable& table) {
  auto to = [](const char* name, const char* path, const char* summary,
               Method method = Method::post) {
    return spec(std::string("playback.") + name, method, path, summary, Permission::play);
  };
  playback<Play>(table, to("play", "/play", "Plays, or plays on."),
                 [](Group& group, const Play& r, Context& c) {
                   return group.play(r.item, c.caller.account, c.now);
                 });
  playback<OfGroup>(
      table, to("pause", "/pause", "Pauses."),
      [](Group& group, const OfGroup&, Context& c) { return group.pause(c.now), Result<void>{}; });
  playback<OfGroup>(
      table, to("stop", "/stop", "Stops; play begins with the track again."),
      [](Group& group, const OfGroup&, Context& c) { return group.stop(c.now), Result<void>{}; });
  playback<SeekTo>(table, to("seek", "/seek", "Goes to a place in the track."),
                   [](Group& group, const SeekTo& r, Context& c) {
                     return group.seek(millis(r.position_ms), c.now);
                   });
  playback<OfGroup>(table, to("next", "/next", "Skips to the next entry."),
                    [](Group& group, const OfGroup&, Context& c) { return group.skip(c.now); });
  playback<OfGroup>(table,
                    to("previous", "/previous", "To the track's beginning, or to the one before."),
                    [](Group& group, const OfGroup&, Context& c) { return group.back(c.now); });
  playback<SetOptions>(table, to("options", "/options", "Crossfade and levelling.", Method::put),
                       &set_options);
  playback<SetSleep>(
      table,
      to("sleep", "/sleep", "The sleep timer: minutes with a fade, or the end of a track or album.",
         Method::put),
      &set_sleep);
}

}  // namespace

Result<library::ListTrackIds> tracks_wanted(const AddToQueue& request) {
  int named = (request.tracks.empty() ? 0 : 1) + (request.album ? 1 : 0) +
              (request.artist ? 1 : 0) + (request.playlist ? 1 : 0) +
              (request.search.empty() ? 0 : 1);
  if (named != 1)
    return fail(Code::bad_request,
                "args: one of tracks, album, artist, playlist, search is wanted");
  library::ListTrackIds wanted;
  wanted.album = request.album;
  wanted.artist = request.artist;
  wanted.playlist = request.playlist;
  if (!request.search.empty()) wanted.search = request.search;
  wanted.limit = limits::kQueueItems;
  return wanted;
}

Result<void> add_to_queue(Group& group, const AddToQueue& request, std::vector<TrackId> tracks,
                          AccountId account, Now now) {
  using Where = play::AddTracks::Where;
  std::optional<Version> based_on;
  if (request.version) based_on = Version(static_cast<std::uint32_t>(*request.version));
  play::AddTracks add{std::move(tracks), Where::end, {}};
  if (request.where == "next") add.where = Where::next;
  else if (request.where == "before") add.where = Where::before;
  else if (request.where == "instead") add.where = Where::instead;
  else if (request.where != "end")
    return fail(Code::bad_request, "args.where: expected end, next, before or instead");
  if ((add.where == Where::before) != request.before.has_value())
    return fail(Code::bad_request, "args.before: goes with where=before, and only with it");
  add.before = request.before.value_or(play::ItemId{});
  std::size_t count = add.tracks.size();
  const play::Queue& queue = group.queue();
  const play::QueueItem* current = queue.current();
  std::size_t first = add.where == Where::instead ? 0 : queue.items().size();
  if (add.where == Where::next && current != nullptr) first = queue.index_of(current->id) + 1;
  if (add.where == Where::before) first = queue.index_of(add.before);
  if (auto added = group.edit(add, based_on, now); !added) return added;
  if (!request.play || count == 0) return {};
  return group.play(queue.items()[first].id, account, now);
}

void add_play_operations(OperationTable& table) {
  add_groups(table);
  add_queue(table);
  add_queue_more(table);
  add_playback(table);
}

}  // namespace tutti::api
